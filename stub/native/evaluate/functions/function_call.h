/* Function call: functions of the app, walked under the rules and the budget of the expression: no Python
 * frame is made, and what would write anywhere but to their own variables is refused. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What must be left of the C stack for a call and for what CPython does in it (untuned; without optimisation,
 * calls without end in threads of 32 KiB and more end well). */
#define FUNCTION_CALL_STACK_BYTES (24 * 1024)

/* function_call() - @function (a PyFunctionObject) with @self (NULL: none) before the other arguments, which
 * are as in calls_function(). A new reference, or NULL: the run has failed. Borrows all. */
PyObject *function_call(Run *run, PyObject *function, PyObject *self, PyObject *const *arguments,
                        Py_ssize_t count, PyObject *names);

/* function_accepts() - whether it can be called so; nothing of it is walked. False: the run has failed, as
 * the call would. */
bool function_accepts(Run *run, PyObject *function, PyObject *self, PyObject *const *arguments,
                      Py_ssize_t count, PyObject *names);

#ifdef __cplusplus
}
#endif
