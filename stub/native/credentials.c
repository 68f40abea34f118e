#include "stub/native/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* By the kernel alone, from file to file. True if all of it was copied. */
static bool copy_all(int from, int to, const char **ret_why)
{
    size_t room_bytes = CREDENTIALS_BYTES_MAX + 1;

    while (room_bytes > 0) {
        ssize_t len = sendfile(to, from, NULL, room_bytes);

        if (len == 0)
            return true;
        if (len > 0) {
            room_bytes -= (size_t)len;
        } else if (errno != EINTR) {
            *ret_why = strerror(errno);
            return false;
        }
    }
    *ret_why = "it is larger than 64 KiB";
    return false;
}

static int copy_sealed(int from, const char **ret_why)
{
    /* Not memfd_create(): a C library before 2.27 has none. */
    int copy = (int)syscall(SYS_memfd_create, "service-account", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (copy < 0) {
        *ret_why = strerror(errno);
        return -1;
    }
    if (copy_all(from, copy, ret_why)) {
        if (fcntl(copy, F_ADD_SEALS, SEALS) == 0)
            return copy;
        *ret_why = strerror(errno);
    }
    (void)close(copy);
    return -1;
}

int credentials_copy(const char *path, const char **ret_why)
{
    struct stat status;
    int copy = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (file < 0) {
        *ret_why = strerror(errno);
        return -1;
    }
    if (fstat(file, &status) != 0)
        *ret_why = strerror(errno);
    else if (!S_ISREG(status.st_mode))
        *ret_why = "it is no regular file";
    else
        copy = copy_sealed(file, ret_why);
    (void)close(file);
    return copy;
}
