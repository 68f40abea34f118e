#include "stub/native/compat.h"

#include <stdio.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/text.h"

static Py_ssize_t num_named(const Arguments *arguments)
{
    return arguments->names ? PyTuple_GET_SIZE(arguments->names) : 0;
}

PyObject *arguments_named(const Arguments *arguments, const char *name)
{
    for (Py_ssize_t i = 0; i < num_named(arguments); i++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(arguments->names, i), name) == 0)
            return arguments->values[arguments->count + i];
    return NULL;
}

static bool is_one_of(PyObject *name, const char *names)
{
    char text[40];
    char word[44];

    if (text_length(name) > 36)
        return false;
    snprintf(word, sizeof(word), " %s ", run_text(name, text, sizeof(text)));
    return strstr(names, word) != NULL;
}

/* Whether CPython refuses the number of arguments before it looks at one of them. */
static bool is_count_refused(const Arguments *arguments)
{
    PyObject *function = arguments->function;

    if (PyCFunction_CheckExact(function))
        return arguments->count == 0 || PyCFunction_GET_FLAGS(function) == METH_O;
    return function == (PyObject *)&PyRange_Type;
}

/* In CPython's words, where it is certain to have no others: a function that accepts more than what is known
 * here would be run. */
static void *raise_wrong_count(Run *run, const Arguments *arguments, Py_ssize_t min, Py_ssize_t max)
{
    Py_ssize_t limit = arguments->count < min ? min : max;

    if (num_named(arguments) == 0 && is_count_refused(arguments)) {
        Py_XDECREF(arguments_pass(run, arguments));
        if (run->outcome)
            return NULL;
    }
    return run_raise(run, PyExc_TypeError, "expected %s%zd argument%s, got %zd",
                     min == max               ? ""
                     : arguments->count < min ? "at least "
                                              : "at most ",
                     limit, limit == 1 ? "" : "s", arguments->count);
}

bool arguments_check(Run *run, const Arguments *arguments, Py_ssize_t min, Py_ssize_t max, const char *names)
{
    char text[80];

    for (Py_ssize_t i = 0; i < num_named(arguments); i++) {
        PyObject *name = PyTuple_GET_ITEM(arguments->names, i);

        if (is_one_of(name, names))
            continue;
        (void)run_refuse_act(run, "is given `%s=`, which is not known here",
                             run_text(name, text, sizeof(text)));
        return false;
    }
    if (arguments->count >= min && arguments->count <= max)
        return true;
    (void)raise_wrong_count(run, arguments, min, max);
    return false;
}

static bool check_scalar(Run *run, PyObject *value)
{
    bool is_long =
        (PyLong_CheckExact(value) && compat_long_num_digits(value) > ARGUMENTS_NUMBER_CHARS_MAX / 5) ||
        (PyUnicode_CheckExact(value) && text_length(value) > ARGUMENTS_NUMBER_CHARS_MAX) ||
        (PyBytes_CheckExact(value) && Py_SIZE(value) > ARGUMENTS_NUMBER_CHARS_MAX);

    if (is_long)
        (void)run_exhaust(run);
    else if (kind_of(value) == KIND_DECIMAL)
        (void)decimals_check_plain(run, value);
    else if (!kind_is_scalar(kind_of(value)))
        (void)run_refuse_value(run, "a %.80s, which it may ask for a method of its own",
                               Py_TYPE(value)->tp_name);
    return run->outcome == 0;
}

bool arguments_are_scalars(Run *run, const Arguments *arguments)
{
    for (Py_ssize_t i = 0; i < arguments->count + num_named(arguments); i++)
        if (!check_scalar(run, arguments->values[i]))
            return false;
    return arguments->count != 2 || plain_check_division(run, arguments->values[0], arguments->values[1]);
}

PyObject *arguments_pass(Run *run, const Arguments *arguments)
{
    PyObject *result = PyObject_Vectorcall(arguments->function, arguments->values, (size_t)arguments->count,
                                           arguments->names);

    return run_take(run, result);
}

PyObject *arguments_pass_scalars(Run *run, const Arguments *arguments)
{
    if (!arguments_are_scalars(run, arguments) || !run_charge(run, 100))
        return NULL;
    return arguments_pass(run, arguments);
}
