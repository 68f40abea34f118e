/* Session: the packets of one connection to the broker, in both directions, without waiting. On the link
 * thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/snapshot.pb-c.h"
#include "stub/native/descriptor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SESSION_PACKET_BYTES_MAX (128 * 1024) /* the wire's bound */

#define SESSION_E_NOTHING 1 /* no packet is there */

typedef struct Session {
    Descriptor socket; /* owned; DESCRIPTOR_NONE: there is no session */
    bool is_accepted;  /* the broker has sent Welcome */
    uint64_t since_ms; /* monotonic */
} Session;

/* session_send_hello() - the first packet, with @credentials_fd attached unless it is -1. 0 or a negative
 * errno. */
int session_send_hello(const Session *session, const uint8_t *packet, size_t len_bytes, int credentials_fd);

/* session_receive() - the next message. Returns 0 with *ret_message (owned: snapshot__broker_message__
 * free_unpacked() it), SESSION_E_NOTHING, -ECONNRESET (the broker is gone), -EPROTO (it was not a message of
 * the protocol, or a larger one than allowed), -ENOMEM, -EBADF (the app has closed the socket). */
int session_receive(const Session *session, Snapshot__BrokerMessage **ret_message);

/* session_close() - closes the socket. Async-signal-safe. */
void session_close(Session *session);

#ifdef __cplusplus
}
#endif
