#include "stub/native/source_path.h"

#include <ctype.h>
#include <string.h>

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Appends one component to the clean path of @len bytes in @buffer; returns the new length, or 0 if it is too
 * long. The part before @floor (the root's slash) is never removed. */
static size_t append_component(char *buffer, size_t len, size_t floor, const char *component,
                               size_t component_len)
{
    if (component_len == 1 && component[0] == '.')
        return len;
    if (component_len == 2 && component[0] == '.' && component[1] == '.') {
        while (len > floor && buffer[len - 1] != '/')
            len--;
        return len > floor ? len - 1 : floor;
    }
    if (len + component_len + 2 > SOURCE_PATH_BYTES_MAX)
        return (size_t)-1;
    if (len > floor)
        buffer[len++] = '/';
    memcpy(buffer + len, component, component_len);
    return len + component_len;
}

static bool clean_bytes(const char *path, size_t path_len, char *buffer)
{
    size_t floor = path_len && path[0] == '/' ? 1 : 0;
    size_t len = floor;
    const char *end = path + path_len;

    if (floor)
        buffer[0] = '/';
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *component_end = slash ? slash : end;

        if (component_end > path) {
            len = append_component(buffer, len, floor, path, (size_t)(component_end - path));
            if (len == (size_t)-1)
                return false;
        }
        path = component_end + 1;
    }
    buffer[len] = '\0';
    return true;
}

bool source_path_clean(const char *path, char buffer[SOURCE_PATH_BYTES_MAX])
{
    return clean_bytes(path, strlen(path), buffer);
}

bool source_path_normalize(const char *path, char buffer[SOURCE_PATH_BYTES_MAX])
{
    const char *end = path + strlen(path);

    while (path < end && (isspace((unsigned char)*path) || *path == '/'))
        path++;
    while (end > path && isspace((unsigned char)end[-1]))
        end--;
    return clean_bytes(path, (size_t)(end - path), buffer);
}

size_t source_path_root_length(const char *path)
{
    const char *base = last_component(path);
    const char *dot = strrchr(base, '.');

    return dot && dot > base ? (size_t)(dot - path) : strlen(path);
}

bool source_path_is_suffix(const char *path, const char *suffix)
{
    size_t path_len = source_path_root_length(path);
    size_t suffix_len = source_path_root_length(suffix);

    if (suffix_len == 0 || suffix_len > path_len)
        return false;
    if (memcmp(path + path_len - suffix_len, suffix, suffix_len) != 0)
        return false;
    return suffix_len == path_len || suffix[0] == '/' || path[path_len - suffix_len - 1] == '/';
}

bool source_path_same_base(const char *path, const char *other)
{
    const char *a = last_component(path), *b = last_component(other);
    size_t a_len = source_path_root_length(a);

    return a_len == source_path_root_length(b) && memcmp(a, b, a_len) == 0;
}

const char *source_path_drop_first(const char *path)
{
    const char *slash = strchr(path, '/');

    return slash ? slash + 1 : NULL;
}
