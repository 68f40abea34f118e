/* Exceptions: `raise` and `except` in functions that are walked. No exception is made: what was raised is
 * known by its class. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* exceptions_raise() - `raise @what`, a class or an exception; @argument: what it is made with, for the text;
 * NULL: nothing. The run has failed afterwards. */
void exceptions_raise(Run *run, PyObject *what, PyObject *argument);

/* exceptions_match() - whether `except @classes` catches the class @raised: 1 or 0; -1: the run has failed.
 */
int exceptions_match(Run *run, PyObject *raised, PyObject *classes);

#ifdef __cplusplus
}
#endif
