#include "stub/native/compat.h"

#include "stub/native/evaluate/values/dates.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/method.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/zones.h"

/* Of numbers and dates: their fields, and other values made of them. */
static PyObject *call_number(Run *run, const MethodCall *call)
{
    if (!method_check_arguments(run, call) || !run_charge_bytes(run, 4096))
        return NULL;
    if (PyLong_Check(call->object) && compat_long_num_digits(call->object) > 10000)
        return run_exhaust(run);
    return method_call_cpython(run, call);
}

/* int.to_bytes(length, ..): an array of that length is made. */
static PyObject *call_to_bytes(Run *run, const MethodCall *call)
{
    for (Py_ssize_t i = 0; i < method_num_arguments(call); i++) {
        int overflow = 0;

        if (PyLong_CheckExact(call->arguments[i]) &&
            (PyLong_AsLongLongAndOverflow(call->arguments[i], &overflow) > RUN_RESULT_BYTES_MAX ||
             overflow > 0))
            return run_exhaust(run);
    }
    return call_number(run, call);
}

static PyObject *call_strftime(Run *run, const MethodCall *call)
{
    if (method_num_arguments(call) != 1)
        return run_raise(run, PyExc_TypeError, "strftime() takes exactly 1 argument (%zd given)",
                         call->count);
    if (!dates_have_strftime(call->object))
        return run_raise(run, PyExc_AttributeError, "'%.100s' object has no attribute 'strftime'",
                         Py_TYPE(call->object)->tp_name);
    return dates_strftime(run, call->object, call->arguments[0]);
}

/* replace(tzinfo=..) keeps a tzinfo of any class, astimezone() asks it. */
static PyObject *call_with_zone(Run *run, const MethodCall *call)
{
    const Arguments arguments = {call->object, call->arguments, call->count, call->names};
    Py_ssize_t count = method_num_arguments(call);

    if (count == 0 || !zones_is_tzinfo(call->arguments[count - 1]) ||
        kind_of(call->arguments[count - 1]) == KIND_DATE)
        return call_number(run, call);
    if (PyUnicode_CompareWithASCIIString(call->name, "replace") == 0)
        return zones_call(run, call->object, call->name, &arguments);
    return count == 1 ? dates_in_zone(run, call->object, call->arguments[0]) : call_number(run, call);
}

/* Of a Decimal: in the run's own decimal context. */
static PyObject *call_decimal(Run *run, const MethodCall *call)
{
    for (Py_ssize_t i = 0; i < method_num_arguments(call); i++) {
        PyObject *value = call->arguments[i];

        if (!kind_is_scalar(kind_of(value)) && !decimals_is(value))
            return run_refuse_value(run, "a %.80s", Py_TYPE(value)->tp_name);
        if (!decimals_check_plain(run, value))
            return NULL;
    }
    return decimals_check_plain(run, call->object) && run_charge(run, 200) ? method_call_cpython(run, call)
                                                                           : NULL;
}

/* --------------------------------------------------------------------------------------- tables */

const KnownMethod methods_of_int[] = {
    {" bit_count bit_length conjugate as_integer_ratio is_integer ", call_number},
    {" to_bytes ", call_to_bytes},
    {" __format__ ", method_call_format},
    {NULL, NULL}};
const KnownMethod methods_of_float[] = {{" conjugate as_integer_ratio is_integer hex ", call_number},
                                        {" __format__ ", method_call_format},
                                        {NULL, NULL}};
const KnownMethod methods_of_complex[] = {{" conjugate ", call_number}, {NULL, NULL}};

/* C code of the module's own, also with a tzinfo in C. timetuple() imports, timestamp() of a time without a
 * zone asks the system. */
const KnownMethod methods_of_date[] = {
    {" ctime date dst fromutc isocalendar isoformat isoweekday time timestamp timetz toordinal total_seconds "
     "tzname utcoffset weekday ",
     call_number},
    {" astimezone replace ", call_with_zone},
    {" strftime ", call_strftime},
    {NULL, NULL},
};

const KnownMethod methods_of_decimal[] = {
    {" adjusted as_integer_ratio as_tuple canonical compare compare_total conjugate copy_abs copy_negate "
     "copy_sign "
     "exp fma is_canonical is_finite is_infinite is_nan is_normal is_qnan is_signed is_snan is_subnormal "
     "is_zero "
     "ln log10 logb max max_mag min min_mag next_minus next_plus normalize number_class quantize radix "
     "remainder_near same_quantum scaleb sqrt to_eng_string to_integral to_integral_value ",
     call_decimal},
    {NULL, NULL},
};
