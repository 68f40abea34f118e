/* Value: writes one value of the app into the packet, by the rules of the original agent.
 *
 * What a kind of value looks like on the wire, which values are shown in place and which are put into the
 * table, and how characters are counted. Reads by layout only. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/walk.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Deeper than any limit of a user makes sense; it bounds the C stack. */
#define VALUE_DEPTH_MAX 32

typedef struct ValueLimits {
    uint32_t max_chars;
    uint32_t max_items;        /* of a container at depth 0 */
    uint32_t max_nested_items; /* of one below */
    uint32_t max_depth;
    bool is_log; /* the rules of log messages: objects in place, types where the depth ends */
} ValueLimits;

/* What a value is called: one of the three, or nothing (a member of a sequence). Borrowed. */
typedef struct ValueName {
    PyObject *text;   /* a str */
    const char *utf8; /* ends with a NUL */
    PyObject *key;    /* of a dict */
    /* Characters of the name that the packet does not have: the broker knows it. */
    uint32_t num_implied_chars;
} ValueName;

/* value_put() - writes a Variable as @field. @depth as the original counts it. False: there was no room even
 * for a mark, and nothing was written. */
bool value_put(Walk *walk, uint32_t field, const ValueName *name, PyObject *value, unsigned depth,
               const ValueLimits *limits);

/* value_put_object() - an entry of the table. Always writes one: a mark if nothing else fits. The caller has
 * seen to WALK_VARIABLE_BYTES. */
void value_put_object(Walk *walk, uint32_t field, PyObject *object, const ValueLimits *limits);

/* value_put_status() - a Variable that is a message. False: no room. */
bool value_put_status(Walk *walk, uint32_t field, const Status *status);

#ifdef __cplusplus
}
#endif
