/* Wrappers: what functools makes of a function: partial(), partialmethod(), lru_cache(). They are known by
 * their types, and are looked into: nothing is called, and a cache neither counts nor keeps anything. Holds
 * the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* wrappers_is() - whether wrappers_call() knows it. */
bool wrappers_is(PyObject *callable);

/* wrappers_is_cache() - whether it is of lru_cache(), which binds as functions do. */
bool wrappers_is_cache(PyObject *callable);

/* wrappers_call() - the arguments as for calls_function(). What a cache has not kept is walked. */
PyObject *wrappers_call(Run *run, PyObject *callable, PyObject *const *arguments, Py_ssize_t count,
                        PyObject *names);

/* wrappers_is_partial_method() - a class attribute that partialmethod() has made. */
bool wrappers_is_partial_method(PyObject *attribute);

/* wrappers_bind() - the partial() that such an attribute is for @object. */
PyObject *wrappers_bind(Run *run, PyObject *object, PyObject *attribute);

#ifdef __cplusplus
}
#endif
