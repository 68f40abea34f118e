/* Access: names, attributes and subscripts, read by layout. Each returns a new reference, or NULL: the run
 * has failed. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* access_name() - a local, cell or free variable of the frame, else a global, else a builtin, as eval() with
 * the frame's namespaces finds it. @name is an interned str. @is_nested: in a function of its own, where the
 * names of a class body are not seen. @hint: where it was last time, kept by the
 * caller for the same name; starts as 0. */
PyObject *access_name(Run *run, PyObject *name, bool is_nested, int *hint);

/* access_global() - of a function that is walked. */
PyObject *access_global(Run *run, PyObject *globals, PyObject *builtins, PyObject *name);

/* access_attribute() - data in the object's dictionary, its slots, its class; what CPython's own types have
 * in fields. Whatever would run code is refused. @name is an interned str. */
PyObject *access_attribute(Run *run, PyObject *object, PyObject *name);

/* access_generic() - as object.__getattribute__() finds it, whatever the class has in its place. */
PyObject *access_generic(Run *run, PyObject *object, PyObject *name);

/* access_method() - as access_attribute(), for what is called at once: a method comes as its function, with
 * *ret_self (borrowed) before the arguments; *ret_self is NULL for anything else. */
PyObject *access_method(Run *run, PyObject *object, PyObject *name, PyObject **ret_self);

/* access_variables() - a copy of the object's dictionary of attributes, which may not have been made yet. */
PyObject *access_variables(Run *run, PyObject *object);

PyObject *access_subscript(Run *run, PyObject *object, PyObject *key);

#ifdef __cplusplus
}
#endif
