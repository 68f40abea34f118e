/* Where in the database: valid keys joined by '/', "" for the root. Pure; any thread.
 *
 * Percent-encoding and doubled slashes end here: what a TreePath holds is clean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/store/embedded/key.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PATH_DEPTH_MAX 32 /* levels; the Realtime Database's own limit */

typedef struct TreePath {
    char *text; /* "cdbg/debuggees/d-1"; owned */
    size_t depth;
} TreePath;

typedef enum PathProblem {
    PATH_BAD_TOKEN = 1, /* a key that is not valid, or broken percent-encoding */
    PATH_TOO_DEEP,
} PathProblem;

/* path_parse_url() - the path of a URL, percent-encoded, without ".json". Slashes at both ends and doubled
 * ones do not count. Returns 0, a PathProblem or -ENOMEM; on success path_deinit() is due. */
int path_parse_url(TreePath *path, const char *text);

/* path_parse_below() - the same for plain text (a key of a multi-path update) relative to @parent. */
int path_parse_below(TreePath *path, const TreePath *parent, const char *text);

/* path_deinit() - of an initialised path, or of one that is all zeroes. */
void path_deinit(TreePath *path);

/* path_relative() - if @path is at or below @ancestor, the text that leads from there to it ("" if they are
 * equal), borrowed from @path; else NULL. */
const char *path_relative(const char *ancestor, const char *path);

/* path_next_key() - copies the first key of *cursor into @key and moves *cursor behind it. False at the end.
 */
bool path_next_key(const char **cursor, char key[KEY_BYTES_MAX + 1]);

static inline void cleanup_path(TreePath *path)
{
    path_deinit(path);
}

#define AUTO_PATH __attribute__((cleanup(cleanup_path)))

#ifdef __cplusplus
}
#endif
