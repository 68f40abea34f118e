#include "broker/logs/line.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "broker/util/clock.h"
#include "broker/util/text_buffer.h"

static bool is_given(const char *text)
{
    return text && *text;
}

/* RFC 3339, in UTC. */
static void add_time(TextBuffer *line, uint64_t time_unix_us)
{
    time_t seconds = (time_t)(time_unix_us / US_PER_S);
    char stamp[64];
    struct tm utc;

    if (!gmtime_r(&seconds, &utc) || strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        (void)snprintf(stamp, sizeof stamp, "1970-01-01T00:00:00"); /* a year that no calendar has */
    text_buffer_printf(line, "%s.%06uZ", stamp, (unsigned)(time_unix_us % US_PER_S));
}

/* ,"name":"value" - or nothing. */
static void add_member(TextBuffer *line, const char *name, const char *value)
{
    if (!is_given(value))
        return;
    text_buffer_printf(line, ",\"%s\":", name);
    text_buffer_add_json(line, value, strlen(value));
}

static void add_labels(TextBuffer *line, const LogRecord *record)
{
    char number[32];

    text_buffer_add_string(line, ",\"logging.googleapis.com/labels\":{\"logger\":\"snapshot-broker\"");
    add_member(line, "debuggee", record->debuggee_id);
    add_member(line, "module", record->module);
    add_member(line, "version", record->version);
    add_member(line, "breakpoint", record->breakpoint_id);
    (void)snprintf(number, sizeof number, "%" PRIu32, record->pid);
    add_member(line, "pid", number);
    if (record->thread_id) {
        (void)snprintf(number, sizeof number, "%" PRIu64, record->thread_id);
        add_member(line, "thread", number);
    }
    text_buffer_add_string(line, "}");
}

static void add_trace(TextBuffer *line, const LogRecord *record)
{
    if (!is_given(record->trace_id))
        return;
    if (is_given(record->project_id)) {
        TextBuffer name = {0};

        text_buffer_printf(&name, "projects/%s/traces/%s", record->project_id, record->trace_id);
        add_member(line, "logging.googleapis.com/trace", name.text);
        text_buffer_deinit(&name);
    } else {
        add_member(line, "logging.googleapis.com/trace", record->trace_id);
    }
    add_member(line, "logging.googleapis.com/spanId", record->span_id);
}

char *log_line_json(const LogRecord *record)
{
    TextBuffer line = {0};

    text_buffer_printf(&line, "{\"severity\":\"%s\",\"timestamp\":\"", record->severity);
    add_time(&line, record->time_unix_us);
    text_buffer_add_string(&line, "\"");
    add_member(&line, "message", record->message);

    text_buffer_printf(&line, ",\"logging.googleapis.com/sourceLocation\":{\"line\":\"%" PRIu32 "\"",
                       record->line);
    add_member(&line, "file", record->path);
    add_member(&line, "function", record->function);
    text_buffer_add_string(&line, "}");
    add_labels(&line, record);
    add_trace(&line, record);
    add_member(&line, "logging.googleapis.com/insertId", record->insert_id);
    if (record->num_suppressed)
        text_buffer_printf(&line, ",\"suppressed\":%" PRIu64, record->num_suppressed);
    text_buffer_add_string(&line, "}\n");
    return text_buffer_take(&line);
}

void log_line_add_body(TextBuffer *line, const LogRecord *record)
{
    if (is_given(record->path)) {
        text_buffer_add_printable(line, record->path, strlen(record->path));
        text_buffer_printf(line, ":%" PRIu32 " ", record->line);
    }
    if (is_given(record->function)) {
        text_buffer_add_printable(line, record->function, strlen(record->function));
        text_buffer_add_string(line, " ");
    }
    text_buffer_add_printable(line, record->message, strlen(record->message));
    if (record->num_suppressed)
        text_buffer_printf(line, " [%" PRIu64 " hits before it were suppressed]", record->num_suppressed);
}

char *log_line_text(const LogRecord *record)
{
    TextBuffer line = {0};

    add_time(&line, record->time_unix_us);
    text_buffer_printf(&line, " %-7s ", record->severity);
    log_line_add_body(&line, record);
    text_buffer_add_string(&line, "\n");
    return text_buffer_take(&line);
}
