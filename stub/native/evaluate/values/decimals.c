#include "stub/native/compat.h"

#include "stub/native/decimal_text.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"

/* Of the coefficient, of the precision, and of a number that is written out. */
#define DIGITS_MAX 5000

bool decimals_is(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    /* Quick for all others, which is what it is asked about. */
    return type->tp_name[0] == 'd' && strcmp(type->tp_name, "decimal.Decimal") == 0 &&
           type == known_type(KNOWN_DECIMAL);
}

/* A function of the module _decimal, borrowed. NULL: it is not there, or has been replaced. */
static PyObject *module_function(const char *name)
{
    PyObject *module = dict_find_named(PyImport_GetModuleDict(), "_decimal");
    PyObject *function =
        module && PyModule_Check(module) ? dict_find_named(PyModule_GetDict(module), name) : NULL;

    /* Also a method of a value of the app's is a function in C. */
    return function && PyCFunction_CheckExact(function) && PyCFunction_GET_SELF(function) == module &&
                   strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, name) == 0
               ? function
               : NULL;
}

static PyObject *call(PyObject *function, PyObject *argument)
{
    PyObject *result = function ? PyObject_Vectorcall(function, &argument, argument ? 1 : 0, NULL) : NULL;

    PyErr_Clear();
    return result;
}

static bool has_bounded_precision(PyObject *context)
{
    PyObject *precision = PyObject_GetAttrString(context, "prec");
    bool is_bounded = precision && PyLong_CheckExact(precision) && PyLong_AsLong(precision) <= DIGITS_MAX;

    Py_XDECREF(precision);
    PyErr_Clear();
    return is_bounded;
}

/* Makes a copy of the thread's decimal context the current one. Returns the one that was (new reference), or
 * NULL. */
static PyObject *replace_context(void)
{
    PyObject *was = call(module_function("getcontext"), NULL);
    /* One of a class of the app's would copy itself with code of the app's. */
    bool is_own =
        was && !(Py_TYPE(was)->tp_flags & Py_TPFLAGS_HEAPTYPE && !compat_type_is_immutable(Py_TYPE(was)));
    PyObject *copy = is_own && has_bounded_precision(was) ? PyObject_CallMethod(was, "copy", NULL) : NULL;
    PyObject *done = copy ? call(module_function("setcontext"), copy) : NULL;

    PyErr_Clear();
    Py_XDECREF(copy);
    if (!done)
        Py_CLEAR(was);
    Py_XDECREF(done);
    return was;
}

bool decimals_enter(Run *run)
{
    PyObject *variables = NULL;

    if (run->decimal_context)
        return true;
    if (!compat_enter_context(&variables))
        return run_raise_pending(run);
    run->decimal_variables = variables;
    run->decimal_context = replace_context();
    if (run->decimal_context)
        return true;
    decimals_leave(run);
    (void)run_refuse_act(run, "computes with a decimal context that is not known");
    return false;
}

void decimals_leave(Run *run)
{
    if (run->decimal_variables)
        compat_leave_context(run->decimal_variables);
    else if (run->decimal_context) /* up to 3.6 it is the thread's */
        Py_XDECREF(call(module_function("setcontext"), run->decimal_context));
    Py_CLEAR(run->decimal_variables);
    Py_CLEAR(run->decimal_context);
}

bool decimals_check(Run *run, PyObject *value)
{
    int64_t num_digits;
    int64_t adjusted;

    if (!decimals_is(value))
        return true;
    if (decimal_text_measure(value, &num_digits, &adjusted) && num_digits > DIGITS_MAX) {
        (void)run_exhaust(run);
        return false;
    }
    return decimals_enter(run) && run_charge(run, 50 + (uint64_t)num_digits);
}

uint64_t decimals_num_digits(PyObject *value)
{
    int64_t num_digits;
    int64_t adjusted;

    return decimal_text_measure(value, &num_digits, &adjusted) ? (uint64_t)num_digits : 0;
}

bool decimals_check_plain(Run *run, PyObject *value)
{
    int64_t num_digits;
    int64_t adjusted;

    if (decimals_is(value) && decimal_text_measure(value, &num_digits, &adjusted) &&
        (adjusted > DIGITS_MAX || adjusted < -DIGITS_MAX)) {
        (void)run_exhaust(run);
        return false;
    }
    return decimals_check(run, value);
}
