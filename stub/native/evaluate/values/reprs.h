/* Reprs: repr() of containers that hold objects of the app's classes, and of what has the repr() of class
 * object. Each returns a new reference, or NULL: the run has failed. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An object that is being written, and those around it: one that is met again is not written again. */
typedef struct Writing {
    PyObject *object;
    PyObject *guard; /* the function that sees to it; NULL: C code */
    const struct Writing *outer;
} Writing;

/* reprs_is_written() - whether it is being written already. */
bool reprs_is_written(const Run *run, PyObject *object, PyObject *guard);

/* reprs_other() - of a value that is of no builtin kind, or is a container; what else it may be is refused.
 */
PyObject *reprs_other(Run *run, PyObject *value);

/* reprs_object() - as object.__repr__() has it; reprs_as() - as that of @base, a builtin container of which
 * the value is an instance. */
PyObject *reprs_object(Run *run, PyObject *object);
PyObject *reprs_as(Run *run, PyObject *value, PyTypeObject *base);

#ifdef __cplusplus
}
#endif
