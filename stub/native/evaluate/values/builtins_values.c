#include "stub/native/compat.h"

#include "stub/native/evaluate/values/builtins.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/conversions.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/texts.h"

/* With what the first argument becomes by @method, if it is of no builtin kind. NULL and no outcome: CPython
 * will say. */
static PyObject *pass_converted(Run *run, const Arguments *arguments, const char *method)
{
    PyObject *values[4] = {NULL};
    Py_ssize_t count = arguments->count + (arguments->names ? PyTuple_GET_SIZE(arguments->names) : 0);
    PyObject *result;

    for (Py_ssize_t i = 0; i < count && i < 4; i++)
        values[i] = arguments->values[i];
    values[0] = conversions_call(run, arguments->values[0], method);
    if (!values[0])
        return run->outcome ? NULL : arguments_pass_scalars(run, arguments);
    result = arguments_pass_scalars(
        run, &(Arguments){arguments->function, values, arguments->count, arguments->names});
    Py_DECREF(values[0]);
    return result;
}

PyObject *builtins_number(Run *run, const Arguments *arguments)
{
    static const char *const methods[][2] = {
        {"complex", "__complex__"}, {"int", "__int__"}, {"float", "__float__"}};
    const char *method = "__index__";

    if (!arguments_check(run, arguments, 0, 3, " base real imag "))
        return NULL;
    if (arguments->count == 0 || arguments->count > 3 || kind_of(arguments->values[0]) != KIND_OTHER)
        return arguments_pass_scalars(run, arguments);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(methods); i++)
        if (PyType_Check(arguments->function) &&
            strcmp(((PyTypeObject *)arguments->function)->tp_name, methods[i][0]) == 0)
            method = methods[i][1];
    return pass_converted(run, arguments, method);
}

PyObject *builtins_abs(Run *run, const Arguments *arguments)
{
    PyObject *result = NULL;

    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    if (kind_of(arguments->values[0]) == KIND_OTHER)
        result = conversions_call(run, arguments->values[0], "__abs__");
    return result || run->outcome ? result : arguments_pass_scalars(run, arguments);
}

static PyObject *round_other(Run *run, const Arguments *arguments, PyObject *places)
{
    PyObject *value = arguments->values[0];
    PyObject *result = fractions_round(run, value, places);

    if (result || run->outcome)
        return result;
    if (PyLong_Check(value) && plain_inherits(Py_TYPE(value), &PyLong_Type, "__round__"))
        return pass_converted(run, arguments, "__int__");
    return special_find(value, "__round__") ? special_call(run, value, "__round__", &places, places != NULL)
                                            : arguments_pass_scalars(run, arguments);
}

PyObject *builtins_round(Run *run, const Arguments *arguments)
{
    PyObject *places;
    int overflow = 0;

    if (!arguments_check(run, arguments, 1, 2, " ndigits "))
        return NULL;
    /* round(5, -10**9) would compute 10**(10**9). */
    places = arguments->count == 2 ? arguments->values[1] : arguments_named(arguments, "ndigits");
    if (places && PyLong_CheckExact(places)) {
        long long number = PyLong_AsLongLongAndOverflow(places, &overflow);

        if (overflow || number < -400 || number > 400)
            return run_exhaust(run);
    }
    if (kind_of(arguments->values[0]) == KIND_OTHER)
        return round_other(run, arguments, places == Py_None ? NULL : places);
    return arguments_pass_scalars(run, arguments);
}

/* pow(a, b, m): each step is of the size of m. */
static PyObject *power_modulo(Run *run, const Arguments *arguments)
{
    uint64_t digits[3];

    for (int i = 0; i < 3; i++) {
        if (!PyLong_CheckExact(arguments->values[i]))
            return arguments_pass_scalars(run, arguments);
        digits[i] = (uint64_t)compat_long_num_digits(arguments->values[i]);
    }
    if (digits[0] > 1000 || digits[1] > 1000 || digits[2] > 1000)
        return run_exhaust(run);
    return run_charge(run, 100 + digits[1] * 30 * (digits[2] * digits[2] + digits[0] + 4) / 8)
               ? arguments_pass(run, arguments)
               : NULL;
}

PyObject *builtins_pow(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 2, 3, ""))
        return NULL;
    if (arguments->count == 3 && arguments->values[2] != Py_None)
        return power_modulo(run, arguments);
    return operators_binary(run, BINARY_POWER, arguments->values[0], arguments->values[1]);
}

/* A zero that divides a Decimal is to divmod() what it is to the remainder, an InvalidOperation, and not the
 * DivisionByZero of the quotient. False: the run has failed. */
static bool has_remainder(Run *run, const Arguments *arguments)
{
    PyObject *remainder;

    if (!(decimals_is(arguments->values[0]) && kind_of(arguments->values[1]) != KIND_OTHER) &&
        !(decimals_is(arguments->values[1]) && kind_of(arguments->values[0]) != KIND_OTHER))
        return true;
    remainder = operators_binary(run, BINARY_MODULO, arguments->values[0], arguments->values[1]);
    Py_XDECREF(remainder);
    return remainder != NULL;
}

static bool is_unknown(PyObject *value)
{
    return kind_of(value) == KIND_OTHER && !fractions_is(value) && !PyLong_Check(value);
}

/* A builtin operand on the other side knows nothing of the class. */
static PyObject *divmod_of_app(Run *run, const Arguments *arguments)
{
    PyObject *result = special_call(run, arguments->values[0], "__divmod__", &arguments->values[1], 1);

    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return run_raise(run, PyExc_TypeError, "unsupported operand type(s) for divmod()");
}

PyObject *builtins_divmod(Run *run, const Arguments *arguments)
{
    PyObject *parts[2];
    PyObject *result = NULL;

    if (!arguments_check(run, arguments, 2, 2, "") || !has_remainder(run, arguments))
        return NULL;
    if (kind_is_number(kind_of(arguments->values[0])) && kind_is_number(kind_of(arguments->values[1])))
        return arguments_pass_scalars(run, arguments);
    if (special_find(arguments->values[0], "__divmod__") && !fractions_is(arguments->values[0]) &&
        kind_of(arguments->values[1]) != KIND_OTHER)
        return divmod_of_app(run, arguments);
    if (is_unknown(arguments->values[0]) || is_unknown(arguments->values[1]))
        return run_refuse_method(run, arguments->values[is_unknown(arguments->values[0]) ? 0 : 1],
                                 "__divmod__ and its like");
    parts[0] = operators_binary(run, BINARY_FLOOR_DIVIDE, arguments->values[0], arguments->values[1]);
    parts[1] =
        parts[0] ? operators_binary(run, BINARY_MODULO, arguments->values[0], arguments->values[1]) : NULL;
    if (parts[1])
        result = operators_tuple(run, parts, 2);
    Py_XDECREF(parts[0]);
    Py_XDECREF(parts[1]);
    return result;
}

PyObject *builtins_bool(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 0, 1, ""))
        return NULL;
    return run_truth(arguments->count == 0 ? 0 : plain_truth(run, arguments->values[0]));
}

PyObject *builtins_callable(Run *run, const Arguments *arguments)
{
    PyObject *value;

    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    value = arguments->values[0];
    if (own_is(value))
        return run_truth(own_kind(value) == OWN_FUNCTION);
    return run_truth(Py_TYPE(value)->tp_call != NULL);
}

PyObject *builtins_hash(Run *run, const Arguments *arguments)
{
    Py_hash_t hash;

    if (!arguments_check(run, arguments, 1, 1, "") || !lookup_hash(run, arguments->values[0], &hash))
        return NULL;
    return run_take(run, PyLong_FromSsize_t(hash));
}

/* id() itself raises an audit event since 3.8, which is code of the app's. */
PyObject *builtins_id(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 1, 1, "") || !own_check(run, arguments->values[0]))
        return NULL;
    return run_take(run, PyLong_FromVoidPtr(arguments->values[0]));
}

static bool is_index(PyObject *value)
{
    return value == Py_None || PyLong_CheckExact(value) || PyBool_Check(value);
}

PyObject *builtins_slice(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 1, 3, ""))
        return NULL;
    for (Py_ssize_t i = 0; i < arguments->count; i++)
        if (!is_index(arguments->values[i]))
            return run_refuse_value(run, "a %.80s", Py_TYPE(arguments->values[i])->tp_name);
    return arguments_pass(run, arguments);
}

/* ------------------------------------------------------------------------------------------------- texts */

PyObject *builtins_str(Run *run, const Arguments *arguments)
{
    bool is_str = arguments->function == (PyObject *)&PyUnicode_Type;
    PyObject *value;

    if (is_str && arguments->count > 1)
        return run_refuse_act(run, "looks an encoding up, which may be code of the app");
    if (!arguments_check(run, arguments, is_str ? 0 : 1, 1, is_str ? " object " : ""))
        return NULL;
    value = arguments->count == 1 ? arguments->values[0] : arguments_named(arguments, "object");
    if (!value)
        return arguments_pass(run, arguments);
    if (is_str)
        return texts_str(run, value);
    return strcmp(((PyCFunctionObject *)arguments->function)->m_ml->ml_name, "ascii") == 0
               ? texts_ascii(run, value)
               : texts_repr(run, value);
}

PyObject *builtins_format(Run *run, const Arguments *arguments)
{
    PyObject *specification;
    PyObject *result;

    if (!arguments_check(run, arguments, 1, 2, ""))
        return NULL;
    specification = arguments->count == 2 ? Py_NewRef(arguments->values[1]) : PyUnicode_New(0, 0);
    if (!specification)
        return run_raise_pending(run);
    if (PyUnicode_CheckExact(specification) && !plain_is_unready(specification))
        result = operators_format(run, arguments->values[0], 0, specification);
    else
        result = run_raise(run, PyExc_TypeError, "format() argument 2 must be str, not %.100s",
                           Py_TYPE(specification)->tp_name);
    Py_DECREF(specification);
    return result;
}

static PyObject *bytes_of_numbers(Run *run, PyObject *container)
{
    PyObject *list = iterate_to_list(run, container);
    PyObject *result = NULL;

    for (Py_ssize_t i = 0; list && !run->outcome && i < PyList_GET_SIZE(list); i++)
        if (!is_index(PyList_GET_ITEM(list, i)))
            (void)run_raise(run, PyExc_TypeError, "'%.100s' object cannot be interpreted as an integer",
                            Py_TYPE(PyList_GET_ITEM(list, i))->tp_name);
    if (list && !run->outcome)
        result = run_take(run, PyBytes_FromObject(list));
    Py_XDECREF(list);
    return result;
}

PyObject *builtins_bytes(Run *run, const Arguments *arguments)
{
    PyObject *value;

    if (arguments->count > 1)
        return run_refuse_act(run, "looks an encoding up, which may be code of the app");
    if (!arguments_check(run, arguments, 0, 1, ""))
        return NULL;
    if (arguments->count == 0)
        return arguments_pass(run, arguments);
    value = arguments->values[0];
    if (PyLong_CheckExact(value)) {
        int overflow;
        long long size = PyLong_AsLongLongAndOverflow(value, &overflow);

        if (overflow > 0 || size > RUN_RESULT_BYTES_MAX)
            return run_exhaust(run);
        return arguments_pass(run, arguments);
    }
    if (PyBytes_CheckExact(value))
        return Py_NewRef(value);
    if (PyByteArray_CheckExact(value))
        return iterate_to_bytes(run, value);
    if (kind_is_scalar(kind_of(value)))
        return arguments_pass_scalars(run, arguments);
    return bytes_of_numbers(run, value);
}
