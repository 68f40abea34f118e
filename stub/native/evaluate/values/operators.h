/* Operators: arithmetic, bits, concatenation, formatting and displays, on builtin types, with the size of the
 * result known before it is made. Each returns a new reference, or NULL: the run has failed. Holds the GIL.
 */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum BinaryOperator {
    BINARY_ADD,
    BINARY_SUBTRACT,
    BINARY_MULTIPLY,
    BINARY_DIVIDE,
    BINARY_FLOOR_DIVIDE,
    BINARY_MODULO,
    BINARY_POWER,
    BINARY_SHIFT_LEFT,
    BINARY_SHIFT_RIGHT,
    BINARY_OR,
    BINARY_XOR,
    BINARY_AND,
    BINARY_MATRIX_MULTIPLY,
} BinaryOperator;

typedef enum UnaryOperator {
    UNARY_MINUS,
    UNARY_PLUS,
    UNARY_INVERT,
    UNARY_NOT,
} UnaryOperator;

PyObject *operators_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b);
PyObject *operators_unary(Run *run, UnaryOperator operation, PyObject *value);

/* Displays. The items are borrowed. */
PyObject *operators_tuple(Run *run, PyObject *const *items, Py_ssize_t count);
PyObject *operators_list(Run *run, PyObject *const *items, Py_ssize_t count);
PyObject *operators_set(Run *run, PyObject *const *items, Py_ssize_t count);

/* operators_dict() - @items are keys and values in turn, @count pairs. */
PyObject *operators_dict(Run *run, PyObject *const *items, Py_ssize_t count);

/* operators_add_to_set(), operators_add_to_dict(), operators_append() - to a container of ours. False: the
 * run has failed. */
bool operators_append(Run *run, PyObject *list, PyObject *item);

/* operators_append_made() - the same of what has just been made, which is consumed; NULL: the run, or a
 * function of CPython, has failed. */
bool operators_append_made(Run *run, PyObject *list, PyObject *consumed);

bool operators_add_to_set(Run *run, PyObject *set, PyObject *item);
bool operators_add_to_dict(Run *run, PyObject *dict, PyObject *key, PyObject *value);

/* operators_format() - one field of an f-string: @specification is a str, @conversion 's', 'r', 'a' or 0. */
PyObject *operators_format(Run *run, PyObject *value, int conversion, PyObject *specification);

/* operators_join() - the parts of an f-string, all of them str. */
PyObject *operators_join(Run *run, PyObject *const *parts, Py_ssize_t count);

#ifdef __cplusplus
}
#endif
