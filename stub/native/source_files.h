/* Source files: the list of an app's files by which the broker tells one version of its code from another.
 *
 * The .py files below a folder, at most ten deep, in packages only (folders with an __init__.py; the root
 * needs none), each with its size and a hash of its content, in an order that is the same on every instance.
 * Follows symbolic links, but never into a folder that it is in. Reads files; on the link thread, without the
 * GIL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOURCE_FILES_DEPTH_MAX      10          /* the original's */
#define SOURCE_FILES_NUM_MAX        20000       /* untuned; the list takes about 100 bytes each */
#define SOURCE_FILES_FOLDERS_MAX    5000        /* untuned */
#define SOURCE_FILES_HASH_BYTES_MAX (1 << 20)   /* of one file; the size tells the rest */
#define SOURCE_FILES_READ_BYTES_MAX (256 << 20) /* of all; later files have the hash of nothing */

typedef struct SourceFile {
    char *path; /* relative to the root, with '/'; owned */
    uint64_t size_bytes;
    uint64_t content_hash; /* FNV-1a, 64 bits */
} SourceFile;

typedef struct SourceFiles {
    SourceFile *files;
    size_t num_files;
    size_t capacity;
} SourceFiles;

/* source_files_collect() - walks @root. @must_stop is asked between files, and ends the walk: -ECANCELED. A
 * root that cannot be read has no files. 0, -ECANCELED or -ENOMEM; *ret_list (source_files_deinit() it) is
 * untouched otherwise. */
int source_files_collect(const char *root, bool (*must_stop)(void), SourceFiles *ret_list);

/* source_files_pack() - encodes a StubMessage with the files from number *first on, as many as fit into
 * @room_bytes, and moves *first behind them. The part that reaches the end says that it is the last. Returns
 * the length in *ret_len_bytes and the packet, from malloc(); NULL when memory is out. */
uint8_t *source_files_pack(const SourceFiles *list, size_t room_bytes, size_t *first, size_t *ret_len_bytes);

/* source_files_deinit() - frees the paths; a zeroed list is nothing. */
void source_files_deinit(SourceFiles *list);

#ifdef __cplusplus
}
#endif
