/* Formats: str.format(), without attributes and items of what it is given. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* formats_call() - @format.format(..). A new reference, or NULL: the run has failed. */
PyObject *formats_call(Run *run, PyObject *format, PyObject *const *arguments, Py_ssize_t count,
                       PyObject *names);

#ifdef __cplusplus
}
#endif
