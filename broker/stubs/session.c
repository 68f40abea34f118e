#include "broker/stubs/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/stubs/packet.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

enum { NUM_DESCRIPTORS_MAX = 4 }; /* in one packet; the kernel closes what is beyond */

static void log_fault(const Session *session, const char *what)
{
    log_warning("stub_closed", "The stub of process %d, user %u, was disconnected: %s.",
                (int)session->peer.pid, (unsigned)session->peer.uid, what);
}

static void drop_queue(Session *session)
{
    while (!STAILQ_EMPTY(&session->queue)) {
        OutgoingPacket *packet = STAILQ_FIRST(&session->queue);

        STAILQ_REMOVE_HEAD(&session->queue, next);
        free(packet);
    }
    metrics_add(session->stubs->options.metrics, METRIC_QUEUED_BYTES, -(int64_t)session->queue_bytes);
    session->queue_bytes = 0;
}

void session_close(Session *session, Metric closed_metric)
{
    Stubs *stubs = session->stubs;

    if (session->fd < 0)
        return;
    (void)session_step(&session->state, SESSION_EVENT_CLOSE);
    metrics_count(stubs->options.metrics, closed_metric);
    metrics_add(stubs->options.metrics, METRIC_SESSIONS, -1);
    timer_unset(&session->hello_timeout);
    if (session->readable)
        (void)event_del(session->readable);
    if (session->writable)
        (void)event_del(session->writable);
    cleanup_close(&session->fd);
    session->fd = -1;
    drop_queue(session);

    stubs->num_sessions--;
    LIST_REMOVE(session, next);
    LIST_INSERT_HEAD(&stubs->closed, session, next);
    event_active(stubs->reap, 0, 0);
}

void session_free(Session *session)
{
    if (session->member)
        session->stubs->options.handler->closed(session->member);
    LIST_REMOVE(session, next);
    if (session->readable)
        event_free(session->readable);
    if (session->writable)
        event_free(session->writable);
    free(session);
}

static void on_hello_timeout(void *context)
{
    Session *session = context;

    log_fault(session, "it said nothing in time");
    session_close(session, METRIC_CLOSED_HELLO_TIMEOUT);
}

/* --------------------------------------------------------------------------------------------- sending */

/* Returns 0, -EAGAIN, or another negative errno: the stub is gone or cannot be sent to. */
static int send_packet(int fd, const uint8_t *data, size_t size)
{
    return send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void note_sent(Session *session, int result)
{
    if (result == 0)
        metrics_count(session->stubs->options.metrics, METRIC_PACKETS_SENT);
    else
        session->is_peer_gone = true; /* its last packets may still be unread, so the session goes on */
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    Session *session = context;

    (void)fd;
    (void)what;
    for (unsigned i = 0; i < SESSION_NUM_PACKETS_TURN && !STAILQ_EMPTY(&session->queue); i++) {
        OutgoingPacket *packet = STAILQ_FIRST(&session->queue);
        int result = send_packet(session->fd, packet->data, packet->size);

        if (result == -EAGAIN)
            return;
        note_sent(session, result);
        if (session->is_peer_gone) {
            drop_queue(session);
            break;
        }
        STAILQ_REMOVE_HEAD(&session->queue, next);
        session->queue_bytes -= packet->size;
        metrics_add(session->stubs->options.metrics, METRIC_QUEUED_BYTES, -(int64_t)packet->size);
        free(packet);
    }
    if (STAILQ_EMPTY(&session->queue))
        (void)event_del(session->writable);
}

/* Consumes @packet. */
static void send_or_queue(Session *session, OutgoingPacket *packet)
{
    int result = -EAGAIN;

    if (STAILQ_EMPTY(&session->queue))
        result = send_packet(session->fd, packet->data, packet->size);
    if (result != -EAGAIN) {
        note_sent(session, result);
        free(packet);
        return;
    }
    if (session->queue_bytes + packet->size > session->stubs->options.session_queue_bytes_max) {
        free(packet);
        log_fault(session, "it does not read what it is sent");
        session_close(session, METRIC_CLOSED_SLOW_READER);
        return;
    }
    STAILQ_INSERT_TAIL(&session->queue, packet, next);
    session->queue_bytes += packet->size;
    metrics_add(session->stubs->options.metrics, METRIC_QUEUED_BYTES, (int64_t)packet->size);
    if (event_add(session->writable, NULL) < 0)
        session_close(session, METRIC_CLOSED_ERROR);
}

static int step_for(Session *session, const Snapshot__BrokerMessage *message)
{
    switch (message->message_case) {
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME:
        return session_step(&session->state, SESSION_EVENT_WELCOME);
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_REFUSED:
        return session_step(&session->state, SESSION_EVENT_REFUSED);
    default:
        return 0;
    }
}

void session_send(Session *session, const Snapshot__BrokerMessage *message)
{
    size_t size = snapshot__broker_message__get_packed_size(message);
    OutgoingPacket *packet;

    if (session->fd < 0 || session->is_peer_gone || step_for(session, message) < 0)
        return;
    packet = size <= PACKET_BYTES_MAX ? malloc(sizeof *packet + size) : NULL;
    if (!packet) {
        /* The stub would miss something; connected anew, it is told everything. */
        log_fault(session, "a message to it was too large, or memory is out");
        session_close(session, METRIC_CLOSED_ERROR);
        return;
    }
    packet->size = size;
    (void)snapshot__broker_message__pack(message, packet->data);
    send_or_queue(session, packet);
}

void send_refused(int fd, const char *reason, bool is_permanent)
{
    Snapshot__Refused refused = SNAPSHOT__REFUSED__INIT;
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    uint8_t data[1024];

    refused.reason = (char *)reason;
    refused.is_permanent = is_permanent;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_REFUSED;
    message.refused = &refused;
    if (snapshot__broker_message__get_packed_size(&message) > sizeof data)
        return;
    (void)send_packet(fd, data, snapshot__broker_message__pack(&message, data));
}

bool session_try_send(Session *session, const Snapshot__BrokerMessage *message)
{
    size_t size = snapshot__broker_message__get_packed_size(message);

    if (session->fd < 0 || session->is_peer_gone || size > PACKET_BYTES_MAX ||
        session->queue_bytes + size > session->stubs->options.session_queue_bytes_max / 2)
        return false;
    session_send(session, message);
    return session->fd >= 0 && !session->is_peer_gone;
}

void session_refuse(Session *session, const char *reason, bool is_permanent)
{
    if (session->fd < 0)
        return;
    log_warning("stub_refused", "The stub of process %d, user %u, was refused: %s.", (int)session->peer.pid,
                (unsigned)session->peer.uid, reason);
    send_refused(session->fd, reason, is_permanent);
    session_close(session, METRIC_CLOSED_REFUSED);
}

const struct ucred *session_peer(const Session *session)
{
    return &session->peer;
}

/* ------------------------------------------------------------------------------------------- receiving */

/* The first descriptor of a packet, or -1; the others are closed. */
static int take_descriptor(struct msghdr *header)
{
    int first = -1;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        size_t num_fds;

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        num_fds = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < num_fds; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (first < 0)
                first = fd;
            else
                cleanup_close(&fd);
        }
    }
    return first;
}

/* Reads one packet. Returns its size; 0: the stub is gone; -EAGAIN; -EMSGSIZE; or another negative errno. */
static ssize_t receive(Session *session, int *ret_fd)
{
    union {
        char bytes[CMSG_SPACE(NUM_DESCRIPTORS_MAX * sizeof(int))];
        struct cmsghdr alignment;
    } control;
    struct iovec part = {session->stubs->packet, PACKET_BYTES_MAX + 1};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(session->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    /* The kernel reports once that the stub closed without reading all; what it had sent comes after that. */
    if (size < 0 && errno == ECONNRESET) {
        session->is_peer_gone = true;
        header.msg_controllen = sizeof control;
        size = recvmsg(session->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    }
    if (size < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    *ret_fd = take_descriptor(&header);
    return (header.msg_flags & MSG_TRUNC) || size > PACKET_BYTES_MAX ? -EMSGSIZE : size;
}

static void close_for(Session *session, Metric metric, const char *what)
{
    log_fault(session, what);
    session_close(session, metric);
}

/* Consumes *@fd by setting it to -1. */
static void handle_message(Session *session, Snapshot__StubMessage *message, size_t size, int *fd)
{
    const StubsHandler *handler = session->stubs->options.handler;
    bool is_hello = message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_HELLO;

    if (session_step(&session->state, is_hello ? SESSION_EVENT_HELLO : SESSION_EVENT_MESSAGE) < 0) {
        close_for(session, METRIC_CLOSED_UNEXPECTED,
                  is_hello ? "it introduced itself twice" : "it did not introduce itself");
    } else if (is_hello) {
        int credentials_fd = *fd;

        *fd = -1;
        timer_unset(&session->hello_timeout);
        session->member = handler->hello(handler->context, session, message->hello, credentials_fd);
    } else {
        handler->message(session->member, message, size);
    }
}

static void handle_packet(Session *session, size_t size, int *fd)
{
    Stubs *stubs = session->stubs;
    Snapshot__StubMessage *message;
    int result = packet_decode(stubs->packet, size, stubs->arena, &message);

    metrics_count(stubs->options.metrics, METRIC_PACKETS_RECEIVED);
    if (result == PACKET_E_MALFORMED) {
        close_for(session, METRIC_CLOSED_MALFORMED, "a packet was malformed");
    } else if (result == PACKET_E_UNKNOWN) {
        metrics_count(stubs->options.metrics, METRIC_PACKETS_UNKNOWN);
        if (session_step(&session->state, SESSION_EVENT_MESSAGE) < 0)
            close_for(session, METRIC_CLOSED_UNEXPECTED, "it did not introduce itself");
    } else {
        handle_message(session, message, size, fd);
    }
    arena_reset(stubs->arena);
}

bool session_read(Session *session, unsigned num_packets_max)
{
    for (unsigned i = 0; i < num_packets_max; i++) {
        AUTO_CLOSE int fd = -1;
        ssize_t size = receive(session, &fd);

        if (size == -EAGAIN)
            return false;
        if (size == 0)
            session_close(session, METRIC_CLOSED_PEER);
        else if (size == -EMSGSIZE)
            close_for(session, METRIC_CLOSED_OVERSIZED, "a packet was too large");
        else if (size < 0)
            close_for(session, METRIC_CLOSED_ERROR, strerror((int)-size));
        else
            handle_packet(session, (size_t)size, &fd);
        if (session->fd < 0)
            return false;
    }
    return true;
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)session_read(context, SESSION_NUM_PACKETS_TURN); /* the event comes again if there is more */
}

int session_new(Stubs *stubs, int fd, const struct ucred *peer, Session **ret)
{
    const StubsOptions *options = &stubs->options;
    const Clock *clock = timers_clock(options->timers);
    AUTO_CLOSE int socket_fd = fd;
    Session *session = calloc(1, sizeof *session);

    if (!session)
        return -ENOMEM;
    session->stubs = stubs;
    session->fd = -1;
    session->peer = *peer;
    STAILQ_INIT(&session->queue);
    timer_init(&session->hello_timeout, on_hello_timeout, session);
    LIST_INSERT_HEAD(&stubs->closed, session, next); /* where session_free() looks */
    session->readable = event_new(options->base, socket_fd, EV_READ | EV_PERSIST, on_readable, session);
    session->writable = event_new(options->base, socket_fd, EV_WRITE | EV_PERSIST, on_writable, session);
    if (!session->readable || !session->writable || event_add(session->readable, NULL) < 0) {
        session_free(session);
        return -ENOMEM;
    }
    session->fd = socket_fd;
    socket_fd = -1;
    LIST_REMOVE(session, next);
    LIST_INSERT_HEAD(&stubs->sessions, session, next);
    stubs->num_sessions++;
    metrics_add(options->metrics, METRIC_SESSIONS, 1);
    metrics_count(options->metrics, METRIC_SESSIONS_ACCEPTED);
    timer_set(options->timers, &session->hello_timeout,
              clock->monotonic_us(clock) + SESSION_HELLO_TIMEOUT_MS * (uint64_t)US_PER_MS);
    *ret = session;
    return 0;
}
