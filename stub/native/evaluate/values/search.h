/* Search: what CPython takes to find a text in another.
 *
 * Backwards, and up to 3.9 forwards too, it compares at every place from the beginning: with texts that are
 * made for it that is the product of their lengths (Objects/stringlib/fastsearch.h). Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* search_check() - charges what it takes to find all of @part in @text, two str or two bytes; anything else
 * takes no search. @is_backward: from the end, as rfind() does. False: the run has failed. */
bool search_check(Run *run, PyObject *text, PyObject *part, bool is_backward);

#ifdef __cplusplus
}
#endif
