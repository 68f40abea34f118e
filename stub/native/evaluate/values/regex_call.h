/* Regex call: match(), search() and fullmatch() of the module `re`, computed by regex.h: no code of the
 * module runs, and its cache stays as it is. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* regex_call_knows() - whether it is one of the three as the standard library has it, which nobody has
 * replaced. @function is a function in Python. */
bool regex_call_knows(PyObject *function);

/* regex_call() - None or a match, see match.h. NULL: the run has failed. */
PyObject *regex_call(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
