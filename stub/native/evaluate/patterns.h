/* Patterns: match(), search() and fullmatch() of compiled regular expressions, and what a match object tells,
 * by CPython's own C code. The matcher goes back and forth without asking for the time, so only patterns are
 * taken of which the text shows that this takes few steps. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* patterns_is() - whether it is a compiled pattern or a match object of CPython's. */
bool patterns_is(PyObject *value);

/* patterns_call() - a method of one. A new reference, or NULL: the run has failed. */
PyObject *patterns_call(Run *run, PyObject *object, PyObject *name, const Arguments *arguments);

/* patterns_steps() - a bound for the steps that a search in @length characters takes. 0: there is none that
 * is known. Pure. */
uint64_t patterns_steps(const char *pattern, size_t len_bytes, uint64_t length);

#ifdef __cplusplus
}
#endif
