#include "stub/native/compat.h"

#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/values/builtins.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/stream.h"

static bool check_sources(Run *run, Py_ssize_t count)
{
    if (count <= STREAM_SOURCES_MAX)
        return true;
    (void)run_refuse_act(run, "goes over more than %d things at once", STREAM_SOURCES_MAX);
    return false;
}

PyObject *builtins_zip(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 0, PY_SSIZE_T_MAX, "") || !check_sources(run, arguments->count))
        return NULL;
    return stream_new(run, OWN_ZIP, NULL, 0, arguments->values, arguments->count);
}

PyObject *builtins_map(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 2, PY_SSIZE_T_MAX, "") || !check_sources(run, arguments->count - 1))
        return NULL;
    return stream_new(run, OWN_MAP, arguments->values[0], 0, arguments->values + 1, arguments->count - 1);
}

PyObject *builtins_filter(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 2, 2, ""))
        return NULL;
    return stream_new(run, OWN_FILTER, arguments->values[0], 0, arguments->values + 1, 1);
}

PyObject *builtins_enumerate(Run *run, const Arguments *arguments)
{
    PyObject *start = arguments->count == 2 ? arguments->values[1] : arguments_named(arguments, "start");
    int overflow = 0;
    long long number = 0;

    if (!arguments_check(run, arguments, 1, 2, " start "))
        return NULL;
    if (start && !PyLong_CheckExact(start) && !PyBool_Check(start))
        return run_refuse_value(run, "a %.80s to start with", Py_TYPE(start)->tp_name);
    if (start)
        number = PyLong_AsLongLongAndOverflow(start, &overflow);
    if (overflow || number > INT64_MAX / 2 || number < INT64_MIN / 2)
        return run_exhaust(run);
    return stream_new(run, OWN_ENUMERATE, NULL, (Py_ssize_t)number, arguments->values, 1);
}

PyObject *builtins_reversed(Run *run, const Arguments *arguments)
{
    PyObject *container;
    PyObject *function;
    PyObject *list;
    PyObject *stream;
    Kind kind;

    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    container = arguments->values[0];
    kind = kind_of(container);
    if (kind == KIND_SET || (kind_is_scalar(kind) && kind != KIND_TEXT && kind != KIND_BYTES) ||
        (!COMPAT_DICTS_ARE_REVERSIBLE && (kind == KIND_DICT || plain_view_dict(container))))
        return run_raise(run, PyExc_TypeError, "'%.200s' object is not reversible",
                         Py_TYPE(container)->tp_name);
    function = special_find(container, "__reversed__");
    if (function)
        return function_call(run, function, container, NULL, 0, NULL);
    if (own_is(container) || Py_TYPE(container)->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return own_is(container) ? run_raise(run, PyExc_TypeError, "'%.200s' object is not reversible",
                                             Py_TYPE(container)->tp_name)
                                 : run_refuse_method(run, container, "__reversed__");
    list = iterate_to_list(run, container);
    if (!list)
        return NULL;
    for (Py_ssize_t i = 0, j = PyList_GET_SIZE(list) - 1; i < j; i++, j--) {
        PyObject *item = PyList_GET_ITEM(list, i);

        PyList_SET_ITEM(list, i, PyList_GET_ITEM(list, j));
        PyList_SET_ITEM(list, j, item);
    }
    stream = stream_new(run, OWN_REVERSED, NULL, 0, &list, 1);
    Py_DECREF(list);
    return stream;
}

PyObject *builtins_iter(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    if (own_is_stream(arguments->values[0]))
        return Py_NewRef(arguments->values[0]);
    return stream_new(run, OWN_ITERATOR, NULL, 0, arguments->values, 1);
}

PyObject *builtins_next(Run *run, const Arguments *arguments)
{
    PyObject *stream;
    PyObject *item;

    if (!arguments_check(run, arguments, 1, 2, ""))
        return NULL;
    stream = arguments->values[0];
    if (!own_is_stream(stream)) {
        if (!PyIter_Check(stream))
            return run_raise(run, PyExc_TypeError, "'%.200s' object is not an iterator",
                             Py_TYPE(stream)->tp_name);
        return run_refuse_value(run, "a %.80s: reading it would use it up", Py_TYPE(stream)->tp_name);
    }
    item = stream_next(run, stream);
    if (item || run->outcome)
        return item;
    return arguments->count == 2 ? Py_NewRef(arguments->values[1])
                                 : run_raise(run, PyExc_StopIteration, "%s", "");
}
