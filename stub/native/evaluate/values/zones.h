/* Zones: datetimes and times whose tzinfo is not CPython's own: pytz's, dateutil's, psycopg2's, pydantic's,
 * the app's. Its methods are walked, and what depends on them is computed from what they say. Holds the GIL.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* zones_is_foreign() - whether it is a datetime or time, of the very type, with such a tzinfo. Quick for what
 * is none. */
bool zones_is_foreign(PyObject *value);

/* zones_is_tzinfo() - whether it is an instance of datetime.tzinfo. */
bool zones_is_tzinfo(PyObject *value);

/* zones_ask() - value.utcoffset(), .dst() or .tzname(), whatever its tzinfo is. A new reference; NULL: the
 * run has failed. */
PyObject *zones_ask(Run *run, PyObject *value, const char *method);

/* zones_fixed() - the same date and time in a datetime.timezone of the offset that it has now; without one if
 * it has none. A new reference; NULL: the run has failed. */
PyObject *zones_fixed(Run *run, PyObject *value);

/* zones_are_comparable() - whether zones_compare() and zones_subtract() can tell: two datetimes or two times,
 * one of them foreign, not both in the same zone, which would not be asked. */
bool zones_are_comparable(PyObject *a, PyObject *b);

/* zones_compare() - 1 or 0; -1: the run has failed. */
int zones_compare(Run *run, PyObject *a, PyObject *b, int operation);
PyObject *zones_subtract(Run *run, PyObject *a, PyObject *b);

/* zones_hash() - false: the run has failed. */
bool zones_hash(Run *run, PyObject *value, Py_hash_t *ret_hash);

/* zones_repr() - a new reference; NULL: the run has failed. */
PyObject *zones_repr(Run *run, PyObject *value);

/* zones_call() - a method of a foreign one. NULL: the run has failed. */
PyObject *zones_call(Run *run, PyObject *value, PyObject *name, const Arguments *arguments);

/* zones_tzinfo_class() - datetime.tzinfo, borrowed; NULL: the module is not loaded.
 * zones_from_utc_by_default()
 * - its fromutc(), of a zone of a subclass. NULL: the run has failed. */
PyTypeObject *zones_tzinfo_class(void);
PyObject *zones_from_utc_by_default(Run *run, PyObject *zone, PyObject *utc);

/* zones_from_utc() - zone.fromutc(@utc), a datetime without a zone. NULL: the run has failed. */
PyObject *zones_from_utc(Run *run, PyObject *zone, PyObject *utc);

#ifdef __cplusplus
}
#endif
