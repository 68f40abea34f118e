#include "broker/stubs/packet.h"

enum WireType {
    WIRE_VARINT = 0,
    WIRE_64BIT = 1,
    WIRE_BYTES = 2,
    WIRE_32BIT = 5,
};

/* The one bounds-checked cursor of this file. */
typedef struct Cursor {
    const uint8_t *next;
    const uint8_t *end;
} Cursor;

static bool read_varint(Cursor *cursor, uint64_t *ret)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte;

        if (cursor->next == cursor->end)
            return false;
        byte = *cursor->next++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool skip(Cursor *cursor, uint64_t size)
{
    if (size > (uint64_t)(cursor->end - cursor->next))
        return false;
    cursor->next += size;
    return true;
}

static bool nesting_is_sane(const ProtobufCMessageDescriptor *descriptor, Cursor cursor, unsigned nesting_max)
{
    while (cursor.next < cursor.end) {
        const ProtobufCFieldDescriptor *field;
        const uint8_t *start;
        uint64_t tag;
        uint64_t size;

        if (!read_varint(&cursor, &tag))
            return false;
        switch (tag & 7) {
        case WIRE_VARINT:
            if (!read_varint(&cursor, &size))
                return false;
            continue;
        case WIRE_64BIT:
            if (!skip(&cursor, 8))
                return false;
            continue;
        case WIRE_32BIT:
            if (!skip(&cursor, 4))
                return false;
            continue;
        case WIRE_BYTES:
            if (!read_varint(&cursor, &size))
                return false;
            start = cursor.next;
            if (!skip(&cursor, size))
                return false;
            break;
        default:
            return false; /* groups: proto3 has none */
        }
        field = tag >> 3 <= UINT32_MAX
                    ? protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3))
                    : NULL;
        if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (nesting_max == 0 ||
            !nesting_is_sane(field->descriptor, (Cursor){start, cursor.next}, nesting_max - 1))
            return false;
    }
    return true;
}

bool packet_nesting_is_sane(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t size,
                            unsigned nesting_max)
{
    return nesting_is_sane(descriptor, (Cursor){data, data + size}, nesting_max);
}

static void *take(void *arena, size_t size)
{
    return arena_take(arena, size);
}

static void give_back(void *arena, void *pointer)
{
    (void)arena; /* arena_reset() gives back all at once */
    (void)pointer;
}

int packet_decode(const uint8_t *data, size_t size, Arena *arena, Snapshot__StubMessage **ret_message)
{
    ProtobufCAllocator allocator = {take, give_back, arena};
    Snapshot__StubMessage *message;

    arena_reset(arena);
    if (size > PACKET_BYTES_MAX ||
        !packet_nesting_is_sane(&snapshot__stub_message__descriptor, data, size, PACKET_NESTING_MAX))
        return PACKET_E_MALFORMED;
    message = snapshot__stub_message__unpack(&allocator, size, data);
    if (!message)
        return PACKET_E_MALFORMED;
    if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE__NOT_SET)
        return PACKET_E_UNKNOWN;
    *ret_message = message;
    return 0;
}
