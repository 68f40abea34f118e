/* Compare: equality and order of builtin values, and identity of those that have no other.
 *
 * A comparison of CPython is used only between types whose function is a builtin type's own; see plain.h.
 * Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* compare_kind() - as kind_of(), and instances of subclasses that compare as their base does. */
Kind compare_kind(PyObject *value);

/* compare_is_identity() - whether == of this value's type is identity. */
bool compare_is_identity(PyObject *value);

/* compare_values() - @operation is Py_LT and so on. 1 or 0; -1: the run has failed. */
int compare_values(Run *run, PyObject *a, PyObject *b, int operation);

/* compare_equal() - the same object, or equal, as containers ask. 1 or 0; -1: the run has failed. */
int compare_equal(Run *run, PyObject *a, PyObject *b);

/* compare_key() - compare_equal() as a KeyCompare; its context is the Run. */
int compare_key(void *context, PyObject *in_table, PyObject *key);

#ifdef __cplusplus
}
#endif
