#include "broker/logs/datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker/util/cleanup.h"

typedef struct Waiting Waiting;
struct Waiting {
    STAILQ_ENTRY(Waiting) next;
    OutputKind kind;
    size_t length;
    char data[];
};

struct Datagrams {
    OutputOptions options;
    struct sockaddr_un address;
    bool is_memfd_known;
    int fd;              /* -1: not connected */
    uint64_t attempt_us; /* monotonic: not before may the next attempt be made */
    struct event *writable;
    Timer retry;
    STAILQ_HEAD(, Waiting) queue;
    size_t queue_bytes;
};

/* ------------------------------------------------------------------------------------------ connecting */

static uint64_t now_us(const Datagrams *datagrams)
{
    const Clock *clock = timers_clock(datagrams->options.timers);

    return clock->monotonic_us(clock);
}

static void disconnect(Datagrams *datagrams)
{
    if (datagrams->writable)
        event_free(datagrams->writable);
    datagrams->writable = NULL;
    cleanup_close(&datagrams->fd);
    datagrams->fd = -1;
}

static void flush(Datagrams *datagrams);

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    flush(context);
}

/* 0, or -EAGAIN: it is not there, or it is too early to look again. */
static int connect_reader(Datagrams *datagrams)
{
    uint64_t now = now_us(datagrams);

    if (datagrams->fd >= 0)
        return 0;
    if (now < datagrams->attempt_us)
        return -EAGAIN;
    datagrams->attempt_us = now + DATAGRAM_RETRY_MS * (uint64_t)US_PER_MS;
    datagrams->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (datagrams->fd < 0)
        return -EAGAIN;
    datagrams->writable =
        event_new(datagrams->options.base, datagrams->fd, EV_WRITE | EV_PERSIST, on_writable, datagrams);
    if (datagrams->writable &&
        connect(datagrams->fd, (const struct sockaddr *)&datagrams->address, sizeof datagrams->address) == 0)
        return 0;
    disconnect(datagrams);
    return -EAGAIN;
}

/* --------------------------------------------------------------------------------------------- sending */

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t size = write(fd, data, length);

        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return -EIO;
        data += size;
        length -= (size_t)size;
    }
    return 0;
}

/* In a memory file that nobody can change any more. 0 or a negative errno. */
static int send_memory_file(int socket_fd, const char *data, size_t length)
{
    AUTO_CLOSE int fd = memfd_create("snapshot-broker-log", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr message = {.msg_control = &control, .msg_controllen = CMSG_LEN(sizeof fd)};

    if (fd < 0 || write_all(fd, data, length) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return -EMSGSIZE;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    return sendmsg(socket_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send_once(const Datagrams *datagrams, const char *data, size_t length)
{
    int result = send(datagrams->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;

    if (result == -EMSGSIZE && datagrams->is_memfd_known)
        result = send_memory_file(datagrams->fd, data, length);
    return result;
}

/* 0, -EAGAIN (there is no room, or no reader), or another negative errno: this one can never be sent. */
static int send_datagram(Datagrams *datagrams, const char *data, size_t length)
{
    for (int i = 0; i < 2; i++) {
        int result = connect_reader(datagrams);

        if (result == 0)
            result = send_once(datagrams, data, length);
        if (result == -EINTR || result == -ENOBUFS || result == -ENOMEM)
            return -EAGAIN;
        if (result == 0 || result == -EAGAIN || result == -EMSGSIZE)
            return result;
        disconnect(datagrams); /* the reader was started anew: it has another socket at the same path */
    }
    return -EAGAIN;
}

static void wait_for_room(Datagrams *datagrams)
{
    if (datagrams->fd >= 0 && event_add(datagrams->writable, NULL) == 0)
        return;
    if (!datagrams->retry.timers)
        timer_set(datagrams->options.timers, &datagrams->retry,
                  now_us(datagrams) + DATAGRAM_RETRY_MS * (uint64_t)US_PER_MS);
}

static Waiting *unlink_first(Datagrams *datagrams)
{
    Waiting *waiting = STAILQ_FIRST(&datagrams->queue);

    STAILQ_REMOVE_HEAD(&datagrams->queue, next);
    datagrams->queue_bytes -= waiting->length;
    output_count_queued(&datagrams->options, waiting->kind, -1);
    return waiting;
}

static void flush(Datagrams *datagrams)
{
    while (!STAILQ_EMPTY(&datagrams->queue)) {
        Waiting *waiting = STAILQ_FIRST(&datagrams->queue);
        int result = send_datagram(datagrams, waiting->data, waiting->length);

        if (result == -EAGAIN) {
            wait_for_room(datagrams);
            return;
        }
        (void)unlink_first(datagrams);
        if (result == 0)
            output_count_written(&datagrams->options, waiting->kind);
        else
            output_count_dropped(&datagrams->options, waiting->kind, true);
        free(waiting);
    }
    if (datagrams->writable)
        (void)event_del(datagrams->writable);
}

static void on_retry(void *context)
{
    flush(context);
}

static bool enqueue(Datagrams *datagrams, OutputKind kind, const char *data, size_t length)
{
    Waiting *waiting = NULL;

    if (datagrams->queue_bytes + length <= datagrams->options.queue_bytes_max)
        waiting = malloc(sizeof *waiting + length);
    if (!waiting) {
        output_count_dropped(&datagrams->options, kind, false);
        return false;
    }
    waiting->kind = kind;
    waiting->length = length;
    memcpy(waiting->data, data, length);
    STAILQ_INSERT_TAIL(&datagrams->queue, waiting, next);
    datagrams->queue_bytes += length;
    output_count_queued(&datagrams->options, kind, 1);
    return true;
}

bool datagrams_write(Datagrams *datagrams, OutputKind kind, const char *data, size_t length)
{
    bool is_taken;
    int result;

    if (!STAILQ_EMPTY(&datagrams->queue))
        return enqueue(datagrams, kind, data, length);
    result = send_datagram(datagrams, data, length);
    if (result == -EAGAIN) {
        is_taken = enqueue(datagrams, kind, data, length);
        wait_for_room(datagrams);
        return is_taken;
    }
    if (result == 0)
        output_count_written(&datagrams->options, kind);
    else
        output_count_dropped(&datagrams->options, kind, false);
    return result == 0;
}

const OutputOptions *datagrams_options(const Datagrams *datagrams)
{
    return &datagrams->options;
}

bool datagrams_are_sent(const Datagrams *datagrams)
{
    return STAILQ_EMPTY(&datagrams->queue) || datagrams->fd < 0;
}

/* ------------------------------------------------------------------------------------------------ life */

Datagrams *datagrams_free(Datagrams *datagrams)
{
    if (!datagrams)
        return NULL;
    while (!STAILQ_EMPTY(&datagrams->queue)) {
        Waiting *waiting = unlink_first(datagrams);

        output_count_dropped(&datagrams->options, waiting->kind, true);
        free(waiting);
    }
    timer_unset(&datagrams->retry);
    disconnect(datagrams);
    free(datagrams);
    return NULL;
}

int datagrams_new(const OutputOptions *options, const char *path, bool is_memfd_known, Datagrams **ret)
{
    Datagrams *datagrams;

    if (strlen(path) >= sizeof datagrams->address.sun_path)
        return -EINVAL;
    datagrams = calloc(1, sizeof *datagrams);
    if (!datagrams)
        return -ENOMEM;
    datagrams->options = *options;
    datagrams->is_memfd_known = is_memfd_known;
    datagrams->fd = -1;
    datagrams->address.sun_family = AF_UNIX;
    memcpy(datagrams->address.sun_path, path, strlen(path) + 1);
    STAILQ_INIT(&datagrams->queue);
    timer_init(&datagrams->retry, on_retry, datagrams);
    *ret = datagrams;
    return 0;
}
