/* Import watch: tells when the code of a module is about to run, so that breakpoints that wait for the module
 * are armed before its first line. Where it learns of that is a file per version, see import_source.h. Holds
 * the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

/* ImportCallback - @code is about to run on this thread, which holds the GIL. Must not raise. */
typedef void (*ImportCallback)(PyCodeObject *code);

/* import_watch_init() - once per process. @swap_callback: a function is about to be given @code, which may be
 * the app's or one of ours; never called on CPython 3.6 and 3.7. 0 or a negative errno. */
int import_watch_init(ImportCallback callback, ImportCallback swap_callback);

/* import_watch_code() - the code object that is about to run on this thread while its ImportCallback is
 * called, NULL otherwise: nothing that can be found refers to it yet. Borrowed. */
PyCodeObject *import_watch_code(void);

/* import_watch_enable() - on while breakpoints are pending or armed code may be re-created. */
void import_watch_enable(bool is_enabled);
