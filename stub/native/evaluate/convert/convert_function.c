#include "stub/native/compat.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/convert/convert_exceptions.h"
#include "stub/native/evaluate/convert/convert_function.h"
#include "stub/native/evaluate/convert/convert_import.h"
#include "stub/native/evaluate/convert/function_converter.h"
#include "stub/native/evaluate/convert/tree.h"
#include "stub/native/evaluate/values/operators.h"

static FunctionConverter *of(Converter *base)
{
    return (FunctionConverter *)base;
}

/* ----------------------------------------------------------------------------------------- names */

static void convert_local(FunctionConverter *self, Operation operation, int number, int growth)
{
    emit(&self->base, operation, number, self->names.names[number], growth);
}

static void convert_name(Converter *base, PyObject *name)
{
    FunctionConverter *self = of(base);
    PyObject *mangled = converter_mangled(base, name);
    int number = mangled ? function_names_find(&self->names, mangled) : -1;
    int free_number = mangled ? function_names_find_free(&self->names, mangled) : -1;

    if (!mangled)
        return;
    if (number >= 0 && self->is_exception[number])
        refuse_for(self, "reads an exception that it has caught");
    else if (number >= 0)
        convert_local(self, OP_LOCAL, number, 1);
    else if (free_number >= 0)
        emit(base, OP_FREE, free_number, mangled, 1);
    else
        emit(base, OP_GLOBAL, 0, mangled, 1);
    Py_DECREF(mangled);
}

static void store_name(Converter *base, PyObject *name, Operation operation, int growth)
{
    FunctionConverter *self = of(base);
    PyObject *mangled = converter_mangled(base, name);
    int number = mangled ? function_names_find(&self->names, mangled) : -1;

    Py_XDECREF(mangled);
    if (number >= 0)
        convert_local(self, operation, number, growth);
    else
        refuse_for(self, "assigns a variable that is not its own");
}

static void convert_store(Converter *base, PyObject *name)
{
    store_name(base, name, OP_STORE_KEEP, 0);
}

/* super() is super(__class__, first parameter), where these are. */
static bool convert_super(Converter *base, PyObject *node)
{
    FunctionConverter *self = of(base);
    PyObject *function = field(base, node, "func");
    PyObject *id = is_node(function, "Name") ? field(base, function, "id") : Py_None;
    PyObject *name;
    int cell;

    if (!PyUnicode_Check(id) || PyUnicode_CompareWithASCIIString(id, "super") != 0 ||
        num_nodes(field(base, node, "args")) + num_nodes(field(base, node, "keywords")) > 0)
        return false;
    name = PyUnicode_InternFromString("__class__");
    cell = name ? function_names_find_free(&self->names, name) : -1;
    convert_name(base, field(base, function, "id"));
    if (cell < 0 || self->names.code->co_argcount == 0) {
        refuse_for(self, "calls super() where it has no meaning");
    } else {
        emit(base, OP_FREE, cell, name, 1);
        convert_local(self, OP_LOCAL, 0, 1);
        emit(base, OP_CALL, 2, NULL, -2);
    }
    Py_XDECREF(name);
    return true;
}

/* Whether it is a variable of the function's own. */
static bool is_local(FunctionConverter *self, PyObject *node)
{
    PyObject *mangled;
    int number;

    if (!is_node(node, "Name"))
        return false;
    mangled = converter_mangled(&self->base, field(&self->base, node, "id"));
    number = mangled ? function_names_find(&self->names, mangled) : -1;
    Py_XDECREF(mangled);
    return number >= 0;
}

/* A method that changes its object, which may be a container that nobody but the function knows. */
static bool convert_change(FunctionConverter *self, PyObject *node)
{
    static const char *const changing[] = {"append", "extend", "add"};
    Converter *base = &self->base;
    PyObject *function = field(base, node, "func");
    PyObject *arguments = field(base, node, "args");

    if (!is_node(function, "Attribute") || num_nodes(arguments) != 1 ||
        num_nodes(field(base, node, "keywords")) > 0 || is_node(PyList_GET_ITEM(arguments, 0), "Starred") ||
        !is_local(self, field(base, function, "value")))
        return false;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(changing); i++) {
        if (PyUnicode_CompareWithASCIIString(field(base, function, "attr"), changing[i]) == 0) {
            convert(base, field(base, function, "value"));
            convert(base, PyList_GET_ITEM(arguments, 0));
            emit_named(base, OP_CHANGE, 0, field(base, function, "attr"), -1);
            return true;
        }
    }
    return false;
}

static bool convert_call(Converter *base, PyObject *node)
{
    return convert_super(base, node) || convert_change(of(base), node);
}

/* ----------------------------------------------------------------------------------------- yield */

/* What is sent to it is None: its consumers only ask for the next item. */
static bool convert_other(Converter *base, PyObject *node)
{
    PyObject *value;

    if (is_node(node, "YieldFrom"))
        refuse_for(of(base), "uses what a generator has returned");
    if (!is_node(node, "Yield"))
        return false;
    if (base->num_scopes > 0) /* up to 3.7 a comprehension may yield: it is a generator of its own then */
        refuse_for(of(base), "yields in a comprehension");
    value = field(base, node, "value");
    if (value == Py_None)
        emit(base, OP_CONSTANT, 0, Py_None, 1);
    else
        convert(base, value);
    emit(base, OP_YIELD, 0, NULL, -1);
    emit(base, OP_CONSTANT, 0, Py_None, 1);
    return true;
}

/* As a statement: each item of the iterable. */
static void convert_yield_from(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    int iteration = base->num_iterations;

    if (iteration == PROGRAM_ITERATIONS_MAX) {
        refuse_for(self, "has more loops in one another than are walked");
        return;
    }
    convert(base, field(base, node, "value"));
    emit(base, OP_ITERATE, iteration, NULL, -1);
    size_t next = emit(base, OP_NEXT, iteration, NULL, 1);
    emit(base, OP_YIELD, 0, NULL, -1);
    set_target(base, emit_jump(base, OP_JUMP, 0), next);
    set_target(base, next, here(base));
}

/* ----------------------------------------------------------------------------------- assignments */

/* Takes the value from the stack. An item may be assigned if nobody but the function knows the container. */
static void convert_target(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;

    if (is_node(node, "Name")) {
        store_name(base, field(base, node, "id"), OP_STORE, -1);
    } else if (is_node(node, "Tuple") || is_node(node, "List")) {
        PyObject *items = field(base, node, "elts");
        int32_t count = (int32_t)num_nodes(items);

        emit(base, OP_UNPACK, count, NULL, count - 1);
        for (int32_t i = 0; i < count && !base->outcome; i++)
            convert_target(self, PyList_GET_ITEM(items, i));
    } else if (is_node(node, "Attribute")) {
        refuse_for(self, "assigns an attribute");
    } else if (is_node(node, "Subscript") && is_local(self, field(base, node, "value"))) {
        convert(base, field(base, node, "value"));
        convert_index(base, field(base, node, "slice"));
        emit(base, OP_STORE_ITEM, 0, NULL, -3);
    } else if (is_node(node, "Subscript")) {
        refuse_for(self, "assigns an item");
    } else {
        refuse_for(self, "assigns in a way that is not walked");
    }
}

static void convert_assign(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *targets = field(base, node, "targets");
    Py_ssize_t count = num_nodes(targets);

    convert(base, field(base, node, "value"));
    for (Py_ssize_t i = 0; i + 1 < count && !base->outcome; i++) {
        if (!is_node(PyList_GET_ITEM(targets, i), "Name"))
            refuse_for(self, "assigns in a way that is not walked");
        else
            store_name(base, field(base, PyList_GET_ITEM(targets, i), "id"), OP_STORE_KEEP, 0);
    }
    if (count > 0 && !base->outcome)
        convert_target(self, PyList_GET_ITEM(targets, count - 1));
}

static void convert_augmented(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *target = field(base, node, "target");
    int operation = convert_binary_operator(field(base, node, "op"));

    if (is_node(target, "Attribute")) {
        refuse_for(self, "assigns an attribute");
        return;
    }
    if (is_node(target, "Name")) {
        convert_name(base, field(base, target, "id"));
    } else { /* what it is made of is pure, and may be asked for twice */
        convert(base, field(base, target, "value"));
        convert_index(base, field(base, target, "slice"));
        emit(base, OP_SUBSCRIPT, 0, NULL, -1);
    }
    emit(base, OP_REQUIRE_IMMUTABLE, 0, NULL, 0);
    convert(base, field(base, node, "value"));
    size_t add = emit(base, OP_BINARY, operation, NULL, -1);
    set_target(base, add, operation == BINARY_ADD);
    convert_target(self, target);
}

static void convert_annotated(FunctionConverter *self, PyObject *node)
{
    PyObject *value = field(&self->base, node, "value");

    if (value == Py_None)
        return;
    convert(&self->base, value);
    convert_target(self, field(&self->base, node, "target"));
}

static void convert_delete(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *targets = field(base, node, "targets");

    for (Py_ssize_t i = 0; i < num_nodes(targets) && !base->outcome; i++) {
        PyObject *target = PyList_GET_ITEM(targets, i);

        if (is_node(target, "Name"))
            store_name(base, field(base, target, "id"), OP_FORGET, 0);
        else
            refuse_for(self, is_node(target, "Attribute") ? "deletes an attribute" : "deletes an item");
    }
}

/* ----------------------------------------------------------------------------------------- loops */

/* The `break`s of a loop go to the end of its `else`. */
static void end_breaks(FunctionConverter *self, Block *block)
{
    Converter *base = &self->base;

    while (block->last_break != NO_JUMP && !base->outcome) {
        uint32_t before = base->program->instructions[block->last_break].target;

        set_target(base, block->last_break, here(base));
        block->last_break = before;
        self->num_jumps--;
    }
}

/* The loop that `break` and `continue` are in, with what was left on the stack in it dropped. */
static Block *leave_to_loop(FunctionConverter *self)
{
    Block *block = self->block;
    int stack_size = self->base.stack_size;

    if (!block || block->kind != BLOCK_LOOP) {
        refuse_for(self, "leaves a `try` with a `finally` by a jump");
        return NULL;
    }
    for (int i = stack_size; i > block->stack_size; i--)
        emit(&self->base, OP_DROP, 0, NULL, 0);
    return block;
}

static void convert_break(FunctionConverter *self)
{
    Block *block = leave_to_loop(self);

    if (!block)
        return;
    if (block->iteration >= 0)
        emit(&self->base, OP_STOP, block->iteration, NULL, 0);
    size_t jump = emit_jump(&self->base, OP_JUMP, 0);
    set_target(&self->base, jump, block->last_break);
    block->last_break = (uint32_t)jump;
    self->num_jumps++;
}

static void convert_continue(FunctionConverter *self)
{
    Block *block = leave_to_loop(self);

    if (block)
        set_target(&self->base, emit_jump(&self->base, OP_JUMP, 0), block->start);
}

static void convert_for(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    int iteration = base->num_iterations;
    Block block;

    if (iteration == PROGRAM_ITERATIONS_MAX) {
        refuse_for(self, "has more loops in one another than are walked");
        return;
    }
    convert(base, field(base, node, "iter"));
    base->num_iterations++;
    emit(base, OP_ITERATE, iteration, NULL, -1);
    enter_block(self, &block, BLOCK_LOOP, iteration);
    size_t next = emit(base, OP_NEXT, iteration, NULL, 1);
    convert_target(self, field(base, node, "target"));
    if (!base->outcome)
        convert_statements(self, field(base, node, "body"));
    set_target(base, emit_jump(base, OP_JUMP, 0), next);
    set_target(base, next, here(base));
    leave_block(self);
    base->num_iterations--;
    convert_statements(self, field(base, node, "orelse"));
    end_breaks(self, &block);
}

static void convert_while(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    Block block;

    enter_block(self, &block, BLOCK_LOOP, -1);
    convert(base, field(base, node, "test"));
    size_t to_end = emit_jump(base, OP_JUMP_IF_FALSE, -1);
    if (!base->outcome)
        convert_statements(self, field(base, node, "body"));
    set_target(base, emit_jump(base, OP_JUMP, 0), block.start);
    set_target(base, to_end, here(base));
    leave_block(self);
    convert_statements(self, field(base, node, "orelse"));
    end_breaks(self, &block);
}

static void convert_if(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *other = field(base, node, "orelse");

    convert(base, field(base, node, "test"));
    size_t to_else = emit_jump(base, OP_JUMP_IF_FALSE, -1);
    if (base->outcome)
        return;
    convert_statements(self, field(base, node, "body"));
    if (num_nodes(other) == 0) {
        set_target(base, to_else, here(base));
        return;
    }
    size_t to_end = emit_jump(base, OP_JUMP, 0);
    set_target(base, to_else, here(base));
    convert_statements(self, other);
    set_target(base, to_end, here(base));
}

/* ------------------------------------------------------------------------------------ statements */

static void convert_return(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *value = field(base, node, "value");

    for (Block *block = self->block; block; block = block->outer) {
        if (block->kind == BLOCK_FINALLY) {
            refuse_for(self, "leaves a `try` with a `finally` by a jump");
            return;
        }
    }
    if (value == Py_None)
        emit(base, OP_CONSTANT, 0, Py_None, 1);
    else
        convert(base, value);
    emit(base, OP_RETURN, 0, NULL, -1);
}

static void convert_expression_statement(FunctionConverter *self, PyObject *node)
{
    PyObject *value = field(&self->base, node, "value");

    if (tree_is_one_of(value, " Constant Str Num Bytes NameConstant Ellipsis "))
        return; /* a docstring */
    if (is_node(value, "YieldFrom")) {
        convert_yield_from(self, value);
        return;
    }
    convert(&self->base, value);
    emit(&self->base, OP_DROP, 0, NULL, -1);
}

static void convert_import_node(FunctionConverter *self, PyObject *node)
{
    convert_import(&self->base, node);
}

static void convert_import_from_node(FunctionConverter *self, PyObject *node)
{
    convert_import_from(&self->base, node);
}

static void convert_nothing(FunctionConverter *self, PyObject *node)
{
    (void)self;
    (void)node;
}

static void convert_break_node(FunctionConverter *self, PyObject *node)
{
    (void)node;
    convert_break(self);
}

static void convert_continue_node(FunctionConverter *self, PyObject *node)
{
    (void)node;
    convert_continue(self);
}

static const struct {
    const char *type;
    void (*convert)(FunctionConverter *self, PyObject *node);
} conversions[] = {
    {"Return", convert_return},
    {"If", convert_if},
    {"Assign", convert_assign},
    {"Expr", convert_expression_statement},
    {"For", convert_for},
    {"AugAssign", convert_augmented},
    {"AnnAssign", convert_annotated},
    {"While", convert_while},
    {"Try", convert_try},
    {"Raise", convert_raise},
    {"Assert", convert_assert},
    {"Delete", convert_delete},
    {"Break", convert_break_node},
    {"Continue", convert_continue_node},
    {"Import", convert_import_node},
    {"ImportFrom", convert_import_from_node},
    {"Pass", convert_nothing},
    {"Global", convert_nothing},
    {"Nonlocal", convert_nothing},
};

static const struct {
    const char *types;
    const char *reason;
} refusals[] = {
    {" With AsyncWith ", "has a `with` statement"},
    {" FunctionDef AsyncFunctionDef ", "makes a function"},
    {" ClassDef ", "makes a class"},
    {" Match ", "has a `match` statement"},
};

static void convert_by_type(FunctionConverter *self, PyObject *node)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(conversions); i++) {
        if (tree_is(node, conversions[i].type)) {
            conversions[i].convert(self, node);
            return;
        }
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(refusals); i++)
        if (tree_is_one_of(node, refusals[i].types))
            refuse_for(self, refusals[i].reason);
    refuse(&self->base);
}

static void drop_instructions(Program *program, size_t count)
{
    while (program->count > count) {
        Instruction *instruction = &program->instructions[--program->count];

        Py_XDECREF(instruction->object);
        Py_XDECREF(instruction->names);
    }
}

/* In the place of a statement that is not accepted. */
static void emit_refusal(FunctionConverter *self, PyObject *node)
{
    PyObject *line = tree_field(node, "lineno");
    PyObject *reason = PyUnicode_FromFormat(
        "%s in line %S", self->reason ? self->reason : "does what is never accepted", line);

    if (reason)
        emit(&self->base, OP_REFUSE, 0, reason, 0);
    else
        converter_fail_with_memory(&self->base);
    Py_XDECREF(reason);
}

static void convert_statement(FunctionConverter *self, PyObject *node)
{
    Converter before = self->base;
    size_t count = before.program->count;
    size_t num_handlers = before.program->num_handlers;
    unsigned num_jumps = self->num_jumps;
    Block *block = self->block;

    self->reason = NULL;
    convert_by_type(self, node);
    if (self->base.outcome == PROGRAM_E_REFUSED) {
        /* It is large, rather than odd: jumps in it are known elsewhere. */
        if (self->num_jumps != num_jumps) {
            self->base.outcome = -E2BIG;
            return;
        }
        drop_instructions(before.program, count);
        before.program->num_handlers = num_handlers;
        self->base = before;
        self->block = block;
        emit_refusal(self, node);
    }
    self->base.num_variables_used = self->base.num_variables; /* those of comprehensions are free again */
}

void convert_statements(FunctionConverter *self, PyObject *statements)
{
    if (++self->depth > BLOCK_DEPTH_MAX)
        refuse(&self->base);
    for (Py_ssize_t i = 0; i < num_nodes(statements) && !self->base.outcome; i++)
        convert_statement(self, PyList_GET_ITEM(statements, i));
    self->depth--;
}

/* -------------------------------------------------------------------------------------- functions */

static void convert_body(FunctionConverter *self, PyObject *node)
{
    PyObject *body = field(&self->base, node, "body");

    if (!PyList_Check(body)) {
        convert(&self->base, body); /* of a lambda */
        if (self->base.outcome == PROGRAM_E_REFUSED) {
            drop_instructions(self->base.program, 0);
            self->base.outcome = 0;
            self->base.stack_size = 0;
            emit_refusal(self, node);
        }
    } else {
        convert_statements(self, body);
        emit(&self->base, OP_CONSTANT, 0, Py_None, 1);
    }
    emit(&self->base, OP_RETURN, 0, NULL, -1);
}

/* Private names have the name of the class without the underscores in front. */
static PyObject *without_underscores(PyObject *name)
{
    Py_ssize_t length = name ? PyUnicode_GET_LENGTH(name) : 0;
    Py_ssize_t start = 0;

    while (start < length && PyUnicode_READ_CHAR(name, start) == '_')
        start++;
    return start < length ? PyUnicode_Substring(name, start, length) : NULL;
}

int convert_function(const FunctionSource *source, PyCodeObject *code, Program *program,
                     const char **ret_reason)
{
    FunctionConverter *self = calloc(1, sizeof(*self));
    PyObject *class_name = without_underscores(source->class_name);
    int result;

    *ret_reason = "has more variables than are walked";
    if (!self) {
        Py_XDECREF(class_name);
        return -ENOMEM;
    }
    self->scope = (ConverterScope){convert_name, convert_store, convert_call, convert_other, class_name};
    self->base = (Converter){.program = program, .scope = &self->scope};
    self->caught_place = -1;
    result = function_names_init(&self->names, &self->base, code, source->node);
    if (result == 0) {
        *ret_reason = "is larger than what is walked";
        self->base.num_variables = self->base.num_variables_used = self->names.count;
        program->is_generator = code->co_flags & CO_GENERATOR;
        convert_body(self, source->node);
        result = self->base.outcome > 0 ? -E2BIG : self->base.outcome;
    }
    function_names_deinit(&self->names);
    Py_XDECREF(class_name);
    PyErr_Clear();
    free(self);
    return result;
}
