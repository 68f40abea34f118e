#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/getters.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"

#define ITEMS_MAX 64

/* Both in Modules/_operator.c, all versions: what to get is an object of its own if it is one thing of an
 * itemgetter, else a tuple. A name with dots is a tuple of names. */
typedef struct Getter {
    PyObject_HEAD Py_ssize_t count;
    PyObject *what;
} Getter;

/* A class of the app may have the name, but it cannot be immutable. */
static bool is_type(PyTypeObject *type, const char *name)
{
    return strcmp(type->tp_name, name) == 0 && compat_type_is_immutable(type) &&
           type->tp_basicsize >= (Py_ssize_t)sizeof(Getter);
}

static bool gets_items(PyTypeObject *type)
{
    return is_type(type, "operator.itemgetter");
}

static bool is_getter_type(PyTypeObject *type)
{
    return type->tp_name[0] == 'o' && (gets_items(type) || is_type(type, "operator.attrgetter"));
}

bool getters_is(PyObject *callable)
{
    return is_getter_type(Py_TYPE(callable));
}

bool getters_is_class(PyObject *callable)
{
    return PyType_Check(callable) && is_getter_type((PyTypeObject *)callable);
}

/* @what: a name, or a tuple of those that follow each other. */
static PyObject *get_attribute(Run *run, PyObject *object, PyObject *what)
{
    PyObject *value = Py_NewRef(object);

    if (!PyTuple_CheckExact(what)) {
        Py_SETREF(value, PyUnicode_CheckExact(what) ? access_attribute(run, object, what) : NULL);
        return value || run->outcome ? value : run_refuse(run);
    }
    for (Py_ssize_t i = 0; value && i < PyTuple_GET_SIZE(what); i++)
        Py_SETREF(value, PyUnicode_CheckExact(PyTuple_GET_ITEM(what, i))
                             ? access_attribute(run, value, PyTuple_GET_ITEM(what, i))
                             : NULL);
    return value || run->outcome ? value : run_refuse(run);
}

static PyObject *get(Run *run, PyObject *getter, PyObject *object, PyObject *what)
{
    return gets_items(Py_TYPE(getter)) ? access_subscript(run, object, what)
                                       : get_attribute(run, object, what);
}

PyObject *getters_call(Run *run, const Arguments *arguments)
{
    Getter *self = (Getter *)arguments->function;
    PyObject *items[ITEMS_MAX];
    PyObject *result = NULL;
    Py_ssize_t count = 0;
    bool is_in_tuple = self->what && PyTuple_CheckExact(self->what) &&
                       (self->count > 1 || !gets_items(Py_TYPE(arguments->function)));

    if (!arguments_check(run, arguments, 1, 1, "") || !run_charge(run, 10))
        return NULL;
    if (!self->what || self->count > ITEMS_MAX ||
        (is_in_tuple && PyTuple_GET_SIZE(self->what) != self->count))
        return run_refuse_act(run, "gets more than %d things", ITEMS_MAX);
    if (self->count == 1)
        return get(run, arguments->function, arguments->values[0],
                   is_in_tuple ? PyTuple_GET_ITEM(self->what, 0) : self->what);
    while (is_in_tuple && count < self->count &&
           (items[count] =
                get(run, arguments->function, arguments->values[0], PyTuple_GET_ITEM(self->what, count))))
        count++;
    if (!run->outcome)
        result = operators_tuple(run, items, count);
    while (count > 0)
        Py_DECREF(items[--count]);
    return result;
}

PyObject *getters_make(Run *run, const Arguments *arguments)
{
    for (Py_ssize_t i = 0; i < arguments->count; i++)
        if (!kind_is_scalar(kind_of(arguments->values[i])))
            return run_refuse_value(run, "a %.80s", Py_TYPE(arguments->values[i])->tp_name);
    if (arguments->count > ITEMS_MAX || arguments->names || !run_charge(run, 50))
        return run->outcome ? NULL : run_refuse_act(run, "gets more than %d things", ITEMS_MAX);
    return arguments_pass(run, arguments);
}
