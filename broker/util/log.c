#include "broker/util/log.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "broker/util/cleanup.h"

static LogFormat log_format;
static bool is_log_format_chosen;

void log_init(LogFormat format)
{
    log_format = format;
    is_log_format_chosen = true;
}

static void write_line(LogLevel level, const char *event, const char *message)
{
    static const char *const names[] = {"INFO", "WARNING", "ERROR"};
    char stamp[32];
    struct timespec now;
    struct tm utc;

    if (!is_log_format_chosen)
        log_init(isatty(STDOUT_FILENO) ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON);

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);

    if (log_format == LOG_FORMAT_TEXT) {
        (void)printf("%s.%03ldZ %-7s %s: %s\n", stamp, now.tv_nsec / 1000000, names[level], event, message);
    } else {
        char full_stamp[64];
        AUTO_JSON json_t *line = NULL;
        AUTO_FREE char *text = NULL;

        (void)snprintf(full_stamp, sizeof full_stamp, "%s.%06ldZ", stamp, now.tv_nsec / 1000);
        line = json_pack("{s:s, s:s, s:s, s:s}", "severity", names[level], "timestamp", full_stamp, "event",
                         event, "message", message);
        text = line ? json_dumps(line, JSON_COMPACT) : NULL;
        (void)printf("%s\n", text ? text : "{\"severity\":\"ERROR\",\"event\":\"log_failed\"}");
    }
    (void)fflush(stdout); /* a log that cannot be written has nowhere to say so */
}

static void log_va(LogLevel level, const char *event, const char *format, va_list arguments)
{
    char message[1024];

    (void)vsnprintf(message, sizeof message, format, arguments); /* longer messages are cut */
    write_line(level, event, message);
}

#define DEFINE_LOG_FUNCTION(name, level)                                                                     \
    void name(const char *event, const char *format, ...)                                                    \
    {                                                                                                        \
        va_list arguments;                                                                                   \
                                                                                                             \
        va_start(arguments, format);                                                                         \
        log_va(level, event, format, arguments);                                                             \
        va_end(arguments);                                                                                   \
    }

DEFINE_LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
DEFINE_LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
