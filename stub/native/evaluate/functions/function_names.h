/* Function names: which names in a function are its own variables, by Python's rules. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/convert/converter.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct FunctionNames {
    PyObject *names[PROGRAM_VARIABLES_MAX]; /* owned, interned: by the number of the variable */
    int count;
    PyCodeObject *code; /* borrowed */
} FunctionNames;

/* function_names_init() - of @node (FunctionDef or Lambda), whose code is @code: first the parameters.
 * Returns 0, -E2BIG: there are too many; or -ENOMEM. Deinit it also then. */
int function_names_init(FunctionNames *self, Converter *converter, PyCodeObject *code, PyObject *node);

/* function_names_find() - the number of its own variable @name (interned); -1: it is none. */
int function_names_find(const FunctionNames *self, PyObject *name);

/* function_names_find_free() - the number of a variable of a function around it; -1: it is none. */
int function_names_find_free(const FunctionNames *self, PyObject *name);

void function_names_deinit(FunctionNames *self);

#ifdef __cplusplus
}
#endif
