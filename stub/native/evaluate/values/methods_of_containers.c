#include "stub/native/compat.h"

#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/method.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/special.h"

static PyObject *call_dict_get(Run *run, const MethodCall *call)
{
    PyObject *value;

    if (call->count < 1 || call->count > 2)
        return method_call_reading(run, call);
    value = lookup_find(run, call->object, call->arguments[0]);
    if (run->outcome)
        return NULL;
    return Py_NewRef(value ? value : call->count == 2 ? call->arguments[1] : Py_None);
}

/* Of a class of the app, which calls its base's. */
static PyObject *call_dict_subscript(Run *run, const MethodCall *call)
{
    PyObject *value;

    if (call->count != 1)
        return run_refuse_act(run, "is given something else than a key");
    value = lookup_find(run, call->object, call->arguments[0]);
    if (value || run->outcome)
        return Py_XNewRef(value);
    if (special_find(call->object, "__missing__") || Py_TYPE(call->object)->tp_base == &PyODict_Type)
        return run_refuse_act(run, "would run `__missing__`");
    return run_raise(run, PyExc_KeyError, "%s", "");
}

static PyObject *call_dict_contains(Run *run, const MethodCall *call)
{
    PyObject *value;

    if (call->count != 1)
        return run_refuse_act(run, "is given something else than a key");
    value = lookup_find(run, call->object, call->arguments[0]);
    return run->outcome ? NULL : Py_NewRef(value ? Py_True : Py_False);
}

/* Of views of dicts: whether none of the items is in it. */
static PyObject *call_isdisjoint(Run *run, const MethodCall *call)
{
    Iteration iteration;
    PyObject *item;
    int found = 0;

    if (call->count != 1 || call->names)
        return run_raise(run, PyExc_TypeError, "isdisjoint() takes exactly one argument (%zd given)",
                         call->count);
    if (!iterate_begin(run, &iteration, call->arguments[0]))
        return NULL;
    while (found == 0 && (item = iterate_next(run, &iteration))) {
        found = lookup_contains(run, call->object, item);
        Py_DECREF(item);
    }
    iterate_end(&iteration);
    return run->outcome ? NULL : Py_NewRef(found ? Py_False : Py_True);
}

/* keys(), values(), items() */
static PyObject *call_view(Run *run, const MethodCall *call)
{
    return call->count == 0 ? method_call_cpython(run, call) : method_call_reading(run, call);
}

/* list.index(), tuple.index() and those of a range: @start and @stop may be given. */
static PyObject *call_index(Run *run, const MethodCall *call)
{
    Py_ssize_t begin = 0;
    Py_ssize_t end = PySequence_Fast_GET_SIZE(call->object);
    char text[200];

    if (call->count < 1 || call->count > 3)
        return run_raise(run, PyExc_TypeError, "index expected 1 to 3 arguments, got %zd", call->count);
    for (Py_ssize_t i = 1; i < call->count; i++)
        if (!PyLong_CheckExact(call->arguments[i]))
            return run_refuse_value(run, "a %.80s", Py_TYPE(call->arguments[i])->tp_name);
    if (call->count > 1) {
        PyObject *slice =
            PySlice_New(call->arguments[1], call->count > 2 ? call->arguments[2] : Py_None, NULL);
        Py_ssize_t step = 1;

        if (!slice || PySlice_Unpack(slice, &begin, &end, &step) < 0) {
            Py_XDECREF(slice);
            return run_raise_pending(run);
        }
        (void)PySlice_AdjustIndices(PySequence_Fast_GET_SIZE(call->object), &begin, &end, step);
        Py_DECREF(slice);
    }
    for (Py_ssize_t i = begin; i < end; i++) {
        int equal = compare_equal(run, PySequence_Fast_GET_ITEM(call->object, i), call->arguments[0]);

        if (equal < 0)
            return NULL;
        if (equal)
            return run_take(run, PyLong_FromSsize_t(i));
    }
    return PyList_Check(call->object) ? run_raise(run, PyExc_ValueError, "%s is not in list",
                                                  plain_repr(run, call->arguments[0], text, sizeof(text)))
                                      : run_raise(run, PyExc_ValueError, "tuple.index(x): x not in tuple");
}

static PyObject *call_count(Run *run, const MethodCall *call)
{
    Py_ssize_t count = 0;

    if (call->count != 1)
        return run_raise(run, PyExc_TypeError, "count() takes exactly one argument (%zd given)", call->count);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(call->object); i++) {
        int equal = compare_equal(run, PySequence_Fast_GET_ITEM(call->object, i), call->arguments[0]);

        if (equal < 0)
            return NULL;
        count += equal;
    }
    return run_take(run, PyLong_FromSsize_t(count));
}

/* Those of a range compute, if they are given an int. */
static PyObject *call_of_range(Run *run, const MethodCall *call)
{
    if (call->count != 1 || !PyLong_CheckExact(call->arguments[0]))
        return run_refuse_act(run, "may ask its argument what it is equal to");
    return run_charge(run, 100) ? method_call_cpython(run, call) : NULL;
}

/* list.copy(), dict.copy(), set.copy(). Of an instance of a subclass CPython may ask that for its keys, or
 * make another. */
static PyObject *call_copy(Run *run, const MethodCall *call)
{
    Py_ssize_t length;

    if (Py_TYPE(call->object) != call->type)
        return run_refuse_act(run, "may run methods of a %.80s", Py_TYPE(call->object)->tp_name);
    length = plain_length(run, call->object);
    if (call->count != 0)
        return method_call_reading(run, call);
    if (length < 0)
        return NULL;
    if ((uint64_t)length * 32 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return run_charge(run, (uint64_t)length) ? method_call_cpython(run, call) : NULL;
}

static PyObject *set_of(Run *run, PyObject *container)
{
    PyObject *set;

    if (kind_of(container) == KIND_SET) {
        if (lookup_keys_are_plain(run, container))
            return Py_NewRef(container);
        return run->outcome ? NULL
                            : run_refuse_act(run, "would ask objects of the app whether they are equal");
    }
    set = operators_set(run, NULL, 0);
    if (set && !iterate_into_set(run, container, set))
        Py_CLEAR(set);
    return set;
}

/* The algebra of sets, with any containers. */
static PyObject *call_set_algebra(Run *run, const MethodCall *call)
{
    PyObject *sets[METHOD_ARGUMENTS_MAX];
    Py_ssize_t count = 0;
    uint64_t num_elements = (uint64_t)((PySetObject *)call->object)->used;
    PyObject *result = NULL;

    if (call->count > METHOD_ARGUMENTS_MAX)
        return run_refuse_act(run, "is given more than %d arguments", METHOD_ARGUMENTS_MAX);
    while (count < call->count && !run->outcome) {
        sets[count] = set_of(run, call->arguments[count]);
        if (sets[count])
            num_elements += (uint64_t)((PySetObject *)sets[count++])->used;
    }
    if (!run->outcome && num_elements * sizeof(setentry) > RUN_RESULT_BYTES_MAX)
        (void)run_exhaust(run);
    if (!run->outcome && !lookup_keys_are_plain(run, call->object) && !run->outcome)
        (void)run_refuse_act(run, "would ask objects of the app whether they are equal");
    if (!run->outcome && run_charge(run, num_elements * 2))
        result =
            method_call_cpython(run, &(MethodCall){call->object, call->name, call->type, sets, count, NULL});
    while (count > 0)
        Py_DECREF(sets[--count]);
    return result;
}

/* --------------------------------------------------------------------------------------- tables */

const KnownMethod methods_of_dict[] = {
    {" get ", call_dict_get},
    {" __getitem__ ", call_dict_subscript},
    {" __contains__ ", call_dict_contains},
    {" items keys values ", call_view},
    {" copy ", call_copy},
    {NULL, NULL},
};

/* Of an OrderedDict, whose views are of its own. */
const KnownMethod methods_of_odict[] = {
    {" get ", call_dict_get}, {" items keys values ", call_view}, {NULL, NULL}};

const KnownMethod methods_of_list[] = {
    {" count ", call_count}, {" index ", call_index}, {" copy ", call_copy}, {NULL, NULL}};
const KnownMethod methods_of_tuple[] = {{" count ", call_count}, {" index ", call_index}, {NULL, NULL}};
const KnownMethod methods_of_range[] = {{" count index ", call_of_range}, {NULL, NULL}};

const KnownMethod methods_of_set[] = {
    {" difference intersection isdisjoint issubset issuperset symmetric_difference union ", call_set_algebra},
    {" copy ", call_copy},
    {NULL, NULL},
};

const KnownMethod methods_of_view[] = {{" isdisjoint ", call_isdisjoint}, {NULL, NULL}};
