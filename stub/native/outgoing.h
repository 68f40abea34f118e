/* Outgoing: the way of packets from the app's threads to the broker's socket.
 *
 * A thread of the app puts its packet straight into the socket, without waiting. What does not fit, or has no
 * session yet, goes to one of two rings: packets that are sent once and forgotten, and captures, which stay
 * until the broker acknowledges them and are sent again in the next session. The link thread drains the
 * rings. No lock anywhere: senders take turns through the GIL, and the link thread is the one consumer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stub/native/descriptor.h"
#include "stub/native/ring.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OUTGOING_PACKET_BYTES_MAX   (128 * 1024)  /* the wire's bound */
#define OUTGOING_PACKETS_RING_BYTES (512 * 1024)  /* ten seconds of logpoints at their quota, with room */
#define OUTGOING_RESERVED_BYTES     (128 * 1024)  /* of the ring, where no log entry goes */
#define OUTGOING_CAPTURES_BYTES     (1024 * 1024) /* at least seven captures of the largest size */

#define OUTGOING_MUST_WAIT 1 /* the socket is full: come back when it has room */
#define OUTGOING_MUST_PAUSE                                                                                  \
    2 /* the kernel is short of memory, which poll() does not tell: come back later                          \
       */

typedef struct Outgoing {
    Ring packets;
    Ring captures;
    Descriptor socket; /* borrowed; stable while is_open or num_senders says that somebody uses it */
    bool is_open;
    uint32_t num_senders;
    uint64_t num_dropped;
    uint64_t num_too_large;
} Outgoing;

/* outgoing_init() - 0 or -ENOMEM. */
int outgoing_init(Outgoing *outgoing);
void outgoing_deinit(Outgoing *outgoing);

/* outgoing_reset() - in the child of a fork: what was queued is the parent's to send. Async-signal-safe. */
void outgoing_reset(Outgoing *outgoing);

/* What a packet is, for who goes first where room is short. */
typedef enum OutgoingKind {
    OUTGOING_LOG_ENTRY, /* many, each worth little */
    OUTGOING_STATE,     /* few, each worth much: they find room in the ring that log entries cannot take */
} OutgoingKind;

/* outgoing_send() - one packet. Holds the GIL; never waits. *ret_must_wake: it went to a ring, and the link
 * thread does not know. Returns 0, -EMSGSIZE, or -ENOBUFS (both dropped and counted). */
int outgoing_send(Outgoing *outgoing, OutgoingKind kind, const uint8_t *packet, size_t len_bytes,
                  bool *ret_must_wake);

/* outgoing_send_capture() - the same, kept until outgoing_acknowledge(). -ENOBUFS: not taken, not counted;
 * the caller may try again with a later hit. */
int outgoing_send_capture(Outgoing *outgoing, const uint8_t *packet, size_t len_bytes, uint64_t sequence,
                          bool *ret_must_wake);

/* outgoing_open() - the session is accepted: packets may go to @socket, borrowed until outgoing_close(). */
void outgoing_open(Outgoing *outgoing, const Descriptor *socket);

/* outgoing_close() - when it returns no thread uses the socket any more. Captures that were not acknowledged
 * will be sent again. Waits for a sender that is in the middle of a non-blocking send(). */
void outgoing_close(Outgoing *outgoing);

/* outgoing_drain() - sends what waits in the rings. Returns 0 (nothing waits), OUTGOING_MUST_*, or the
 * negative errno with which the session ended. */
int outgoing_drain(Outgoing *outgoing);

/* outgoing_acknowledge() - the broker has the capture. An unknown sequence is nothing. */
void outgoing_acknowledge(Outgoing *outgoing, uint64_t sequence);

#ifdef __cplusplus
}
#endif
