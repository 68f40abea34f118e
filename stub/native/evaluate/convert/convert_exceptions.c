#include "stub/native/compat.h"

#include <stdlib.h>

#include "stub/native/evaluate/convert/convert_exceptions.h"
#include "stub/native/evaluate/convert/tree.h"
#include "stub/native/evaluate/values/operators.h"

/* Where exceptions of what was converted since @start are handled: here, with their class on the stack. */
static void add_handler(FunctionConverter *self, size_t start, size_t end)
{
    Converter *base = &self->base;
    Program *program = base->program;
    Handler *grown;

    if (base->outcome)
        return;
    grown = realloc(program->handlers, (program->num_handlers + 1) * sizeof(*grown));
    if (!grown) {
        converter_fail_with_memory(base);
        return;
    }
    program->handlers = grown;
    grown[program->num_handlers++] = (Handler){
        .start = (uint32_t)start,
        .end = (uint32_t)end,
        .target = (uint32_t)here(base),
        .stack_size = (uint16_t)base->stack_size,
        .num_iterations = (uint16_t)base->num_iterations,
    };
    base->stack_size++;
    if (base->stack_size > PROGRAM_STACK_MAX)
        refuse(base);
}

/* `except E as e`: what is caught is a class, which is nothing that the app would see. */
static int exception_variable(FunctionConverter *self, PyObject *handler)
{
    PyObject *name = field(&self->base, handler, "name");
    PyObject *mangled = name == Py_None ? NULL : converter_mangled(&self->base, name);
    int number = mangled ? function_names_find(&self->names, mangled) : -1;

    Py_XDECREF(mangled);
    if (number >= 0)
        emit(&self->base, OP_FORGET, number, NULL, 0);
    return number;
}

/* One `except`; the class of what was raised is on the stack. Returns the jump to the end. */
static size_t convert_handler(FunctionConverter *self, PyObject *handler)
{
    Converter *base = &self->base;
    PyObject *type = field(base, handler, "type");
    int stack_size = base->stack_size;
    int outer_place = self->caught_place;
    size_t to_next = 0;

    if (type != Py_None) {
        convert(base, type);
        emit(base, OP_CATCHES, 0, NULL, 0);
        to_next = emit_jump(base, OP_JUMP_IF_FALSE, -1);
    }
    int number = exception_variable(self, handler);
    if (number >= 0)
        self->is_exception[number] = true;
    self->caught_place = base->stack_size - 1;
    convert_statements(self, field(base, handler, "body"));
    self->caught_place = outer_place;
    if (number >= 0)
        self->is_exception[number] = false;
    emit(base, OP_DROP, 0, NULL, -1);
    size_t to_end = emit_jump(base, OP_JUMP, 0);
    base->stack_size = stack_size;
    if (type != Py_None)
        set_target(base, to_next, here(base));
    return to_end;
}

static void convert_handlers(FunctionConverter *self, PyObject *handlers, size_t start, size_t end)
{
    Converter *base = &self->base;
    size_t to_end[BLOCK_DEPTH_MAX];
    Py_ssize_t count = num_nodes(handlers);

    if (count > BLOCK_DEPTH_MAX) {
        refuse(base);
        return;
    }
    add_handler(self, start, end);
    for (Py_ssize_t i = 0; i < count && !base->outcome; i++)
        to_end[i] = convert_handler(self, PyList_GET_ITEM(handlers, i));
    emit(base, OP_RAISE_AGAIN, base->stack_size - 1, NULL, -1);
    for (Py_ssize_t i = 0; i < count && !base->outcome; i++)
        set_target(base, to_end[i], here(base));
}

static void convert_try_except(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *handlers = field(base, node, "handlers");
    size_t start = here(base);

    convert_statements(self, field(base, node, "body"));
    size_t end = here(base);
    convert_statements(self, field(base, node, "orelse"));
    if (num_nodes(handlers) == 0)
        return;
    size_t over = emit_jump(base, OP_JUMP, 0);
    convert_handlers(self, handlers, start, end);
    set_target(base, over, here(base));
}

void convert_try(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *last = field(base, node, "finalbody");
    size_t start = here(base);
    Block block;

    if (num_nodes(last) == 0) {
        convert_try_except(self, node);
        return;
    }
    enter_block(self, &block, BLOCK_FINALLY, -1);
    convert_try_except(self, node);
    leave_block(self);
    size_t end = here(base);
    convert_statements(self, last);
    size_t over = emit_jump(base, OP_JUMP, 0);
    add_handler(self, start, end);
    convert_statements(self, last);
    emit(base, OP_RAISE_AGAIN, base->stack_size - 1, NULL, -1);
    set_target(base, over, here(base));
}

/* The call of a class of exceptions makes none. */
static void mark_call_as_raised(Converter *base)
{
    Instruction *last = base->outcome ? NULL : &base->program->instructions[base->program->count - 1];

    if (last && (last->operation == OP_CALL || last->operation == OP_METHOD ||
                 last->operation == OP_CALL_SPREAD || last->operation == OP_METHOD_SPREAD))
        last->target = 1;
}

/* What an exception is raised from is of no matter to who catches it; it is not asked whether it is one. */
static bool is_plain_cause(PyObject *node)
{
    return node == Py_None || tree_is_one_of(node, " Name Constant NameConstant ");
}

void convert_raise(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *exception = field(base, node, "exc");

    if (exception == Py_None && self->caught_place >= 0) {
        emit(base, OP_RAISE_AGAIN, self->caught_place, NULL, 0);
        return;
    }
    if (exception == Py_None || !is_plain_cause(field(base, node, "cause"))) {
        refuse_for(self, exception == Py_None ? "raises again what another function has caught"
                                              : "raises an exception in a way that is not walked");
        return;
    }
    convert(base, exception);
    if (is_node(exception, "Call"))
        mark_call_as_raised(base);
    emit(base, OP_RAISE, 0, NULL, -1);
}

void convert_assert(FunctionConverter *self, PyObject *node)
{
    Converter *base = &self->base;
    PyObject *message = field(base, node, "msg");
    PyObject *debug = PyUnicode_InternFromString("__debug__");
    size_t over;
    size_t to_end;

    if (!debug) {
        converter_fail_with_memory(base);
        return;
    }
    emit(base, OP_GLOBAL, 0, debug, 1);
    Py_DECREF(debug);
    over = emit_jump(base, OP_JUMP_IF_FALSE, -1);
    convert(base, field(base, node, "test"));
    emit(base, OP_UNARY, UNARY_NOT, NULL, 0);
    to_end = emit_jump(base, OP_JUMP_IF_FALSE, -1);
    emit(base, OP_CONSTANT, 0, PyExc_AssertionError, 1);
    if (message != Py_None) {
        convert(base, message);
        emit(base, OP_CALL, 1, NULL, -1);
        mark_call_as_raised(base);
    }
    emit(base, OP_RAISE, 0, NULL, -1);
    set_target(base, over, here(base));
    set_target(base, to_end, here(base));
}
