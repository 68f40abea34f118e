#include "stub/native/compat_code.h"

#include "stub/native/hook_original.h"

#if PY_VERSION_HEX >= 0x030B0000

PyObject *hook_original_bytecode(PyCodeObject *code)
{
    return compat_code_bytecode(code);
}

PyObject *hook_original_constants(PyCodeObject *code)
{
    return code->co_consts;
}

PyObject *hook_original_line_table(PyCodeObject *code)
{
    return compat_code_line_table(code);
}

#endif /* hook_trampoline_patch.c has those of 3.6 to 3.10 */
