/* Methods: those of builtin types that only compute. See calls.h. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* methods_call() - @object.@name(*@arguments), with keyword arguments as in calls_function(): a new
 * reference, or NULL: the run has failed. Borrows all. */
PyObject *methods_call(Run *run, PyObject *object, PyObject *name, PyObject *const *arguments,
                       Py_ssize_t count, PyObject *names);

/* methods_call_bound() - a method in C that has been got from a value: @function(..), as the very type that
 * it is of would do it, even if the value's class has another of this name. */
PyObject *methods_call_bound(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count,
                             PyObject *names);

#ifdef __cplusplus
}
#endif
