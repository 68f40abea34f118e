/* Function cache: the programs of functions of the app that have been walked, by their code objects. It keeps
 * neither code nor anything else of the app alive, and is bounded. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* More are forgotten, those that were made first (untuned; a program is some KB). */
#define FUNCTION_CACHE_MAX 500

typedef struct WalkedFunction {
    PyCodeObject *code; /* borrowed: the function is forgotten when it dies */
    Program *program;   /* owned; NULL: it cannot be walked */
    const char *reason; /* then: why */
    struct WalkedFunction *next;
    struct WalkedFunction *previous;
} WalkedFunction;

/* function_cache_find() - makes the program the first time that it is asked for, which takes some hundred
 * microseconds. Borrowed until the end of the evaluation. NULL: the run has failed, as it does while the
 * source is being read. */
WalkedFunction *function_cache_find(Run *run, PyCodeObject *code);

/* function_cache_sweep() - frees what was forgotten, at the end of an evaluation. */
void function_cache_sweep(void);

#ifdef __cplusplus
}
#endif
