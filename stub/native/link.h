/* Link: the session with the broker: one SOCK_SEQPACKET socket and one native thread that owns connecting,
 * receiving, reconnecting with backoff, and the ring of packets that did not fit the socket.
 *
 * The thread runs without the GIL; only the message callback takes it. It never outlives link_stop(), which
 * the agent calls before the interpreter finalizes and before a fork. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/snapshot.pb-c.h"

typedef struct LinkOptions {
    const char *socket_path; /* NULL: the default paths, trusted only if the peer is root or this user */

    /* The first packet of a session; called on the link thread without the GIL. Owned by the link: freed with
     * free(). NULL is returned when memory is out. */
    uint8_t *(*make_hello)(void *context, uint64_t session_ordinal, size_t *ret_len_bytes,
                           int *ret_credentials_fd);

    /* A message of the broker, borrowed during the call. On the link thread without the GIL; it takes the GIL
     * itself where it needs it. */
    void (*message)(void *context, const Snapshot__BrokerMessage *message);

    /* The session is over (broker gone, or refused); on the link thread without the GIL. */
    void (*disconnected)(void *context);

    void *context;
} LinkOptions;

/* link_start() - makes the thread. @options is copied, strings and all. 0 or a negative errno. */
int link_start(const LinkOptions *options);

/* link_send() - one packet: straight into the socket (MSG_DONTWAIT), else copied into the ring that the
 * thread drains, else dropped and counted. Never waits, takes no lock that I/O can hold. Any thread, with or
 * without the GIL. Borrows @packet during the call. Returns 0, or -ENOBUFS (dropped), -ENOTCONN (no session:
 * dropped). */
int link_send(const uint8_t *packet, size_t len_bytes);

/* link_stop() - ends and joins the thread and closes the socket. Without the GIL (the thread may be waiting
 * for it). A stopped link can be started again. */
void link_stop(void);

/* link_after_fork_child() - the child: forgets the parent's thread, closes its socket, empties the ring. */
void link_after_fork_child(void);
