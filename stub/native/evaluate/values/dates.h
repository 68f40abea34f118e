/* Dates: what the datetime family does by calling the module `time` or the app's clock, done here. Holds the
 * GIL.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* dates_have_strftime() - whether it is a date, datetime or time of KIND_DATE, or one of zones.h. */
bool dates_have_strftime(PyObject *value);

/* dates_strftime() - as its method: @format is a str. NULL: the run has failed. */
PyObject *dates_strftime(Run *run, PyObject *value, PyObject *format);

/* dates_is_class() - whether it is one of the module's classes, which dates_make() calls. */
bool dates_is_class(PyObject *function);
PyObject *dates_make(Run *run, const Arguments *arguments);

/* dates_class_method() - datetime.now(), date.today() and the like, of @class. NULL: the run has failed. */
PyObject *dates_class_method(Run *run, PyObject *class, PyObject *name, const Arguments *arguments);

/* dates_in_zone() - value.astimezone(@zone), of a datetime. NULL: the run has failed. */
PyObject *dates_in_zone(Run *run, PyObject *value, PyObject *zone);

#ifdef __cplusplus
}
#endif
