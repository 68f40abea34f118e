#include "stub/native/compat.h"

#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/values/exceptions.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/layout.h"

/* Objects/funcobject.c, all versions: staticmethod, which __new__ is wrapped in. */
typedef struct StaticMethod {
    PyObject_HEAD PyObject *function;
} StaticMethod;

bool exceptions_is_class(PyObject *value)
{
    return PyType_Check(value) &&
           PyType_IsSubtype((PyTypeObject *)value, (PyTypeObject *)PyExc_BaseException);
}

static void *refuse_making(Run *run, PyTypeObject *type)
{
    return run_refuse_act(run, "makes a %.100s, whose class has code of its own for that", type->tp_name);
}

/* The __new__ or __init__ of the class, borrowed. NULL: the run has failed. */
static PyObject *find_maker(Run *run, PyTypeObject *type, const char *name, PyTypeObject **ret_owner)
{
    PyObject *text = PyUnicode_InternFromString(name);
    bool is_unsure = true;
    PyObject *found = text ? type_find(type, text, ret_owner, &is_unsure) : NULL;

    Py_XDECREF(text);
    PyErr_Clear();
    if (is_unsure || !found)
        return refuse_making(run, type);
    return Py_TYPE(found) == &PyStaticMethod_Type ? ((StaticMethod *)found)->function : found;
}

/* Whether C code of CPython's makes it of whatever it is given by place. */
static bool takes_all(PyTypeObject *owner)
{
    static const char *const choosy[] = {"UnicodeEncodeError", "UnicodeDecodeError", "UnicodeTranslateError",
                                         "BaseExceptionGroup"};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(choosy); i++)
        if (strcmp(owner->tp_name, choosy[i]) == 0)
            return false;
    return compat_type_is_immutable(owner);
}

/* Whether a call of the class would get as far as its code. False: the run has failed. */
static bool check_maker(Run *run, PyTypeObject *type, const char *name, const Arguments *arguments,
                        bool *ret_is_own)
{
    PyTypeObject *owner = NULL;
    PyObject *maker = find_maker(run, type, name, &owner);

    if (!maker)
        return false;
    if (PyFunction_Check(maker)) {
        *ret_is_own = true;
        return function_accepts(run, maker, (PyObject *)type, arguments->values, arguments->count,
                                arguments->names);
    }
    return takes_all(owner) || refuse_making(run, type) != NULL;
}

/* What is raised is known by its class: neither that nor its instance is asked for anything. */
static bool check_made(Run *run, PyTypeObject *type, const Arguments *arguments, bool *ret_is_own)
{
    *ret_is_own = false;
    if (Py_TYPE(type)->tp_call != PyType_Type.tp_call)
        return refuse_making(run, type) != NULL;
    if (!check_maker(run, type, "__new__", arguments, ret_is_own) ||
        !check_maker(run, type, "__init__", arguments, ret_is_own))
        return false;
    if (arguments->names && !*ret_is_own)
        return run_refuse_act(run, "makes a %.100s of what is given by name", type->tp_name) != NULL;
    /* OSError_new() in Objects/exceptions.c: it becomes a FileNotFoundError, say. */
    if ((PyObject *)type == PyExc_OSError && arguments->count > 1)
        return run_refuse_act(run, "makes an OSError of a number, which may be of another class") != NULL;
    return true;
}

void exceptions_make(Run *run, const Arguments *arguments)
{
    PyTypeObject *type = (PyTypeObject *)arguments->function;
    PyObject *argument = arguments->count > 0 ? arguments->values[0] : NULL;
    char text[200] = "";
    bool is_own;

    if (!check_made(run, type, arguments, &is_own))
        return;
    if (argument && !is_own && PyUnicode_CheckExact(argument))
        run_text(argument, text, sizeof(text));
    else if (argument && !is_own && run->status)
        plain_repr(run, argument, text, sizeof(text));
    (void)run_raise(run, (PyObject *)type, "%s", text[0] ? text : type->tp_name);
}

void exceptions_raise(Run *run, PyObject *what)
{
    if (exceptions_is_class(what))
        exceptions_make(run, &(Arguments){what, NULL, 0, NULL});
    else if (exceptions_is_class((PyObject *)Py_TYPE(what)))
        (void)run_raise(run, (PyObject *)Py_TYPE(what), "%s", Py_TYPE(what)->tp_name);
    else
        (void)run_raise(run, PyExc_TypeError, "exceptions must derive from BaseException");
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
    if (exceptions_is_class(classes))
        return PyType_IsSubtype((PyTypeObject *)raised, (PyTypeObject *)classes);
    (void)run_raise(run, PyExc_TypeError,
                    "catching classes that do not inherit from BaseException is not allowed");
    return -1;
}
