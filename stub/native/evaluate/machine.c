#include "stub/native/compat.h"

#include <errno.h>

#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/machine.h"
#include "stub/native/evaluate/machine_function.h"
#include "stub/native/evaluate/machine_state.h"
#include "stub/native/evaluate/stack_room.h"
#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/exceptions.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/match.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/stream.h"
#include "stub/native/interpreter.h"

static int compare(Run *run, int comparison, PyObject *a, PyObject *b)
{
    int result;

    switch (comparison) {
    case COMPARE_IS:
        return a == b;
    case COMPARE_IS_NOT:
        return a != b;
    case COMPARE_IN:
        return lookup_contains(run, b, a);
    case COMPARE_NOT_IN:
        result = lookup_contains(run, b, a);
        return result < 0 ? -1 : !result;
    default:
        return compare_values(run, a, b, comparison);
    }
}

static bool run_compare(Machine *self, const Instruction *instruction, int num_dropped)
{
    int result = compare(self->run, instruction->number, self->top[-2], self->top[-1]);

    if (result < 0)
        return false;
    if (num_dropped == 2)
        return replace(self, 2, Py_NewRef(result ? Py_True : Py_False));
    /* a b -> b bool */
    Py_SETREF(self->top[-2], self->top[-1]);
    self->top[-1] = Py_NewRef(result ? Py_True : Py_False);
    return true;
}

/* As a set finds it: by the hash, then by equality. */
static int find_in_items(Run *run, PyObject *value, PyObject *const *items, int count)
{
    Py_hash_t hash;
    Py_hash_t other;
    int equal = 0;

    if (PySet_Check(value)) {
        (void)run_refuse_act(run, "looks for a set in a set");
        return -1;
    }
    if (!lookup_hash(run, value, &hash))
        return -1;
    for (int i = 0; i < count; i++) {
        if (!lookup_hash(run, items[i], &other))
            return -1;
        if (equal == 0 && hash == other)
            equal = compare_equal(run, items[i], value);
        if (equal < 0)
            return -1;
    }
    return equal;
}

static bool run_in_items(Machine *self, int count, bool is_negated)
{
    int found = find_in_items(self->run, self->top[-1 - count], self->top - count, count);

    return replace(self, count + 1,
                   found < 0 ? NULL : Py_NewRef((found > 0) != is_negated ? Py_True : Py_False));
}

/* Pops unless it jumps and keeps. Returns whether it jumps, -1: the run has failed. */
static int run_jump(Machine *self, const Instruction *instruction)
{
    int truth;
    bool jumps;

    if (instruction->operation == OP_JUMP)
        return 1;
    truth = plain_truth(self->run, self->top[-1]);
    if (truth < 0)
        return -1;
    jumps = instruction->operation == OP_JUMP_IF_TRUE_KEEP ? truth : !truth;
    if (!jumps || instruction->operation == OP_JUMP_IF_FALSE)
        Py_DECREF(pop(self));
    return jumps;
}

static bool run_slice(Machine *self)
{
    PyObject *slice = PySlice_New(self->top[-3], self->top[-2], self->top[-1]);

    return replace(self, 3, slice ? slice : run_raise_pending(self->run));
}

static bool run_display(Machine *self, const Instruction *instruction)
{
    int count = instruction->number;
    int num_items = instruction->operation == OP_DICT ? 2 * count : count;
    PyObject **items = self->top - num_items;
    PyObject *result;

    switch (instruction->operation) {
    case OP_TUPLE:
        result = operators_tuple(self->run, items, count);
        break;
    case OP_LIST:
        result = operators_list(self->run, items, count);
        break;
    case OP_SET:
        result = operators_set(self->run, items, count);
        break;
    case OP_DICT:
        result = operators_dict(self->run, items, count);
        break;
    default:
        result = operators_join(self->run, items, count);
        break;
    }
    return replace(self, num_items, result);
}

/* Of a `raise X(..)`: raises it if X is a class of exceptions. False: it is to be called, or has failed. */
static bool make_raised(Run *run, const Instruction *instruction, PyObject *callee, Arguments arguments)
{
    PyObject *function =
        instruction->object ? access_attribute(run, callee, instruction->object) : Py_NewRef(callee);
    bool is_class = function && exceptions_is_class(function);

    arguments.function = function;
    if (is_class)
        exceptions_make(run, &arguments);
    Py_XDECREF(function);
    return is_class;
}

static PyObject *call(Run *run, const Instruction *instruction, PyObject *callee, PyObject *const *arguments,
                      Py_ssize_t count, PyObject *names)
{
    if (instruction->target &&
        (make_raised(run, instruction, callee, (Arguments){NULL, arguments, count, names}) || run->outcome))
        return NULL;
    return instruction->object ? methods_call(run, callee, instruction->object, arguments, count, names)
                               : calls_function(run, callee, arguments, count, names);
}

static bool run_call(Machine *self, const Instruction *instruction)
{
    int count = instruction->number;
    PyObject **arguments = self->top - count;
    PyObject *names = instruction->names;
    Py_ssize_t num_positional = names ? count - PyTuple_GET_SIZE(names) : count;

    return replace(self, count + 1,
                   call(self->run, instruction, arguments[-1], arguments, num_positional, names));
}

static bool raise_unpack(Run *run, Py_ssize_t wanted, Py_ssize_t found, bool is_at_least)
{
    if (found > wanted)
        (void)run_raise(run, PyExc_ValueError, "too many values to unpack (expected %zd)", wanted);
    else
        (void)run_raise(run, PyExc_ValueError, "not enough values to unpack (expected %s%zd, got %zd)",
                        is_at_least ? "at least " : "", wanted, found);
    return false;
}

/* The first @max items of the container on top, as a tuple or list, or one with more: a new reference, or
 * NULL: the run has failed. */
static PyObject *pop_sequence(Machine *self, Py_ssize_t max)
{
    PyObject *container = pop(self);
    PyObject *list;

    if (PyTuple_CheckExact(container) || PyList_CheckExact(container))
        return container;
    if (!Py_TYPE(container)->tp_iter && kind_is_scalar(kind_of(container))) {
        (void)run_raise(self->run, PyExc_TypeError, "cannot unpack non-iterable %.200s object",
                        Py_TYPE(container)->tp_name);
        Py_DECREF(container);
        return NULL;
    }
    list = iterate_to_short_list(self->run, container, max);
    Py_DECREF(container);
    return list;
}

/* The items of a container of the right length, the first one on top. */
static bool run_unpack(Machine *self, int count)
{
    PyObject *sequence = pop_sequence(self, count + 1);

    if (!sequence)
        return false;
    if (PySequence_Fast_GET_SIZE(sequence) != count)
        (void)raise_unpack(self->run, count, PySequence_Fast_GET_SIZE(sequence), false);
    else
        for (int i = count - 1; i >= 0; i--)
            push(self, Py_NewRef(PySequence_Fast_GET_ITEM(sequence, i)));
    Py_DECREF(sequence);
    return self->run->outcome == 0;
}

/* `a, *b, c`: @number says how many there are before and behind the list. */
static bool run_unpack_star(Machine *self, int number)
{
    Py_ssize_t num_before = number / 256;
    Py_ssize_t num_behind = number % 256;
    PyObject *sequence = pop_sequence(self, PY_SSIZE_T_MAX);
    PyObject *list;

    if (!sequence)
        return false;
    Py_ssize_t rest = PySequence_Fast_GET_SIZE(sequence) - num_before - num_behind;
    PyObject **items = PySequence_Fast_ITEMS(sequence);
    if (rest < 0) {
        (void)raise_unpack(self->run, num_before + num_behind, PySequence_Fast_GET_SIZE(sequence), true);
    } else if ((list = operators_list(self->run, items + num_before, rest))) {
        for (Py_ssize_t i = num_behind - 1; i >= 0; i--)
            push(self, Py_NewRef(items[num_before + rest + i]));
        push(self, list);
        for (Py_ssize_t i = num_before - 1; i >= 0; i--)
            push(self, Py_NewRef(items[i]));
    }
    Py_DECREF(sequence);
    return self->run->outcome == 0;
}

static bool run_iterate(Machine *self, int number)
{
    PyObject *container = pop(self);
    bool has_begun = iterate_begin(self->run, &self->iterations[number], container);

    Py_DECREF(container);
    if (has_begun)
        self->iterations_used |= 1u << number;
    return has_begun;
}

static void stop(Machine *self, int number)
{
    iterate_end(&self->iterations[number]);
    self->iterations_used &= ~(1u << number);
}

/* Whether there was one more, which is on the stack then; -1: the run has failed. */
static int run_next(Machine *self, int number)
{
    PyObject *item = iterate_next(self->run, &self->iterations[number]);

    if (self->run->outcome) {
        Py_XDECREF(item);
        return -1;
    }
    if (item) {
        push(self, item);
        return 1;
    }
    stop(self, number);
    return 0;
}

static bool run_addition(Machine *self, const Instruction *instruction)
{
    PyObject *container = self->stack[instruction->number];
    PyObject *item = self->top[-1];
    bool is_added;

    switch (instruction->operation) {
    case OP_APPEND:
        is_added = operators_append(self->run, container, item);
        break;
    case OP_ADD:
        is_added = operators_add_to_set(self->run, container, item);
        break;
    case OP_EXTEND:
        is_added = iterate_into_list(self->run, item, container);
        break;
    case OP_UPDATE:
        is_added = iterate_into_set(self->run, item, container);
        break;
    case OP_MERGE:
        is_added = iterate_into_dict(self->run, item, container);
        break;
    default:
        is_added = operators_add_to_dict(self->run, container, self->top[-2], item);
        Py_DECREF(pop(self));
        break;
    }
    Py_DECREF(pop(self));
    return is_added;
}

static bool run_check(Machine *self, bool is_right)
{
    Py_DECREF(pop(self));
    if (!is_right)
        (void)run_refuse_value(self->run, "not the function of Python");
    return is_right;
}

/* Calls what is below a list of arguments and a dict of named ones. */
static bool run_spread(Machine *self, const Instruction *instruction)
{
    PyObject *list = self->top[-2];
    PyObject *named = self->top[-1];
    PyObject *arguments[PROGRAM_ARGUMENTS_MAX];
    Py_ssize_t count = PyList_GET_SIZE(list);
    Py_ssize_t num_named = PyDict_GET_SIZE(named);
    PyObject *names = num_named > 0 && num_named <= PROGRAM_ARGUMENTS_MAX ? PyTuple_New(num_named) : NULL;
    PyObject *result = NULL;
    PyObject *name;
    Py_ssize_t position = 0;

    if (count + num_named > PROGRAM_ARGUMENTS_MAX || (num_named > 0 && !names)) {
        (void)run_refuse_act(self->run, "is given more than %d arguments", PROGRAM_ARGUMENTS_MAX);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        arguments[i] = PyList_GET_ITEM(list, i);
    for (Py_ssize_t i = 0; i < num_named && PyDict_Next(named, &position, &name, &arguments[count + i]);
         i++) {
        PyTuple_SET_ITEM(names, i, Py_NewRef(name));
        if (!PyUnicode_CheckExact(name))
            (void)run_raise(self->run, PyExc_TypeError, "keywords must be strings");
    }
    if (self->run->outcome == 0)
        result = call(self->run, instruction, self->top[-3], arguments, count, names);
    Py_XDECREF(names);
    return replace(self, 3, result);
}

/* A lambda or generator expression, from what it takes along. */
static bool run_child(Machine *self, const Instruction *instruction)
{
    const Program *child = self->program->children[instruction->number];
    bool is_lambda = instruction->operation == OP_LAMBDA;
    int count = child->num_captured + (is_lambda ? child->parameters.num_defaults : 1);
    PyObject **values = self->top - count;
    PyObject *result = is_lambda ? own_function(self->run, child, values)
                                 : stream_new_generator(self->run, child, NULL, values, count);

    return replace(self, count, result);
}

/* `list += iterable`, where `+` takes lists alone. */
static bool take_as_list(Machine *self)
{
    PyObject *list;

    if (!PyList_CheckExact(self->top[-2]) || PyList_CheckExact(self->top[-1]))
        return true;
    list = iterate_to_list(self->run, self->top[-1]);
    return replace(self, 1, list);
}

/* Of a comprehension or a lambda. One that is captured may have a value by the time that it is read. */
static bool run_variable(Machine *self, const Instruction *instruction)
{
    if (self->variables_used & (uint64_t)1 << instruction->number) {
        push(self, Py_NewRef(self->variables[instruction->number]));
        return true;
    }
    if (instruction->target == PROGRAM_VARIABLE_IS_CAPTURED)
        (void)run_refuse_act(self->run, "reads a variable that has no value yet");
    else
        (void)machine_raise_unbound(self, instruction);
    return false;
}

/* One instruction that does not jump. */
static bool run_instruction(Machine *self, const Instruction *instruction)
{
    Run *run = self->run;
    PyObject *result;

    switch ((Operation)instruction->operation) {
    case OP_CONSTANT:
        push(self, Py_NewRef(instruction->object));
        return true;
    case OP_NAME:
        /* The hint is the machine's to keep; the rest of a program does not change. */
        result = access_name(run, instruction->object, instruction->number == PROGRAM_NAME_IS_NESTED,
                             (int *)&((Instruction *)instruction)->target);
        return replace(self, 0, result);
    case OP_VARIABLE:
        return run_variable(self, instruction);
    case OP_ATTRIBUTE:
        return replace(self, 1, access_attribute(run, self->top[-1], instruction->object));
    case OP_SUBSCRIPT:
        return replace(self, 2, access_subscript(run, self->top[-2], self->top[-1]));
    case OP_SLICE:
        return run_slice(self);
    case OP_DROP:
        Py_DECREF(pop(self));
        return true;
    case OP_UNARY:
        return replace(self, 1, operators_unary(run, (UnaryOperator)instruction->number, self->top[-1]));
    case OP_BINARY:
        if (instruction->target && !take_as_list(self))
            return false;
        return replace(
            self, 2,
            operators_binary(run, (BinaryOperator)instruction->number, self->top[-2], self->top[-1]));
    case OP_COMPARE:
        return run_compare(self, instruction, 2);
    case OP_IN_ITEMS:
        return run_in_items(self, instruction->number, instruction->target != 0);
    case OP_COMPARE_KEEP:
        return run_compare(self, instruction, 1);
    case OP_DROP_SECOND:
        Py_DECREF(self->top[-2]);
        self->top[-2] = self->top[-1];
        self->top--;
        return true;
    case OP_FORMAT:
        return replace(self, 2, operators_format(run, self->top[-2], instruction->number, self->top[-1]));
    case OP_TUPLE:
    case OP_LIST:
    case OP_SET:
    case OP_DICT:
    case OP_JOIN:
        return run_display(self, instruction);
    case OP_CALL:
    case OP_METHOD:
        return run_call(self, instruction);
    case OP_CALL_SPREAD:
    case OP_METHOD_SPREAD:
        return run_spread(self, instruction);
    case OP_LAMBDA:
    case OP_GENERATOR:
        return run_child(self, instruction);
    case OP_YIELD:
        self->has_yielded = true;
        return true;
    case OP_ITERATE:
        return run_iterate(self, instruction->number);
    case OP_STOP:
        stop(self, instruction->number);
        return true;
    case OP_STORE:
        store(self, instruction->number, pop(self));
        return true;
    case OP_UNPACK:
        return run_unpack(self, instruction->number);
    case OP_UNPACK_STAR:
        return run_unpack_star(self, instruction->number);
    case OP_TO_TUPLE:
        return replace(
            self, 1,
            operators_tuple(run, PySequence_Fast_ITEMS(self->top[-1]), PyList_GET_SIZE(self->top[-1])));
    case OP_APPEND:
    case OP_ADD:
    case OP_PUT:
    case OP_EXTEND:
    case OP_UPDATE:
    case OP_MERGE:
        return run_addition(self, instruction);
    case OP_CHECK_ANY:
        return run_check(self, calls_is_any(self->top[-1]));
    case OP_CHECK_ALL:
        return run_check(self, calls_is_all(self->top[-1]));
    default:
        return machine_run_function_instruction(self, instruction);
    }
}

/* Where to go on after instruction @index has raised an exception: SIZE_MAX: nowhere. */
static size_t handle(Machine *self, size_t index)
{
    const Program *program = self->program;
    PyObject *exception = self->run->exception;

    if (self->run->outcome != PROGRAM_E_RAISED)
        return SIZE_MAX;
    for (size_t i = 0; i < program->num_handlers; i++) {
        const Handler *handler = &program->handlers[i];

        if (index < handler->start || index >= handler->end)
            continue;
        while (self->top > self->stack + handler->stack_size)
            Py_DECREF(pop(self));
        for (int j = handler->num_iterations; j < PROGRAM_ITERATIONS_MAX; j++)
            if (self->iterations_used >> j & 1)
                stop(self, j);
        run_recover(self->run);
        push(self, Py_NewRef(exception));
        return handler->target;
    }
    return SIZE_MAX;
}

static void tell_part(Run *run, const Program *program, const Instruction *instruction)
{
    if (program->source)
        run_tell_part(run, program->source + instruction->part.begin, instruction->part.len,
                      instruction->operation == OP_CALL || instruction->operation == OP_METHOD);
}

/* Until the program ends, yields, or the run has failed. */
static void run_on(Machine *self)
{
    const Program *program = self->program;
    const Instruction *instructions = program->instructions;
    size_t count = program->count;
    size_t i = self->position;

    self->has_yielded = false;
    while (i < count && !self->has_yielded && run_charge(self->run, 1)) {
        const Instruction *instruction = &instructions[i++];
        int outcome;

        switch ((Operation)instruction->operation) {
        case OP_RETURN:
            outcome = 0;
            i = count;
            break;
        case OP_JUMP:
        case OP_JUMP_IF_FALSE:
        case OP_JUMP_IF_FALSE_KEEP:
        case OP_JUMP_IF_TRUE_KEEP:
            outcome = run_jump(self, instruction);
            if (outcome > 0)
                i = instruction->target;
            break;
        case OP_NEXT:
            outcome = run_next(self, instruction->number);
            if (outcome == 0)
                i = instruction->target;
            break;
        default:
            outcome = run_instruction(self, instruction) ? 0 : -1;
            break;
        }
        if (outcome < 0) {
            tell_part(self->run, program, instruction);
            i = handle(self, i - 1);
        }
    }
    self->position = i;
}

static void init(Machine *self, Run *run, const Program *program, PyObject *const *variables,
                 int num_variables)
{
    self->run = run;
    self->program = program;
    self->scope = NULL;
    self->position = 0;
    self->top = self->stack;
    self->variables_used = ((uint64_t)1 << num_variables) - 1;
    self->iterations_used = 0;
    for (int i = 0; i < num_variables; i++)
        self->variables[i] = Py_NewRef(variables[i]);
}

static void clear(Machine *self)
{
    while (self->top > self->stack)
        Py_DECREF(pop(self));
    for (int i = 0; i < PROGRAM_VARIABLES_MAX && self->variables_used >> i; i++)
        if (self->variables_used & (uint64_t)1 << i)
            Py_DECREF(self->variables[i]);
    for (int i = 0; i < PROGRAM_ITERATIONS_MAX && self->iterations_used >> i; i++)
        if (self->iterations_used & 1u << i)
            iterate_end(&self->iterations[i]);
}

PyObject *machine_call_function(Run *run, const Program *program, const MachineScope *scope,
                                PyObject *const *variables, int num_variables)
{
    Machine self; /* not initialised as a whole: it is larger than most programs are long */
    PyObject *result = NULL;

    init(&self, run, program, variables, num_variables);
    self.scope = scope;
    run_on(&self);
    if (!run->outcome)
        result = pop(&self);
    clear(&self);
    return result;
}

PyObject *machine_call(Run *run, const Program *program, PyObject *const *variables, int num_variables)
{
    return machine_call_function(run, program, NULL, variables, num_variables);
}

/* What the app would have for a value of own.h. Consumes @result. */
static PyObject *to_value_of_app(Run *run, PyObject *result)
{
    if (own_is_match(result)) {
        PyObject *text = match_repr(run, result);

        Py_DECREF(result);
        result = text;
    }
    if (result && !own_check(run, result))
        Py_CLEAR(result);
    return result;
}

PyObject *machine_run(Run *run, const Program *program)
{
    PyObject *result = machine_call(run, program, NULL, 0);

    if (result && !PyBool_Check(result))
        result = to_value_of_app(run, result);
    if (!result && program->source)
        run_tell_part(run, program->source, strlen(program->source), false);
    return result;
}

/* ------------------------------------------------------------------------------------------- generators */

Machine *machine_new(Run *run, const Program *program, const MachineScope *scope, PyObject *const *variables,
                     int num_variables)
{
    Machine *self = PyMem_Malloc(sizeof(*self));

    if (!self)
        return run_exhaust(run);
    init(self, run, program, variables, num_variables);
    if (scope) {
        self->kept_scope = (MachineScope){Py_NewRef(scope->globals), Py_XNewRef(scope->builtins),
                                          Py_XNewRef(scope->closure)};
        self->scope = &self->kept_scope;
    }
    return self;
}

/* It has ended: what it yields next is nothing. */
static void end_by_exception(Run *run)
{
    if (!run_has_raised(run, PyExc_StopIteration))
        return;
    if (COMPAT_STOP_ITERATION_ENDS_GENERATORS)
        run_recover(run);
    else
        (void)run_raise(run, PyExc_RuntimeError, "generator raised StopIteration");
}

/* As a call of the function, from where it is. */
static void resume_function(Run *run, Machine *self)
{
    bool was_enabled = interpreter_pause_gc();

    run->num_calls++;
    run_on(self);
    run->num_calls--;
    interpreter_resume_gc(was_enabled);
}

PyObject *machine_next(Run *run, Machine *self)
{
    if (self->position >= self->program->count)
        return NULL;
    if (self->scope && !stack_room_is_at_least(FUNCTION_CALL_STACK_BYTES))
        return run_refuse_act(run, "needs more of this thread's stack than there is");
    self->run = run;
    if (self->scope)
        resume_function(run, self);
    else
        run_on(self);
    end_by_exception(run);
    return !run->outcome && self->has_yielded ? pop(self) : NULL;
}

void machine_free(Machine *self)
{
    if (!self)
        return;
    clear(self);
    if (self->scope) {
        Py_DECREF(self->kept_scope.globals);
        Py_XDECREF(self->kept_scope.builtins);
        Py_XDECREF(self->kept_scope.closure);
    }
    PyMem_Free(self);
}
