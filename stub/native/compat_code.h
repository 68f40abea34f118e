/* Compat, code objects and functions: their parts, which CPython keeps in different places in its versions.
 * C only; include it before Python.h, as compat.h. */
#pragma once

#include "stub/native/compat.h"

/* The instructions as the compiler made them: a new reference to bytes; NULL when memory is out. CPython
 * keeps the bytes that it makes of them; not for us. */
static inline PyObject *compat_code_bytecode(PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030B0000
#if PY_VERSION_HEX >= 0x030C0000
    bool was_cached = code->_co_cached && code->_co_cached->_co_code;
#else
    bool was_cached = code->_co_code != NULL;
#endif
    PyObject *bytes = PyCode_GetCode(code);

    if (!bytes) {
        PyErr_Clear();
        return NULL;
    }
#if PY_VERSION_HEX >= 0x030C0000
    if (!was_cached && code->_co_cached)
        Py_CLEAR(code->_co_cached->_co_code);
#else
    if (!was_cached)
        Py_CLEAR(code->_co_code);
#endif
    return bytes;
#else
    return Py_NewRef(code->co_code);
#endif
}

/* The table of lines, in the format of the version. Borrowed. */
static inline PyObject *compat_code_line_table(PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030A0000
    return code->co_linetable;
#else
    return code->co_lnotab;
#endif
}

/* Tuples and bytes that belong to the meaning of the instructions, names of variables and handlers of
 * exceptions. Borrowed. */
#if PY_VERSION_HEX >= 0x030B0000
enum { COMPAT_CODE_NUM_TABLES = 4 };

static inline PyObject *compat_code_table(PyCodeObject *code, int index)
{
    PyObject *tables[COMPAT_CODE_NUM_TABLES] = {code->co_localsplusnames, code->co_localspluskinds,
                                                code->co_exceptiontable, code->co_qualname};

    return tables[index];
}
#else
enum { COMPAT_CODE_NUM_TABLES = 3 };

static inline PyObject *compat_code_table(PyCodeObject *code, int index)
{
    PyObject *tables[COMPAT_CODE_NUM_TABLES] = {code->co_varnames, code->co_cellvars, code->co_freevars};

    return tables[index];
}
#endif

static inline int compat_code_num_positional_only(const PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x03080000
    return code->co_posonlyargcount;
#else
    (void)code;
    return 0;
#endif
}

static inline int compat_code_num_free(const PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030B0000
    return code->co_nfreevars;
#else
    return (int)PyTuple_GET_SIZE(code->co_freevars);
#endif
}

/* The name of one of the variables of its closure. Borrowed. */
static inline PyObject *compat_code_free_name(const PyCodeObject *code, int index)
{
#if PY_VERSION_HEX >= 0x030B0000
    return PyTuple_GET_ITEM(code->co_localsplusnames, code->co_nlocalsplus - code->co_nfreevars + index);
#else
    return PyTuple_GET_ITEM(code->co_freevars, index);
#endif
}

/* Where a function finds what is not in its globals: borrowed; NULL: up to 3.9 it is looked for at each call.
 */
static inline PyObject *compat_function_builtins(const PyFunctionObject *function)
{
#if PY_VERSION_HEX >= 0x030A0000
    return function->func_builtins;
#else
    (void)function;
    return NULL;
#endif
}

/* What a free function of _PyEval_RequestCodeExtraIndex() belongs to can be read. NULL: nothing is kept. */
static inline void *compat_code_extra(PyCodeObject *code, Py_ssize_t index)
{
    void *extra = NULL;

#if PY_VERSION_HEX >= 0x030C0000
    if (PyUnstable_Code_GetExtra((PyObject *)code, index, &extra) < 0)
        PyErr_Clear();
#else
    if (_PyCode_GetExtra((PyObject *)code, index, &extra) < 0)
        PyErr_Clear();
#endif
    return extra;
}

/* -1: memory is out. */
static inline int compat_code_set_extra(PyCodeObject *code, Py_ssize_t index, void *extra)
{
#if PY_VERSION_HEX >= 0x030C0000
    int result = PyUnstable_Code_SetExtra((PyObject *)code, index, extra);
#else
    int result = _PyCode_SetExtra((PyObject *)code, index, extra);
#endif

    if (result < 0)
        PyErr_Clear();
    return result;
}

static inline Py_ssize_t compat_request_code_extra(freefunc on_gone)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyUnstable_Eval_RequestCodeExtraIndex(on_gone);
#else
    return _PyEval_RequestCodeExtraIndex(on_gone);
#endif
}
