/* Interpreter: the few questions about the interpreter as a whole whose answers differ between CPython
 * versions. Layouts are in compat.h. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* interpreter_is_finalizing() - from here on a thread that asks for the GIL may crash the process or hang.
 * Any thread. */
bool interpreter_is_finalizing(void);

/* interpreter_is_main() - whether the calling thread's interpreter is the main one, the one that the stub
 * serves. Holds the GIL. */
bool interpreter_is_main(void);

/* interpreter_prepare_for_threads() - before another thread asks for the GIL for the first time: up to 3.6 an
 * app without threads has none. Holds the GIL. */
void interpreter_prepare_for_threads(void);

/* interpreter_forget_waiters() - in the child of a fork that CPython has not been told of, on the thread that
 * has forked, before it goes on: the threads that waited for the GIL are gone. Without this the child waits
 * for them when it next gives the GIL up. Async-signal-safe. */
void interpreter_forget_waiters(void);

/* interpreter_begin_child() - the same for CPython 3.6, whose GIL can only be made anew by a function that
 * does more: as soon as Python runs again. Holds the GIL. */
void interpreter_begin_child(void);

/* interpreter_pause_gc() - no collection, hence no finalizer of the app, runs in what the stub allocates
 * until interpreter_resume_gc(), which is given the result. Nobody else notices as long as the GIL is held.
 * They nest. */
bool interpreter_pause_gc(void);
void interpreter_resume_gc(bool was_enabled);

/* interpreter_weakref_is() - whether the weak reference @reference (NULL is none) is to @object, which lives.
 */
bool interpreter_weakref_is(PyObject *reference, PyObject *object);

/* interpreter_may_detach_frames() - whether the app has means to have frames on no thread's stack, where
 * nobody finds them. */
bool interpreter_may_detach_frames(void);

#ifdef __cplusplus
}
#endif
