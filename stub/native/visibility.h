/* Visibility: which values may leave the process, by the patterns that the broker has read in the app's
 * visibility file (debugger-blacklist.yaml). Snapshot.proto says what they mean. Holds the GIL; runs no code
 * of the app. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

/* visibility_set() - from now on this holds. Copies @message; NULL: everything is visible. When memory is
 * out, nothing is. */
void visibility_set(const Snapshot__Visibility *message);

/* visibility_refresh() - once per capture: types may have died, and others have their addresses. */
void visibility_refresh(void);

/* visibility_is_restricted() - whether visibility_refusal() has to be asked at all. */
bool visibility_is_restricted(void);

/* visibility_refusal() - why values of @type are hidden, as the format of a status; NULL: they are not.
 * Borrowed until visibility_set(). */
const char *visibility_refusal(PyTypeObject *type);

/* visibility_matches() - whether @text is what the glob @pattern describes, as fnmatch.fnmatchcase() has it.
 * Both are UTF-8. Takes at most the product of their lengths. */
bool visibility_matches(const char *text, const char *pattern);

#ifdef __cplusplus
}
#endif
