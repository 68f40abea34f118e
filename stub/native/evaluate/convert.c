#include "stub/native/compat.h"

#include "stub/native/evaluate/convert.h"
#include "stub/native/evaluate/converter.h"
#include "stub/native/evaluate/operators.h"

/* -------------------------------------------------------------------------- names and constants */

static void convert_name(Converter *self, PyObject *node)
{
    PyObject *name = field(self, node, "id");

    if (self->outcome)
        return;
    for (int i = self->num_variables - 1; i >= 0; i--) {
        if (self->variables[i].name && PyUnicode_Compare(self->variables[i].name, name) == 0) {
            emit(self, OP_VARIABLE, i, NULL, 1);
            return;
        }
    }
    if (self->scope)
        self->scope->convert_name(self, name);
    else
        emit_named(self, OP_NAME, 0, name, 1);
}

/* The value of a node that is a constant, borrowed from the tree; NULL: it is none. Up to 3.7 there is a kind
 * of node for each kind of value. */
static PyObject *constant_of(Converter *self, PyObject *node)
{
    static const char *const kinds[][2] = {
        {"Constant", "value"}, {"Num", "n"}, {"Str", "s"}, {"Bytes", "s"}, {"NameConstant", "value"}};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++)
        if (is_node(node, kinds[i][0]))
            return field(self, node, kinds[i][1]);
    return is_node(node, "Ellipsis") ? Py_Ellipsis : NULL;
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
    PyObject *value = constant_of(self, operand);
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
        refuse(self);
    self->program->makes_objects |= operation != UNARY_NOT;
    emit(self, OP_UNARY, operation, NULL, 0);
}

static void convert_binary(Converter *self, PyObject *node)
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
    int operation = index_of(field(self, node, "op"), names, 13);

    convert(self, field(self, node, "left"));
    convert(self, field(self, node, "right"));
    if (operation < 0)
        refuse(self);
    self->program->makes_objects = true;
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
        refuse(self);
    convert(self, field(self, node, "left"));
    for (Py_ssize_t i = 0; i < count && !self->outcome; i++) {
        int comparison = comparison_of(PyList_GET_ITEM(operators, i));

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

/* -------------------------------------------------------------------------- displays and access */

static void convert_all(Converter *self, PyObject *nodes)
{
    for (Py_ssize_t i = 0; i < num_nodes(nodes) && !self->outcome; i++)
        convert(self, PyList_GET_ITEM(nodes, i));
}

static void convert_items(Converter *self, PyObject *items, Operation operation)
{
    int32_t count = (int32_t)num_nodes(items);

    convert_all(self, items);
    self->program->makes_objects = true;
    emit(self, operation, count, NULL, 1 - count);
}

static void convert_display(Converter *self, PyObject *node, Operation operation)
{
    convert_items(self, field(self, node, "elts"), operation);
}

static void convert_dict(Converter *self, PyObject *node)
{
    PyObject *keys = field(self, node, "keys");
    PyObject *values = field(self, node, "values");
    int32_t count = (int32_t)num_nodes(keys);

    for (int32_t i = 0; i < count && !self->outcome; i++) {
        if (PyList_GET_ITEM(keys, i) == Py_None)
            refuse(self); /* {**other} */
        else
            convert(self, PyList_GET_ITEM(keys, i));
        convert(self, PyList_GET_ITEM(values, i));
    }
    self->program->makes_objects = true;
    emit(self, OP_DICT, count, NULL, 1 - 2 * count);
}

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
static void convert_index(Converter *self, PyObject *node)
{
    if (is_node(node, "Index"))
        convert(self, field(self, node, "value"));
    else if (is_node(node, "ExtSlice"))
        convert_items(self, field(self, node, "dims"), OP_TUPLE);
    else
        convert(self, node);
}

static void convert_subscript(Converter *self, PyObject *node)
{
    convert(self, field(self, node, "value"));
    convert_index(self, field(self, node, "slice"));
    self->program->makes_objects = true;
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

    convert_all(self, values);
    self->program->makes_objects = true;
    emit(self, OP_JOIN, count, NULL, 1 - count);
}

/* ------------------------------------------------------------------------------- comprehensions */

/* Binds names of `for ... in`: a name, or a tuple of them. The value is on the stack. */
static void convert_target(Converter *self, PyObject *node)
{
    if (is_node(node, "Name")) {
        if (self->num_variables_used == PROGRAM_VARIABLES_MAX) {
            refuse(self);
            return;
        }
        self->num_variables = ++self->num_variables_used;
        self->variables[self->num_variables - 1].name = field(self, node, "id");
        emit(self, OP_STORE, self->num_variables - 1, NULL, -1);
        return;
    }
    if (!is_node(node, "Tuple") && !is_node(node, "List")) {
        refuse(self);
        return;
    }
    PyObject *items = field(self, node, "elts");
    int32_t count = (int32_t)num_nodes(items);
    emit(self, OP_UNPACK, count, NULL, count - 1);
    for (int32_t i = 0; i < count && !self->outcome; i++)
        convert_target(self, PyList_GET_ITEM(items, i));
}

typedef struct Loop {
    int iteration;
    size_t next; /* its OP_NEXT, to which the loop goes back */
} Loop;

typedef struct Loops {
    Loop loops[PROGRAM_ITERATIONS_MAX];
    int count;
    int outer_num_variables;
} Loops;

/* The `for`s and `if`s; what follows is the body of the innermost. */
static void begin_loops(Converter *self, PyObject *generators, Loops *loops)
{
    loops->count = 0;
    loops->outer_num_variables = self->num_variables;
    self->program->makes_objects = true;
    for (Py_ssize_t i = 0; i < num_nodes(generators) && !self->outcome; i++) {
        PyObject *generator = PyList_GET_ITEM(generators, i);
        PyObject *conditions = field(self, generator, "ifs");

        if (self->num_iterations == PROGRAM_ITERATIONS_MAX ||
            PyObject_IsTrue(field(self, generator, "is_async")) != 0) {
            refuse(self);
            return;
        }
        Loop *loop = &loops->loops[loops->count++];
        loop->iteration = self->num_iterations;
        convert(self, field(self, generator, "iter"));
        self->num_iterations++;
        emit(self, OP_ITERATE, loop->iteration, NULL, -1);
        loop->next = emit(self, OP_NEXT, loop->iteration, NULL, 1);
        convert_target(self, field(self, generator, "target"));
        for (Py_ssize_t j = 0; j < num_nodes(conditions) && !self->outcome; j++) {
            convert(self, PyList_GET_ITEM(conditions, j));
            set_target(self, emit_jump(self, OP_JUMP_IF_FALSE, -1), loop->next);
        }
    }
}

static void end_loops(Converter *self, Loops *loops)
{
    for (int i = loops->count - 1; i >= 0 && !self->outcome; i--) {
        set_target(self, emit_jump(self, OP_JUMP, 0), loops->loops[i].next);
        set_target(self, loops->loops[i].next, here(self));
    }
    self->num_iterations -= loops->count;
    for (int i = loops->outer_num_variables; i < self->num_variables; i++)
        self->variables[i].name = NULL;
    self->num_variables = loops->outer_num_variables;
}

static void convert_comprehension(Converter *self, PyObject *node, Operation display, Operation addition)
{
    Loops loops;
    int place = self->stack_size;

    emit(self, display, 0, NULL, 1);
    begin_loops(self, field(self, node, "generators"), &loops);
    if (addition == OP_PUT) {
        convert(self, field(self, node, "key"));
        convert(self, field(self, node, "value"));
        emit(self, addition, place, NULL, -2);
    } else {
        convert(self, field(self, node, "elt"));
        emit(self, addition, place, NULL, -1);
    }
    end_loops(self, &loops);
}

/* any(.. for ..) and all(.. for ..): the loop ends when the answer is known. */
static void convert_any_or_all(Converter *self, PyObject *function, PyObject *generator, bool is_any)
{
    Loops loops;

    convert(self, function);
    emit(self, is_any ? OP_CHECK_ANY : OP_CHECK_ALL, 0, NULL, -1);
    begin_loops(self, field(self, generator, "generators"), &loops);
    convert(self, field(self, generator, "elt"));
    if (!is_any)
        emit(self, OP_UNARY, UNARY_NOT, NULL, 0);
    if (self->outcome || loops.count == 0)
        return;
    set_target(self, emit_jump(self, OP_JUMP_IF_FALSE, -1), loops.loops[loops.count - 1].next);
    for (int i = 0; i < loops.count; i++)
        emit(self, OP_STOP, loops.loops[i].iteration, NULL, 0);
    emit(self, OP_CONSTANT, 0, is_any ? Py_True : Py_False, 1);
    size_t to_end = emit_jump(self, OP_JUMP, -1);
    end_loops(self, &loops);
    emit(self, OP_CONSTANT, 0, is_any ? Py_False : Py_True, 1);
    set_target(self, to_end, here(self));
}

/* ---------------------------------------------------------------------------------------- calls */

static bool is_name_of(Converter *self, PyObject *node, const char *name)
{
    return is_node(node, "Name") && PyUnicode_CompareWithASCIIString(field(self, node, "id"), name) == 0;
}

/* Whether the function reads the generator expression that it is given to its end and keeps nothing of it: a
 * list of what it gives does as well. */
static bool reads_to_the_end(Converter *self, PyObject *function)
{
    static const char *const names[] = {"sum", "min", "max", "sorted", "list", "tuple", "set", "frozenset"};

    if (is_node(function, "Attribute"))
        return PyUnicode_CompareWithASCIIString(field(self, function, "attr"), "join") == 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
        if (is_name_of(self, function, names[i]))
            return true;
    return false;
}

static void convert_arguments(Converter *self, PyObject *function, PyObject *arguments)
{
    for (Py_ssize_t i = 0; i < num_nodes(arguments) && !self->outcome; i++) {
        PyObject *argument = PyList_GET_ITEM(arguments, i);

        if (is_node(argument, "GeneratorExp") && reads_to_the_end(self, function))
            convert_comprehension(self, argument, OP_LIST, OP_APPEND);
        else
            convert(self, argument);
    }
}

/* Their values, and a tuple of their names; NULL: there are none. */
static PyObject *convert_keywords(Converter *self, PyObject *keywords)
{
    Py_ssize_t count = num_nodes(keywords);
    PyObject *names = count > 0 ? PyTuple_New(count) : NULL;

    for (Py_ssize_t i = 0; names && i < count && !self->outcome; i++) {
        PyObject *name = field(self, PyList_GET_ITEM(keywords, i), "arg");

        if (name == Py_None)
            refuse(self); /* **others */
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

static void convert_call(Converter *self, PyObject *node)
{
    PyObject *function = field(self, node, "func");
    PyObject *arguments = field(self, node, "args");
    PyObject *keywords = field(self, node, "keywords");
    int32_t count = (int32_t)num_nodes(arguments);
    bool has_generator =
        count == 1 && num_nodes(keywords) == 0 && is_node(PyList_GET_ITEM(arguments, 0), "GeneratorExp");

    if (self->outcome)
        return;
    self->program->makes_objects = true;
    if (has_generator && (is_name_of(self, function, "any") || is_name_of(self, function, "all"))) {
        convert_any_or_all(self, function, PyList_GET_ITEM(arguments, 0), is_name_of(self, function, "any"));
        return;
    }
    if (is_node(function, "Attribute")) {
        convert(self, field(self, function, "value"));
        convert_arguments(self, function, arguments);
        PyObject *names = convert_keywords(self, keywords);
        emit_call(self, OP_METHOD, field(self, function, "attr"), count, names);
        return;
    }
    convert(self, function);
    convert_arguments(self, function, arguments);
    emit_call(self, OP_CALL, NULL, count, convert_keywords(self, keywords));
}

/* ------------------------------------------------------------------------------------- dispatch */

static void convert_node(Converter *self, PyObject *node)
{
    PyObject *constant = constant_of(self, node);

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
        convert_display(self, node, OP_TUPLE);
    else if (is_node(node, "List"))
        convert_display(self, node, OP_LIST);
    else if (is_node(node, "Set"))
        convert_display(self, node, OP_SET);
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
    else
        /* Assignments, lambdas, generators that are not read at once, await, yield, *unpacking. */
        refuse(self);
}

void convert(Converter *self, PyObject *node)
{
    if (self->outcome)
        return;
    if (++self->depth > CONVERTER_DEPTH_MAX)
        refuse(self);
    else
        convert_node(self, node);
    self->depth--;
}

int convert_expression(PyObject *node, Program *program)
{
    Converter self = {.program = program};

    convert(&self, node);
    return self.outcome;
}
