/* Mapping views: what keys(), values() and items() of a collections.abc.Mapping of the app's own make of it:
 * in the place of a KeysView stands the same view of a dict with what the mapping's walked __iter__ and
 * __getitem__ give. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/values/arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/* mapping_views_is_class() - whether it is one of the three classes, the very one. */
bool mapping_views_is_class(PyObject *function);

/* mapping_views_make() - the view: a new reference, or NULL: the run has failed. */
PyObject *mapping_views_make(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
