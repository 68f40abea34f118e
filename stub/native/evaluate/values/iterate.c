#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/stream.h"

static bool iterates_as(PyObject *value, PyTypeObject *type)
{
    return Py_TYPE(value)->tp_iter == type->tp_iter && PyType_IsSubtype(Py_TYPE(value), type);
}

/* Whether it is a sequence whose items are reached by their place. */
static bool is_indexed(PyObject *value)
{
    return iterates_as(value, &PyList_Type) || iterates_as(value, &PyTuple_Type) ||
           PyUnicode_CheckExact(value) || PyBytes_CheckExact(value) || Py_TYPE(value) == &PyRange_Type ||
           PyByteArray_CheckExact(value) || plain_is_deque(value);
}

static void refuse_or_raise(Run *run, PyObject *value)
{
    if (kind_is_scalar(kind_of(value)))
        (void)run_raise(run, PyExc_TypeError, "'%.200s' object is not iterable", Py_TYPE(value)->tp_name);
    else if (special_is_none(value, "__iter__"))
        (void)run_raise(run, PyExc_TypeError, "'%.200s' object is not iterable", Py_TYPE(value)->tp_name);
    else if (!Py_TYPE(value)->tp_iter &&
             (!Py_TYPE(value)->tp_as_sequence || !Py_TYPE(value)->tp_as_sequence->sq_item))
        (void)run_raise(run, PyExc_TypeError, "'%.200s' object is not iterable", Py_TYPE(value)->tp_name);
    else if (PyIter_Check(value))
        (void)run_refuse_value(run, "a %.80s: reading it would use it up", Py_TYPE(value)->tp_name);
    else
        (void)run_refuse_method(run, value, "__iter__");
}

static bool iterates_as_dict(PyObject *value)
{
    return compat_dict_type(value) &&
           (iterates_as(value, compat_dict_type(value)) || iterates_as(value, &PyODict_Type));
}

/* Over what a proxy stands for. */
static bool begin_proxy(Run *run, Iteration *iteration, PyObject *proxy)
{
    PyObject *target = proxies_target(run, proxy);
    bool has_begun = target && iterate_begin(run, iteration, target);

    Py_XDECREF(target);
    return has_begun;
}

/* Over the names of the columns. */
static bool begin_keys(Run *run, Iteration *iteration, PyObject *row)
{
    PyObject *keys = rows_keys(run, row);
    bool has_begun = keys && iterate_begin(run, iteration, keys);

    Py_XDECREF(keys);
    return has_begun;
}

/* What the class's own __iter__ returns, if that is of the evaluation's making. */
static bool begin_own(Run *run, Iteration *iteration, PyObject *container)
{
    PyObject *stream = special_iter(run, container);

    iteration->stream = stream;
    iteration->container = stream;
    return stream != NULL;
}

bool iterate_begin(Run *run, Iteration *iteration, PyObject *container)
{
    *iteration = (Iteration){.length = -1};
    if (is_indexed(container)) {
        iteration->length = plain_length(run, container);
        if (run->outcome)
            return false;
    } else if (iterates_as_dict(container)) {
        iteration->dict = container;
    } else if (plain_view_dict(container)) {
        iteration->dict = plain_view_dict(container);
    } else if (iterates_as(container, &PySet_Type) || iterates_as(container, &PyFrozenSet_Type)) {
        set_cursor_init(&iteration->set_cursor, container);
    } else if (own_is_stream(container)) {
        iteration->stream = container;
    } else if (rows_is_mapping(container)) {
        return begin_keys(run, iteration, container);
    } else if (proxies_is(container)) {
        return begin_proxy(run, iteration, container);
    } else if (special_find(container, "__iter__")) {
        return begin_own(run, iteration, container);
    } else if (!Py_TYPE(container)->tp_iter && special_find(container, "__getitem__")) {
        iteration->asks_for_items = true;
    } else {
        refuse_or_raise(run, container);
        return false;
    }
    if (iteration->dict)
        dict_cursor_init(&iteration->dict_cursor, iteration->dict);
    iteration->container = Py_NewRef(container);
    return true;
}

static PyObject *next_indexed(Run *run, Iteration *iteration)
{
    PyObject *container = iteration->container;
    Py_ssize_t i = iteration->next++;
    PyObject *item;

    if (i >= iteration->length)
        return NULL;
    if (PyList_Check(container))
        return Py_NewRef(PyList_GET_ITEM(container, i));
    if (PyTuple_Check(container))
        return Py_NewRef(PyTuple_GET_ITEM(container, i));
    item = PySequence_GetItem(container, i);
    return item ? item : run_raise_pending(run);
}

static PyObject *next_of_dict(Run *run, Iteration *iteration)
{
    ViewKind kind = plain_view_kind(iteration->container);
    PyObject *key;
    PyObject *value;
    PyObject *pair;

    if (!dict_cursor_next(&iteration->dict_cursor, &key, &value))
        return NULL;
    if (kind == VIEW_VALUES)
        return Py_NewRef(value);
    if (kind != VIEW_ITEMS)
        return Py_NewRef(key);
    pair = PyTuple_Pack(2, key, value);
    return pair ? pair : run_raise_pending(run);
}

/* iter_iternext() in Objects/iterobject.c */
static PyObject *next_by_getitem(Run *run, Iteration *iteration)
{
    PyObject *number = PyLong_FromSsize_t(iteration->next++);
    PyObject *item = number ? special_subscript(run, iteration->container, number) : run_raise_pending(run);

    Py_XDECREF(number);
    if (run_has_raised(run, PyExc_IndexError) || run_has_raised(run, PyExc_StopIteration)) {
        run_recover(run);
        iteration->asks_for_items = false; /* it has ended */
        iteration->length = 0;
    }
    if (item && !own_check(run, item))
        Py_CLEAR(item);
    return item;
}

PyObject *iterate_next(Run *run, Iteration *iteration)
{
    PyObject *key;

    if (!run_charge(run, 1))
        return NULL;
    if (iteration->length >= 0)
        return next_indexed(run, iteration);
    if (iteration->dict)
        return next_of_dict(run, iteration);
    if (iteration->stream)
        return stream_next(run, iteration->stream);
    if (iteration->asks_for_items)
        return next_by_getitem(run, iteration);
    return set_cursor_next(&iteration->set_cursor, &key) ? Py_NewRef(key) : NULL;
}

void iterate_end(Iteration *iteration)
{
    Py_CLEAR(iteration->container);
}

bool iterate_into_list(Run *run, PyObject *container, PyObject *list)
{
    Iteration iteration;
    PyObject *item;

    if (!iterate_begin(run, &iteration, container))
        return false;
    while ((item = iterate_next(run, &iteration))) {
        bool is_appended = operators_append(run, list, item);

        Py_DECREF(item);
        if (!is_appended)
            break;
    }
    iterate_end(&iteration);
    return !run->outcome;
}

bool iterate_into_set(Run *run, PyObject *container, PyObject *set)
{
    Iteration iteration;
    PyObject *item;

    if (!iterate_begin(run, &iteration, container))
        return false;
    while ((item = iterate_next(run, &iteration))) {
        bool is_added = operators_add_to_set(run, set, item);

        Py_DECREF(item);
        if (!is_added)
            break;
    }
    iterate_end(&iteration);
    return !run->outcome;
}

static PyObject *keys_name(void)
{
    static PyObject *name;

    if (!name)
        name = PyUnicode_InternFromString("keys");
    return name;
}

int iterate_has_keys(Run *run, PyObject *mapping)
{
    PyObject *name = keys_name();
    PyObject *keys;

    if (own_is(mapping) || (kind_of(mapping) != KIND_OTHER && kind_of(mapping) != KIND_DICT))
        return 0;
    keys = name ? access_attribute(run, mapping, name) : run_raise_pending(run);
    Py_XDECREF(keys);
    if (keys || !run_has_raised(run, PyExc_AttributeError))
        return keys ? 1 : -1;
    run_recover(run);
    return 0;
}

/* dict_merge() in Objects/dictobject.c, of what is no dict, or of one that iterates in a way of its own. */
static bool add_by_keys(Run *run, PyObject *mapping, PyObject *dict)
{
    PyObject *keys = methods_call(run, mapping, keys_name(), NULL, 0, NULL);
    bool has_begun;
    Iteration iteration;
    PyObject *key;

    has_begun = keys && iterate_begin(run, &iteration, keys);
    Py_XDECREF(keys);
    if (!has_begun)
        return false;
    while (!run->outcome && (key = iterate_next(run, &iteration))) {
        PyObject *value = access_subscript(run, mapping, key);

        if (value)
            (void)operators_add_to_dict(run, dict, key, value);
        Py_XDECREF(value);
        Py_DECREF(key);
    }
    iterate_end(&iteration);
    return !run->outcome;
}

bool iterate_into_dict(Run *run, PyObject *mapping, PyObject *dict)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;

    if (Py_TYPE(mapping) == &PyDictProxy_Type || rows_is_mapping(mapping)) {
        PyObject *target =
            rows_is_mapping(mapping) ? rows_to_dict(run, mapping) : proxies_target(run, mapping);
        bool is_done = target && iterate_into_dict(run, target, dict);

        Py_XDECREF(target);
        return is_done;
    }
    if (!iterates_as_dict(mapping)) {
        int has_keys = iterate_has_keys(run, mapping);

        if (has_keys == 0)
            (void)run_raise(run, PyExc_TypeError, "'%.200s' object is not a mapping",
                            Py_TYPE(mapping)->tp_name);
        return has_keys > 0 && add_by_keys(run, mapping, dict);
    }
    dict_cursor_init(&cursor, mapping);
    while (dict_cursor_next(&cursor, &key, &value))
        if (!operators_add_to_dict(run, dict, key, value))
            return false;
    return true;
}

PyObject *iterate_to_bytes(Run *run, PyObject *bytearray)
{
    PyObject *bytes;

    if (PyByteArray_GET_SIZE(bytearray) > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    if (!run_charge_bytes(run, (uint64_t)PyByteArray_GET_SIZE(bytearray)))
        return NULL;
    bytes = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(bytearray), PyByteArray_GET_SIZE(bytearray));
    return bytes ? bytes : run_raise_pending(run);
}

PyObject *iterate_to_short_list(Run *run, PyObject *container, Py_ssize_t max)
{
    PyObject *list = operators_list(run, NULL, 0);
    Iteration iteration;
    PyObject *item;

    if (!list || !iterate_begin(run, &iteration, container)) {
        Py_XDECREF(list);
        return NULL;
    }
    while (!run->outcome && PyList_GET_SIZE(list) < max && (item = iterate_next(run, &iteration))) {
        (void)operators_append(run, list, item);
        Py_DECREF(item);
    }
    iterate_end(&iteration);
    if (run->outcome)
        Py_CLEAR(list);
    return list;
}

/* _PySequence_IterSearch() in Objects/abstract.c */
int iterate_contains(Run *run, PyObject *container, PyObject *item)
{
    Iteration iteration;
    PyObject *found;
    int equal = 0;

    if (!iterate_begin(run, &iteration, container))
        return -1;
    while (equal == 0 && (found = iterate_next(run, &iteration))) {
        equal = compare_equal(run, found, item);
        Py_DECREF(found);
    }
    iterate_end(&iteration);
    return run->outcome ? -1 : equal;
}

PyObject *iterate_to_list(Run *run, PyObject *container)
{
    PyObject *list = operators_list(run, NULL, 0);

    if (list && !iterate_into_list(run, container, list))
        Py_CLEAR(list);
    return list;
}
