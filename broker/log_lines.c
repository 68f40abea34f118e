#include "broker/log_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/logs/sink_journald.h"
#include "broker/logs/sink_stream.h"
#include "broker/logs/sink_syslog.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

struct LogLines {
    Metrics *metrics;
    Output *standard; /* of the broker's own log, and of a sink */
    Sink **sinks;
    size_t num_sinks;
};

static LineFormat format_for(const Options *options, bool is_terminal)
{
    if (strcmp(options->log_format, "text") == 0)
        return LINE_FORMAT_TEXT;
    if (strcmp(options->log_format, "json") == 0)
        return LINE_FORMAT_JSON;
    return is_terminal ? LINE_FORMAT_TEXT : LINE_FORMAT_JSON;
}

static void write_own_line(void *context, const char *line, size_t length)
{
    LogLines *lines = context;

    (void)output_write(lines->standard, OUTPUT_LOG_LINE, line, length); /* what is dropped is counted */
}

LogLines *log_lines_free(LogLines *lines)
{
    if (!lines)
        return NULL;
    log_set_writer(NULL, NULL);
    for (size_t i = 0; i < lines->num_sinks; i++)
        (void)sink_free(lines->sinks[i]);
    lines->standard = output_free(lines->standard);
    free(lines->sinks);
    free(lines);
    return NULL;
}

static void cleanup_log_lines(LogLines **lines)
{
    (void)log_lines_free(*lines);
}

static void cleanup_output(Output **output)
{
    (void)output_free(*output);
}

/* ------------------------------------------------------------------------------------------ the outputs */

/* A stream that is the sink's own: stderr, or the file at @path. */
static int new_stream(const OutputOptions *output_options, const char *path, LineFormat format, Sink **ret)
{
    CLEANUP(cleanup_output) Output *output = NULL;
    int result = path ? output_new_file(output_options, path, &output)
                      : output_new_descriptor(output_options, STDERR_FILENO, &output);

    if (result == 0)
        result = sink_stream_new(output, true, format, ret);
    if (result == 0)
        (void)TAKE(output);
    return result;
}

static int new_sink(const LogLines *lines, const Options *options, const char *name,
                    const OutputOptions *output_options, SinkAppSend send, Sink **ret)
{
    OutputOptions output = *output_options;
    const char *place;

    if (options_log_place(name, OPTIONS_LOG_STDOUT, &place))
        return sink_stream_new(lines->standard, false, format_for(options, isatty(STDOUT_FILENO)), ret);
    if (options_log_place(name, OPTIONS_LOG_STDERR, &place)) {
        output.dropped = METRIC_LOG_OUTPUT_DROPPED_STDERR;
        return new_stream(&output, NULL, format_for(options, isatty(STDERR_FILENO)), ret);
    }
    if (options_log_place(name, OPTIONS_LOG_FILE, &place)) {
        output.dropped = METRIC_LOG_OUTPUT_DROPPED_FILE;
        return new_stream(&output, place, format_for(options, false), ret);
    }
    if (options_log_place(name, OPTIONS_LOG_SYSLOG, &place)) {
        output.dropped = METRIC_LOG_OUTPUT_DROPPED_SYSLOG;
        return sink_syslog_new(&output, place ? place : SYSLOG_SOCKET_PATH, ret);
    }
    if (options_log_place(name, OPTIONS_LOG_JOURNALD, &place)) {
        output.dropped = METRIC_LOG_OUTPUT_DROPPED_JOURNALD;
        return sink_journald_new(&output, place ? place : JOURNALD_SOCKET_PATH, ret);
    }
    if (!options_log_place(name, OPTIONS_LOG_APP, &place))
        return -EINVAL;
    output.dropped = METRIC_LOG_OUTPUT_DROPPED_APP;
    return sink_app_new(&output, send, ret);
}

static size_t count_texts(char *const *texts)
{
    size_t num = 0;

    while (texts[num])
        num++;
    return num;
}

int log_lines_new(const Options *options, const OutputOptions *output_options, SinkAppSend send,
                  LogLines **ret, const char **ret_output)
{
    CLEANUP(cleanup_log_lines) LogLines *lines = calloc(1, sizeof *lines);
    LineFormat format = format_for(options, isatty(STDOUT_FILENO));
    OutputOptions standard = *output_options;
    int result;

    *ret_output = OPTIONS_LOG_STDOUT;
    standard.dropped = METRIC_LOG_OUTPUT_DROPPED_STDOUT;
    if (!lines)
        return -ENOMEM;
    lines->metrics = output_options->metrics;
    lines->sinks = calloc(count_texts(options->log_output), sizeof *lines->sinks);
    log_init(format == LINE_FORMAT_JSON ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT);
    result = lines->sinks ? output_new_descriptor(&standard, STDOUT_FILENO, &lines->standard) : -ENOMEM;
    for (char *const *name = options->log_output; *name && result == 0; name++) {
        *ret_output = *name;
        result = new_sink(lines, options, *name, output_options, send, &lines->sinks[lines->num_sinks]);
        lines->num_sinks += result == 0;
    }
    if (result < 0)
        return result;
    log_set_writer(write_own_line, lines);
    *ret = TAKE(lines);
    return 0;
}

/* ------------------------------------------------------------------------------------------- the lines */

void log_lines_write(void *context, const LogRecord *record)
{
    LogLines *lines = context;
    OutputKind kind = record->is_notice ? OUTPUT_LOG_LINE : OUTPUT_LOG_ENTRY;

    for (size_t i = 0; i < lines->num_sinks; i++) {
        if (sink_write(lines->sinks[i], kind, record) && kind == OUTPUT_LOG_ENTRY)
            kind = OUTPUT_LOG_ENTRY_COPY;
    }
    if (kind == OUTPUT_LOG_ENTRY) /* none has taken it */
        metrics_count(lines->metrics, METRIC_LOG_ENTRIES_DROPPED_OUTPUT);
}

int log_lines_reopen(LogLines *lines)
{
    int result = 0;

    for (size_t i = 0; i < lines->num_sinks; i++) {
        int reopened = sink_reopen(lines->sinks[i]);

        if (result == 0)
            result = reopened;
    }
    return result;
}

bool log_lines_are_written(const LogLines *lines)
{
    for (size_t i = 0; i < lines->num_sinks; i++) {
        if (!sink_is_empty(lines->sinks[i]))
            return false;
    }
    return output_is_empty(lines->standard);
}
