/* Value known: values of known types (see known.h). Part of value.c's work; see value.h. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/value_members.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value_put_known() - writes @value into the open Variable, as a text or a container, if it is one that is
 * shown in place. False: it is not, and nothing was written. */
bool value_put_known(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits);

/* value_has_known_members() - whether it has members that are not in a dictionary, nor in slots. */
bool value_has_known_members(PyObject *object);

/* value_put_known_members() - writes those, if there are any. False: no more are wanted. */
bool value_put_known_members(Members *members, PyObject *object);

/* value_put_class_attributes() - the data in a class: what is neither a method or another descriptor, nor a
 * name of Python's own. */
void value_put_class_attributes(Members *members, PyTypeObject *type);

#ifdef __cplusplus
}
#endif
