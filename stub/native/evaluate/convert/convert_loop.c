#include "stub/native/compat.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/convert/convert_loop.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/convert/tree.h"

typedef struct Loop {
    int iteration;
    size_t next; /* its OP_NEXT, to which the loop goes back */
} Loop;

typedef struct Loops {
    Loop loops[PROGRAM_ITERATIONS_MAX];
    int count;
    int outer_num_variables;
} Loops;

/* ------------------------------------------------------------------------------------------ targets */

/* Declares the names that a `for` binds: those of all of a comprehension are its own from the start. */
static void declare_target(Converter *self, PyObject *node, int first_variable)
{
    PyObject *items;

    if (is_node(node, "Name")) {
        if (converter_find_variable(self, field(self, node, "id")) < first_variable)
            converter_declare(self, field(self, node, "id"));
        return;
    }
    if (is_node(node, "Starred")) {
        declare_target(self, field(self, node, "value"), first_variable);
        return;
    }
    if (!is_node(node, "Tuple") && !is_node(node, "List")) {
        self->node = node;
        refuse_because(self, "would be changed");
        return;
    }
    items = field(self, node, "elts");
    for (Py_ssize_t i = 0; i < num_nodes(items) && !self->outcome; i++)
        declare_target(self, PyList_GET_ITEM(items, i), first_variable);
}

static void convert_target(Converter *self, PyObject *node);

static void convert_targets(Converter *self, PyObject *items)
{
    int32_t count = (int32_t)num_nodes(items);
    int32_t starred = -1;

    for (int32_t i = 0; i < count; i++)
        if (is_node(PyList_GET_ITEM(items, i), "Starred"))
            starred = i;
    if (count > UINT8_MAX)
        refuse_because(self, "is too long");
    if (starred < 0)
        emit(self, OP_UNPACK, count, NULL, count - 1);
    else
        emit(self, OP_UNPACK_STAR, starred * 256 + (count - 1 - starred), NULL, count - 1);
    for (int32_t i = 0; i < count && !self->outcome; i++)
        convert_target(self, PyList_GET_ITEM(items, i));
}

/* Binds the value on the stack. */
static void convert_target(Converter *self, PyObject *node)
{
    if (is_node(node, "Name"))
        emit(self, OP_STORE, converter_find_variable(self, field(self, node, "id")), NULL, -1);
    else if (is_node(node, "Starred"))
        convert_target(self, field(self, node, "value"));
    else
        convert_targets(self, field(self, node, "elts"));
}

/* -------------------------------------------------------------------------------------------- loops */

static void begin_loop(Converter *self, PyObject *generator, Loops *loops)
{
    PyObject *conditions = field(self, generator, "ifs");
    Loop *loop = &loops->loops[loops->count++];

    loop->iteration = self->num_iterations++;
    emit_about(self, field(self, generator, "iter"), OP_ITERATE, loop->iteration, NULL, -1);
    loop->next = emit(self, OP_NEXT, loop->iteration, NULL, 1);
    convert_target(self, field(self, generator, "target"));
    for (Py_ssize_t j = 0; j < num_nodes(conditions) && !self->outcome; j++) {
        convert(self, PyList_GET_ITEM(conditions, j));
        set_target(self, emit_about(self, PyList_GET_ITEM(conditions, j), OP_JUMP_IF_FALSE, 0, NULL, -1),
                   loop->next);
    }
}

/* The `for`s and `if`s; what follows is the body of the innermost. The first container is on the stack: it is
 * of the scope around the comprehension. */
static void begin_loops(Converter *self, PyObject *generators, Loops *loops)
{
    loops->count = 0;
    loops->outer_num_variables = self->num_variables;
    self->num_scopes++;
    for (Py_ssize_t i = 0; i < num_nodes(generators) && !self->outcome; i++)
        declare_target(self, field(self, PyList_GET_ITEM(generators, i), "target"),
                       loops->outer_num_variables);
    for (Py_ssize_t i = 0; i < num_nodes(generators) && !self->outcome; i++) {
        PyObject *generator = PyList_GET_ITEM(generators, i);

        if (PyObject_IsTrue(field(self, generator, "is_async")) != 0)
            refuse_because(self, "waits for something");
        if (self->num_iterations == PROGRAM_ITERATIONS_MAX)
            refuse_because(self, "has too many loops in loops");
        if (i > 0)
            convert(self, field(self, generator, "iter"));
        if (!self->outcome)
            begin_loop(self, generator, loops);
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
    self->num_scopes--;
}

static PyObject *first_container(Converter *self, PyObject *node)
{
    PyObject *generators = field(self, node, "generators");

    return num_nodes(generators) > 0 ? field(self, PyList_GET_ITEM(generators, 0), "iter") : Py_None;
}

void convert_comprehension(Converter *self, PyObject *node, Operation display, Operation addition)
{
    Loops loops;
    int place = self->stack_size;

    emit(self, display, 0, NULL, 1);
    convert(self, first_container(self, node));
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

void convert_any_or_all(Converter *self, PyObject *function, PyObject *generator, bool is_any)
{
    Loops loops;
    PyObject *element = field(self, generator, "elt");

    convert(self, function);
    emit_about(self, function, is_any ? OP_CHECK_ANY : OP_CHECK_ALL, 0, NULL, -1);
    convert(self, first_container(self, generator));
    begin_loops(self, field(self, generator, "generators"), &loops);
    convert(self, element);
    if (!is_any)
        emit_about(self, element, OP_UNARY, UNARY_NOT, NULL, 0);
    if (self->outcome || loops.count == 0)
        return;
    set_target(self, emit_about(self, element, OP_JUMP_IF_FALSE, 0, NULL, -1),
               loops.loops[loops.count - 1].next);
    for (int i = 0; i < loops.count; i++)
        emit(self, OP_STOP, loops.loops[i].iteration, NULL, 0);
    emit(self, OP_CONSTANT, 0, is_any ? Py_True : Py_False, 1);
    size_t to_end = emit_jump(self, OP_JUMP, -1);
    end_loops(self, &loops);
    emit(self, OP_CONSTANT, 0, is_any ? Py_False : Py_True, 1);
    set_target(self, to_end, here(self));
}

/* --------------------------------------------------------------------------------- programs of their own */

static Program *add_child(Converter *self)
{
    Program *parent = self->program;
    Program **grown = realloc(parent->children, (parent->num_children + 1) * sizeof(*grown));
    Program *child = grown ? calloc(1, sizeof(*child)) : NULL;

    if (grown)
        parent->children = grown;
    if (!child) {
        fail_with_memory(self);
        return NULL;
    }
    child->source = parent->source;
    parent->children[parent->num_children++] = child;
    return child;
}

/* @num_variables: its parameters, or its container. What it captures has its variables behind them. */
static Converter begin_child(Converter *self, Program *program, int num_variables)
{
    return (Converter){
        .program = program,
        .outer = self,
        .depth = self->depth,
        .text = self->text,
        .node = self->node,
        .is_in_fstring = self->is_in_fstring,
        .first_captured = num_variables,
        .num_variables = num_variables + CONVERTER_CAPTURED_MAX,
        .num_variables_used = num_variables + CONVERTER_CAPTURED_MAX,
    };
}

static void capture_for_child(Converter *self, PyObject *name)
{
    converter_name(self, name);
    if (!self->outcome && self->program->instructions[here(self) - 1].operation == OP_VARIABLE)
        set_target(self, here(self) - 1, PROGRAM_VARIABLE_IS_CAPTURED);
}

/* Leaves what it captures on the stack. Returns how many. */
static int end_child(Converter *self, Converter *child)
{
    if (!self->outcome) {
        self->outcome = child->outcome;
        self->refusal = child->refusal;
        self->refused_part = child->refused_part;
    }
    child->program->num_captured = child->num_captured;
    for (int i = 0; i < child->num_captured && !self->outcome; i++)
        capture_for_child(self, child->captured[i]);
    return child->num_captured;
}

void convert_generator(Converter *self, PyObject *node)
{
    int32_t number = (int32_t)self->program->num_children;
    Program *program = self->outcome ? NULL : add_child(self);
    Loops loops;

    if (!program)
        return;
    convert(self, first_container(self, node));

    Converter child = begin_child(self, program, 1);
    emit(&child, OP_VARIABLE, 0, NULL, 1);
    begin_loops(&child, field(&child, node, "generators"), &loops);
    convert(&child, field(&child, node, "elt"));
    emit(&child, OP_YIELD, 0, NULL, -1);
    end_loops(&child, &loops);
    int num_captured = end_child(self, &child);

    emit(self, OP_GENERATOR, number, NULL, -num_captured);
}

/* The names of the parameters; NULL: memory is out. */
static PyObject *parameter_names(Converter *self, PyObject *const lists[2])
{
    Py_ssize_t count = num_nodes(lists[0]) + num_nodes(lists[1]);
    PyObject *names = PyTuple_New(count);

    for (Py_ssize_t i = 0; names && i < count; i++) {
        Py_ssize_t num_first = num_nodes(lists[0]);
        PyObject *node =
            i < num_first ? PyList_GET_ITEM(lists[0], i) : PyList_GET_ITEM(lists[1], i - num_first);
        PyObject *name = field(self, node, "arg");

        PyTuple_SET_ITEM(names, i, Py_NewRef(name));
    }
    if (!names)
        fail_with_memory(self);
    return names;
}

static void convert_parameters(Converter *self, PyObject *node, Program *program)
{
    PyObject *defaults = field(self, node, "defaults");
    /* Up to 3.7 there are none that are positional only. */
    PyObject *lists[2] = {tree_field(node, "posonlyargs"), field(self, node, "args")};

    if (num_nodes(field(self, node, "kwonlyargs")) > 0 || field(self, node, "kwarg") != Py_None ||
        num_nodes(lists[0]) + num_nodes(lists[1]) > 6)
        refuse_because(self, "has more parameters than are known here");
    program->parameters.names = parameter_names(self, lists);
    if (self->outcome)
        return;
    program->parameters.count = (int)PyTuple_GET_SIZE(program->parameters.names);
    program->parameters.num_defaults = (int)num_nodes(defaults);
    program->parameters.has_rest = field(self, node, "vararg") != Py_None;
    for (Py_ssize_t i = 0; i < num_nodes(defaults) && !self->outcome; i++)
        convert(self, PyList_GET_ITEM(defaults, i));
}

void convert_lambda(Converter *self, PyObject *node)
{
    int32_t number = (int32_t)self->program->num_children;
    Program *program = self->outcome ? NULL : add_child(self);
    PyObject *arguments = field(self, node, "args");

    if (!program)
        return;
    convert_parameters(self, arguments, program);
    if (self->outcome)
        return;

    const Parameters *parameters = &program->parameters;
    Converter child = begin_child(self, program, parameters->count + parameters->has_rest);
    for (int i = 0; i < parameters->count; i++)
        child.variables[i].name = PyTuple_GET_ITEM(parameters->names, i);
    if (parameters->has_rest)
        child.variables[parameters->count].name = field(&child, field(&child, arguments, "vararg"), "arg");
    convert(&child, field(&child, node, "body"));
    int num_captured = end_child(self, &child);

    emit(self, OP_LAMBDA, number, NULL, 1 - parameters->num_defaults - num_captured);
}
