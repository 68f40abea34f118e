/* Link: the session with the broker: one SOCK_SEQPACKET socket and one native thread that owns connecting,
 * receiving, reconnecting with backoff, and the rings of packets that did not fit the socket.
 *
 * The thread runs without the GIL; only the callbacks take it. It never outlives link_stop(), which the agent
 * calls before the interpreter finalizes; for a fork it is paused, and the session stays open meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LINK_PROTOCOL_VERSION 1

typedef struct LinkOptions {
    const char *socket_path; /* NULL: the default paths, trusted only if the peer is root or this user */

    /* The first packet of a session; called on the link thread without the GIL. Owned by the link: freed with
     * free(). NULL is returned when memory is out. *ret_credentials_fd: a descriptor to send with it, owned
     * by the link, or -1 (which it is before the call). */
    uint8_t *(*make_hello)(void *context, uint64_t session_ordinal, size_t *ret_len_bytes,
                           int *ret_credentials_fd);

    /* Messages of the broker in their order, those that are of the session alone (refusals, acknowledgements)
     * left out; borrowed during the call. On the link thread without the GIL; it takes the GIL itself where
     * it needs it, once for all of them. */
    void (*messages)(void *context, Snapshot__BrokerMessage *const *messages, size_t num_messages);

    /* The session is over; @is_for_good: the broker has refused this process, there will be no other. On the
     * link thread without the GIL. */
    void (*disconnected)(void *context, bool is_for_good);

    /* In each turn of a session's loop: work of the agent's own that is due. @is_accepted: the broker has
     * sent Welcome. Returns the milliseconds until it wants to be called again at the latest, or -1. On the
     * link thread without the GIL. */
    int (*work)(void *context, bool is_accepted);

    void *context;
} LinkOptions;

typedef struct LinkCounters {
    uint64_t num_packets_dropped;
    uint64_t num_packets_too_large;
    uint64_t num_unknown_messages;
} LinkCounters;

/* link_start() - makes the thread. @options is copied, strings and all. Once per process; holds the GIL or
 * not. 0 or a negative errno (then a later link_resume() tries again to make the thread). */
int link_start(const LinkOptions *options);

/* link_send() - one packet: straight into the socket (MSG_DONTWAIT), else copied into a ring that the thread
 * drains, now or in the next session, else dropped and counted. Never waits, takes no lock. Holds the GIL.
 * Borrows @packet during the call. Returns 0, -ENOBUFS or -EMSGSIZE (dropped), -ENOTCONN (there will be no
 * session: dropped). */
int link_send(const uint8_t *packet, size_t len_bytes);

/* link_send_log_entry() - the same, for one of many: it does not take the last room in the ring, which is for
 * the others. */
int link_send_log_entry(const uint8_t *packet, size_t len_bytes);

/* link_send_capture() - as link_send(), and a copy is kept until the broker acknowledges @sequence, and sent
 * again in the next session. -ENOBUFS: too many captures wait for an acknowledgement; it was neither sent nor
 * counted. */
int link_send_capture(const uint8_t *packet, size_t len_bytes, uint64_t sequence);

/* link_send_from_thread() - on the link thread without the GIL, from a callback: waits for room. Returns 0,
 * -ECANCELED (the link is being stopped: try again after it was resumed), or a negative errno (the session is
 * over). */
int link_send_from_thread(const uint8_t *packet, size_t len_bytes);

/* link_is_stopping() - on the link thread: somebody waits for it to end, long work should be left. */
bool link_is_stopping(void);

/* link_enter_app() and link_leave_app() - on the link thread: it is in code of the app, which may wait for
 * what the thread has that wants to pause or to stop the link. Such a wait gives up after LINK_APP_WAIT_MS: a
 * fork then goes on beside the thread, which the child does not have, and the end of the process leaves it
 * behind. */
#define LINK_APP_WAIT_MS 500 /* untuned */
void link_enter_app(void);
void link_leave_app(void);

/* link_wake() - makes the thread call work(). Any thread; never waits. */
void link_wake(void);

/* link_counters() - since the start of the process. Any thread. */
void link_counters(LinkCounters *ret_counters);

/* link_pause() - ends and joins the thread, unless it is in code of the app and stays there; the session
 * stays open, and what arrives waits in the socket. Without the GIL (the thread may be waiting for it). */
void link_pause(void);

/* link_try_pause() - link_pause() for a caller who has the GIL and would rather keep it: true if the thread
 * was asleep, and has been joined; otherwise call link_pause() without the GIL. Waits for some 50 us. */
bool link_try_pause(void);

/* link_resume() - makes the thread again if it does not run. @delay_ms: how long to wait before the first
 * attempt to connect, where there is no session. With the GIL only if nobody is in link_pause() or
 * link_stop(), for which it would wait. 0 or a negative errno. */
int link_resume(uint32_t delay_ms);

/* link_stop() - for the end of the process: as link_pause(), then closes the session; what the socket has
 * room for is sent before. Without the GIL. Nothing starts it again. */
void link_stop(void);

/* link_is_inherited() - whether this process is the child of the one that has the session, and nobody has
 * called link_resume() in it. One getpid(). */
bool link_is_inherited(void);

/* link_after_fork_child() - the child: forgets the parent's thread, closes its descriptors, empties the
 * rings. Async-signal-safe; called by the C library in every child of fork(). link_resume() starts afresh. */
void link_after_fork_child(void);

#ifdef __cplusplus
}
#endif
