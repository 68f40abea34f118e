/* Trace: the way out for frames that cannot be moved to a copy with hooks (CPython 3.11): the thread is
 * traced in C until they can be, or are over.
 *
 * A trace function of the app on the same thread is called as before, and sys.gettrace() shows it alone.
 * Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/hook_clone_patch.h"

/* trace_review() - traces the threads that have frames which miss a hook, and no others. To be called when
 * hooks or copies have changed. */
void trace_review(void);

/* trace_expect() - @code is about to run on this thread, from outside: it cannot be given a copy. */
void trace_expect(PyCodeObject *code);

/* trace_stop() - traces no thread. For the end of the process. */
void trace_stop(void);
