/* Known values: uuid.UUID, fractions.Fraction and members of enumerations, whose classes are written in
 * Python: what those would answer, from the fields of the value. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/values/fractions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* It is not known here. */
#define KNOWN_VALUES_NO_ANSWER FRACTIONS_NO_ANSWER

/* known_values_compare() - 1 or 0; -1: the run has failed; or KNOWN_VALUES_NO_ANSWER. */
int known_values_compare(Run *run, PyObject *a, PyObject *b, int operation);

/* known_values_hash() - as above; 1: *ret_hash is what hash() would return. */
int known_values_hash(Run *run, PyObject *value, Py_hash_t *ret_hash);

#ifdef __cplusplus
}
#endif
