#include "stub/native/compat.h"

#include "stub/native/date_text.h"
#include "stub/native/evaluate/plain.h"

/* ---------------------------------------------------------------------------------------- kinds */

static Kind date_kind(PyObject *value)
{
    date_text_refresh();
    if (!date_text_is_date(value))
        return KIND_OTHER;
    return date_text_is_exact_without_zone(value) ? KIND_DATE : KIND_OTHER;
}

Kind kind_of(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type == &PyLong_Type)
        return KIND_INT;
    if (type == &PyUnicode_Type)
        return KIND_TEXT;
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
    return date_kind(value);
}

/* As kind_of(), and instances of subclasses that compare as their base does. */
static Kind comparable_kind(PyObject *value)
{
    static const struct {
        PyTypeObject *type;
        Kind kind;
    } bases[] = {
        {&PyLong_Type, KIND_INT},    {&PyUnicode_Type, KIND_TEXT},  {&PyFloat_Type, KIND_FLOAT},
        {&PyTuple_Type, KIND_TUPLE}, {&PyList_Type, KIND_LIST},     {&PyDict_Type, KIND_DICT},
        {&PySet_Type, KIND_SET},     {&PyFrozenSet_Type, KIND_SET}, {&PyBytes_Type, KIND_BYTES},
    };
    Kind kind = kind_of(value);

    if (kind != KIND_OTHER)
        return kind;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(bases); i++)
        if (Py_TYPE(value)->tp_richcompare == bases[i].type->tp_richcompare &&
            PyType_IsSubtype(Py_TYPE(value), bases[i].type))
            return bases[i].kind;
    return KIND_OTHER;
}

/* Whether == of this type is identity. */
static bool compares_by_identity(PyObject *value)
{
    richcmpfunc compare = Py_TYPE(value)->tp_richcompare;

    return !compare || compare == PyBaseObject_Type.tp_richcompare;
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

/* Characters of repr(), at most. Zero: the run has failed, or it cannot be told. */
static uint64_t repr_bound(Run *run, PyObject *value)
{
    switch (kind_of(value)) {
    case KIND_TEXT:
        return 2 + 10 * (uint64_t)PyUnicode_GET_LENGTH(value);
    case KIND_BYTES:
        return 3 + 4 * (uint64_t)Py_SIZE(value);
    case KIND_INT:
        /* The conversion takes the square of it. */
        return run_charge(run,
                          1 + (uint64_t)compat_long_num_digits(value) * compat_long_num_digits(value) / 16)
                   ? 2 + 10 * (uint64_t)compat_long_num_digits(value)
                   : 0;
    case KIND_OTHER:
        return 0;
    default:
        return 100;
    }
}

static bool add_repr_bound(Run *run, PyObject *value, uint64_t *sum);

static bool add_dict_bound(Run *run, PyObject *dict, uint64_t *sum)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;

    dict_cursor_init(&cursor, dict);
    while (dict_cursor_next(&cursor, &key, &value))
        if (!add_repr_bound(run, key, sum) || !add_repr_bound(run, value, sum))
            return false;
    return true;
}

static bool add_set_bound(Run *run, PyObject *set, uint64_t *sum)
{
    SetCursor cursor;
    PyObject *key;

    set_cursor_init(&cursor, set);
    while (set_cursor_next(&cursor, &key))
        if (!add_repr_bound(run, key, sum))
            return false;
    return true;
}

static bool add_members_bound(Run *run, PyObject *value, Kind kind, uint64_t *sum)
{
    if (kind == KIND_DICT)
        return add_dict_bound(run, value, sum);
    if (kind == KIND_SET)
        return add_set_bound(run, value, sum);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++)
        if (!add_repr_bound(run, PySequence_Fast_GET_ITEM(value, i), sum))
            return false;
    return true;
}

static bool add_repr_bound(Run *run, PyObject *value, uint64_t *sum)
{
    Kind kind = kind_of(value);
    uint64_t own = repr_bound(run, value);

    *sum += own;
    if (own == 0 || !run_charge(run, 4) || *sum > RUN_RESULT_BYTES_MAX)
        return false;
    if (kind_is_scalar(kind) || kind == KIND_RANGE)
        return true;
    bool is_bounded = run_enter(run) && add_members_bound(run, value, kind, sum);
    run_leave(run);
    return is_bounded;
}

bool plain_is_printable(Run *run, PyObject *value)
{
    uint64_t sum = 0;
    bool is_bounded = add_repr_bound(run, value, &sum);

    if (!is_bounded && !run->outcome) {
        if (sum > RUN_RESULT_BYTES_MAX)
            (void)run_exhaust(run);
        else
            (void)run_refuse(run);
    }
    return is_bounded && run_charge_bytes(run, sum);
}

PyObject *plain_view_dict(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type == &PyDictKeys_Type || type == &PyDictValues_Type || type == &PyDictItems_Type)
        return (PyObject *)((_PyDictViewObject *)value)->dv_dict;
    return NULL;
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
        &PyUnicode_Type,   &PyList_Type,     &PyDict_Type,       &PyTuple_Type,
        &PySet_Type,       &PyBytes_Type,    &PyByteArray_Type,  &PyRange_Type,
        &PyFrozenSet_Type, &PyDictKeys_Type, &PyDictValues_Type, &PyDictItems_Type,
    };

    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (function == sequence_length(types[i]) || function == mapping_length(types[i]))
            return true;
    return false;
}

Py_ssize_t plain_length(Run *run, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    lenfunc function = sequence_length(type) ? sequence_length(type) : mapping_length(type);
    Py_ssize_t length;

    if (!function) {
        (void)run_raise(run, "object of type '%.200s' has no len()", type->tp_name);
        return -1;
    }
    if (!is_known_length(function)) {
        (void)run_refuse(run);
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
            function == PyComplex_Type.tp_as_number->nb_bool || kind_of(value) == KIND_DATE)
            return function(value);
        /* A range answers from its length, which it has counted. */
        if (type == &PyRange_Type)
            return function(value);
        (void)run_refuse(run);
        return -1;
    }
    if (!sequence_length(type) && !mapping_length(type))
        return 1;
    Py_ssize_t length = plain_length(run, value);
    return length < 0 ? -1 : length > 0;
}

/* ----------------------------------------------------------------------------------- comparison */

static const char *const operation_texts[] = {
    [Py_LT] = "<", [Py_LE] = "<=", [Py_EQ] = "==", [Py_NE] = "!=", [Py_GT] = ">", [Py_GE] = ">=",
};

static const int swapped[] = {
    [Py_LT] = Py_GT, [Py_LE] = Py_GE, [Py_EQ] = Py_EQ, [Py_NE] = Py_NE, [Py_GT] = Py_LT, [Py_GE] = Py_LE,
};

static int raise_not_supported(Run *run, PyObject *a, PyObject *b, int operation)
{
    (void)run_raise(run, "'%s' not supported between instances of '%.100s' and '%.100s'",
                    operation_texts[operation], Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
    return -1;
}

/* The answer of a comparison of CPython: a bool, or NotImplemented. */
static int take_answer(Run *run, PyObject *answer, PyObject *a, PyObject *b, int operation)
{
    if (!answer) {
        (void)run_raise_pending(run);
        return -1;
    }
    int result = answer == Py_True;
    bool is_answer = answer == Py_True || answer == Py_False;
    Py_DECREF(answer);
    if (is_answer)
        return result;
    if (operation == Py_EQ || operation == Py_NE)
        return operation == Py_NE;
    return raise_not_supported(run, a, b, operation);
}

static uint64_t number_bytes(PyObject *value)
{
    return PyLong_Check(value) ? compat_long_num_digits(value) * sizeof(digit) : sizeof(double);
}

static int compare_numbers(Run *run, PyObject *a, PyObject *b, Kind a_kind, Kind b_kind, int operation)
{
    Kind widest = a_kind > b_kind ? a_kind : b_kind;
    PyTypeObject *type = widest == KIND_COMPLEX ? &PyComplex_Type
                         : widest == KIND_FLOAT ? &PyFloat_Type
                                                : &PyLong_Type;

    if (!run_charge_bytes(run, number_bytes(a) + number_bytes(b)))
        return -1;
    /* The function of a type wants a value of that type first. */
    if (a_kind == widest || type == &PyLong_Type)
        return take_answer(run, type->tp_richcompare(a, b, operation), a, b, operation);
    return take_answer(run, type->tp_richcompare(b, a, swapped[operation]), a, b, operation);
}

static int compare_with_type(Run *run, PyTypeObject *type, PyObject *a, PyObject *b, uint64_t num_bytes,
                             int operation)
{
    if (!run_charge_bytes(run, num_bytes))
        return -1;
    return take_answer(run, type->tp_richcompare(a, b, operation), a, b, operation);
}

static int order_of_sizes(Py_ssize_t a, Py_ssize_t b, int operation)
{
    switch (operation) {
    case Py_LT:
        return a < b;
    case Py_LE:
        return a <= b;
    case Py_EQ:
        return a == b;
    case Py_NE:
        return a != b;
    case Py_GT:
        return a > b;
    default:
        return a >= b;
    }
}

/* Lists and tuples: the first pair that differs decides. */
static int compare_sequences(Run *run, PyObject *a, PyObject *b, int operation)
{
    Py_ssize_t a_size = PySequence_Fast_GET_SIZE(a);
    Py_ssize_t b_size = PySequence_Fast_GET_SIZE(b);
    bool is_equality = operation == Py_EQ || operation == Py_NE;

    if (is_equality && a_size != b_size && PyList_Check(a))
        return operation == Py_NE;
    for (Py_ssize_t i = 0; i < a_size && i < b_size; i++) {
        PyObject *a_item = PySequence_Fast_GET_ITEM(a, i);
        PyObject *b_item = PySequence_Fast_GET_ITEM(b, i);
        int equal = plain_equal(run, a_item, b_item);

        if (equal < 0)
            return -1;
        if (equal)
            continue;
        return is_equality ? operation == Py_NE : plain_compare(run, a_item, b_item, operation);
    }
    return order_of_sizes(a_size, b_size, operation);
}

static int compare_key(void *context, PyObject *in_table, PyObject *key)
{
    return plain_equal(context, in_table, key);
}

static int dicts_are_equal(Run *run, PyObject *a, PyObject *b)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;
    bool is_unsure;

    if (((PyDictObject *)a)->ma_used != ((PyDictObject *)b)->ma_used)
        return 0;
    dict_cursor_init(&cursor, a);
    while (dict_cursor_next(&cursor, &key, &value)) {
        if (!run_charge(run, 1))
            return -1;
        PyObject *other = dict_find(b, key, cursor.hash, compare_key, run, &is_unsure);
        int equal = is_unsure ? -1 : other ? plain_equal(run, value, other) : 0;

        if (equal != 1)
            return equal;
    }
    return 1;
}

static int is_subset(Run *run, PyObject *a, PyObject *b)
{
    SetCursor cursor;
    PyObject *key;
    bool is_unsure;

    set_cursor_init(&cursor, a);
    while (set_cursor_next(&cursor, &key)) {
        if (!run_charge(run, 1))
            return -1;
        if (!set_find(b, key, cursor.hash, compare_key, run, &is_unsure))
            return is_unsure ? -1 : 0;
    }
    return 1;
}

static int compare_sets(Run *run, PyObject *a, PyObject *b, int operation)
{
    Py_ssize_t a_size = ((PySetObject *)a)->used;
    Py_ssize_t b_size = ((PySetObject *)b)->used;

    switch (operation) {
    case Py_EQ:
        return a_size != b_size ? 0 : is_subset(run, a, b);
    case Py_NE: {
        int equal = compare_sets(run, a, b, Py_EQ);

        return equal < 0 ? -1 : !equal;
    }
    case Py_LE:
        return a_size > b_size ? 0 : is_subset(run, a, b);
    case Py_LT:
        return a_size >= b_size ? 0 : is_subset(run, a, b);
    default:
        return compare_sets(run, b, a, swapped[operation]);
    }
}

static int compare_different_kinds(Run *run, PyObject *a, PyObject *b, Kind a_kind, Kind b_kind,
                                   int operation)
{
    /* A date and a datetime: CPython's answer has changed over its versions. */
    bool is_known = (a_kind != KIND_OTHER || compares_by_identity(a)) &&
                    (b_kind != KIND_OTHER || compares_by_identity(b)) &&
                    !(a_kind == KIND_DATE && b_kind == KIND_DATE);

    if (!is_known) {
        (void)run_refuse(run);
        return -1;
    }
    if (operation == Py_EQ || operation == Py_NE)
        return (a == b) == (operation == Py_EQ);
    return raise_not_supported(run, a, b, operation);
}

static int compare_same_kind(Run *run, PyObject *a, PyObject *b, Kind kind, int operation)
{
    switch (kind) {
    case KIND_TEXT:
        if (!compat_text_is_ready(a) || !compat_text_is_ready(b))
            break;
        return compare_with_type(run, &PyUnicode_Type, a, b,
                                 4 * (uint64_t)Py_MIN(PyUnicode_GET_LENGTH(a), PyUnicode_GET_LENGTH(b)),
                                 operation);
    case KIND_BYTES:
        return compare_with_type(run, &PyBytes_Type, a, b, (uint64_t)Py_MIN(Py_SIZE(a), Py_SIZE(b)),
                                 operation);
    case KIND_TUPLE:
    case KIND_LIST:
        return compare_sequences(run, a, b, operation);
    case KIND_DICT:
        if (operation == Py_EQ || operation == Py_NE) {
            int equal = dicts_are_equal(run, a, b);

            return equal < 0 ? -1 : equal == (operation == Py_EQ);
        }
        return raise_not_supported(run, a, b, operation);
    case KIND_SET:
        return compare_sets(run, a, b, operation);
    case KIND_DATE:
        if (Py_TYPE(a) == Py_TYPE(b))
            return compare_with_type(run, Py_TYPE(a), a, b, 0, operation);
        break;
    case KIND_RANGE: /* its numbers are ints */
        return compare_with_type(run, &PyRange_Type, a, b, 0, operation);
    default:
        break;
    }
    return compare_different_kinds(run, a, b, kind, kind, operation);
}

/* Numbers of one machine word, the most common case by far. */
static bool are_small_integers(PyObject *a, PyObject *b)
{
    return PyLong_CheckExact(a) && PyLong_CheckExact(b) && compat_long_num_digits(a) <= 2 &&
           compat_long_num_digits(b) <= 2;
}

int plain_compare(Run *run, PyObject *a, PyObject *b, int operation)
{
    if (are_small_integers(a, b) && run_charge(run, 1))
        return take_answer(run, PyLong_Type.tp_richcompare(a, b, operation), a, b, operation);

    Kind a_kind = comparable_kind(a);
    Kind b_kind = comparable_kind(b);
    int result = -1;

    if (!run_charge(run, 1))
        return -1;
    if (kind_is_number(a_kind) && kind_is_number(b_kind))
        return compare_numbers(run, a, b, a_kind, b_kind, operation);
    if (a_kind != b_kind || a_kind == KIND_OTHER)
        return compare_different_kinds(run, a, b, a_kind, b_kind, operation);
    if (run_enter(run))
        result = compare_same_kind(run, a, b, a_kind, operation);
    run_leave(run);
    return result;
}

int plain_equal(Run *run, PyObject *a, PyObject *b)
{
    if (a == b)
        return run_charge(run, 1) ? 1 : -1;
    return plain_compare(run, a, b, Py_EQ);
}

/* ----------------------------------------------------------------------------- hash and look-up */

static bool hashes_as(PyObject *value, PyTypeObject *type)
{
    return Py_TYPE(value)->tp_hash == type->tp_hash;
}

/* Whether hash() of this value is a builtin type's, and its members' too. -1: the run has failed. */
static int has_plain_hash(Run *run, PyObject *value)
{
    Kind kind = comparable_kind(value);

    if (!run_charge(run, 1))
        return -1;
    if (kind_is_scalar(kind) && kind != KIND_DATE)
        return hashes_as(value, &PyLong_Type) || hashes_as(value, &PyUnicode_Type) ||
               hashes_as(value, &PyFloat_Type) || hashes_as(value, &PyBytes_Type) ||
               hashes_as(value, &PyComplex_Type) || value == Py_None;
    if (kind == KIND_DATE || (kind == KIND_SET && hashes_as(value, &PyFrozenSet_Type)))
        return 1; /* a frozenset's is made of the hashes that it keeps */
    if (kind == KIND_TUPLE && hashes_as(value, &PyTuple_Type)) {
        int result = run_enter(run) ? 1 : -1;

        for (Py_ssize_t i = 0; result > 0 && i < PyTuple_GET_SIZE(value); i++)
            result = has_plain_hash(run, PyTuple_GET_ITEM(value, i));
        run_leave(run);
        return result;
    }
    return kind == KIND_OTHER && hashes_as(value, &PyBaseObject_Type);
}

bool plain_hash(Run *run, PyObject *value, Py_hash_t *ret_hash)
{
    if (PyUnicode_CheckExact(value)) {
        if (((PyASCIIObject *)value)->hash == -1 &&
            !run_charge_bytes(run, (uint64_t)PyUnicode_GET_LENGTH(value) * 4))
            return false;
        *ret_hash = text_hash(value);
        return true;
    }
    /* A list says that it has none, which is an exception with CPython's text; so do its like. */
    if (Py_TYPE(value)->tp_hash != PyObject_HashNotImplemented) {
        int is_plain = has_plain_hash(run, value);

        if (is_plain == 0)
            (void)run_refuse(run);
        if (is_plain <= 0)
            return false;
    }
    *ret_hash = PyObject_Hash(value);
    if (*ret_hash == -1)
        (void)run_raise_pending(run);
    return *ret_hash != -1;
}

PyObject *plain_find(Run *run, PyObject *dict, PyObject *key)
{
    Py_hash_t hash;
    bool is_unsure;

    return plain_hash(run, key, &hash) ? dict_find(dict, key, hash, compare_key, run, &is_unsure) : NULL;
}

static bool is_plain_key(PyObject *key)
{
    Kind kind = kind_of(key);

    return (kind_is_scalar(kind)) ||
           (kind == KIND_OTHER && compares_by_identity(key) && hashes_as(key, &PyBaseObject_Type));
}

bool plain_keys_are_plain(Run *run, PyObject *container)
{
    SetCursor set_cursor;
    DictCursor dict_cursor;
    PyObject *key;
    PyObject *value;

    if (PyDict_Check(container)) {
        dict_cursor_init(&dict_cursor, container);
        while (dict_cursor_next(&dict_cursor, &key, &value))
            if (!run_charge(run, 1) || !is_plain_key(key))
                return false;
        return true;
    }
    set_cursor_init(&set_cursor, container);
    while (set_cursor_next(&set_cursor, &key))
        if (!run_charge(run, 1) || !is_plain_key(key))
            return false;
    return true;
}

/* ----------------------------------------------------------------------------------- membership */

static int text_contains(Run *run, PyObject *text, PyObject *part)
{
    if (!PyUnicode_Check(part)) {
        if (kind_of(part) == KIND_OTHER)
            (void)run_refuse(run);
        else
            (void)run_raise(run, "'in <string>' requires string as left operand, not %.100s",
                            Py_TYPE(part)->tp_name);
        return -1;
    }
    if (!run_charge_bytes(run, 8 * (uint64_t)PyUnicode_GET_LENGTH(text)))
        return -1;
    int result = PyUnicode_Contains(text, part);
    if (result < 0)
        (void)run_raise_pending(run);
    return result;
}

static int sequence_contains(Run *run, PyObject *sequence, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); i++) {
        int equal = plain_equal(run, PySequence_Fast_GET_ITEM(sequence, i), item);

        if (equal != 0)
            return equal;
    }
    return 0;
}

static int dict_contains(Run *run, PyObject *dict, PyObject *key)
{
    PyObject *value = plain_find(run, dict, key);

    return run->outcome ? -1 : value != NULL;
}

static int set_contains(Run *run, PyObject *set, PyObject *key)
{
    Py_hash_t hash;
    bool is_unsure;

    if (!plain_hash(run, key, &hash))
        return -1;
    bool is_there = set_find(set, key, hash, compare_key, run, &is_unsure);
    return is_unsure ? -1 : is_there;
}

static int values_contain(Run *run, PyObject *dict, PyObject *item)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;

    dict_cursor_init(&cursor, dict);
    while (dict_cursor_next(&cursor, &key, &value)) {
        int equal = plain_equal(run, value, item);

        if (equal != 0)
            return equal;
    }
    return 0;
}

static int view_contains(Run *run, PyObject *view, PyObject *item)
{
    PyObject *dict = plain_view_dict(view);

    if (Py_TYPE(view) == &PyDictKeys_Type)
        return dict_contains(run, dict, item);
    if (Py_TYPE(view) == &PyDictValues_Type)
        return values_contain(run, dict, item);
    if (!PyTuple_CheckExact(item) || PyTuple_GET_SIZE(item) != 2)
        return 0;
    PyObject *found = plain_find(run, dict, PyTuple_GET_ITEM(item, 0));
    if (run->outcome)
        return -1;
    return found ? plain_equal(run, found, PyTuple_GET_ITEM(item, 1)) : 0;
}

/* `in` of bytes, and of a range: by CPython, given only what it takes without asking the value anything. */
static int contains_by_cpython(Run *run, PyObject *container, PyObject *item, uint64_t num_bytes)
{
    Kind kind = kind_of(item);
    int result;

    if (kind != KIND_INT && kind != KIND_BOOL && kind != KIND_BYTES) {
        (void)run_refuse(run);
        return -1;
    }
    if (!run_charge_bytes(run, num_bytes))
        return -1;
    result = PySequence_Contains(container, item);
    if (result < 0)
        (void)run_raise_pending(run);
    return result;
}

/* Whether it is of this type, and `in` is the type's own. */
static bool searches_as(PyObject *container, PyTypeObject *type)
{
    PySequenceMethods *methods = Py_TYPE(container)->tp_as_sequence;

    if (!PyType_IsSubtype(Py_TYPE(container), type) || !methods)
        return false;
    return methods->sq_contains == type->tp_as_sequence->sq_contains ||
           plain_inherits(Py_TYPE(container), type, "__contains__");
}

int plain_contains(Run *run, PyObject *container, PyObject *item)
{
    if (!run_charge(run, 1))
        return -1;
    if (PyDict_Check(container) && searches_as(container, &PyDict_Type))
        return dict_contains(run, container, item);
    if (searches_as(container, &PyList_Type) || searches_as(container, &PyTuple_Type))
        return sequence_contains(run, container, item);
    if (searches_as(container, &PyUnicode_Type))
        return text_contains(run, container, item);
    if (searches_as(container, &PySet_Type) || searches_as(container, &PyFrozenSet_Type))
        return set_contains(run, container, item);
    if (PyBytes_CheckExact(container))
        return contains_by_cpython(run, container, item, 8 * (uint64_t)Py_SIZE(container));
    if (Py_TYPE(container) == &PyRange_Type && !PyBytes_Check(item))
        return contains_by_cpython(run, container, item, 0);
    if (plain_view_dict(container))
        return view_contains(run, container, item);
    if (kind_is_scalar(kind_of(container))) {
        (void)run_raise(run, "argument of type '%.200s' is not iterable", Py_TYPE(container)->tp_name);
        return -1;
    }
    (void)run_refuse(run);
    return -1;
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
    PyErr_Clear();
    return buffer;
}
