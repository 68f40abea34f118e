#include "stub/native/compat.h"

#include "stub/native/decimal_text.h"
#include "stub/native/layout.h"

/* What is longer is cut. */
#define DIGITS_MAX 300

/* A word of the coefficient holds so many digits, the least first (mpdecimal.h, CONFIG_64). */
#define WORD_DIGITS 19

enum { FLAG_NEGATIVE = 1, FLAG_INFINITE = 2, FLAG_NAN = 4, FLAG_SIGNALLING_NAN = 8 };

/* PyDecObject of Modules/_decimal/_decimal.c with its mpd_t. */
typedef struct Decimal {
    PyObject_HEAD Py_hash_t hash;
    uint8_t flags;
    int64_t exponent;
    int64_t num_digits;
    int64_t num_words;
    int64_t num_allocated;
    const uint64_t *words;
} Decimal;

_Static_assert(sizeof(void *) == 8, "libmpdec's words are those of 64-bit machines");

static bool is_sound(const Decimal *decimal)
{
    return decimal->words && decimal->num_words > 0 && decimal->num_digits > 0 &&
           decimal->num_digits <= decimal->num_words * WORD_DIGITS;
}

/* The most significant digits, at most DIGITS_MAX; returns how many. */
static int first_digits(const Decimal *decimal, char digits[DIGITS_MAX + WORD_DIGITS + 1])
{
    int num = 0;

    for (int64_t i = decimal->num_words - 1; i >= 0 && num < DIGITS_MAX; i--)
        num += snprintf(digits + num, WORD_DIGITS + 1, i == decimal->num_words - 1 ? "%llu" : "%019llu",
                        (unsigned long long)decimal->words[i]);
    return num < DIGITS_MAX ? num : DIGITS_MAX;
}

/* The General Decimal Arithmetic specification's to-scientific-string. */
static void add_number(TextLine *line, const Decimal *decimal)
{
    char digits[DIGITS_MAX + WORD_DIGITS + 1];
    int num = first_digits(decimal, digits);
    bool is_cut = num < decimal->num_digits;
    int64_t adjusted = decimal->exponent + decimal->num_digits - 1;
    bool is_plain = decimal->exponent <= 0 && adjusted >= -6;
    int64_t point = is_plain ? decimal->num_digits + decimal->exponent : 1;

    if (point <= 0) {
        text_line_add(line, "0.%.*s%.*s", (int)-point, "00000", num, digits);
    } else if (point >= num) {
        text_line_add(line, "%.*s", num, digits);
    } else {
        text_line_add(line, "%.*s.%.*s", (int)point, digits, num - (int)point, digits + point);
    }
    if (is_cut)
        text_line_add(line, "...");
    else if (!is_plain)
        text_line_add(line, "E%+lld", (long long)adjusted);
}

bool decimal_text_add(TextLine *line, PyObject *value)
{
    const Decimal *decimal = (const Decimal *)value;
    bool is_special;

    if (Py_TYPE(value)->tp_basicsize < (Py_ssize_t)sizeof(*decimal))
        return false;
    is_special = decimal->flags & (FLAG_INFINITE | FLAG_NAN | FLAG_SIGNALLING_NAN);
    if (!is_special && !is_sound(decimal))
        return false;
    text_line_add(line, "Decimal('%s", decimal->flags & FLAG_NEGATIVE ? "-" : "");
    if (decimal->flags & FLAG_INFINITE)
        text_line_add(line, "Infinity");
    else if (is_special)
        text_line_add(line, "%s", decimal->flags & FLAG_NAN ? "NaN" : "sNaN");
    else
        add_number(line, decimal);
    text_line_add(line, "')");
    return true;
}

bool decimal_text_measure(PyObject *value, int64_t *ret_num_digits, int64_t *ret_adjusted)
{
    const Decimal *decimal = (const Decimal *)value;

    *ret_num_digits = 0;
    *ret_adjusted = 0;
    if (!is_sound(decimal))
        return false;
    if (decimal->flags & (FLAG_INFINITE | FLAG_NAN | FLAG_SIGNALLING_NAN))
        return true;
    *ret_num_digits = decimal->num_digits;
    *ret_adjusted = decimal->exponent + decimal->num_digits - 1;
    return true;
}
