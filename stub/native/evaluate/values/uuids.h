/* UUIDs: the class uuid.UUID, which is written in Python: objects of it are made without running it. Holds
 * the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/values/arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/* uuids_is_class() - whether it is the class as the library has it. */
bool uuids_is_class(PyObject *function);

/* uuids_make() - UUID(text), UUID(int=..), UUID(bytes=..), UUID(hex=..). NULL: the run has failed. */
PyObject *uuids_make(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
