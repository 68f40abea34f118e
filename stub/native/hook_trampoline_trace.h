/* Trace: tracing of threads in C (CPython 3.6 to 3.10), for three ends.
 *
 * Frames that run other bytes than their code object has do not come by its hooks: their threads are traced
 * until they are over. Then the lines of the thread call the hooks, and what is in the bytecode does not.
 *
 * A tracer of the app would be told of a line once more when control jumps back from a tail: it is kept from
 * that.
 *
 * And a code object whose last hook has gone while it was called gets back what is its own when control has
 * come back from the tail.
 *
 * A trace function of the app on the same thread is called as before, and sys.gettrace() shows it alone.
 * Holds the GIL. */
#pragma once

#include <Python.h>
#include <frameobject.h>

#include "stub/native/hook_trampoline_patch.h"

/* trace_review() - traces the threads that have frames which miss a hook, and no others. To be called when
 * hooks have changed. */
void trace_review(void);

/* trace_frame() - traces @thread, which runs @frame, that misses a hook, and is at @place. */
void trace_frame(PyThreadState *thread, const PyFrameObject *frame, const TailPlace *place);

/* trace_takes_over() - @frame of @thread, which is traced by somebody, is about to run the hooks of @place.
 * Returns whether they are called by tracing instead. */
bool trace_takes_over(const CodePatch *patch, PyThreadState *thread, PyFrameObject *frame,
                      const TailPlace *place);

/* trace_until_back() - until @frame of @thread is back from the tail, where it is at @place. */
void trace_until_back(const CodePatch *patch, PyThreadState *thread, PyFrameObject *frame,
                      const TailPlace *place);

/* trace_stop() - traces no thread. For the end of the process. */
void trace_stop(void);
