/* Every count that /metrics shows, in one table: the name, its labels and its help are written once, here.
 *
 * A law holds at rest, for captures and for log entries:
 *     received = delivered (written) + dropped + rejected + queued
 * One Metrics per broker; loop thread only. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* METRIC(identifier, name without the prefix "snapshot_broker_", labels, type, help). Rows of one name stand
 * together; the help of the first is shown. */
#define METRICS_TABLE(METRIC)                                                                                \
    METRIC(SESSIONS, "sessions", "", "gauge", "Stubs that are connected and welcomed or waiting for it.")    \
    METRIC(SESSIONS_ACCEPTED, "sessions_accepted_total", "", "counter", "Connections of stubs.")             \
    METRIC(CLOSED_PEER, "sessions_closed_total", "{reason=\"peer\"}", "counter",                             \
           "Sessions that have ended, by reason.")                                                           \
    METRIC(CLOSED_SHUTDOWN, "sessions_closed_total", "{reason=\"shutdown\"}", "counter", "")                 \
    METRIC(CLOSED_HELLO_TIMEOUT, "sessions_closed_total", "{reason=\"hello_timeout\"}", "counter", "")       \
    METRIC(CLOSED_MALFORMED, "sessions_closed_total", "{reason=\"malformed\"}", "counter", "")               \
    METRIC(CLOSED_OVERSIZED, "sessions_closed_total", "{reason=\"oversized\"}", "counter", "")               \
    METRIC(CLOSED_UNEXPECTED, "sessions_closed_total", "{reason=\"unexpected\"}", "counter", "")             \
    METRIC(CLOSED_SLOW_READER, "sessions_closed_total", "{reason=\"slow_reader\"}", "counter", "")           \
    METRIC(CLOSED_REFUSED, "sessions_closed_total", "{reason=\"refused\"}", "counter", "")                   \
    METRIC(CLOSED_TOO_MANY, "sessions_closed_total", "{reason=\"too_many\"}", "counter", "")                 \
    METRIC(CLOSED_ERROR, "sessions_closed_total", "{reason=\"error\"}", "counter", "")                       \
    METRIC(PACKETS_RECEIVED, "packets_received_total", "", "counter", "Packets from stubs.")                 \
    METRIC(PACKETS_SENT, "packets_sent_total", "", "counter", "Packets to stubs.")                           \
    METRIC(PACKETS_UNKNOWN, "packets_unknown_total", "", "counter",                                          \
           "Packets whose message this version does not know; ignored.")                                     \
    METRIC(QUEUED_BYTES, "session_queue_bytes", "", "gauge", "Packets that wait for stubs to read them.")    \
    METRIC(STUB_PACKETS_DROPPED, "stub_packets_dropped_total", "", "counter",                                \
           "Packets that stubs dropped for want of room, as they tell it.")                                  \
    METRIC(STUB_ERRORS, "stub_errors_total", "", "counter", "Internal errors of stubs, as they tell it.")    \
    METRIC(DEBUGGEES, "debuggees", "", "gauge", "Apps that have a session here.")                            \
    METRIC(BREAKPOINTS_ACTIVE, "breakpoints_active", "", "gauge", "Breakpoints that wait for their end.")    \
    METRIC(BREAKPOINTS_ARMED, "breakpoints_armed", "", "gauge",                                              \
           "Those of them that are armed in at least one session.")                                          \
    METRIC(BREAKPOINTS_FINISHED_CAPTURED, "breakpoints_finished_total", "{cause=\"captured\"}", "counter",   \
           "Breakpoints that were ended here, by cause.")                                                    \
    METRIC(BREAKPOINTS_FINISHED_FAILED, "breakpoints_finished_total", "{cause=\"failed\"}", "counter", "")   \
    METRIC(BREAKPOINTS_FINISHED_EXPIRED, "breakpoints_finished_total", "{cause=\"expired\"}", "counter", "") \
    METRIC(BREAKPOINTS_FINISHED_INVALID, "breakpoints_finished_total", "{cause=\"invalid\"}", "counter", "") \
    METRIC(BREAKPOINTS_IGNORED, "breakpoints_ignored_total", "", "counter",                                  \
           "Entries of the database that are no breakpoints at all, or were over already.")                  \
    METRIC(CAPTURES_RECEIVED, "captures_received_total", "", "counter",                                      \
           "Captures that stubs sent, or an earlier run has left.")                                          \
    METRIC(CAPTURES_DELIVERED, "captures_delivered_total", "", "counter", "Captures in the database.")       \
    METRIC(CAPTURES_DROPPED_LATE, "captures_dropped_total", "{reason=\"late\"}", "counter",                  \
           "Captures that nobody needs, by reason.")                                                         \
    METRIC(CAPTURES_DROPPED_LOST_RACE, "captures_dropped_total", "{reason=\"lost_race\"}", "counter", "")    \
    METRIC(CAPTURES_DROPPED_DELETED, "captures_dropped_total", "{reason=\"deleted\"}", "counter", "")        \
    METRIC(CAPTURES_DROPPED_FULL, "captures_dropped_total", "{reason=\"full\"}", "counter", "")              \
    METRIC(CAPTURES_DROPPED_SHUTDOWN, "captures_dropped_total", "{reason=\"shutdown\"}", "counter", "")      \
    METRIC(CAPTURES_REJECTED, "captures_rejected_total", "", "counter",                                      \
           "Captures that made no sense, or that the database refused for good.")                            \
    METRIC(CAPTURES_QUEUED, "captures_queued", "", "gauge", "Captures on their way to the database.")        \
    METRIC(CAPTURES_QUEUED_BYTES, "captures_waiting_bytes", "", "gauge",                                     \
           "Memory of captures that the disk has no room for.")                                              \
    METRIC(OUTBOX_ENTRIES, "outbox_entries", "", "gauge",                                                    \
           "Results on disk that wait for their database, or for a last look after it has them.")            \
    METRIC(OUTBOX_BYTES, "outbox_bytes", "", "gauge", "What --outbox-bytes bounds: their size.")             \
    METRIC(OUTBOX_RETRIES, "outbox_retries_total", "", "counter",                                            \
           "Requests for results that failed, and are tried again.")                                         \
    METRIC(LOG_ENTRIES_RECEIVED, "log_entries_received_total", "", "counter",                                \
           "Log entries that stubs sent.")                                                                   \
    METRIC(LOG_ENTRIES_WRITTEN, "log_entries_written_total", "", "counter",                                  \
           "Log entries that were written.")                                                                 \
    METRIC(LOG_ENTRIES_DROPPED_LATE, "log_entries_dropped_total", "{reason=\"late\"}", "counter",            \
           "Log entries that were not written, by reason.")                                                  \
    METRIC(LOG_ENTRIES_DROPPED_QUOTA, "log_entries_dropped_total", "{reason=\"quota\"}", "counter", "")      \
    METRIC(LOG_ENTRIES_DROPPED_OUTPUT, "log_entries_dropped_total", "{reason=\"output\"}", "counter", "")    \
    METRIC(LOG_ENTRIES_REJECTED, "log_entries_rejected_total", "", "counter",                                \
           "Log entries that made no sense.")                                                                \
    METRIC(LOG_ENTRIES_QUEUED, "log_entries_queued", "", "gauge",                                            \
           "Log entries that wait for the reader of the output.")                                            \
    METRIC(LOG_ENTRIES_SUPPRESSED, "log_entries_suppressed_total", "", "counter",                            \
           "Hits of logpoints that stubs did not send for want of quota.")                                   \
    METRIC(LOG_OUTPUT_DROPPED_STDOUT, "log_output_dropped_total", "{output=\"stdout\"}", "counter",          \
           "Lines that an output of --log-output did not take, by output.")                                  \
    METRIC(LOG_OUTPUT_DROPPED_STDERR, "log_output_dropped_total", "{output=\"stderr\"}", "counter", "")      \
    METRIC(LOG_OUTPUT_DROPPED_FILE, "log_output_dropped_total", "{output=\"file\"}", "counter", "")          \
    METRIC(LOG_OUTPUT_DROPPED_SYSLOG, "log_output_dropped_total", "{output=\"syslog\"}", "counter", "")      \
    METRIC(LOG_OUTPUT_DROPPED_JOURNALD, "log_output_dropped_total", "{output=\"journald\"}", "counter", "")  \
    METRIC(LOG_OUTPUT_DROPPED_APP, "log_output_dropped_total", "{output=\"app\"}", "counter", "")            \
    METRIC(LOG_LINES_DROPPED, "log_lines_dropped_total", "", "counter",                                      \
           "Lines of the broker's own log that found no room.")                                              \
    METRIC(VALUES_REDACTED_NAME, "values_redacted_total", "{by=\"name\"}", "counter",                        \
           "Values or parts of them that were taken out, by what told that they are secret.")                \
    METRIC(VALUES_REDACTED_FORM, "values_redacted_total", "{by=\"form\"}", "counter", "")                    \
    METRIC(EXPRESSIONS_REFUSED, "expressions_refused_total", "", "counter",                                  \
           "Conditions and expressions that were not evaluated, for they name what is redacted.")            \
    METRIC(STORE_IN_SYNC, "store_in_sync", "", "gauge", "Debuggees whose breakpoints are known.")            \
    METRIC(STORE_ERRORS, "store_errors_total", "", "counter", "Calls of the store that failed.")             \
    METRIC(DATABASE_REQUESTS_OK, "database_requests_total", "{outcome=\"ok\"}", "counter",                   \
           "Requests to Firebase databases that have ended, streams included, by outcome.")                  \
    METRIC(DATABASE_REQUESTS_CONFLICT, "database_requests_total", "{outcome=\"conflict\"}", "counter", "")   \
    METRIC(DATABASE_REQUESTS_DENIED, "database_requests_total", "{outcome=\"denied\"}", "counter", "")       \
    METRIC(DATABASE_REQUESTS_TOO_MANY, "database_requests_total", "{outcome=\"too_many\"}", "counter", "")   \
    METRIC(DATABASE_REQUESTS_SERVER, "database_requests_total", "{outcome=\"server\"}", "counter", "")       \
    METRIC(DATABASE_REQUESTS_NETWORK, "database_requests_total", "{outcome=\"network\"}", "counter", "")     \
    METRIC(DATABASE_REQUESTS_OTHER, "database_requests_total", "{outcome=\"other\"}", "counter", "")         \
    METRIC(DATABASES, "databases", "", "gauge",                                                              \
           "Firebase databases that are in use, each with its identity.")                                    \
    METRIC(DATABASE_REACHABLE, "database_reachable", "", "gauge", "Firebase databases that answer.")         \
    METRIC(DATABASE_CONNECTIONS, "database_connections_total", "", "counter",                                \
           "Connections that were opened to Firebase databases, and for tokens.")                            \
    METRIC(DATABASE_BYTES_SENT, "database_bytes_sent_total", "", "counter",                                  \
           "Bytes of HTTP to Firebase databases and for tokens, before compression and TLS.")                \
    METRIC(DATABASE_BYTES_RECEIVED, "database_bytes_received_total", "", "counter",                          \
           "Bytes of HTTP from these, likewise.")                                                            \
    METRIC(DATABASE_STREAMS, "database_streams", "", "gauge", "Streams of events that are open.")            \
    METRIC(DATABASE_STREAMS_OPENED, "database_streams_opened_total", "", "counter",                          \
           "Streams of events that were opened.")                                                            \
    METRIC(DATABASE_STREAMS_LOST, "database_streams_lost_total", "", "counter",                              \
           "Streams of events that ended, broke, fell silent or could not be opened; each is tried again.")  \
    METRIC(TOKENS_RECEIVED, "tokens_received_total", "", "counter",                                          \
           "Access tokens that token endpoints gave.")                                                       \
    METRIC(TOKENS_FAILED, "token_failures_total", "", "counter", "Attempts that gave no access token.")      \
    METRIC(TOKENS_REFUSED, "tokens_refused_total", "", "counter",                                            \
           "Access tokens that a database refused before their end.")                                        \
    METRIC(START_TIME, "start_time_seconds", "", "gauge", "When the broker started, in Unix time.")          \
    METRIC(RESIDENT_BYTES, "resident_memory_bytes", "", "gauge", "Memory of the process.")                   \
    METRIC(OPEN_DESCRIPTORS, "open_descriptors", "", "gauge", "Descriptors of the process.")

typedef enum Metric {
#define METRIC_IDENTIFIER(identifier, name, labels, type, help) METRIC_##identifier,
    METRICS_TABLE(METRIC_IDENTIFIER)
#undef METRIC_IDENTIFIER
        NUM_METRICS
} Metric;

typedef struct Metrics {
    int64_t values[NUM_METRICS];
} Metrics;

static inline void metrics_add(Metrics *metrics, Metric metric, int64_t amount)
{
    metrics->values[metric] += amount;
}

static inline void metrics_count(Metrics *metrics, Metric metric)
{
    metrics_add(metrics, metric, 1);
}

static inline void metrics_set(Metrics *metrics, Metric metric, int64_t value)
{
    metrics->values[metric] = value;
}

static inline int64_t metrics_get(const Metrics *metrics, Metric metric)
{
    return metrics->values[metric];
}

/* metrics_text() - the Prometheus text format, version 0.0.4, with @build_version in build_info. The caller
 * owns the result, from malloc(); NULL when memory is out. */
char *metrics_text(const Metrics *metrics, const char *build_version);

#ifdef __cplusplus
}
#endif
