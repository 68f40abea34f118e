/* The broker's log of its own doings: one JSON object per line, or readable text on a terminal, on stdout.
 *
 * A line means that somebody must know. Only the edges log (main, listener, session, HTTP faces); libraries
 * return errors. Never pass a payload, a token, or a variable of an app. Loop thread only; never blocks. */
#pragma once

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

/* log_info() and so on - one line. @event names what happened in snake_case and is stable, for machines
 * ("stub_refused"); the rest is a sentence for people. Text from outside is escaped, control characters
 * included. */
void log_info(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
