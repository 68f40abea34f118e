/* Command lines: the tables that describe commands and options, and the parser that reads by them.
 *
 * The rules are those of Python's argparse, which the tool this one succeeds is built on: --name VALUE and
 * --name=VALUE, options anywhere, unique beginnings of names, "--" before what only looks like an option,
 * and its sentences for what is wrong. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/cli/output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct Cli;

/* What the command line says. Strings are borrowed from it or from the environment. */
typedef struct Arguments {
    const char *database_url;
    const char *token_file;
    const char *debuggee_id; /* NULL: not said */
    OutputFormat format;
    bool is_debug;
    bool include_inactive;
    bool include_all;
    bool all_users;
    bool is_quiet;
    bool is_waiting;
    double wait_max_s; /* 0: as long as it takes */
    long long frame_index;
    long long levels_max;
    const char *condition; /* NULL or empty: none */
    json_t *expressions;   /* array, or NULL */
    json_t *limits;        /* {"maxItems": 100, ...}, or NULL */
    json_t *location;      /* {"path", "line"} */
    char *log_format;      /* the database's form */
    json_t *log_expressions;
    const char *log_level; /* "INFO", static */
    const char **ids;      /* the array is owned, the strings borrowed */
    size_t num_ids;
} Arguments;

/* Sets what an option or a positional argument says. 0, or -EINVAL with a sentence for *ret_problem that
 * the caller owns. */
typedef int (*ArgumentSetter)(Arguments *arguments, const char *value, char **ret_problem);

typedef enum OptionValue {
    OPTION_VALUE_NONE,
    OPTION_VALUE_REQUIRED,
    OPTION_VALUE_OPTIONAL, /* --name or --name=VALUE */
} OptionValue;

typedef struct Option {
    const char *name; /* with the dashes */
    const char *metavar;
    OptionValue value;
    ArgumentSetter set; /* the value is NULL where there is none */
    const char *help;
} Option;

typedef struct Positional {
    const char *metavar;
    bool is_list; /* none or more; else exactly one */
    ArgumentSetter set;
    const char *help;
} Positional;

#define COMMAND_OPTIONS_MAX     12
#define COMMAND_POSITIONALS_MAX 2

typedef struct Command {
    const char *name; /* with underscores; dashes are accepted for them */
    const char *summary;
    const char *description;
    const Option *options[COMMAND_OPTIONS_MAX]; /* up to the first NULL */
    Positional positionals[COMMAND_POSITIONALS_MAX];
    bool is_about_debuggee; /* needs one, named or the only one that is active */
    bool is_signed;         /* may need to know who the user is */
    bool is_for_all_users;  /* shows everybody's breakpoints unless told otherwise */
    /* Returns the exit code, everything told; or a negative errno after a database_*() call failed, its
     * sentence untold. */
    int (*run)(struct Cli *cli);
} Command;

typedef enum ParseOutcome {
    PARSE_RUN,
    PARSE_HELP,
    PARSE_WRONG,
} ParseOutcome;

typedef struct ParseResult {
    ParseOutcome outcome;
    const Command *command; /* may be NULL if the outcome is not PARSE_RUN */
    char *problem;          /* if PARSE_WRONG: the sentence; the caller owns it */
} ParseResult;

/* arguments_init() - the defaults, some of them from the environment. */
void arguments_init(Arguments *arguments);

/* arguments_deinit() - for CLEANUP(). */
void arguments_deinit(Arguments *arguments);

/* arguments_parse() - reads @words, NULL-terminated, without the program's name. Commands end with one
 * without a name. */
ParseResult arguments_parse(const Command commands[], const char *const words[], Arguments *arguments);

#ifdef __cplusplus
}
#endif
