/* Wire: writes the protobuf wire format in one forward pass into a buffer of fixed size.
 *
 * protobuf-c packs a tree of structs whose sizes it computes first: building that tree for some thousand
 * values costs more than reading the values. Here the length of a nested message is a varint padded to three
 * bytes (any length up to 2 MiB; decoders take padded varints), filled in when the message ends, so nothing
 * is known in advance and nothing moves.
 *
 * The writer does not check for room: its user asks wire_room() once for all that it is about to write.
 * Inline because the walk calls it some ten thousand times. Any thread, one at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WIRE_VARINT_BYTES_MAX 10
#define WIRE_MESSAGE_BYTES_MAX                                                                               \
    (2 + 3) /* tag and length of a nested message, for field numbers below 2048                              \
             */

typedef struct Wire {
    uint8_t *start;
    uint8_t *at;
} Wire;

/* Where the length of a nested message goes. */
typedef struct WireMessage {
    uint8_t *length;
} WireMessage;

static inline void wire_varint(Wire *wire, uint64_t value)
{
    while (value >= 0x80) {
        *wire->at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *wire->at++ = (uint8_t)value;
}

static inline void wire_tag(Wire *wire, uint32_t field, uint32_t wire_type)
{
    wire_varint(wire, field << 3 | wire_type);
}

/* A uint32, uint64, bool or enum. */
static inline void wire_uint(Wire *wire, uint32_t field, uint64_t value)
{
    wire_tag(wire, field, 0);
    wire_varint(wire, value);
}

static inline void wire_sint(Wire *wire, uint32_t field, int64_t value)
{
    wire_uint(wire, field, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static inline void wire_double(Wire *wire, uint32_t field, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    wire_tag(wire, field, 1);
    for (int shift = 0; shift < 64; shift += 8)
        *wire->at++ = (uint8_t)(bits >> shift);
}

static inline void wire_bytes(Wire *wire, uint32_t field, const void *bytes, size_t len_bytes)
{
    wire_tag(wire, field, 2);
    wire_varint(wire, len_bytes);
    memcpy(wire->at, bytes, len_bytes);
    wire->at += len_bytes;
}

/* wire_begin() - also for bytes whose length is known afterwards. */
static inline WireMessage wire_begin(Wire *wire, uint32_t field)
{
    wire_tag(wire, field, 2);
    WireMessage message = {wire->at};
    wire->at += 3;
    return message;
}

static inline void wire_end(Wire *wire, WireMessage message)
{
    size_t len_bytes = (size_t)(wire->at - (message.length + 3));

    message.length[0] = (uint8_t)(len_bytes | 0x80);
    message.length[1] = (uint8_t)(len_bytes >> 7 | 0x80);
    message.length[2] = (uint8_t)(len_bytes >> 14 & 0x7F);
}

#ifdef __cplusplus
}
#endif
