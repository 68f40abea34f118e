/* Percent: `text % values`, field by field: the app's own classes among the values are asked as str() and
 * repr() ask them. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* percent_format() - @format (an exact str, ready) % @values. A new reference, or NULL: the run has failed.
 */
PyObject *percent_format(Run *run, PyObject *format, PyObject *values);

#ifdef __cplusplus
}
#endif
