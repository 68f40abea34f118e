#include "stub/native/compat.h"

#include "stub/native/evaluate/values/bases.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/layout.h"

static PyTypeObject *base_of(PyObject *value)
{
    if (PyLong_Check(value))
        return &PyLong_Type;
    if (PyFloat_Check(value))
        return &PyFloat_Type;
    return PyUnicode_Check(value) && !plain_is_unready(value) ? &PyUnicode_Type : NULL;
}

PyObject *bases_copy(Run *run, PyObject *value)
{
    PyTypeObject *base = base_of(value);
    uint64_t num_bytes;

    if (!base)
        return NULL;
    num_bytes = base == &PyLong_Type    ? compat_long_num_digits(value) * sizeof(digit)
                : base == &PyFloat_Type ? sizeof(double)
                                        : (uint64_t)PyUnicode_GET_LENGTH(value) * PyUnicode_KIND(value);
    if (num_bytes > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    if (!run_charge_bytes(run, num_bytes))
        return NULL;
    return run_take(run, base == &PyLong_Type    ? _PyLong_Copy((PyLongObject *)value)
                         : base == &PyFloat_Type ? PyFloat_FromDouble(PyFloat_AS_DOUBLE(value))
                                                 : PyUnicode_FromObject(value));
}

/* Of a base's slot that is there under any name. */
static PyObject *call_wrapper(Run *run, PyObject *wrapper, PyObject *value)
{
    const char *name = ((PyWrapperDescrObject *)wrapper)->d_base->name;
    bool is_repr = strcmp(name, "__repr__") == 0;
    PyObject *copy, *text;

    if (!base_of(value) || PyDescr_TYPE(wrapper) != base_of(value) ||
        (!is_repr && strcmp(name, "__str__") != 0))
        return NULL;
    copy = bases_copy(run, value);
    if (!copy)
        return NULL;
    text = is_repr ? texts_repr(run, copy) : texts_str(run, copy);
    Py_DECREF(copy);
    return text;
}

PyObject *bases_text(Run *run, PyObject *value, bool is_repr)
{
    PyObject *found = type_find_named(Py_TYPE(value), is_repr ? "__repr__" : "__str__");

    return found && Py_TYPE(found) == &PyWrapperDescr_Type ? call_wrapper(run, found, value) : NULL;
}

PyObject *bases_format(Run *run, PyObject *value, PyObject *specification)
{
    PyObject *found = base_of(value) ? type_find_named(Py_TYPE(value), "__format__") : NULL;
    PyObject *copy, *text;

    if (!found || Py_TYPE(found) != &PyMethodDescr_Type || PyDescr_TYPE(found) != base_of(value) ||
        strcmp(((PyMethodDescrObject *)found)->d_method->ml_name, "__format__") != 0)
        return NULL;
    copy = bases_copy(run, value);
    if (!copy)
        return NULL;
    text = operators_format(run, copy, 0, specification);
    Py_DECREF(copy);
    return text;
}
