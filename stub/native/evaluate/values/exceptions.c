#include "stub/native/compat.h"

#include "stub/native/evaluate/values/exceptions.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/layout.h"

static bool is_exception_class(PyObject *value)
{
    return PyType_Check(value) &&
           PyType_IsSubtype((PyTypeObject *)value, (PyTypeObject *)PyExc_BaseException);
}

/* Whether making one of it runs only code of CPython's. */
static bool is_made_by_cpython(PyTypeObject *type)
{
    static const char *const names[] = {"__new__", "__init__"};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
        PyObject *name = PyUnicode_InternFromString(names[i]);
        PyTypeObject *owner = NULL;
        bool is_unsure = true;

        if (name)
            (void)type_find(type, name, &owner, &is_unsure);
        Py_XDECREF(name);
        PyErr_Clear();
        if (is_unsure || !owner || !compat_type_is_immutable(owner))
            return false;
    }
    return Py_TYPE(type) == &PyType_Type;
}

void exceptions_raise(Run *run, PyObject *what, PyObject *argument)
{
    PyTypeObject *type = is_exception_class(what) ? (PyTypeObject *)what : Py_TYPE(what);
    char text[200] = "";

    if (!is_exception_class((PyObject *)type)) {
        (void)run_raise(run, PyExc_TypeError, "exceptions must derive from BaseException");
        return;
    }
    if ((PyObject *)type == what && !is_made_by_cpython(type)) {
        (void)run_refuse_act(run, "makes a %.100s, whose class has code of its own for that", type->tp_name);
        return;
    }
    if (argument && PyUnicode_CheckExact(argument))
        run_text(argument, text, sizeof(text));
    else if (argument && run->status)
        plain_repr(run, argument, text, sizeof(text));
    (void)run_raise(run, (PyObject *)type, "%s", text[0] ? text : type->tp_name);
}

int exceptions_match(Run *run, PyObject *raised, PyObject *classes)
{
    if (PyTuple_CheckExact(classes)) {
        int result = run_enter(run) ? 0 : -1;

        for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(classes); i++)
            result = exceptions_match(run, raised, PyTuple_GET_ITEM(classes, i));
        run_leave(run);
        return result;
    }
    if (is_exception_class(classes))
        return PyType_IsSubtype((PyTypeObject *)raised, (PyTypeObject *)classes);
    (void)run_raise(run, PyExc_TypeError,
                    "catching classes that do not inherit from BaseException is not allowed");
    return -1;
}
