#include "broker/logs/sink.h"

#include <string.h>
#include <syslog.h>

bool sink_write(Sink *sink, OutputKind kind, const LogRecord *record)
{
    return sink->type->write(sink, kind, record);
}

bool sink_is_empty(const Sink *sink)
{
    return !sink->type->is_empty || sink->type->is_empty(sink);
}

int sink_reopen(Sink *sink)
{
    return sink->type->reopen ? sink->type->reopen(sink) : 0;
}

Sink *sink_free(Sink *sink)
{
    if (sink)
        sink->type->free(sink);
    return NULL;
}

int sink_priority(const char *severity)
{
    if (strcmp(severity, "ERROR") == 0)
        return LOG_ERR;
    return strcmp(severity, "WARNING") == 0 ? LOG_WARNING : LOG_INFO;
}

void output_count_written(const OutputOptions *options, OutputKind kind)
{
    if (kind == OUTPUT_LOG_ENTRY)
        metrics_count(options->metrics, METRIC_LOG_ENTRIES_WRITTEN);
}

void output_count_queued(const OutputOptions *options, OutputKind kind, int change)
{
    if (kind == OUTPUT_LOG_ENTRY)
        metrics_add(options->metrics, METRIC_LOG_ENTRIES_QUEUED, change);
}

void output_count_dropped(const OutputOptions *options, OutputKind kind, bool was_taken)
{
    metrics_count(options->metrics, options->dropped);
    if (kind == OUTPUT_LOG_LINE)
        metrics_count(options->metrics, METRIC_LOG_LINES_DROPPED);
    else if (kind == OUTPUT_LOG_ENTRY && was_taken)
        metrics_count(options->metrics, METRIC_LOG_ENTRIES_DROPPED_OUTPUT);
}
