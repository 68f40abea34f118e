#include "stub/native/compat.h"

#include <errno.h>

#include "stub/native/evaluate/values/builtins.h"
#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/dates.h"
#include "stub/native/evaluate/values/descriptors.h"
#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/mapping_views.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/modules.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/regex_call.h"
#include "stub/native/evaluate/values/getters.h"
#include "stub/native/evaluate/values/slots.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/uuids.h"
#include "stub/native/evaluate/values/wrappers.h"
#include "stub/native/layout.h"

typedef PyObject *(*Implementation)(Run *run, const Arguments *arguments);

static const struct {
    const char *name;
    Implementation implementation;
} known_functions[] = {
    {"len", builtins_len},
    {"isinstance", builtins_isinstance}, /* first, as the most used */
    {"abs", builtins_abs},
    {"all", builtins_all},
    {"any", builtins_any},
    {"ascii", builtins_str},
    {"bin", builtins_number},
    {"bool", builtins_bool},
    {"bytes", builtins_bytes},
    {"callable", builtins_callable},
    {"chr", builtins_number},
    {"complex", builtins_number},
    {"dict", builtins_dict},
    {"divmod", builtins_divmod},
    {"enumerate", builtins_enumerate},
    {"filter", builtins_filter},
    {"float", builtins_number},
    {"format", builtins_format},
    {"frozenset", builtins_list},
    {"getattr", builtins_getattr},
    {"hasattr", builtins_hasattr},
    {"hash", builtins_hash},
    {"hex", builtins_number},
    {"id", builtins_id},
    {"int", builtins_number},
    {"issubclass", builtins_issubclass},
    {"iter", builtins_iter},
    {"list", builtins_list},
    {"map", builtins_map},
    {"max", builtins_max},
    {"min", builtins_min},
    {"next", builtins_next},
    {"oct", builtins_number},
    {"ord", builtins_number},
    {"pow", builtins_pow},
    {"range", builtins_range},
    {"repr", builtins_str},
    {"reversed", builtins_reversed},
    {"round", builtins_round},
    {"set", builtins_list},
    {"slice", builtins_slice},
    {"sorted", builtins_sorted},
    {"str", builtins_str},
    {"sum", builtins_sum},
    {"tuple", builtins_list},
    {"type", builtins_type},
    {"vars", builtins_vars},
    {"zip", builtins_zip},
};

enum { NUM_FUNCTIONS = sizeof(known_functions) / sizeof(known_functions[0]) };

static PyObject *functions[NUM_FUNCTIONS];
static PyObject *any_function;
static PyObject *all_function;

/* Whether it is what CPython has put there, not what somebody has replaced it with: also a method of a value
 * is a function in C. */
static bool is_original(PyObject *function, const char *name)
{
    if (PyCFunction_CheckExact(function))
        return strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, name) == 0 &&
               ((PyCFunctionObject *)function)->m_self &&
               PyModule_CheckExact(((PyCFunctionObject *)function)->m_self);
    return PyType_Check(function) && !(((PyTypeObject *)function)->tp_flags & Py_TPFLAGS_HEAPTYPE) &&
           strcmp(((PyTypeObject *)function)->tp_name, name) == 0;
}

int calls_init(void)
{
    PyObject *builtins = PyEval_GetBuiltins();
    int result = own_init();

    if (result != 0)
        return result;
    if (any_function || !builtins || !PyDict_Check(builtins))
        return 0;
    for (size_t i = 0; i < NUM_FUNCTIONS; i++) {
        PyObject *name = PyUnicode_InternFromString(known_functions[i].name);
        bool is_unsure;
        PyObject *function = name ? dict_find_text(builtins, name, &is_unsure) : NULL;

        if (!name) {
            PyErr_Clear();
            return -ENOMEM;
        }
        Py_DECREF(name);
        if (function && is_original(function, known_functions[i].name))
            functions[i] = Py_NewRef(function);
        if (known_functions[i].implementation == builtins_any)
            any_function = functions[i];
        if (known_functions[i].implementation == builtins_all)
            all_function = functions[i];
    }
    return 0;
}

bool calls_is_any(PyObject *function)
{
    return any_function && function == any_function;
}

bool calls_is_all(PyObject *function)
{
    return all_function && function == all_function;
}

/* What a function that is not known would do, for the message. */
static PyObject *refuse_call(Run *run, PyObject *function)
{
    if (PyType_Check(function))
        return run_refuse_act(run, "makes an object of the class %.80s", ((PyTypeObject *)function)->tp_name);
    if (PyCFunction_CheckExact(function))
        return run_refuse_act(run, "is not known to be without effects");
    if (PyFunction_Check(function) || PyMethod_Check(function))
        return run_refuse_act(run, "is code of the app");
    return run_refuse_method(run, function, "__call__");
}

static PyObject *call_by_name(Run *run, PyObject *object, const char *name, PyObject *const *values,
                              Py_ssize_t count, PyObject *names)
{
    PyObject *text = PyUnicode_InternFromString(name);
    PyObject *result = text ? methods_call(run, object, text, values, count, names) : run_raise_pending(run);

    Py_XDECREF(text);
    return result;
}

/* `str.lower`, given to map() or as a key. */
static PyObject *call_method_of_class(Run *run, const Arguments *arguments)
{
    PyMethodDescrObject *method = (PyMethodDescrObject *)arguments->function;

    if (arguments->count < 1 || Py_TYPE(arguments->values[0]) != PyDescr_TYPE(method) ||
        kind_of(arguments->values[0]) == KIND_OTHER)
        return run_refuse_act(run, "is a method of %.80s that is given something else",
                              PyDescr_TYPE(method)->tp_name);
    return call_by_name(run, arguments->values[0], method->d_method->ml_name, arguments->values + 1,
                        arguments->count - 1, arguments->names);
}

static bool is_method_of_value(PyObject *function)
{
    PyObject *self = ((PyCFunctionObject *)function)->m_self;

    return self && !PyModule_Check(self) && !PyType_Check(self);
}

/* lru_cache() around a method: its first argument is the object. */
static PyObject *call_cache_of_method(Run *run, PyObject *method, const Arguments *arguments)
{
    PyObject *all[PROGRAM_VARIABLES_MAX];
    Py_ssize_t num_values = arguments->count + (arguments->names ? PyTuple_GET_SIZE(arguments->names) : 0);

    if (num_values >= PROGRAM_VARIABLES_MAX)
        return run_refuse(run);
    all[0] = PyMethod_GET_SELF(method);
    for (Py_ssize_t i = 0; i < num_values; i++)
        all[i + 1] = arguments->values[i];
    return wrappers_call(run, PyMethod_GET_FUNCTION(method), all, arguments->count + 1, arguments->names);
}

PyObject *calls_function(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count,
                         PyObject *names)
{
    const Arguments all = {function, arguments, count, names};
    PyObject *call;

    if (own_is(function) && own_kind(function) == OWN_FUNCTION)
        return own_call(run, function, arguments, count, names);
    for (size_t i = 0; i < NUM_FUNCTIONS; i++)
        if (function == functions[i])
            return known_functions[i].implementation(run, &all);
    if (PyFunction_Check(function))
        return regex_call_knows(function) ? regex_call(run, &all)
                                          : function_call(run, function, NULL, arguments, count, names);
    if (PyMethod_Check(function) && PyFunction_Check(PyMethod_GET_FUNCTION(function)))
        return function_call(run, PyMethod_GET_FUNCTION(function), PyMethod_GET_SELF(function), arguments,
                             count, names);
    if (Py_TYPE(function) == &PyMethodDescr_Type)
        return call_method_of_class(run, &all);
    if (PyCFunction_CheckExact(function) && is_method_of_value(function))
        return methods_call_bound(run, function, arguments, count, names);
    if (dates_is_class(function))
        return dates_make(run, &all);
    if (fractions_is_class(function))
        return fractions_make(run, &all);
    if (uuids_is_class(function))
        return uuids_make(run, &all);
    /* Of an enumeration's __members__. */
    if (function == (PyObject *)&PyDictProxy_Type && count == 1 && !names &&
        (PyDict_CheckExact(arguments[0]) || PyODict_CheckExact(arguments[0])))
        return run_take(run, PyDictProxy_New(arguments[0]));
    if (modules_knows(function))
        return modules_call(run, &all);
    if (function == (PyObject *)&PySuper_Type && !names)
        return descriptors_super(run, arguments, count);
    if (slots_is(function))
        return slots_call(run, &all);
    if (getters_is(function))
        return getters_call(run, &all);
    if (getters_is_class(function))
        return getters_make(run, &all);
    if (wrappers_is(function))
        return wrappers_call(run, function, arguments, count, names);
    if (PyMethod_Check(function) && wrappers_is_cache(PyMethod_GET_FUNCTION(function)))
        return call_cache_of_method(run, function, &all);
    if (mapping_views_is_class(function))
        return mapping_views_make(run, &all);
    call = special_find(function, "__call__");
    if (call)
        return function_call(run, call, function, arguments, count, names);
    if (kind_of(function) != KIND_OTHER || !Py_TYPE(function)->tp_call)
        return run_raise(run, PyExc_TypeError, "'%.200s' object is not callable", Py_TYPE(function)->tp_name);
    return refuse_call(run, function);
}
