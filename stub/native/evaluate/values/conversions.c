#include "stub/native/compat.h"

#include "stub/native/evaluate/values/conversions.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/layout.h"

typedef struct Conversion {
    const char *method;
    size_t slot;           /* in PyNumberMethods; 0: it has none */
    PyTypeObject *result;  /* NULL: anything */
    const char *otherwise; /* what is asked if there is no such method; NULL: nothing */
} Conversion;

static const Conversion conversions[] = {
    {"__neg__", offsetof(PyNumberMethods, nb_negative), NULL, NULL},
    {"__pos__", offsetof(PyNumberMethods, nb_positive), NULL, NULL},
    {"__invert__", offsetof(PyNumberMethods, nb_invert), NULL, NULL},
    {"__abs__", offsetof(PyNumberMethods, nb_absolute), NULL, NULL},
    {"__index__", offsetof(PyNumberMethods, nb_index), &PyLong_Type, NULL},
    {"__int__", offsetof(PyNumberMethods, nb_int), &PyLong_Type,
     COMPAT_INT_ASKS_INDEX ? "__index__" : "__trunc__"},
    {"__float__", offsetof(PyNumberMethods, nb_float), &PyFloat_Type,
     COMPAT_INT_ASKS_INDEX ? "__index__" : NULL},
    {"__complex__", 0, &PyComplex_Type, "__float__"},
    {"__trunc__", 0, NULL, NULL},
    {"__floor__", 0, NULL, NULL},
    {"__ceil__", 0, NULL, NULL},
};

static const Conversion *find(const char *method)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(conversions); i++)
        if (strcmp(conversions[i].method, method) == 0)
            return &conversions[i];
    return NULL;
}

static unaryfunc function_of(PyTypeObject *type, const Conversion *self)
{
    return self->slot && type->tp_as_number ? *(unaryfunc *)((char *)type->tp_as_number + self->slot) : NULL;
}

/* Of an instance of a subclass whose slot is the base's: it is given one of the base itself. NULL and no
 * outcome: it is none. */
static PyObject *call_base(Run *run, PyObject *value, const Conversion *self)
{
    PyTypeObject *base = PyLong_Check(value) ? &PyLong_Type : PyFloat_Check(value) ? &PyFloat_Type : NULL;
    unaryfunc function = base ? function_of(base, self) : NULL;
    PyObject *plain, *result;

    if (!function || function != function_of(Py_TYPE(value), self))
        return NULL;
    plain = base == &PyLong_Type ? _PyLong_Copy((PyLongObject *)value)
                                 : PyFloat_FromDouble(PyFloat_AS_DOUBLE(value));
    if (!plain ||
        !run_charge_bytes(run, PyLong_Check(plain) ? compat_long_num_digits(plain) * sizeof(digit) : 8)) {
        Py_XDECREF(plain);
        return run->outcome ? NULL : run_raise_pending(run);
    }
    result = function(plain);
    Py_DECREF(plain);
    return run_take(run, result);
}

/* Consumes @result. */
static PyObject *check_result(Run *run, PyObject *result, const Conversion *self)
{
    if (!result || !self->result || Py_TYPE(result) == self->result)
        return result;
    if (PyType_IsSubtype(Py_TYPE(result), self->result))
        (void)run_refuse_act(run, "returns a %.80s, about which Python warns", Py_TYPE(result)->tp_name);
    else
        (void)run_raise(run, PyExc_TypeError, "%s returned non-%s (type %.100s)", self->method,
                        self->result->tp_name, Py_TYPE(result)->tp_name);
    Py_DECREF(result);
    return NULL;
}

static bool has_method(PyTypeObject *type, const Conversion *self)
{
    PyObject *name;
    bool is_unsure = true;
    bool has_it;

    if (self->slot)
        return function_of(type, self) != NULL;
    name = PyUnicode_InternFromString(self->method);
    has_it = !name || type_find(type, name, NULL, &is_unsure) || is_unsure;
    Py_XDECREF(name);
    PyErr_Clear();
    return has_it;
}

PyObject *conversions_call(Run *run, PyObject *value, const char *method)
{
    const Conversion *self = find(method);
    PyObject *result = NULL;

    if (fractions_is(value))
        result = fractions_unary(run, value, strcmp(method, "__complex__") == 0 ? "__float__" : method);
    if (!result && !run->outcome)
        result = call_base(run, value, self);
    if (result || run->outcome)
        return result;
    if (has_method(Py_TYPE(value), self))
        return check_result(run, special_call(run, value, method, NULL, 0), self);
    return self->otherwise ? conversions_call(run, value, self->otherwise) : NULL;
}
