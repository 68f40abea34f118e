/* Iterate: goes over the members of builtin containers without making an iterator of CPython's. What can be
 * gone over only once (a generator, a file) is refused: that would change it. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/run.h"
#include "stub/native/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Iteration {
    PyObject *container; /* owned; NULL: not begun */
    PyObject *stream;    /* borrowed from it: the container itself, one of own.h */
    PyObject *dict;      /* borrowed from it: a dict, or that of a view */
    bool asks_for_items; /* its class has a __getitem__ and no __iter__ */
    Py_ssize_t next;
    Py_ssize_t length;
    DictCursor dict_cursor;
    SetCursor set_cursor;
} Iteration;

/* iterate_begin() - over list, tuple, str, bytes, dict, set, frozenset, range, dict views, and instances of
 * subclasses that do not have an __iter__ of their own; over what the __iter__ of the app's own classes
 * returns, or their __getitem__. False: the run has failed. */
bool iterate_begin(Run *run, Iteration *iteration, PyObject *container);

/* iterate_next() - a new reference; NULL: the end, or the run has failed. */
PyObject *iterate_next(Run *run, Iteration *iteration);

void iterate_end(Iteration *iteration);

/* iterate_into_list(), iterate_into_set(), iterate_into_dict() - adds all members to one of ours. False: the
 * run has failed. */
bool iterate_into_list(Run *run, PyObject *container, PyObject *list);
bool iterate_into_set(Run *run, PyObject *container, PyObject *set);
bool iterate_into_dict(Run *run, PyObject *mapping, PyObject *dict);

/* iterate_has_keys() - whether dict() asks it for its keys(), rather than for pairs: 1 or 0; -1: the run has
 * failed. */
int iterate_has_keys(Run *run, PyObject *mapping);

/* iterate_to_bytes() - a copy of an exact bytearray. NULL: the run has failed. */
PyObject *iterate_to_bytes(Run *run, PyObject *bytearray);

/* iterate_to_list() - all members, as a new list. NULL: the run has failed. */
PyObject *iterate_to_list(Run *run, PyObject *container);

/* iterate_to_short_list() - the same of the first @max members. */
PyObject *iterate_to_short_list(Run *run, PyObject *container, Py_ssize_t max);

/* iterate_contains() - whether one of its members equals @item: 1 or 0; -1: the run has failed. */
int iterate_contains(Run *run, PyObject *container, PyObject *item);

#ifdef __cplusplus
}
#endif
