/* Repr guard: the function that reprlib.recursive_repr(), and before 3.13 the module `dataclasses`, puts
 * around a __repr__. It notes in a set what is being written; here the run knows that itself. Holds the GIL.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* repr_guard_is() - whether @function is one, as the standard library made it. */
bool repr_guard_is(PyObject *function);

/* repr_guard_call() - what it would return for @object. NULL: the run has failed. */
PyObject *repr_guard_call(Run *run, PyObject *guard, PyObject *object);

#ifdef __cplusplus
}
#endif
