#include <string.h>

#include "broker/cli/commands.h"
#include "broker/cli/debuggees.h"
#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

static bool has_any(const Records *records, const char *flag, bool expected)
{
    for (size_t i = 0; i < records->count; i++)
        if (debuggee_flag(records->items[i].value, flag) == expected)
            return true;
    return false;
}

static void print_json(Cli *cli, const Records *records)
{
    AUTO_JSON json_t *values = records_values(records);

    if (cli->arguments.format != OUTPUT_FORMAT_DEFAULT)
        output_json(&cli->output, values, cli->arguments.format);
}

int list_debuggees(Cli *cli)
{
    static const char *const headers[] = {"Name", "ID", "Description", "Last Active", "Status"};
    CLEANUP(table_deinit) Table table = {.headers = headers, .num_columns = ARRAY_SIZE(headers)};
    CLEANUP(records_deinit) Records all = {0};
    CLEANUP(records_deinit) Records shown = {0};
    bool is_activity_known;
    int error = debuggees_get_all(cli->database, cli_now_ms(), &all);

    if (error < 0)
        return error;
    /* Where no agent is new enough to tell of its activity, all are shown. */
    is_activity_known = has_any(&all, "activeDebuggeeEnabled", true);
    for (size_t i = 0; i < all.count; i++) {
        json_t *debuggee = all.items[i].value;

        if (cli->arguments.include_inactive || !is_activity_known || debuggee_flag(debuggee, "isActive"))
            records_add(&shown, all.items[i].key, debuggee);
    }
    debuggees_sort(&shown);
    print_json(cli, &shown);
    if (cli->arguments.format != OUTPUT_FORMAT_DEFAULT)
        return CLI_EXIT_DONE;

    for (size_t i = 0; i < shown.count; i++) {
        const json_t *debuggee = shown.items[i].value;

        table_add(&table, breakpoint_cell(debuggee, "displayName"));
        table_add(&table, breakpoint_cell(debuggee, "id"));
        table_add(&table, breakpoint_cell(debuggee, "description"));
        table_add(&table, breakpoint_cell(debuggee, "lastUpdateTime"));
        table_add(&table, MUST(strdup(debuggee_state(debuggee))));
    }
    table_print(&table, &cli->output);
    return CLI_EXIT_DONE;
}

static int find_named(Cli *cli, Records *records)
{
    CLEANUP(text_deinit) Text missing = {0};
    int64_t now_ms = cli_now_ms();

    for (size_t i = 0; i < cli->arguments.num_ids; i++) {
        const char *id = cli->arguments.ids[i];
        AUTO_JSON json_t *debuggee = NULL;
        int error = debuggee_get(cli->database, id, now_ms, &debuggee);

        if (error < 0)
            return error;
        if (debuggee)
            records_add(records, id, debuggee);
        else
            text_append_format(&missing, "%s%s", missing.length > 0 ? ", " : "", id);
    }
    if (missing.length == 0)
        return 0;
    output_line(&cli->output, "Debuggee ID not found: %s", missing.bytes);
    return CLI_EXIT_FAILED;
}

static bool is_to_delete(const Arguments *arguments, const json_t *debuggee)
{
    if (arguments->include_all)
        return true;
    if (arguments->include_inactive)
        return !debuggee_flag(debuggee, "isActive");
    return debuggee_flag(debuggee, "isStale"); /* so are those that never told of their activity */
}

static int find_all(Cli *cli, Records *records)
{
    CLEANUP(records_deinit) Records all = {0};
    int error = debuggees_get_all(cli->database, cli_now_ms(), &all);

    if (error < 0)
        return error;
    for (size_t i = 0; i < all.count; i++)
        if (is_to_delete(&cli->arguments, all.items[i].value))
            records_add(records, all.items[i].key, all.items[i].value);
    return 0;
}

static bool confirm_delete(Cli *cli, const Records *records)
{
    static const char *const headers[] = {"Name", "ID", "Last Active", "Status"};
    CLEANUP(table_deinit) Table table = {.headers = headers, .num_columns = ARRAY_SIZE(headers)};
    bool is_activity_unknown = has_any(records, "activeDebuggeeEnabled", false);

    for (size_t i = 0; i < records->count; i++) {
        const json_t *debuggee = records->items[i].value;

        table_add(&table, breakpoint_cell(debuggee, "displayName"));
        table_add(&table, breakpoint_cell(debuggee, "id"));
        table_add(&table, breakpoint_cell(debuggee, "lastUpdateTime"));
        table_add(&table, MUST(strdup(debuggee_state(debuggee))));
    }
    output_text(&cli->output, "This command will delete the following debuggees:\n");
    table_print(&table, &cli->output);
    output_text(&cli->output, "\n");

    if (is_activity_unknown && cli->arguments.is_quiet) {
        output_text(&cli->output,
                    "\nDelete aborted. Run the command again without the --quiet option specified, it\n"
                    "cannot be used due to the unknown status of one or more debuggees.\n");
        return false;
    }
    if (is_activity_unknown)
        output_text(&cli->output,
                    "\nWARNING, some debuggee entries do not have a last activity time (status is\n"
                    "UNKNOWN).  Be sure they are not in use before proceeding. To avoid this in the\n"
                    "future install the latest available version of the agent.\n");
    if (cli->arguments.is_quiet || cli_confirm(cli))
        return true;
    output_line(&cli->output, "Delete aborted.");
    return false;
}

int delete_debuggees(Cli *cli)
{
    CLEANUP(records_deinit) Records records = {0};
    int outcome = cli->arguments.num_ids > 0 ? find_named(cli, &records) : find_all(cli, &records);

    if (outcome != 0)
        return outcome;
    debuggees_sort(&records);
    if (records.count > 0 && !confirm_delete(cli, &records))
        return CLI_EXIT_DONE;
    for (size_t i = 0; i < records.count; i++) {
        int error = debuggee_delete(cli->database, records.items[i].key);

        if (error < 0)
            return error;
    }
    output_line(&cli->output, "Deleted %zu debuggees.", records.count);
    print_json(cli, &records);
    return CLI_EXIT_DONE;
}
