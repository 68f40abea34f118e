#include "stub/native/compat.h"

#include <time.h>

#include "stub/native/compat_datetime.h"
#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/dates.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/zones.h"

#define FORMAT_CHARS_MAX 200
#define TEXT_BYTES_MAX   2000

/* --------------------------------------------------------------------------------------------- strftime */

/* The C API's table, which each file has for itself. */
static bool load(void)
{
    date_text_refresh();
    if (!PyDateTimeAPI)
        PyDateTimeAPI = date_text_api();
    return PyDateTimeAPI != NULL;
}

bool dates_have_strftime(PyObject *value)
{
    return load() && (zones_is_foreign(value) ||
                      (kind_of(value) == KIND_DATE && (PyDate_Check(value) || PyTime_Check(value))));
}

static int days_before(int year)
{
    int last = year - 1;

    return last * 365 + last / 4 - last / 100 + last / 400;
}

static int day_of_year(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return before[month - 1] + day - 1 + (month > 2 && is_leap);
}

/* A time is on the first of January 1900, as Python has it. */
static void fill_date(struct tm *tm, PyObject *value)
{
    bool is_date = PyDate_Check(value);
    int year = is_date ? PyDateTime_GET_YEAR(value) : 1900;
    int month = is_date ? PyDateTime_GET_MONTH(value) : 1;
    int day = is_date ? PyDateTime_GET_DAY(value) : 1;

    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    tm->tm_yday = day_of_year(year, month, day);
    tm->tm_wday = (days_before(year) + tm->tm_yday + 1) % 7;
    tm->tm_isdst = -1;
}

static int fill_time(struct tm *tm, PyObject *value)
{
    if (PyDateTime_Check(value)) {
        tm->tm_hour = PyDateTime_DATE_GET_HOUR(value);
        tm->tm_min = PyDateTime_DATE_GET_MINUTE(value);
        tm->tm_sec = PyDateTime_DATE_GET_SECOND(value);
        return PyDateTime_DATE_GET_MICROSECOND(value);
    }
    if (PyTime_Check(value)) {
        tm->tm_hour = PyDateTime_TIME_GET_HOUR(value);
        tm->tm_min = PyDateTime_TIME_GET_MINUTE(value);
        tm->tm_sec = PyDateTime_TIME_GET_SECOND(value);
        return PyDateTime_TIME_GET_MICROSECOND(value);
    }
    return 0;
}

/* What Python itself puts in place of %f, %z and %Z, of which C knows nothing. False: the run has failed. */
static bool add_own(Run *run, PyObject *value, char directive, int microsecond, char *to, size_t size_bytes)
{
    PyObject *text = NULL;

    if (directive == 'f') {
        snprintf(to, size_bytes, "%06d", microsecond);
        return true;
    }
    *to = '\0';
    if (!date_text_tzinfo(value))
        return true;
    if (directive == 'Z') {
        text = zones_ask(run, value, "tzname");
        if (text && PyUnicode_CheckExact(text))
            run_text(text, to, size_bytes);
    } else {
        text = zones_is_foreign(value) ? zones_fixed(run, value) : Py_NewRef(value);
        if (text)
            (void)date_text_offset(text, to, size_bytes);
    }
    Py_XDECREF(text);
    return !run->outcome;
}

static bool expand_own(Run *run, PyObject *value, const char *format, int microsecond, char *to,
                       size_t size_bytes)
{
    size_t len = 0;

    for (; *format && len + 80 < size_bytes; format++) {
        if (*format == '%' && format[1] && strchr("fzZ", format[1])) {
            if (!add_own(run, value, *++format, microsecond, to + len, 80))
                return false;
            len += strlen(to + len);
            continue;
        }
        if (*format == '%' && !format[1] && COMPAT_STRFTIME_REFUSES_RAW_PERCENT) {
            (void)run_raise(run, PyExc_ValueError, "strftime format ends with raw %%");
            return false;
        }
        if (*format == '%' && format[1])
            to[len++] = *format++;
        to[len++] = *format;
    }
    to[len] = '\0';
    return true;
}

/* The format is the user's; strftime() writes nothing but the time. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static size_t write_time(char *to, size_t size_bytes, const char *format, const struct tm *tm)
{
    return strftime(to, size_bytes, format, tm);
}
#pragma GCC diagnostic pop

PyObject *dates_strftime(Run *run, PyObject *value, PyObject *format)
{
    char text[FORMAT_CHARS_MAX * 4 + 1];
    char expanded[TEXT_BYTES_MAX];
    char result[TEXT_BYTES_MAX];
    struct tm tm = {0};
    size_t len_bytes;

    if (!PyUnicode_CheckExact(format) || plain_is_unready(format) || !PyUnicode_IS_ASCII(format) ||
        PyUnicode_GET_LENGTH(format) > FORMAT_CHARS_MAX)
        return run_refuse_act(run, "is given a format that is long or not in ASCII");
    run_text(format, text, sizeof(text));
    fill_date(&tm, value);
    int microsecond = fill_time(&tm, value);
    if (tm.tm_year < 1000 - 1900)
        return run_refuse_act(run, "formats a year of less than four digits");
    if (!run_charge(run, 100) || !expand_own(run, value, text, microsecond, expanded, sizeof(expanded)))
        return NULL;
    len_bytes = write_time(result, sizeof(result), expanded, &tm);
    PyObject *decoded = PyUnicode_DecodeLocaleAndSize(result, (Py_ssize_t)len_bytes, "surrogateescape");
    return decoded ? decoded : run_raise_pending(run);
}

/* ---------------------------------------------------------------------------------------------- classes */

bool dates_is_class(PyObject *function)
{
    return PyType_Check(function) && ((PyTypeObject *)function)->tp_name[0] == 'd' && load() &&
           (date_text_is_own_type((PyTypeObject *)function) ||
            (date_text_utc() && (PyObject *)Py_TYPE(date_text_utc()) == function));
}

PyObject *dates_make(Run *run, const Arguments *arguments)
{
    Py_ssize_t count = arguments->count + (arguments->names ? PyTuple_GET_SIZE(arguments->names) : 0);

    for (Py_ssize_t i = 0; i < count; i++) {
        Kind kind = kind_of(arguments->values[i]);

        /* bytes and str are what pickle gives. */
        if ((!kind_is_scalar(kind) && !zones_is_tzinfo(arguments->values[i])) || kind == KIND_BYTES ||
            (kind == KIND_TEXT && i == 0))
            return run_refuse_value(run, "a %.80s", Py_TYPE(arguments->values[i])->tp_name);
    }
    return run_charge(run, 100) ? arguments_pass(run, arguments) : NULL;
}

/* The time of the system: the module `time`, which CPython would ask, may have been replaced by the app. */
static PyObject *make_now(Run *run, PyObject *class, PyObject *zone, bool is_utc)
{
    bool is_foreign = zone != Py_None && !date_text_is_zone_in_c(zone);
    struct timespec now;
    struct tm tm;
    PyObject *result;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (is_utc || zone != Py_None)
        (void)gmtime_r(&now.tv_sec, &tm);
    else
        (void)localtime_r(&now.tv_sec, &tm);
    if (class == (PyObject *)PyDateTimeAPI->DateType)
        result = PyDate_FromDate(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    else
        result = PyDateTimeAPI->DateTime_FromDateAndTime(
            tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
            (int)(now.tv_nsec / 1000), is_foreign ? Py_None : zone, PyDateTimeAPI->DateTimeType);
    if (result && is_foreign) {
        Py_SETREF(result, zones_from_utc(run, zone, result));
        return result;
    }
    /* Of a zone in C: from UTC to its own time. */
    if (result && zone != Py_None)
        Py_SETREF(result, PyObject_CallMethod(zone, "fromutc", "O", result));
    return run_take(run, result);
}

PyObject *dates_in_zone(Run *run, PyObject *value, PyObject *zone)
{
    PyObject *fixed;
    PyObject *utc;
    PyObject *result = NULL;

    if (!load() || !date_text_utc() || !PyDateTime_Check(value) || !zones_is_tzinfo(zone))
        return run_refuse_value(run, "a %.80s, which is no tzinfo", Py_TYPE(zone)->tp_name);
    if (date_text_tzinfo(value) == zone)
        return Py_NewRef(value);
    fixed = zones_is_foreign(value) ? zones_fixed(run, value) : Py_NewRef(value);
    utc = fixed ? run_take(run, PyObject_CallMethod(fixed, "astimezone", "O", date_text_utc())) : NULL;
    if (utc && date_text_is_zone_in_c(zone))
        result = run_take(run, PyObject_CallMethod(utc, "astimezone", "O", zone));
    else if (utc)
        result = zones_from_utc(run, zone, utc);
    Py_XDECREF(fixed);
    Py_XDECREF(utc);
    return result;
}

static bool is_named(PyObject *name, const char *text)
{
    return PyUnicode_CompareWithASCIIString(name, text) == 0;
}

PyObject *dates_class_method(Run *run, PyObject *class, PyObject *name, const Arguments *arguments)
{
    bool is_datetime = class == (PyObject *)PyDateTimeAPI->DateTimeType;
    bool is_date = class == (PyObject *)PyDateTimeAPI->DateType;
    PyObject *zone = arguments->count == 1 ? arguments->values[0] : arguments_named(arguments, "tz");

    if ((is_datetime || is_date) && is_named(name, "today"))
        return arguments_check(run, arguments, 0, 0, "") ? make_now(run, class, Py_None, false) : NULL;
    if (is_datetime && is_named(name, "utcnow"))
        return arguments_check(run, arguments, 0, 0, "") ? make_now(run, class, Py_None, true) : NULL;
    if (is_datetime && is_named(name, "now")) {
        if (!arguments_check(run, arguments, 0, 1, " tz "))
            return NULL;
        if (zone && zone != Py_None && !zones_is_tzinfo(zone))
            return run_raise(run, PyExc_TypeError, "tzinfo argument must be None or of a tzinfo subclass");
        return make_now(run, class, zone ? zone : Py_None, false);
    }
    if ((is_datetime || is_date) && (is_named(name, "fromisoformat") || is_named(name, "fromordinal"))) {
        PyObject *method;
        PyObject *result;

        if (!arguments_check(run, arguments, 1, 1, "") || !arguments_are_scalars(run, arguments))
            return NULL;
        method = PyObject_GetAttr(class, name); /* of a static or immutable type */
        result = method ? PyObject_Vectorcall(method, arguments->values, 1, NULL) : NULL;
        Py_XDECREF(method);
        return run_take(run, result);
    }
    return run_refuse_act(run, "is not known to be without effects");
}
