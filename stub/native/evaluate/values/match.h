/* Match: what regex.h has found: an object of the evaluation, see own.h. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/values/regex.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* match_new() - a new reference; NULL: the run has failed. */
PyObject *match_new(Run *run, const Regex *regex, PyObject *text, const uint32_t slots[REGEX_SLOTS_MAX]);

/* match_call() - a method of one. NULL: the run has failed. */
PyObject *match_call(Run *run, PyObject *match, PyObject *name, const Arguments *arguments);

/* match_subscript() - `match[1]`. NULL: the run has failed. */
PyObject *match_subscript(Run *run, PyObject *match, PyObject *key);

/* match_repr() - the text that Python shows. NULL: the run has failed. */
PyObject *match_repr(Run *run, PyObject *match);

/* For own_init(). */
Py_ssize_t match_size_bytes(void);
void match_free(PyObject *match);

#ifdef __cplusplus
}
#endif
