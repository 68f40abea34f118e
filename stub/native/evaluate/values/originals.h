/* Originals: whether a method of a class of the standard library that is written in Python is still the one
 * that the library has, so that its answer is known without running it. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* originals_has() - whether what an instance of @type finds under @method is a function (or a static method
 * or property of one) that the file of the standard library's module @module defines in the class @class
 * under this name. All UTF-8. */
bool originals_has(PyTypeObject *type, const char *module, const char *class, const char *method);

/* originals_is_of_module() - whether @function, a function in Python, is called @name and is of that file. */
bool originals_is_of_module(PyObject *function, const char *module, const char *name);

#ifdef __cplusplus
}
#endif
