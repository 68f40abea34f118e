#include "stub/native/compat.h"

#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/fractions.h"
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

static PyObject *uuid_number(PyObject *value)
{
    PyObject *number;

    if (Py_TYPE(value)->tp_name[0] != 'U' || !is_exactly(value, KNOWN_UUID))
        return NULL;
    number = known_attribute(value, KNOWN_NAME_INT);
    return number && PyLong_CheckExact(number) ? number : NULL;
}

int known_values_compare(Run *run, PyObject *a, PyObject *b, int operation)
{
    PyObject *numbers[2] = {uuid_number(a), uuid_number(b)};

    if (numbers[0] && numbers[1])
        return compare_values(run, numbers[0], numbers[1], operation);
    /* With anything else a UUID is not equal, unless that says so. */
    if ((numbers[0] && kind_of(b) != KIND_OTHER) || (numbers[1] && kind_of(a) != KIND_OTHER)) {
        if (operation == Py_EQ || operation == Py_NE)
            return operation == Py_NE;
        return KNOWN_VALUES_NO_ANSWER;
    }
    return fractions_compare(run, a, b, operation);
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

    if (!inner && fractions_is(value))
        return fractions_hash(run, value, ret_hash);
    if (!inner && hashes_as_enum(value))
        inner = known_attribute(value, KNOWN_NAME_ENUM_NAME);
    if (!inner || (!PyLong_CheckExact(inner) && !PyUnicode_CheckExact(inner)))
        return KNOWN_VALUES_NO_ANSWER;
    return lookup_hash(run, inner, ret_hash) ? 1 : -1;
}
