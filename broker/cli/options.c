#include "broker/cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/breakpoints.h"
#include "broker/cli/log_format.h"
#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

/* A setter that only stores something. */
#define DEFINE_SETTER(name, statement)                                                                       \
    static int name(Arguments *arguments, const char *value, char **ret_problem)                             \
    {                                                                                                        \
        (void)value;       /* flags have none */                                                             \
        (void)ret_problem; /* nothing can be wrong */                                                        \
        statement;                                                                                           \
        return 0;                                                                                            \
    }

DEFINE_SETTER(set_database_url, arguments->database_url = value)
DEFINE_SETTER(set_token_file, arguments->token_file = value)
DEFINE_SETTER(set_debuggee_id, arguments->debuggee_id = value)
DEFINE_SETTER(set_debug, arguments->is_debug = true)
DEFINE_SETTER(set_include_inactive, arguments->include_inactive = true)
DEFINE_SETTER(set_include_all, arguments->include_all = true)
DEFINE_SETTER(set_all_users, arguments->all_users = true)
DEFINE_SETTER(set_no_all_users, arguments->all_users = false)
DEFINE_SETTER(set_quiet, arguments->is_quiet = true)
DEFINE_SETTER(set_condition, arguments->condition = value)

static int set_format(Arguments *arguments, const char *value, char **ret_problem)
{
    static const struct {
        const char *name;
        OutputFormat format;
    } formats[] = {
        {"default", OUTPUT_FORMAT_DEFAULT},
        {"json", OUTPUT_FORMAT_JSON},
        {"pretty-json", OUTPUT_FORMAT_PRETTY_JSON},
    };

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if (strcmp(value, formats[i].name) == 0) {
            arguments->format = formats[i].format;
            return 0;
        }
    }
    *ret_problem = text_format("Invalid format argument provided: %s", value);
    return -EINVAL;
}

static int set_log_level(Arguments *arguments, const char *value, char **ret_problem)
{
    static const struct {
        const char *name, *level;
    } levels[] = {{"info", "INFO"}, {"warning", "WARNING"}, {"error", "ERROR"}};

    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        if (strcmp(value, levels[i].name) == 0) {
            arguments->log_level = levels[i].level;
            return 0;
        }
    }
    *ret_problem = text_format("Invalid log-level argument provided: %s", value);
    return -EINVAL;
}

/* Numbers too large for the type become the largest: no list is that long. */
static int parse_integer(const char *value, long long *ret_number, char **ret_problem)
{
    char *end;

    *ret_number = strtoll(value, &end, 10);
    end += strspn(end, " \t\r\n");
    if (*value == '\0' || *end != '\0' || strcspn(value, "0123456789") == strlen(value)) {
        *ret_problem = text_format("invalid int value: '%s'", value);
        return -EINVAL;
    }
    return 0;
}

static int set_frame_index(Arguments *arguments, const char *value, char **ret_problem)
{
    return parse_integer(value, &arguments->frame_index, ret_problem);
}

static int set_max_level(Arguments *arguments, const char *value, char **ret_problem)
{
    return parse_integer(value, &arguments->levels_max, ret_problem);
}

static int set_wait(Arguments *arguments, const char *value, char **ret_problem)
{
    char *end = NULL;

    arguments->is_waiting = true;
    if (!value)
        return 0;
    arguments->wait_max_s = strtod(value, &end);
    if (*value >= '0' && *value <= '9' && *end == '\0' && arguments->wait_max_s > 0 &&
        arguments->wait_max_s < 1e9)
        return 0;
    *ret_problem = text_format("invalid number of seconds: '%s'", value);
    return -EINVAL;
}

static int set_expression(Arguments *arguments, const char *value, char **ret_problem)
{
    (void)ret_problem; /* nothing can be wrong: the app judges expressions */
    if (!arguments->expressions)
        arguments->expressions = MUST(json_array());
    if (json_array_append_new(arguments->expressions, MUST(json_string(value))) != 0)
        must_have_memory();
    return 0;
}

/* "max-items=100", or as the database has it, "maxItems=100". */
static int set_limit(Arguments *arguments, const char *value, char **ret_problem)
{
    const char *equals = strchr(value, '=');
    char *end = NULL;
    long long number = equals ? strtoll(equals + 1, &end, 10) : 0;
    AUTO_FREE char *name = NULL;
    size_t len = 0;

    if (number < 1 || *end != '\0') {
        *ret_problem = text_format("invalid limit: '%s'; e.g. max-items=100", value);
        return -EINVAL;
    }
    name = MUST(calloc(1, (size_t)(equals - value) + 1));
    for (const char *next = value; next < equals; next++) {
        bool is_humped = (*next == '-' || *next == '_') && next + 1 < equals;

        next += is_humped;
        name[len++] = is_humped && *next >= 'a' && *next <= 'z' ? (char)(*next - 'a' + 'A') : *next;
    }
    if (!arguments->limits)
        arguments->limits = MUST(json_object());
    if (json_object_set_new(arguments->limits, name, MUST(json_integer(number))) != 0)
        must_have_memory();
    return 0;
}

int set_id(Arguments *arguments, const char *value, char **ret_problem)
{
    (void)ret_problem; /* nothing can be wrong: the database knows which ids there are */
    arguments->ids = MUST((const char **)reallocarray(arguments->ids, arguments->num_ids + 1, sizeof value));
    arguments->ids[arguments->num_ids++] = value;
    return 0;
}

int set_location(Arguments *arguments, const char *value, char **ret_problem)
{
    if (breakpoint_location_parse(value, &arguments->location) == 0)
        return 0;
    *ret_problem =
        text_format("Location must be in the format file:line, with the maximum line number being %d",
                    BREAKPOINT_LINE_MAX);
    return -EINVAL;
}

int set_log_format(Arguments *arguments, const char *value, char **ret_problem)
{
    const char *why;
    int error = log_format_split(value, &arguments->log_format, &arguments->log_expressions, &why);

    if (error < 0)
        *ret_problem = MUST(strdup(why));
    return error;
}

const Option option_help = {"--help", NULL, OPTION_VALUE_NONE, NULL, "Show this help and exit (also -h)."};

const Option option_database_url = {
    "--database-url", "DATABASE_URL", OPTION_VALUE_REQUIRED, set_database_url,
    "The database: http://HOST:PORT of a snapshot-broker's embedded store, or the https address of a "
    "Firebase "
    "Realtime Database. Default: the environment variable " DATABASE_URL_VARIABLE
    ", else " DATABASE_URL_DEFAULT "."};

const Option option_token_file = {
    "--token-file", "FILE", OPTION_VALUE_REQUIRED, set_token_file,
    "A file with the bearer token for the database: the one that the embedded store was given with "
    "--listen-token-file. Default: the environment variable " TOKEN_FILE_VARIABLE
    "; without it, gcloud is asked for a token if the database is one of Firebase's. (Not in "
    "snapshot-dbg-cli.)"};

const Option option_format = {
    "--format", "FORMAT", OPTION_VALUE_REQUIRED, set_format,
    "default (for people, on stderr), json (one line) or pretty-json (indented); JSON goes to stdout."};

const Option option_debuggee_id = {"--debuggee-id", "DEBUGGEE_ID", OPTION_VALUE_REQUIRED, set_debuggee_id,
                                   "The debuggee, by an id that list_debuggees shows. Default: the "
                                   "environment variable " DEBUGGEE_ID_VARIABLE
                                   "; without it, the only debuggee that is active, if it is only one."};

const Option option_debug = {"--debug", NULL, OPTION_VALUE_NONE, set_debug,
                             "Also print each request to the database and how it was answered."};

const Option option_list_inactive_debuggees = {"--include-inactive", NULL, OPTION_VALUE_NONE,
                                               set_include_inactive,
                                               "Also list debuggees that gave no sign of life for 6 hours."};

const Option option_delete_inactive_debuggees = {"--include-inactive", NULL, OPTION_VALUE_NONE,
                                                 set_include_inactive,
                                                 "Delete all debuggees that gave no sign of life for 6 "
                                                 "hours, not only the stale ones (7 days). Not needed for "
                                                 "debuggees named by ID."};

const Option option_include_all = {
    "--include-all", NULL, OPTION_VALUE_NONE, set_include_all,
    "Delete all debuggees, active ones too. Not needed for debuggees named by ID."};

const Option option_list_completed = {"--include-inactive", NULL, OPTION_VALUE_NONE, set_include_inactive,
                                      "Also list those that are done: completed, failed or expired."};

const Option option_delete_completed = {
    "--include-inactive", NULL, OPTION_VALUE_NONE, set_include_inactive,
    "Also delete those that are done: completed, failed or expired. Not needed for those named by ID."};

const Option option_all_users = {
    "--all-users", NULL, OPTION_VALUE_NONE, set_all_users,
    "Those of all users, not only of the current one. Not needed for those named by ID."};

const Option option_all_users_by_default = {"--all-users", NULL, OPTION_VALUE_NONE, set_all_users,
                                            "Those of all users; this is the default."};

const Option option_no_all_users = {"--no-all-users", NULL, OPTION_VALUE_NONE, set_no_all_users,
                                    "Only those of the current user."};

const Option option_quiet = {"--quiet", NULL, OPTION_VALUE_NONE, set_quiet, "Do not ask before deleting."};

const Option option_frame_index = {
    "--frame-index", "FRAME_INDEX", OPTION_VALUE_REQUIRED, set_frame_index,
    "The stack frame whose variables are shown; 0, the default, is where the snapshot was taken."};

const Option option_max_level = {
    "--max-level", "MAX_LEVEL", OPTION_VALUE_REQUIRED, set_max_level,
    "How many levels of members are shown below a variable (default format only). "
    "Default: 3."};

const Option option_condition = {
    "--condition", "CONDITION", OPTION_VALUE_REQUIRED, set_condition,
    "An expression in the app's language; only hits for which it is true count."};

const Option option_expression = {
    "--expression", "EXPRESSION", OPTION_VALUE_REQUIRED, set_expression,
    "An expression to evaluate when the snapshot is taken. May be given several times."};

const Option option_limit = {
    "--limit", "NAME=NUMBER", OPTION_VALUE_REQUIRED, set_limit,
    "How much to capture, e.g. max-items=100: max-frames, max-expanded-frames, max-items, max-value-chars, "
    "max-depth, max-payload-chars, max-expression-items, max-expression-chars, capture-budget-us, "
    "evaluation-budget-us. May be given several times. (Not in snapshot-dbg-cli.)"};

const Option option_log_level = {"--log-level", "LOG_LEVEL", OPTION_VALUE_REQUIRED, set_log_level,
                                 "The level of the message: info, warning or error. Default: info."};

const Option option_wait = {
    "--wait", "SECONDS", OPTION_VALUE_OPTIONAL, set_wait,
    "Wait until the snapshot is taken or has failed, for --wait=SECONDS at most, and then print what "
    "get_snapshot "
    "prints; exit code 1 if it failed or was not taken in time. (Not in snapshot-dbg-cli.)"};
