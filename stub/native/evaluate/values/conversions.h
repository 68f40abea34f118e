/* Conversions: the special methods that have no operand and make a number: __neg__, __abs__, __int__,
 * __float__, __index__ and the like. Of a Fraction they are computed, of a subclass of int or float that does
 * not override them they are the base's, and of a class of the app they are walked. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* conversions_call() - of a value of no builtin kind. A new reference; NULL: the run has failed, or, without
 * an outcome, the class has no such method. */
PyObject *conversions_call(Run *run, PyObject *value, const char *method);

#ifdef __cplusplus
}
#endif
