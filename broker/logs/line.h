/* One line of a logpoint's output, in the form that Cloud Logging understands, or as text. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/util/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All strings are borrowed; NULL and "" mean that there is none. What comes from the app may hold any
 * bytes. */
typedef struct LogRecord {
    const char *severity; /* INFO, WARNING, ERROR */
    const char *message;  /* with its "LOGPOINT: " */
    const char *path;
    uint32_t line;
    const char *function;
    uint64_t time_unix_us;
    const char *debuggee_id;
    const char *module;
    const char *version;
    const char *breakpoint_id;
    uint32_t pid;
    uint64_t thread_id;
    const char *project_id;
    const char *trace_id;
    const char *span_id;
    const char *insert_id;   /* different for every line: Cloud Logging drops a second one */
    uint64_t num_suppressed; /* hits before this one that the quota did not let through */
    void *origin;            /* the session of the app that logs; NULL: unknown */
    bool is_notice;          /* of the broker about the logpoint: counts as no entry */
} LogRecord;

/* log_line_json() and log_line_text() - with the newline at the end, and no other. The caller owns the
 * result, from malloc(); NULL when memory is out. */
char *log_line_json(const LogRecord *record);
char *log_line_text(const LogRecord *record);

/* log_line_add_body() - path, line, function and message, as log_line_text() has them after the time and the
 * severity. */
void log_line_add_body(TextBuffer *line, const LogRecord *record);

#ifdef __cplusplus
}
#endif
