/* Exceptions: `raise` and `except` in functions that are walked. No exception is made: what was raised is
 * known by its class. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/values/arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/* exceptions_is_class() - of exceptions. */
bool exceptions_is_class(PyObject *value);

/* exceptions_make() - `raise X(..)`, where the function of @arguments is such a class. The class's own code
 * for making one is not run, but has to take these arguments. The run has failed afterwards. */
void exceptions_make(Run *run, const Arguments *arguments);

/* exceptions_raise() - `raise @what`, a class or an exception. The run has failed afterwards. */
void exceptions_raise(Run *run, PyObject *what);

/* exceptions_match() - whether `except @classes` catches the class @raised: 1 or 0; -1: the run has failed.
 */
int exceptions_match(Run *run, PyObject *raised, PyObject *classes);

#ifdef __cplusplus
}
#endif
