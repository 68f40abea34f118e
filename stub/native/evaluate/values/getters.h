/* Getters: operator.itemgetter() and operator.attrgetter(), which are known by their types and looked into.
 * Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* getters_is() - whether it is such an object; getters_is_class() - one of the classes. */
bool getters_is(PyObject *callable);
bool getters_is_class(PyObject *callable);

/* getters_call() - what it gets of its argument; getters_make() - an object of the class. NULL: the run has
 * failed. */
PyObject *getters_call(Run *run, const Arguments *arguments);
PyObject *getters_make(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
