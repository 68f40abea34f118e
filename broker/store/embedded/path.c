#include "broker/store/embedded/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/http/query.h"
#include "broker/util/cleanup.h"

/* Appends the keys of @text, which is changed, to @path, which has room for all of it. */
static int append_keys(TreePath *path, char *text, bool is_encoded)
{
    char *end = path->text + strlen(path->text);
    char *segment;

    while ((segment = strsep(&text, "/"))) {
        long length =
            is_encoded ? http_percent_decode(segment, strlen(segment), false) : (long)strlen(segment);

        if (length == 0)
            continue;
        if (length < 0 || !key_is_valid(segment, (size_t)length))
            return PATH_BAD_TOKEN;
        if (path->depth == PATH_DEPTH_MAX)
            return PATH_TOO_DEEP;
        if (path->depth++ > 0)
            *end++ = '/';
        memcpy(end, segment, (size_t)length + 1);
        end += length;
    }
    return 0;
}

static int parse(TreePath *path, const char *parent, size_t parent_depth, const char *text, bool is_encoded)
{
    AUTO_FREE char *copy = strdup(text);
    size_t parent_length = strlen(parent);
    int result;

    path->depth = parent_depth;
    path->text = malloc(parent_length + 1 + strlen(text) + 1);
    if (path->text)
        memcpy(path->text, parent, parent_length + 1);
    result = copy && path->text ? append_keys(path, copy, is_encoded) : -ENOMEM;
    if (result != 0)
        path_deinit(path);
    return result;
}

int path_parse_url(TreePath *path, const char *text)
{
    return parse(path, "", 0, text, true);
}

int path_parse_below(TreePath *path, const TreePath *parent, const char *text)
{
    return parse(path, parent->text, parent->depth, text, false);
}

void path_deinit(TreePath *path)
{
    free(path->text);
    path->text = NULL;
    path->depth = 0;
}

const char *path_relative(const char *ancestor, const char *path)
{
    size_t length = strlen(ancestor);

    if (length == 0)
        return path;
    if (strncmp(ancestor, path, length) != 0)
        return NULL;
    if (path[length] == '\0')
        return path + length;
    return path[length] == '/' ? path + length + 1 : NULL;
}

bool path_next_key(const char **cursor, char key[KEY_BYTES_MAX + 1])
{
    size_t length = strcspn(*cursor, "/");

    if (length == 0 || length > KEY_BYTES_MAX)
        return false;
    memcpy(key, *cursor, length);
    key[length] = '\0';
    *cursor += length;
    if (**cursor == '/')
        ++*cursor;
    return true;
}
