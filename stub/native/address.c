#include "stub/native/address.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What the kernel makes of it depends on net.core.wmem_max; the more, the longer a burst never waits. */
#define SEND_BUFFER_BYTES (4 * 1024 * 1024)

_Static_assert(ADDRESS_PATH_BYTES_MAX <= sizeof(((struct sockaddr_un *)NULL)->sun_path),
               "the kernel's bound");

__attribute__((format(printf, 2, 3))) static void add_path(Address *address, const char *format, ...)
{
    char *path = address->paths[address->num_paths];
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(path, ADDRESS_PATH_BYTES_MAX, format, arguments);
    va_end(arguments);
    if (len > 0 && len < ADDRESS_PATH_BYTES_MAX)
        address->num_paths++;
}

void address_init(Address *address, const char *explicit_path)
{
    const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

    *address = (Address){.is_explicit = explicit_path != NULL};
    if (explicit_path) {
        add_path(address, "%s", explicit_path);
        return;
    }
    add_path(address, "/run/snapshot-broker/broker.sock");
    if (runtime_dir && runtime_dir[0] == '/')
        add_path(address, "%s/snapshot-broker/broker.sock", runtime_dir);
    add_path(address, "/tmp/snapshot-broker-%u/broker.sock", (unsigned)geteuid());
}

static bool is_trusted(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid();
}

static int connect_path(const char *path, bool is_explicit, Descriptor *ret_socket)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int buffer_bytes = SEND_BUFFER_BYTES;
    Descriptor socket_ = descriptor_own(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int result;

    if (socket_.fd < 0)
        return -errno;
    memcpy(name.sun_path, path, strlen(path) + 1);
    if (connect(socket_.fd, (struct sockaddr *)&name, sizeof(name)) != 0)
        result = -errno;
    else if (!is_explicit && !is_trusted(socket_.fd))
        result = -EPERM;
    else
        result = 0;
    if (result != 0) {
        descriptor_close(&socket_);
        return result;
    }
    /* Ignored if refused: the default holds three packets of the largest size. */
    (void)setsockopt(socket_.fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
    *ret_socket = socket_;
    return 0;
}

int address_connect(const Address *address, Descriptor *ret_socket)
{
    int result = -ENOENT;

    for (size_t i = 0; i < address->num_paths; i++) {
        int outcome = connect_path(address->paths[i], address->is_explicit, ret_socket);

        if (outcome == 0)
            return 0;
        if (outcome == -EPERM)
            result = -EPERM;
    }
    return result;
}
