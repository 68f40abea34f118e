/* Where a frame is: the names of its function and of its file. */
#include <string.h>

#include "broker/apps/render.h"
#include "broker/apps/text.h"
#include "broker/util/cleanup.h"

char *render_function(const ProtobufCBinaryData *function, uint32_t self_type,
                      const ProtobufCBinaryData *strings, size_t num_strings)
{
    CLEANUP(text_deinit) Text text;

    text_init(&text);
    if (self_type > 0 && self_type <= num_strings) {
        text_append_clean(&text, strings[self_type - 1].data, strings[self_type - 1].len);
        text_append(&text, ".");
    }
    text_append_clean(&text, function->data, function->len);
    return text_take(&text);
}

/* Bytes of a path, with '/'. */
typedef struct Path {
    char *data;
    size_t len;
} Path;

static bool is_parent(const char *component, size_t len)
{
    return len == 2 && component[0] == '.' && component[1] == '.';
}

/* The start of the last component that comes after @root bytes. */
static size_t last_component(const Path *path, size_t root)
{
    size_t start = path->len;

    while (start > root && path->data[start - 1] != '/')
        start--;
    return start;
}

static void add_component(Path *path, size_t root, const char *component, size_t len)
{
    size_t last = last_component(path, root);
    bool is_empty = path->len == root;

    if (is_parent(component, len) && (!is_empty || root > 0) &&
        !is_parent(path->data + last, path->len - last)) {
        path->len = last > root ? last - 1 : root;
        return;
    }
    if (!is_empty)
        path->data[path->len++] = '/';
    memcpy(path->data + path->len, component, len);
    path->len += len;
}

/* As os.path.normpath(): no empty components, no ".", no ".." but at the start. Two slashes at the start
 * stay, as POSIX wants it. @ret is from malloc(), with a NUL. */
static int path_normalise(const char *data, size_t len, Path *ret)
{
    Path path = {.data = malloc(len + 2)};
    const char *end = data + len;
    size_t root = 0;

    if (!path.data)
        return -1;
    while (root < len && data[root] == '/')
        root++;
    root = root == 2 ? 2 : root > 0;
    memset(path.data, '/', root);
    path.len = root;
    while (data < end) {
        const char *slash = memchr(data, '/', (size_t)(end - data));
        size_t size = (size_t)((slash ? slash : end) - data);

        if (size > 0 && !(size == 1 && data[0] == '.'))
            add_component(&path, root, data, size);
        data += size + (slash != NULL);
    }
    if (path.len == 0)
        path.data[path.len++] = '.';
    path.data[path.len] = '\0';
    *ret = path;
    return 0;
}

/* How many bytes of @path are the folder @entry and its slash; 0 if it is not below it. */
static int folder_length(const Path *path, const char *entry, size_t *ret_len)
{
    AUTO_FREE char *owned = NULL;
    Path folder;

    *ret_len = 0;
    if (*entry == '\0') /* the current folder: paths below it are not absolute */
        return 0;
    if (path_normalise(entry, strlen(entry), &folder) < 0)
        return -1;
    owned = folder.data;
    if (folder.data[folder.len - 1] != '/') {
        folder.data[folder.len++] = '/'; /* in the place of the NUL */
    }
    if (path->len >= folder.len && memcmp(path->data, folder.data, folder.len) == 0)
        *ret_len = folder.len;
    return 0;
}

char *render_path(const ProtobufCBinaryData *path, char *const *sys_path, size_t num_sys_path)
{
    CLEANUP(text_deinit) Text text;
    AUTO_FREE char *owned = NULL;
    size_t prefix = 0;
    Path normal;

    text_init(&text);
    if (path_normalise(path->len ? (const char *)path->data : "", path->len, &normal) < 0)
        return NULL;
    owned = normal.data;
    for (size_t i = 0; i < num_sys_path && prefix == 0; i++) {
        if (folder_length(&normal, sys_path[i], &prefix) < 0)
            return NULL;
    }
    text_append_clean(&text, normal.data + prefix, normal.len - prefix);
    return text_take(&text);
}
