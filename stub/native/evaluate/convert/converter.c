#include "stub/native/compat.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/convert/converter.h"

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

/* Up to 3.7 there is a kind of node for each kind of value. */
PyObject *converter_constant(Converter *self, PyObject *node)
{
    static const char *const kinds[][2] = {
        {"Constant", "value"}, {"Num", "n"}, {"Str", "s"}, {"Bytes", "s"}, {"NameConstant", "value"}};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++)
        if (is_node(node, kinds[i][0]))
            return field(self, node, kinds[i][1]);
    return is_node(node, "Ellipsis") ? Py_Ellipsis : NULL;
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
        refuse_because(self, "is too long");
        return 0;
    }
    if (!make_room(self))
        return 0;
    program->instructions[program->count] = (Instruction){
        .operation = (uint8_t)operation,
        .number = number,
        .object = Py_XNewRef(object),
        .part = part_locate(self->text, self->node),
    };
    self->stack_size += growth;
    if (self->stack_size > PROGRAM_STACK_MAX)
        refuse_because(self, "is too long");
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
    const Converter *scoped = self;
    PyObject *class_name;
    PyObject *result;

    while (!scoped->scope && scoped->outer)
        scoped = scoped->outer;
    class_name = scoped->scope ? scoped->scope->class_name : NULL;

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

/* ---------------------------------------------------------------------------------------- names */

/* A field that could not be read is None. */
static bool is_same_name(PyObject *a, PyObject *b)
{
    return PyUnicode_Check(a) && PyUnicode_Check(b) && PyUnicode_Compare(a, b) == 0;
}

int converter_find_variable(const Converter *self, PyObject *name)
{
    for (int i = self->num_variables - 1; i >= 0; i--)
        if (self->variables[i].name && is_same_name(self->variables[i].name, name))
            return i;
    return -1;
}

/* Whether the name is a variable around the lambda or generator expression that is converted. */
static bool is_outer_variable(const Converter *self, PyObject *name)
{
    for (const Converter *outer = self->outer; outer; outer = outer->outer)
        if (outer->scope || converter_find_variable(outer, name) >= 0)
            return true;
    return false;
}

int converter_declare(Converter *self, PyObject *name)
{
    if (self->num_variables_used == PROGRAM_VARIABLES_MAX) {
        refuse_because(self, "has too many variables");
        return 0;
    }
    self->num_variables = ++self->num_variables_used;
    self->variables[self->num_variables - 1].name = name;
    return self->num_variables - 1;
}

/* A variable of its own for one of the code around it, whose value it is given when it is made. It comes
 * before those of comprehensions, which end before it does. */
static int capture(Converter *self, PyObject *name)
{
    int number;

    for (number = 0; number < self->num_captured; number++)
        if (is_same_name(self->captured[number], name))
            return self->first_captured + number;
    if (number == CONVERTER_CAPTURED_MAX) {
        refuse_because(self, "has too many variables");
        return 0;
    }
    self->captured[self->num_captured++] = name;
    return self->first_captured + number;
}

void converter_name(Converter *self, PyObject *name)
{
    int number = converter_find_variable(self, name);

    if (number >= 0)
        emit_named(self, OP_VARIABLE, number, name, 1);
    else if (is_outer_variable(self, name))
        emit_named(self, OP_VARIABLE, capture(self, name), name, 1);
    else if (self->scope)
        self->scope->convert_name(self, name);
    else
        emit_named(self, OP_NAME, self->num_scopes > 0 || self->outer ? PROGRAM_NAME_IS_NESTED : 0, name, 1);
}
