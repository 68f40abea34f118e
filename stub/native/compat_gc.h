/* Compat, the garbage collector: its lists of objects. C only; include it before Python.h, as compat.h. */
#pragma once

#include "stub/native/compat.h"

#if PY_VERSION_HEX >= 0x03090000
#include "internal/pycore_gc.h"
#include "internal/pycore_interp.h"
#elif PY_VERSION_HEX >= 0x03080000
#include "internal/pycore_pystate.h"
#elif PY_VERSION_HEX >= 0x03070000
#include "internal/pystate.h"
#else

#define NUM_GENERATIONS 3

/* Of Modules/gcmodule.c, which keeps it to itself on 3.6. */
struct gc_generation {
    PyGC_Head head;
    int threshold;
    int count;
};
#endif

/* The generations, the youngest first. */
static inline struct gc_generation *compat_gc_generations(PyInterpreterState *interpreter)
{
#if PY_VERSION_HEX >= 0x03090000
    return interpreter->gc.generations;
#elif PY_VERSION_HEX >= 0x03070000
    (void)interpreter;
    return _PyRuntime.gc.generations;
#else
    (void)interpreter;
    return (struct gc_generation *)_PyGC_generation0; /* its head comes first */
#endif
}

#define COMPAT_GC_LISTS_MAX (NUM_GENERATIONS + 1)

/* The heads of the lists that hold all tracked objects, those of gc.freeze() included. Returns how many. */
static inline int compat_gc_lists(PyInterpreterState *interpreter, PyGC_Head *ret_heads[COMPAT_GC_LISTS_MAX])
{
    struct gc_generation *generations = compat_gc_generations(interpreter);
    int count = 0;

    for (; count < NUM_GENERATIONS; count++)
        ret_heads[count] = &generations[count].head;
#if PY_VERSION_HEX >= 0x03090000
    ret_heads[count++] = &interpreter->gc.permanent_generation.head;
#elif PY_VERSION_HEX >= 0x03070000
    ret_heads[count++] = &_PyRuntime.gc.permanent_generation.head;
#endif
    return count;
}

static inline PyGC_Head *compat_gc_next(const PyGC_Head *head)
{
#if PY_VERSION_HEX >= 0x03080000
    /* The two lowest bits of the links hold the state of a collection. */
    return (PyGC_Head *)(head->_gc_next & ~(uintptr_t)3);
#else
    return head->gc.gc_next;
#endif
}

/* compat_gc_is_shared() - whether the lists have objects of other interpreters too: up to 3.8, if there are.
 */
static inline bool compat_gc_is_shared(void)
{
    return PY_VERSION_HEX < 0x03090000 && PyInterpreterState_Next(PyInterpreterState_Head()) != NULL;
}

/* compat_gc_is_of_another() - whether what runs with these @builtins is another interpreter's. */
static inline bool compat_gc_is_of_another(PyInterpreterState *interpreter, PyObject *builtins)
{
#if PY_VERSION_HEX < 0x03090000
    PyInterpreterState *other = PyInterpreterState_Head();

    while (other && (other == interpreter || other->builtins != builtins))
        other = PyInterpreterState_Next(other);
    return other != NULL;
#else
    (void)interpreter;
    (void)builtins;
    return false;
#endif
}

/* compat_gc_move() - takes @head out of the list that it is in, and puts it before @before. */
static inline void compat_gc_move(PyGC_Head *head, PyGC_Head *before)
{
    if (head == before)
        return;
#if PY_VERSION_HEX >= 0x03080000
    PyGC_Head *next = (PyGC_Head *)(head->_gc_next & ~(uintptr_t)3);
    PyGC_Head *previous = (PyGC_Head *)(head->_gc_prev & ~(uintptr_t)3);

    previous->_gc_next = (uintptr_t)next | (previous->_gc_next & 3);
    next->_gc_prev = (uintptr_t)previous | (next->_gc_prev & 3);

    previous = (PyGC_Head *)(before->_gc_prev & ~(uintptr_t)3);
    head->_gc_next = (uintptr_t)before | (head->_gc_next & 3);
    head->_gc_prev = (uintptr_t)previous | (head->_gc_prev & 3);
    previous->_gc_next = (uintptr_t)head | (previous->_gc_next & 3);
    before->_gc_prev = (uintptr_t)head | (before->_gc_prev & 3);
#else
    head->gc.gc_prev->gc.gc_next = head->gc.gc_next;
    head->gc.gc_next->gc.gc_prev = head->gc.gc_prev;
    head->gc.gc_next = before;
    head->gc.gc_prev = before->gc.gc_prev;
    before->gc.gc_prev->gc.gc_next = head;
    before->gc.gc_prev = head;
#endif
}

/* Whether the collector moves objects between its lists a few at a time, in an order of its own, and marks
 * its lists in the links: 3.14.0 to 3.14.4, whose layout later versions of 3.14 have kept. */
static inline bool compat_gc_is_incremental(void)
{
#if PY_VERSION_HEX >= 0x030E0000 && PY_VERSION_HEX < 0x030F0000
    return Py_Version < 0x030E0500;
#else
    return false;
#endif
}

/* Whether the lists are where the headers had them, which is in the middle of larger structs: an object that
 * was just made is the last of one. */
static inline bool compat_gc_is_known(void)
{
    PyGC_Head *lists[COMPAT_GC_LISTS_MAX];
    int num_lists = compat_gc_lists(PyInterpreterState_Get(), lists);
    PyObject *object = PyList_New(0);
    bool is_known = false;

    for (int i = 0; object && i < num_lists; i++)
        is_known |= compat_gc_next((PyGC_Head *)object - 1) == lists[i];
    Py_XDECREF(object);
    PyErr_Clear();
    return is_known;
}

/* compat_gc_pause() - no collection begins by itself until compat_gc_resume(), which is given the result. 0:
 * none would have, and there is nothing to resume. */
static inline int compat_gc_pause(void);
static inline void compat_gc_resume(int paused);

#if PY_VERSION_HEX >= 0x030A0000
static inline int compat_gc_pause(void)
{
    return PyGC_Disable();
}

static inline void compat_gc_resume(int paused)
{
    (void)paused;
    (void)PyGC_Enable();
}
#else
/* Without a function for it: a threshold of 0 keeps the collector from beginning (_PyObject_GC_Alloc() in
 * Modules/gcmodule.c). */
static inline int compat_gc_pause(void)
{
    struct gc_generation *youngest = compat_gc_generations(PyInterpreterState_Get());
    int threshold = youngest->threshold;

    youngest->threshold = 0;
    return threshold;
}

static inline void compat_gc_resume(int paused)
{
    compat_gc_generations(PyInterpreterState_Get())->threshold = paused;
}
#endif

/* compat_num_collections() - how often each generation has been collected, added up. For tests: finalizers of
 * the app run in a collection. */
static inline Py_ssize_t compat_num_collections(void)
{
#if PY_VERSION_HEX >= 0x030F0000
    const struct gc_stats *stats = PyInterpreterState_Get()->gc.generation_stats;

    return stats->young.items[stats->young.index].collections +
           stats->old[0].items[stats->old[0].index].collections +
           stats->old[1].items[stats->old[1].index].collections;
#elif PY_VERSION_HEX >= 0x03070000
    Py_ssize_t num = 0;

    for (int i = 0; i < NUM_GENERATIONS; i++)
#if PY_VERSION_HEX >= 0x03090000
        num += PyInterpreterState_Get()->gc.generation_stats[i].collections;
#else
        num += _PyRuntime.gc.generation_stats[i].collections;
#endif
    return num;
#else
    return 0;                                         /* 3.6 keeps it to itself */
#endif
}
