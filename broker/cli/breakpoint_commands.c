#include <stdlib.h>
#include <string.h>

#include "broker/cli/breakpoints.h"
#include "broker/cli/children.h"
#include "broker/cli/commands.h"
#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

char *breakpoint_cell(const json_t *breakpoint, const char *key)
{
    const json_t *value = json_object_get(breakpoint, key);

    return value ? python_display(value) : MUST(strdup(""));
}

char *breakpoint_location_cell(const json_t *breakpoint)
{
    return MUST(
        breakpoint_location_text(json_object_get(breakpoint, "location"))); /* normalized: has both parts */
}

int breakpoints_not_found(Cli *cli, const BreakpointKind *kind, const char *ids)
{
    output_line(&cli->output, "%s ID not found: %s", kind->title, ids);
    return CLI_EXIT_FAILED;
}

int breakpoints_set(Cli *cli, const BreakpointKind *kind, json_t *breakpoint, json_t **ret_breakpoint)
{
    AUTO_JSON json_t *owned = breakpoint;
    int outcome = breakpoint_create(cli->database, cli->debuggee_id, owned, ret_breakpoint);

    if (outcome == BREAKPOINT_E_NO_FREE_ID)
        output_line(&cli->output, "ERROR Failed to determine a new breakpoint ID, please try again");
    else if (outcome == BREAKPOINT_E_NOT_CONFIRMED)
        output_line(&cli->output, "%s", kind->set_failed);
    return outcome > 0 ? CLI_EXIT_FAILED : outcome;
}

void breakpoints_announce(Cli *cli, const BreakpointKind *kind, const json_t *breakpoint)
{
    AUTO_FREE char *id = breakpoint_cell(breakpoint, "id");

    if (cli->arguments.format == OUTPUT_FORMAT_DEFAULT)
        output_line(&cli->output, "Successfully created %s with id: %s", kind->name, id);
    else
        output_json(&cli->output, breakpoint, cli->arguments.format);
}

static void print_json(Cli *cli, const Records *records)
{
    AUTO_JSON json_t *values = records_values(records);

    if (cli->arguments.format != OUTPUT_FORMAT_DEFAULT)
        output_json(&cli->output, values, cli->arguments.format);
}

/* Those that the arguments ask for when no ids are given. */
static int find_all(Cli *cli, const BreakpointKind *kind, Records *records)
{
    int outcome = cli->arguments.all_users ? 0 : cli_user(cli);

    if (outcome != 0)
        return outcome;
    return breakpoint_list(cli->database, cli->debuggee_id, kind->action, cli->arguments.include_inactive,
                           cli->arguments.all_users ? NULL : cli->user, records);
}

int breakpoints_list(Cli *cli, const BreakpointKind *kind)
{
    CLEANUP(table_deinit)
    Table table = {.headers = kind->list_headers, .num_columns = kind->num_list_columns};
    CLEANUP(records_deinit) Records records = {0};
    int outcome = find_all(cli, kind, &records);

    if (outcome != 0)
        return outcome;
    print_json(cli, &records);
    if (cli->arguments.format != OUTPUT_FORMAT_DEFAULT)
        return CLI_EXIT_DONE;
    for (size_t i = 0; i < records.count; i++)
        kind->add_list_row(&table, records.items[i].value);
    table_print(&table, &cli->output);
    return CLI_EXIT_DONE;
}

static int find_named(Cli *cli, const BreakpointKind *kind, Records *records)
{
    CLEANUP(text_deinit) Text missing = {0};

    for (size_t i = 0; i < cli->arguments.num_ids; i++) {
        const char *id = cli->arguments.ids[i];
        AUTO_JSON json_t *breakpoint = NULL;
        int error = breakpoint_get(cli->database, cli->debuggee_id, id, &breakpoint);

        if (error < 0)
            return error;
        if (breakpoint && breakpoint_has_action(breakpoint, kind->action))
            records_add(records, id, breakpoint);
        else
            text_append_format(&missing, "%s%s", missing.length > 0 ? ", " : "", id);
    }
    return missing.length > 0 ? breakpoints_not_found(cli, kind, missing.bytes) : 0;
}

static bool confirm_delete(Cli *cli, const BreakpointKind *kind, const Records *records)
{
    CLEANUP(table_deinit)
    Table table = {.headers = kind->delete_headers, .num_columns = kind->num_delete_columns};

    for (size_t i = 0; i < records->count; i++)
        kind->add_delete_row(&table, records->items[i].value);
    output_text(&cli->output, "This command will delete the following %ss:\n", kind->name);
    table_print(&table, &cli->output);
    output_text(&cli->output, "\n");
    if (cli->arguments.is_quiet || cli_confirm(cli))
        return true;
    output_line(&cli->output, "Delete aborted.");
    return false;
}

int breakpoints_delete(Cli *cli, const BreakpointKind *kind)
{
    CLEANUP(records_deinit) Records records = {0};
    int outcome =
        cli->arguments.num_ids > 0 ? find_named(cli, kind, &records) : find_all(cli, kind, &records);

    if (outcome != 0)
        return outcome;
    if (records.count > 0 && !confirm_delete(cli, kind, &records))
        return CLI_EXIT_DONE;
    for (size_t i = 0; i < records.count; i++) {
        int error = breakpoint_delete(cli->database, cli->debuggee_id, &records.items[i]);

        if (error < 0)
            return error;
    }
    output_line(&cli->output, "Deleted %zu %ss.", records.count, kind->name);
    print_json(cli, &records);
    return CLI_EXIT_DONE;
}
