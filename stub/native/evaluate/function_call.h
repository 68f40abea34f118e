/* Function call: functions of the app, walked under the rules and the budget of the expression: no Python
 * frame is made, and what would write anywhere but to their own variables is refused. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a call takes of the C stack, with what CPython takes for what it is asked in it (measured: 2.6 KB a
 * level on 3.11; 16 KB for the deepest comparison). */
#define FUNCTION_CALL_STACK_BYTES (24 * 1024)

/* function_call() - @function (a PyFunctionObject) with @self (NULL: none) before the other arguments, which
 * are as in calls_function(). A new reference, or NULL: the run has failed. Borrows all. */
PyObject *function_call(Run *run, PyObject *function, PyObject *self, PyObject *const *arguments,
                        Py_ssize_t count, PyObject *names);

#ifdef __cplusplus
}
#endif
