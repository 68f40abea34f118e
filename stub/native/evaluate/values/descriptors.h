/* Descriptors: what a class attribute of the app's own making gives on an object: properties, methods, class
 * and static methods, and what the __get__ of a class of the app returns, which is walked. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* descriptors_get() - what @descriptor, found in the class of @object, gives. @ret_self: NULL: a method is
 * bound to the object; else it is given as a function, with what it is to be called with in *ret_self
 * (borrowed). A new reference, or NULL: the run has failed. */
PyObject *descriptors_get(Run *run, PyObject *object, PyObject *descriptor, PyObject **ret_self);

/* descriptors_get_of_class() - the same for one found in @type or its bases, asked of the class itself. */
PyObject *descriptors_get_of_class(Run *run, PyTypeObject *type, PyObject *descriptor, PyObject **ret_self);

/* descriptors_super() - super(@type, @object): a new reference, or NULL: the run has failed. */
PyObject *descriptors_super(Run *run, PyObject *const *arguments, Py_ssize_t count);

/* descriptors_find_super() - the attribute @name that a super object stands for, borrowed; NULL: there is
 * none, or the run has failed. *ret_object: what it is asked of, *ret_is_class: as a class. */
PyObject *descriptors_find_super(Run *run, PyObject *super, PyObject *name, PyObject **ret_object,
                                 bool *ret_is_class);

/* descriptors_getattr() - what the class's __getattr__ gives for a name that was not found. */
PyObject *descriptors_getattr(Run *run, PyObject *object, PyObject *name);

#ifdef __cplusplus
}
#endif
