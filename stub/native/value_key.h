/* Value key: the keys of dicts, which are names: the broker shows their repr. Part of value.c's work; see
 * value.h. */
#pragma once

#include <Python.h>

#include <stddef.h>
#include <stdint.h>

#include "stub/native/walk.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value_key_bytes() - more than value_put_key() will write; looks at a bounded number of members. */
size_t value_key_bytes(const Walk *walk, PyObject *key);

/* value_put_key() - writes a key, or a part of one, as a Variable in @field. The caller has seen to the room.
 * A long str is cut; of a tuple or frozenset the first members are shown. Returns the number of characters of
 * the repr. */
size_t value_put_key(Walk *walk, uint32_t field, PyObject *key);

#ifdef __cplusplus
}
#endif
