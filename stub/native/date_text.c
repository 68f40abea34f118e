#include "stub/native/compat.h"

#include <stdarg.h>
#include <stdio.h>

#include "stub/native/compat_datetime.h"
#include "stub/native/date_text.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"

/* A datetime.timezone (Modules/_datetimemodule.c); its fields are the same since 3.2. */
typedef struct Timezone {
    PyObject_HEAD PyObject *offset; /* a timedelta */
    PyObject *name;
} Timezone;

typedef struct Buffer {
    char *start;
    size_t len;
} Buffer;

static void append(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(Buffer *buffer, const char *format, ...)
{
    va_list arguments;
    size_t room = DATE_TEXT_BYTES_MAX - buffer->len;

    va_start(arguments, format);
    int added = vsnprintf(buffer->start + buffer->len, room, format, arguments);
    va_end(arguments);
    if (added > 0)
        buffer->len += (size_t)added < room ? (size_t)added : room - 1;
}

static PyObject *utc; /* datetime.timezone.utc; NULL: not found */

enum { NAME_OF_MODULE, NAME_OF_CAPSULE, NAME_OF_TIMEZONE, NAME_OF_UTC, NUM_NAMES };

/* Made once, as their hashes are. False: memory is out. */
static bool make_names(PyObject *names[NUM_NAMES])
{
    static const char *const texts[NUM_NAMES] = {"_datetime", "datetime_CAPI", "timezone", "utc"};

    for (int i = 0; i < NUM_NAMES; i++) {
        if (!names[i])
            names[i] = PyUnicode_InternFromString(texts[i]);
        if (!names[i]) {
            PyErr_Clear();
            return false;
        }
    }
    return true;
}

/* Through the module, where the C API does not tell: if the app has put something else there, it is not of
 * use. */
static PyObject *find_utc(PyObject *module, PyObject *const names[NUM_NAMES])
{
    bool is_unsure;
    PyObject *type = object_find(module, names[NAME_OF_TIMEZONE], &is_unsure);
    PyObject *found;

    if (!type || !PyType_Check(type) || !compat_type_is_immutable((PyTypeObject *)type) ||
        ((PyTypeObject *)type)->tp_basicsize != sizeof(Timezone))
        return NULL;
    found = type_find((PyTypeObject *)type, names[NAME_OF_UTC], NULL, &is_unsure);
    return found && Py_TYPE(found) == (PyTypeObject *)type ? found : NULL;
}

void date_text_refresh(void)
{
    static PyObject *names[NUM_NAMES];
    bool is_unsure;

    if (PyDateTimeAPI || !make_names(names))
        return;

    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module =
        modules && PyDict_Check(modules) ? dict_find_text(modules, names[NAME_OF_MODULE], &is_unsure) : NULL;
    PyObject *capsule = module && PyModule_CheckExact(module)
                            ? object_find(module, names[NAME_OF_CAPSULE], &is_unsure)
                            : NULL;
    if (!capsule || !PyCapsule_IsValid(capsule, PyDateTime_CAPSULE_NAME))
        return;
    PyDateTimeAPI = PyCapsule_GetPointer(capsule, PyDateTime_CAPSULE_NAME);
    utc = compat_datetime_utc(PyDateTimeAPI);
    if (!utc)
        utc = find_utc(module, names);
}

bool date_text_is_date(PyObject *value)
{
    return PyDateTimeAPI && (PyDate_Check(value) || PyTime_Check(value) || PyDelta_Check(value));
}

static void append_microseconds(Buffer *buffer, int microseconds)
{
    if (microseconds)
        append(buffer, ".%06d", microseconds);
}

static void append_delta(Buffer *buffer, PyObject *delta)
{
    int days = PyDateTime_DELTA_GET_DAYS(delta);
    int seconds = PyDateTime_DELTA_GET_SECONDS(delta);

    if (days)
        append(buffer, "%d day%s, ", days, days == 1 || days == -1 ? "" : "s");
    append(buffer, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    append_microseconds(buffer, PyDateTime_DELTA_GET_MICROSECONDS(delta));
}

static void append_type(Buffer *buffer, PyObject *value)
{
    char name[64];

    append(buffer, "%.*s", (int)type_name(Py_TYPE(value), TYPE_NAME_MODULE, name, sizeof(name)), name);
}

static void append_offset(Buffer *buffer, PyObject *tzinfo)
{
    if (tzinfo == Py_None)
        return;
    if (!utc || Py_TYPE(tzinfo) != Py_TYPE(utc)) {
        append(buffer, " ");
        append_type(buffer, tzinfo);
        return;
    }
    PyObject *offset = ((Timezone *)tzinfo)->offset;
    int seconds = PyDateTime_DELTA_GET_DAYS(offset) * 86400 + PyDateTime_DELTA_GET_SECONDS(offset);
    char sign = seconds < 0 ? '-' : '+';

    if (seconds < 0)
        seconds = -seconds;
    append(buffer, "%c%02d:%02d", sign, seconds / 3600, seconds / 60 % 60);
    if (seconds % 60)
        append(buffer, ":%02d", seconds % 60);
}

size_t date_text_str(PyObject *value, char *buffer)
{
    Buffer text = {buffer, 0};

    buffer[0] = '\0';
    if (PyDelta_Check(value)) {
        append_delta(&text, value);
    } else if (PyTime_Check(value)) {
        append(&text, "%02d:%02d:%02d", PyDateTime_TIME_GET_HOUR(value), PyDateTime_TIME_GET_MINUTE(value),
               PyDateTime_TIME_GET_SECOND(value));
        append_microseconds(&text, PyDateTime_TIME_GET_MICROSECOND(value));
        append_offset(&text, PyDateTime_TIME_GET_TZINFO(value));
    } else {
        append(&text, "%04d-%02d-%02d", PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value),
               PyDateTime_GET_DAY(value));
        if (PyDateTime_Check(value)) {
            append(&text, " %02d:%02d:%02d", PyDateTime_DATE_GET_HOUR(value),
                   PyDateTime_DATE_GET_MINUTE(value), PyDateTime_DATE_GET_SECOND(value));
            append_microseconds(&text, PyDateTime_DATE_GET_MICROSECOND(value));
            append_offset(&text, PyDateTime_DATE_GET_TZINFO(value));
        }
    }
    return text.len;
}

static void append_clock_arguments(Buffer *buffer, int second, int microsecond)
{
    if (second || microsecond)
        append(buffer, ", %d", second);
    if (microsecond)
        append(buffer, ", %d", microsecond);
}

static void append_tzinfo_argument(Buffer *buffer, PyObject *tzinfo, int fold)
{
    if (fold)
        append(buffer, ", fold=1");
    if (tzinfo == Py_None)
        return;
    append(buffer, ", tzinfo=");
    if (tzinfo == utc)
        append(buffer, "datetime.timezone.utc");
    else
        append_type(buffer, tzinfo);
}

/* (days[, seconds[, microseconds]]) */
static void append_delta_positions(Buffer *buffer, int days, int seconds, int microseconds)
{
    append(buffer, "%d", days);
    append_clock_arguments(buffer, seconds, microseconds);
}

static void append_delta_arguments(Buffer *buffer, PyObject *delta)
{
    int days = PyDateTime_DELTA_GET_DAYS(delta);
    int seconds = PyDateTime_DELTA_GET_SECONDS(delta);
    int microseconds = PyDateTime_DELTA_GET_MICROSECONDS(delta);
    const char *separator = "";

    if (!COMPAT_DATETIME_DELTA_HAS_NAMES) {
        append_delta_positions(buffer, days, seconds, microseconds);
        return;
    }
    if (days) {
        append(buffer, "days=%d", days);
        separator = ", ";
    }
    if (seconds) {
        append(buffer, "%sseconds=%d", separator, seconds);
        separator = ", ";
    }
    if (microseconds)
        append(buffer, "%smicroseconds=%d", separator, microseconds);
    if (!days && !seconds && !microseconds)
        append(buffer, "0");
}

size_t date_text_repr(PyObject *value, char *buffer)
{
    Buffer text = {buffer, 0};

    buffer[0] = '\0';
    append_type(&text, value);
    append(&text, "(");
    if (PyDelta_Check(value)) {
        append_delta_arguments(&text, value);
    } else if (PyTime_Check(value)) {
        append(&text, "%d, %d", PyDateTime_TIME_GET_HOUR(value), PyDateTime_TIME_GET_MINUTE(value));
        append_clock_arguments(&text, PyDateTime_TIME_GET_SECOND(value),
                               PyDateTime_TIME_GET_MICROSECOND(value));
        append_tzinfo_argument(&text, PyDateTime_TIME_GET_TZINFO(value), PyDateTime_TIME_GET_FOLD(value));
    } else {
        append(&text, "%d, %d, %d", PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value),
               PyDateTime_GET_DAY(value));
        if (PyDateTime_Check(value)) {
            append(&text, ", %d, %d", PyDateTime_DATE_GET_HOUR(value), PyDateTime_DATE_GET_MINUTE(value));
            append_clock_arguments(&text, PyDateTime_DATE_GET_SECOND(value),
                                   PyDateTime_DATE_GET_MICROSECOND(value));
            append_tzinfo_argument(&text, PyDateTime_DATE_GET_TZINFO(value), PyDateTime_DATE_GET_FOLD(value));
        }
    }
    append(&text, ")");
    return text.len;
}

bool date_text_is_timezone(PyObject *value)
{
    return utc && Py_TYPE(value) == Py_TYPE(utc);
}

PyObject *date_text_tzinfo(PyObject *value)
{
    PyObject *zone = NULL;

    if (PyDateTimeAPI && PyDateTime_Check(value))
        zone = PyDateTime_DATE_GET_TZINFO(value);
    else if (PyDateTimeAPI && PyTime_Check(value))
        zone = PyDateTime_TIME_GET_TZINFO(value);
    return zone == Py_None ? NULL : zone;
}

/* zoneinfo.ZoneInfo in C computes from tables that it has read (Modules/_zoneinfo.c). */
bool date_text_is_zone_in_c(PyObject *zone)
{
    return date_text_is_timezone(zone) || Py_TYPE(zone) == known_type(KNOWN_ZONE);
}

size_t date_text_offset(PyObject *value, char *buffer, size_t size_bytes)
{
    PyObject *offset = PyObject_CallMethod(value, "utcoffset", NULL);
    int seconds, written;
    char sign;

    buffer[0] = '\0';
    if (!offset || !PyDelta_Check(offset)) {
        PyErr_Clear();
        Py_XDECREF(offset);
        return 0;
    }
    seconds = PyDateTime_DELTA_GET_DAYS(offset) * 86400 + PyDateTime_DELTA_GET_SECONDS(offset);
    Py_DECREF(offset);
    sign = seconds < 0 ? '-' : '+';
    if (seconds < 0)
        seconds = -seconds;
    written = snprintf(buffer, size_bytes, "%c%02d%02d", sign, seconds / 3600, seconds / 60 % 60);
    if (seconds % 60 && written > 0 && (size_t)written < size_bytes)
        written += snprintf(buffer + written, size_bytes - (size_t)written, "%02d", seconds % 60);
    return written > 0 ? (size_t)written : 0;
}

PyObject *date_text_utc(void)
{
    return utc;
}

void *date_text_api(void)
{
    return PyDateTimeAPI;
}

bool date_text_is_exact_in_c(PyObject *value)
{
    if (PyDateTime_CheckExact(value) || PyTime_CheckExact(value))
        return !date_text_tzinfo(value) || date_text_is_zone_in_c(date_text_tzinfo(value));
    return PyDate_CheckExact(value) || PyDelta_CheckExact(value);
}

bool date_text_is_own_type(PyTypeObject *type)
{
    return PyDateTimeAPI && (type == PyDateTimeAPI->DateType || type == PyDateTimeAPI->DateTimeType ||
                             type == PyDateTimeAPI->TimeType || type == PyDateTimeAPI->DeltaType);
}
