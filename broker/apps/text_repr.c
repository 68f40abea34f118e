/* repr() of CPython's basic types. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <openssl/bn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/apps/text.h"
#include "broker/apps/unprintable.h"
#include "broker/apps/utf8.h"
#include "broker/util/cleanup.h"

/* ------------------------------------------------------------------------------------------------- str,
 * bytes */

bool text_is_printable(uint32_t code_point)
{
    size_t low = 0;
    size_t high = ARRAY_SIZE(unprintable_ranges);

    if (code_point >= 0x20 && code_point < 0x7f)
        return true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (code_point < unprintable_ranges[middle][0])
            high = middle;
        else if (code_point > unprintable_ranges[middle][1])
            low = middle + 1;
        else
            return false;
    }
    return code_point <= 0x10ffff;
}

/* Single quotes, unless that alone saves escaping. Of a cut value only the part that is known decides. */
static char choose_quote(const char *data, size_t len)
{
    return memchr(data, '\'', len) && !memchr(data, '"', len) ? '"' : '\'';
}

/* Whether repr() writes this ASCII character as it is between @quote. */
static bool is_plain(char character, char quote)
{
    return character >= 0x20 && character < 0x7f && character != quote && character != '\\';
}

static size_t num_plain(const char *data, size_t len, char quote)
{
    size_t i = 0;

    while (i < len && is_plain(data[i], quote))
        i++;
    return i;
}

void text_append_escaped(Text *text, uint32_t code_point)
{
    char buffer[16];
    int len;

    if (code_point == '\n')
        len = snprintf(buffer, sizeof(buffer), "\\n");
    else if (code_point == '\r')
        len = snprintf(buffer, sizeof(buffer), "\\r");
    else if (code_point == '\t')
        len = snprintf(buffer, sizeof(buffer), "\\t");
    else if (code_point >= 0x20 && code_point < 0x7f)
        len = snprintf(buffer, sizeof(buffer), "\\%c", (int)code_point);
    else if (code_point <= 0xff)
        len = snprintf(buffer, sizeof(buffer), "\\x%02x", code_point);
    else if (code_point <= 0xffff)
        len = snprintf(buffer, sizeof(buffer), "\\u%04x", code_point);
    else
        len = snprintf(buffer, sizeof(buffer), "\\U%08x", code_point);
    text_append_ascii(text, buffer, (size_t)len);
}

void text_append_repr_str(Text *text, const void *data, size_t len, bool is_cut)
{
    const char *next = len ? (const char *)data : "";
    const char *end;
    char quote;

    if (is_cut)
        len = utf8_size_whole(next, len);
    end = next + len;
    quote = choose_quote(next, len);
    text_append_ascii(text, &quote, 1);
    while (next < end && !text_is_full(text)) {
        size_t plain = num_plain(next, (size_t)(end - next), quote);
        uint32_t code_point;

        if (plain > 0) {
            text_append_ascii(text, next, plain);
            next += plain;
            continue;
        }
        next += utf8_decode(next, (size_t)(end - next), &code_point);
        if (code_point == UTF8_INVALID)
            code_point = UTF8_REPLACEMENT;
        if (code_point >= 0x80 && text_is_printable(code_point))
            text_append_code_point(text, code_point);
        else
            text_append_escaped(text, code_point);
    }
    if (is_cut)
        text->is_value_cut = true;
    else
        text_append_ascii(text, &quote, 1);
}

void text_append_repr_bytes(Text *text, const void *data, size_t len, bool is_cut, bool is_bytearray)
{
    const char *next = len ? (const char *)data : "";
    const char *end = next + len;
    char quote = choose_quote(next, len);

    text_append(text, is_bytearray ? "bytearray(b" : "b");
    text_append_ascii(text, &quote, 1);
    while (next < end && !text_is_full(text)) {
        /* bytearray escapes single quotes between double ones, too. */
        size_t plain = num_plain(next, (size_t)(end - next), is_bytearray ? '\'' : quote);

        if (plain > 0) {
            text_append_ascii(text, next, plain);
            next += plain;
        } else {
            text_append_escaped(text, (unsigned char)*next++);
        }
    }
    if (is_cut) {
        text->is_value_cut = true;
        return;
    }
    text_append_ascii(text, &quote, 1);
    if (is_bytearray)
        text_append(text, ")");
}

/* ----------------------------------------------------------------------------------------------------
 * numbers */

void text_append_repr_int(Text *text, int64_t value)
{
    char digits[24]; /* -9223372036854775808 */
    int len = snprintf(digits, sizeof(digits), "%" PRId64, value);

    text_append_ascii(text, digits, (size_t)len);
}

static void append_hexadecimal(Text *text, const uint8_t *magnitude, size_t len)
{
    text_append_format(text, "0x%x", magnitude[len - 1]);
    for (size_t i = len - 1; i-- > 0 && !text_is_full(text);)
        text_append_format(text, "%02x", magnitude[i]);
}

static int append_decimal(Text *text, const uint8_t *magnitude, size_t len)
{
    BIGNUM *number = BN_lebin2bn(magnitude, (int)len, NULL);
    char *digits = number ? BN_bn2dec(number) : NULL;

    if (digits)
        text_append_ascii(text, digits, strlen(digits));
    OPENSSL_free(digits);
    BN_free(number);
    return digits ? 0 : -ENOMEM;
}

void text_append_repr_big_int(Text *text, const void *magnitude, size_t len, bool is_negative)
{
    const uint8_t *bytes = (const uint8_t *)magnitude;

    while (len > 0 && bytes[len - 1] == 0)
        len--;
    if (len == 0) {
        text_append(text, "0");
        return;
    }
    if (is_negative)
        text_append(text, "-");
    if (len > TEXT_DECIMAL_BYTES_MAX)
        append_hexadecimal(text, bytes, len);
    else if (append_decimal(text, bytes, len) < 0)
        text->buffer.result = -ENOMEM;
}

/* Significant digits of a finite number that is not 0, and the power of ten of the first one. */
typedef struct Decimal {
    char digits[24];
    size_t num_digits;
    int exponent;
} Decimal;

/* The @precision digits nearest to @value. */
static void decimal_init(Decimal *decimal, double value, int precision)
{
    char buffer[40]; /* d.ddde+ddd */
    const char *exponent;

    (void)snprintf(buffer, sizeof(buffer), "%.*e", precision - 1, value); /* never longer than 25 */
    exponent = strchr(buffer, 'e');
    decimal->exponent = atoi(exponent + 1);
    decimal->num_digits = 0;
    for (const char *next = buffer; next < exponent; next++) {
        if (*next != '.')
            decimal->digits[decimal->num_digits++] = *next;
    }
    decimal->digits[decimal->num_digits] = '\0';
}

static bool decimal_is(const Decimal *decimal, double value)
{
    char buffer[40];

    (void)snprintf(buffer, sizeof(buffer), "%c.%se%d", decimal->digits[0], decimal->digits + 1,
                   decimal->exponent);
    return strtod(buffer, NULL) == value;
}

/* One more in the last digit. */
static void decimal_increment(Decimal *decimal)
{
    size_t i = decimal->num_digits;

    while (i > 0 && decimal->digits[i - 1] == '9')
        decimal->digits[--i] = '0';
    if (i > 0) {
        decimal->digits[i - 1]++;
    } else {
        decimal->digits[0] = '1'; /* 999 -> 1000: the rest are zeros already */
        decimal->exponent++;
    }
}

/* Finds @precision digits that give @value again, the nearest if there are several. */
static bool decimal_find(Decimal *decimal, double value, int precision)
{
    int exponent;

    decimal_init(decimal, value, precision);
    if (decimal_is(decimal, value))
        return true;
    /* Above a power of two, the numbers that round to it reach twice as far as below: the nearest digits may
     * be too low where the next ones are not. */
    if (frexp(value, &exponent) != 0.5)
        return false;
    decimal_increment(decimal);
    return decimal_is(decimal, value);
}

/* The shortest digits that give @value (finite, positive) again, and of those the nearest. */
static void decimal_shortest(Decimal *decimal, double value)
{
    /* Up to 15 digits survive the way through a double, so that the nearest 15 digits contain any shorter
     * form: true of normal numbers only. */
    int precision = isnormal(value) ? 15 : 1;

    while (precision < 17 && !decimal_find(decimal, value, precision))
        precision++;
    if (precision == 17)
        decimal_init(decimal, value, 17);
    while (decimal->num_digits > 1 && decimal->digits[decimal->num_digits - 1] == '0')
        decimal->digits[--decimal->num_digits] = '\0';
}

/* @value is finite and not negative. */
static void append_finite(Text *text, double value, bool has_point)
{
    Decimal decimal = {.digits = "0", .num_digits = 1};
    const char *digits = decimal.digits;
    int num_digits;

    if (value != 0)
        decimal_shortest(&decimal, value);
    num_digits = (int)decimal.num_digits;
    if (decimal.exponent < -4 || decimal.exponent >= 16) {
        text_append_format(text, "%c%s%se%c%02d", digits[0], num_digits > 1 ? "." : "", digits + 1,
                           decimal.exponent < 0 ? '-' : '+', abs(decimal.exponent));
    } else if (decimal.exponent < 0) {
        text_append_format(text, "0.%.*s%s", -decimal.exponent - 1, "000", digits);
    } else if (decimal.exponent + 1 < num_digits) {
        text_append_format(text, "%.*s.%s", decimal.exponent + 1, digits, digits + decimal.exponent + 1);
    } else {
        text_append_format(text, "%s%.*s%s", digits, decimal.exponent + 1 - num_digits, "0000000000000000",
                           has_point ? ".0" : "");
    }
}

static void append_float(Text *text, double value, bool has_point, bool has_plus)
{
    if (isnan(value)) {
        text_append(text, has_plus ? "+nan" : "nan");
        return;
    }
    if (signbit(value))
        text_append(text, "-");
    else if (has_plus)
        text_append(text, "+");
    if (isinf(value))
        text_append(text, "inf");
    else
        append_finite(text, fabs(value), has_point);
}

void text_append_repr_float(Text *text, double value)
{
    append_float(text, value, true, false);
}

void text_append_repr_complex(Text *text, double real, double imaginary)
{
    bool has_real = real != 0 || signbit(real);

    if (has_real) {
        text_append(text, "(");
        append_float(text, real, false, false);
    }
    append_float(text, imaginary, false, has_real);
    text_append(text, has_real ? "j)" : "j");
}
