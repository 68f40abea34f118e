/* Tracing: how CPython 3.6 to 3.10 is told that a thread is traced. Include it first (compat.h). */
#pragma once

#include "stub/native/compat.h"

#if PY_VERSION_HEX >= 0x03090000
#include "internal/pycore_interp.h"
#elif PY_VERSION_HEX >= 0x03080000
#include "internal/pycore_pystate.h"
#elif PY_VERSION_HEX >= 0x03070000
#include "internal/pystate.h"
#endif

/* tracing_number() - of a thread; the address of one that has ended may be used for another. */
static inline uint64_t tracing_number(const PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x03070000
    return thread->id;
#else
    return (uint64_t)thread->thread_id;
#endif
}

/* tracing_count() - @difference more threads are traced. Up to 3.9 CPython looks for tracing at every
 * instruction only while the count is not 0. */
static inline void tracing_count(int difference);

#if PY_VERSION_HEX >= 0x030A0000

static inline void tracing_count(int difference)
{
    (void)difference;
}

#elif PY_VERSION_HEX >= 0x03090000

static inline void tracing_count(int difference)
{
    PyInterpreterState_Get()->ceval.tracing_possible += difference;
}

#elif PY_VERSION_HEX >= 0x03070000

static inline void tracing_count(int difference)
{
    _PyRuntime.ceval.tracing_possible += difference;
}

#else

static inline int tracing_nothing(PyObject *object, PyFrameObject *frame, int event, PyObject *argument)
{
    (void)object;
    (void)frame;
    (void)event;
    (void)argument;
    return 0;
}

/* The count of 3.6 is a variable of Python/ceval.c, which PyEval_SetTrace() counts up or down. */
static inline void tracing_count(int difference)
{
    PyThreadState *thread = PyThreadState_Get();
    Py_tracefunc function = thread->c_tracefunc;
    PyObject *object = thread->c_traceobj;
    int use_tracing = thread->use_tracing;

    thread->c_traceobj = NULL;
    for (; difference != 0; difference += difference > 0 ? -1 : 1) {
        thread->c_tracefunc = difference > 0 ? NULL : tracing_nothing;
        PyEval_SetTrace(difference > 0 ? tracing_nothing : NULL, NULL);
    }
    thread->c_tracefunc = function;
    thread->c_traceobj = object;
    thread->use_tracing = use_tracing;
}

#endif

/* tracing_set_function() - as PyEval_SetTrace() does, but without its audit event, which runs code of the
 * app, with the trace object as it is, and for any thread. */
static inline void tracing_set_function(PyThreadState *thread, Py_tracefunc function)
{
    int difference = (function != NULL) - (thread->c_tracefunc != NULL);
    bool is_used;

    if (difference != 0)
        tracing_count(difference);
    thread->c_tracefunc = function;
    if (thread->tracing > 0) /* it is looked at again when that is over */
        return;
    is_used = function || thread->c_profilefunc;
#if PY_VERSION_HEX >= 0x030A0000
    if (thread->cframe)
        thread->cframe->use_tracing = is_used;
#else
    thread->use_tracing = is_used;
#endif
}
