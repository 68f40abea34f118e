#include "broker/logs/sink_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/logs/output.h"
#include "broker/util/cleanup.h"

typedef struct StreamSink {
    Sink base;
    Output *output;
    bool is_owner;
    LineFormat format;
} StreamSink;

static bool stream_write(Sink *sink, OutputKind kind, const LogRecord *record)
{
    StreamSink *stream = (StreamSink *)sink;
    AUTO_FREE char *line = stream->format == LINE_FORMAT_JSON ? log_line_json(record) : log_line_text(record);

    if (line)
        return output_write(stream->output, kind, line, strlen(line));
    output_count_dropped(output_options(stream->output), kind, false);
    return false;
}

static bool stream_is_empty(const Sink *sink)
{
    return output_is_empty(((const StreamSink *)sink)->output);
}

static int stream_reopen(Sink *sink)
{
    return output_reopen(((StreamSink *)sink)->output);
}

static void stream_free(Sink *sink)
{
    StreamSink *stream = (StreamSink *)sink;

    if (stream->is_owner)
        (void)output_free(stream->output);
    free(stream);
}

static const SinkType stream_type = {stream_write, stream_is_empty, stream_reopen, stream_free};

int sink_stream_new(Output *output, bool is_owner, LineFormat format, Sink **ret)
{
    StreamSink *stream = malloc(sizeof *stream);

    if (!stream)
        return -ENOMEM;
    *stream = (StreamSink){{&stream_type}, output, is_owner, format};
    *ret = &stream->base;
    return 0;
}
