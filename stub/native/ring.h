/* Ring: a bounded queue of packets between the app's threads and the link thread, without a lock.
 *
 * One producer at a time (the app's threads take turns through the GIL) and one consumer (the link thread).
 * A record stays in its place, and the consumer may look at it again, until it is marked done and reclaimed:
 * captures wait there for the broker's acknowledgement. Pushing and changing a state are in one total order
 * with the sequentially consistent operations of the caller. Never allocates after ring_init(), never waits.
 * The memory is private to the process: after a fork the child resets its copy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum RingState {
    RING_HELD,    /* its producer is trying to send it; nobody else touches it */
    RING_WAITING, /* to be sent */
    RING_SENT,    /* sent, to be kept until it is acknowledged */
    RING_DONE,    /* to be reclaimed */
} RingState;

typedef struct RingRecord {
    uint32_t size_bytes; /* of the whole record, header and padding included */
    uint32_t len_bytes;  /* of the packet */
    uint64_t sequence;   /* the producer's */
    uint32_t state;      /* a RingState: ring_state(), ring_set_state() */
    uint32_t unused;
    /* The packet follows: ring_packet(). */
} RingRecord;

typedef struct Ring {
    uint8_t *memory;
    size_t capacity_bytes;
    uint64_t head; /* bytes ever pushed; the producer's */
    uint64_t tail; /* bytes ever reclaimed; the consumer's */
} Ring;

/* ring_init() - reserves @capacity_bytes, a power of two, of address space; memory is used as it is touched.
 * 0 or -ENOMEM. */
int ring_init(Ring *ring, size_t capacity_bytes);

/* ring_deinit() - gives the memory back. A zeroed Ring is nothing. */
void ring_deinit(Ring *ring);

/* ring_reset() - empties it. Only while neither side is in use, as in the child of a fork. */
void ring_reset(Ring *ring);

/* ring_push() - copies a packet to the end, in the given state. Producer. Returns the record, valid until it
 * is marked done, or NULL: there is no room. */
RingRecord *ring_push(Ring *ring, const uint8_t *packet, size_t len_bytes, uint64_t sequence,
                      RingState state);

/* ring_num_free_bytes() - what is not in use; a packet needs more room than its length. Producer. */
size_t ring_num_free_bytes(const Ring *ring);

/* ring_is_empty() - whether everything that was pushed has been reclaimed. Either side. */
bool ring_is_empty(const Ring *ring);

/* ring_next() - the record after @record, or the oldest for NULL; records that are done are passed over.
 * NULL at the end. Consumer. */
RingRecord *ring_next(const Ring *ring, const RingRecord *record);

/* ring_packet() - the bytes of a record. */
const uint8_t *ring_packet(const RingRecord *record);

RingState ring_state(const RingRecord *record);

/* ring_set_state() - publishes what the caller did with the record before. */
void ring_set_state(RingRecord *record, RingState state);

/* ring_reclaim() - makes room of the oldest records that are done. Consumer. */
void ring_reclaim(Ring *ring);

#ifdef __cplusplus
}
#endif
