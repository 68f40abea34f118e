#include "stub/native/compat.h"

#include <math.h>

#include "stub/native/text.h"

Py_ssize_t text_length(PyObject *text)
{
    return compat_text(text).length;
}

bool text_begins_with(PyObject *text, const char *ascii)
{
    CompatText chars = compat_text(text);

    for (Py_ssize_t i = 0; ascii[i]; i++) {
        if (i >= chars.length || PyUnicode_READ(chars.kind, chars.data, i) != (Py_UCS4)ascii[i])
            return false;
    }
    return true;
}

size_t text_utf8_bound(PyObject *text, Py_ssize_t num_chars)
{
    static const uint8_t bytes_per_char[] = {
        [PyUnicode_1BYTE_KIND] = 2, [PyUnicode_2BYTE_KIND] = 3, [PyUnicode_4BYTE_KIND] = 4};
    CompatText chars = compat_text(text);

    return (size_t)num_chars * (chars.is_ascii ? 1 : bytes_per_char[chars.kind]);
}

size_t text_char_to_utf8(Py_UCS4 c, uint8_t *buffer, size_t room)
{
    if (c < 0x80) {
        if (room < 1)
            return 0;
        buffer[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        if (room < 2)
            return 0;
        buffer[0] = (uint8_t)(0xC0 | c >> 6);
        buffer[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        if (room < 3)
            return 0;
        buffer[0] = (uint8_t)(0xE0 | c >> 12);
        buffer[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        buffer[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    if (room < 4)
        return 0;
    buffer[0] = (uint8_t)(0xF0 | c >> 18);
    buffer[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    buffer[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    buffer[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

size_t text_to_utf8(PyObject *text, Py_ssize_t num_chars, char *buffer, size_t size_bytes)
{
    CompatText chars = compat_text(text);

    if (num_chars > chars.length)
        num_chars = chars.length;
    if (chars.is_ascii) {
        size_t len_bytes = (size_t)num_chars < size_bytes ? (size_t)num_chars : size_bytes;

        memcpy(buffer, chars.data, len_bytes);
        return len_bytes;
    }

    size_t len_bytes = 0;
    for (Py_ssize_t i = 0; i < num_chars; i++) {
        size_t added = text_char_to_utf8(PyUnicode_READ(chars.kind, chars.data, i),
                                         (uint8_t *)buffer + len_bytes, size_bytes - len_bytes);

        if (added == 0)
            break;
        len_bytes += added;
    }
    return len_bytes;
}

bool text_is_equal(PyObject *a, PyObject *b)
{
    return PyUnicode_GET_LENGTH(a) == PyUnicode_GET_LENGTH(b) && PyUnicode_KIND(a) == PyUnicode_KIND(b) &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b),
                  (size_t)PyUnicode_GET_LENGTH(a) * PyUnicode_KIND(a)) == 0;
}

/* What repr() does with a byte of ASCII. */
enum { PLAIN, SHORT_ESCAPE, HEX_ESCAPE, SINGLE_QUOTE, DOUBLE_QUOTE, NOT_ASCII };

static const uint8_t ascii_class[256] = {
    [0 ... 8] = HEX_ESCAPE, ['\t'] = SHORT_ESCAPE,    ['\n'] = SHORT_ESCAPE,     [11 ... 12] = HEX_ESCAPE,
    ['\r'] = SHORT_ESCAPE,  [14 ... 31] = HEX_ESCAPE, ['\\'] = SHORT_ESCAPE,     ['\''] = SINGLE_QUOTE,
    ['"'] = DOUBLE_QUOTE,   [127] = HEX_ESCAPE,       [128 ... 255] = NOT_ASCII,
};

typedef struct QuoteCount {
    size_t single;
    size_t has_double;
} QuoteCount;

/* Both quotes are one character until it is known which one encloses. */
static size_t ascii_length(uint8_t c, QuoteCount *quotes)
{
    switch (ascii_class[c]) {
    case SHORT_ESCAPE:
        return 2;
    case HEX_ESCAPE:
        return 4;
    case SINGLE_QUOTE:
        quotes->single++;
        return 1;
    case DOUBLE_QUOTE:
        quotes->has_double = 1;
        return 1;
    default:
        return 1;
    }
}

static size_t other_length(Py_UCS4 c)
{
    if (Py_UNICODE_ISPRINTABLE(c))
        return 1;
    return c < 0x100 ? 4 : c < 0x10000 ? 6 : 10;
}

static size_t with_quotes(size_t length, const QuoteCount *quotes)
{
    return length + 2 + (quotes->has_double ? quotes->single : 0);
}

size_t text_repr_length(PyObject *text, size_t stop)
{
    CompatText chars = compat_text(text);
    Py_ssize_t num_chars = chars.length;
    QuoteCount quotes = {0, 0};
    size_t length = 0;
    Py_ssize_t i = 0;

    if (num_chars >= 0 && (size_t)num_chars + 2 > stop)
        return stop + 1;
    if (chars.is_ascii) {
        const uint8_t *data = chars.data;

        for (; i < num_chars; i++)
            length += ascii_class[data[i]] == PLAIN ? 1 : ascii_length(data[i], &quotes);
        return with_quotes(length, &quotes);
    }

    for (; i < num_chars && length <= stop; i++) {
        Py_UCS4 c = PyUnicode_READ(chars.kind, chars.data, i);

        length += c < 0x80 ? ascii_length((uint8_t)c, &quotes) : other_length(c);
    }
    return with_quotes(length, &quotes);
}

size_t bytes_repr_length(const char *bytes, size_t len_bytes, size_t stop)
{
    QuoteCount quotes = {0, 0};
    size_t length = strlen("b");

    if (len_bytes + 3 > stop)
        return stop + 1;
    for (size_t i = 0; i < len_bytes; i++)
        length += (uint8_t)bytes[i] < 0x80 ? ascii_length((uint8_t)bytes[i], &quotes) : strlen("\\xff");
    return with_quotes(length, &quotes);
}

static size_t num_decimal_digits(uint64_t value)
{
    size_t digits = 1;

    while (value >= 10000) {
        value /= 10000;
        digits += 4;
    }
    return digits + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* The common values without CPython's shortest-digits search (300 ns): those that are a whole number of
 * tenths, hundredths, ... with at most 15 digits. Such a decimal is the only one of its length that reads
 * back as this double, so it is what repr() prints. 0: not such a value. */
static size_t short_decimal_length(double value)
{
    double scaled = value < 0 ? -value : value;
    double power = 1;

    if (!(scaled < 1e15) || (scaled < 1e-4 && scaled != 0))
        return 0;
    for (size_t places = 0; places <= 6; places++, power *= 10) {
        double candidate = scaled * power;

        if (candidate >= 1e15)
            return 0;
        uint64_t whole = (uint64_t)(candidate + 0.5);
        if ((double)whole / power == scaled) {
            size_t before_point = num_decimal_digits(whole / (uint64_t)power);

            return before_point + 1 + (places ? places : 1);
        }
    }
    return 0;
}

size_t float_repr_length(double value)
{
    size_t length = short_decimal_length(value);

    if (length > 0)
        return length + (!!signbit(value));

    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (!text) {
        PyErr_Clear();
        return 24; /* the longest */
    }
    length = strlen(text);
    PyMem_Free(text);
    return length;
}

/* A positive number as mantissa * 2**exponent; the mantissa's highest bit is set. */
typedef struct Scaled {
    uint64_t mantissa;
    int64_t exponent;
} Scaled;

static Scaled multiply(Scaled a, Scaled b)
{
    unsigned __int128 product = (unsigned __int128)a.mantissa * b.mantissa;
    int shift = product >> 127 ? 64 : 63;

    return (Scaled){(uint64_t)(product >> shift), a.exponent + b.exponent + shift};
}

static Scaled power_of_ten(size_t exponent)
{
    Scaled result = {UINT64_C(1) << 63, -63};
    Scaled square = {UINT64_C(10) << 60, -60};

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = multiply(result, square);
        square = multiply(square, square);
    }
    return result;
}

/* The highest 64 bits of an int that has more. */
static Scaled highest_bits(PyObject *value, size_t num_digits)
{
    const digit *digits = compat_long_digits(value);
    size_t i = num_digits - 1;
    int num_bits = 64 - __builtin_clzll(digits[i]);
    Scaled top = {(uint64_t)digits[i] << (64 - num_bits), (int64_t)(num_digits * PyLong_SHIFT) - 64};

    top.exponent -= PyLong_SHIFT - num_bits;
    while (num_bits < 64 && i-- > 0) {
        int shift = 64 - num_bits - PyLong_SHIFT;

        top.mantissa |= shift >= 0 ? (uint64_t)digits[i] << shift : (uint64_t)digits[i] >> -shift;
        num_bits += PyLong_SHIFT;
    }
    return top;
}

size_t long_repr_length(PyObject *value)
{
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(value, &overflow);

    if (!overflow)
        return num_decimal_digits(small < 0 ? 0 - (uint64_t)small : (uint64_t)small) + (small < 0);

    /* The number of bits leaves two possibilities; which one, the power of ten between them says. */
    Scaled top = highest_bits(value, compat_long_num_digits(value));
    size_t length = (size_t)((double)(top.exponent + 63) * 0.30102999566398120);
    Scaled next = power_of_ten(length + 1);
    bool is_less =
        top.exponent != next.exponent ? top.exponent < next.exponent : top.mantissa < next.mantissa;

    return length + (is_less ? 1 : 2) + compat_long_is_negative(value);
}
