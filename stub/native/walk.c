#include "stub/native/compat.h"

#include "stub/native/clock.h"
#include "stub/native/visibility.h"
#include "stub/native/walk.h"
#include "stub/native/wire_fields.h"

static Walk the_walk;

static void set_ends(Walk *walk)
{
    walk->hard_end = walk->packet + WALK_PACKET_BYTES - walk->reserved_bytes;
    walk->soft_end = walk->hard_end - WALK_MARK_BYTES;
}

Walk *walk_begin(uint32_t payload_chars_max, uint32_t value_chars_default, uint32_t budget_us)
{
    Walk *walk = &the_walk;

    walk->wire = (Wire){.start = walk->packet, .at = walk->packet};
    walk->reserved_bytes = 0;
    walk->is_full = false;
    visibility_refresh();
    walk->hides_values = visibility_is_restricted();
    walk->payload_chars = 0;
    walk->payload_chars_max = payload_chars_max;
    walk->value_chars_default = value_chars_default;
    walk->start_ns = clock_now_ns();
    walk->deadline_ns = walk->start_ns + (uint64_t)budget_us * 1000;
    walk->num_values = 0;
    walk->is_out_of_time = false;
    set_ends(walk);
    return walk;
}

static size_t pointer_hash(const void *pointer)
{
    uint64_t bits = (uintptr_t)pointer >> 4;

    return (size_t)((bits * UINT64_C(0x9E3779B97F4A7C15)) >> 40);
}

void walk_end(Walk *walk)
{
    /* Emptying the slots that were used is cheaper than clearing the map, which is larger than most packets.
     * Every slot has to be found before any is emptied: a gap would end the search for those behind it. */
    for (uint32_t i = 0; i < walk->num_objects; i++) {
        size_t slot = pointer_hash(walk->objects[i]) % WALK_OBJECT_SLOTS;

        while (walk->object_slots[slot] != i + 1)
            slot = (slot + 1) % WALK_OBJECT_SLOTS;
        walk->objects[i] = (PyObject *)slot;
    }
    for (uint32_t i = 0; i < walk->num_objects; i++)
        walk->object_slots[(size_t)walk->objects[i]] = 0;
    for (uint32_t i = 0; i < walk->num_types; i++)
        walk->type_slots[walk->types[i].slot] = 0;
    walk->num_objects = 0;
    walk->num_types = 0;
    walk->type_names_bytes = 0;
}

void walk_reserve(Walk *walk, size_t num_bytes)
{
    walk->reserved_bytes += num_bytes;
    set_ends(walk);
}

void walk_release(Walk *walk, size_t num_bytes)
{
    walk->reserved_bytes -= num_bytes;
    set_ends(walk);
}

bool walk_count_value(Walk *walk)
{
    if (++walk->num_values % 16 == 0 && !walk->is_out_of_time)
        walk->is_out_of_time = clock_now_ns() >= walk->deadline_ns;
    return !walk->is_out_of_time;
}

uint32_t walk_object(Walk *walk, PyObject *object)
{
    size_t slot = pointer_hash(object) % WALK_OBJECT_SLOTS;

    for (; walk->object_slots[slot] != 0; slot = (slot + 1) % WALK_OBJECT_SLOTS)
        if (walk->objects[walk->object_slots[slot] - 1] == object)
            return walk->object_slots[slot];
    if (walk->num_objects == WALK_OBJECTS_MAX)
        return 0;
    walk->objects[walk->num_objects++] = object;
    walk->object_slots[slot] = (uint16_t)walk->num_objects;
    return walk->num_objects;
}

uint32_t walk_type(Walk *walk, PyTypeObject *type, TypeNameStyle style)
{
    size_t slot = (pointer_hash(type) + (size_t)style) % WALK_TYPE_SLOTS;

    for (; walk->type_slots[slot] != 0; slot = (slot + 1) % WALK_TYPE_SLOTS) {
        const WalkType *known = &walk->types[walk->type_slots[slot] - 1];

        if (known->type == type && known->style == style)
            return walk->type_slots[slot];
    }
    if (walk->num_types == WALK_TYPES_MAX ||
        WALK_TYPE_NAMES_BYTES_MAX - walk->type_names_bytes < WALK_TYPE_NAME_BYTES_MAX ||
        !walk_has_value_room(walk, WALK_TYPE_NAME_BYTES_MAX + WIRE_MESSAGE_BYTES_MAX))
        return 0;
    size_t name_bytes =
        type_name(type, style, walk->type_names + walk->type_names_bytes, WALK_TYPE_NAME_BYTES_MAX);

    /* The name is written at the end; its room is taken now, so that an index never points at nothing. */
    walk_reserve(walk, name_bytes + WIRE_MESSAGE_BYTES_MAX);
    walk->type_names_bytes += (uint32_t)name_bytes;
    walk->types[walk->num_types++] = (WalkType){type, style, (uint16_t)slot, (uint16_t)name_bytes};
    walk->type_slots[slot] = (uint16_t)walk->num_types;
    return walk->num_types;
}

void walk_put_types(Walk *walk, uint32_t field)
{
    const char *name = walk->type_names;

    walk_release(walk, walk->type_names_bytes + walk->num_types * (size_t)WIRE_MESSAGE_BYTES_MAX);
    for (uint32_t i = 0; i < walk->num_types; i++) {
        wire_bytes(&walk->wire, field, name, walk->types[i].name_bytes);
        name += walk->types[i].name_bytes;
    }
}

/* The message's strings are proto3 strings: a cut must not leave half a character. */
static size_t cut_utf8(const char *text, size_t max_bytes)
{
    size_t len_bytes = strnlen(text, max_bytes + 1);

    if (len_bytes <= max_bytes)
        return len_bytes;
    len_bytes = max_bytes;
    while (len_bytes > 0 && ((uint8_t)text[len_bytes] & 0xC0) == 0x80)
        len_bytes--;
    return len_bytes;
}

void walk_put_status(Walk *walk, uint32_t field, const Status *status)
{
    enum { STRING_BYTES_MAX = 480 }; /* with its header, five of them are WALK_STATUS_BYTES_MAX */
    Wire *wire = &walk->wire;
    WireMessage message = wire_begin(wire, field);

    wire_uint(wire, STATUS_MESSAGE_IS_ERROR, status->is_error);
    wire_uint(wire, STATUS_MESSAGE_REFERS_TO, status->refers_to);
    if (status->format)
        wire_bytes(wire, STATUS_MESSAGE_FORMAT, status->format, cut_utf8(status->format, STRING_BYTES_MAX));
    for (size_t i = 0; i < status->num_parameters; i++)
        wire_bytes(wire, STATUS_MESSAGE_PARAMETERS, status->parameters[i],
                   cut_utf8(status->parameters[i], STRING_BYTES_MAX));
    wire_end(wire, message);
}
