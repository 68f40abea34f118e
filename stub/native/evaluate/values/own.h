/* Own: objects that only an evaluation knows: lambdas and generator expressions of the expression, and what
 * zip(), map() and the like return. They live on the stack and in the variables of a machine, and are gone
 * when it ends: nothing that outlives it may hold one. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum OwnKind {
    OWN_FUNCTION,
    OWN_GENERATOR, /* the first of those that can be gone over once */
    OWN_ITERATOR,
    OWN_ENUMERATE,
    OWN_FILTER,
    OWN_MAP,
    OWN_REVERSED,
    OWN_ZIP,
    OWN_MATCH, /* of a pattern that was compiled here, see match.h */
    OWN_NUM_KINDS,
} OwnKind;

/* Their types, with the names of CPython's. */
extern PyTypeObject own_types[OWN_NUM_KINDS];

/* own_init() - once, before any program runs. 0 or a negative errno. */
int own_init(void);

static inline bool own_is(PyObject *value)
{
    return (uintptr_t)Py_TYPE(value) - (uintptr_t)own_types < sizeof(own_types);
}

static inline OwnKind own_kind(PyObject *value)
{
    return (OwnKind)(Py_TYPE(value) - own_types);
}

static inline bool own_is_stream(PyObject *value)
{
    return own_is(value) && own_kind(value) != OWN_FUNCTION && own_kind(value) != OWN_MATCH;
}

static inline bool own_is_match(PyObject *value)
{
    return own_is(value) && own_kind(value) == OWN_MATCH;
}

/* own_check() - false: it is one, and the run has failed. Asked of all that is put into a container, and of
 * the result. */
static inline bool own_check(Run *run, PyObject *value)
{
    if (!own_is(value))
        return true;
    (void)run_refuse_value(run, "a %s, which only exists while the expression is evaluated",
                           Py_TYPE(value)->tp_name);
    return false;
}

/* own_count() - before one is made that may hold others; own_uncount() when it is gone. False: there are too
 * many, and the run has failed. */
bool own_count(Run *run);

static inline void own_uncount(Run *run)
{
    run->num_owned--;
}

/* own_function() - a lambda: @values are the defaults of its last parameters, then what it has captured;
 * borrowed. @program outlives it. NULL: the run has failed. */
PyObject *own_function(Run *run, const Program *program, PyObject *const *values);

/* own_call() - a new reference, or NULL: the run has failed. @arguments: @count of them by place, then those
 * with @names (a tuple, or NULL). */
PyObject *own_call(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count,
                   PyObject *names);

#ifdef __cplusplus
}
#endif
