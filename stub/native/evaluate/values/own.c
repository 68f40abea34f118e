#include "stub/native/compat.h"

#include <errno.h>

#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/machine.h"
#include "stub/native/evaluate/values/match.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/stream.h"

typedef struct Function {
    PyObject_VAR_HEAD const Program *program;
    Run *run; /* which it does not outlive */
    PyObject *values[];
} Function;

PyTypeObject own_types[OWN_NUM_KINDS];

static void free_function(PyObject *object)
{
    Function *self = (Function *)object;

    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++)
        Py_DECREF(self->values[i]);
    own_uncount(self->run);
    PyObject_Free(self);
}

static int init_type(OwnKind kind)
{
    static const char *const names[OWN_NUM_KINDS] = {
        [OWN_FUNCTION] = "function", [OWN_GENERATOR] = "generator",
        [OWN_ITERATOR] = "iterator", [OWN_ENUMERATE] = "enumerate",
        [OWN_FILTER] = "filter",     [OWN_MAP] = "map",
        [OWN_REVERSED] = "reversed", [OWN_ZIP] = "zip",
        [OWN_MATCH] = "Match",
    };
    PyTypeObject *type = &own_types[kind];

    if (type->tp_name)
        return 0;
    *type = (PyTypeObject){
        PyVarObject_HEAD_INIT(NULL, 0).tp_name = names[kind],
        .tp_basicsize = kind == OWN_FUNCTION ? (Py_ssize_t)sizeof(Function)
                        : kind == OWN_MATCH  ? match_size_bytes()
                                             : stream_size_bytes(),
        .tp_itemsize = kind == OWN_FUNCTION ? (Py_ssize_t)sizeof(PyObject *) : 0,
        .tp_dealloc = kind == OWN_FUNCTION ? free_function
                      : kind == OWN_MATCH  ? match_free
                                           : stream_free,
        .tp_flags = Py_TPFLAGS_DEFAULT,
    };
    if (PyType_Ready(type) == 0)
        return 0;
    PyErr_Clear();
    type->tp_name = NULL;
    return -ENOMEM;
}

int own_init(void)
{
    int result = 0;

    for (int kind = 0; kind < OWN_NUM_KINDS && result == 0; kind++)
        result = init_type((OwnKind)kind);
    return result;
}

bool own_count(Run *run)
{
    if (run->num_owned >= RUN_OWNED_MAX)
        return run_refuse_act(run, "makes more than %d generators and functions that hold one another",
                              RUN_OWNED_MAX) != NULL;
    run->num_owned++;
    return true;
}

PyObject *own_function(Run *run, const Program *program, PyObject *const *values)
{
    Py_ssize_t count = program->parameters.num_defaults + program->num_captured;
    Function *self;

    if (!own_count(run))
        return NULL;
    self = PyObject_NewVar(Function, &own_types[OWN_FUNCTION], count);
    if (!self) {
        own_uncount(run);
        return run_raise_pending(run);
    }
    self->program = program;
    self->run = run;
    for (Py_ssize_t i = 0; i < count; i++)
        self->values[i] = Py_NewRef(values[i]);
    return (PyObject *)self;
}

/* -------------------------------------------------------------------------------------------- arguments */

static void *raise_arguments(Run *run, const Parameters *parameters, Py_ssize_t count)
{
    return run_raise(run, PyExc_TypeError, "<lambda>() takes %d positional arguments but %zd were given",
                     parameters->count, count);
}

static int find_parameter(const Parameters *parameters, PyObject *name)
{
    for (int i = 0; i < parameters->count; i++)
        if (PyUnicode_Compare(PyTuple_GET_ITEM(parameters->names, i), name) == 0)
            return i;
    return -1;
}

/* Fills in those that are given by name. False: the run has failed. */
static bool take_named(Run *run, const Parameters *parameters, PyObject *const *arguments, PyObject *names,
                       PyObject **variables)
{
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
        int number = find_parameter(parameters, PyTuple_GET_ITEM(names, i));

        if (number < 0 || variables[number]) {
            (void)run_raise(run, PyExc_TypeError, "<lambda>() got an unexpected keyword argument");
            return false;
        }
        variables[number] = arguments[i];
    }
    return true;
}

static bool take_defaults(Run *run, const Parameters *parameters, PyObject *const *defaults,
                          PyObject **variables)
{
    int first = parameters->count - parameters->num_defaults;

    for (int i = 0; i < parameters->count; i++) {
        if (!variables[i] && i >= first)
            variables[i] = defaults[i - first];
        if (!variables[i]) {
            (void)run_raise(run, PyExc_TypeError, "<lambda>() missing a required positional argument");
            return false;
        }
    }
    return true;
}

/* The tuple of `*rest`; NULL: the run has failed. */
static PyObject *make_rest(Run *run, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *rest = count <= PROGRAM_STACK_MAX ? PyTuple_New(count > 0 ? count : 0) : NULL;

    for (Py_ssize_t i = 0; rest && i < count; i++) {
        if (!own_check(run, arguments[i]))
            break;
        PyTuple_SET_ITEM(rest, i, Py_NewRef(arguments[i]));
    }
    if (run->outcome)
        Py_CLEAR(rest);
    return rest || run->outcome ? rest : run_exhaust(run);
}

PyObject *own_call(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count,
                   PyObject *names)
{
    Function *self = (Function *)function;
    const Program *program = self->program;
    const Parameters *parameters = &program->parameters;
    PyObject *variables[PROGRAM_VARIABLES_MAX] = {NULL};
    int num_variables = parameters->count;
    PyObject *rest = NULL;
    PyObject *result = NULL;

    if (count > parameters->count && !parameters->has_rest)
        return raise_arguments(run, parameters, count);
    for (Py_ssize_t i = 0; i < count && i < parameters->count; i++)
        variables[i] = arguments[i];
    if (!take_named(run, parameters, arguments + count, names, variables) ||
        !take_defaults(run, parameters, self->values, variables))
        return NULL;
    if (parameters->has_rest) {
        rest = make_rest(run, arguments + parameters->count, count - parameters->count);
        if (!rest)
            return NULL;
        variables[num_variables++] = rest;
    }
    for (int i = 0; i < program->num_captured; i++)
        variables[num_variables++] = self->values[parameters->num_defaults + i];
    if (run_enter(run))
        result = machine_call(run, program, variables, num_variables);
    run_leave(run);
    Py_XDECREF(rest);
    return result;
}
