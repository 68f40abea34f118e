/* Rows: SQLAlchemy's Row and RowMapping (2.x), whose columns are in a tuple behind a dict of their names; in
 * C or, without the compiled extension, in Python. Read by layout. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* rows_is(), rows_is_mapping() - whether it is of the very class that the library has now. Quick for what is
 * none. */
bool rows_is(PyObject *value);
bool rows_is_mapping(PyObject *value);

/* Each of these returns a new reference, or NULL: the run has failed. */

/* rows_data() - the tuple of the columns. */
PyObject *rows_data(Run *run, PyObject *row);

/* rows_keys() - their names, in order: a tuple. rows_to_dict() - both. */
PyObject *rows_keys(Run *run, PyObject *row);
PyObject *rows_to_dict(Run *run, PyObject *row);

/* rows_attribute() - a column, or what the library keeps. NULL and no outcome: its class says. */
PyObject *rows_attribute(Run *run, PyObject *row, PyObject *name);

/* rows_subscript() - of a mapping, by the name of a column. */
PyObject *rows_subscript(Run *run, PyObject *mapping, PyObject *key);

/* rows_repr() - as Python shows a row. */
PyObject *rows_repr(Run *run, PyObject *row);

#ifdef __cplusplus
}
#endif
