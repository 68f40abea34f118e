/* Program: a condition or an expression of a user, compiled once and run at every hit.
 *
 * The text is parsed by CPython's own compiler into an AST, converted to a compact program of the stub's own,
 * and run in C under a budget. It never executes a Python frame, a descriptor, or a slot of a type that is
 * not on its list: what cannot be read without running code of the app is refused with a reason. All
 * functions hold the GIL and leave no Python exception set. */
#pragma once

#include <Python.h>

#include "stub/native/frame.h"
#include "stub/native/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Program Program;

/* Named outcomes. The status then has the message of the original; its refers_to is VARIABLE_NAME for what is
 * wrong with the text and VARIABLE_VALUE for what went wrong in running it: a caller that evaluates a
 * condition sets its own. */
#define PROGRAM_E_SYNTAX  1 /* "Expression could not be compiled: $0" or "Invalid expression" */
#define PROGRAM_E_REFUSED 2 /* it could change state, or cannot be read without running code */
#define PROGRAM_E_RAISED  3 /* "Exception occurred: $0" */
#define PROGRAM_E_BUDGET  4 /* steps, time or memory are used up */
#define PROGRAM_E_WAITING 5 /* the source of a function is being read: the next time will tell */

/* program_new() - compiles @source (UTF-8). Returns 0 and *ret_program (owned), PROGRAM_E_SYNTAX or
 * PROGRAM_E_REFUSED with *ret_status, or a negative errno. */
int program_new(const char *source, Program **ret_program, Status *ret_status);

/* program_refusal() - of the status of a PROGRAM_E_REFUSED: which part was refused and why, borrowed. NULL:
 * there is no more to say. */
const char *program_refusal(const Status *status);

/* program_num_chars() - the length of the source in characters. */
size_t program_num_chars(const Program *program);

/* program_run() - evaluates in the scope of @frame. @budget_us: wall time. Returns 0 and *ret_value (a new
 * reference), PROGRAM_E_REFUSED, PROGRAM_E_RAISED, PROGRAM_E_BUDGET or PROGRAM_E_WAITING with *ret_status
 * (which may be NULL: no text is made), or a negative errno. */
int program_run(const Program *program, const Frame *frame, uint32_t budget_us, PyObject **ret_value,
                Status *ret_status);

/* program_run_and_tell() - as program_run(), and of PROGRAM_E_RAISED the class of the exception: borrowed, of
 * the interpreter or of a module. For tests, which compare it with what eval() raises. */
int program_run_and_tell(const Program *program, const Frame *frame, uint32_t budget_us, PyObject **ret_value,
                         PyObject **ret_exception, Status *ret_status);

/* program_run_condition() - as program_run(), and whether the result is true. */
int program_run_condition(const Program *program, const Frame *frame, uint32_t budget_us, bool *ret_is_true,
                          Status *ret_status);

/* program_free() - NULL is nothing. */
void program_free(Program *program);

#ifdef __cplusplus
}
#endif
