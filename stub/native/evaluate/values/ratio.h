/* Ratio: rational numbers as two ints without a common divisor, of which the second is positive. What is
 * computed is charged, and of bounded size. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/values/operators.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Owned where it is returned, borrowed where it is given; both NULL: the run has failed. */
typedef struct Ratio {
    PyObject *numerator;
    PyObject *denominator;
} Ratio;

void ratio_free(Ratio ratio);

/* ratio_of_number() - of an int, or a finite float or Decimal. False: it is none, or the run has failed. */
bool ratio_of_number(Run *run, PyObject *value, Ratio *ret_ratio);

/* ratio_of_text() - "3", "-1/3", "0.125", "1e3". */
Ratio ratio_of_text(Run *run, PyObject *text);

/* ratio_compute() - + - * / and %. */
Ratio ratio_compute(Run *run, BinaryOperator operation, Ratio a, Ratio b);
Ratio ratio_divide(Run *run, Ratio a, Ratio b);
Ratio ratio_power(Run *run, Ratio base, PyObject *exponent);

/* ratio_with_sign() - what "__neg__", "__abs__" or "__pos__" makes of it. */
Ratio ratio_with_sign(Run *run, Ratio ratio, const char *method);

/* ratio_floor() - consumes @ratio. An int; NULL: the run has failed. */
PyObject *ratio_floor(Run *run, Ratio ratio);
PyObject *ratio_ceil(Run *run, Ratio ratio);
PyObject *ratio_round(Run *run, Ratio ratio);
Ratio ratio_round_to(Run *run, Ratio ratio, PyObject *places);

/* ratio_limit() - the nearest one whose denominator is at most @limit. */
Ratio ratio_limit(Run *run, Ratio ratio, PyObject *limit);

/* ratio_compare() - 1 or 0; -1: the run has failed. */
int ratio_compare(Run *run, Ratio a, Ratio b, int operation);

/* ratio_hash() - as all numbers of Python have it. False: the run has failed. */
bool ratio_hash(Run *run, Ratio ratio, Py_hash_t *ret_hash);

#ifdef __cplusplus
}
#endif
