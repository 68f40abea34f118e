#include "stub/native/outgoing.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>

int outgoing_init(Outgoing *outgoing)
{
    *outgoing = (Outgoing){.socket = DESCRIPTOR_NONE};
    if (ring_init(&outgoing->packets, OUTGOING_PACKETS_RING_BYTES) != 0)
        return -ENOMEM;
    if (ring_init(&outgoing->captures, OUTGOING_CAPTURES_BYTES) != 0) {
        ring_deinit(&outgoing->packets);
        return -ENOMEM;
    }
    return 0;
}

void outgoing_deinit(Outgoing *outgoing)
{
    ring_deinit(&outgoing->packets);
    ring_deinit(&outgoing->captures);
}

void outgoing_reset(Outgoing *outgoing)
{
    ring_reset(&outgoing->packets);
    ring_reset(&outgoing->captures);
    outgoing->socket = DESCRIPTOR_NONE;
    outgoing->is_open = false;
    outgoing->num_senders = 0;
    outgoing->num_dropped = 0;
    outgoing->num_too_large = 0;
}

static int send_now(const Descriptor *socket, const uint8_t *packet, size_t len_bytes)
{
    if (!descriptor_is_ours(socket))
        return -EBADF;
    for (;;) {
        if (send(socket->fd, packet, len_bytes, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

/* Between sender_begin() and sender_end() the socket stays what it is: see outgoing_close(). */
static bool sender_begin(Outgoing *outgoing)
{
    (void)__atomic_add_fetch(&outgoing->num_senders, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&outgoing->is_open, __ATOMIC_SEQ_CST);
}

static void sender_end(Outgoing *outgoing)
{
    (void)__atomic_sub_fetch(&outgoing->num_senders, 1, __ATOMIC_SEQ_CST);
}

/* The record is in its ring. A link thread that opens a session drains the rings afterwards: either it sees
 * the record, or is_open is seen here (the ring publishes its records in the same total order). */
static bool must_wake(Outgoing *outgoing)
{
    return __atomic_load_n(&outgoing->is_open, __ATOMIC_SEQ_CST);
}

static void count(uint64_t *counter)
{
    (void)__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

int outgoing_send(Outgoing *outgoing, OutgoingKind kind, const uint8_t *packet, size_t len_bytes,
                  bool *ret_must_wake)
{
    size_t reserved_bytes = kind == OUTGOING_LOG_ENTRY ? OUTGOING_RESERVED_BYTES : 0;
    int result = -EAGAIN;

    *ret_must_wake = false;
    if (len_bytes == 0 || len_bytes > OUTGOING_PACKET_BYTES_MAX) {
        count(&outgoing->num_too_large);
        return -EMSGSIZE;
    }
    if (sender_begin(outgoing) && ring_is_empty(&outgoing->packets)) /* else it would overtake */
        result = send_now(&outgoing->socket, packet, len_bytes);
    sender_end(outgoing);
    if (result == 0)
        return 0;
    if (result == -EMSGSIZE) {
        count(&outgoing->num_too_large);
        return result;
    }
    if (ring_num_free_bytes(&outgoing->packets) < reserved_bytes ||
        !ring_push(&outgoing->packets, packet, len_bytes, 0, RING_WAITING)) {
        count(&outgoing->num_dropped);
        return -ENOBUFS;
    }
    *ret_must_wake = must_wake(outgoing);
    return 0;
}

int outgoing_send_capture(Outgoing *outgoing, const uint8_t *packet, size_t len_bytes, uint64_t sequence,
                          bool *ret_must_wake)
{
    RingRecord *record;
    int result = -EAGAIN;

    *ret_must_wake = false;
    if (len_bytes == 0 || len_bytes > OUTGOING_PACKET_BYTES_MAX) {
        count(&outgoing->num_too_large);
        return -EMSGSIZE;
    }
    if (sender_begin(outgoing)) {
        record = ring_push(&outgoing->captures, packet, len_bytes, sequence, RING_HELD);
        if (record)
            result = send_now(&outgoing->socket, packet, len_bytes);
    } else {
        record = ring_push(&outgoing->captures, packet, len_bytes, sequence, RING_HELD);
    }
    if (record)
        ring_set_state(record, result == 0 ? RING_SENT : RING_WAITING);
    sender_end(outgoing);
    if (!record)
        return -ENOBUFS;
    if (result != 0)
        *ret_must_wake = must_wake(outgoing);
    return 0;
}

void outgoing_open(Outgoing *outgoing, const Descriptor *socket)
{
    outgoing->socket = *socket;
    __atomic_store_n(&outgoing->is_open, true, __ATOMIC_SEQ_CST);
}

void outgoing_close(Outgoing *outgoing)
{
    __atomic_store_n(&outgoing->is_open, false, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&outgoing->num_senders, __ATOMIC_SEQ_CST) != 0)
        (void)sched_yield();
    for (RingRecord *record = NULL; (record = ring_next(&outgoing->captures, record)) != NULL;) {
        if (ring_state(record) == RING_SENT)
            ring_set_state(record, RING_WAITING);
    }
}

static int drain(Outgoing *outgoing, Ring *ring, RingState after)
{
    for (RingRecord *record = NULL; (record = ring_next(ring, record)) != NULL;) {
        int result;

        if (ring_state(record) != RING_WAITING)
            continue;
        result = send_now(&outgoing->socket, ring_packet(record), record->len_bytes);
        if (result == -EAGAIN)
            return OUTGOING_MUST_WAIT;
        if (result == -ENOBUFS || result == -ENOMEM)
            return OUTGOING_MUST_PAUSE;
        if (result == -EMSGSIZE) /* larger than this kernel's buffers: it will never go */
            count(&outgoing->num_too_large);
        else if (result != 0)
            return result;
        ring_set_state(record, result == 0 ? after : RING_DONE);
    }
    return 0;
}

int outgoing_drain(Outgoing *outgoing)
{
    int result = drain(outgoing, &outgoing->captures, RING_SENT);

    if (result == 0)
        result = drain(outgoing, &outgoing->packets, RING_DONE);
    ring_reclaim(&outgoing->captures);
    ring_reclaim(&outgoing->packets);
    return result;
}

void outgoing_acknowledge(Outgoing *outgoing, uint64_t sequence)
{
    for (RingRecord *record = NULL; (record = ring_next(&outgoing->captures, record)) != NULL;) {
        if (record->sequence != sequence)
            continue;
        while (ring_state(record) ==
               RING_HELD) /* the answer overtook the sender's own note that it has sent */
            (void)sched_yield();
        ring_set_state(record, RING_DONE);
    }
    ring_reclaim(&outgoing->captures);
}
