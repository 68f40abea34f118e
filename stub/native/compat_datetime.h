/* Compat, datetime: <datetime.h>, with what it lacks in older versions. Include it after compat.h. */
#pragma once

#include <Python.h>

/* Up to 3.7 the header has two faces: this is the one for those outside of Modules/_datetimemodule.c. */
#pragma push_macro("Py_BUILD_CORE")
#undef Py_BUILD_CORE
#include <datetime.h>
#pragma pop_macro("Py_BUILD_CORE")

#ifndef PyDateTime_DATE_GET_TZINFO
#define PyDateTime_DATE_GET_TZINFO(object)                                                                   \
    (((PyDateTime_DateTime *)(object))->hastzinfo ? ((PyDateTime_DateTime *)(object))->tzinfo : Py_None)
#define PyDateTime_TIME_GET_TZINFO(object)                                                                   \
    (((PyDateTime_Time *)(object))->hastzinfo ? ((PyDateTime_Time *)(object))->tzinfo : Py_None)
#endif

/* timezone.utc, borrowed; NULL: this version's C API does not tell. */
static inline PyObject *compat_datetime_utc(const PyDateTime_CAPI *api)
{
#if PY_VERSION_HEX >= 0x03070000
    return api->TimeZone_UTC;
#else
    (void)api;
    return NULL;
#endif
}

/* Whether repr() of a timedelta names its fields. */
#define COMPAT_DATETIME_DELTA_HAS_NAMES (PY_VERSION_HEX >= 0x03070000)

/* Whether strftime() raises for a format that ends with "%", which later ones leave as it is. */
#define COMPAT_STRFTIME_REFUSES_RAW_PERCENT (PY_VERSION_HEX < 0x03070000)
