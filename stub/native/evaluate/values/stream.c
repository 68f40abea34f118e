#include "stub/native/compat.h"

#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/machine.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/stream.h"

typedef struct Stream {
    PyObject_HEAD Run *run; /* which it does not outlive */
    Machine *generator;     /* owned; NULL: it is none, or has ended */
    PyObject *function;     /* owned, or NULL */
    Py_ssize_t counter;
    Py_ssize_t num_sources;
    Iteration *sources; /* owned */
} Stream;

Py_ssize_t stream_size_bytes(void)
{
    return sizeof(Stream);
}

void stream_free(PyObject *object)
{
    Stream *self = (Stream *)object;

    for (Py_ssize_t i = 0; i < self->num_sources; i++)
        iterate_end(&self->sources[i]);
    PyMem_Free(self->sources);
    machine_free(self->generator);
    Py_XDECREF(self->function);
    own_uncount(self->run);
    PyObject_Free(self);
}

static Stream *new_stream(Run *run, OwnKind kind)
{
    Stream *self;

    if (!own_count(run))
        return NULL;
    self = PyObject_New(Stream, &own_types[kind]);
    if (!self) {
        own_uncount(run);
        return run_raise_pending(run);
    }
    self->run = run;
    self->generator = NULL;
    self->function = NULL;
    self->counter = 0;
    self->num_sources = 0;
    self->sources = NULL;
    return self;
}

PyObject *stream_new(Run *run, OwnKind kind, PyObject *function, Py_ssize_t start,
                     PyObject *const *containers, Py_ssize_t count)
{
    Stream *self = new_stream(run, kind);

    if (!self)
        return NULL;
    self->function = Py_XNewRef(function);
    self->counter = start;
    self->sources = PyMem_Malloc((size_t)(count > 0 ? count : 1) * sizeof(*self->sources));
    if (!self->sources)
        (void)run_exhaust(run);
    for (Py_ssize_t i = 0; i < count && !run->outcome; i++)
        if (iterate_begin(run, &self->sources[i], containers[i]))
            self->num_sources++;
    if (run->outcome) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

PyObject *stream_new_generator(Run *run, const Program *program, const MachineScope *scope,
                               PyObject *const *variables, int num_variables)
{
    Stream *self = new_stream(run, OWN_GENERATOR);

    if (!self)
        return NULL;
    self->generator = machine_new(run, program, scope, variables, num_variables);
    if (!self->generator) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

/* -------------------------------------------------------------------------------------------------- next */

static PyObject *next_mapped(Run *run, Stream *self)
{
    PyObject *items[STREAM_SOURCES_MAX];
    Py_ssize_t count = 0;
    PyObject *result = NULL;

    while (count < self->num_sources) {
        items[count] = iterate_next(run, &self->sources[count]);
        if (!items[count])
            break;
        count++;
    }
    if (count == self->num_sources && count > 0)
        result = calls_function(run, self->function, items, count, NULL);
    while (count > 0)
        Py_DECREF(items[--count]);
    return result;
}

static PyObject *next_zipped(Run *run, Stream *self)
{
    PyObject *tuple = self->num_sources > 0 ? PyTuple_New(self->num_sources) : NULL;

    for (Py_ssize_t i = 0; tuple && i < self->num_sources; i++) {
        PyObject *item = iterate_next(run, &self->sources[i]);

        if (item)
            PyTuple_SET_ITEM(tuple, i, item);
        else
            Py_CLEAR(tuple);
    }
    if (!tuple && PyErr_Occurred())
        return run_raise_pending(run);
    return tuple;
}

/* Whether the item passes filter(); -1: the run has failed. */
static int passes(Run *run, Stream *self, PyObject *item)
{
    PyObject *answer;
    int truth;

    if (self->function == Py_None || self->function == (PyObject *)&PyBool_Type)
        return plain_truth(run, item);
    answer = calls_function(run, self->function, &item, 1, NULL);
    truth = answer ? plain_truth(run, answer) : -1;
    Py_XDECREF(answer);
    return truth;
}

static PyObject *next_filtered(Run *run, Stream *self)
{
    PyObject *item;

    while ((item = iterate_next(run, &self->sources[0]))) {
        int truth = passes(run, self, item);

        if (truth > 0)
            return item;
        Py_DECREF(item);
        if (truth < 0)
            return NULL;
    }
    return NULL;
}

static PyObject *next_enumerated(Run *run, Stream *self)
{
    PyObject *item = iterate_next(run, &self->sources[0]);
    PyObject *number = item ? PyLong_FromSsize_t(self->counter++) : NULL;
    PyObject *pair = number ? PyTuple_Pack(2, number, item) : NULL;

    if (item && !pair)
        (void)run_raise_pending(run);
    Py_XDECREF(number);
    Py_XDECREF(item);
    return pair;
}

static PyObject *next_of(Run *run, Stream *self)
{
    switch (own_kind((PyObject *)self)) {
    case OWN_GENERATOR:
        return self->generator ? machine_next(run, self->generator) : NULL;
    case OWN_MAP:
        return next_mapped(run, self);
    case OWN_ZIP:
        return next_zipped(run, self);
    case OWN_FILTER:
        return next_filtered(run, self);
    case OWN_ENUMERATE:
        return next_enumerated(run, self);
    default:
        return iterate_next(run, &self->sources[0]);
    }
}

PyObject *stream_next(Run *run, PyObject *stream)
{
    PyObject *item = NULL;

    /* Streams of streams call each other. */
    if (run_charge(run, 1) && run_enter(run))
        item = next_of(run, (Stream *)stream);
    run_leave(run);
    /* In a function that map() calls, it is the end for whoever asks map(). */
    if (own_kind(stream) != OWN_GENERATOR && run_has_raised(run, PyExc_StopIteration))
        run_recover(run);
    if (item && !own_check(run, item))
        Py_CLEAR(item);
    return item;
}
