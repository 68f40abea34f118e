/* Packets of stubs, decoded within bounds. Pure: bytes in, a message out.
 *
 * protobuf-c trusts its input where a broker must not: it recurses as deep as the packet says, and allocates
 * what the packet asks for. Here the nesting is checked first, and the memory is an Arena's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/util/arena.h"
#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PACKET_BYTES_MAX   (128 * 1024) /* the wire's limit, both ways */
#define PACKET_NESTING_MAX 64           /* messages in messages; a capture of depth 5 needs about 12 */
#define PACKET_MEMORY_BYTES_MAX                                                                              \
    (8 * 1024 * 1024) /* a packet full of the smallest real variables needs 4 MiB */

enum {
    PACKET_E_MALFORMED = 1, /* no StubMessage, nested too deep, or more memory than it is worth */
    PACKET_E_UNKNOWN = 2,   /* a StubMessage with nothing in it that this version knows */
};

/* packet_decode() - @arena is reset, and has *ret_message until it is reset again.
 * Returns 0, PACKET_E_MALFORMED or PACKET_E_UNKNOWN; *ret_message is untouched except with 0. */
int packet_decode(const uint8_t *data, size_t size, Arena *arena, Snapshot__StubMessage **ret_message);

/* packet_nesting_is_sane() - whether the encoded message of type @descriptor nests at most @nesting_max
 * messages, and its fields end where it ends. False for what is cut or malformed. */
bool packet_nesting_is_sane(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t size,
                            unsigned nesting_max);

#ifdef __cplusplus
}
#endif
