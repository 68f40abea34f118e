#include "broker/logs/sink_syslog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "broker/logs/datagram.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

typedef struct SyslogSink {
    Sink base;
    Datagrams *datagrams;
} SyslogSink;

char *syslog_line(const LogRecord *record)
{
    /* RFC 3164's names, whatever the locale. */
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(record->time_unix_us / US_PER_S);
    TextBuffer line = {0};
    struct tm local;

    if (!localtime_r(&seconds, &local))
        local = (struct tm){.tm_mday = 1}; /* a year that no calendar has */
    text_buffer_printf(&line, "<%d>%s %2d %02d:%02d:%02d snapshot-broker[%" PRIu32 "]: ",
                       LOG_USER | sink_priority(record->severity), months[local.tm_mon], local.tm_mday,
                       local.tm_hour, local.tm_min, local.tm_sec, record->pid);
    log_line_add_body(&line, record);
    return text_buffer_take(&line);
}

static bool syslog_write(Sink *sink, OutputKind kind, const LogRecord *record)
{
    Datagrams *datagrams = ((SyslogSink *)sink)->datagrams;
    AUTO_FREE char *line = syslog_line(record);

    if (line)
        return datagrams_write(datagrams, kind, line, strlen(line));
    output_count_dropped(datagrams_options(datagrams), kind, false);
    return false;
}

static bool syslog_is_empty(const Sink *sink)
{
    return datagrams_are_sent(((const SyslogSink *)sink)->datagrams);
}

static void syslog_free(Sink *sink)
{
    SyslogSink *self = (SyslogSink *)sink;

    self->datagrams = datagrams_free(self->datagrams);
    free(self);
}

static const SinkType syslog_type = {syslog_write, syslog_is_empty, NULL, syslog_free};

int sink_syslog_new(const OutputOptions *options, const char *path, Sink **ret)
{
    SyslogSink *sink = calloc(1, sizeof *sink);
    int result = sink ? datagrams_new(options, path, false, &sink->datagrams) : -ENOMEM;

    if (result < 0) {
        free(sink);
        return result;
    }
    sink->base.type = &syslog_type;
    *ret = &sink->base;
    return 0;
}
