/* Function source: from the code object of a function to the AST that it was compiled from. The source is
 * read, cut and compiled; it counts only if that gives the very code that runs. Holds the GIL; runs no code
 * of the app. */
#pragma once

#include <Python.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct FunctionSource {
    PyObject *tree;       /* owned: what node lives in */
    PyObject *node;       /* borrowed: FunctionDef or Lambda */
    PyObject *class_name; /* borrowed: of the class that it is written in; NULL: none */
} FunctionSource;

/* function_source_find() - returns 0 and *ret_source; -EAGAIN: the file is being read; or another negative
 * errno with *ret_reason, the end of a sentence about the function (static). */
int function_source_find(PyCodeObject *code, FunctionSource *ret_source, const char **ret_reason);

void function_source_deinit(FunctionSource *source);

#ifdef __cplusplus
}
#endif
