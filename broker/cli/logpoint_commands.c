#include <string.h>

#include "broker/cli/breakpoints.h"
#include "broker/cli/commands.h"
#include "broker/cli/must.h"
#include "broker/util/cleanup.h"

static const char *const list_headers[] = {"User Email",         "Location", "Condition", "Log Level",
                                           "Log Message Format", "ID",       "Status"};

static void add_list_row(Table *table, const json_t *logpoint)
{
    table_add(table, breakpoint_cell(logpoint, "userEmail"));
    table_add(table, breakpoint_location_cell(logpoint));
    table_add(table, breakpoint_cell(logpoint, "condition"));
    table_add(table, breakpoint_cell(logpoint, "logLevel"));
    table_add(table, breakpoint_cell(logpoint, "logMessageFormatString"));
    table_add(table, breakpoint_cell(logpoint, "id"));
    table_add(table, breakpoint_logpoint_state(logpoint));
}

static const char *const delete_headers[] = {"Location", "Condition", "Log Level", "Log Message Format",
                                             "ID"};

static void add_delete_row(Table *table, const json_t *logpoint)
{
    table_add(table, breakpoint_location_cell(logpoint));
    table_add(table, breakpoint_cell(logpoint, "condition"));
    table_add(table, breakpoint_cell(logpoint, "logLevel"));
    table_add(table, breakpoint_cell(logpoint, "logMessageFormatString"));
    table_add(table, breakpoint_cell(logpoint, "id"));
}

const BreakpointKind logpoint_kind = {
    .action = BREAKPOINT_ACTION_LOGPOINT,
    .name = "logpoint",
    .title = "Logpoint",
    .set_failed = "An unexpected error occurred while trying to add the logpoint.",
    .list_headers = list_headers,
    .num_list_columns = ARRAY_SIZE(list_headers),
    .add_list_row = add_list_row,
    .delete_headers = delete_headers,
    .num_delete_columns = ARRAY_SIZE(delete_headers),
    .add_delete_row = add_delete_row,
};

static json_t *make_logpoint(const Cli *cli)
{
    const Arguments *arguments = &cli->arguments;
    const char *condition = arguments->condition && *arguments->condition ? arguments->condition : NULL;
    json_t *expressions = json_array_size(arguments->log_expressions) > 0 ? arguments->log_expressions : NULL;

    return MUST(json_pack("{s:s, s:s, s:O, s:s, s:s, s:O*, s:{s:s}, s:s*}", "action",
                          BREAKPOINT_ACTION_LOGPOINT, "logMessageFormat", arguments->log_format, "location",
                          arguments->location, "logLevel", arguments->log_level, "userEmail", cli->user,
                          "expressions", expressions, "createTimeUnixMsec", ".sv", "timestamp", "condition",
                          condition));
}

int set_logpoint(Cli *cli)
{
    AUTO_JSON json_t *logpoint = NULL;
    int outcome = cli_user(cli);

    if (outcome == 0)
        outcome = breakpoints_set(cli, &logpoint_kind, make_logpoint(cli), &logpoint);
    if (outcome != 0)
        return outcome;
    breakpoints_announce(cli, &logpoint_kind, logpoint);
    return CLI_EXIT_DONE;
}

int list_logpoints(Cli *cli)
{
    return breakpoints_list(cli, &logpoint_kind);
}

static void print_summary(const Output *output, const json_t *logpoint)
{
    AUTO_FREE char *id = breakpoint_cell(logpoint, "id");
    AUTO_FREE char *message = breakpoint_cell(logpoint, "logMessageFormatString");
    AUTO_FREE char *location = breakpoint_location_cell(logpoint);
    AUTO_FREE char *condition = breakpoint_cell(logpoint, "condition");
    AUTO_FREE char *state = breakpoint_logpoint_state(logpoint);
    AUTO_FREE char *create_time = breakpoint_cell(logpoint, "createTime");
    AUTO_FREE char *final_time = breakpoint_cell(logpoint, "finalTime");
    AUTO_FREE char *user = breakpoint_cell(logpoint, "userEmail");

    output_line(output, "Logpoint ID:        %s", id);
    output_line(output, "Log Message Format: %s", message);
    output_line(output, "Location:           %s", location);
    output_line(output, "Condition:          %s", *condition ? condition : "No condition set");
    output_line(output, "Status:             %s", state);
    output_line(output, "Create Time:        %s", create_time);
    output_line(output, "Final Time:         %s", final_time);
    output_line(output, "User Email:         %s", user);
}

int get_logpoint(Cli *cli)
{
    const char *id = cli->arguments.ids[0];
    AUTO_JSON json_t *logpoint = NULL;
    int error = breakpoint_get(cli->database, cli->debuggee_id, id, &logpoint);

    if (error < 0)
        return error;
    if (!logpoint || !breakpoint_has_action(logpoint, BREAKPOINT_ACTION_LOGPOINT))
        return breakpoints_not_found(cli, &logpoint_kind, id);
    if (cli->arguments.format != OUTPUT_FORMAT_DEFAULT)
        output_json(&cli->output, logpoint, cli->arguments.format);
    else
        print_summary(&cli->output, logpoint);
    return CLI_EXIT_DONE;
}

int delete_logpoints(Cli *cli)
{
    return breakpoints_delete(cli, &logpoint_kind);
}
