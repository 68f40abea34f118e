#include "stub/native/compat.h"

#include "stub/native/compat_datetime.h"
#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/dates.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/evaluate/values/zones.h"
#include "stub/native/layout.h"

#define ARGUMENTS_MAX 10

/* The C API's table, which each file has for itself. */
static bool load(void)
{
    if (!PyDateTimeAPI) {
        date_text_refresh();
        PyDateTimeAPI = date_text_api();
    }
    return PyDateTimeAPI != NULL;
}

bool zones_is_foreign(PyObject *value)
{
    PyObject *zone;

    if (Py_TYPE(value)->tp_name[0] != 'd' || !load() ||
        (!PyDateTime_CheckExact(value) && !PyTime_CheckExact(value)))
        return false;
    zone = date_text_tzinfo(value);
    return zone && !date_text_is_zone_in_c(zone);
}

bool zones_is_tzinfo(PyObject *value)
{
    return load() && PyTZInfo_Check(value);
}

/* ------------------------------------------------------------------------------- asking the tzinfo */

/* Classes in C (or Rust) whose methods only compute. Their classes can be changed, so each method is looked
 * at: one that belongs to the class itself, and is in C, cannot be made by an app. */
static bool is_of_known_class(PyTypeObject *type)
{
    static const char *const names[] = {"pydantic_core._pydantic_core.TzInfo", "backports.zoneinfo.ZoneInfo"};
    char name[64];
    size_t len_bytes;

    if (strcmp(type->tp_name, "TzInfo") != 0 && !strstr(type->tp_name, ".TzInfo") &&
        !strstr(type->tp_name, "ZoneInfo"))
        return false;
    len_bytes = type_name(type, TYPE_NAME_MODULE, name, sizeof(name));
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
        if (len_bytes == strlen(names[i]) && memcmp(name, names[i], len_bytes) == 0)
            return true;
    return false;
}

/* Such a method: borrowed; NULL: it is none. */
static PyObject *method_in_c(PyObject *zone, const char *name, PyTypeObject *descriptor_type)
{
    PyObject *method = is_of_known_class(Py_TYPE(zone)) ? type_find_named(Py_TYPE(zone), name) : NULL;

    return method && Py_TYPE(method) == descriptor_type && PyDescr_TYPE(method) == Py_TYPE(zone) ? method
                                                                                                 : NULL;
}

static PyObject *ask_zone(Run *run, PyObject *zone, const char *method, PyObject *argument)
{
    PyObject *in_c = method_in_c(zone, method, &PyMethodDescr_Type);
    PyObject *stack[] = {zone, argument};
    PyObject *name;
    PyObject *answer;

    if (in_c)
        return run_take(run, PyObject_Vectorcall(in_c, stack, 2, NULL));
    name = PyUnicode_InternFromString(method);
    answer = name ? methods_call(run, zone, name, &argument, 1, NULL) : run_raise_pending(run);
    Py_XDECREF(name);
    return answer;
}

/* call_tzinfo_method() in Modules/_datetimemodule.c. Consumes @answer. */
static PyObject *check_answer(Run *run, PyObject *answer, const char *method)
{
    bool is_name = strcmp(method, "tzname") == 0;

    if (!answer || answer == Py_None || (is_name ? PyUnicode_CheckExact(answer) : PyDelta_CheckExact(answer)))
        return answer;
    if (is_name ? PyUnicode_Check(answer) : PyDelta_Check(answer))
        (void)run_refuse_value(run, "a %.80s", Py_TYPE(answer)->tp_name);
    else
        (void)run_raise(run, PyExc_TypeError, "tzinfo.%s() must return None or a %s, not '%.200s'", method,
                        is_name ? "string" : "timedelta", Py_TYPE(answer)->tp_name);
    Py_DECREF(answer);
    return NULL;
}

/* A datetime.timezone of this offset, which is a day at most. */
static PyObject *make_timezone(Run *run, PyObject *offset)
{
    PyObject *utc = date_text_utc();

    if (!utc)
        return run_refuse_value(run, "in a zone, and there is no datetime.timezone");
    return run_take(run, PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(utc), offset, NULL));
}

PyObject *zones_ask(Run *run, PyObject *value, const char *method)
{
    PyObject *zone = date_text_tzinfo(value);
    PyObject *answer = NULL;

    if (!zone)
        return Py_NewRef(Py_None);
    if (date_text_is_zone_in_c(zone))
        return run_take(run, PyObject_CallMethod(value, method, NULL));
    if (run_enter(run))
        answer =
            check_answer(run, ask_zone(run, zone, method, PyDateTime_Check(value) ? value : Py_None), method);
    run_leave(run);
    if (answer && PyDelta_Check(answer)) {
        PyObject *fixed = make_timezone(run, answer);

        if (!fixed)
            Py_CLEAR(answer);
        Py_XDECREF(fixed);
    }
    return answer;
}

/* ----------------------------------------------------------------------------------- standing in */

static PyObject *copy_with(Run *run, PyObject *value, PyObject *zone, int fold)
{
    PyObject *copy;

    if (PyDateTime_Check(value))
        copy = PyDateTimeAPI->DateTime_FromDateAndTimeAndFold(
            PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value), PyDateTime_GET_DAY(value),
            PyDateTime_DATE_GET_HOUR(value), PyDateTime_DATE_GET_MINUTE(value),
            PyDateTime_DATE_GET_SECOND(value), PyDateTime_DATE_GET_MICROSECOND(value), zone, fold,
            PyDateTimeAPI->DateTimeType);
    else
        copy = PyDateTimeAPI->Time_FromTimeAndFold(
            PyDateTime_TIME_GET_HOUR(value), PyDateTime_TIME_GET_MINUTE(value),
            PyDateTime_TIME_GET_SECOND(value), PyDateTime_TIME_GET_MICROSECOND(value), zone, fold,
            PyDateTimeAPI->TimeType);
    return run_take(run, copy);
}

static int fold_of(PyObject *value)
{
    return PyDateTime_Check(value) ? PyDateTime_DATE_GET_FOLD(value) : PyDateTime_TIME_GET_FOLD(value);
}

PyObject *zones_fixed(Run *run, PyObject *value)
{
    PyObject *offset = zones_ask(run, value, "utcoffset");
    PyObject *zone = !offset ? NULL : offset == Py_None ? Py_NewRef(Py_None) : make_timezone(run, offset);
    PyObject *copy = zone ? copy_with(run, value, zone, fold_of(value)) : NULL;

    Py_XDECREF(offset);
    Py_XDECREF(zone);
    return copy;
}

/* Of a foreign one as it is, of any other itself. */
static PyObject *stand_in(Run *run, PyObject *value)
{
    return zones_is_foreign(value) ? zones_fixed(run, value) : Py_NewRef(value);
}

/* --------------------------------------------------------------------------------- two of them */

bool zones_are_comparable(PyObject *a, PyObject *b)
{
    if (!zones_is_foreign(a) && !zones_is_foreign(b))
        return false;
    return Py_TYPE(a) == Py_TYPE(b) && date_text_tzinfo(a) != date_text_tzinfo(b);
}

/* pep495_eq_exception(): whether the offset depends on which of two times with the same name is meant. 1 or
 * 0; -1: the run has failed. */
static int depends_on_fold(Run *run, PyObject *value)
{
    PyObject *other;
    PyObject *offsets[2] = {NULL, NULL};
    int result = -1;

    if (!zones_is_foreign(value) || !PyDateTime_Check(value))
        return 0;
    other = copy_with(run, value, date_text_tzinfo(value), !fold_of(value));
    offsets[0] = other ? zones_ask(run, value, "utcoffset") : NULL;
    offsets[1] = offsets[0] ? zones_ask(run, other, "utcoffset") : NULL;
    if (offsets[1]) {
        result = PyObject_RichCompareBool(offsets[0], offsets[1], Py_NE);
        if (result < 0)
            (void)run_raise_pending(run);
    }
    Py_XDECREF(other);
    Py_XDECREF(offsets[0]);
    Py_XDECREF(offsets[1]);
    return result;
}

int zones_compare(Run *run, PyObject *a, PyObject *b, int operation)
{
    PyObject *left = run_charge(run, 50) ? stand_in(run, a) : NULL;
    PyObject *right = left ? stand_in(run, b) : NULL;
    bool is_equality = operation == Py_EQ || operation == Py_NE;
    int result = -1;

    if (right) {
        result = PyObject_RichCompareBool(left, right, operation);
        if (result < 0)
            (void)run_raise_pending(run);
    }
    Py_XDECREF(left);
    Py_XDECREF(right);
    if (result < 0 || !is_equality || result != (operation == Py_EQ))
        return result;
    int is_odd = depends_on_fold(run, a);
    if (is_odd == 0)
        is_odd = depends_on_fold(run, b);
    return is_odd < 0 ? -1 : is_odd ? operation == Py_NE : result;
}

PyObject *zones_subtract(Run *run, PyObject *a, PyObject *b)
{
    PyObject *left = run_charge(run, 50) ? stand_in(run, a) : NULL;
    PyObject *right = left ? stand_in(run, b) : NULL;
    PyObject *result = right ? run_take(run, PyNumber_Subtract(left, right)) : NULL;

    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

/* The same instant has the same hash, whatever the zone; of two with the same name it is the first's. */
bool zones_hash(Run *run, PyObject *value, Py_hash_t *ret_hash)
{
    PyObject *first = copy_with(run, value, date_text_tzinfo(value), 0);
    PyObject *fixed = first ? zones_fixed(run, first) : NULL;

    *ret_hash = fixed ? PyObject_Hash(fixed) : -1;
    if (fixed && *ret_hash == -1)
        (void)run_raise_pending(run);
    Py_XDECREF(first);
    Py_XDECREF(fixed);
    return *ret_hash != -1;
}

/* ------------------------------------------------------------------------------------- methods */

/* append_keyword_tzinfo() in Modules/_datetimemodule.c */
PyObject *zones_repr(Run *run, PyObject *value)
{
    PyObject *zone = date_text_tzinfo(value);
    PyObject *bare = copy_with(run, value, Py_None, fold_of(value));
    PyObject *text = bare ? run_take(run, PyObject_Repr(bare)) : NULL;
    PyObject *name = NULL;
    PyObject *result = NULL;

    if (text && method_in_c(zone, "__repr__", &PyWrapperDescr_Type))
        name = run_take(run, PyObject_Repr(zone));
    else if (text)
        name = texts_repr(run, zone);
    if (name) {
        PyObject *parts[4] = {PyUnicode_Substring(text, 0, PyUnicode_GET_LENGTH(text) - 1),
                              PyUnicode_FromString(", tzinfo="), name, PyUnicode_FromString(")")};

        result = parts[0] && parts[1] && parts[3] ? operators_join(run, parts, Py_ARRAY_LENGTH(parts))
                                                  : run_raise_pending(run);
        Py_XDECREF(parts[0]);
        Py_XDECREF(parts[1]);
        Py_XDECREF(parts[3]);
    }
    Py_XDECREF(bare);
    Py_XDECREF(text);
    Py_XDECREF(name);
    return result;
}

/* Methods that read nothing but the date and the time. A tzinfo among the arguments is only kept. */
static PyObject *call_itself(Run *run, PyObject *value, PyObject *name, const Arguments *arguments)
{
    PyObject *stack[1 + ARGUMENTS_MAX] = {value};
    Py_ssize_t count = arguments->count + (arguments->names ? PyTuple_GET_SIZE(arguments->names) : 0);
    bool is_unsure;
    PyObject *method = type_find(Py_TYPE(value), name, NULL, &is_unsure);

    if (!method || count > ARGUMENTS_MAX)
        return run_refuse_act(run, "is given more than %d arguments", ARGUMENTS_MAX);
    for (Py_ssize_t i = 0; i < count; i++) {
        stack[i + 1] = arguments->values[i];
        if (!kind_is_scalar(kind_of(stack[i + 1])) && !PyTZInfo_Check(stack[i + 1]))
            return run_refuse_value(run, "a %.80s, which it may ask for a method of its own",
                                    Py_TYPE(stack[i + 1])->tp_name);
    }
    return run_take(run, PyObject_Vectorcall(method, stack, (size_t)arguments->count + 1, arguments->names));
}

/* Methods whose answer is that of the same time in a zone in C. */
static PyObject *call_fixed(Run *run, PyObject *value, PyObject *name, const Arguments *arguments)
{
    PyObject *fixed = zones_fixed(run, value);
    PyObject *result = NULL;

    if (fixed && !date_text_tzinfo(fixed) && PyUnicode_CompareWithASCIIString(name, "timestamp") == 0)
        (void)run_raise(run, PyExc_TypeError, "can't subtract offset-naive and offset-aware datetimes");
    else if (fixed)
        result = methods_call(run, fixed, name, arguments->values, arguments->count, arguments->names);
    Py_XDECREF(fixed);
    return result;
}

/* The difference of two timedeltas, or the sum of a datetime and a timedelta: all of the module's own types.
 * One that is None is an error. */
static PyObject *combine(Run *run, PyObject *(*function)(PyObject *, PyObject *), PyObject *a, PyObject *b)
{
    if (run->outcome || !a || !b)
        return NULL;
    if (a == Py_None || b == Py_None)
        return run_raise(run, PyExc_ValueError, "fromutc: non-None utcoffset() and dst() results required");
    return run_take(run, function(a, b));
}

/* tzinfo_fromutc() in Modules/_datetimemodule.c */
static PyObject *from_utc_by_default(Run *run, PyObject *utc)
{
    PyObject *offset = zones_ask(run, utc, "utcoffset");
    PyObject *dst = offset ? zones_ask(run, utc, "dst") : NULL;
    PyObject *delta = combine(run, PyNumber_Subtract, offset, dst);
    PyObject *standard = combine(run, PyNumber_Add, utc, delta);
    PyObject *dst_there = standard ? zones_ask(run, standard, "dst") : NULL;
    PyObject *result = combine(run, PyNumber_Add, standard, dst_there);

    Py_XDECREF(offset);
    Py_XDECREF(dst);
    Py_XDECREF(delta);
    Py_XDECREF(standard);
    Py_XDECREF(dst_there);
    return result;
}

PyTypeObject *zones_tzinfo_class(void)
{
    return load() ? PyDateTimeAPI->TZInfoType : NULL;
}

PyObject *zones_from_utc_by_default(Run *run, PyObject *zone, PyObject *utc)
{
    if (!load() || !PyDateTime_CheckExact(utc))
        return run_refuse_value(run, "a %.80s", Py_TYPE(utc)->tp_name);
    if (date_text_tzinfo(utc) != zone)
        return run_raise(run, PyExc_ValueError, "fromutc: dt.tzinfo is not self");
    return from_utc_by_default(run, utc);
}

/* Whether a zone has no other fromutc() than class tzinfo's. */
static bool converts_by_default(PyObject *zone)
{
    PyObject *method = type_find_named(Py_TYPE(zone), "fromutc");
    PyObject *name;
    bool is_unsure = false;
    bool is_own;

    if (!method || Py_TYPE(method) != &PyMethodDescr_Type ||
        PyDescr_TYPE(method) != PyDateTimeAPI->TZInfoType)
        return false;
    name = PyUnicode_InternFromString("fromutc");
    is_own = !name || (object_has_dict(Py_TYPE(zone)) && object_find(zone, name, &is_unsure));
    Py_XDECREF(name);
    PyErr_Clear();
    return !is_own && !is_unsure;
}

PyObject *zones_from_utc(Run *run, PyObject *zone, PyObject *utc)
{
    PyObject *in_zone = copy_with(run, utc, zone, 0);
    PyObject *result = NULL;

    if (in_zone)
        result = converts_by_default(zone) ? from_utc_by_default(run, in_zone)
                                           : ask_zone(run, zone, "fromutc", in_zone);
    Py_XDECREF(in_zone);
    return result;
}

static bool has_word(const char *words, PyObject *name)
{
    char text[24];
    char word[28];

    if (PyUnicode_GET_LENGTH(name) > 20)
        return false;
    snprintf(word, sizeof(word), " %s ", run_text(name, text, sizeof(text)));
    return strstr(words, word) != NULL;
}

PyObject *zones_call(Run *run, PyObject *value, PyObject *name, const Arguments *arguments)
{
    char text[24];

    if (!run_charge(run, 50))
        return NULL;
    if (has_word(" date time timetz weekday isoweekday isocalendar toordinal ctime replace ", name))
        return call_itself(run, value, name, arguments);
    if (has_word(" isoformat timestamp ", name))
        return call_fixed(run, value, name, arguments);
    if (has_word(" utcoffset dst tzname ", name))
        return arguments_check(run, arguments, 0, 0, "")
                   ? zones_ask(run, value, run_text(name, text, sizeof(text)))
                   : NULL;
    if (has_word(" strftime ", name))
        return arguments_check(run, arguments, 1, 1, "") ? dates_strftime(run, value, arguments->values[0])
                                                         : NULL;
    if (has_word(" astimezone ", name) && arguments->count == 1 && !arguments->names)
        return dates_in_zone(run, value, arguments->values[0]);
    return run_refuse_act(run, "is not known to be without effects");
}
