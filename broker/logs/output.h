/* Where lines go: stdout, stderr, or a file. Never blocks the loop: a line that a slow reader leaves no room
 * for waits in a bounded queue, and past the bound it is dropped and counted. A line is written whole before
 * the next one begins, or not at all. Loop thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/logs/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OUTPUT_RETRY_MS 1000 /* after a full disk, which no event ends; untuned */

typedef struct Output Output;

/* output_new_descriptor() - writes to @fd, which is borrowed and whose flags stay as they are (others may
 * share them). Borrows what @options points to. The caller owns *ret. 0 or a negative errno. */
int output_new_descriptor(const OutputOptions *options, int fd, Output **ret);

/* output_new_file() - appends to the file at @path, which is made if it is missing (0640); symbolic links are
 * not followed. Likewise. */
int output_new_file(const OutputOptions *options, const char *path, Output **ret);

/* output_free() - drops and counts what is queued. NULL is nothing; returns NULL. */
Output *output_free(Output *output);

/* output_write() - one line, with its newline; borrowed. As sink_write(). */
bool output_write(Output *output, OutputKind kind, const char *line, size_t length);

/* output_reopen() - opens the file's path anew (it was moved away); for a descriptor, nothing. 0, or a
 * negative errno: the old file is kept. */
int output_reopen(Output *output);

/* output_options() - what it was made with. */
const OutputOptions *output_options(const Output *output);

/* output_is_empty() - whether nothing is queued. */
bool output_is_empty(const Output *output);

#ifdef __cplusplus
}
#endif
