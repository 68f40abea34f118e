/* Date text: str() and repr() of the datetime family, from the fields of the object.
 *
 * CPython's own would call the app's tzinfo. Nothing here imports `datetime`: while the app has not done so
 * there can be no value of it. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DATE_TEXT_BYTES_MAX 160

/* date_text_refresh() - looks whether the app has loaded the module; once per capture. */
void date_text_refresh(void);

/* date_text_is_date() - whether it is a date, datetime, time or timedelta, or of a subclass. */
bool date_text_is_date(PyObject *value);

/* date_text_str() - as str(). With a tzinfo other than datetime.timezone the offset is not known without
 * running code; the name of its type takes the offset's place. Writes at most DATE_TEXT_BYTES_MAX bytes with
 * the NUL, returns the length. */
size_t date_text_str(PyObject *value, char *buffer);

/* date_text_repr() - as repr(), with tzinfo as above. */
size_t date_text_repr(PyObject *value, char *buffer);

/* date_text_is_exact_in_c() - whether a date_text_is_date() value is of the very type, and has no tzinfo or
 * one that is written in C: then all that CPython does with it is C code of its own. */
bool date_text_is_exact_in_c(PyObject *value);

/* date_text_is_timezone() - whether it is a datetime.timezone. */
bool date_text_is_timezone(PyObject *value);

/* date_text_tzinfo() - of a datetime or time, also of a subclass: borrowed. NULL: it is neither, or has none.
 */
PyObject *date_text_tzinfo(PyObject *value);

/* date_text_is_zone_in_c() - whether it is a datetime.timezone, or zoneinfo's in C. */
bool date_text_is_zone_in_c(PyObject *zone);

/* date_text_offset() - of a value with such a zone: as %z has it, "+0200". Returns the length; 0: there is
 * none. */
size_t date_text_offset(PyObject *value, char *buffer, size_t size_bytes);

/* date_text_utc() - timezone.utc, borrowed; date_text_api() - the C API (datetime.h). NULL: not loaded. */
PyObject *date_text_utc(void);
void *date_text_api(void);

/* date_text_is_own_type() - whether it is one of the module's own types, not a subclass. */
bool date_text_is_own_type(PyTypeObject *type);

#ifdef __cplusplus
}
#endif
