/* Function generated: the source of functions that have no file because the module `dataclasses` has written
 * them: comparisons and __repr__. It is made anew, in each form that some version of CPython has; which is
 * right is for the compiler to tell, as for any source. Holds the GIL. */
#pragma once

#include <Python.h>

#ifdef __cplusplus
extern "C" {
#endif

/* function_generated_text() - what may be the source of @code in the @form-th way, from 0. Returns 0 and
 * *ret_text (for free(); as many lines before the function as it says), -ENOENT: there are no more forms, or
 * -ENOMEM. */
int function_generated_text(PyCodeObject *code, int form, char **ret_text);

#ifdef __cplusplus
}
#endif
