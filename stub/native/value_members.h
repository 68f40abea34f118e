/* Value members: what is in a container or an object, written one after the other. Part of value.c's work;
 * see value.h. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "proto/snapshot.pb-c.h"
#include "stub/native/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A walk over members that stops where the original did: at the number of items, or when the payload is used
 * up. */
typedef struct Members {
    Walk *walk;
    const ValueLimits *limits;
    unsigned depth; /* of the members */
    uint32_t count;
    uint32_t max_items;
    bool is_cut;
} Members;

/* members_begin() - the open Variable is a container of this kind. @is_nested: in another one. */
Members members_begin(Walk *walk, Snapshot__Variable__Container kind, unsigned depth,
                      const ValueLimits *limits, bool is_nested);

/* members_put() - false: no more are wanted, this one was not written. */
bool members_put(Members *members, const ValueName *name, PyObject *value);

/* members_end() - says if not all were written. */
void members_end(Members *members);

/* members_place_name() - "[0]", which is not sent, and counts. */
ValueName members_place_name(uint32_t index);

/* members_put_type() - the type of the open Variable. */
void members_put_type(Walk *walk, PyTypeObject *type, TypeNameStyle style);

#ifdef __cplusplus
}
#endif
