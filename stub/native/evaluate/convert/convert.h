/* Convert: from CPython's AST of an expression to instructions. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/convert/part.h"
#include "stub/native/evaluate/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* convert_expression() - appends to @program, which is empty, what computes @node (an expr of the module
 * ast). @text: its source, which messages quote. Returns 0; PROGRAM_E_REFUSED with *ret_status: it has a part
 * that is never accepted; or a negative errno. */
int convert_expression(PyObject *node, const PartText *text, Program *program, Status *ret_status);

#ifdef __cplusplus
}
#endif
