/* The broker's log of its own doings: one JSON object per line, or readable text on a terminal, on stdout.
 *
 * A line means that somebody must know. Only the edges log (main, listener, session, HTTP faces); libraries
 * return errors. Never pass a payload, a token, or a variable of an app. Loop thread only; never blocks: a
 * line that finds no room is dropped and counted.
 *
 * A flood stays readable: of one event, 20 lines at once and then one per second pass (untuned); the next
 * line that passes says how many were suppressed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum LogLevel {
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
} LogLevel;

typedef enum LogFormat {
    LOG_FORMAT_TEXT,
    LOG_FORMAT_JSON,
} LogFormat;

/* log_init() - chooses the format; the default is what suits stdout (text on a terminal, else JSON). */
void log_init(LogFormat format);

/* log_set_writer() - where the lines go instead of stdout; @writer is given whole lines, with their newline,
 * and must not log. NULL: stdout again. @context is borrowed until the next call. */
void log_set_writer(void (*writer)(void *context, const char *line, size_t length), void *context);

/* log_num_dropped() - lines that stdout had no room for, since the start. */
uint64_t log_num_dropped(void);

/* log_info() and so on - one line. @event names what happened in snake_case, is a string that lives for ever,
 * and is stable, for machines ("stub_refused"); the rest is a sentence for people. Text from outside is
 * escaped, control characters included. */
void log_info(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
