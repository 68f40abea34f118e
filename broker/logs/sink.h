/* Where lines of logpoints go: one face over stdout, stderr, a file, syslog, journald and the app's own log.
 * Each is a module of its own with a constructor of its own; what is slow or broken costs counted lines of
 * its own, and never blocks. Lines keep their order; each is written whole or not at all. Loop thread only.
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/logs/line.h"
#include "broker/util/metrics.h"
#include "broker/util/timers.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a line is, for the counts: an entry is counted once, in whichever output took it first. */
typedef enum OutputKind {
    OUTPUT_LOG_ENTRY,      /* of a logpoint */
    OUTPUT_LOG_ENTRY_COPY, /* the same entry, in one more output */
    OUTPUT_LOG_LINE,       /* of the broker's own log, and notices about a logpoint */
} OutputKind;

/* All pointers are borrowed for the life of what is made with them. */
typedef struct OutputOptions {
    struct event_base *base;
    Timers *timers;
    Metrics *metrics;
    size_t queue_bytes_max;
    Metric dropped; /* counts the lines of any kind that this output has not written */
} OutputOptions;

typedef struct Sink Sink;

typedef struct SinkType {
    bool (*write)(Sink *sink, OutputKind kind, const LogRecord *record);
    bool (*is_empty)(const Sink *sink);
    int (*reopen)(Sink *sink);
    void (*free)(Sink *sink);
} SinkType;

/* The first member of each kind of sink. */
struct Sink {
    const SinkType *type;
};

/* sink_write() - borrows @record. True: it is written or waits for its reader, and is counted as such. False:
 * it is dropped, which is counted for the output, but not for the entry, which another output may take. */
bool sink_write(Sink *sink, OutputKind kind, const LogRecord *record);

/* sink_is_empty() - nothing waits, or nobody is there to wait for. */
bool sink_is_empty(const Sink *sink);

/* sink_reopen() - opens anew what may have been moved away. 0, or a negative errno: the old one is kept. */
int sink_reopen(Sink *sink);

/* sink_free() - drops and counts what waits. NULL is nothing; returns NULL. */
Sink *sink_free(Sink *sink);

/* sink_priority() - syslog's priority of a LogRecord's severity. */
int sink_priority(const char *severity);

/* output_count_*() - the counts that all outputs keep of lines of @kind. */
void output_count_written(const OutputOptions *options, OutputKind kind);
void output_count_queued(const OutputOptions *options, OutputKind kind, int change);

/* output_count_dropped() - @was_taken: sink_write() had said true. */
void output_count_dropped(const OutputOptions *options, OutputKind kind, bool was_taken);

#ifdef __cplusplus
}
#endif
