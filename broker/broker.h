/* The broker put together: loop, store, sockets, sessions, apps, logs, and their end in good order. */
#pragma once

#include "broker/options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* sysexits, where they have a word for it. */
typedef enum ExitCode {
    EXIT_CODE_OK = 0,
    EXIT_CODE_USAGE = 64,
    EXIT_CODE_UNAVAILABLE = 69,
    EXIT_CODE_SOFTWARE = 70,
    EXIT_CODE_CANNOT_CREATE = 73,
    EXIT_CODE_IO = 74,
} ExitCode;

/* broker_run() - starts, serves until SIGTERM or SIGINT, drains, and returns the exit code of the process. An
 * error at the start is told in one line of the log. Borrows @options. */
ExitCode broker_run(const Options *options);

#ifdef __cplusplus
}
#endif
