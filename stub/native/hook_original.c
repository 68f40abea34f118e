#include "stub/native/compat.h"

#include "stub/native/hook_original.h"

#if PY_VERSION_HEX >= 0x030B0000

/* CPython keeps the bytes that it makes of the instructions; not for us. */
PyObject *hook_original_bytecode(PyCodeObject *code)
{
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
}

PyObject *hook_original_constants(PyCodeObject *code)
{
    return code->co_consts;
}

PyObject *hook_original_line_table(PyCodeObject *code)
{
    return code->co_linetable;
}

#endif /* hook_trampoline_patch.c has those of 3.6 to 3.10 */
