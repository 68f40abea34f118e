#include "stub/native/compat.h"

#include "stub/native/evaluate/values/conversions.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/modules.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/known.h"

/* Names are separated by spaces, with spaces around. */
static const struct {
    const char *module;
    const char *names;
} known[] = {
    {"math", " acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh degrees dist erf erfc exp "
             "exp2 expm1 fabs "
             "floor fma fmod frexp gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp lgamma log "
             "log10 log1p log2 "
             "modf nextafter pow radians remainder sin sinh sqrt tan tanh trunc ulp "},
    {"_thread", " get_ident get_native_id "},
    {"posix", " getegid geteuid getgid getpid getppid getuid "},
    {"_bisect", " bisect_left bisect_right "},
    {"time", " monotonic monotonic_ns perf_counter perf_counter_ns process_time time time_ns "},
};

/* Integers of so many digits are not given to gcd() and the like. */
#define INTEGER_DIGITS_MAX 100

/* The name of the module of a function in C: that of its definition, which the app cannot change. */
static const char *module_of(PyObject *function)
{
    PyObject *self = ((PyCFunctionObject *)function)->m_self;
    PyModuleDef *definition = self && PyModule_CheckExact(self) ? PyModule_GetDef(self) : NULL;

    PyErr_Clear();
    return definition ? definition->m_name : NULL;
}

static bool is_known_function(PyObject *function)
{
    const char *module = module_of(function);
    char word[40];

    snprintf(word, sizeof(word), " %.30s ", ((PyCFunctionObject *)function)->m_ml->ml_name);
    for (size_t i = 0; module && i < Py_ARRAY_LENGTH(known); i++)
        if (strcmp(module, known[i].module) == 0)
            return strstr(known[i].names, word) != NULL;
    return false;
}

static bool is_decimal_class(PyObject *function)
{
    return PyType_Check(function) && strcmp(((PyTypeObject *)function)->tp_name, "decimal.Decimal") == 0 &&
           (PyTypeObject *)function == known_type(KNOWN_DECIMAL);
}

bool modules_knows(PyObject *function)
{
    return PyCFunction_CheckExact(function) ? is_known_function(function) : is_decimal_class(function);
}

/* math.floor() and its like ask for a method of their own. */
static PyObject *call_rounding(Run *run, const Arguments *arguments)
{
    const char *name = ((PyCFunctionObject *)arguments->function)->m_ml->ml_name;
    char method[40];

    if (arguments->count != 1 || arguments->names ||
        (strcmp(name, "floor") != 0 && strcmp(name, "ceil") != 0 && strcmp(name, "trunc") != 0))
        return NULL;
    snprintf(method, sizeof(method), "__%.20s__", name);
    return special_find(arguments->values[0], method) ? conversions_call(run, arguments->values[0], method)
                                                      : NULL;
}

/* The functions that take ints ask for another method than the others. */
static bool takes_integers(PyObject *function)
{
    char word[40];

    snprintf(word, sizeof(word), " %.30s ", ((PyCFunctionObject *)function)->m_ml->ml_name);
    return strstr(" gcd isqrt lcm ldexp floor ceil trunc ", word) != NULL;
}

#define ARGUMENTS_MAX 4

/* With what is no number of Python's own as a float. NULL and no outcome: it is not known to be one. */
static PyObject *call_with_floats(Run *run, const Arguments *arguments)
{
    PyObject *values[ARGUMENTS_MAX] = {NULL};
    PyObject *result = NULL;

    if (arguments->names || arguments->count > ARGUMENTS_MAX || takes_integers(arguments->function))
        return NULL;
    for (Py_ssize_t i = 0; i < arguments->count && !run->outcome; i++) {
        PyObject *value = arguments->values[i];

        values[i] =
            kind_of(value) == KIND_OTHER ? conversions_call(run, value, "__float__") : Py_NewRef(value);
        if (!values[i])
            break;
    }
    if (!run->outcome && arguments->count > 0 && values[arguments->count - 1])
        result =
            arguments_pass_scalars(run, &(Arguments){arguments->function, values, arguments->count, NULL});
    for (Py_ssize_t i = 0; i < arguments->count; i++)
        Py_XDECREF(values[i]);
    return result;
}

static bool has_others(const Arguments *arguments)
{
    for (Py_ssize_t i = 0; i < arguments->count; i++)
        if (kind_of(arguments->values[i]) == KIND_OTHER)
            return true;
    return false;
}

static PyObject *call_function(Run *run, const Arguments *arguments)
{
    uint64_t num_digits = 0;
    PyObject *result = has_others(arguments) ? call_rounding(run, arguments) : NULL;

    if (!result && !run->outcome && has_others(arguments))
        result = call_with_floats(run, arguments);
    if (result || run->outcome)
        return result;
    for (Py_ssize_t i = 0; i < arguments->count; i++) {
        PyObject *value = arguments->values[i];

        /* Anything else may have a method for it. */
        if (!kind_is_number(kind_of(value)))
            return run_refuse_value(run, "a %.80s, which it may ask for a method of its own",
                                    Py_TYPE(value)->tp_name);
        if (PyLong_CheckExact(value) && compat_long_num_digits(value) > INTEGER_DIGITS_MAX)
            return run_exhaust(run);
        num_digits += PyLong_CheckExact(value) ? (uint64_t)compat_long_num_digits(value) : 1;
    }
    /* lcm() multiplies them. */
    return run_charge(run, 1 + num_digits * num_digits / 16) ? arguments_pass_scalars(run, arguments) : NULL;
}

/* bisect_right(list, x) and its like compare with C code, if all are numbers, or all are dates. */
static PyObject *call_bisect(Run *run, const Arguments *arguments)
{
    PyObject *list = arguments->count >= 2 ? arguments->values[0] : Py_None;
    Kind kind = arguments->count >= 2 ? kind_of(arguments->values[1]) : KIND_OTHER;

    if (arguments->names || (!PyList_CheckExact(list) && !PyTuple_CheckExact(list)) ||
        (!kind_is_number(kind) && kind != KIND_DATE))
        return run_refuse_act(run, "compares something else than numbers or dates in a list");
    for (Py_ssize_t i = 2; i < arguments->count; i++)
        if (!PyLong_CheckExact(arguments->values[i]))
            return run_refuse_value(run, "a %.80s", Py_TYPE(arguments->values[i])->tp_name);
    if (!run_charge(run, 4 * (uint64_t)PySequence_Fast_GET_SIZE(list)))
        return NULL;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(list); i++) {
        Kind other = kind_of(PySequence_Fast_GET_ITEM(list, i));

        if (kind_is_number(kind) ? !kind_is_number(other) : other != kind)
            return run_refuse_act(run, "compares something else than numbers or dates in a list");
    }
    return arguments_pass(run, arguments);
}

/* Decimal(text), Decimal(number) */
static PyObject *make_decimal(Run *run, const Arguments *arguments)
{
    PyObject *value = arguments->count > 0 ? arguments->values[0] : NULL;

    if (arguments->count > 1)
        return run_refuse_act(run, "is given a context, which may be the app's");
    if (!arguments_check(run, arguments, 0, 1, "") || !decimals_enter(run))
        return NULL;
    if (value && PyBytes_Check(value))
        return run_refuse_value(run, "bytes");
    return arguments_pass_scalars(run, arguments);
}

PyObject *modules_call(Run *run, const Arguments *arguments)
{
    if (!PyCFunction_CheckExact(arguments->function))
        return make_decimal(run, arguments);
    return strcmp(module_of(arguments->function), "_bisect") == 0 ? call_bisect(run, arguments)
                                                                  : call_function(run, arguments);
}
