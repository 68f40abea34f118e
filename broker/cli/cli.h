/* One run of the command line tool: what was asked for, the streams, the database. */
#pragma once

#include <stdio.h>

#include "broker/cli/arguments.h"
#include "broker/cli/database.h"
#include "broker/cli/output.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CLI_EXIT_DONE   0
#define CLI_EXIT_FAILED 1
#define CLI_EXIT_USAGE  2

typedef struct Cli {
    Arguments arguments;
    Output output;
    FILE *answers; /* where people answer questions */
    DatabaseUrl url;
    char *token;
    Database *database;
    char *debuggee_id; /* for commands that are about one: legal, and in the database */
    char *user;        /* see cli_user() */
} Cli;

/* cli_run() - @words is the command line without the program's name, NULL-terminated. Borrows the streams.
 * Returns the exit code; everything has been told. */
int cli_run(const char *const words[], FILE *answers, FILE *data, FILE *people);

/* For commands: */

/* cli_user() - finds out who the user is, into @cli->user. 0, or CLI_EXIT_FAILED, told. */
int cli_user(Cli *cli);

/* cli_confirm() - asks whether to continue. False if the answer is no, or if there is none. */
bool cli_confirm(Cli *cli);

/* cli_now_ms() - milliseconds since 1970. */
int64_t cli_now_ms(void);

#ifdef __cplusplus
}
#endif
