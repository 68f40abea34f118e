/* Original: the parts of a code object as the compiler made them, whatever a hook has made of it meanwhile.
 *
 * Up to 3.10 a hook changes them in place; on 3.11 functions get a copy, see hook_original_code(); since 3.12
 * nothing changes. Holds the GIL; runs no code of the app. */
#pragma once

#include <Python.h>

/* hook_original_bytecode() - the instructions, caches zeroed: a new reference to bytes. NULL when memory is
 * out; no exception is set. */
PyObject *hook_original_bytecode(PyCodeObject *code);

/* hook_original_constants() - its tuple of constants. Borrowed. */
PyObject *hook_original_constants(PyCodeObject *code);

/* hook_original_line_table() - its table of lines, in the format of the version. Borrowed. */
PyObject *hook_original_line_table(PyCodeObject *code);
