#include "broker/logs/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/util/cleanup.h"

typedef struct Line Line;
struct Line {
    STAILQ_ENTRY(Line) next;
    OutputKind kind;
    size_t length;
    size_t num_written;
    char text[];
};

/* How to write without waiting. */
typedef enum WriteMode {
    WRITE_SEND,         /* a socket: MSG_DONTWAIT */
    WRITE_NON_BLOCKING, /* the open file is ours alone and has O_NONBLOCK, or is a regular file */
    WRITE_POLL,         /* the open file is shared: ask first, write little */
} WriteMode;

struct Output {
    OutputOptions options;
    char *path; /* NULL: a descriptor */
    int fd;
    bool is_fd_ours;
    WriteMode mode;
    struct event *writable;
    Timer retry; /* for what cannot be waited for with an event */
    STAILQ_HEAD(, Line) queue;
    size_t queue_bytes;
};

static Line *unlink_first(Output *output)
{
    Line *line = STAILQ_FIRST(&output->queue);

    STAILQ_REMOVE_HEAD(&output->queue, next);
    output->queue_bytes -= line->length;
    output_count_queued(&output->options, line->kind, -1);
    return line;
}

/* --------------------------------------------------------------------------------------------- writing */

/* Returns how many bytes were taken, -EAGAIN if none are for now, or another negative errno. */
static ssize_t write_some(const Output *output, const char *text, size_t length)
{
    struct pollfd poll_fd = {.fd = output->fd, .events = POLLOUT};
    ssize_t size;

    if (output->mode == WRITE_SEND) {
        size = send(output->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        if (output->mode == WRITE_POLL) {
            if (poll(&poll_fd, 1, 0) != 1)
                return -EAGAIN;
            if (length > PIPE_BUF)
                length = PIPE_BUF; /* a pipe that is writable has room for that */
        }
        size = write(output->fd, text, length);
    }
    if (size < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    return size == 0 && length > 0 ? -EAGAIN : size;
}

/* Writes all of it if there is room. Returns 0, -EAGAIN (*num_written says how far it is), or another
 * negative errno: this line cannot be written. */
static int write_line(const Output *output, const char *text, size_t length, size_t *num_written)
{
    while (*num_written < length) {
        ssize_t size = write_some(output, text + *num_written, length - *num_written);

        if (size == -ENOSPC || size == -EDQUOT || size == -EFBIG || size == -EIO)
            size = -EAGAIN; /* it may have room later, and the line may have begun */
        if (size < 0)
            return (int)size;
        *num_written += (size_t)size;
    }
    return 0;
}

static void wait_for_room(Output *output)
{
    const Clock *clock = timers_clock(output->options.timers);

    /* epoll takes pipes, sockets and terminals, but no regular files. */
    if (output->writable && event_add(output->writable, NULL) == 0)
        return;
    timer_set(output->options.timers, &output->retry,
              clock->monotonic_us(clock) + OUTPUT_RETRY_MS * (uint64_t)US_PER_MS);
}

static void flush(Output *output)
{
    while (!STAILQ_EMPTY(&output->queue)) {
        Line *line = STAILQ_FIRST(&output->queue);
        int result = write_line(output, line->text, line->length, &line->num_written);

        if (result == -EAGAIN) {
            wait_for_room(output);
            return;
        }
        (void)unlink_first(output);
        if (result == 0)
            output_count_written(&output->options, line->kind);
        else
            output_count_dropped(&output->options, line->kind, true);
        free(line);
    }
    if (output->writable)
        (void)event_del(output->writable);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    flush(context);
}

static void on_retry(void *context)
{
    flush(context);
}

static bool enqueue(Output *output, OutputKind kind, const char *text, size_t length, size_t num_written)
{
    Line *line = NULL;

    /* A line that has begun must end, whatever the bound. */
    if (num_written > 0 || output->queue_bytes + length <= output->options.queue_bytes_max)
        line = malloc(sizeof *line + length);
    if (!line) {
        output_count_dropped(&output->options, kind, false);
        return false;
    }
    line->kind = kind;
    line->length = length;
    line->num_written = num_written;
    memcpy(line->text, text, length);
    STAILQ_INSERT_TAIL(&output->queue, line, next);
    output->queue_bytes += length;
    output_count_queued(&output->options, kind, 1);
    return true;
}

bool output_write(Output *output, OutputKind kind, const char *line, size_t length)
{
    size_t num_written = 0;
    bool is_taken;
    int result;

    if (!STAILQ_EMPTY(&output->queue))
        return enqueue(output, kind, line, length, 0);
    result = write_line(output, line, length, &num_written);
    if (result == -EAGAIN) {
        is_taken = enqueue(output, kind, line, length, num_written);
        wait_for_room(output);
        return is_taken;
    }
    if (result == 0)
        output_count_written(&output->options, kind);
    else
        output_count_dropped(&output->options, kind, false);
    return result == 0;
}

const OutputOptions *output_options(const Output *output)
{
    return &output->options;
}

bool output_is_empty(const Output *output)
{
    return STAILQ_EMPTY(&output->queue);
}

/* ------------------------------------------------------------------------------------------ life of an
 * output */

Output *output_free(Output *output)
{
    if (!output)
        return NULL;
    while (!STAILQ_EMPTY(&output->queue)) {
        Line *line = unlink_first(output);

        output_count_dropped(&output->options, line->kind, true);
        free(line);
    }
    timer_unset(&output->retry);
    if (output->writable)
        event_free(output->writable);
    if (output->is_fd_ours)
        cleanup_close(&output->fd);
    free(output->path);
    free(output);
    return NULL;
}

static void cleanup_output(Output **output)
{
    (void)output_free(*output);
}

static int new_output(const OutputOptions *options, Output **ret)
{
    Output *output = calloc(1, sizeof *output);

    if (!output)
        return -ENOMEM;
    output->options = *options;
    output->fd = -1;
    STAILQ_INIT(&output->queue);
    timer_init(&output->retry, on_retry, output);
    *ret = output;
    return 0;
}

/* The mode of O_NONBLOCK belongs to the open file, which we may share with a shell. Opened anew through
 * /proc, a pipe or a terminal has an open file that is ours alone. */
static int choose_mode(Output *output, int fd)
{
    char path[64];
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    output->fd = fd;
    if (S_ISSOCK(status.st_mode)) {
        output->mode = WRITE_SEND;
        return 0;
    }
    output->mode = WRITE_NON_BLOCKING;
    if (S_ISREG(status.st_mode))
        return 0;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    output->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    output->is_fd_ours = output->fd >= 0;
    if (!output->is_fd_ours) {
        output->fd = fd; /* e.g. another user's pipe */
        output->mode = WRITE_POLL;
    }
    return 0;
}

int output_new_descriptor(const OutputOptions *options, int fd, Output **ret)
{
    CLEANUP(cleanup_output) Output *output = NULL;
    int result = new_output(options, &output);

    if (result == 0)
        result = choose_mode(output, fd);
    if (result < 0)
        return result;
    output->writable = event_new(options->base, output->fd, EV_WRITE | EV_PERSIST, on_writable, output);
    if (!output->writable)
        return -ENOMEM;
    *ret = TAKE(output);
    return 0;
}

static int open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);

    return fd < 0 ? -errno : fd;
}

int output_new_file(const OutputOptions *options, const char *path, Output **ret)
{
    CLEANUP(cleanup_output) Output *output = NULL;
    int result = new_output(options, &output);

    if (result < 0)
        return result;
    output->path = strdup(path);
    if (!output->path)
        return -ENOMEM;
    result = open_file(path);
    if (result < 0)
        return result;
    output->fd = result;
    output->is_fd_ours = true;
    output->mode = WRITE_NON_BLOCKING;
    *ret = TAKE(output);
    return 0;
}

int output_reopen(Output *output)
{
    int fd;

    if (!output->path)
        return 0;
    fd = open_file(output->path);
    if (fd < 0)
        return fd;
    cleanup_close(&output->fd);
    output->fd = fd;
    if (!STAILQ_EMPTY(&output->queue))
        STAILQ_FIRST(&output->queue)->num_written = 0; /* the new file gets the line whole */
    flush(output);
    return 0;
}
