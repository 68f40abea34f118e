/* Stored: what descriptors of well-known libraries have kept in an instance, which they would give without
 * asking the database or computing it. Read by layout: the descriptor is known by the full name of its class,
 * and does not run. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* stored_find() - the value behind @object.@name, borrowed. NULL: it is no such descriptor, there is nothing
 * yet, or it cannot be told; nobody's code may answer for it. @name is an interned str. */
PyObject *stored_find(PyObject *object, PyObject *name, PyObject *descriptor);

/* stored_is_known() - whether it is such a descriptor: without a stored value it would ask the database. */
bool stored_is_known(PyObject *descriptor);

/* stored_is_unset() - whether @object has been made by the app and has never had a value for such a
 * descriptor: what it would give is None, and nobody is asked for it. */
bool stored_is_unset(PyObject *object, PyObject *descriptor);

/* stored_notes_reads() - whether it is a dict whose class only notes that it was read, and reads it as any
 * dict.
 * */
bool stored_notes_reads(PyObject *object);

/* stored_is_cached() - whether the descriptor keeps in the instance what a function computes, once. */
bool stored_is_cached(PyObject *descriptor);

/* stored_function() - that function, borrowed; NULL: it cannot be told. */
PyObject *stored_function(PyObject *descriptor);

#ifdef __cplusplus
}
#endif
