/* Live code: what in the process can still run a code object, found without the app's help.
 *
 * Functions and suspended generators are found in the lists of the garbage collector, frozen objects
 * included; code that is running, in the frames of all threads. Code objects themselves are not tracked by
 * the collector, and nothing here keeps them alive. Holds the GIL; runs no code of the app and allocates no
 * Python object. */
#pragma once

#include <Python.h>

typedef enum CodeHolderKind {
    CODE_HOLDER_FUNCTION,  /* @holder is a PyFunctionObject */
    CODE_HOLDER_GENERATOR, /* a suspended or not yet started PyGenObject, a coroutine or an async generator */
    CODE_HOLDER_FRAME,     /* an internal frame that is running, or waits for what it called */
} CodeHolderKind;

/* Told once for each holder, so several times for some code objects. Everything is borrowed. It must not make
 * or free objects that the collector tracks. */
typedef void (*CodeHolderVisitor)(void *context, CodeHolderKind kind, void *holder, PyCodeObject *code);

/* live_code_visit() - about 20 ns for each object that the collector tracks. */
void live_code_visit(CodeHolderVisitor visit, void *context);
