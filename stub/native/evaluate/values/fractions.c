#include "stub/native/compat.h"

#include <math.h>
#include <structmember.h>

#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/originals.h"
#include "stub/native/evaluate/values/ratio.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/interpreter.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"

/* Of limit_denominator(), all versions. */
#define LIMIT_DEFAULT 1000000

/* Quick for all others. */
static bool is_of_class(PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE && strcmp(type->tp_name, "Fraction") == 0 &&
           known_type(KNOWN_FRACTION) == type;
}

/* Where the two ints of an instance are; false: the class is not laid out as the library's. */
static bool find_slots(PyTypeObject *type, Py_ssize_t ret_offsets[2])
{
    static const char *const texts[] = {"_numerator", "_denominator"};

    for (int i = 0; i < 2; i++) {
        PyObject *name = PyUnicode_InternFromString(texts[i]);
        PyTypeObject *owner = NULL;
        bool is_unsure = true;
        PyObject *slot = name ? type_find(type, name, &owner, &is_unsure) : NULL;
        PyMemberDef *member =
            slot && Py_TYPE(slot) == &PyMemberDescr_Type ? ((PyMemberDescrObject *)slot)->d_member : NULL;

        Py_XDECREF(name);
        PyErr_Clear();
        if (!member || is_unsure || owner != type || PyDescr_TYPE(slot) != type ||
            member->type != T_OBJECT_EX || member->flags != 0 ||
            member->offset < (Py_ssize_t)sizeof(PyObject) ||
            member->offset > type->tp_basicsize - (Py_ssize_t)sizeof(PyObject *))
            return false;
        ret_offsets[i] = member->offset;
    }
    return ret_offsets[0] != ret_offsets[1];
}

/* The ints of a Fraction, borrowed. */
static bool read_ratio(PyObject *value, Ratio *ret_ratio)
{
    Py_ssize_t offsets[2];

    if (!is_of_class(Py_TYPE(value)) || !find_slots(Py_TYPE(value), offsets))
        return false;
    ret_ratio->numerator = *(PyObject **)((char *)value + offsets[0]);
    ret_ratio->denominator = *(PyObject **)((char *)value + offsets[1]);
    return ret_ratio->numerator && ret_ratio->denominator && PyLong_CheckExact(ret_ratio->numerator) &&
           PyLong_CheckExact(ret_ratio->denominator) && compat_long_num_digits(ret_ratio->denominator) > 0;
}

bool fractions_is(PyObject *value)
{
    Ratio ratio;

    return read_ratio(value, &ratio);
}

static bool is_original(PyTypeObject *type, const char *method)
{
    return originals_has(type, "fractions", "Fraction", method);
}

/* Whether an instance can come to be and go without code in Python. */
static bool is_class_original(PyTypeObject *type)
{
    Py_ssize_t offsets[2];

    return find_slots(type, offsets) && is_original(type, "__new__") &&
           type->tp_alloc == PyType_GenericAlloc && !type->tp_finalize && !type->tp_del &&
           !object_has_dict(type) && type->tp_init == PyBaseObject_Type.tp_init &&
           plain_inherits(Py_TYPE(type), &PyType_Type, "__call__");
}

/* A new one of @ratio, which is consumed and may have failed. */
static PyObject *make(Run *run, Ratio ratio)
{
    PyTypeObject *type = known_type(KNOWN_FRACTION);
    Py_ssize_t offsets[2];
    PyObject *result;

    if (run->outcome) {
        ratio_free(ratio);
        return NULL;
    }
    if (!type || !is_of_class(type) || !is_class_original(type) || !find_slots(type, offsets)) {
        ratio_free(ratio);
        return run_refuse_act(run, "makes a Fraction, whose class is not the one of Python's library");
    }
    result = type->tp_alloc(type, 0);
    if (!result) {
        ratio_free(ratio);
        return run_raise_pending(run);
    }
    *(PyObject **)((char *)result + offsets[0]) = ratio.numerator;
    *(PyObject **)((char *)result + offsets[1]) = ratio.denominator;
    return result;
}

/* -------------------------------------------------------------------------------------------- operands */

/* The value of an int, a finite float or Decimal, or a Fraction. False: it is none of them, or the run has
 * failed. */
static bool take(Run *run, PyObject *value, Ratio *ret_ratio)
{
    Ratio borrowed;

    if (read_ratio(value, &borrowed)) {
        *ret_ratio = (Ratio){Py_NewRef(borrowed.numerator), Py_NewRef(borrowed.denominator)};
        return true;
    }
    return ratio_of_number(run, value, ret_ratio);
}

static PyObject *to_float(Run *run, PyObject *value)
{
    Ratio ratio;
    PyObject *result;

    if (!read_ratio(value, &ratio))
        return Py_NewRef(value);
    result = operators_binary(run, BINARY_DIVIDE, ratio.numerator, ratio.denominator);
    return result;
}

/* As a float, or a complex if that is what the other is. */
static PyObject *to_inexact(Run *run, PyObject *value, bool is_complex)
{
    PyObject *number = to_float(run, value);

    if (number && is_complex && !PyComplex_CheckExact(number)) {
        double real = PyLong_Check(number) ? PyLong_AsDouble(number) : PyFloat_AsDouble(number);

        Py_SETREF(number, PyErr_Occurred() ? NULL : PyComplex_FromDoubles(real, 0.0));
        if (!number)
            return run_raise_pending(run);
    }
    return number;
}

/* floor(), for which the stub would need libm. From 2^53 on all are whole; what is not finite stays. */
static double floor_of(double number)
{
    double whole = number;

    if (number > -9007199254740992.0 && number < 9007199254740992.0)
        whole = (double)(int64_t)number;
    return whole > number ? whole - 1 : whole;
}

/* Up to 3.7 both are made of the floor of the quotient, an int. */
static PyObject *floor_of_quotient(Run *run, PyObject *a, PyObject *b)
{
    PyObject *quotient = operators_binary(run, BINARY_DIVIDE, a, b);
    PyObject *result = NULL;

    if (quotient && PyFloat_CheckExact(quotient))
        result = run_take(run, PyLong_FromDouble(floor_of(PyFloat_AS_DOUBLE(quotient))));
    else if (quotient)
        (void)run_raise(run, PyExc_TypeError, "can't convert complex to float");
    Py_XDECREF(quotient);
    return result;
}

static PyObject *remainder_of_quotient(Run *run, PyObject *a, PyObject *b)
{
    PyObject *floor = floor_of_quotient(run, a, b);
    PyObject *product = floor ? operators_binary(run, BINARY_MULTIPLY, b, floor) : NULL;
    PyObject *result = product ? operators_binary(run, BINARY_SUBTRACT, a, product) : NULL;

    Py_XDECREF(floor);
    Py_XDECREF(product);
    return result;
}

/* _operator_fallbacks() in Lib/fractions.py */
static PyObject *compute_inexact(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    bool is_forward = fractions_is(a);
    bool is_complex = PyComplex_CheckExact(a) || PyComplex_CheckExact(b);
    PyObject *left = to_inexact(run, a, is_complex && !(COMPAT_FRACTION_IS_FLOAT_TO_COMPLEX && is_forward));
    PyObject *right =
        left ? to_inexact(run, b, is_complex && !(COMPAT_FRACTION_IS_FLOAT_TO_COMPLEX && !is_forward)) : NULL;
    PyObject *result = right ? operators_binary(run, operation, left, right) : NULL;

    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

/* ------------------------------------------------------------------------------------------ arithmetic */

static PyObject *compute_exact(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    Ratio left;
    Ratio right;
    PyObject *result;

    if (!take(run, a, &left))
        return NULL;
    if (!take(run, b, &right)) {
        ratio_free(left);
        return NULL;
    }
    if (operation == BINARY_FLOOR_DIVIDE)
        result = ratio_floor(run, ratio_divide(run, left, right));
    else
        result = make(run, ratio_compute(run, operation, left, right));
    ratio_free(left);
    ratio_free(right);
    return result;
}

/* A Fraction to the power of an int: borrowed. */
static PyObject *power_of_int(Run *run, PyObject *base, PyObject *exponent)
{
    Ratio ratio;

    if (!take(run, base, &ratio))
        return NULL;
    PyObject *result = make(run, ratio_power(run, ratio, exponent));
    ratio_free(ratio);
    return result;
}

static bool is_whole(const Ratio *ratio)
{
    return compat_long_num_digits(ratio->denominator) == 1 && compat_long_digits(ratio->denominator)[0] == 1;
}

/* __pow__() and __rpow__() in Lib/fractions.py */
static PyObject *power(Run *run, PyObject *a, PyObject *b)
{
    Ratio exponent;
    bool is_base = fractions_is(a);

    if (!read_ratio(b, &exponent))
        return PyLong_Check(b) ? power_of_int(run, a, b) : compute_inexact(run, BINARY_POWER, a, b);
    if (is_base)
        return is_whole(&exponent) ? power_of_int(run, a, exponent.numerator)
                                   : compute_inexact(run, BINARY_POWER, a, b);
    if (is_whole(&exponent) && (!PyLong_Check(a) || !compat_long_is_negative(exponent.numerator)))
        return operators_binary(run, BINARY_POWER, a, exponent.numerator);
    if (PyLong_Check(a) && is_whole(&exponent))
        return power_of_int(run, a, exponent.numerator);
    PyObject *number = to_float(run, b);
    PyObject *result = number ? operators_binary(run, BINARY_POWER, a, number) : NULL;
    Py_XDECREF(number);
    return result;
}

static const char *const methods[][2] = {
    [BINARY_ADD] = {"__add__", "__radd__"},
    [BINARY_SUBTRACT] = {"__sub__", "__rsub__"},
    [BINARY_MULTIPLY] = {"__mul__", "__rmul__"},
    [BINARY_DIVIDE] = {"__truediv__", "__rtruediv__"},
    [BINARY_FLOOR_DIVIDE] = {"__floordiv__", "__rfloordiv__"},
    [BINARY_MODULO] = {"__mod__", "__rmod__"},
    [BINARY_POWER] = {"__pow__", "__rpow__"},
};

static bool is_exact(PyObject *value)
{
    return fractions_is(value) || PyLong_CheckExact(value) || PyBool_Check(value);
}

static bool is_number(PyObject *value)
{
    return fractions_is(value) || kind_is_number(kind_of(value));
}

PyObject *fractions_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    PyTypeObject *type = fractions_is(a) ? Py_TYPE(a) : Py_TYPE(b);

    if ((!fractions_is(a) && kind_of(a) == KIND_OTHER) || (!fractions_is(b) && kind_of(b) == KIND_OTHER))
        return NULL;
    if ((size_t)operation >= Py_ARRAY_LENGTH(methods) || !is_original(type, methods[operation][0]) ||
        !is_original(type, methods[operation][1]))
        return NULL;
    if (operation == BINARY_POWER && kind_of(a) == KIND_DECIMAL)
        return power(run, a, b);
    if (!is_number(a) || !is_number(b))
        return kind_of(a) == KIND_BYTES && operation == BINARY_MODULO ? run_refuse_act(run, "formats bytes")
                                                                      : special_raise(run, operation, a, b);
    if (!run_charge(run, 20))
        return NULL;
    if (operation == BINARY_POWER)
        return power(run, a, b);
    if (COMPAT_FRACTION_FLOORS_QUOTIENT && operation == BINARY_FLOOR_DIVIDE && !(is_exact(a) && is_exact(b)))
        return floor_of_quotient(run, a, b);
    if (COMPAT_FRACTION_FLOORS_QUOTIENT && operation == BINARY_MODULO && !(is_exact(a) && is_exact(b)))
        return remainder_of_quotient(run, a, b);
    return is_exact(a) && is_exact(b) ? compute_exact(run, operation, a, b)
                                      : compute_inexact(run, operation, a, b);
}

PyObject *fractions_unary(Run *run, PyObject *value, const char *method)
{
    PyTypeObject *type = Py_TYPE(value);
    bool is_float = strcmp(method, "__float__") == 0;
    bool is_int = strcmp(method, "__int__") == 0;
    Ratio ratio;

    if (!read_ratio(value, &ratio) || !run_charge(run, 10))
        return NULL;
    if (is_float)
        return originals_has(type, "numbers", "Rational", method) ? to_float(run, value) : NULL;
    if (!is_original(type, is_int && !COMPAT_FRACTION_HAS_INT ? "__trunc__" : method))
        return NULL;
    if (strcmp(method, "__floor__") == 0)
        return operators_binary(run, BINARY_FLOOR_DIVIDE, ratio.numerator, ratio.denominator);
    if (strcmp(method, "__ceil__") == 0)
        return ratio_ceil(run, ratio);
    if (is_int || strcmp(method, "__trunc__") == 0)
        return compat_long_is_negative(ratio.numerator)
                   ? ratio_ceil(run, ratio)
                   : operators_binary(run, BINARY_FLOOR_DIVIDE, ratio.numerator, ratio.denominator);
    return make(run, ratio_with_sign(run, ratio, method));
}

int fractions_truth(PyObject *value)
{
    Ratio ratio;

    if (!read_ratio(value, &ratio) || !is_original(Py_TYPE(value), "__bool__"))
        return FRACTIONS_NO_ANSWER;
    return compat_long_num_digits(ratio.numerator) > 0;
}

PyObject *fractions_round(Run *run, PyObject *value, PyObject *places)
{
    Ratio ratio;

    if (!read_ratio(value, &ratio) || !is_original(Py_TYPE(value), "__round__"))
        return NULL;
    if (!places || places == Py_None)
        return ratio_round(run, ratio);
    return PyLong_CheckExact(places) ? make(run, ratio_round_to(run, ratio, places)) : NULL;
}

PyObject *fractions_limit(Run *run, PyObject *value, PyObject *limit)
{
    Ratio ratio;
    PyObject *most;
    PyObject *result;

    if (!read_ratio(value, &ratio) || (limit && !PyLong_CheckExact(limit)) ||
        !is_original(Py_TYPE(value), "limit_denominator"))
        return NULL;
    if (limit && (compat_long_is_negative(limit) || compat_long_num_digits(limit) == 0))
        return run_raise(run, PyExc_ValueError, "max_denominator should be at least 1");
    most = limit ? Py_NewRef(limit) : PyLong_FromLong(LIMIT_DEFAULT);
    if (!most)
        return run_raise_pending(run);
    result = make(run, ratio_limit(run, ratio, most));
    Py_DECREF(most);
    return result;
}

/* ----------------------------------------------------------------------------------------- comparisons */

static const int swapped[] = {
    [Py_LT] = Py_GT, [Py_LE] = Py_GE, [Py_EQ] = Py_EQ, [Py_NE] = Py_NE, [Py_GT] = Py_LT, [Py_GE] = Py_LE,
};

static const char *const comparison_methods[] = {
    [Py_LT] = "__lt__", [Py_LE] = "__le__", [Py_EQ] = "__eq__",
    [Py_NE] = "__eq__", [Py_GT] = "__gt__", [Py_GE] = "__ge__",
};

static int compare_exact(Run *run, Ratio a, PyObject *b, int operation)
{
    /* The two ints come in a tuple, and a program that only compares goes on with the collector. */
    bool was_enabled = interpreter_pause_gc();
    Ratio right;
    bool is_taken = take(run, b, &right);
    int result;

    interpreter_resume_gc(was_enabled);
    if (!is_taken)
        return run->outcome ? -1 : FRACTIONS_NO_ANSWER;
    result = ratio_compare(run, a, right, operation);
    ratio_free(right);
    return result;
}

/* What is not finite compares with each Fraction as with zero. */
static int compare_with_infinite(Run *run, PyObject *value, int operation)
{
    PyObject *zero = PyLong_FromLong(0);
    int result = -1;

    if (zero)
        result = compare_values(run, zero, value, operation);
    else
        (void)run_raise_pending(run);
    Py_XDECREF(zero);
    return result;
}

static int compare_with_float(Run *run, Ratio a, double number, int operation)
{
    PyObject *value = PyFloat_FromDouble(number);
    int result = -1;

    if (value)
        result = isfinite(number) ? compare_exact(run, a, value, operation)
                                  : compare_with_infinite(run, value, operation);
    else
        (void)run_raise_pending(run);
    Py_XDECREF(value);
    return result;
}

static int compare_with_decimal(Run *run, Ratio a, PyObject *value, int operation)
{
    int result = compare_exact(run, a, value, operation);

    return result == FRACTIONS_NO_ANSWER ? compare_with_infinite(run, value, operation) : result;
}

/* __eq__() and _richcmp() in Lib/fractions.py, and convert_op_cmp() in Modules/_decimal/_decimal.c */
static int compare(Run *run, Ratio a, PyObject *b, int operation)
{
    bool is_equality = operation == Py_EQ || operation == Py_NE;
    Kind kind = kind_of(b);

    if (fractions_is(b) || kind == KIND_INT || kind == KIND_BOOL)
        return compare_exact(run, a, b, operation);
    if (kind == KIND_FLOAT)
        return compare_with_float(run, a, PyFloat_AS_DOUBLE(b), operation);
    if (kind == KIND_COMPLEX && is_equality && PyComplex_ImagAsDouble(b) == 0)
        return compare_with_float(run, a, PyComplex_RealAsDouble(b), operation);
    if (kind == KIND_DECIMAL)
        return compare_with_decimal(run, a, b, operation);
    if (kind == KIND_OTHER || !is_equality)
        return FRACTIONS_NO_ANSWER;
    return operation == Py_NE;
}

int fractions_compare(Run *run, PyObject *a, PyObject *b, int operation)
{
    Ratio ratio;
    bool is_first = read_ratio(a, &ratio);
    PyObject *fraction = is_first ? a : b;
    PyObject *other = is_first ? b : a;
    int wanted = is_first ? operation : swapped[operation];
    int result;

    if (!is_first && !read_ratio(b, &ratio))
        return FRACTIONS_NO_ANSWER;
    if (!is_original(Py_TYPE(fraction), comparison_methods[wanted]) ||
        !is_original(Py_TYPE(fraction), "_richcmp"))
        return FRACTIONS_NO_ANSWER;
    result = compare(run, ratio, other, wanted);
    if (result != FRACTIONS_NO_ANSWER || kind_of(other) == KIND_OTHER)
        return result;
    (void)run_raise(run, PyExc_TypeError,
                    "comparison not supported between instances of '%.100s' and '%.100s'",
                    Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
    return -1;
}

int fractions_hash(Run *run, PyObject *value, Py_hash_t *ret_hash)
{
    Ratio ratio;

    if (!read_ratio(value, &ratio) || !is_original(Py_TYPE(value), "__hash__"))
        return FRACTIONS_NO_ANSWER;
    return ratio_hash(run, ratio, ret_hash) ? 1 : -1;
}

/* -------------------------------------------------------------------------------------------- face */

PyObject *fractions_text(Run *run, PyObject *value, bool is_repr)
{
    Ratio ratio;
    PyObject *numerator, *denominator;
    PyObject *text = NULL;

    if (!read_ratio(value, &ratio) || !is_original(Py_TYPE(value), is_repr ? "__repr__" : "__str__"))
        return NULL;
    numerator = texts_str(run, ratio.numerator);
    denominator = numerator ? texts_str(run, ratio.denominator) : NULL;
    if (denominator && is_repr)
        text = PyUnicode_FromFormat("Fraction(%U, %U)", numerator, denominator);
    else if (denominator)
        text =
            is_whole(&ratio) ? Py_NewRef(numerator) : PyUnicode_FromFormat("%U/%U", numerator, denominator);
    Py_XDECREF(numerator);
    Py_XDECREF(denominator);
    return text || run->outcome ? text : run_raise_pending(run);
}

bool fractions_formats_as_text(PyObject *value)
{
    return is_original(Py_TYPE(value), "__format__") ||
           plain_inherits(Py_TYPE(value), &PyBaseObject_Type, "__format__");
}

bool fractions_is_class(PyObject *function)
{
    return PyType_Check(function) && is_of_class((PyTypeObject *)function) &&
           is_class_original((PyTypeObject *)function);
}

/* Fraction(a, b) with rational numbers. */
static PyObject *make_of_two(Run *run, PyObject *a, PyObject *b)
{
    if (is_exact(a) && is_exact(b))
        return compute_exact(run, BINARY_DIVIDE, a, b);
    if ((!fractions_is(a) && kind_of(a) == KIND_OTHER) || (!fractions_is(b) && kind_of(b) == KIND_OTHER))
        return run_refuse_value(run, "something that may be a number of the app's own");
    return run_raise(run, PyExc_TypeError, "both arguments should be Rational instances");
}

static PyObject *make_of_one(Run *run, PyObject *value)
{
    Ratio ratio;

    if (PyUnicode_CheckExact(value) && compat_text_is_ready(value))
        return make(run, ratio_of_text(run, value));
    if (take(run, value, &ratio))
        return make(run, ratio);
    if (run->outcome)
        return NULL;
    if (kind_of(value) == KIND_OTHER || kind_of(value) == KIND_FLOAT)
        return run_refuse_value(run, "a %.80s that is not known to be rational", Py_TYPE(value)->tp_name);
    return run_raise(run, PyExc_TypeError, "argument should be a string or a Rational instance");
}

PyObject *fractions_make(Run *run, const Arguments *arguments)
{
    PyObject *numerator =
        arguments->count > 0 ? arguments->values[0] : arguments_named(arguments, "numerator");
    PyObject *denominator =
        arguments->count > 1 ? arguments->values[1] : arguments_named(arguments, "denominator");

    if (!arguments_check(run, arguments, 0, 2, " numerator denominator ") || !run_charge(run, 50))
        return NULL;
    if ((arguments->count > 0 && arguments_named(arguments, "numerator")) ||
        (arguments->count > 1 && arguments_named(arguments, "denominator")))
        return run_raise(run, PyExc_TypeError, "Fraction() got multiple values for argument");
    if (denominator && denominator != Py_None) {
        PyObject *zero = numerator ? NULL : PyLong_FromLong(0);
        PyObject *result = make_of_two(run, numerator ? numerator : zero, denominator);

        Py_XDECREF(zero);
        return result;
    }
    return numerator ? make_of_one(run, numerator)
                     : make(run, (Ratio){PyLong_FromLong(0), PyLong_FromLong(1)});
}
