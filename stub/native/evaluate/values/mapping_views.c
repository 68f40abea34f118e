#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/mapping_views.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/known.h"

/* The method of a dict that makes such a view; NULL: it is no class of them. */
static const char *method_of(PyObject *class)
{
    if (class == (PyObject *)known_type(KNOWN_KEYS_VIEW))
        return "keys";
    if (class == (PyObject *)known_type(KNOWN_VALUES_VIEW))
        return "values";
    return class == (PyObject *)known_type(KNOWN_ITEMS_VIEW) ? "items" : NULL;
}

bool mapping_views_is_class(PyObject *function)
{
    return PyType_Check(function) && method_of(function);
}

/* A new dict, or NULL: the run has failed. */
static PyObject *copy(Run *run, PyObject *mapping, bool has_values)
{
    PyObject *dict = operators_dict(run, NULL, 0);
    Py_ssize_t count = 0;
    Iteration iteration;
    PyObject *key;

    if (!dict || !iterate_begin(run, &iteration, mapping)) {
        Py_XDECREF(dict);
        return NULL;
    }
    while (!run->outcome && (key = iterate_next(run, &iteration))) {
        PyObject *value = has_values ? access_subscript(run, mapping, key) : Py_NewRef(Py_None);

        if (value)
            (void)operators_add_to_dict(run, dict, key, value);
        Py_XDECREF(value);
        Py_DECREF(key);
        count++;
    }
    iterate_end(&iteration);
    if (!run->outcome && count != PyDict_GET_SIZE(dict))
        (void)run_refuse_value(run, "a mapping that has a key twice");
    if (run->outcome)
        Py_CLEAR(dict);
    return dict;
}

PyObject *mapping_views_make(Run *run, const Arguments *arguments)
{
    const char *method = method_of(arguments->function);
    PyObject *name;
    PyObject *dict;
    PyObject *view;

    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    name = PyUnicode_InternFromString(method);
    if (!name)
        return run_raise_pending(run);
    dict = copy(run, arguments->values[0], strcmp(method, "keys") != 0);
    view = dict ? methods_call(run, dict, name, NULL, 0, NULL) : NULL;
    Py_XDECREF(dict);
    Py_DECREF(name);
    return view;
}
