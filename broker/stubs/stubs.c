#include "broker/stubs/stubs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/stubs/packet.h"
#include "broker/stubs/session.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

static unsigned num_sessions_of(const Stubs *stubs, uid_t uid)
{
    const Session *session;
    unsigned num = 0;

    for (session = LIST_FIRST(&stubs->sessions); session; session = LIST_NEXT(session, next))
        num += session->peer.uid == uid;
    return num;
}

/* Why a connection of @uid cannot be a session now, or NULL. */
static const char *why_too_many(const Stubs *stubs, uid_t uid)
{
    if (stubs->num_sessions >= stubs->options.num_sessions_max)
        return "the broker has as many stubs as it may have (--max-stubs)";
    if (num_sessions_of(stubs, uid) >= stubs->options.num_sessions_per_user_max)
        return "this user has as many stubs as it may have (--max-stubs-per-user)";
    return NULL;
}

/* Consumes @fd. */
static void add_session(Stubs *stubs, int fd)
{
    AUTO_CLOSE int socket_fd = fd;
    struct ucred peer;
    socklen_t size = sizeof peer;
    const char *reason;
    Session *session;

    if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return;
    reason = why_too_many(stubs, peer.uid);
    if (reason) {
        log_warning("stub_refused", "The stub of process %d, user %u, was refused: %s.", (int)peer.pid,
                    (unsigned)peer.uid, reason);
        send_refused(socket_fd, reason, false);
        metrics_count(stubs->options.metrics, METRIC_SESSIONS_ACCEPTED);
        metrics_count(stubs->options.metrics, METRIC_CLOSED_TOO_MANY);
        return;
    }
    if (session_new(stubs, socket_fd, &peer, &session) < 0)
        log_error("stub_lost", "There is no memory for another stub.");
    socket_fd = -1;
}

static void resume_accepting(void *context)
{
    Stubs *stubs = context;

    if (stubs->accept)
        (void)event_add(stubs->accept, NULL);
}

/* Without descriptors the connection would stay readable, and the loop spin. */
static void pause_accepting(Stubs *stubs, int error)
{
    const Clock *clock = timers_clock(stubs->options.timers);

    log_error("accept_failed", "Stubs cannot be accepted for a second: %s.", strerror(error));
    (void)event_del(stubs->accept);
    timer_set(stubs->options.timers, &stubs->accept_pause,
              clock->monotonic_us(clock) + STUBS_ACCEPT_PAUSE_MS * (uint64_t)US_PER_MS);
}

static void on_accept(evutil_socket_t fd, short what, void *context)
{
    Stubs *stubs = context;

    (void)what;
    for (int i = 0; i < STUBS_NUM_ACCEPTS_TURN; i++) {
        int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (accepted >= 0) {
            add_session(stubs, accepted);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            pause_accepting(stubs, errno);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

static void reap(Stubs *stubs)
{
    while (!LIST_EMPTY(&stubs->closed))
        session_free(LIST_FIRST(&stubs->closed));
}

static void on_reap(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    reap(context);
}

void stubs_stop_accepting(Stubs *stubs)
{
    timer_unset(&stubs->accept_pause);
    if (stubs->accept)
        event_free(stubs->accept);
    stubs->accept = NULL;
}

void stubs_drain(Stubs *stubs, uint64_t until_us)
{
    const Clock *clock = timers_clock(stubs->options.timers);

    while (!LIST_EMPTY(&stubs->sessions)) {
        Session *session = LIST_FIRST(&stubs->sessions);
        unsigned num_packets = 0;

        while (session_read(session, SESSION_DRAIN_STEP) && num_packets < SESSION_DRAIN_PACKETS_MAX &&
               clock->monotonic_us(clock) < until_us)
            num_packets += SESSION_DRAIN_STEP;
        session_close(session, METRIC_CLOSED_SHUTDOWN);
    }
}

Stubs *stubs_free(Stubs *stubs)
{
    if (!stubs)
        return NULL;
    stubs_stop_accepting(stubs);
    while (!LIST_EMPTY(&stubs->sessions))
        session_close(LIST_FIRST(&stubs->sessions), METRIC_CLOSED_SHUTDOWN);
    reap(stubs);
    if (stubs->reap)
        event_free(stubs->reap);
    stubs->arena = arena_free(stubs->arena);
    free(stubs->packet);
    free(stubs);
    return NULL;
}

static void cleanup_stubs(Stubs **stubs)
{
    (void)stubs_free(*stubs);
}

int stubs_new(const StubsOptions *options, const Listener *listener, Stubs **ret)
{
    CLEANUP(cleanup_stubs) Stubs *stubs = calloc(1, sizeof *stubs);
    int result;

    if (!stubs)
        return -ENOMEM;
    stubs->options = *options;
    stubs->listen_fd = listener_fd(listener);
    LIST_INIT(&stubs->sessions);
    LIST_INIT(&stubs->closed);
    timer_init(&stubs->accept_pause, resume_accepting, stubs);
    result = arena_new(PACKET_MEMORY_BYTES_MAX, &stubs->arena);
    if (result < 0)
        return result;
    stubs->packet = malloc(PACKET_BYTES_MAX + 1);
    stubs->reap = event_new(options->base, -1, 0, on_reap, stubs);
    stubs->accept = event_new(options->base, stubs->listen_fd, EV_READ | EV_PERSIST, on_accept, stubs);
    if (!stubs->packet || !stubs->reap || !stubs->accept || event_add(stubs->accept, NULL) < 0)
        return -ENOMEM;
    *ret = TAKE(stubs);
    return 0;
}
