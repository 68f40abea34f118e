/* Compat, the GIL. C only; include it before Python.h, as compat.h. */
#pragma once

#include "stub/native/compat.h"

#include <pthread.h>
#include <time.h>

#if PY_VERSION_HEX >= 0x03090000
#include "internal/pycore_interp.h"
#include "internal/pycore_runtime.h"
#elif PY_VERSION_HEX >= 0x03080000
#include "internal/pycore_pystate.h"
#elif PY_VERSION_HEX >= 0x03070000
#include "internal/pystate.h"
#endif

#if PY_VERSION_HEX >= 0x03070000

static inline struct _gil_runtime_state *compat_gil(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030C0000
    return thread->interp->ceval.gil;
#else
    (void)thread;
    return &_PyRuntime.ceval.gil;
#endif
}

/* Some thread waits for it, and wants @thread to give it up. */
static inline void compat_gil_clear_request(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030D0000
    (void)__atomic_and_fetch(&thread->eval_breaker, ~(uintptr_t)1, __ATOMIC_RELAXED); /* see pycore_ceval.h */
#elif PY_VERSION_HEX >= 0x03090000
    __atomic_store_n((int *)(void *)&thread->interp->ceval.gil_drop_request, 0, __ATOMIC_RELAXED);
#else
    (void)thread;
    __atomic_store_n((int *)(void *)&_PyRuntime.ceval.gil_drop_request, 0, __ATOMIC_RELAXED);
#endif
}

/* As create_gil() in Python/ceval_gil.c has it, and init_condattr() in Python/thread_pthread.h. */
static inline void compat_gil_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
#if PY_VERSION_HEX >= 0x03080000
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static inline bool compat_gil_is_held_by(PyThreadState *thread)
{
    struct _gil_runtime_state *gil = compat_gil(thread);

    return __atomic_load_n((int *)(void *)&gil->locked, __ATOMIC_RELAXED) == 1 &&
           __atomic_load_n((PyThreadState **)(void *)&gil->last_holder, __ATOMIC_RELAXED) == thread;
}

/* compat_gil_forget_waiters() - nobody but the calling thread, which is @thread, is left in this process. If
 * it has the GIL: what those who waited for it have left behind is made anew. */
static inline void compat_gil_forget_waiters(PyThreadState *thread)
{
    struct _gil_runtime_state *gil;

    if (!thread || !compat_gil_is_held_by(thread))
        return;
    gil = compat_gil(thread);
    (void)pthread_mutex_init(&gil->mutex, NULL);
    compat_gil_init_condition(&gil->cond);
    (void)pthread_mutex_init(&gil->switch_mutex, NULL);
    compat_gil_init_condition(&gil->switch_cond);
    compat_gil_clear_request(thread);
}

static inline void compat_gil_begin_child(void)
{
}

static inline void compat_gil_create(void)
{
}

#else

/* 3.6 keeps it to itself. */
static inline void compat_gil_forget_waiters(PyThreadState *thread)
{
    (void)thread;
}

/* What os.fork() calls in the child. The states of the threads that are gone go too, and with them their
 * variables: not a thing to do before it is known that Python runs again here. */
static inline void compat_gil_begin_child(void)
{
    PyEval_ReInitThreads();
}

/* Made by the first thread that Python starts, or by the first other thread that asks for it, which then has
 * it while the main thread goes on without. */
static inline void compat_gil_create(void)
{
    PyEval_InitThreads();
}

#endif
