#include "broker/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/default_paths.h"
#include "broker/util/cleanup.h"

#define KIB           1024ull
#define MIB           (1024 * KIB)
#define ENV_PREFIX    "SNAPSHOT_BROKER_"
#define COUNT_UNLIMIT (1000ull * 1000 * 1000)

typedef enum Kind {
    KIND_TEXT,
    KIND_FLAG,  /* "--name" alone is true; the environment says 1, true, yes, on, or 0, false, no, off */
    KIND_COUNT, /* a decimal number, with bounds */
    KIND_OCTAL, /* file modes */
    KIND_LIST,  /* may be given again; the environment separates with commas */
    KIND_ACTION /* a flag that the environment does not know */
} Kind;

typedef struct Row {
    OptionDescription description;
    Kind kind;
    size_t offset;
    const char *choices; /* of KIND_TEXT: "a|b", or NULL: any */
    uint64_t min;
    uint64_t max;
} Row;

#define TEXT(member, name, text, help)                                                                       \
    {                                                                                                        \
        {name, text, help}, KIND_TEXT, offsetof(Options, member), NULL, 0, 0                                 \
    }
#define CHOICE(member, name, choices, text, help)                                                            \
    {                                                                                                        \
        {name, text, help}, KIND_TEXT, offsetof(Options, member), choices, 0, 0                              \
    }
#define FLAG(member, name, help)                                                                             \
    {                                                                                                        \
        {name, "no", help}, KIND_FLAG, offsetof(Options, member), NULL, 0, 0                                 \
    }
#define LIST(member, name, help) LIST_OF(member, name, "", help)
#define LIST_OF(member, name, text, help)                                                                    \
    {                                                                                                        \
        {name, text, help}, KIND_LIST, offsetof(Options, member), NULL, 0, 0                                 \
    }
#define ACTION(member, name, help)                                                                           \
    {                                                                                                        \
        {name, "", help}, KIND_ACTION, offsetof(Options, member), NULL, 0, 0                                 \
    }
#define OCTAL(member, name, text, help)                                                                      \
    {                                                                                                        \
        {name, text, help}, KIND_OCTAL, offsetof(Options, member), NULL, 0, 0777                             \
    }
#define COUNT(member, name, text, min, max, help)                                                            \
    {                                                                                                        \
        {name, text, help}, KIND_COUNT, offsetof(Options, member), NULL, min, max                            \
    }

static const Row rows[] = {
    TEXT(socket, "socket", DEFAULT_SOCKET_HELP, "Unix socket that the apps connect to"),
    OCTAL(socket_mode, "socket-mode", "0660",
          "permissions of the socket; 0666 lets apps of every user connect"),
    TEXT(state_dir, "state-dir", DEFAULT_STATE_HELP, "folder of what must survive a restart"),
    CHOICE(store, "store", "embedded|firebase", "embedded",
           "where breakpoints live: embedded, a database in the state folder; firebase, a Realtime Database"),
    COUNT(store_bytes, "store-bytes", "0", 0, INT64_MAX,
          "most bytes of the embedded database; 0: as the disk has"),
    TEXT(listen, "listen", "127.0.0.1:9000", "address of the embedded database's HTTP interface"),
    TEXT(listen_token_file, "listen-token-file", "",
         "file with a bearer token that its clients must send; empty: none"),
    FLAG(listen_allow_remote, "listen-allow-remote", "let --listen be an address that is not loopback"),
    LIST(listen_allowed_host, "listen-allowed-host",
         "one more host name that clients may use for --listen and --admin-listen"),
    TEXT(admin_listen, "admin-listen", "127.0.0.1:9010",
         "address of /startup, /live, /ready and /metrics; empty: none"),
    FLAG(admin_allow_remote, "admin-allow-remote", "let --admin-listen be an address that is not loopback"),
    TEXT(project_id, "project-id", "",
         "project of apps that name none, and of the database; empty: that of the credentials"),
    TEXT(database_url, "database-url", "",
         "Firebase database; empty: the project's PROJECT-cdbg, else PROJECT-default-rtdb"),
    TEXT(ca_file, "ca-file", "", "certificates in PEM that are trusted in place of the system's"),
    TEXT(service_account_file, "service-account-file", "",
         "credentials for the database, in a file of any of Google's kinds; empty: Application Default "
         "Credentials"),
    CHOICE(log_format, "log-format", "auto|json|text", "auto",
           "lines of the log and of logpoints; auto: text on a terminal, else json"),
    LIST_OF(
        log_output, "log-output", OPTIONS_LOG_STDOUT,
        "where logpoints log: stdout, stderr, file:PATH (opened anew on SIGHUP), syslog, journald, or app, "
        "the app's own log; may be given again for several"),
    COUNT(log_queue_bytes, "log-queue-bytes", "1048576", 4 * KIB, 1024 * MIB,
          "lines that may wait for a slow reader of the output"),
    COUNT(log_rate, "log-rate", "50", 0, COUNT_UNLIMIT,
          "lines of logpoints per second and app, on average; 0: any number"),
    COUNT(log_burst, "log-burst", "250", 1, COUNT_UNLIMIT, "lines of logpoints per app in a moment"),
    COUNT(log_bytes_rate, "log-bytes-rate", "20480", 0, COUNT_UNLIMIT,
          "bytes of logpoints' messages per second and app; 0: any number"),
    COUNT(log_bytes_burst, "log-bytes-burst", "40960", 1, COUNT_UNLIMIT,
          "bytes of logpoints' messages per app in a moment"),
    COUNT(total_log_rate, "total-log-rate", "1000", 0, COUNT_UNLIMIT,
          "lines of logpoints per second of all apps together; 0: any number"),
    COUNT(total_log_burst, "total-log-burst", "5000", 1, COUNT_UNLIMIT,
          "lines of logpoints of all apps in a moment"),
    COUNT(total_log_bytes_rate, "total-log-bytes-rate", "409600", 0, COUNT_UNLIMIT,
          "bytes of logpoints' messages per second of all apps; 0: any number"),
    COUNT(total_log_bytes_burst, "total-log-bytes-burst", "819200", 1, COUNT_UNLIMIT,
          "bytes of logpoints' messages of all apps in a moment"),
    COUNT(snapshot_rate, "snapshot-rate", "100", 0, COUNT_UNLIMIT,
          "snapshots that the processes of an app take per second, on average; 0: any number"),
    COUNT(snapshot_burst, "snapshot-burst", "500", 1, COUNT_UNLIMIT, "snapshots of an app in a moment"),
    COUNT(total_snapshot_rate, "total-snapshot-rate", "1000", 0, COUNT_UNLIMIT,
          "snapshots per second of all apps together; 0: any number"),
    COUNT(total_snapshot_burst, "total-snapshot-burst", "5000", 1, COUNT_UNLIMIT,
          "snapshots of all apps in a moment"),
    COUNT(max_frames, "max-frames", "20", 1, 1000, "frames of a snapshot"),
    COUNT(max_expanded_frames, "max-expanded-frames", "5", 1, 1000,
          "frames of a snapshot with arguments and locals"),
    COUNT(max_items, "max-items", "25", 1, 100000, "members of a container in a snapshot"),
    COUNT(max_value_chars, "max-value-chars", "256", 1, 65536, "characters of a value in a snapshot"),
    COUNT(max_depth, "max-depth", "5", 1, 9, "levels of members in members in a snapshot"),
    COUNT(max_payload_chars, "max-payload-chars", "32768", 1, 65536,
          "characters of all names and values in a snapshot"),
    COUNT(max_expression_items, "max-expression-items", "32768", 1, 100000,
          "members of a container in an expression"),
    COUNT(max_expression_chars, "max-expression-chars", "32768", 1, 65536,
          "characters of a value in an expression"),
    COUNT(capture_budget_us, "capture-budget-us", "5000", 1, 1000000,
          "microseconds that a snapshot may hold a thread of the app"),
    COUNT(evaluation_budget_us, "evaluation-budget-us", "5000", 1, 1000000,
          "microseconds that a condition or an expression may"),
    COUNT(condition_cost_permille, "condition-cost-permille", "10", 1, 1000,
          "thousandths of a core that the conditions of an app may use, in all its processes"),
    COUNT(max_stubs, "max-stubs", "1024", 1, 65536, "processes that may be connected"),
    COUNT(max_stubs_per_user, "max-stubs-per-user", "1024", 1, 65536,
          "processes of one user that may be connected"),
    COUNT(stub_queue_bytes, "stub-queue-bytes", "1048576", 128 * KIB, 1024 * MIB,
          "bytes that may wait for one process to read them"),
    COUNT(max_breakpoints, "max-breakpoints", "500", 1, 900, "active breakpoints of one debuggee"),
    COUNT(waiting_bytes, "waiting-bytes", "16777216", 0, 1024 * MIB,
          "memory for snapshots that the disk has no room for"),
    COUNT(outbox_bytes, "outbox-bytes", "268435456", 1 * MIB, 1024 * 1024 * MIB,
          "disk for results that wait for a Firebase database; beyond, new snapshots are refused"),
    COUNT(drain_timeout_ms, "drain-timeout-ms", "8000", 0, 600000,
          "most milliseconds from SIGTERM to the end (Cloud Run kills after 10 s)"),
    CHOICE(
        redact, "redact", "on|off", "on",
        "take secrets out of snapshots and logpoints; off: whoever reads them sees all that the apps have"),
    LIST(redact_name, "redact-name",
         "one more name of variables, attributes and keys to take out; in any style, * is any text"),
    LIST(redact_allow_name, "redact-allow-name",
         "a name that is to be shown whatever it looks like; likewise"),
    LIST(redact_value, "redact-value",
         "one more kind of token to take out, by the text that it begins with (3 to 64 bytes)"),
    ACTION(print_config, "print-config", "print the values in effect, and exit"),
    ACTION(help, "help", "print this, and exit"),
    ACTION(version, "version", "print the version, and exit"),
};

typedef struct Parser {
    Options *options;
    char *error;
    bool is_given[ARRAY_SIZE(rows)]; /* by a flag: the environment does not count */
} Parser;

__attribute__((format(printf, 2, 3))) static int fail(Parser *parser, const char *format, ...)
{
    va_list arguments;

    free(parser->error);
    va_start(arguments, format);
    if (vasprintf(&parser->error, format, arguments) < 0)
        parser->error = NULL;
    va_end(arguments);
    return parser->error ? -EINVAL : -ENOMEM;
}

void options_environment_name(const char *name, char *ret, size_t size)
{
    size_t length = (size_t)snprintf(ret, size, ENV_PREFIX "%s", name);

    for (size_t i = 0; i < length && i < size; i++)
        ret[i] = ret[i] == '-' ? '_' : (char)toupper((unsigned char)ret[i]);
}

const OptionDescription *options_description(size_t i)
{
    return i < ARRAY_SIZE(rows) ? &rows[i].description : NULL;
}

static void *member_of(const Options *options, const Row *row)
{
    return (char *)options + row->offset;
}

/* ---------------------------------------------------------------------------------------------- values */

static int set_text(char **member, const char *value)
{
    char *copy = strdup(value);

    if (!copy)
        return -ENOMEM;
    free(*member);
    *member = copy;
    return 0;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);

    for (const char *choice = choices; choice;
         choice = strchr(choice, '|') ? strchr(choice, '|') + 1 : NULL) {
        if (strncmp(choice, value, length) == 0 && (choice[length] == '|' || choice[length] == '\0') &&
            length)
            return true;
    }
    return false;
}

/* Digits alone: no sign, no space. */
static bool parse_number(const char *text, int base, uint64_t *ret)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *ret = strtoull(text, &end, base);
    return errno == 0 && *end == '\0';
}

static bool parse_flag(const char *text, bool *ret)
{
    static const char *const yes[] = {"1", "true", "yes", "on"};
    static const char *const no[] = {"0", "false", "no", "off"};

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *ret = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static int append_text(char ***list, const char *value, size_t length)
{
    size_t num = 0;
    char **longer;

    while (*list && (*list)[num])
        num++;
    longer = realloc(*list, (num + 2) * sizeof *longer);
    if (!longer)
        return -ENOMEM;
    *list = longer;
    longer[num] = strndup(value, length);
    longer[num + 1] = NULL;
    return longer[num] ? 0 : -ENOMEM;
}

static int append_list(char ***list, const char *value)
{
    int result = 0;

    while (result == 0 && *value) {
        size_t length = strcspn(value, ",");

        if (length)
            result = append_text(list, value, length);
        value += length + (value[length] == ',');
    }
    return result;
}

/* @origin is how the user knows the option: "--max-stubs", or the name of the variable. */
static int set_value(Parser *parser, const Row *row, const char *origin, const char *value)
{
    void *member = member_of(parser->options, row);
    uint64_t number;

    switch (row->kind) {
    case KIND_TEXT:
        if (row->choices && !is_choice(row->choices, value))
            return fail(parser, "%s: \"%s\" is not one of: %s", origin, value, row->choices);
        return set_text(member, value);
    case KIND_FLAG:
    case KIND_ACTION:
        if (!parse_flag(value, member))
            return fail(parser, "%s: \"%s\" is neither yes nor no", origin, value);
        return 0;
    case KIND_COUNT:
        if (!parse_number(value, 10, &number) || number < row->min || number > row->max)
            return fail(parser, "%s: \"%s\" is not a number from %" PRIu64 " to %" PRIu64, origin, value,
                        row->min, row->max);
        *(uint64_t *)member = number;
        return 0;
    case KIND_OCTAL:
        if (!parse_number(value, 8, &number) || number > row->max)
            return fail(parser, "%s: \"%s\" is not an octal number from 0 to %" PRIo64, origin, value,
                        row->max);
        *(uint64_t *)member = number;
        return 0;
    case KIND_LIST:
        return append_list(member, value);
    }
    return -EINVAL;
}

/* --------------------------------------------------------------------------------------------- sources */

static const Row *find_row(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strncmp(rows[i].description.name, name, length) == 0 && rows[i].description.name[length] == '\0')
            return &rows[i];
    }
    return NULL;
}

/* One flag of @arguments; *ret_num_used is how many of them it took. */
static int parse_argument(Parser *parser, int num_arguments, char *const *arguments, int *ret_num_used)
{
    const char *argument = arguments[0];
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    AUTO_FREE char *origin = strndup(argument, length);
    const char *value = equals ? equals + 1 : NULL;
    const Row *row = NULL;

    *ret_num_used = 1;
    if (!origin)
        return -ENOMEM;
    if (length > 2 && strncmp(argument, "--", 2) == 0)
        row = find_row(argument + 2, length - 2);
    else if (strcmp(argument, "-h") == 0)
        row = find_row("help", 4);
    if (!row)
        return fail(parser, "%s: there is no such option", argument);
    if (!value && (row->kind == KIND_FLAG || row->kind == KIND_ACTION)) {
        value = "yes";
    } else if (!value) {
        if (num_arguments < 2)
            return fail(parser, "%s: a value is missing", argument);
        value = arguments[1];
        *ret_num_used = 2;
    }
    parser->is_given[row - rows] = true;
    return set_value(parser, row, origin, value);
}

static const char *environment_value(char *const *environment, const char *name)
{
    size_t length = strlen(name);

    for (; environment && *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    }
    return NULL;
}

/* An empty variable counts as none, as everywhere in Unix. */
static int parse_environment(Parser *parser, char *const *environment)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char name[64];
        const char *value;
        int result;

        if (parser->is_given[i] || rows[i].kind == KIND_ACTION)
            continue;
        options_environment_name(rows[i].description.name, name, sizeof name);
        value = environment_value(environment, name);
        if (!value || !*value)
            continue;
        parser->is_given[i] = true;
        result = set_value(parser, &rows[i], name, value);
        if (result < 0)
            return result;
    }
    return 0;
}

static int set_default_paths(Parser *parser)
{
    Options *options = parser->options;
    DefaultPlaces places;

    default_places(&places);
    if (!options->socket)
        options->socket = default_socket_path(&places, &options->is_socket_private);
    if (!options->state_dir)
        options->state_dir = default_state_dir(&places);
    return options->socket && options->state_dir ? 0 : -ENOMEM;
}

/* What no flag and no variable has set. */
static int set_defaults(Parser *parser)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const Row *row = &rows[i];
        int result;

        if (parser->is_given[i] || row->offset == offsetof(Options, socket) ||
            row->offset == offsetof(Options, state_dir) || row->kind == KIND_ACTION)
            continue;
        result = set_value(parser, row, row->description.name, row->description.default_text);
        if (result < 0)
            return result;
    }
    return set_default_paths(parser);
}

bool options_log_place(const char *output, const char *name, const char **ret_place)
{
    size_t length = strlen(name);

    if (strncmp(output, name, length) != 0 || (output[length] != ':' && output[length] != '\0'))
        return false;
    *ret_place = output[length] ? output + length + 1 : NULL;
    return true;
}

static bool is_log_output(const char *output)
{
    /* Which of them have a place: none, maybe, always. */
    static const struct {
        const char *name;
        int num_places_min;
        int num_places_max;
    } outputs[] = {
        {OPTIONS_LOG_STDOUT, 0, 0}, {OPTIONS_LOG_STDERR, 0, 0},   {OPTIONS_LOG_FILE, 1, 1},
        {OPTIONS_LOG_SYSLOG, 0, 1}, {OPTIONS_LOG_JOURNALD, 0, 1}, {OPTIONS_LOG_APP, 0, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
        const char *place;

        if (options_log_place(output, outputs[i].name, &place))
            return place ? outputs[i].num_places_max && *place : !outputs[i].num_places_min;
    }
    return false;
}

static int check_log_outputs(Parser *parser)
{
    char *const *outputs = parser->options->log_output;

    for (size_t i = 0; outputs && outputs[i]; i++) {
        if (!is_log_output(outputs[i]))
            return fail(parser,
                        "--log-output: \"%s\" is none of stdout, stderr, file:PATH, syslog, journald, app",
                        outputs[i]);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(outputs[i], outputs[j]) == 0)
                return fail(parser, "--log-output: \"%s\" is named twice", outputs[i]);
        }
    }
    return outputs ? 0 : fail(parser, "--log-output: an output is missing");
}

/* What concerns more than one value, or the form of one. */
/* What is more than an address may be a secret, and --print-config shows all. */
static bool is_plain_url(const char *url)
{
    const char *query = strchr(url, '?');

    return !strchr(url, '@') && !strchr(url, '#') &&
           (!query || (strncmp(query, "?ns=", 4) == 0 && !strchr(query, '&')));
}

static int check(Parser *parser)
{
    const Options *options = parser->options;
    int result = check_log_outputs(parser);

    if (result < 0)
        return result;
    if (!*options->socket)
        return fail(parser, "--socket: a path is missing");
    if (!*options->listen)
        return fail(parser, "--listen: an address is missing");
    if (!is_plain_url(options->database_url))
        return fail(parser, "--database-url: it has more than a host, a port and \"?ns=NAME\"");
    if (!*options->state_dir)
        return fail(parser, "--state-dir: there is no default, for neither XDG_STATE_HOME nor HOME is set");
    return 0;
}

void options_deinit(Options *options)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        void *member = member_of(options, &rows[i]);

        if (rows[i].kind == KIND_TEXT)
            free(*(char **)member);
        if (rows[i].kind != KIND_LIST)
            continue;
        for (char **text = *(char ***)member; text && *text; text++)
            free(*text);
        free(*(char ***)member);
    }
    *options = (Options){0};
}

int options_parse(int num_arguments, char *const *arguments, char *const *environment, Options *ret,
                  char **ret_error)
{
    Options options = {0};
    Parser parser = {.options = &options};
    int result = 0;
    int num_used;

    for (int i = 0; i < num_arguments && result == 0; i += num_used)
        result = parse_argument(&parser, num_arguments - i, arguments + i, &num_used);
    if (result == 0 && !options.help && !options.version)
        result = parse_environment(&parser, environment);
    if (result == 0)
        result = set_defaults(&parser);
    if (result == 0 && !options.help && !options.version)
        result = check(&parser);
    if (result < 0) {
        options_deinit(&options);
        if (result == -EINVAL)
            *ret_error = TAKE(parser.error);
        free(parser.error);
        return result;
    }
    *ret = options;
    return 0;
}

/* -------------------------------------------------------------------------------------------- printing */

void options_print_help(FILE *stream)
{
    fputs("Usage: snapshot-broker [OPTION]...\n\n"
          "Serves the snapshot debugger's stubs of this host. Runs in the foreground; SIGTERM ends it, "
          "SIGHUP opens\n"
          "the file of --log-output anew. An option is also read from the environment, where flags win.\n\n"
          "Options:\n",
          stream);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const OptionDescription *description = &rows[i].description;
        bool is_plain = rows[i].kind == KIND_FLAG || rows[i].kind == KIND_ACTION;
        char name[64];

        fprintf(stream, "  --%s%s\n      %s\n", description->name, is_plain ? "" : "=VALUE",
                description->help);
        if (rows[i].kind == KIND_ACTION)
            continue;
        options_environment_name(description->name, name, sizeof name);
        fprintf(stream, "      default: %s; environment: %s\n",
                *description->default_text ? description->default_text : "none", name);
    }
    fputs("\nExit codes:\n"
          "  0   ended by SIGTERM or SIGINT, or nothing to do but print\n"
          "  64  an option is wrong\n"
          "  69  another broker has the socket or the state folder, or an address is in use\n"
          "  70  internal error, or out of memory\n"
          "  73  the socket, the state folder or the log file cannot be made\n"
          "  74  the database in the state folder cannot be read or written\n",
          stream);
}

static void print_list(const char *name, char *const *list, FILE *stream)
{
    if (!list)
        fprintf(stream, "--%s=\n", name);
    for (; list && *list; list++)
        fprintf(stream, "--%s=%s\n", name, *list);
}

void options_print_config(const Options *options, FILE *stream)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *name = rows[i].description.name;
        const void *member = member_of(options, &rows[i]);

        switch (rows[i].kind) {
        case KIND_TEXT:
            fprintf(stream, "--%s=%s\n", name, *(char *const *)member);
            break;
        case KIND_FLAG:
            fprintf(stream, "--%s=%s\n", name, *(const bool *)member ? "yes" : "no");
            break;
        case KIND_COUNT:
            fprintf(stream, "--%s=%" PRIu64 "\n", name, *(const uint64_t *)member);
            break;
        case KIND_OCTAL:
            fprintf(stream, "--%s=%04" PRIo64 "\n", name, *(const uint64_t *)member);
            break;
        case KIND_LIST:
            print_list(name, *(char **const *)member, stream);
            break;
        case KIND_ACTION:
            break;
        }
    }
}
