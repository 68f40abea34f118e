#include "stub/native/compat.h"

#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/known_values.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"

/* Whether it is of the very type: a subclass may have methods of its own. */
static bool is_exactly(PyObject *value, KnownKind kind)
{
    return Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE && known_type(kind) == Py_TYPE(value);
}

bool known_values_fraction(PyObject *value, PyObject **ret_numerator, PyObject **ret_denominator)
{
    if (Py_TYPE(value)->tp_name[0] != 'F' || !is_exactly(value, KNOWN_FRACTION))
        return false;
    *ret_numerator = known_attribute(value, KNOWN_NAME_NUMERATOR);
    *ret_denominator = known_attribute(value, KNOWN_NAME_DENOMINATOR);
    return *ret_numerator && *ret_denominator && PyLong_CheckExact(*ret_numerator) &&
           PyLong_CheckExact(*ret_denominator);
}

static PyObject *uuid_number(PyObject *value)
{
    PyObject *number;

    if (Py_TYPE(value)->tp_name[0] != 'U' || !is_exactly(value, KNOWN_UUID))
        return NULL;
    number = known_attribute(value, KNOWN_NAME_INT);
    return number && PyLong_CheckExact(number) ? number : NULL;
}

/* Numerator and denominator of a Fraction, an int, or a float that is finite: new references. False: it is
 * none, or the run has failed. */
static bool take_ratio(PyObject *value, PyObject *ratio[2])
{
    PyObject *pair;

    if (known_values_fraction(value, &ratio[0], &ratio[1])) {
        Py_INCREF(ratio[0]);
        Py_INCREF(ratio[1]);
        return true;
    }
    if (!PyLong_CheckExact(value) && !PyFloat_CheckExact(value))
        return false;
    ratio[0] = Py_NewRef(value);
    ratio[1] = PyLong_FromLong(1);
    if (PyLong_CheckExact(value) || !ratio[1])
        return ratio[1] != NULL;
    pair = PyObject_CallMethod(value, "as_integer_ratio", NULL);
    PyErr_Clear(); /* infinite */
    if (pair && PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2) {
        Py_SETREF(ratio[0], Py_NewRef(PyTuple_GET_ITEM(pair, 0)));
        Py_SETREF(ratio[1], Py_NewRef(PyTuple_GET_ITEM(pair, 1)));
        Py_DECREF(pair);
        return true;
    }
    Py_XDECREF(pair);
    Py_DECREF(ratio[0]);
    Py_DECREF(ratio[1]);
    return false;
}

/* a/b < c/d as a*d < c*b: denominators are positive. */
static int compare_ratios(Run *run, PyObject *a, PyObject *b, int operation)
{
    PyObject *left[2];
    PyObject *right[2];
    PyObject *products[2] = {NULL, NULL};
    int result = -1;

    if (!take_ratio(a, left))
        return KNOWN_VALUES_NO_ANSWER;
    if (!take_ratio(b, right)) {
        Py_DECREF(left[0]);
        Py_DECREF(left[1]);
        return KNOWN_VALUES_NO_ANSWER;
    }
    products[0] = operators_binary(run, BINARY_MULTIPLY, left[0], right[1]);
    if (products[0])
        products[1] = operators_binary(run, BINARY_MULTIPLY, right[0], left[1]);
    if (products[1])
        result = compare_values(run, products[0], products[1], operation);
    for (int i = 0; i < 2; i++) {
        Py_DECREF(left[i]);
        Py_DECREF(right[i]);
        Py_XDECREF(products[i]);
    }
    return result;
}

int known_values_compare(Run *run, PyObject *a, PyObject *b, int operation)
{
    PyObject *numbers[2] = {uuid_number(a), uuid_number(b)};
    PyObject *numerator, *denominator;

    if (numbers[0] && numbers[1])
        return compare_values(run, numbers[0], numbers[1], operation);
    /* With anything else a UUID is not equal, unless that says so. */
    if ((numbers[0] && kind_of(b) != KIND_OTHER) || (numbers[1] && kind_of(a) != KIND_OTHER)) {
        if (operation == Py_EQ || operation == Py_NE)
            return operation == Py_NE;
        return KNOWN_VALUES_NO_ANSWER;
    }
    if (known_values_fraction(a, &numerator, &denominator) ||
        known_values_fraction(b, &numerator, &denominator))
        return compare_ratios(run, a, b, operation);
    return KNOWN_VALUES_NO_ANSWER;
}

/* Whether hash() of a member is the one of class Enum, which is that of the name. */
static bool hashes_as_enum(PyObject *value)
{
    static PyObject *hash_name;
    PyTypeObject *owner = NULL;
    bool is_unsure;
    char name[32];
    size_t len_bytes;

    if (!known_is_enum(value))
        return false;
    if (!hash_name)
        hash_name = PyUnicode_InternFromString("__hash__");
    PyErr_Clear();
    if (!hash_name || !type_find(Py_TYPE(value), hash_name, &owner, &is_unsure) || !owner)
        return false;
    len_bytes = type_name(owner, TYPE_NAME_MODULE, name, sizeof(name));
    return len_bytes == strlen("enum.Enum") && memcmp(name, "enum.Enum", len_bytes) == 0;
}

int known_values_hash(Run *run, PyObject *value, Py_hash_t *ret_hash)
{
    PyObject *inner = uuid_number(value);

    if (!inner && hashes_as_enum(value))
        inner = known_attribute(value, KNOWN_NAME_ENUM_NAME);
    if (!inner || (!PyLong_CheckExact(inner) && !PyUnicode_CheckExact(inner)))
        return KNOWN_VALUES_NO_ANSWER;
    return lookup_hash(run, inner, ret_hash) ? 1 : -1;
}
