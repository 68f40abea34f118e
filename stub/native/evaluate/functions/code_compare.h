/* Code compare: whether two code objects are the same program: every instruction, constant, name and line.
 * Holds the GIL; runs no code of the app. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The parts of a code object as the compiler made them, whatever a hook has made of it meanwhile: see
 * hook_original.h. */
typedef struct CodeOriginals {
    PyCodeObject *(*code)(PyCodeObject *code); /* borrowed */
    PyObject *(*bytecode)(PyCodeObject *code); /* a new reference; NULL when memory is out */
    PyObject *(*constants)(PyCodeObject *code);
    PyObject *(*line_table)(PyCodeObject *code);
} CodeOriginals;

/* code_compare_init() - @originals lives for ever; without it code is taken as it is. */
void code_compare_init(const CodeOriginals *originals);

/* code_compare_original() - borrowed: what the compiler made, for what a hook has put in its place. */
PyCodeObject *code_compare_original(PyCodeObject *code);

/* code_compare_is_same() - @code may be hooked, @compiled is fresh from the compiler. */
bool code_compare_is_same(PyCodeObject *code, PyCodeObject *compiled);

#ifdef __cplusplus
}
#endif
