#include "broker/stubs/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "broker/util/cleanup.h"

enum { BACKLOG = 512 }; /* stubs that come back together after a restart; untuned */

struct Listener {
    char *path;
    char *name; /* the last part of it */
    int folder_fd;
    int lock_fd;
    int fd;
    bool is_in_place;
    char temporary_name[32]; /* empty: there is none */
    dev_t device;            /* of the socket's file: what listener_free() may remove */
    ino_t inode;
};

static int say(char *error, size_t error_size, int result, const char *path, const char *what)
{
    if (result < 0)
        (void)snprintf(error, error_size, "%s: %s: %s", path, what, strerror(-result));
    else
        (void)snprintf(error, error_size, "%s: %s", path, what);
    return result;
}

Listener *listener_free(Listener *listener)
{
    struct stat now;

    if (!listener)
        return NULL;
    if (listener->temporary_name[0])
        (void)unlinkat(listener->folder_fd, listener->temporary_name, 0);
    if (listener->is_in_place &&
        fstatat(listener->folder_fd, listener->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        now.st_dev == listener->device && now.st_ino == listener->inode)
        (void)unlinkat(listener->folder_fd, listener->name, 0);
    cleanup_close(&listener->fd);
    cleanup_close(&listener->lock_fd); /* unlocks; the file stays, for removing it would race */
    cleanup_close(&listener->folder_fd);
    free(listener->path);
    free(listener->name);
    free(listener);
    return NULL;
}

static void cleanup_listener(Listener **listener)
{
    (void)listener_free(*listener);
}

/* Splits the path, and opens its folder. */
static int open_folder(Listener *listener, const ListenerOptions *options)
{
    const char *slash = strrchr(options->path, '/');
    AUTO_FREE char *folder = NULL;
    mode_t mode = options->is_private ? 0700 : 0755;
    struct stat status;
    bool is_new;

    if (!slash)
        folder = strdup(".");
    else if (slash == options->path)
        folder = strdup("/");
    else
        folder = strndup(options->path, (size_t)(slash - options->path));
    listener->path = strdup(options->path);
    listener->name = strdup(slash ? slash + 1 : options->path);
    if (!folder || !listener->path || !listener->name)
        return -ENOMEM;
    if (!listener->name[0])
        return -EISDIR;

    is_new = mkdir(folder, mode) == 0;
    if (!is_new && errno != EEXIST)
        return -errno;
    listener->folder_fd =
        open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (options->is_private ? O_NOFOLLOW : 0));
    if (listener->folder_fd < 0 || (is_new && fchmod(listener->folder_fd, mode) < 0)) /* whatever the umask */
        return -errno;
    if (options->is_private) {
        if (fstat(listener->folder_fd, &status) < 0)
            return -errno;
        if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
            return -EPERM;
    }
    return 0;
}

static int take_lock(Listener *listener)
{
    AUTO_FREE char *name = NULL;

    if (asprintf(&name, "%s.lock", listener->name) < 0)
        return -ENOMEM;
    listener->lock_fd =
        openat(listener->folder_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (listener->lock_fd < 0)
        return -errno;
    if (flock(listener->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? LISTENER_E_IN_USE : -errno;
}

/* Whether somebody accepts on the path: a broker that does not know our lock, e.g. from another namespace. */
static int probe(const Listener *listener, const struct sockaddr_un *address)
{
    struct stat status;
    AUTO_CLOSE int fd = -1;

    if (fstatat(listener->folder_fd, listener->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(status.st_mode))
        return -EEXIST;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
        return LISTENER_E_IN_USE;
    switch (errno) {
    case ECONNREFUSED: /* nobody listens: left by a broker that was killed */
    case ENOENT:
        return 0;
    case EAGAIN:     /* somebody listens, and is busy */
    case EPROTOTYPE: /* somebody listens, and is no broker */
        return LISTENER_E_IN_USE;
    default:
        return -errno;
    }
}

/* Binds to another name in the same folder. The name may be longer than the path, for which a socket address
 * has 107 bytes; /proc gives the folder a short name. */
static int bind_aside(Listener *listener, mode_t mode)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;

    listener->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0)
        return -errno;
    (void)snprintf(listener->temporary_name, sizeof listener->temporary_name, ".broker-%d", (int)getpid());
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", listener->folder_fd,
                   listener->temporary_name);
    (void)unlinkat(listener->folder_fd, listener->temporary_name, 0); /* of a dead process with our pid */
    if (bind(listener->fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    if (fchmodat(listener->folder_fd, listener->temporary_name, mode, 0) < 0 ||
        fstatat(listener->folder_fd, listener->temporary_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    listener->device = status.st_dev;
    listener->inode = status.st_ino;
    return 0;
}

int listener_new(const ListenerOptions *options, char *error, size_t error_size, Listener **ret)
{
    CLEANUP(cleanup_listener) Listener *listener = calloc(1, sizeof *listener);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = options->path;
    int result;

    if (!listener)
        return say(error, error_size, -ENOMEM, path, "no memory");
    listener->folder_fd = listener->lock_fd = listener->fd = -1;
    if (strlen(path) >= sizeof address.sun_path) {
        (void)snprintf(error, error_size, "the path of a socket has at most %zu characters, unlike %s",
                       sizeof address.sun_path - 1, path);
        return -EINVAL;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);

    result = open_folder(listener, options);
    if (result == -EPERM && options->is_private)
        return say(error, error_size, result, path, "its folder must be this user's alone (mode 0700)");
    if (result < 0)
        return say(error, error_size, result, path, "cannot use its folder");
    result = take_lock(listener);
    if (result == 0)
        result = probe(listener, &address);
    if (result == LISTENER_E_IN_USE)
        return say(error, error_size, result, path, "another broker has this socket");
    if (result == -EEXIST)
        return say(error, error_size, result, path, "there is something that is no socket");
    if (result < 0)
        return say(error, error_size, result, path, "cannot lock it");
    result = bind_aside(listener, options->mode);
    if (result < 0)
        return say(error, error_size, result, path, "cannot make it");
    *ret = TAKE(listener);
    return 0;
}

int listener_start(Listener *listener)
{
    if (listen(listener->fd, BACKLOG) < 0)
        return -errno;
    if (renameat(listener->folder_fd, listener->temporary_name, listener->folder_fd, listener->name) < 0)
        return -errno;
    listener->temporary_name[0] = '\0';
    listener->is_in_place = true;
    return 0;
}

int listener_fd(const Listener *listener)
{
    return listener->fd;
}
