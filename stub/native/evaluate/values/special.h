/* Special: the methods of the app's classes that operators stand for: __eq__, __len__, __getitem__ and so on,
 * walked as any function is. Asked where a value is of no builtin kind; what has no such method of the app's
 * is refused. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* special_find() - the method @name of the object's class, if it is a function of the app: borrowed, else
 * NULL.
 */
PyObject *special_find(PyObject *object, const char *name);

/* special_has() - whether its class has anything of this name, as far as that can be told. */
bool special_has(PyObject *object, const char *name);

/* special_is_none() - whether that is None: it is said to be missing. */
bool special_is_none(PyObject *object, const char *name);

/* special_truth() - __bool__: 1 or 0; -1: the run has failed. */
int special_truth(Run *run, PyObject *value);

/* special_length() - __len__; -1: the run has failed. */
Py_ssize_t special_length(Run *run, PyObject *value);

/* special_compare() - __eq__ and its like of either: 1 or 0; -1: the run has failed. @is_builtin: whether one
 * is of a builtin kind, which knows nothing of the other. */
int special_compare(Run *run, PyObject *a, PyObject *b, bool a_is_builtin, bool b_is_builtin, int operation);

/* special_hash() - __hash__; false: the run has failed. */
bool special_hash(Run *run, PyObject *value, Py_hash_t *ret_hash);

/* special_contains() - __contains__: 1 or 0; -1: the run has failed. */
int special_contains(Run *run, PyObject *container, PyObject *item);

/* The others: a new reference, or NULL: the run has failed. */
PyObject *special_subscript(Run *run, PyObject *object, PyObject *key);
PyObject *special_iter(Run *run, PyObject *object);
PyObject *special_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b);

/* special_raise() - the operator knows nothing of the two. */
PyObject *special_raise(Run *run, BinaryOperator operation, PyObject *a, PyObject *b);

/* special_call() - the method @name of the object's class with @count arguments; refused if it is no function
 * of the app. */
PyObject *special_call(Run *run, PyObject *object, const char *name, PyObject *const *arguments,
                       Py_ssize_t count);

/* special_has_operators() - whether one of them has a class of the app for which special_binary() can answer.
 */
bool special_has_operators(PyObject *a, PyObject *b);

/* special_has_text() - whether its __str__, or its __repr__, is a function of the app. */
bool special_has_text(PyObject *value, bool is_repr);

/* special_text() - what that says: a str, perhaps of a subclass. */
PyObject *special_text(Run *run, PyObject *value, bool is_repr);

/* special_has_format(), special_format() - the same of its __format__. */
bool special_has_format(PyObject *value);
PyObject *special_format(Run *run, PyObject *value, PyObject *specification);

#ifdef __cplusplus
}
#endif
