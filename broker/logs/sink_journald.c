#include "broker/logs/sink_journald.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "broker/logs/datagram.h"
#include "broker/util/cleanup.h"

typedef struct JournaldSink {
    Sink base;
    Datagrams *datagrams;
} JournaldSink;

/* NAME=value, or for a value of several lines: NAME, its length as 64 bits, little endian, and itself. */
static void add_field(TextBuffer *entry, const char *name, const char *value)
{
    size_t length = value ? strlen(value) : 0;
    char encoded[8];

    if (!length)
        return;
    text_buffer_add_string(entry, name);
    if (memchr(value, '\n', length)) {
        for (size_t i = 0; i < sizeof encoded; i++)
            encoded[i] = (char)((uint64_t)length >> (8 * i) & 0xff);
        text_buffer_add_string(entry, "\n");
        text_buffer_add(entry, encoded, sizeof encoded);
    } else {
        text_buffer_add_string(entry, "=");
    }
    text_buffer_add(entry, value, length);
    text_buffer_add_string(entry, "\n");
}

static void add_number(TextBuffer *entry, const char *name, uint64_t number)
{
    if (number)
        text_buffer_printf(entry, "%s=%" PRIu64 "\n", name, number);
}

char *journald_entry(const LogRecord *record, size_t *ret_length)
{
    TextBuffer entry = {0};

    add_field(&entry, "MESSAGE", record->message);
    text_buffer_printf(&entry, "PRIORITY=%d\nSYSLOG_IDENTIFIER=snapshot-broker\n",
                       sink_priority(record->severity));
    add_field(&entry, "CODE_FILE", record->path);
    add_number(&entry, "CODE_LINE", record->line);
    add_field(&entry, "CODE_FUNC", record->function);
    add_field(&entry, "SNAPSHOT_DEBUGGEE", record->debuggee_id);
    add_field(&entry, "SNAPSHOT_MODULE", record->module);
    add_field(&entry, "SNAPSHOT_VERSION", record->version);
    add_field(&entry, "SNAPSHOT_BREAKPOINT", record->breakpoint_id);
    add_number(&entry, "SNAPSHOT_PID", record->pid);
    add_number(&entry, "SNAPSHOT_THREAD", record->thread_id);
    add_number(&entry, "SNAPSHOT_TIME_USEC", record->time_unix_us);
    add_field(&entry, "SNAPSHOT_TRACE", record->trace_id);
    add_field(&entry, "SNAPSHOT_SPAN", record->span_id);
    add_field(&entry, "SNAPSHOT_INSERT_ID", record->insert_id);
    add_number(&entry, "SNAPSHOT_SUPPRESSED", record->num_suppressed);
    *ret_length = entry.length;
    return text_buffer_take(&entry);
}

static bool journald_write(Sink *sink, OutputKind kind, const LogRecord *record)
{
    Datagrams *datagrams = ((JournaldSink *)sink)->datagrams;
    size_t length;
    AUTO_FREE char *entry = journald_entry(record, &length);

    if (entry)
        return datagrams_write(datagrams, kind, entry, length);
    output_count_dropped(datagrams_options(datagrams), kind, false);
    return false;
}

static bool journald_is_empty(const Sink *sink)
{
    return datagrams_are_sent(((const JournaldSink *)sink)->datagrams);
}

static void journald_free(Sink *sink)
{
    JournaldSink *self = (JournaldSink *)sink;

    self->datagrams = datagrams_free(self->datagrams);
    free(self);
}

static const SinkType journald_type = {journald_write, journald_is_empty, NULL, journald_free};

int sink_journald_new(const OutputOptions *options, const char *path, Sink **ret)
{
    JournaldSink *sink = calloc(1, sizeof *sink);
    int result = sink ? datagrams_new(options, path, true, &sink->datagrams) : -ENOMEM;

    if (result < 0) {
        free(sink);
        return result;
    }
    sink->base.type = &journald_type;
    *ret = &sink->base;
    return 0;
}
