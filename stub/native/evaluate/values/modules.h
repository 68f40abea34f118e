/* Modules: functions and classes of the standard library that only compute, known by the module and the name
 * that they have in C: those of `math`, the clocks of `time`, Decimal and UUID. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* modules_knows() - whether modules_call() computes it. */
bool modules_knows(PyObject *function);

/* modules_call() - a new reference, or NULL: the run has failed. */
PyObject *modules_call(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
