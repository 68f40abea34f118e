#include "stub/native/compat.h"

#include "stub/native/evaluate/machine_function.h"
#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/exceptions.h"
#include "stub/native/evaluate/values/imports.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/zones.h"

/* Unbinds it. False: it was not bound. */
static bool forget(Machine *self, int number)
{
    uint64_t bit = (uint64_t)1 << number;

    if (!(self->variables_used & bit))
        return false;
    self->variables_used &= ~bit;
    Py_DECREF(self->variables[number]);
    return true;
}

PyObject *machine_raise_unbound(Machine *self, const Instruction *instruction)
{
    char text[160];

    return run_raise(self->run, PyExc_UnboundLocalError,
                     "cannot access local variable '%s' where it is not associated with a value",
                     run_text(instruction->object, text, sizeof(text)));
}

static PyObject *local(Machine *self, const Instruction *instruction)
{
    if (self->variables_used & (uint64_t)1 << instruction->number)
        return Py_NewRef(self->variables[instruction->number]);
    return machine_raise_unbound(self, instruction);
}

static PyObject *free_variable(Machine *self, const Instruction *instruction)
{
    PyObject *cell = PyTuple_GET_ITEM(self->scope->closure, instruction->number);
    char text[160];

    if (PyCell_Check(cell) && PyCell_GET(cell))
        return Py_NewRef(PyCell_GET(cell));
    return run_raise(self->run, PyExc_NameError,
                     "cannot access free variable '%s' where it is not associated with a value in enclosing "
                     "scope",
                     run_text(instruction->object, text, sizeof(text)));
}

static Py_ssize_t count_references(PyObject *const *from, PyObject *const *end, PyObject *value)
{
    Py_ssize_t count = 0;

    while (from < end)
        count += *from++ == value;
    return count;
}

/* Whether nothing but this machine knows the container: then it was made by it, and changing it is of no
 * matter to anybody. What it goes over, or has put into something else, does not count. */
static bool is_ours(const Machine *self, PyObject *container)
{
    Py_ssize_t count = count_references(self->stack, self->top, container);

    for (int i = 0; i < PROGRAM_VARIABLES_MAX && self->variables_used >> i; i++)
        count += (self->variables_used >> i & 1) && self->variables[i] == container;
    return self->scope && Py_REFCNT(container) == count;
}

/* Whether the method, if it is of a container of ours, has been called. */
static bool change_ours(Machine *self, PyObject *container, PyObject *item, PyObject *name)
{
    Run *run = self->run;

    if (!is_ours(self, container) || container == item)
        return false;
    if (PyList_CheckExact(container) && PyUnicode_CompareWithASCIIString(name, "append") == 0)
        return operators_append(run, container, item) || true;
    if (PyList_CheckExact(container) && PyUnicode_CompareWithASCIIString(name, "extend") == 0)
        return iterate_into_list(run, item, container) || true;
    if (Py_TYPE(container) == &PySet_Type && PyUnicode_CompareWithASCIIString(name, "add") == 0)
        return operators_add_to_set(run, container, item) || true;
    return false;
}

static bool run_change(Machine *self, const Instruction *instruction)
{
    PyObject **operands = self->top - 2;
    PyObject *result;

    if (change_ours(self, operands[0], operands[1], instruction->object))
        result = self->run->outcome ? NULL : Py_NewRef(Py_None);
    else
        result = methods_call(self->run, operands[0], instruction->object, &operands[1], 1, NULL);
    return replace(self, 2, result);
}

static bool store_list_item(Run *run, PyObject *list, PyObject *key, PyObject *value)
{
    Py_ssize_t index = PyLong_CheckExact(key) ? PyLong_AsSsize_t(key) : -1;

    PyErr_Clear();
    if (PyLong_CheckExact(key) && index < 0)
        index += PyList_GET_SIZE(list);
    if (!PyLong_CheckExact(key))
        (void)run_refuse_act(run, "assigns items of a list");
    else if (index < 0 || index >= PyList_GET_SIZE(list))
        (void)run_raise(run, PyExc_IndexError, "list assignment index out of range");
    else if (own_check(run, value))
        PyList_SetItem(list, index, Py_NewRef(value));
    return run->outcome == 0;
}

static bool run_store_item(Machine *self)
{
    PyObject **operands = self->top - 3;
    PyObject *container = operands[1];
    bool is_stored = false;

    if (!is_ours(self, container) || operands[0] == container || operands[2] == container)
        (void)run_refuse_act(self->run, "assigns an item of a %.80s", Py_TYPE(container)->tp_name);
    else if (PyDict_CheckExact(container))
        is_stored = operators_add_to_dict(self->run, container, operands[2], operands[0]);
    else if (PyList_CheckExact(container))
        is_stored = store_list_item(self->run, container, operands[2], operands[0]);
    else
        (void)run_refuse_act(self->run, "assigns an item of a %.80s", Py_TYPE(container)->tp_name);
    while (self->top > operands)
        Py_DECREF(pop(self));
    return is_stored;
}

/* Whether `+=` and the like make a new value, and the old one stays as it is. */
static bool require_immutable(Machine *self, PyObject *value)
{
    Kind kind = kind_of(value);

    if (kind_is_scalar(kind) || kind == KIND_TUPLE || kind == KIND_DECIMAL || PyFrozenSet_CheckExact(value) ||
        zones_is_foreign(value) || (PyList_CheckExact(value) && is_ours(self, value)))
        return true;
    (void)run_refuse_act(self->run, "changes a %.100s in place", Py_TYPE(value)->tp_name);
    return false;
}

static bool run_raise_instruction(Machine *self)
{
    exceptions_raise(self->run, self->top[-1]);
    return replace(self, 1, NULL);
}

static bool run_catches(Machine *self)
{
    int catches = exceptions_match(self->run, self->top[-2], self->top[-1]);

    return replace(self, 1, catches < 0 ? NULL : Py_NewRef(catches ? Py_True : Py_False));
}

bool machine_run_function_instruction(Machine *self, const Instruction *instruction)
{
    char text[200];

    switch ((Operation)instruction->operation) {
    case OP_LOCAL:
        return replace(self, 0, local(self, instruction));
    case OP_FREE:
        return replace(self, 0, free_variable(self, instruction));
    case OP_GLOBAL:
        return replace(
            self, 0,
            access_global(self->run, self->scope->globals, self->scope->builtins, instruction->object));
    case OP_IMPORT:
        return replace(self, 0,
                       imports_module(self->run, self->scope->globals, self->scope->builtins,
                                      instruction->object, instruction->number));
    case OP_IMPORT_FROM:
        return replace(self, 1, imports_from(self->run, self->top[-1], instruction->object));
    case OP_STORE_KEEP:
        store(self, instruction->number, Py_NewRef(self->top[-1]));
        return true;
    case OP_FORGET:
        return forget(self, instruction->number) || !instruction->object ||
               machine_raise_unbound(self, instruction);
    case OP_REQUIRE_IMMUTABLE:
        return require_immutable(self, self->top[-1]);
    case OP_CHANGE:
        return run_change(self, instruction);
    case OP_STORE_ITEM:
        return run_store_item(self);
    case OP_RAISE:
        return run_raise_instruction(self);
    case OP_CATCHES:
        return run_catches(self);
    case OP_RAISE_AGAIN:
        return run_raise_again(self->run, self->stack[instruction->number]);
    default:
        (void)run_refuse_act(self->run, "%s", run_text(instruction->object, text, sizeof(text)));
        return false;
    }
}
