/* Machine: runs the instructions of a program. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Machine Machine;

/* machine_run() - the value of an expression: a new reference, or NULL: the run has failed. */
PyObject *machine_run(Run *run, const Program *program);

/* machine_call() - the same with values for its first variables, which are borrowed; the result may be one of
 * own.h. */
PyObject *machine_call(Run *run, const Program *program, PyObject *const *variables, int num_variables);

/* What the names of a function of the app mean that are not its own: borrowed during the call. */
typedef struct MachineScope {
    PyObject *globals;
    PyObject *builtins;
    PyObject *closure; /* a tuple of cells; NULL: none */
} MachineScope;

/* machine_new() - for a program that yields, with values for the first variables, which are borrowed. @scope:
 * of a function of the app, kept; NULL: it is a generator expression. @program outlives it. NULL: the run has
 * failed. */
Machine *machine_new(Run *run, const Program *program, const MachineScope *scope, PyObject *const *variables,
                     int num_variables);

/* machine_next() - what it yields next: a new reference; NULL: the end, or the run has failed. */
PyObject *machine_next(Run *run, Machine *machine);

/* machine_free() - NULL is nothing. Nothing of a `finally` is run: it could not change anything. */
void machine_free(Machine *machine);

/* machine_call_function() - as machine_run(), with values for the first variables, which are borrowed. */
PyObject *machine_call_function(Run *run, const Program *program, const MachineScope *scope,
                                PyObject *const *variables, int num_variables);

#ifdef __cplusplus
}
#endif
