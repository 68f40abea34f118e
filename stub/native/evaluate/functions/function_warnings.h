/* Function warnings: whether CPython's compiler would warn about a piece of source. A warning runs what the
 * app has put in its way (`warnings.showwarning`) and writes to its stderr, so such source is not compiled.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* function_warnings_in_text() - of the tokenizer: an escape in a literal that means nothing. No Python. */
bool function_warnings_in_text(const char *text);

/* function_warnings_in_tree() - of what comes after the parser: `x is 1`, `assert (x, y)`, `"a" ()` and the
 * like. True also for trees that are nested too deeply. Holds the GIL. */
bool function_warnings_in_tree(PyObject *tree);

#ifdef __cplusplus
}
#endif
