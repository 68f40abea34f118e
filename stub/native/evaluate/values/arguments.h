/* Arguments: what a function is called with. Borrows everything. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Digits that are read or written at once: CPython's limit, and the square of it is the work. */
#define ARGUMENTS_NUMBER_CHARS_MAX 5000

typedef struct Arguments {
    PyObject *function;
    PyObject *const *values; /* @count by place, then those that have names */
    Py_ssize_t count;
    PyObject *names; /* a tuple of str; NULL: none */
} Arguments;

/* arguments_named() - the value given by this name, borrowed; NULL: it was not given. */
PyObject *arguments_named(const Arguments *arguments, const char *name);

/* arguments_check() - whether there are @min to @max by place, and only these names (separated by spaces,
 * with spaces around). False: the run has failed, as Python would or because there is no telling. */
bool arguments_check(Run *run, const Arguments *arguments, Py_ssize_t min, Py_ssize_t max, const char *names);

/* arguments_are_scalars() - numbers, None, texts and dates, of bounded size. False: the run has failed. */
bool arguments_are_scalars(Run *run, const Arguments *arguments);

/* arguments_pass() - has CPython's own function compute it: the arguments are known to be plain. */
PyObject *arguments_pass(Run *run, const Arguments *arguments);

/* arguments_pass_scalars() - the same, with the check. */
PyObject *arguments_pass_scalars(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
