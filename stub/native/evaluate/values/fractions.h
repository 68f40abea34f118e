/* Fractions: what the class fractions.Fraction, which is written in Python, computes: from the two ints of
 * each, under the budget. Only of the very class, and only where its method is the standard library's own.
 * Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/values/operators.h"

#ifdef __cplusplus
extern "C" {
#endif

/* It is for others to tell. */
#define FRACTIONS_NO_ANSWER 2

/* fractions_is() - whether it is a Fraction with two ints. Quick for all others. */
bool fractions_is(PyObject *value);

/* fractions_binary() - of a Fraction and a value of a builtin kind, or of two. NULL and no outcome: there is
 * no telling. */
PyObject *fractions_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b);

/* fractions_compare() - of values of which one may be a Fraction: 1 or 0; -1: the run has failed; or
 * FRACTIONS_NO_ANSWER. */
int fractions_compare(Run *run, PyObject *a, PyObject *b, int operation);

/* fractions_hash() - as hash(); the same results. */
int fractions_hash(Run *run, PyObject *value, Py_hash_t *ret_hash);

/* fractions_truth() - 1 or 0, or FRACTIONS_NO_ANSWER. */
int fractions_truth(PyObject *value);

/* The special methods of a Fraction that have no operand: "__neg__", "__pos__", "__abs__", "__int__",
 * "__trunc__", "__floor__", "__ceil__", "__float__". NULL and no outcome: there is no telling. */
PyObject *fractions_unary(Run *run, PyObject *value, const char *method);

/* fractions_round() - @places: NULL if they are not given. NULL and no outcome: there is no telling. */
PyObject *fractions_round(Run *run, PyObject *value, PyObject *places);

/* fractions_text() - str(), or repr(). NULL and no outcome: there is no telling. */
PyObject *fractions_text(Run *run, PyObject *value, bool is_repr);

/* fractions_formats_as_text() - whether format() without a specification is str(). */
bool fractions_formats_as_text(PyObject *value);

/* fractions_is_class() - whether it is the class Fraction as the library has it. */
bool fractions_is_class(PyObject *function);

/* fractions_make() - Fraction(..). NULL: the run has failed. */
PyObject *fractions_make(Run *run, const Arguments *arguments);

/* fractions_limit() - limit_denominator(@limit); @limit: NULL if it is not given. NULL and no outcome: there
 * is no telling. */
PyObject *fractions_limit(Run *run, PyObject *value, PyObject *limit);

#ifdef __cplusplus
}
#endif
