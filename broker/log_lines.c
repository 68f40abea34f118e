#include "broker/log_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/util/cleanup.h"
#include "broker/util/log.h"

struct LogLines {
    Output *standard;
    Output *file; /* NULL: logpoints log to stdout */
    Metrics *metrics;
    LogFormat entry_format;
};

static LogFormat format_for(const char *choice, bool is_terminal)
{
    if (strcmp(choice, "text") == 0)
        return LOG_FORMAT_TEXT;
    if (strcmp(choice, "json") == 0)
        return LOG_FORMAT_JSON;
    return is_terminal ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON;
}

static void write_own_line(void *context, const char *line, size_t length)
{
    LogLines *lines = context;

    output_write(lines->standard, OUTPUT_LOG_LINE, line, length);
}

LogLines *log_lines_free(LogLines *lines)
{
    if (!lines)
        return NULL;
    log_set_writer(NULL, NULL);
    lines->standard = output_free(lines->standard);
    lines->file = output_free(lines->file);
    free(lines);
    return NULL;
}

static void cleanup_log_lines(LogLines **lines)
{
    (void)log_lines_free(*lines);
}

int log_lines_new(const Options *options, const OutputOptions *output_options, LogLines **ret)
{
    CLEANUP(cleanup_log_lines) LogLines *lines = calloc(1, sizeof *lines);
    bool is_terminal = isatty(STDOUT_FILENO);
    int result;

    if (!lines)
        return -ENOMEM;
    lines->metrics = output_options->metrics;
    log_init(format_for(options->log_format, is_terminal));
    result = output_new_descriptor(output_options, STDOUT_FILENO, &lines->standard);
    if (result < 0)
        return result;
    if (strncmp(options->log_output, OPTIONS_LOG_FILE_PREFIX, strlen(OPTIONS_LOG_FILE_PREFIX)) == 0) {
        result = output_new_file(output_options, options->log_output + strlen(OPTIONS_LOG_FILE_PREFIX),
                                 &lines->file);
        if (result < 0)
            return result;
    }
    lines->entry_format = format_for(options->log_format, is_terminal && !lines->file);
    log_set_writer(write_own_line, lines);
    *ret = TAKE(lines);
    return 0;
}

void log_lines_write(void *context, const LogRecord *record)
{
    LogLines *lines = context;
    AUTO_FREE char *line =
        lines->entry_format == LOG_FORMAT_JSON ? log_line_json(record) : log_line_text(record);
    OutputKind kind = record->is_notice ? OUTPUT_LOG_LINE : OUTPUT_LOG_ENTRY;

    if (line)
        output_write(lines->file ? lines->file : lines->standard, kind, line, strlen(line));
    else
        metrics_count(lines->metrics,
                      record->is_notice ? METRIC_LOG_LINES_DROPPED : METRIC_LOG_ENTRIES_DROPPED_OUTPUT);
}

int log_lines_reopen(LogLines *lines)
{
    return lines->file ? output_reopen(lines->file) : 0;
}

bool log_lines_are_written(const LogLines *lines)
{
    return output_is_empty(lines->standard) && (!lines->file || output_is_empty(lines->file));
}
