#include "stub/native/compat.h"

#include "stub/native/evaluate/convert/convert_display.h"

/* So many are put on the stack; more are added to the container one by one. */
#define ITEMS_ON_STACK_MAX 12

static bool has_starred(PyObject *items)
{
    for (Py_ssize_t i = 0; i < num_nodes(items); i++)
        if (is_node(PyList_GET_ITEM(items, i), "Starred"))
            return true;
    return false;
}

/* One by one, into a container that is at @place of the stack. */
static void convert_added(Converter *self, PyObject *items, int place, Operation add, Operation add_all)
{
    for (Py_ssize_t i = 0; i < num_nodes(items) && !self->outcome; i++) {
        PyObject *item = PyList_GET_ITEM(items, i);

        if (is_node(item, "Starred")) {
            convert(self, field(self, item, "value"));
            emit_about(self, field(self, item, "value"), add_all, place, NULL, -1);
        } else {
            convert(self, item);
            emit(self, add, place, NULL, -1);
        }
    }
}

void convert_into_list(Converter *self, PyObject *items)
{
    int place = self->stack_size;

    emit(self, OP_LIST, 0, NULL, 1);
    convert_added(self, items, place, OP_APPEND, OP_EXTEND);
}

static void convert_on_stack(Converter *self, PyObject *items, Operation display)
{
    int32_t count = (int32_t)num_nodes(items);

    for (int32_t i = 0; i < count && !self->outcome; i++)
        convert(self, PyList_GET_ITEM(items, i));
    emit(self, display, count, NULL, 1 - count);
}

/* A tuple of constants, which need not be made anew: a new reference. NULL: it is none, or memory is out. */
static PyObject *constant_tuple(Converter *self, PyObject *items)
{
    Py_ssize_t count = num_nodes(items);
    PyObject *tuple;

    for (Py_ssize_t i = 0; i < count; i++)
        if (!converter_constant(self, PyList_GET_ITEM(items, i)))
            return NULL;
    tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple && i < count; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(converter_constant(self, PyList_GET_ITEM(items, i))));
    PyErr_Clear();
    return tuple;
}

void convert_tuple(Converter *self, PyObject *items)
{
    PyObject *constants = constant_tuple(self, items);

    if (constants) {
        emit(self, OP_CONSTANT, 0, constants, 1);
        Py_DECREF(constants);
    } else if (has_starred(items) || num_nodes(items) > ITEMS_ON_STACK_MAX) {
        convert_into_list(self, items);
        emit(self, OP_TO_TUPLE, 0, NULL, 0);
    } else {
        convert_on_stack(self, items, OP_TUPLE);
    }
}

void convert_list(Converter *self, PyObject *items)
{
    if (has_starred(items) || num_nodes(items) > ITEMS_ON_STACK_MAX)
        convert_into_list(self, items);
    else
        convert_on_stack(self, items, OP_LIST);
}

void convert_set(Converter *self, PyObject *items)
{
    int place = self->stack_size;

    if (has_starred(items) || num_nodes(items) > ITEMS_ON_STACK_MAX) {
        emit(self, OP_SET, 0, NULL, 1);
        convert_added(self, items, place, OP_ADD, OP_UPDATE);
    } else {
        convert_on_stack(self, items, OP_SET);
    }
}

void convert_dict(Converter *self, PyObject *node)
{
    PyObject *keys = field(self, node, "keys");
    PyObject *values = field(self, node, "values");
    int place = self->stack_size;

    emit(self, OP_DICT, 0, NULL, 1);
    for (Py_ssize_t i = 0; i < num_nodes(keys) && !self->outcome; i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        PyObject *value = PyList_GET_ITEM(values, i);

        if (key == Py_None) {
            convert(self, value);
            emit_about(self, value, OP_MERGE, place, NULL, -1);
        } else {
            convert(self, key);
            convert(self, value);
            emit(self, OP_PUT, place, NULL, -2);
        }
    }
}

void convert_searched(Converter *self, PyObject *node)
{
    PyObject *items = is_node(node, "List") || is_node(node, "Set") ? field(self, node, "elts") : NULL;
    PyObject *constants = items ? constant_tuple(self, items) : NULL;

    if (constants && is_node(node, "Set"))
        Py_SETREF(constants, PyFrozenSet_New(constants));
    PyErr_Clear();
    if (constants)
        emit(self, OP_CONSTANT, 0, constants, 1);
    else
        convert(self, node);
    Py_XDECREF(constants);
}

bool convert_in_items(Converter *self, PyObject *node, bool is_negated)
{
    PyObject *items = is_node(node, "Set") ? field(self, node, "elts") : NULL;
    int32_t count = items ? (int32_t)num_nodes(items) : 0;
    size_t index;

    if (!items || has_starred(items) || count > ITEMS_ON_STACK_MAX)
        return false;
    for (int32_t i = 0; i < count && !self->outcome; i++)
        if (!converter_constant(self, PyList_GET_ITEM(items, i)))
            break;
        else if (i + 1 == count)
            return false; /* made once */
    for (int32_t i = 0; i < count && !self->outcome; i++)
        convert(self, PyList_GET_ITEM(items, i));
    index = emit(self, OP_IN_ITEMS, count, NULL, -count);
    set_target(self, index, is_negated);
    return true;
}
