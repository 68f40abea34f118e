/* Convert function: from CPython's AST of a function to instructions.
 *
 * A statement that is never accepted becomes an instruction that refuses, with the reason: a function that
 * has one in a branch that is not taken is walked all the same. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/functions/function_source.h"
#include "stub/native/evaluate/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* convert_function() - appends to @program, which is empty, what a call of the function does. Its variables
 * are the parameters in the order of the code object, then its other variables. Returns 0, or a negative
 * errno with *ret_reason, the end of a sentence about the function. */
int convert_function(const FunctionSource *source, PyCodeObject *code, Program *program,
                     const char **ret_reason);

#ifdef __cplusplus
}
#endif
