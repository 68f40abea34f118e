/* Live code: every code object that something in the process can still run, found without the app's help.
 *
 * Functions and suspended generators are found in the lists of the garbage collector, frozen objects
 * included; code that is running, in the frames of all threads. Code objects themselves are not tracked by
 * the collector, and nothing here keeps them alive. Holds the GIL; runs no code of the app and allocates no
 * Python object. */
#pragma once

#include <Python.h>

/* Told once for each place a code object is found at, so several times for some. @code is borrowed. It must
 * not make or free Python objects. */
typedef void (*LiveCodeVisitor)(void *context, PyCodeObject *code);

/* live_code_visit() - calls @visit for the code of all functions, suspended generators, coroutines and
 * frames. About 20 ns for each object the collector tracks. */
void live_code_visit(LiveCodeVisitor visit, void *context);
