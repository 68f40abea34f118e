#include "stub/native/compat.h"

#include "stub/native/evaluate/convert/convert_call.h"
#include "stub/native/evaluate/convert/convert_display.h"
#include "stub/native/evaluate/convert/convert_loop.h"

/* More arguments are put into a list. */
#define ARGUMENTS_ON_STACK_MAX 12

static bool is_name_of(Converter *self, PyObject *node, const char *name)
{
    PyObject *id = is_node(node, "Name") ? field(self, node, "id") : Py_None;

    return PyUnicode_Check(id) && PyUnicode_CompareWithASCIIString(id, name) == 0;
}

/* Whether arguments are unpacked, or too many for the stack. */
static bool must_spread(Converter *self, PyObject *arguments, PyObject *keywords)
{
    for (Py_ssize_t i = 0; i < num_nodes(arguments); i++)
        if (is_node(PyList_GET_ITEM(arguments, i), "Starred"))
            return true;
    for (Py_ssize_t i = 0; i < num_nodes(keywords); i++)
        if (field(self, PyList_GET_ITEM(keywords, i), "arg") == Py_None)
            return true;
    return num_nodes(arguments) + num_nodes(keywords) > ARGUMENTS_ON_STACK_MAX;
}

/* ------------------------------------------------------------------------ arguments on the stack */

/* Their values, and a tuple of their names; NULL: there are none. */
static PyObject *convert_keywords(Converter *self, PyObject *keywords)
{
    Py_ssize_t count = num_nodes(keywords);
    PyObject *names = count > 0 ? PyTuple_New(count) : NULL;

    for (Py_ssize_t i = 0; names && i < count && !self->outcome; i++) {
        PyObject *name = field(self, PyList_GET_ITEM(keywords, i), "arg");

        PyTuple_SET_ITEM(names, i, converter_mangled(self, name));
        convert(self, field(self, PyList_GET_ITEM(keywords, i), "value"));
    }
    if (count > 0 && !names)
        fail_with_memory(self);
    return names;
}

static void emit_call(Converter *self, Operation operation, PyObject *name, int32_t count, PyObject *names)
{
    size_t call;

    if (names)
        count += (int32_t)PyTuple_GET_SIZE(names);
    call =
        name ? emit_named(self, operation, count, name, -count) : emit(self, operation, count, NULL, -count);
    if (self->outcome)
        Py_XDECREF(names);
    else
        self->program->instructions[call].names = names;
}

static void convert_stacked(Converter *self, PyObject *method_name, PyObject *arguments, PyObject *keywords)
{
    PyObject *names;

    for (Py_ssize_t i = 0; i < num_nodes(arguments) && !self->outcome; i++)
        convert(self, PyList_GET_ITEM(arguments, i));
    names = convert_keywords(self, keywords);
    emit_call(self, method_name ? OP_METHOD : OP_CALL, method_name, (int32_t)num_nodes(arguments), names);
}

/* ------------------------------------------------------------------------- arguments in containers */

static void convert_into_dict(Converter *self, PyObject *keywords)
{
    int place = self->stack_size;

    emit(self, OP_DICT, 0, NULL, 1);
    for (Py_ssize_t i = 0; i < num_nodes(keywords) && !self->outcome; i++) {
        PyObject *keyword = PyList_GET_ITEM(keywords, i);
        PyObject *name = field(self, keyword, "arg");
        PyObject *value = field(self, keyword, "value");

        if (name != Py_None)
            emit_named(self, OP_CONSTANT, 0, name, 1);
        convert(self, value);
        if (name != Py_None)
            emit(self, OP_PUT, place, NULL, -2);
        else
            emit_about(self, value, OP_MERGE, place, NULL, -1);
    }
}

static void convert_spread(Converter *self, PyObject *method_name, PyObject *arguments, PyObject *keywords)
{
    convert_into_list(self, arguments);
    convert_into_dict(self, keywords);
    if (method_name)
        emit_named(self, OP_METHOD_SPREAD, 0, method_name, -2);
    else
        emit(self, OP_CALL_SPREAD, 0, NULL, -2);
}

/* -------------------------------------------------------------------------------------------- face */

void convert_call(Converter *self, PyObject *node)
{
    PyObject *function = field(self, node, "func");
    PyObject *arguments = field(self, node, "args");
    PyObject *keywords = field(self, node, "keywords");
    bool has_generator = num_nodes(arguments) == 1 && num_nodes(keywords) == 0 &&
                         is_node(PyList_GET_ITEM(arguments, 0), "GeneratorExp");
    bool is_method = is_node(function, "Attribute");
    PyObject *outer = self->node;

    if (self->outcome)
        return;
    if (self->scope && self->scope->convert_call(self, node))
        return;
    if (has_generator && (is_name_of(self, function, "any") || is_name_of(self, function, "all"))) {
        convert_any_or_all(self, function, PyList_GET_ITEM(arguments, 0), is_name_of(self, function, "any"));
        return;
    }
    convert(self, is_method ? field(self, function, "value") : function);
    if (!self->is_in_fstring)
        self->node = function; /* messages are about what is called */
    if (must_spread(self, arguments, keywords))
        convert_spread(self, is_method ? field(self, function, "attr") : NULL, arguments, keywords);
    else
        convert_stacked(self, is_method ? field(self, function, "attr") : NULL, arguments, keywords);
    self->node = outer;
}
