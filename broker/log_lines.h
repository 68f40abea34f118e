/* The lines of logpoints and of the broker's own log, on their way to the outputs that the options name. Loop
 * thread only. */
#pragma once

#include <event2/event.h>

#include "broker/logs/line.h"
#include "broker/logs/output.h"
#include "broker/options.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct LogLines LogLines;

/* log_lines_new() - opens the outputs; from now on the broker's own log goes through them. Borrows
 * @output_options' pointers; @options during the call. The caller owns *ret. 0 or a negative errno: the file
 * of --log-output cannot be opened. */
int log_lines_new(const Options *options, const OutputOptions *output_options, LogLines **ret);

/* log_lines_free() - what is still queued is dropped and counted; the broker's own log goes to stdout
 * directly again. NULL is nothing; returns NULL. */
LogLines *log_lines_free(LogLines *lines);

/* log_lines_write() - a LogWriter; @context is a LogLines. */
void log_lines_write(void *context, const LogRecord *record);

/* log_lines_reopen() - as output_reopen(). */
int log_lines_reopen(LogLines *lines);

/* log_lines_are_written() - nothing waits for a reader. */
bool log_lines_are_written(const LogLines *lines);

#ifdef __cplusplus
}
#endif
