#include "broker/cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/commands.h"
#include "broker/cli/debuggees.h"
#include "broker/cli/help.h"
#include "broker/cli/http.h"
#include "broker/cli/identity.h"
#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

static void cleanup_cli(Cli *cli)
{
    (void)database_free(cli->database);
    database_url_deinit(&cli->url);
    identity_token_free(cli->token);
    free(cli->debuggee_id);
    free(cli->user);
    arguments_deinit(&cli->arguments);
}

int64_t cli_now_ms(void)
{
    return (int64_t)(clock_unix_us() / 1000);
}

int cli_user(Cli *cli)
{
    AUTO_FREE char *problem = NULL;

    if (cli->user || identity_user(&cli->url, &cli->user, &problem) == 0)
        return 0;
    output_error(&cli->output, "%s", problem);
    return CLI_EXIT_FAILED;
}

bool cli_confirm(Cli *cli)
{
    AUTO_FREE char *line = NULL;
    size_t capacity = 0;

    output_prompt(&cli->output, "Do you want to continue (Y/n)? ");
    for (;;) {
        if (getline(&line, &capacity, cli->answers) < 0)
            return false;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' || strcasecmp(line, "y") == 0)
            return true;
        if (strcasecmp(line, "n") == 0)
            return false;
        output_prompt(&cli->output, "Please enter 'y' or 'n': ");
    }
}

static int tell_usage(const Output *output, const char *command, const char *problem)
{
    output_error(output, "%s%serror: %s", command ? command : "", command ? ": " : "", problem);
    return CLI_EXIT_USAGE;
}

/* The database that the arguments name, with the token it wants. Does not connect. */
static int open_database(Cli *cli, const char *command)
{
    DatabaseOptions options = {.url = &cli->url,
                               .output = &cli->output,
                               .silence_max_s = HTTP_SILENCE_MAX_S,
                               .retry_first_ms = DATABASE_RETRY_FIRST_MS};
    const char *why = NULL;
    AUTO_FREE char *problem = NULL;

    if (database_url_parse(cli->arguments.database_url, &cli->url, &why) < 0) {
        problem = text_format("argument --database-url: %s", why);
        return tell_usage(&cli->output, command, problem);
    }
    if (identity_token(&cli->url, cli->arguments.token_file, &cli->token, &problem) < 0) {
        output_error(&cli->output, "%s", problem);
        return CLI_EXIT_FAILED;
    }
    options.token = cli->token;
    if (database_new(&options, &cli->database) < 0) {
        output_error(&cli->output, "cannot start libcurl");
        return CLI_EXIT_FAILED;
    }
    return 0;
}

static int check_debuggee(Cli *cli)
{
    bool exists = false;
    int error = debuggee_exists(cli->database, cli->arguments.debuggee_id, &exists);

    if (error < 0)
        return error;
    if (!exists) {
        output_line(&cli->output,
                    "Debuggee ID %s was not found.  Specify a debuggee ID found in the result of the "
                    "list_debuggees command.",
                    cli->arguments.debuggee_id);
        return CLI_EXIT_FAILED;
    }
    cli->debuggee_id = MUST(strdup(cli->arguments.debuggee_id));
    return 0;
}

/* Takes the only active debuggee. Naming it is a matter of usage if there is none, or more than one. */
static int choose_debuggee(Cli *cli, const char *command)
{
    CLEANUP(records_deinit) Records records = {0};
    CLEANUP(text_deinit) Text ids = {0};
    AUTO_FREE char *problem = NULL;
    const Record *active = NULL;
    size_t num_active = 0;
    int error = debuggees_get_all(cli->database, cli_now_ms(), &records);

    if (error < 0)
        return error;
    for (size_t i = 0; i < records.count; i++) {
        if (!debuggee_flag(records.items[i].value, "isActive"))
            continue;
        active = &records.items[i];
        text_append_format(&ids, "%s%s", num_active++ > 0 ? ", " : "", active->key);
    }
    if (num_active == 1) {
        cli->debuggee_id = MUST(strdup(active->key));
        return 0;
    }
    problem = num_active == 0
                  ? text_format("the following arguments are required: --debuggee-id (no debuggee is active)")
                  : text_format(
                        "the following arguments are required: --debuggee-id (%zu debuggees are active: %s)",
                        num_active, ids.bytes);
    return tell_usage(&cli->output, command, problem);
}

static int run_command(Cli *cli, const Command *command)
{
    int outcome = open_database(cli, command->name);

    if (outcome == 0 && command->is_about_debuggee)
        outcome = cli->arguments.debuggee_id ? check_debuggee(cli) : choose_debuggee(cli, command->name);
    if (outcome == 0)
        outcome = command->run(cli);
    if (outcome >= 0)
        return outcome;
    output_error(&cli->output, "%s", database_problem(cli->database));
    return CLI_EXIT_FAILED;
}

int cli_run(const char *const words[], FILE *answers, FILE *data, FILE *people)
{
    CLEANUP(cleanup_cli) Cli cli = {.output = {.people = people, .data = data}, .answers = answers};
    ParseResult parsed;
    AUTO_FREE char *problem = NULL;
    int exit_code = CLI_EXIT_DONE;
    int error;

    arguments_init(&cli.arguments);
    parsed = arguments_parse(commands, words, &cli.arguments);
    problem = parsed.problem;
    cli.output.is_debug = cli.arguments.is_debug;

    if (parsed.outcome == PARSE_WRONG)
        return tell_usage(&cli.output, parsed.command ? parsed.command->name : NULL, problem);
    if (parsed.outcome == PARSE_HELP)
        help_print(commands, parsed.command, data);
    else
        exit_code = run_command(&cli, parsed.command);

    error = output_flush(&cli.output);
    if (error < 0 && exit_code == CLI_EXIT_DONE) {
        output_error(&cli.output, "cannot write the output: %s", strerror(-error));
        exit_code = CLI_EXIT_FAILED;
    }
    return exit_code;
}
