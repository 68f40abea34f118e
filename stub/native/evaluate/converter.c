#include "stub/native/compat.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/converter.h"

#define INSTRUCTIONS_MAX 4096

void converter_fail_with_memory(Converter *self)
{
    PyErr_Clear();
    if (!self->outcome)
        self->outcome = -ENOMEM;
}

/* ----------------------------------------------------------------------------------------- tree */

PyObject *converter_field(Converter *self, PyObject *node, const char *name)
{
    PyObject *value = PyObject_GetAttrString(node, name);

    if (!value) {
        fail_with_memory(self);
        return Py_None;
    }
    Py_DECREF(value);
    return value;
}

bool converter_is_node(PyObject *node, const char *type)
{
    return strcmp(Py_TYPE(node)->tp_name, type) == 0 ||
           (strncmp(Py_TYPE(node)->tp_name, "ast.", 4) == 0 && strcmp(Py_TYPE(node)->tp_name + 4, type) == 0);
}

/* --------------------------------------------------------------------------------- instructions */

static bool make_room(Converter *self)
{
    Program *program = self->program;
    size_t capacity = program->capacity ? program->capacity * 2 : 16;
    Instruction *grown;

    if (program->count < program->capacity)
        return true;
    grown = realloc(program->instructions, capacity * sizeof(*grown));
    if (!grown) {
        fail_with_memory(self);
        return false;
    }
    program->instructions = grown;
    program->capacity = capacity;
    return true;
}

size_t converter_emit(Converter *self, Operation operation, int32_t number, PyObject *object, int growth)
{
    Program *program = self->program;

    if (self->outcome)
        return 0;
    if (program->count == INSTRUCTIONS_MAX) {
        refuse(self);
        return 0;
    }
    if (!make_room(self))
        return 0;
    program->instructions[program->count] = (Instruction){
        .operation = (uint8_t)operation,
        .number = number,
        .object = Py_XNewRef(object),
    };
    self->stack_size += growth;
    if (self->stack_size > PROGRAM_STACK_MAX)
        refuse(self);
    return program->count++;
}

static bool is_private(PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);

    return length >= 3 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_' &&
           (PyUnicode_READ_CHAR(name, length - 1) != '_' || PyUnicode_READ_CHAR(name, length - 2) != '_');
}

PyObject *converter_mangled(Converter *self, PyObject *name)
{
    PyObject *class_name = self->scope ? self->scope->class_name : NULL;
    PyObject *result;

    if (!PyUnicode_Check(name))
        return Py_NewRef(name);
    result =
        class_name && is_private(name) ? PyUnicode_FromFormat("_%U%U", class_name, name) : Py_NewRef(name);
    if (result)
        PyUnicode_InternInPlace(&result);
    else
        fail_with_memory(self);
    return result;
}

size_t converter_emit_named(Converter *self, Operation operation, int32_t number, PyObject *name, int growth)
{
    PyObject *object = self->outcome ? NULL : converter_mangled(self, name);
    size_t index = object ? emit(self, operation, number, object, growth) : 0;

    Py_XDECREF(object);
    return index;
}
