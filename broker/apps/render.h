/* From a capture on the wire to the JSON of the database, as the original agent wrote it.
 *
 * Adds stackFrames, evaluatedExpressions, variableTable, labels and status to a breakpoint. The order and the
 * limits of the walk are the stub's; names, reprs, types, messages and paths are made here. A capture may say
 * anything: what makes no sense is shown as such ("Buffer full", a status), and the result is bounded in
 * depth, number and size, so that the database takes it. Pure; any thread. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RENDER_VALUE_CHARS_DEFAULT 256 /* the original's */

/* Members in members. The database takes 32 levels; nine of them are the way to a variable, four a status
 * below the last one, and each level of members costs two. The stub's default is 5. */
#define RENDER_DEPTH_MAX 9

#define RENDER_FRAMES_MAX     1000              /* untuned; the stub's default is 20 */
#define RENDER_VARIABLES_MAX  40000             /* a full packet of the smallest real ones has about 20,000 */
#define RENDER_TEXT_BYTES_MAX (4 * 1024 * 1024) /* names, types and values; a packet is 128 KiB */

/* Borrowed during the call. */
typedef struct RenderContext {
    char *const *sys_path; /* of the app, in its order */
    size_t num_sys_path;
    uint32_t max_value_chars;       /* 0: RENDER_VALUE_CHARS_DEFAULT */
    const char *const *expressions; /* of the breakpoint, as the user wrote them */
    size_t num_expressions;
} RenderContext;

/* render_capture() - adds the result to @breakpoint, a JSON object. Labels that are there stay; a status that
 * is there is replaced or removed: it was about a breakpoint that still waited. A capture that was ended by
 * its time budget has a status that says so and is no error. Returns 0, or -ENOMEM, with a part of the result
 * in @breakpoint. */
int render_capture(const Snapshot__Capture *capture, const RenderContext *context, json_t *breakpoint);

/* render_status() - {isError (only if true), refersTo (unless unspecified), description}. New reference; NULL
 * when memory is out. */
json_t *render_status(const Snapshot__StatusMessage *status);

/* render_function() - "Type.function", or "function" where @self_type, a 1-based index into @strings, is 0 or
 * past the end. From malloc(); NULL when memory is out. */
char *render_function(const ProtobufCBinaryData *function, uint32_t self_type,
                      const ProtobufCBinaryData *strings, size_t num_strings);

/* render_path() - @path normalised, and without the first entry of @sys_path that it is below. From malloc();
 * NULL when memory is out. */
char *render_path(const ProtobufCBinaryData *path, char *const *sys_path, size_t num_sys_path);

#ifdef __cplusplus
}
#endif
