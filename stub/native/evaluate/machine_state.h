/* Machine state: what the files of the machine share. Nobody else includes it. */
#pragma once

#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/machine.h"
#include "stub/native/evaluate/values/iterate.h"

struct Machine {
    Run *run;
    const Program *program;
    const MachineScope *scope; /* of a function of the app; NULL: the names are those of the frame */
    MachineScope kept_scope;   /* of a generator function: owned */
    size_t position;           /* of the next instruction */
    bool has_yielded;
    PyObject **top; /* of the stack, the first that is free */
    PyObject *stack[PROGRAM_STACK_MAX + 1];
    uint64_t variables_used; /* bits */
    uint32_t iterations_used;
    PyObject *variables[PROGRAM_VARIABLES_MAX];
    Iteration iterations[PROGRAM_ITERATIONS_MAX];
};

static inline void push(Machine *self, PyObject *owned)
{
    *self->top++ = owned;
}

static inline PyObject *pop(Machine *self)
{
    return *--self->top;
}

/* Drops @count from the stack and pushes @owned; NULL: the run has failed. */
static inline bool replace(Machine *self, int count, PyObject *owned)
{
    while (count-- > 0)
        Py_DECREF(pop(self));
    if (!owned)
        return false;
    push(self, owned);
    return true;
}

/* A variable outlives neither the machine nor what is ours. */
static inline void store(Machine *self, int number, PyObject *owned)
{
    if (self->variables_used & (uint64_t)1 << number)
        Py_DECREF(self->variables[number]);
    self->variables_used |= (uint64_t)1 << number;
    self->variables[number] = owned;
}
