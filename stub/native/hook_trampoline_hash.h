/* Hash: a constant more, and the constants of a code object have the same hash as before (CPython 3.6 to
 * 3.10). Code objects are keys of dicts and of sets: hooks change them in place. */
#pragma once

#include <Python.h>

/* hash_for_tuple() - the hash that the last item of @tuple must have for @tuple to have that of @original,
 * which has all items but this. If there is none, or to find it would run code of the app, any hash that will
 * do. */
Py_hash_t hash_for_tuple(PyObject *tuple, PyObject *original);
