#include "stub/native/compat.h"

#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/ratio.h"

/* Of a text: CPython's limit for the digits of an int, and what an exponent may make of it. */
#define TEXT_CHARS_MAX 4000

static const Ratio failed = {NULL, NULL};

void ratio_free(Ratio ratio)
{
    Py_XDECREF(ratio.numerator);
    Py_XDECREF(ratio.denominator);
}

static Ratio copy_of(Ratio ratio)
{
    return (Ratio){Py_NewRef(ratio.numerator), Py_NewRef(ratio.denominator)};
}

/* ------------------------------------------------------------------------------------------------ ints */

/* Consumes @a and @b, of which one may have failed. */
static PyObject *compute(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    PyObject *result = a && b ? operators_binary(run, operation, a, b) : NULL;

    Py_XDECREF(a);
    Py_XDECREF(b);
    return result;
}

/* Borrows them. */
static PyObject *product(Run *run, PyObject *a, PyObject *b)
{
    return operators_binary(run, BINARY_MULTIPLY, a, b);
}

static PyObject *small(Run *run, long number)
{
    PyObject *result = PyLong_FromLong(number);

    return run_take(run, result);
}

static bool is_zero(PyObject *number)
{
    return compat_long_num_digits(number) == 0;
}

static PyObject *negative(Run *run, PyObject *number)
{
    return operators_unary(run, UNARY_MINUS, number);
}

static PyObject *absolute(Run *run, PyObject *number)
{
    return compat_long_is_negative(number) ? negative(run, number) : Py_NewRef(number);
}

/* Euclid's way. */
static PyObject *divisor_of_small(Run *run, PyObject *a, PyObject *b)
{
    long long x = PyLong_AsLongLong(a);
    long long y = PyLong_AsLongLong(b);
    PyObject *result;

    while (y != 0) {
        long long rest = x % y;

        x = y;
        y = rest;
    }
    result = PyLong_FromLongLong(x);
    return run_take(run, result);
}

/* The greatest common divisor, at least 0. */
static PyObject *divisor_of(Run *run, PyObject *a, PyObject *b)
{
    PyObject *x = absolute(run, a);
    PyObject *y = x ? absolute(run, b) : NULL;
    PyObject *result = NULL;

    while (y && !is_zero(y) && (compat_long_num_digits(x) > 2 || compat_long_num_digits(y) > 2)) {
        PyObject *rest = run_charge(run, 4) ? operators_binary(run, BINARY_MODULO, x, y) : NULL;

        Py_DECREF(x);
        x = y;
        y = rest;
    }
    if (y)
        result = is_zero(y) ? Py_NewRef(x) : divisor_of_small(run, x, y);
    Py_XDECREF(x);
    Py_XDECREF(y);
    return result;
}

/* Without a common divisor; consumes both, of which one may have failed. */
static Ratio reduce(Run *run, PyObject *numerator, PyObject *denominator)
{
    PyObject *divisor = NULL;
    Ratio ratio = {numerator, denominator};
    char text[60];

    if (numerator && denominator && is_zero(denominator))
        (void)run_raise(run, PyExc_ZeroDivisionError, "Fraction(%s, 0)",
                        run->status ? plain_repr(run, numerator, text, sizeof(text)) : "");
    else if (numerator && denominator)
        divisor = divisor_of(run, numerator, denominator);
    if (divisor && compat_long_is_negative(denominator))
        Py_SETREF(divisor, negative(run, divisor));
    if (!divisor) {
        ratio_free(ratio);
        return failed;
    }
    ratio.numerator = compute(run, BINARY_FLOOR_DIVIDE, numerator, Py_NewRef(divisor));
    ratio.denominator = compute(run, BINARY_FLOOR_DIVIDE, denominator, divisor);
    if (ratio.numerator && ratio.denominator)
        return ratio;
    ratio_free(ratio);
    return failed;
}

/* ------------------------------------------------------------------------------------------- conversions */

/* as_integer_ratio() of an exact float or Decimal, which are C code; false: it is not finite. */
static bool ratio_of_inexact(Run *run, PyObject *value, Ratio *ret_ratio)
{
    PyObject *pair = PyObject_CallMethod(value, "as_integer_ratio", NULL);

    PyErr_Clear();
    if (!pair)
        return false;
    if (PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2) {
        *ret_ratio = copy_of((Ratio){PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1)});
        Py_DECREF(pair);
        return true;
    }
    Py_DECREF(pair);
    (void)run_refuse(run);
    return false;
}

bool ratio_of_number(Run *run, PyObject *value, Ratio *ret_ratio)
{
    Kind kind = kind_of(value);

    if (kind == KIND_INT || kind == KIND_BOOL) {
        Ratio ratio = {kind == KIND_INT ? Py_NewRef(value) : small(run, value == Py_True), small(run, 1)};

        if (run->outcome)
            ratio_free(ratio);
        else
            *ret_ratio = ratio;
        return !run->outcome;
    }
    if (kind == KIND_DECIMAL)
        return decimals_check_plain(run, value) && run_charge(run, 200) &&
               ratio_of_inexact(run, value, ret_ratio);
    return kind == KIND_FLOAT && run_charge(run, 50) && ratio_of_inexact(run, value, ret_ratio);
}

/* What of a text is being read. */
typedef struct Scan {
    const char *next;
    char digits[TEXT_CHARS_MAX + 1];
    size_t num_digits;
} Scan;

/* Adds a run of digits; returns how many. */
static size_t read_digits(Scan *scan)
{
    size_t before = scan->num_digits;

    while (*scan->next >= '0' && *scan->next <= '9')
        scan->digits[scan->num_digits++] = *scan->next++;
    return scan->num_digits - before;
}

/* The number of those that have been read. */
static PyObject *take_digits(Run *run, Scan *scan)
{
    PyObject *result;

    scan->digits[scan->num_digits] = '\0';
    result = run_charge(run, 1 + scan->num_digits * scan->num_digits / 64)
                 ? PyLong_FromString(scan->num_digits ? scan->digits : "0", NULL, 10)
                 : NULL;
    scan->num_digits = 0;
    return result || run->outcome ? result : run_raise_pending(run);
}

static bool read_exponent(Scan *scan, long *ret_exponent)
{
    bool is_negative = *scan->next == '-';
    long exponent = 0;
    int num_digits = 0;

    if (*scan->next == '-' || *scan->next == '+')
        scan->next++;
    for (; *scan->next >= '0' && *scan->next <= '9'; scan->next++, num_digits++)
        exponent = exponent < 100000000 ? exponent * 10 + (*scan->next - '0') : exponent;
    *ret_exponent = is_negative ? -exponent : exponent;
    return num_digits > 0;
}

/* Times ten to the power of @exponent. */
static Ratio shift(Run *run, PyObject *number, long exponent)
{
    PyObject *power =
        compute(run, BINARY_POWER, small(run, 10), small(run, exponent < 0 ? -exponent : exponent));

    if (exponent < 0)
        return reduce(run, number, power);
    return reduce(run, compute(run, BINARY_MULTIPLY, number, power), small(run, 1));
}

/* "3", "3/4", "0.75", "75e-2" behind the sign. False: it is none of them. */
static bool read_number(Run *run, Scan *scan, Ratio *ret_ratio)
{
    size_t num_digits = read_digits(scan);
    long exponent = 0;
    size_t num_decimals = 0;

    if (num_digits > 0 && *scan->next == '/') {
        PyObject *numerator = take_digits(run, scan);

        scan->next++;
        if (read_digits(scan) == 0) {
            Py_XDECREF(numerator);
            return false;
        }
        *ret_ratio = reduce(run, numerator, take_digits(run, scan));
        return true;
    }
    if (*scan->next == '.') {
        scan->next++;
        num_decimals = read_digits(scan);
    }
    if (num_digits + num_decimals == 0)
        return false;
    if (*scan->next == 'e' || *scan->next == 'E') {
        scan->next++;
        if (!read_exponent(scan, &exponent))
            return false;
    }
    if (exponent > TEXT_CHARS_MAX || exponent < -TEXT_CHARS_MAX) {
        (void)run_exhaust(run);
        return true;
    }
    PyObject *number = take_digits(run, scan);
    *ret_ratio = shift(run, number, exponent - (long)num_decimals);
    return true;
}

/* Python's versions differ in what else they read: digits of other scripts, underscores, spaces in between.
 */
static Ratio not_a_number(Run *run, const char *text)
{
    if (strlen(text) == strspn(text, "0123456789+-./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        (void)run_raise(run, PyExc_ValueError, "Invalid literal for Fraction: '%.100s'", text);
    else
        (void)run_refuse_value(run, "a text in a form that not every Python reads as a Fraction");
    return failed;
}

Ratio ratio_of_text(Run *run, PyObject *text)
{
    char chars[TEXT_CHARS_MAX + 1];
    Scan scan = {.next = chars};
    Ratio ratio = failed;
    bool is_negative;
    size_t end;

    if (!PyUnicode_IS_ASCII(text) || PyUnicode_GET_LENGTH(text) > TEXT_CHARS_MAX) {
        (void)run_refuse_value(run, "a text that is long or not in ASCII");
        return failed;
    }
    run_text(text, chars, sizeof(chars));
    end = strlen(chars);
    if (end != (size_t)PyUnicode_GET_LENGTH(text)) {
        (void)run_raise(run, PyExc_ValueError, "Invalid literal for Fraction");
        return failed;
    }
    while (end > 0 && strchr(" \t\n", chars[end - 1]))
        chars[--end] = '\0';
    scan.next += strspn(chars, " \t\n");
    is_negative = *scan.next == '-';
    if (*scan.next == '-' || *scan.next == '+')
        scan.next++;
    if ((!read_number(run, &scan, &ratio) && !run->outcome) || (!run->outcome && *scan.next)) {
        ratio_free(ratio);
        return not_a_number(run, chars);
    }
    if (is_negative && !run->outcome) {
        Py_SETREF(ratio.numerator, negative(run, ratio.numerator));
        if (!ratio.numerator) {
            ratio_free(ratio);
            return failed;
        }
    }
    return ratio;
}

/* ------------------------------------------------------------------------------------------ arithmetic */

static Ratio modulo(Run *run, Ratio a, Ratio b)
{
    PyObject *left = product(run, a.numerator, b.denominator);
    PyObject *right = left ? product(run, b.numerator, a.denominator) : NULL;
    PyObject *rest = compute(run, BINARY_MODULO, left, right);

    return reduce(run, rest, rest ? product(run, a.denominator, b.denominator) : NULL);
}

Ratio ratio_divide(Run *run, Ratio a, Ratio b)
{
    PyObject *numerator = product(run, a.numerator, b.denominator);

    return reduce(run, numerator, numerator ? product(run, a.denominator, b.numerator) : NULL);
}

Ratio ratio_compute(Run *run, BinaryOperator operation, Ratio a, Ratio b)
{
    PyObject *left, *right;
    PyObject *numerator;

    if (operation == BINARY_DIVIDE)
        return ratio_divide(run, a, b);
    if (operation == BINARY_MODULO)
        return modulo(run, a, b);
    if (operation == BINARY_MULTIPLY) {
        numerator = product(run, a.numerator, b.numerator);
    } else {
        left = product(run, a.numerator, b.denominator);
        right = left ? product(run, b.numerator, a.denominator) : NULL;
        numerator = compute(run, operation, left, right);
    }
    return reduce(run, numerator, numerator ? product(run, a.denominator, b.denominator) : NULL);
}

Ratio ratio_power(Run *run, Ratio base, PyObject *exponent)
{
    bool is_negative = compat_long_is_negative(exponent);
    PyObject *count = absolute(run, exponent);
    PyObject *numerator = count ? operators_binary(run, BINARY_POWER, base.numerator, count) : NULL;
    PyObject *denominator = numerator ? operators_binary(run, BINARY_POWER, base.denominator, count) : NULL;

    Py_XDECREF(count);
    return is_negative ? reduce(run, denominator, numerator) : reduce(run, numerator, denominator);
}

Ratio ratio_with_sign(Run *run, Ratio ratio, const char *method)
{
    Ratio result = copy_of(ratio);

    if (strcmp(method, "__neg__") == 0 ||
        (strcmp(method, "__abs__") == 0 && compat_long_is_negative(ratio.numerator)))
        Py_SETREF(result.numerator, negative(run, ratio.numerator));
    if (result.numerator)
        return result;
    ratio_free(result);
    return failed;
}

/* ------------------------------------------------------------------------------------------------ ints of it
 */

PyObject *ratio_floor(Run *run, Ratio ratio)
{
    return compute(run, BINARY_FLOOR_DIVIDE, ratio.numerator, ratio.denominator);
}

PyObject *ratio_ceil(Run *run, Ratio ratio)
{
    PyObject *floor =
        compute(run, BINARY_FLOOR_DIVIDE, negative(run, ratio.numerator), Py_NewRef(ratio.denominator));

    if (floor)
        Py_SETREF(floor, negative(run, floor));
    return floor;
}

/* Half to even. */
PyObject *ratio_round(Run *run, Ratio ratio)
{
    PyObject *floor = operators_binary(run, BINARY_FLOOR_DIVIDE, ratio.numerator, ratio.denominator);
    PyObject *rest = floor ? operators_binary(run, BINARY_MODULO, ratio.numerator, ratio.denominator) : NULL;
    PyObject *twice = compute(run, BINARY_MULTIPLY, rest, small(run, 2));
    int is_more = twice ? compare_values(run, twice, ratio.denominator, Py_GT) : -1;
    int is_half = is_more == 0 ? compare_values(run, twice, ratio.denominator, Py_EQ) : 0;
    bool is_odd = floor && !is_zero(floor) && compat_long_digits(floor)[0] & 1;

    Py_XDECREF(twice);
    if (is_more > 0 || (is_half > 0 && is_odd))
        return compute(run, BINARY_ADD, floor, small(run, 1));
    if (run->outcome)
        Py_CLEAR(floor);
    return floor;
}

Ratio ratio_round_to(Run *run, Ratio ratio, PyObject *places)
{
    bool is_positive = !compat_long_is_negative(places) && !is_zero(places);
    PyObject *shift = compute(run, BINARY_POWER, small(run, 10), absolute(run, places));
    PyObject *one = shift ? small(run, 1) : NULL;
    PyObject *rounded = NULL;
    Ratio shifted = failed;

    if (one && is_positive)
        shifted = ratio_compute(run, BINARY_MULTIPLY, ratio, (Ratio){shift, one});
    else if (one)
        shifted = ratio_divide(run, ratio, (Ratio){shift, one});
    if (shifted.numerator)
        rounded = ratio_round(run, shifted);
    ratio_free(shifted);
    if (is_positive) {
        Py_XDECREF(one);
        return reduce(run, rounded, shift);
    }
    return reduce(run, compute(run, BINARY_MULTIPLY, rounded, shift), one);
}

/* ---------------------------------------------------------------------------------------------- limit */

/* a + b * c; consumes @a. */
static PyObject *add_product(Run *run, PyObject *a, PyObject *b, PyObject *c)
{
    return compute(run, BINARY_ADD, a, product(run, b, c));
}

/* The convergents p0/q0 and p1/q1 of n/d, all owned. */
typedef struct Convergents {
    PyObject *p0, *q0, *p1, *q1, *n, *d;
} Convergents;

static void free_convergents(Convergents *self)
{
    PyObject *all[] = {self->p0, self->q0, self->p1, self->q1, self->n, self->d};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(all); i++)
        Py_XDECREF(all[i]);
}

/* 1: one step has been made; 0: its denominator would be past the limit; -1: the run has failed. */
static int step(Run *run, Convergents *self, PyObject *limit)
{
    PyObject *quotient =
        run_charge(run, 10) ? operators_binary(run, BINARY_FLOOR_DIVIDE, self->n, self->d) : NULL;
    PyObject *q2 = quotient ? add_product(run, Py_NewRef(self->q0), quotient, self->q1) : NULL;
    int is_past = q2 ? compare_values(run, q2, limit, Py_GT) : -1;
    PyObject *p2 = is_past == 0 ? add_product(run, Py_NewRef(self->p0), quotient, self->p1) : NULL;
    PyObject *rest = p2 ? operators_binary(run, BINARY_MODULO, self->n, self->d) : NULL;

    Py_XDECREF(quotient);
    if (!rest) {
        Py_XDECREF(q2);
        Py_XDECREF(p2);
        return is_past > 0 && !run->outcome ? 0 : -1;
    }
    Py_DECREF(self->p0);
    Py_DECREF(self->q0);
    Py_DECREF(self->n);
    *self = (Convergents){self->p1, self->q1, p2, q2, self->d, rest};
    return 1;
}

/* Lib/fractions.py explains it: the nearer one of the last convergent and the last semiconvergent. */
static Ratio nearest(Run *run, const Convergents *self, Ratio ratio, PyObject *limit)
{
    PyObject *room = operators_binary(run, BINARY_SUBTRACT, limit, self->q0);
    PyObject *k = compute(run, BINARY_FLOOR_DIVIDE, room, Py_NewRef(self->q1));
    PyObject *p = k ? add_product(run, Py_NewRef(self->p0), k, self->p1) : NULL;
    PyObject *q = p ? add_product(run, Py_NewRef(self->q0), k, self->q1) : NULL;
    PyObject *twice = q ? compute(run, BINARY_MULTIPLY, small(run, 2), Py_NewRef(self->d)) : NULL;
    PyObject *bound = twice ? compute(run, BINARY_MULTIPLY, twice, Py_NewRef(q)) : NULL;
    int is_last = bound ? compare_values(run, bound, ratio.denominator, Py_LE) : -1;

    Py_XDECREF(k);
    Py_XDECREF(bound);
    if (is_last == 0)
        return reduce(run, p, q);
    Py_XDECREF(p);
    Py_XDECREF(q);
    return is_last < 0 ? failed : copy_of((Ratio){self->p1, self->q1});
}

Ratio ratio_limit(Run *run, Ratio ratio, PyObject *limit)
{
    int is_small = compare_values(run, ratio.denominator, limit, Py_LE);
    Convergents convergents = {small(run, 0),
                               small(run, 1),
                               small(run, 1),
                               small(run, 0),
                               Py_NewRef(ratio.numerator),
                               Py_NewRef(ratio.denominator)};
    Ratio result = failed;
    int has_stepped = run->outcome ? -1 : 1;

    if (is_small > 0) {
        result = copy_of(ratio);
    } else {
        while (has_stepped > 0)
            has_stepped = step(run, &convergents, limit);
        if (has_stepped == 0)
            result = nearest(run, &convergents, ratio, limit);
    }
    free_convergents(&convergents);
    return result;
}

/* ----------------------------------------------------------------------------------- comparison, hash */

int ratio_compare(Run *run, Ratio a, Ratio b, int operation)
{
    PyObject *left = product(run, a.numerator, b.denominator);
    PyObject *right = left ? product(run, b.numerator, a.denominator) : NULL;
    int result = right ? compare_values(run, left, right, operation) : -1;

    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

typedef unsigned __int128 Wide;

static uint64_t power_modulo(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = (uint64_t)((Wide)result * base % _PyHASH_MODULUS);
        base = (uint64_t)((Wide)base * base % _PyHASH_MODULUS);
    }
    return result;
}

/* What is left of a positive int in the arithmetic of hashes: its own hash. */
static uint64_t rest_of(PyObject *number)
{
    return (uint64_t)PyLong_Type.tp_hash(number);
}

/* "Hashing of numeric types" in the documentation: a*b^(P-2) modulo the prime P. */
bool ratio_hash(Run *run, Ratio ratio, Py_hash_t *ret_hash)
{
    PyObject *numerator = absolute(run, ratio.numerator);
    uint64_t inverse;
    uint64_t hash;

    if (!numerator || !run_charge(run, 20) ||
        !run_charge_bytes(run,
                          (compat_long_num_digits(numerator) + compat_long_num_digits(ratio.denominator)) *
                              sizeof(digit))) {
        Py_XDECREF(numerator);
        return false;
    }
    inverse = power_modulo(rest_of(ratio.denominator), _PyHASH_MODULUS - 2);
    hash = inverse == 0 ? _PyHASH_INF : (uint64_t)((Wide)rest_of(numerator) * inverse % _PyHASH_MODULUS);
    Py_DECREF(numerator);
    *ret_hash = compat_long_is_negative(ratio.numerator) ? -(Py_hash_t)hash : (Py_hash_t)hash;
    if (*ret_hash == -1)
        *ret_hash = -2;
    return true;
}
