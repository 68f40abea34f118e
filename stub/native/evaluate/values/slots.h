/* Slots: methods of builtin classes that stand for operators, called by their names:
 * object.__getattribute__(x, 'name'), super().__repr__(), dict.__iter__(x). They do what the builtin class
 * does, whatever the class of the object has in their place. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* slots_is() - whether it is one of a class in C: quick. */
static inline bool slots_is(PyObject *function)
{
    return Py_TYPE(function) == &PyWrapperDescr_Type;
}

/* slots_call() - with the object as the first argument; one that is not known is refused. NULL: the run has
 * failed. */
PyObject *slots_call(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
