/* One session; for the files of this folder. See stubs.h. */
#pragma once

#include <sys/queue.h>

#include "broker/stubs/session_state.h"
#include "broker/stubs/stubs.h"
#include "broker/util/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct OutgoingPacket OutgoingPacket;
struct OutgoingPacket {
    STAILQ_ENTRY(OutgoingPacket) next;
    size_t size;
    uint8_t data[];
};

struct Session {
    LIST_ENTRY(Session) next;
    Stubs *stubs;
    SessionState state;
    int fd;
    struct event *readable;
    struct event *writable;
    Timer hello_timeout;
    void *member; /* of the handler */
    struct ucred peer;
    STAILQ_HEAD(, OutgoingPacket) queue;
    size_t queue_bytes;
    bool is_peer_gone; /* it cannot be sent to; what it sent may still be unread */
};

LIST_HEAD(SessionList, Session);

struct Stubs {
    StubsOptions options;
    struct SessionList sessions;
    struct SessionList closed; /* to be freed from the loop */
    unsigned num_sessions;
    struct event *accept;
    struct event *reap;
    Timer accept_pause;
    int listen_fd;
    Arena *arena;
    uint8_t *packet; /* PACKET_BYTES_MAX + 1: one byte more tells what is too large */
};

/* session_new() - consumes @fd, also on failure. The session belongs to the list of @stubs. 0 or a negative
 * errno. */
int session_new(Stubs *stubs, int fd, const struct ucred *peer, Session **ret);

/* session_close() - stops everything; `closed` and the end of the memory come from the loop. @closed_metric
 * is the reason. Twice is as good as once. */
void session_close(Session *session, Metric closed_metric);

/* session_read() - hands up to @num_packets_max packets to the handler. False: there is no more for now. */
bool session_read(Session *session, unsigned num_packets_max);

/* session_free() - tells the handler, if it knows the session. */
void session_free(Session *session);

/* send_refused() - one Refused to a socket that may have no session; failures do not matter. */
void send_refused(int fd, const char *reason, bool is_permanent);

#ifdef __cplusplus
}
#endif
