#include "broker/listen_token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/util/cleanup.h"

static bool is_white(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

static bool is_one_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return length > 0;
}

int listen_token_read(const char *path, char **ret_token)
{
    char text[LISTEN_TOKEN_BYTES_MAX + 1];
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size;
    char *token;

    if (fd < 0)
        return -errno;
    size = read(fd, text, sizeof text);
    if (size < 0)
        return -errno;
    if ((size_t)size == sizeof text)
        return -EINVAL;
    while (size > 0 && is_white(text[size - 1]))
        size--;
    if (!is_one_word(text, (size_t)size))
        return -EINVAL;
    token = strndup(text, (size_t)size);
    explicit_bzero(text, sizeof text);
    if (!token)
        return -ENOMEM;
    *ret_token = token;
    return 0;
}

const char *listen_token_error_text(int result)
{
    return result == -EINVAL ? "it must hold one word of printable characters, at most 4,096"
                             : strerror(-result);
}
