#include "broker/util/log.h"

#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

enum {
    NUM_LIMITED_EVENTS = 64, /* events beyond these are not limited; there are fewer */
    BURST_LINES = 20,
};

/* How much of a flood of one event has passed. */
typedef struct EventLimit {
    const char *event;
    uint64_t num_suppressed;
    uint64_t credit_us; /* a line costs a second */
    uint64_t last_us;
} EventLimit;

static LogFormat log_format;
static bool is_log_format_chosen;
static void (*log_writer)(void *context, const char *line, size_t length);
static void *log_writer_context;
static uint64_t num_dropped;
static EventLimit limits[NUM_LIMITED_EVENTS];

void log_init(LogFormat format)
{
    log_format = format;
    is_log_format_chosen = true;
}

void log_set_writer(void (*writer)(void *context, const char *line, size_t length), void *context)
{
    log_writer = writer;
    log_writer_context = context;
}

uint64_t log_num_dropped(void)
{
    return num_dropped;
}

/* A pipe that poll() calls writable takes PIPE_BUF bytes at once, and lines are shorter than that. */
static void write_stdout(const char *line, size_t length)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    if (poll(&out, 1, 0) != 1 || !(out.revents & POLLOUT) ||
        write(STDOUT_FILENO, line, length) != (ssize_t)length)
        num_dropped++;
}

/* The limit of @event, which is compared by its text: equal literals may have several addresses. */
static EventLimit *find_limit(const char *event)
{
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        if (!limits[i].event) {
            limits[i].event = event;
            limits[i].credit_us = BURST_LINES * (uint64_t)US_PER_S;
            limits[i].last_us = clock_monotonic_us();
            return &limits[i];
        }
        if (limits[i].event == event || strcmp(limits[i].event, event) == 0)
            return &limits[i];
    }
    return NULL;
}

/* Whether a line of @event may pass; *ret_num_suppressed is how many before it did not. */
static bool take_line(const char *event, uint64_t *ret_num_suppressed)
{
    EventLimit *limit = find_limit(event);
    uint64_t now;

    *ret_num_suppressed = 0;
    if (!limit)
        return true;
    now = clock_monotonic_us();
    limit->credit_us += now - limit->last_us;
    limit->last_us = now;
    if (limit->credit_us > BURST_LINES * (uint64_t)US_PER_S)
        limit->credit_us = BURST_LINES * (uint64_t)US_PER_S;
    if (limit->credit_us < US_PER_S) {
        limit->num_suppressed++;
        return false;
    }
    limit->credit_us -= US_PER_S;
    *ret_num_suppressed = limit->num_suppressed;
    limit->num_suppressed = 0;
    return true;
}

/* @text with control characters as "\x0a": a terminal must not obey them, and a line stays one line. */
static void escape_controls(const char *text, char *escaped, size_t size)
{
    size_t used = 0;

    for (; *text && used + 5 < size; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            used += (size_t)snprintf(escaped + used, size - used, "\\x%02x", (unsigned char)*text);
        else
            escaped[used++] = *text;
    }
    escaped[used] = '\0';
}

/* Bytes that are no UTF-8 become '?': jansson takes no others. */
static void replace_non_utf8(char *text)
{
    json_t *json = json_string(text);

    if (!json) {
        for (; *text; text++)
            *text = (unsigned char)*text < 0x80 ? *text : '?';
    }
    json_decref(json);
}

static char *make_line(LogLevel level, const char *event, const char *message, uint64_t num_suppressed)
{
    static const char *const names[] = {"INFO", "WARNING", "ERROR"};
    char stamp[64];
    struct timespec now;
    struct tm utc;
    size_t length;
    char *line = NULL;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    length = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);

    if (log_format == LOG_FORMAT_TEXT) {
        char escaped[4 * 1024];
        char suppressed[64] = "";

        escape_controls(message, escaped, sizeof escaped);
        (void)snprintf(stamp + length, sizeof stamp - length, ".%03ldZ", now.tv_nsec / 1000000);
        if (num_suppressed)
            (void)snprintf(suppressed, sizeof suppressed, " (%" PRIu64 " like it were suppressed)",
                           num_suppressed);
        if (asprintf(&line, "%s %-7s %s: %s%s\n", stamp, names[level], event, escaped, suppressed) < 0)
            return NULL;
    } else {
        AUTO_JSON json_t *object = NULL;
        AUTO_FREE char *text = NULL;

        (void)snprintf(stamp + length, sizeof stamp - length, ".%06ldZ", now.tv_nsec / 1000);
        object = json_pack("{s:s, s:s, s:s, s:s}", "severity", names[level], "timestamp", stamp, "event",
                           event, "message", message);
        if (object && num_suppressed)
            (void)json_object_set_new(object, "suppressed", json_integer((json_int_t)num_suppressed));
        text = object ? json_dumps(object, JSON_COMPACT) : NULL;
        if (!text || asprintf(&line, "%s\n", text) < 0)
            return NULL;
    }
    return line;
}

__attribute__((format(printf, 3, 0))) static void log_va(LogLevel level, const char *event,
                                                         const char *format, va_list arguments)
{
    char message[600]; /* at worst each byte is six in JSON, and the line still less than PIPE_BUF */
    uint64_t num_suppressed;
    AUTO_FREE char *line = NULL;

    if (!take_line(event, &num_suppressed))
        return;
    if (!is_log_format_chosen)
        log_init(isatty(STDOUT_FILENO) ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON);

    (void)vsnprintf(message, sizeof message, format, arguments); /* longer messages are cut */
    replace_non_utf8(message);
    line = make_line(level, event, message, num_suppressed);
    if (!line)
        num_dropped++;
    else if (log_writer)
        log_writer(log_writer_context, line, strlen(line));
    else
        write_stdout(line, strlen(line));
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
