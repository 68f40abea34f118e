/* Code search: the code objects that have a line, among some and all that is nested in them. Holds the GIL;
 * runs no code of the app, and everything is borrowed. */
#pragma once

#include <Python.h>

#include "stub/native/code_lines.h"
#include "stub/native/pointer_set.h"
#include "stub/native/status.h"

typedef struct CodeSearch {
    int line;
    PointerSet seen;
    PointerSet found; /* code objects that the app's compiler made */
    Neighbours neighbours;
} CodeSearch;

/* code_search_contains() - whether @code, or code that is nested in it, has the line. */
bool code_search_contains(PyCodeObject *code, int line);

/* code_search_add() - searches @code. 0 or -ENOMEM. */
int code_search_add(CodeSearch *self, PyCodeObject *code);

/* code_search_explain() - when nothing was found: the original's message, which names the neighbours of the
 * line. @file: where the code is from. */
void code_search_explain(const CodeSearch *self, const char *file, Status *ret_status);

void code_search_deinit(CodeSearch *self);
