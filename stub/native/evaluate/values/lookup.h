/* Look-up: hash(), and finding a value in a dict, a set, a sequence or a str, with comparisons of compare.h.
 * Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* lookup_hash() - false: the run has failed. */
bool lookup_hash(Run *run, PyObject *value, Py_hash_t *ret_hash);

/* lookup_has_plain_hash() - whether hash() of this value is a builtin type's, and its members' too. -1: the
 * run has failed. */
int lookup_has_plain_hash(Run *run, PyObject *value);

/* lookup_find() - the value of a key of a dict, borrowed. NULL: the key is not there, or the run has failed.
 */
PyObject *lookup_find(Run *run, PyObject *dict, PyObject *key);

/* lookup_contains() - `item in container`: 1 or 0; -1: the run has failed. */
int lookup_contains(Run *run, PyObject *container, PyObject *item);

/* lookup_keys_are_plain() - whether each key of a set or dict can be compared with any other, so that
 * functions of CPython may look them up. */
bool lookup_keys_are_plain(Run *run, PyObject *container);

#ifdef __cplusplus
}
#endif
