/* Calls: the builtin functions and the methods of builtin types that only compute.
 *
 * A function is known by identity: it is the very object that CPython has put into the module `builtins`. A
 * method is known by its name and the exact type of its object. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* calls_init() - notes the functions of the module `builtins`. Once is enough; before any program runs. 0 or
 * a negative errno. */
int calls_init(void);

/* calls_function() - @function(*@arguments). @names: a tuple of the names of keyword arguments, whose values
 * follow the @count others; NULL: there are none. A new reference, or NULL: the run has failed. Borrows all.
 */
PyObject *calls_function(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count,
                         PyObject *names);

/* calls_is_any(), calls_is_all() - whether a value is that function: a generator expression given to it ends
 * as soon as the answer is known. */
bool calls_is_any(PyObject *function);
bool calls_is_all(PyObject *function);

#ifdef __cplusplus
}
#endif
