/* Import source: where the import watch learns that code is about to run that is not that of a function.
 *
 * import_source_audit.c: the audit event `exec` (CPython 3.8 and later). import_source_eval.c: a frame
 * evaluation function (3.6 and 3.7). Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

/* import_source_init() - @on_code is called with each such code object, on the thread that is about to run
 * it; @on_swap with a code object that a function is about to be given (`function.__code__ = code`; never on
 * 3.6 and 3.7, which do not tell). Can be called again. Returns 0 or a negative errno. */
int import_source_init(void (*on_code)(PyCodeObject *code), void (*on_swap)(PyCodeObject *code));

/* import_source_enable() - whether it is called. While it is not, that costs the app nothing. */
void import_source_enable(bool is_enabled);
