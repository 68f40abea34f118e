/* Known text: what a value of a known type is called, e.g. Decimal('1.50') or <Color.RED: 1>: as its repr()
 * has it where that is known from the layout, and otherwise what helps a person. Runs no code; holds the GIL.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

#include "stub/native/known.h"

#ifdef __cplusplus
extern "C" {
#endif

/* With the NUL. Longer texts are cut, and end with "...". */
#define KNOWN_TEXT_BYTES_MAX 512

/* known_text() - writes the text of @value, which is of @kind. Returns its length in bytes; 0: this one has
 * none (its fields are to be shown). */
size_t known_text(PyObject *value, KnownKind kind, char buffer[KNOWN_TEXT_BYTES_MAX]);

#ifdef __cplusplus
}
#endif
