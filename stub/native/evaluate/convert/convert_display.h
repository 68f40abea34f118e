/* Convert, displays: tuples, lists, sets and dicts, and what is unpacked into them. For the files of the
 * converter. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/convert/converter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each takes the list of nodes, and leaves the display on the stack. */
void convert_tuple(Converter *self, PyObject *items);
void convert_list(Converter *self, PyObject *items);
void convert_set(Converter *self, PyObject *items);

/* convert_dict() - takes the node itself. */
void convert_dict(Converter *self, PyObject *node);

/* convert_in_items() - `value in {a, b}`, where the value is on the stack: whether the set need not be made.
 */
bool convert_in_items(Converter *self, PyObject *node, bool is_negated);

/* convert_searched() - the right side of `in`: a display of constants is made once. */
void convert_searched(Converter *self, PyObject *node);

/* convert_into_list() - the items of a list that is made one by one; some may be unpacked. */
void convert_into_list(Converter *self, PyObject *items);

#ifdef __cplusplus
}
#endif
