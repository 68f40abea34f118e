/* Machine: runs the instructions of a program. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* machine_run() - a new reference, or NULL: the run has failed. */
PyObject *machine_run(Run *run, const Program *program);

#ifdef __cplusplus
}
#endif
