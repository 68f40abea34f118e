#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/auth/credential.h"
#include "broker/auth/credential_fields.h"
#include "broker/auth/secret.h"

/* F_SEAL_GROW is not needed: what is read is bounded. */
#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK)

static int fail(const char *origin, const char *what, char **ret_error)
{
    return asprintf(ret_error, "%s: %s", origin, what) < 0 ? -ENOMEM : -EINVAL;
}

/* As much as there is, but not more than @size. Returns the length, or a negative errno. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t part = pread(fd, buffer + length, size - length, (off_t)length);

        if (part < 0 && errno != EINTR)
            return -errno;
        if (part == 0)
            break;
        if (part > 0)
            length += (size_t)part;
    }
    return (ssize_t)length;
}

static int read_and_parse(int fd, const char *origin, CredentialUse use, Credential **ret, char **ret_error)
{
    AUTO_SECRET char *buffer = malloc(CREDENTIAL_FILE_BYTES_MAX + 1);
    struct stat status;
    ssize_t length;

    if (!buffer)
        return -ENOMEM;
    if (fstat(fd, &status) < 0)
        return fail(origin, strerror(errno), ret_error);
    if (!S_ISREG(status.st_mode))
        return fail(origin, "it is no regular file", ret_error);
    length = read_all(fd, buffer, CREDENTIAL_FILE_BYTES_MAX + 1);
    if (length < 0)
        return fail(origin, strerror((int)-length), ret_error);
    if (length > CREDENTIAL_FILE_BYTES_MAX)
        return fail(origin, "it is larger than 64 KiB", ret_error);
    return credential_parse(buffer, (size_t)length, origin, use, ret, ret_error);
}

int credential_read(const char *path, Credential **ret, char **ret_error)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* it may be a pipe */
    int result;

    if (fd < 0)
        return fail(path, strerror(errno), ret_error);
    result = read_and_parse(fd, path, CREDENTIAL_OF_BROKER, ret, ret_error);
    if (result == 0)
        (*ret)->path = strdup(path); /* without memory it is not read again */
    return result;
}

int credential_read_passed(int fd, Credential **ret, char **ret_error)
{
    static const char origin[] = "the app's service account file";
    int seals = fcntl(fd, F_GET_SEALS);

    /* Of another file a read may wait for ever: a FIFO, a file of FUSE or NFS. */
    if (seals < 0 || (seals & SEALS) != SEALS)
        return fail(origin, "it did not come as a sealed copy", ret_error);
    return read_and_parse(fd, origin, CREDENTIAL_OF_APP, ret, ret_error);
}
