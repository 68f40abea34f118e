#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "stub/native/clock.h"
#include "stub/native/evaluate/functions/function_file.h"

#define PATH_BYTES_MAX 4096

/* What was read is kept so long for the one who asked: two who discarded each other's files would wait for
 * ever (untuned). */
#define KEPT_NS_MIN CLOCK_NS_PER_S

/* linux/openat2.h, 5.12: fails with EAGAIN where the path is not in the kernel's memory. */
#define OPEN_ONLY_CACHED 0x20

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

typedef enum State {
    STATE_IDLE,
    STATE_ASKED, /* by the holder of the GIL, for the other thread */
    STATE_DONE,  /* by the other thread, for the holder of the GIL */
} State;

/* One at a time: it is taken up again at the next hit. */
static struct {
    _Atomic int state;
    pid_t process; /* in the child of a fork nobody serves what the parent has asked for */
    char path[PATH_BYTES_MAX];
    char *bytes; /* owned */
    size_t len_bytes;
    int result;
    uint64_t done_at_ns;
} order;

static void (*wake_server)(void);

void function_file_init(void (*wake)(void))
{
    wake_server = wake;
}

/* --------------------------------------------------------------------------------------- reading */

static int open_cached(const char *path)
{
    struct {
        uint64_t flags;
        uint64_t mode;
        uint64_t resolve;
    } how = {.flags = OPEN_FLAGS, .resolve = OPEN_ONLY_CACHED};
    long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

    /* An older kernel, or a sandbox that does not know the call. */
    if (fd < 0 && (errno == ENOSYS || errno == EINVAL || errno == EPERM || errno == E2BIG))
        return -EAGAIN;
    return fd < 0 ? -errno : (int)fd;
}

static int read_all(int fd, char *bytes, size_t len_bytes, int flags)
{
    size_t done = 0;

    while (done < len_bytes) {
        struct iovec part = {bytes + done, len_bytes - done};
        ssize_t count = preadv2(fd, &part, 1, (off_t)done, flags);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno == EOPNOTSUPP || errno == ENOSYS ? -EAGAIN : -errno;
        if (count == 0)
            return -EIO; /* it has become shorter */
        done += (size_t)count;
    }
    return 0;
}

/* Closes @fd. */
static int read_open_file(int fd, int flags, char **ret_bytes, size_t *ret_len_bytes)
{
    struct stat info;
    char *bytes = NULL;
    int result = fstat(fd, &info) < 0 ? -errno : 0;

    if (result == 0 && !S_ISREG(info.st_mode))
        result = -EINVAL;
    if (result == 0 && info.st_size > FUNCTION_FILE_BYTES_MAX)
        result = -EFBIG;
    if (result == 0 && !(bytes = malloc((size_t)info.st_size + 1)))
        result = -ENOMEM;
    if (result == 0)
        result = read_all(fd, bytes, (size_t)info.st_size, flags);
    close(fd);
    if (result < 0) {
        free(bytes);
        return result;
    }
    *ret_bytes = bytes;
    *ret_len_bytes = (size_t)info.st_size;
    return 0;
}

static int read_waiting(const char *path, char **ret_bytes, size_t *ret_len_bytes)
{
    int fd = open(path, OPEN_FLAGS);

    return fd < 0 ? -errno : read_open_file(fd, 0, ret_bytes, ret_len_bytes);
}

static int read_cached(const char *path, char **ret_bytes, size_t *ret_len_bytes)
{
    int fd = open_cached(path);

    return fd < 0 ? fd : read_open_file(fd, RWF_NOWAIT, ret_bytes, ret_len_bytes);
}

/* -------------------------------------------------------------------------------- another thread */

static int take_order(char **ret_bytes, size_t *ret_len_bytes)
{
    int result = order.result;

    if (result == 0) {
        *ret_bytes = order.bytes;
        *ret_len_bytes = order.len_bytes;
    }
    order.bytes = NULL;
    atomic_store(&order.state, STATE_IDLE);
    return result;
}

/* Whether somebody else's order is in the way. */
static bool is_taken(int state)
{
    if (state == STATE_ASKED)
        return order.process == getpid();
    return state == STATE_DONE && clock_now_ns() - order.done_at_ns < KEPT_NS_MIN;
}

static int place_order(const char *path)
{
    free(order.bytes);
    order.bytes = NULL;
    order.process = getpid();
    memcpy(order.path, path, strlen(path) + 1);
    atomic_store(&order.state, STATE_ASKED);
    wake_server();
    return -EAGAIN;
}

int function_file_read(const char *path, char **ret_bytes, size_t *ret_len_bytes)
{
    int state = atomic_load(&order.state);
    int result;

    if (strlen(path) >= sizeof(order.path))
        return -ENAMETOOLONG;
    if (!wake_server)
        return read_waiting(path, ret_bytes, ret_len_bytes);
    if (state == STATE_DONE && strcmp(order.path, path) == 0)
        return take_order(ret_bytes, ret_len_bytes);
    result = read_cached(path, ret_bytes, ret_len_bytes);
    if (result != -EAGAIN)
        return result;
    return is_taken(state) ? -EAGAIN : place_order(path);
}

void function_file_serve(void)
{
    if (atomic_load(&order.state) != STATE_ASKED || order.process != getpid())
        return;
    order.result = read_waiting(order.path, &order.bytes, &order.len_bytes);
    order.done_at_ns = clock_now_ns();
    atomic_store(&order.state, STATE_DONE);
}
