/* The module googleclouddebugger._native: what Python calls. */
#include <Python.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stub/native/agent.h"
#include "stub/native/build_check.h"
#include "stub/native/compat_api.h"
#include "stub/native/interpreter.h"

PyDoc_STRVAR(enable_doc, "enable(version, flags)\n--\n\nStarts the debugger in this process.");

static PyObject *enable(PyObject *self, PyObject *arguments)
{
    static char *version_copy; /* the stub keeps it for the life of the process */
    const char *version;
    PyObject *flags;

    (void)self;
    if (!PyArg_ParseTuple(arguments, "sO!:enable", &version, &PyDict_Type, &flags))
        return NULL;
    if (!interpreter_is_main())
        Py_RETURN_NONE;
    if (!version_copy)
        version_copy = strdup(version);
    if (!version_copy)
        return PyErr_NoMemory();
    switch (agent_enable(version_copy, flags)) {
    case AGENT_E_ALREADY:
        PyErr_SetString(PyExc_RuntimeError, "Debugger already attached");
        return NULL;
    case -ENOMEM:
        return PyErr_NoMemory();
    default:
        Py_RETURN_NONE;
    }
}

static PyMethodDef methods[] = {
    {"enable", enable, METH_VARARGS, enable_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030C0000
    /* Importing it is harmless anywhere; enable() does nothing outside the main interpreter. */
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "googleclouddebugger._native",
    .m_doc = "The native part of the snapshot debugger's stub.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
    char reason[200];

    if (build_check(reason, sizeof reason)) {
        PyErr_SetString(PyExc_ImportError, reason);
        return NULL;
    }
    return PyModuleDef_Init(&module);
}
