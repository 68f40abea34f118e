#include "broker/logs/sink_app.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct AppSink {
    Sink base;
    OutputOptions options;
    SinkAppSend send;
} AppSink;

/* Of Python's module logging. */
static uint32_t level_of(const char *severity)
{
    if (strcmp(severity, "ERROR") == 0)
        return 40;
    return strcmp(severity, "WARNING") == 0 ? 30 : 20;
}

static ProtobufCBinaryData bytes_of(const char *text)
{
    ProtobufCBinaryData bytes = {text ? strlen(text) : 0, (uint8_t *)(uintptr_t)text};

    return bytes;
}

static bool app_write(Sink *sink, OutputKind kind, const LogRecord *record)
{
    AppSink *self = (AppSink *)sink;
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__AppLog log = SNAPSHOT__APP_LOG__INIT;

    log.level = level_of(record->severity);
    log.message = bytes_of(record->message);
    log.path = bytes_of(record->path);
    log.line = record->line;
    log.function = bytes_of(record->function);
    log.time_unix_us = record->time_unix_us;
    log.thread_id = record->thread_id;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_APP_LOG;
    message.app_log = &log;
    if (record->origin && self->send(record->origin, &message)) {
        output_count_written(&self->options, kind);
        return true;
    }
    output_count_dropped(&self->options, kind, false);
    return false;
}

static void app_free(Sink *sink)
{
    free(sink);
}

static const SinkType app_type = {app_write, NULL, NULL, app_free};

int sink_app_new(const OutputOptions *options, SinkAppSend send, Sink **ret)
{
    AppSink *sink = malloc(sizeof *sink);

    if (!sink)
        return -ENOMEM;
    *sink = (AppSink){{&app_type}, *options, send};
    *ret = &sink->base;
    return 0;
}
