/* Walk: the state of one capture: the packet, what is left of its budgets, and what has been seen.
 *
 * There is one in the process, of fixed size, and the GIL says whose it is. Three budgets end a walk, and
 * each leaves marks ("reference: 0", shown as "Buffer full") where values would be: the payload in
 * characters, as the original agent counts it; the packet; the clock. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stub/native/layout.h"
#include "stub/native/status.h"
#include "stub/native/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A packet of the protocol. */
#define WALK_PACKET_BYTES (128 * 1024)

/* Shared objects and types of one capture; what is beyond is marked, or has no type. The default payload has
 * no room for more objects than about 5,000. */
#define WALK_OBJECTS_MAX 4096
#define WALK_TYPES_MAX   256

/* Powers of two, at least twice the above, so that look-ups end quickly. */
#define WALK_OBJECT_SLOTS 8192
#define WALK_TYPE_SLOTS   512

#define WALK_TYPE_NAME_BYTES_MAX  256
#define WALK_TYPE_NAMES_BYTES_MAX (16 * 1024)

/* Fields of one Variable other than its name, key, text and members. */
#define WALK_VARIABLE_BYTES 96

/* Kept free for marks when values no longer fit, so that names go on being shown. */
#define WALK_MARK_BYTES (8 * 1024)

typedef struct WalkType {
    PyTypeObject *type;
    TypeNameStyle style;
    uint16_t slot;
    uint16_t name_bytes;
} WalkType;

typedef struct Walk {
    Wire wire;
    size_t reserved_bytes; /* at the packet's end, for what is certain to come */
    uint8_t *hard_end;     /* of the packet, without what is reserved */
    uint8_t *soft_end;     /* beyond it only marks are written */
    bool hides_values;     /* see visibility.h */
    bool is_full;          /* something did not even get a mark */

    uint32_t payload_chars;
    uint32_t payload_chars_max;
    uint32_t value_chars_default;

    uint64_t start_ns; /* CLOCK_MONOTONIC */
    uint64_t deadline_ns;
    unsigned num_values;
    bool is_out_of_time;

    uint32_t num_objects;
    uint32_t num_types;
    PyObject *objects[WALK_OBJECTS_MAX];      /* borrowed: the GIL is held all the while */
    uint16_t object_slots[WALK_OBJECT_SLOTS]; /* 1-based index into objects; 0: empty */
    WalkType types[WALK_TYPES_MAX];
    uint16_t type_slots[WALK_TYPE_SLOTS];
    uint32_t type_names_bytes;
    char type_names[WALK_TYPE_NAMES_BYTES_MAX]; /* one after the other */

    uint8_t packet[WALK_PACKET_BYTES];
} Walk;

/* walk_begin() - an empty packet and fresh budgets. Returns the process's walk, borrowed until the next call.
 */
Walk *walk_begin(uint32_t payload_chars_max, uint32_t value_chars_default, uint32_t budget_us);

/* walk_end() - forgets objects and types; the packet stays as it is. */
void walk_end(Walk *walk);

/* walk_reserve(), walk_release() - bytes at the packet's end for something else than values. */
void walk_reserve(Walk *walk, size_t num_bytes);
void walk_release(Walk *walk, size_t num_bytes);

/* walk_has_room() - whether a mark with its name may be written; false is remembered in is_full. */
static inline bool walk_has_room(Walk *walk, size_t num_bytes)
{
    if ((size_t)(walk->hard_end - walk->wire.at) >= num_bytes)
        return true;
    walk->is_full = true;
    return false;
}

/* walk_has_value_room() - whether a value of this size may be written. */
static inline bool walk_has_value_room(const Walk *walk, size_t num_bytes)
{
    return walk->wire.at < walk->soft_end && (size_t)(walk->soft_end - walk->wire.at) >= num_bytes;
}

static inline uint32_t walk_payload_left(const Walk *walk)
{
    return walk->payload_chars < walk->payload_chars_max ? walk->payload_chars_max - walk->payload_chars : 0;
}

/* walk_count_value() - true while there is time. Looks at the clock at every 16th value. */
bool walk_count_value(Walk *walk);

/* walk_object() - the reference to an object of the table, which is put there if it is new; 0: no room. */
uint32_t walk_object(Walk *walk, PyObject *object);

/* walk_type() - the 1-based index of a type's name in the packet's strings; 0: no room. */
uint32_t walk_type(Walk *walk, PyTypeObject *type, TypeNameStyle style);

/* walk_put_types() - writes the names, in order, as @field. Gives back what walk_type() has reserved. */
void walk_put_types(Walk *walk, uint32_t field);

/* walk_put_status() - a StatusMessage as @field, its parameters cut. The caller has seen to
 * WALK_STATUS_BYTES_MAX. */
#define WALK_STATUS_BYTES_MAX 2500
void walk_put_status(Walk *walk, uint32_t field, const Status *status);

#ifdef __cplusplus
}
#endif
