/* The sessions of all stubs: accepts them, reads and decodes their packets, sends to them, and ends those
 * that misbehave. What the messages mean is the handler's business.
 *
 * Whatever one stub makes the broker hold is bounded and its own: the packets that it does not read, the
 * memory of the packet that is decoded, the time of one turn of the loop. Loop thread only; never blocks. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "broker/stubs/listener.h"
#include "broker/util/metrics.h"
#include "broker/util/timers.h"
#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SESSION_HELLO_TIMEOUT_MS  5000 /* from connecting to Hello; untuned */
#define SESSION_NUM_PACKETS_TURN  16   /* of one session per turn of the loop; untuned */
#define STUBS_NUM_ACCEPTS_TURN    32   /* per turn of the loop; untuned */
#define STUBS_ACCEPT_PAUSE_MS     1000 /* when descriptors are out; untuned */
#define SESSION_DRAIN_PACKETS_MAX 4096 /* read from one stub at the end of the broker; untuned */
#define SESSION_DRAIN_STEP        64   /* and between two looks at the clock */

typedef struct Stubs Stubs;
typedef struct Session Session;

typedef struct StubsHandler {
    /* The first packet. Returns what the other two functions get as @member; NULL only after
     * session_refuse().
     * @credentials_fd is -1 or the descriptor that came with the packet: consumed. @hello is borrowed. */
    void *(*hello)(void *context, Session *session, const Snapshot__Hello *hello, int credentials_fd);
    /* A later message with something in it; borrowed, and the handler's to change. */
    void (*message)(void *member, Snapshot__StubMessage *message, size_t packet_bytes);
    /* The session is over; @member will not be used again. From the loop, never from within another call
     * here, stubs_free() apart. */
    void (*closed)(void *member);
    void *context;
} StubsHandler;

typedef struct StubsOptions {
    struct event_base *base;
    Timers *timers;
    Metrics *metrics;
    const StubsHandler *handler;
    unsigned num_sessions_max;
    unsigned num_sessions_per_user_max;
    size_t session_queue_bytes_max;
} StubsOptions;

/* stubs_new() - accepts on @listener, which has been started. Borrows @listener and what @options points to
 * until stubs_free(). The caller owns *ret. 0 or a negative errno. */
int stubs_new(const StubsOptions *options, const Listener *listener, Stubs **ret);

/* stubs_stop_accepting() - stubs that connect from now on wait. */
void stubs_stop_accepting(Stubs *stubs);

/* stubs_drain() - hands up what the stubs have sent until now, and closes every session. Apps that go on
 * sending as fast as they can are not waited for beyond @until_us (monotonic): the snapshots among the rest
 * their stubs keep. */
void stubs_drain(Stubs *stubs, uint64_t until_us);

/* stubs_free() - closes every session and tells the handler. Not from within a handler. NULL is nothing;
 * returns NULL. */
Stubs *stubs_free(Stubs *stubs);

/* session_send() - one message, at once or when the stub reads again. Nothing is told of a failure: a stub
 * that does not read is closed, with `closed` from the loop. Nothing is sent to a closed session. */
void session_send(Session *session, const Snapshot__BrokerMessage *message);

/* session_try_send() - the same for a message that may be dropped: false if half of the session's queue is
 * full, or it is closed. */
bool session_try_send(Session *session, const Snapshot__BrokerMessage *message);

/* session_refuse() - sends Refused and closes. @reason is for people. */
void session_refuse(Session *session, const char *reason, bool is_permanent);

/* session_peer() - the process at the other end, as the kernel says; its pid is 0 in another pid
 * namespace. */
const struct ucred *session_peer(const Session *session);

#ifdef __cplusplus
}
#endif
