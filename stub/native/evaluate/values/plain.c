#include "stub/native/compat.h"

#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/known.h"

/* ---------------------------------------------------------------------------------------- kinds */

/* Types whose values CPython handles in C, beside the builtin ones. */
static Kind rare_kind(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type->tp_name[0] != 'd') /* datetime.date, decimal.Decimal */
        return KIND_OTHER;
    date_text_refresh();
    if (date_text_is_date(value))
        return date_text_is_exact_in_c(value) ? KIND_DATE : KIND_OTHER;
    if (date_text_is_timezone(value))
        return KIND_DATE;
    return decimals_is(value) ? KIND_DECIMAL : KIND_OTHER;
}

Kind kind_of(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type == &PyLong_Type)
        return KIND_INT;
    if (type == &PyUnicode_Type)
        return compat_text_is_ready(value) ? KIND_TEXT : KIND_OTHER;
    if (value == Py_None)
        return KIND_NONE;
    if (type == &PyBool_Type)
        return KIND_BOOL;
    if (type == &PyFloat_Type)
        return KIND_FLOAT;
    if (type == &PyList_Type)
        return KIND_LIST;
    if (type == &PyDict_Type)
        return KIND_DICT;
    if (type == &PyTuple_Type)
        return KIND_TUPLE;
    if (type == &PySet_Type || type == &PyFrozenSet_Type)
        return KIND_SET;
    if (type == &PyBytes_Type)
        return KIND_BYTES;
    if (type == &PyComplex_Type)
        return KIND_COMPLEX;
    if (type == &PyRange_Type)
        return KIND_RANGE;
    return rare_kind(value);
}

bool plain_is_unready(PyObject *value)
{
    return PyUnicode_Check(value) && !compat_text_is_ready(value);
}

static bool set_is_deep(Run *run, PyObject *set)
{
    SetCursor cursor;
    PyObject *key;

    set_cursor_init(&cursor, set);
    while (set_cursor_next(&cursor, &key))
        if (!plain_is_deep(run, key))
            return false;
    return true;
}

static bool dict_is_deep(Run *run, PyObject *dict)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;

    dict_cursor_init(&cursor, dict);
    while (dict_cursor_next(&cursor, &key, &value))
        if (!plain_is_deep(run, key) || !plain_is_deep(run, value))
            return false;
    return true;
}

static bool members_are_deep(Run *run, PyObject *value, Kind kind)
{
    if (kind == KIND_SET)
        return set_is_deep(run, value);
    if (kind == KIND_DICT)
        return dict_is_deep(run, value);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++)
        if (!plain_is_deep(run, PySequence_Fast_GET_ITEM(value, i)))
            return false;
    return true;
}

bool plain_is_deep(Run *run, PyObject *value)
{
    Kind kind = kind_of(value);

    if (!run_charge(run, 1) || kind == KIND_OTHER)
        return false;
    if (kind_is_scalar(kind) || kind == KIND_RANGE)
        return true;
    if (kind == KIND_DECIMAL)
        return decimals_check(run, value);
    bool is_deep = run_enter(run) && members_are_deep(run, value, kind);
    run_leave(run);
    return is_deep;
}

bool plain_inherits(PyTypeObject *type, PyTypeObject *base, const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name);
    bool is_unsure = false;
    PyObject *method = text ? type_find(type, text, NULL, &is_unsure) : NULL;
    bool is_own = method && method == type_find(base, text, NULL, &is_unsure) && !is_unsure;

    Py_XDECREF(text);
    PyErr_Clear();
    return is_own;
}

/* The limits of CPython are 1,000 digits for texts, and for divisions 300 digits of the divisor and a
 * quotient of 150 (Objects/longobject.c; measured on 3.12 to 3.15). */
bool plain_check_decimal(Run *run, PyObject *value)
{
    if (PyLong_Check(value) && compat_long_num_digits(value) > 1000)
        (void)run_exhaust(run);
    return !run->outcome;
}

bool plain_check_division(Run *run, PyObject *a, PyObject *b)
{
    if (PyLong_Check(a) && PyLong_Check(b) && compat_long_num_digits(b) > 300 &&
        compat_long_num_digits(a) > compat_long_num_digits(b) + 150)
        (void)run_exhaust(run);
    return !run->outcome;
}

/* False: it is too much, and the run has failed. */
static bool add_chars(Run *run, uint64_t num_chars, int char_bytes, PlainBound *bound)
{
    bound->num_chars += num_chars;
    bound->char_bytes = Py_MAX(bound->char_bytes, char_bytes);
    if (bound->num_chars * (uint64_t)bound->char_bytes > RUN_RESULT_BYTES_MAX)
        (void)run_exhaust(run);
    return !run->outcome;
}

/* A character is written with a backslash, a letter and two, four or eight digits, at most. */
static bool add_text(Run *run, PyObject *text, PlainBound *bound)
{
    int char_bytes = PyUnicode_KIND(text);
    uint64_t num_each = char_bytes == 1 ? 4 : char_bytes == 2 ? 6 : 10;

    return add_chars(run, 2 + num_each * (uint64_t)PyUnicode_GET_LENGTH(text), char_bytes, bound);
}

static bool add_own(Run *run, PyObject *value, Kind kind, PlainBound *bound)
{
    uint64_t num_digits;

    switch (kind) {
    case KIND_TEXT:
        return add_text(run, value, bound);
    case KIND_BYTES:
        return add_chars(run, 3 + 4 * (uint64_t)Py_SIZE(value), 1, bound);
    case KIND_INT:
        /* The conversion takes the square of it. */
        num_digits = (uint64_t)compat_long_num_digits(value);
        bound->units += num_digits * num_digits / 16;
        return plain_check_decimal(run, value) && add_chars(run, 2 + 10 * num_digits, 1, bound);
    case KIND_DECIMAL:
        return decimals_check(run, value) && add_chars(run, 64 + 2 * decimals_num_digits(value), 1, bound);
    case KIND_OTHER:
        return false;
    default:
        return add_chars(run, 100, 1, bound);
    }
}

static bool add_dict_bound(Run *run, PyObject *dict, PlainBound *bound)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;

    dict_cursor_init(&cursor, dict);
    while (dict_cursor_next(&cursor, &key, &value))
        if (!plain_add_repr(run, key, bound) || !plain_add_repr(run, value, bound))
            return false;
    return true;
}

static bool add_set_bound(Run *run, PyObject *set, PlainBound *bound)
{
    SetCursor cursor;
    PyObject *key;

    set_cursor_init(&cursor, set);
    while (set_cursor_next(&cursor, &key))
        if (!plain_add_repr(run, key, bound))
            return false;
    return true;
}

static bool add_members_bound(Run *run, PyObject *value, Kind kind, PlainBound *bound)
{
    if (kind == KIND_DICT)
        return add_dict_bound(run, value, bound);
    if (kind == KIND_SET)
        return add_set_bound(run, value, bound);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++)
        if (!plain_add_repr(run, PySequence_Fast_GET_ITEM(value, i), bound))
            return false;
    return true;
}

bool plain_add_repr(Run *run, PyObject *value, PlainBound *bound)
{
    Kind kind = kind_of(value);

    if (!run_charge(run, 4) || !add_own(run, value, kind, bound))
        return false;
    if (kind_is_scalar(kind) || kind == KIND_RANGE || kind == KIND_DECIMAL)
        return true;
    bool is_bounded = run_enter(run) && add_members_bound(run, value, kind, bound);
    run_leave(run);
    return is_bounded;
}

bool plain_charge_bound(Run *run, const PlainBound *bound)
{
    return run_charge(run, 1 + bound->num_chars / RUN_BYTES_PER_UNIT + bound->units);
}

int plain_printability(Run *run, PyObject *value)
{
    PlainBound bound = {0, 1, 0};

    if (!plain_add_repr(run, value, &bound))
        return run->outcome ? -1 : 0;
    return plain_charge_bound(run, &bound) ? 1 : -1;
}

bool plain_is_printable(Run *run, PyObject *value)
{
    int printability = plain_printability(run, value);

    if (printability == 0)
        (void)run_refuse_value(run, "or holds an object whose `__repr__` is code of its own");
    return printability > 0;
}

ViewKind plain_view_kind(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type == &PyDictKeys_Type || type == &PyODictKeys_Type)
        return VIEW_KEYS;
    if (type == &PyDictValues_Type || type == &PyODictValues_Type)
        return VIEW_VALUES;
    return type == &PyDictItems_Type || type == &PyODictItems_Type ? VIEW_ITEMS : VIEW_NONE;
}

PyObject *plain_view_dict(PyObject *value)
{
    return plain_view_kind(value) != VIEW_NONE ? (PyObject *)((_PyDictViewObject *)value)->dv_dict : NULL;
}

const char *plain_repr(Run *run, PyObject *value, char *buffer, size_t size_bytes)
{
    int outcome = run->outcome;
    bool is_small = !PyLong_CheckExact(value) || compat_long_num_digits(value) <= 30;
    PyObject *repr = is_small && plain_is_printable(run, value) ? PyObject_Repr(value) : NULL;

    run->outcome = outcome; /* the message is only worth what is left of the budget */
    if (repr)
        run_text(repr, buffer, size_bytes);
    else
        snprintf(buffer, size_bytes, "<%.100s object>", Py_TYPE(value)->tp_name);
    Py_XDECREF(repr);
    run_drop_pending();
    return buffer;
}

/* ----------------------------------------------------------------------------- truth and length */

static lenfunc sequence_length(PyTypeObject *type)
{
    return type->tp_as_sequence ? type->tp_as_sequence->sq_length : NULL;
}

static lenfunc mapping_length(PyTypeObject *type)
{
    return type->tp_as_mapping ? type->tp_as_mapping->mp_length : NULL;
}

/* The length functions of the builtin types, which only read a field. */
static bool is_known_length(lenfunc function)
{
    static PyTypeObject *const types[] = {
        &PyUnicode_Type,    &PyList_Type,      &PyDict_Type,       &PyTuple_Type,     &PySet_Type,
        &PyBytes_Type,      &PyByteArray_Type, &PyRange_Type,      &PyFrozenSet_Type, &PyDictKeys_Type,
        &PyDictValues_Type, &PyDictItems_Type, &PyMemoryView_Type,
    };

    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (function == sequence_length(types[i]) || function == mapping_length(types[i]))
            return true;
    return false;
}

static Py_ssize_t length_of_other(Run *run, PyObject *value)
{
    PyObject *target;
    Py_ssize_t length;

    if (plain_is_deque(value))
        return PySequence_Size(value);
    if (!proxies_is(value) && !rows_is_mapping(value))
        return special_length(run, value);
    target = rows_is_mapping(value) ? rows_data(run, value) : proxies_target(run, value);
    length = target ? plain_length(run, target) : -1;
    Py_XDECREF(target);
    return length;
}

bool plain_is_deque(PyObject *value)
{
    return strcmp(Py_TYPE(value)->tp_name, "collections.deque") == 0 &&
           Py_TYPE(value) == known_type(KNOWN_DEQUE);
}

Py_ssize_t plain_length(Run *run, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    lenfunc function = sequence_length(type) ? sequence_length(type) : mapping_length(type);
    Py_ssize_t length;

    if (!function) {
        (void)run_raise(run, PyExc_TypeError, "object of type '%.200s' has no len()", type->tp_name);
        return -1;
    }
    if (plain_is_unready(value) ||
        (!is_known_length(function) &&
         !(compat_dict_type(value) && function == mapping_length(compat_dict_type(value))))) {
        if (!plain_is_unready(value))
            return length_of_other(run, value);
        (void)run_refuse_value(run, "a str that Python has yet to prepare");
        return -1;
    }
    length = function(value);
    if (length < 0)
        (void)run_raise_pending(run); /* len(range(10**20)) */
    return length;
}

int plain_truth(Run *run, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    inquiry function = type->tp_as_number ? type->tp_as_number->nb_bool : NULL;

    if (value == Py_True)
        return 1;
    if (value == Py_False || value == Py_None)
        return 0;
    if (function) {
        if (function == PyLong_Type.tp_as_number->nb_bool || function == PyFloat_Type.tp_as_number->nb_bool ||
            function == PyComplex_Type.tp_as_number->nb_bool || kind_of(value) == KIND_DATE ||
            kind_of(value) == KIND_DECIMAL)
            return function(value);
        /* A range answers from its length, which it has counted. */
        if (type == &PyRange_Type)
            return function(value);
        if (proxies_is(value)) {
            PyObject *target = proxies_target(run, value);
            int truth = target ? plain_truth(run, target) : -1;

            Py_XDECREF(target);
            return truth;
        }
        if (fractions_is(value) && fractions_truth(value) != FRACTIONS_NO_ANSWER)
            return fractions_truth(value);
        return special_truth(run, value);
    }
    if (!sequence_length(type) && !mapping_length(type))
        return 1;
    Py_ssize_t length = plain_length(run, value);
    return length < 0 ? -1 : length > 0;
}
