#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/reprs.h"
#include "stub/native/evaluate/values/slots.h"
#include "stub/native/evaluate/values/stream.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/layout.h"

typedef PyObject *(*Implementation)(Run *run, PyTypeObject *owner, const Arguments *arguments);

/* object.__getattribute__(x, name), which asks no __getattr__. */
static PyObject *get_attribute(Run *run, PyTypeObject *owner, const Arguments *arguments)
{
    PyWrapperDescrObject *slot = (PyWrapperDescrObject *)arguments->function;

    (void)owner;
    if (arguments->count != 2 || !PyUnicode_CheckExact(arguments->values[1]) ||
        slot->d_wrapped != (void *)PyBaseObject_Type.tp_getattro)
        return run_refuse_act(run, "is given something else than a name");
    return access_generic(run, arguments->values[0], arguments->values[1]);
}

/* A number or text of a subclass as what it is in the base. */
static PyObject *as_base(Run *run, PyTypeObject *owner, PyObject *value)
{
    if (owner == &PyLong_Type && Py_TYPE(value) != &PyBool_Type)
        return run_take(run, _PyLong_Copy((PyLongObject *)value));
    if (owner == &PyFloat_Type)
        return run_take(run, PyFloat_FromDouble(PyFloat_AS_DOUBLE(value)));
    if (owner == &PyUnicode_Type && !plain_is_unready(value))
        return run_take(run, PyUnicode_FromObject(value));
    return run_refuse_value(run, "a %.80s", Py_TYPE(value)->tp_name);
}

static PyObject *get_text(Run *run, PyTypeObject *owner, const Arguments *arguments)
{
    PyObject *value = arguments->values[0];
    bool is_repr = PyUnicode_CompareWithASCIIString(PyDescr_NAME(arguments->function), "__repr__") == 0;
    PyObject *base;
    PyObject *text;

    if (arguments->count != 1)
        return run_raise(run, PyExc_TypeError, "expected 0 arguments, got %zd", arguments->count - 1);
    if (owner == &PyBaseObject_Type)
        return is_repr ? reprs_object(run, value) : texts_repr(run, value);
    if (owner == &PyList_Type || owner == &PyTuple_Type || owner == &PyDict_Type || owner == &PySet_Type)
        return reprs_as(run, value, owner);
    base = as_base(run, owner, value);
    text = !base ? NULL : is_repr ? texts_repr(run, base) : texts_str(run, base);
    Py_XDECREF(base);
    return text;
}

/* The length is a field. */
static PyObject *get_length(Run *run, PyTypeObject *owner, const Arguments *arguments)
{
    PyObject *value = arguments->values[0];
    lenfunc length = owner->tp_as_sequence && owner->tp_as_sequence->sq_length
                         ? owner->tp_as_sequence->sq_length
                     : owner->tp_as_mapping ? owner->tp_as_mapping->mp_length
                                            : NULL;

    if (arguments->count != 1 || !length || owner == &PyBaseObject_Type || plain_is_unready(value))
        return run_refuse_act(run, "is not known to be without effects");
    return run_take(run, PyLong_FromSsize_t(length(value)));
}

/* Over a copy: the class may have another way to be gone over. */
static PyObject *get_iterator(Run *run, PyTypeObject *owner, const Arguments *arguments)
{
    PyObject *value = arguments->values[0];
    PyObject *list = arguments->count == 1 ? operators_list(run, NULL, 0) : NULL;
    PyObject *stream = NULL;
    DictCursor cursor;
    PyObject *key;
    PyObject *item;

    if (!list)
        return run->outcome ? NULL : run_raise(run, PyExc_TypeError, "expected 0 arguments");
    if (owner == &PyDict_Type) {
        dict_cursor_init(&cursor, value);
        while (!run->outcome && dict_cursor_next(&cursor, &key, &item))
            (void)operators_append(run, list, key);
    } else if (owner == &PyList_Type || owner == &PyTuple_Type) {
        for (Py_ssize_t i = 0; !run->outcome && i < PySequence_Fast_GET_SIZE(value); i++)
            (void)operators_append(run, list, PySequence_Fast_GET_ITEM(value, i));
    } else {
        (void)run_refuse_act(run, "is not known to be without effects");
    }
    if (!run->outcome)
        stream = stream_new(run, OWN_ITERATOR, NULL, 0, &list, 1);
    Py_DECREF(list);
    return stream;
}

/* object.__eq__(a, b): the same, or there is no telling. */
static PyObject *get_equality(Run *run, PyTypeObject *owner, const Arguments *arguments)
{
    if (owner != &PyBaseObject_Type || arguments->count != 2)
        return run_refuse_act(run, "is not known to be without effects");
    return Py_NewRef(arguments->values[0] == arguments->values[1] ? Py_True : Py_NotImplemented);
}

static PyObject *get_hash(Run *run, PyTypeObject *owner, const Arguments *arguments)
{
    if (owner != &PyBaseObject_Type || arguments->count != 1)
        return run_refuse_act(run, "is not known to be without effects");
    return run_take(run, PyLong_FromSsize_t(PyBaseObject_Type.tp_hash(arguments->values[0])));
}

/* Of builtin classes only: one of the app's in C may have anything behind the name. */
static bool is_builtin(PyTypeObject *type)
{
    static PyTypeObject *const types[] = {&PyBaseObject_Type, &PyLong_Type, &PyFloat_Type,
                                          &PyUnicode_Type,    &PyList_Type, &PyTuple_Type,
                                          &PyFrozenSet_Type,  &PyDict_Type, &PySet_Type};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (type == types[i])
            return true;
    return false;
}

PyObject *slots_call(Run *run, const Arguments *arguments)
{
    static const struct {
        const char *name;
        Implementation implementation;
    } known[] = {
        {"__eq__", get_equality}, {"__getattribute__", get_attribute},
        {"__hash__", get_hash},   {"__iter__", get_iterator},
        {"__len__", get_length},  {"__repr__", get_text},
        {"__str__", get_text},
    };
    PyTypeObject *owner = PyDescr_TYPE(arguments->function);
    PyObject *name = PyDescr_NAME(arguments->function);

    if (arguments->names || arguments->count < 1 || !PyType_IsSubtype(Py_TYPE(arguments->values[0]), owner))
        return run_refuse_act(run, "is a method of %.80s that is given something else", owner->tp_name);
    if (!own_check(run, arguments->values[0]) || !run_charge(run, 10))
        return NULL;
    for (size_t i = 0; is_builtin(owner) && i < Py_ARRAY_LENGTH(known); i++)
        if (PyUnicode_CompareWithASCIIString(name, known[i].name) == 0)
            return known[i].implementation(run, owner, arguments);
    return run_refuse_act(run, "is not known to be without effects");
}
