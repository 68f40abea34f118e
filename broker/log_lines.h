/* The lines of logpoints and of the broker's own log, on their way to the outputs that the options name. Loop
 * thread only. */
#pragma once

#include <event2/event.h>

#include "broker/logs/line.h"
#include "broker/logs/output.h"
#include "broker/logs/sink_app.h"
#include "broker/options.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct LogLines LogLines;

/* log_lines_new() - opens the outputs; from now on the broker's own log goes through stdout's. Borrows
 * @output_options' pointers; @options during the call. @send reaches the apps. The caller owns *ret. 0 or a
 * negative errno: *ret_output, borrowed from @options, cannot be opened. */
int log_lines_new(const Options *options, const OutputOptions *output_options, SinkAppSend send,
                  LogLines **ret, const char **ret_output);

/* log_lines_free() - what is still queued is dropped and counted; the broker's own log goes to stdout
 * directly again. NULL is nothing; returns NULL. */
LogLines *log_lines_free(LogLines *lines);

/* log_lines_write() - a LogWriter; @context is a LogLines. */
void log_lines_write(void *context, const LogRecord *record);

/* log_lines_reopen() - sink_reopen() of all; the first error. */
int log_lines_reopen(LogLines *lines);

/* log_lines_are_written() - nothing waits for a reader. */
bool log_lines_are_written(const LogLines *lines);

#ifdef __cplusplus
}
#endif
