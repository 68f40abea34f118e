#include "stub/native/compat.h"

#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/known_values.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/search.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/stream.h"
#include "stub/native/evaluate/values/zones.h"

/* Of which the hashes are computed here. */
#define TUPLE_ITEMS_MAX 32

/* ----------------------------------------------------------------------------- hash and look-up */

static bool hashes_as(PyObject *value, PyTypeObject *type)
{
    return Py_TYPE(value)->tp_hash == type->tp_hash;
}

/* What it takes to hash a value, in bytes, without what is in it. A str keeps its hash, and so do bytes, but
 * nobody has to have asked for it yet. */
static uint64_t bytes_to_hash(PyObject *value, Kind kind)
{
    if (PyUnicode_Check(value))
        return ((PyASCIIObject *)value)->hash == -1 ? (uint64_t)PyUnicode_GET_LENGTH(value) * 4 : 0;
    switch (kind) {
    case KIND_INT:
        return 2 * sizeof(digit) * (uint64_t)compat_long_num_digits(value);
    case KIND_BYTES:
        return (uint64_t)Py_SIZE(value);
    case KIND_SET: /* made of the hashes that it keeps */
        return sizeof(setentry) * (uint64_t)((PySetObject *)value)->mask;
    default:
        return 0;
    }
}

static bool check_ready(Run *run, PyObject *value)
{
    return !plain_is_unready(value) || run_refuse_value(run, "a str that Python has yet to prepare") != NULL;
}

/* @num_bytes: what it takes is added to it. */
static int has_plain_hash(Run *run, PyObject *value, uint64_t *num_bytes)
{
    Kind kind = compare_kind(value);

    if (!check_ready(run, value))
        return -1;
    *num_bytes += bytes_to_hash(value, kind);
    if (!run_charge(run, 1))
        return -1;
    if (kind_is_scalar(kind) && kind != KIND_DATE)
        return hashes_as(value, &PyLong_Type) || hashes_as(value, &PyUnicode_Type) ||
               hashes_as(value, &PyFloat_Type) || hashes_as(value, &PyBytes_Type) ||
               hashes_as(value, &PyComplex_Type) || value == Py_None;
    if (kind == KIND_DECIMAL)
        return decimals_check(run, value) ? 1 : -1;
    if (kind == KIND_DATE || (kind == KIND_SET && hashes_as(value, &PyFrozenSet_Type)))
        return 1;
    if (kind == KIND_TUPLE && hashes_as(value, &PyTuple_Type)) {
        int result = run_enter(run) ? 1 : -1;

        for (Py_ssize_t i = 0; result > 0 && i < PyTuple_GET_SIZE(value); i++)
            result = has_plain_hash(run, PyTuple_GET_ITEM(value, i), num_bytes);
        run_leave(run);
        return result;
    }
    return kind == KIND_OTHER && hashes_as(value, &PyBaseObject_Type);
}

int lookup_has_plain_hash(Run *run, PyObject *value)
{
    uint64_t num_bytes = 0;
    int result = has_plain_hash(run, value, &num_bytes);

    return result > 0 && num_bytes > 0 && !run_charge_bytes(run, num_bytes) ? -1 : result;
}

/* Of a tuple in which there is something whose hash is known here only. */
static bool hash_of_items(Run *run, PyObject *tuple, Py_hash_t *ret_hash)
{
    Py_hash_t hashes[TUPLE_ITEMS_MAX];
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    bool is_known = run_enter(run);

    if (is_known && count > TUPLE_ITEMS_MAX) {
        (void)run_refuse_method(run, tuple, "__hash__");
        is_known = false;
    }
    for (Py_ssize_t i = 0; i < count && is_known; i++)
        is_known = lookup_hash(run, PyTuple_GET_ITEM(tuple, i), &hashes[i]);
    run_leave(run);
    if (is_known)
        *ret_hash = compat_tuple_hash(hashes, count);
    return is_known;
}

bool lookup_hash(Run *run, PyObject *value, Py_hash_t *ret_hash)
{
    if (!check_ready(run, value))
        return false;
    if (PyUnicode_CheckExact(value)) {
        if (((PyASCIIObject *)value)->hash == -1 &&
            !run_charge_bytes(run, (uint64_t)PyUnicode_GET_LENGTH(value) * 4))
            return false;
        *ret_hash = text_hash(value);
        return true;
    }
    if (zones_is_foreign(value))
        return zones_hash(run, value, ret_hash);
    if (Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        int answer = known_values_hash(run, value, ret_hash);

        if (answer != KNOWN_VALUES_NO_ANSWER)
            return answer > 0;
    }
    /* A list says that it has none, which is an exception with CPython's text; so do its like. */
    if (Py_TYPE(value)->tp_hash != PyObject_HashNotImplemented) {
        int is_plain = lookup_has_plain_hash(run, value);

        if (is_plain == 0 && PyTuple_CheckExact(value))
            return hash_of_items(run, value, ret_hash);
        if (is_plain == 0 && special_find(value, "__hash__"))
            return special_hash(run, value, ret_hash);
        if (is_plain == 0)
            (void)run_refuse_method(run, value, "__hash__");
        if (is_plain <= 0)
            return false;
    }
    *ret_hash = PyObject_Hash(value);
    if (*ret_hash == -1)
        (void)run_raise_pending(run);
    return *ret_hash != -1;
}

PyObject *lookup_find(Run *run, PyObject *dict, PyObject *key)
{
    Py_hash_t hash;
    bool is_unsure;

    return lookup_hash(run, key, &hash) ? dict_find(dict, key, hash, compare_key, run, &is_unsure) : NULL;
}

static bool is_plain_key(Run *run, PyObject *key)
{
    Kind kind = kind_of(key);
    bool is_plain;

    if (!run_charge(run, 1))
        return false;
    if (kind == KIND_TUPLE) {
        is_plain = run_enter(run);
        for (Py_ssize_t i = 0; is_plain && i < PyTuple_GET_SIZE(key); i++)
            is_plain = is_plain_key(run, PyTuple_GET_ITEM(key, i));
        run_leave(run);
        return is_plain;
    }
    /* Its hash is in the table. */
    return kind_is_scalar(kind) || (kind == KIND_OTHER && compare_is_identity(key));
}

bool lookup_keys_are_plain(Run *run, PyObject *container)
{
    SetCursor set_cursor;
    DictCursor dict_cursor;
    PyObject *key;
    PyObject *value;

    if (compat_dict_type(container)) {
        dict_cursor_init(&dict_cursor, container);
        while (dict_cursor_next(&dict_cursor, &key, &value))
            if (!is_plain_key(run, key))
                return false;
        return true;
    }
    set_cursor_init(&set_cursor, container);
    while (set_cursor_next(&set_cursor, &key))
        if (!is_plain_key(run, key))
            return false;
    return true;
}

/* ----------------------------------------------------------------------------------- membership */

static int text_contains(Run *run, PyObject *text, PyObject *part)
{
    if (plain_is_unready(text) || plain_is_unready(part)) {
        (void)run_refuse_value(run, "a str that Python has yet to prepare");
        return -1;
    }
    if (!PyUnicode_Check(part)) {
        (void)run_raise(run, PyExc_TypeError, "'in <string>' requires string as left operand, not %.100s",
                        Py_TYPE(part)->tp_name);
        return -1;
    }
    if (!run_charge_bytes(run, 8 * (uint64_t)PyUnicode_GET_LENGTH(text)) ||
        !search_check(run, text, part, false))
        return -1;
    int result = PyUnicode_Contains(text, part);
    if (result < 0)
        (void)run_raise_pending(run);
    return result;
}

static int sequence_contains(Run *run, PyObject *sequence, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); i++) {
        int equal = compare_equal(run, PySequence_Fast_GET_ITEM(sequence, i), item);

        if (equal != 0)
            return equal;
    }
    return 0;
}

static int dict_contains(Run *run, PyObject *dict, PyObject *key)
{
    PyObject *value = lookup_find(run, dict, key);

    return run->outcome ? -1 : value != NULL;
}

static int set_contains(Run *run, PyObject *set, PyObject *key);

/* Of a set that is looked for the members count: set_contains() of CPython makes it a frozenset. */
static int set_contains_set(Run *run, PyObject *set, PyObject *key)
{
    PyObject *frozen;
    int result;

    if (Py_TYPE(key) != &PySet_Type || !lookup_keys_are_plain(run, key)) {
        if (!run->outcome)
            (void)run_refuse(run);
        return -1;
    }
    if (((PySetObject *)key)->used > (Py_ssize_t)(RUN_RESULT_BYTES_MAX / sizeof(setentry))) {
        (void)run_exhaust(run);
        return -1;
    }
    frozen = PyFrozenSet_New(key);
    if (!frozen) {
        (void)run_raise_pending(run);
        return -1;
    }
    result = set_contains(run, set, frozen);
    Py_DECREF(frozen);
    return result;
}

static int set_contains(Run *run, PyObject *set, PyObject *key)
{
    Py_hash_t hash;
    bool is_unsure;

    if (PyObject_TypeCheck(key, &PySet_Type))
        return set_contains_set(run, set, key);
    if (!lookup_hash(run, key, &hash))
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
        int equal = compare_equal(run, value, item);

        if (equal != 0)
            return equal;
    }
    return 0;
}

static int view_contains(Run *run, PyObject *view, PyObject *item)
{
    PyObject *dict = plain_view_dict(view);

    if (plain_view_kind(view) == VIEW_KEYS)
        return dict_contains(run, dict, item);
    if (plain_view_kind(view) == VIEW_VALUES)
        return values_contain(run, dict, item);
    if (!PyTuple_CheckExact(item) || PyTuple_GET_SIZE(item) != 2)
        return 0;
    PyObject *found = lookup_find(run, dict, PyTuple_GET_ITEM(item, 0));
    if (run->outcome)
        return -1;
    return found ? compare_equal(run, found, PyTuple_GET_ITEM(item, 1)) : 0;
}

/* `in` of bytes, and of a range: by CPython, given only what it takes without asking the value anything. */
static int contains_by_cpython(Run *run, PyObject *container, PyObject *item, uint64_t num_bytes)
{
    Kind kind = kind_of(item);
    int result;

    if (kind != KIND_INT && kind != KIND_BOOL && kind != KIND_BYTES) {
        (void)run_refuse_act(run, "may ask a %.80s what it is equal to", Py_TYPE(item)->tp_name);
        return -1;
    }
    if (!run_charge_bytes(run, num_bytes) || !search_check(run, container, item, false))
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

/* A deque as a list, a bytearray as bytes. */
static int copy_contains(Run *run, PyObject *container, PyObject *item)
{
    PyObject *copy = PyByteArray_CheckExact(container) ? iterate_to_bytes(run, container)
                                                       : iterate_to_list(run, container);
    int result = copy ? lookup_contains(run, copy, item) : -1;

    Py_XDECREF(copy);
    return result;
}

/* Whether `in` asks the type anything. */
static bool has_membership(PyTypeObject *type)
{
    return type->tp_iter ||
           (type->tp_as_sequence && (type->tp_as_sequence->sq_contains || type->tp_as_sequence->sq_item));
}

int lookup_contains(Run *run, PyObject *container, PyObject *item)
{
    if (!run_charge(run, 1))
        return -1;
    if (compat_dict_type(container) && searches_as(container, compat_dict_type(container)))
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
        (void)run_raise(run, PyExc_TypeError, "argument of type '%.200s' is not iterable",
                        Py_TYPE(container)->tp_name);
        return -1;
    }
    if (own_is_stream(container))
        return iterate_contains(run, container, item);
    if (plain_is_deque(container) || PyByteArray_CheckExact(container))
        return copy_contains(run, container, item);
    if (proxies_is(container)) {
        PyObject *target = proxies_target(run, container);
        int result = target ? lookup_contains(run, target, item) : -1;

        Py_XDECREF(target);
        return result;
    }
    if (!has_membership(Py_TYPE(container))) {
        (void)run_raise(run, PyExc_TypeError, "argument of type '%.200s' is not iterable",
                        Py_TYPE(container)->tp_name);
        return -1;
    }
    if (special_has(container, "__contains__"))
        return special_contains(run, container, item);
    if (!PyIter_Check(container))
        return iterate_contains(run, container, item);
    (void)run_refuse_value(run, "in a %.80s: reading it would use it up", Py_TYPE(container)->tp_name);
    return -1;
}
