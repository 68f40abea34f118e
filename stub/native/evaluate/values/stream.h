/* Stream: what can be gone over once and belongs to the evaluation: generator expressions, and what zip(),
 * map(), filter(), enumerate(), reversed() and iter() return. See own.h. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/machine.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Containers that zip() and map() go over together. */
#define STREAM_SOURCES_MAX 8

/* stream_new() - over @containers, with @function for map() and filter(), @start for enumerate(). Borrows
 * all; NULL: the run has failed. */
PyObject *stream_new(Run *run, OwnKind kind, PyObject *function, Py_ssize_t start,
                     PyObject *const *containers, Py_ssize_t count);

/* stream_new_generator() - of a generator expression, @variables: its first container, and what it captured;
 * or, with a @scope, of a function that yields, @variables: its parameters. Borrowed. */
PyObject *stream_new_generator(Run *run, const Program *program, const MachineScope *scope,
                               PyObject *const *variables, int num_variables);

/* stream_next() - a new reference; NULL: the end, or the run has failed. */
PyObject *stream_next(Run *run, PyObject *stream);

/* For own_init(). */
Py_ssize_t stream_size_bytes(void);
void stream_free(PyObject *stream);

#ifdef __cplusplus
}
#endif
