/* Source paths: how a user's `path` of `path:line` and the file names of modules and code objects are
 * compared. Pure text functions; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Longest path that is looked at; Linux has no longer one. */
#define SOURCE_PATH_BYTES_MAX 4096

/* source_path_normalize() - strips white space and leading slashes as the original did, then resolves ".",
 * ".." and double slashes without asking the file system. False if it is too long. */
bool source_path_normalize(const char *path, char buffer[SOURCE_PATH_BYTES_MAX]);

/* source_path_clean() - resolves ".", ".." and double slashes; an absolute path stays absolute. False if it
 * is too long. */
bool source_path_clean(const char *path, char buffer[SOURCE_PATH_BYTES_MAX]);

/* source_path_root_length() - length without the extension of the last component. */
size_t source_path_root_length(const char *path);

/* source_path_is_suffix() - whether @suffix is the end of @path by whole components, extensions aside. Both
 * are clean. */
bool source_path_is_suffix(const char *path, const char *suffix);

/* source_path_same_base() - whether the last components are equal, extensions aside: a cheap test before a
 * dear one. */
bool source_path_same_base(const char *path, const char *other);

/* source_path_drop_first() - the path without its first component; NULL if it has only one. Points into
 * @path. */
const char *source_path_drop_first(const char *path);
