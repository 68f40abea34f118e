#include "stub/native/compat.h"

#include "stub/native/evaluate/convert/convert.h"
#include "stub/native/evaluate/convert/convert_call.h"
#include "stub/native/evaluate/convert/convert_display.h"
#include "stub/native/evaluate/convert/convert_loop.h"
#include "stub/native/evaluate/convert/converter.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/run.h"

/* -------------------------------------------------------------------------- names and constants */

static void convert_name(Converter *self, PyObject *node)
{
    PyObject *name = field(self, node, "id");

    if (!self->outcome)
        converter_name(self, name);
}

/* ------------------------------------------------------------------------------------ operators */

static int index_of(PyObject *node, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (is_node(node, names[i]))
            return i;
    return -1;
}

/* -1 is an operator and a number in the tree; in the program it is a number. */
static bool convert_negative_number(Converter *self, PyObject *operand)
{
    PyObject *value = converter_constant(self, operand);
    PyObject *negative;

    if (!value || (!PyLong_CheckExact(value) && !PyFloat_CheckExact(value)))
        return false;
    negative = PyNumber_Negative(value);
    if (negative)
        emit(self, OP_CONSTANT, 0, negative, 1);
    else
        fail_with_memory(self);
    Py_XDECREF(negative);
    return true;
}

static void convert_unary(Converter *self, PyObject *node)
{
    static const char *const names[] = {
        [UNARY_MINUS] = "USub", [UNARY_PLUS] = "UAdd", [UNARY_INVERT] = "Invert", [UNARY_NOT] = "Not"};
    int operation = index_of(field(self, node, "op"), names, 4);
    PyObject *operand = field(self, node, "operand");

    if (operation == UNARY_MINUS && convert_negative_number(self, operand))
        return;
    convert(self, operand);
    if (operation < 0)
        refuse_because(self, "is an operator that is not known");
    emit(self, OP_UNARY, operation, NULL, 0);
}

int convert_binary_operator(PyObject *node)
{
    static const char *const names[] = {
        [BINARY_ADD] = "Add",
        [BINARY_SUBTRACT] = "Sub",
        [BINARY_MULTIPLY] = "Mult",
        [BINARY_DIVIDE] = "Div",
        [BINARY_FLOOR_DIVIDE] = "FloorDiv",
        [BINARY_MODULO] = "Mod",
        [BINARY_POWER] = "Pow",
        [BINARY_SHIFT_LEFT] = "LShift",
        [BINARY_SHIFT_RIGHT] = "RShift",
        [BINARY_OR] = "BitOr",
        [BINARY_XOR] = "BitXor",
        [BINARY_AND] = "BitAnd",
        [BINARY_MATRIX_MULTIPLY] = "MatMult",
    };

    return index_of(node, names, 13);
}

static void convert_binary(Converter *self, PyObject *node)
{
    int operation = convert_binary_operator(field(self, node, "op"));

    convert(self, field(self, node, "left"));
    convert(self, field(self, node, "right"));
    if (operation < 0)
        refuse_because(self, "is an operator that is not known");
    emit(self, OP_BINARY, operation, NULL, -1);
}

/* `a and b and c`: each but the last jumps to the end with its value if it decides. */
static void convert_boolean(Converter *self, PyObject *node)
{
    Operation operation =
        is_node(field(self, node, "op"), "And") ? OP_JUMP_IF_FALSE_KEEP : OP_JUMP_IF_TRUE_KEEP;
    PyObject *values = field(self, node, "values");
    Py_ssize_t count = num_nodes(values);
    size_t last_jump = SIZE_MAX;

    for (Py_ssize_t i = 0; i < count && !self->outcome; i++) {
        convert(self, PyList_GET_ITEM(values, i));
        if (i + 1 < count) {
            size_t jump = emit_jump(self, operation, -1);

            /* Jumps to the end form a list through their targets until the end is known. */
            set_target(self, jump, last_jump);
            last_jump = jump;
        }
    }
    while (!self->outcome && last_jump != (uint32_t)SIZE_MAX && last_jump != SIZE_MAX) {
        size_t before = self->program->instructions[last_jump].target;

        set_target(self, last_jump, here(self));
        last_jump = before;
    }
}

static int comparison_of(PyObject *node)
{
    static const char *const names[] = {
        [COMPARE_LT] = "Lt", [COMPARE_LE] = "LtE",       [COMPARE_EQ] = "Eq", [COMPARE_NE] = "NotEq",
        [COMPARE_GT] = "Gt", [COMPARE_GE] = "GtE",       [COMPARE_IS] = "Is", [COMPARE_IS_NOT] = "IsNot",
        [COMPARE_IN] = "In", [COMPARE_NOT_IN] = "NotIn",
    };

    return index_of(node, names, 10);
}

/* `a < b < c`: a link keeps its right side for the next; the first that is false ends the chain. */
static void convert_compare(Converter *self, PyObject *node)
{
    PyObject *operators = field(self, node, "ops");
    PyObject *others = field(self, node, "comparators");
    Py_ssize_t count = num_nodes(others);
    size_t jumps[CONVERTER_DEPTH_MAX];

    if (count > CONVERTER_DEPTH_MAX || num_nodes(operators) != count)
        refuse_because(self, "is too long");
    convert(self, field(self, node, "left"));
    for (Py_ssize_t i = 0; i < count && !self->outcome; i++) {
        int comparison = comparison_of(PyList_GET_ITEM(operators, i));

        if (count == 1 && (comparison == COMPARE_IN || comparison == COMPARE_NOT_IN) &&
            convert_in_items(self, PyList_GET_ITEM(others, i), comparison == COMPARE_NOT_IN))
            return;
        if (comparison == COMPARE_IN || comparison == COMPARE_NOT_IN)
            convert_searched(self, PyList_GET_ITEM(others, i));
        else
            convert(self, PyList_GET_ITEM(others, i));
        if (i + 1 == count) {
            emit(self, OP_COMPARE, comparison, NULL, -1);
        } else {
            emit(self, OP_COMPARE_KEEP, comparison, NULL, 0);
            jumps[i] = emit_jump(self, OP_JUMP_IF_FALSE_KEEP, -1);
        }
    }
    if (count < 2 || self->outcome)
        return;
    /* The links jump here with what they kept below their False. */
    size_t over = emit_jump(self, OP_JUMP, 0);
    for (Py_ssize_t i = 0; i + 1 < count; i++)
        set_target(self, jumps[i], here(self));
    self->stack_size++;
    emit(self, OP_DROP_SECOND, 0, NULL, -1);
    set_target(self, over, here(self));
}

static void convert_conditional(Converter *self, PyObject *node)
{
    convert(self, field(self, node, "test"));
    size_t to_else = emit_jump(self, OP_JUMP_IF_FALSE, -1);
    convert(self, field(self, node, "body"));
    size_t to_end = emit_jump(self, OP_JUMP, -1);
    set_target(self, to_else, here(self));
    convert(self, field(self, node, "orelse"));
    set_target(self, to_end, here(self));
}

/* --------------------------------------------------------------------------------------- access */

static void convert_attribute(Converter *self, PyObject *node)
{
    convert(self, field(self, node, "value"));
    if (!self->outcome)
        emit_named(self, OP_ATTRIBUTE, 0, field(self, node, "attr"), 0);
}

static void convert_or_none(Converter *self, PyObject *node)
{
    if (node == Py_None)
        emit(self, OP_CONSTANT, 0, Py_None, 1);
    else
        convert(self, node);
}

static void convert_slice(Converter *self, PyObject *node)
{
    convert_or_none(self, field(self, node, "lower"));
    convert_or_none(self, field(self, node, "upper"));
    convert_or_none(self, field(self, node, "step"));
    emit(self, OP_SLICE, 0, NULL, -2);
}

/* Up to 3.8 an index is wrapped in a node of its own, and so is a tuple with slices in it. */
void convert_index(Converter *self, PyObject *node)
{
    if (is_node(node, "Index"))
        convert(self, field(self, node, "value"));
    else if (is_node(node, "ExtSlice"))
        convert_tuple(self, field(self, node, "dims"));
    else
        convert(self, node);
}

static void convert_subscript(Converter *self, PyObject *node)
{
    convert(self, field(self, node, "value"));
    convert_index(self, field(self, node, "slice"));
    emit(self, OP_SUBSCRIPT, 0, NULL, -1);
}

/* ------------------------------------------------------------------------------------ f-strings */

static void convert_formatted(Converter *self, PyObject *node)
{
    PyObject *specification = field(self, node, "format_spec");
    PyObject *conversion = field(self, node, "conversion");
    long letter = self->outcome ? -1 : PyLong_AsLong(conversion);

    convert(self, field(self, node, "value"));
    if (specification == Py_None) {
        PyObject *empty = PyUnicode_FromString("");

        emit(self, OP_CONSTANT, 0, empty, 1);
        Py_XDECREF(empty);
    } else {
        convert(self, specification);
    }
    emit(self, OP_FORMAT, letter < 0 ? 0 : (int32_t)letter, NULL, -1);
}

static void convert_joined(Converter *self, PyObject *node)
{
    PyObject *values = field(self, node, "values");
    int32_t count = (int32_t)num_nodes(values);
    bool was_in_fstring = self->is_in_fstring;

    self->is_in_fstring = true;
    for (int32_t i = 0; i < count && !self->outcome; i++)
        convert(self, PyList_GET_ITEM(values, i));
    self->is_in_fstring = was_in_fstring;
    emit(self, OP_JOIN, count, NULL, 1 - count);
}

/* ------------------------------------------------------------------------------------- dispatch */

/* `name := value` binds a variable of the function that is converted. */
static void convert_named(Converter *self, PyObject *node)
{
    convert(self, field(self, node, "value"));
    self->scope->convert_store(self, field(self, field(self, node, "target"), "id"));
}

static void convert_node(Converter *self, PyObject *node)
{
    PyObject *constant = converter_constant(self, node);

    if (constant)
        emit(self, OP_CONSTANT, 0, constant, 1);
    else if (is_node(node, "Name"))
        convert_name(self, node);
    else if (is_node(node, "Attribute"))
        convert_attribute(self, node);
    else if (is_node(node, "Subscript"))
        convert_subscript(self, node);
    else if (is_node(node, "Slice"))
        convert_slice(self, node);
    else if (is_node(node, "Index"))
        convert_index(self, node); /* beside a slice */
    else if (is_node(node, "Compare"))
        convert_compare(self, node);
    else if (is_node(node, "BoolOp"))
        convert_boolean(self, node);
    else if (is_node(node, "UnaryOp"))
        convert_unary(self, node);
    else if (is_node(node, "BinOp"))
        convert_binary(self, node);
    else if (is_node(node, "IfExp"))
        convert_conditional(self, node);
    else if (is_node(node, "Call"))
        convert_call(self, node);
    else if (is_node(node, "Tuple"))
        convert_tuple(self, field(self, node, "elts"));
    else if (is_node(node, "List"))
        convert_list(self, field(self, node, "elts"));
    else if (is_node(node, "Set"))
        convert_set(self, field(self, node, "elts"));
    else if (is_node(node, "Dict"))
        convert_dict(self, node);
    else if (is_node(node, "JoinedStr"))
        convert_joined(self, node);
    else if (is_node(node, "FormattedValue"))
        convert_formatted(self, node);
    else if (is_node(node, "ListComp"))
        convert_comprehension(self, node, OP_LIST, OP_APPEND);
    else if (is_node(node, "SetComp"))
        convert_comprehension(self, node, OP_SET, OP_ADD);
    else if (is_node(node, "DictComp"))
        convert_comprehension(self, node, OP_DICT, OP_PUT);
    else if (is_node(node, "GeneratorExp"))
        convert_generator(self, node);
    else if (is_node(node, "Lambda"))
        convert_lambda(self, node);
    else if (is_node(node, "NamedExpr") && self->scope)
        convert_named(self, node);
    else if (is_node(node, "NamedExpr"))
        refuse_because(self, "assigns to a variable");
    else if (!self->scope || !self->scope->convert_other(self, node))
        refuse_because(self, is_node(node, "Await")     ? "waits for something"
                             : is_node(node, "Starred") ? "can only be unpacked in a call or a display"
                                                        : "is no expression without effects");
}

void convert(Converter *self, PyObject *node)
{
    PyObject *outer = self->node;

    if (self->outcome)
        return;
    /* Up to 3.11 the places of what is inside of an f-string are not those in the source. */
    if (!self->is_in_fstring)
        self->node = node;
    if (++self->depth > CONVERTER_DEPTH_MAX)
        refuse_because(self, "is nested too deeply");
    else
        convert_node(self, node);
    self->depth--;
    self->node = outer;
}

int convert_expression(PyObject *node, const PartText *text, Program *program, Status *ret_status)
{
    Converter self = {.program = program, .text = text};

    convert(&self, node);
    if (self.outcome == PROGRAM_E_REFUSED)
        run_set_refusal(ret_status, self.refusal, program->source + self.refused_part.begin,
                        self.refused_part.len);
    return self.outcome;
}
