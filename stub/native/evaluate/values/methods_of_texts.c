#include "stub/native/compat.h"

#include "stub/native/evaluate/values/formats.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/method.h"
#include "stub/native/evaluate/values/plain.h"

static uint64_t compared_bytes(PyObject *object, PyObject *prefix)
{
    uint64_t sum = 0;

    if (!PyTuple_CheckExact(prefix))
        return Py_MIN(method_num_bytes(object), method_num_bytes(prefix));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(prefix); i++)
        sum += Py_MIN(method_num_bytes(object), method_num_bytes(PyTuple_GET_ITEM(prefix, i)));
    return sum;
}

/* startswith(), endswith(): the length of the object does not matter. */
static PyObject *call_prefix(Run *run, const MethodCall *call)
{
    uint64_t sum = call->count > 0 ? compared_bytes(call->object, call->arguments[0]) : 0;

    return method_check_arguments(run, call) && run_charge_bytes(run, 4096 + sum)
               ? method_call_cpython(run, call)
               : NULL;
}

static PyObject *call_copying(Run *run, const MethodCall *call)
{
    /* upper() of one character may be three; split() makes a str of 50 bytes of each. */
    if (method_num_bytes(call->object) * 3 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return method_call_reading(run, call);
}

/* strip(chars) and its like: each character of the object is looked for in the others. */
static PyObject *call_stripping(Run *run, const MethodCall *call)
{
    PyObject *chars = call->count > 0 ? call->arguments[0] : NULL;
    bool is_long = chars && (PyUnicode_Check(chars) || PyBytes_Check(chars));

    if (is_long && !run_charge_bytes(run, method_num_bytes(call->object) * method_num_bytes(chars)))
        return NULL;
    return call_copying(run, call);
}

static PyObject *call_splitting(Run *run, const MethodCall *call)
{
    if (method_num_bytes(call->object) * 60 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return method_call_reading(run, call);
}

static bool is_one_of(PyObject *text, const char *const *words)
{
    for (; *words; words++)
        if (PyUnicode_Check(text) && compat_text_is_ready(text) &&
            PyUnicode_CompareWithASCIIString(text, *words) == 0)
            return true;
    return false;
}

/* What to do about errors, and the functions that CPython has for it: the table in Python/codecs.c. */
static const struct {
    const char *name;
    const char *function;
} handlers[] = {
    {"strict", "strict_errors"},
    {"ignore", "ignore_errors"},
    {"replace", "replace_errors"},
    {"surrogateescape", "surrogateescape"},
};

/* It is looked up, "strict" too, where the app can put another function. */
static bool are_handlers_original(void)
{
    bool are_original = true;

    for (size_t i = 0; i < Py_ARRAY_LENGTH(handlers) && are_original; i++) {
        PyObject *handler = PyCodec_LookupError(handlers[i].name);

        are_original = handler && PyCFunction_CheckExact(handler) &&
                       strcmp(((PyCFunctionObject *)handler)->m_ml->ml_name, handlers[i].function) == 0;
        Py_XDECREF(handler);
        PyErr_Clear();
    }
    return are_original;
}

/* encode(encoding, errors), decode(encoding, errors) */
static bool is_about_errors(const MethodCall *call, Py_ssize_t index)
{
    return index < call->count ? index == 1
                               : PyUnicode_CompareWithASCIIString(
                                     PyTuple_GET_ITEM(call->names, index - call->count), "errors") == 0;
}

/* Any other encoding is looked up in a table of the app's, and so is what to do with errors. CPython knows
 * these by their names. */
static PyObject *call_coding(Run *run, const MethodCall *call)
{
    static const char *const encodings[] = {"utf-8",   "utf8",       "UTF-8", "UTF8",     "ascii",
                                            "latin-1", "iso-8859-1", "ASCII", "us-ascii", NULL};
    static const char *const names[] = {"strict", "ignore", "replace", "surrogateescape", NULL};

    if (method_num_arguments(call) > 2)
        return run_raise(run, PyExc_TypeError, "too many arguments");
    for (Py_ssize_t i = 0; i < method_num_arguments(call); i++)
        if (!is_one_of(call->arguments[i], is_about_errors(call, i) ? names : encodings))
            return run_refuse_act(run, "looks an encoding up, which may be code of the app");
    if (!are_handlers_original())
        return run_refuse_act(run, "looks up what to do about errors, which may be code of the app");
    return call_copying(run, call);
}

/* ljust(width, ..), center, rjust, zfill */
static PyObject *call_padding(Run *run, const MethodCall *call)
{
    int overflow = 0;
    long long width = call->count > 0 && PyLong_CheckExact(call->arguments[0])
                          ? PyLong_AsLongLongAndOverflow(call->arguments[0], &overflow)
                          : 0;

    if (overflow || width > RUN_RESULT_BYTES_MAX / 4)
        return run_exhaust(run);
    return call_copying(run, call);
}

/* A tab may become so many spaces. */
static PyObject *call_expandtabs(Run *run, const MethodCall *call)
{
    int overflow = 0;
    long long width = method_num_arguments(call) > 0 && PyLong_CheckExact(call->arguments[0])
                          ? PyLong_AsLongLongAndOverflow(call->arguments[0], &overflow)
                          : 8;
    uint64_t size = method_num_bytes(call->object);

    if (overflow > 0 || width > RUN_RESULT_BYTES_MAX || size > RUN_RESULT_BYTES_MAX ||
        (width > 0 && size * (uint64_t)width > RUN_RESULT_BYTES_MAX))
        return run_exhaust(run);
    return call_copying(run, call);
}

static PyObject *call_format(Run *run, const MethodCall *call)
{
    return formats_call(run, call->object, call->arguments, call->count, call->names);
}

static PyObject *call_replace(Run *run, const MethodCall *call)
{
    uint64_t size = method_num_bytes(call->object);
    uint64_t addition = call->count > 1 ? method_num_bytes(call->arguments[1]) : 0;

    if (size > RUN_RESULT_BYTES_MAX || addition > RUN_RESULT_BYTES_MAX ||
        (size + 1) * (addition + 4) > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return method_call_reading(run, call);
}

static PyObject *call_join(Run *run, const MethodCall *call)
{
    PyObject *list =
        call->count == 1 ? iterate_to_list(run, call->arguments[0]) : method_call_reading(run, call);
    uint64_t size = 0;
    PyObject *result = NULL;

    if (!list || call->count != 1)
        return list;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *part = PyList_GET_ITEM(list, i);

        if (kind_of(part) == KIND_OTHER && !(PyUnicode_Check(part) && !plain_is_unready(part)))
            (void)run_refuse_value(run, "a %.80s among the texts", Py_TYPE(part)->tp_name);
        size += 4 * (method_num_bytes(part) + method_num_bytes(call->object));
    }
    if (!run->outcome && size > RUN_RESULT_BYTES_MAX)
        (void)run_exhaust(run);
    if (!run->outcome && run_charge_bytes(run, size))
        result =
            method_call_cpython(run, &(MethodCall){call->object, call->name, call->type, &list, 1, NULL});
    Py_DECREF(list);
    return result;
}

/* --------------------------------------------------------------------------------------- tables */

const KnownMethod methods_of_text[] = {
    {" count find index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric "
     "isprintable isspace istitle isupper rfind rindex ",
     method_call_reading},
    {" endswith startswith ", call_prefix},
    {" capitalize casefold lower removeprefix removesuffix swapcase title upper ", call_copying},
    {" lstrip rstrip strip ", call_stripping},
    {" split rsplit splitlines partition rpartition ", call_splitting},
    {" center ljust rjust zfill ", call_padding},
    {" expandtabs ", call_expandtabs},
    {" encode ", call_coding},
    {" replace ", call_replace},
    {" join ", call_join},
    {" format ", call_format},
    {" __format__ ", method_call_format},
    {NULL, NULL},
};

const KnownMethod methods_of_bytes[] = {
    {" count find index isalnum isalpha isascii isdigit islower isspace istitle isupper rfind rindex ",
     method_call_reading},
    {" endswith startswith ", call_prefix},
    {" capitalize hex lower removeprefix removesuffix swapcase title upper ", call_copying},
    {" lstrip rstrip strip ", call_stripping},
    {" split rsplit splitlines partition rpartition ", call_splitting},
    {" center ljust rjust zfill ", call_padding},
    {" decode ", call_coding},
    {" replace ", call_replace},
    {" join ", call_join},
    {NULL, NULL},
};
