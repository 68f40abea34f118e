/* Code lines: which lines a code object can stop at. Holds the GIL; runs no code of the app. */
#pragma once

#include <Python.h>

#include <stdbool.h>

/* The lines before and after the one that is looked for that have code; 0: none seen. */
typedef struct Neighbours {
    int previous;
    int next;
} Neighbours;

/* code_lines_search() - whether an instruction of @code itself (not of code nested in it) begins @line. The
 * prologue, which runs on the `def` line before the body, is not counted. Lines near it are entered into
 * @neighbours. */
bool code_lines_search(PyCodeObject *code, int line, Neighbours *neighbours);

/* code_is_synthetic() - whether it is code that no user wrote there: it claims lines of others. */
bool code_is_synthetic(PyCodeObject *code);
