#include "stub/native/compat.h"
#include "stub/native/compat_code.h"

#include "stub/native/evaluate/functions/code_compare.h"
#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/values/repr_guard.h"
#include "stub/native/evaluate/values/reprs.h"
#include "stub/native/layout.h"

/* Functions in functions: recursive_repr() has one, and that has the guard. */
#define DEPTH_MAX 2

/* Where guards are made. */
static const struct {
    const char *module;
    const char *function;
} makers[] = {
    {"reprlib", "recursive_repr"},
    {"dataclasses", "_recursive_repr"},
};

static bool has_code(PyCodeObject *code, PyCodeObject *wanted, int depth)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant) && (constant == (PyObject *)wanted ||
                                       (depth > 1 && has_code((PyCodeObject *)constant, wanted, depth - 1))))
            return true;
    }
    return false;
}

/* The function of the standard library, which the app may have put another for. */
static bool is_made_by(PyFunctionObject *function, const char *module_name, const char *maker_name)
{
    PyObject *module = dict_find_named(PyImport_GetModuleDict(), module_name);
    PyObject *globals = module && PyModule_CheckExact(module) ? PyModule_GetDict(module) : NULL;
    PyObject *maker = dict_find_named(globals, maker_name);

    return maker && PyFunction_Check(maker) && function->func_globals == globals &&
           ((PyFunctionObject *)maker)->func_globals == globals &&
           has_code(code_compare_original((PyCodeObject *)((PyFunctionObject *)maker)->func_code),
                    code_compare_original((PyCodeObject *)function->func_code), DEPTH_MAX);
}

bool repr_guard_is(PyObject *function)
{
    PyCodeObject *code = (PyCodeObject *)((PyFunctionObject *)function)->func_code;

    if (PyUnicode_CompareWithASCIIString(code->co_name, "wrapper") != 0)
        return false;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(makers); i++)
        if (is_made_by((PyFunctionObject *)function, makers[i].module, makers[i].function))
            return true;
    return false;
}

static PyObject *variable(PyObject *guard, const char *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(guard);
    PyObject *cells = PyFunction_GET_CLOSURE(guard);

    for (int i = 0; cells && i < compat_code_num_free(code) && i < PyTuple_GET_SIZE(cells); i++)
        if (PyUnicode_CompareWithASCIIString(compat_code_free_name(code, i), name) == 0)
            return PyCell_GET(PyTuple_GET_ITEM(cells, i));
    return NULL;
}

/* Whether the app itself is writing it, in any thread: the set has pairs of an id() and a thread. */
static bool is_written_by_app(PyObject *running, PyObject *object)
{
    SetCursor cursor;
    PyObject *key;

    if (!running || Py_TYPE(running) != &PySet_Type)
        return true;
    set_cursor_init(&cursor, running);
    while (set_cursor_next(&cursor, &key)) {
        bool is_pair = PyTuple_CheckExact(key) && PyTuple_GET_SIZE(key) == 2 &&
                       PyLong_CheckExact(PyTuple_GET_ITEM(key, 0));

        if (!is_pair || PyLong_AsVoidPtr(PyTuple_GET_ITEM(key, 0)) == object || PyErr_Occurred()) {
            PyErr_Clear();
            return true;
        }
    }
    return false;
}

PyObject *repr_guard_call(Run *run, PyObject *guard, PyObject *object)
{
    PyObject *function = variable(guard, "user_function");
    PyObject *mark = variable(guard, "fillvalue");
    Writing writing = {object, guard, run->writing};
    PyObject *text;

    if (!function || !PyFunction_Check(function) ||
        is_written_by_app(variable(guard, "repr_running"), object))
        return run_refuse_method(run, object, "__repr__");
    if (reprs_is_written(run, object, guard)) {
        text = mark ? Py_NewRef(mark) : PyUnicode_FromString("...");
        return run_take(run, text);
    }
    run->writing = &writing;
    text = function_call(run, function, object, NULL, 0, NULL);
    run->writing = writing.outer;
    return text;
}
