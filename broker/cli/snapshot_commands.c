#include <string.h>
#include <time.h>

#include "broker/cli/breakpoints.h"
#include "broker/cli/commands.h"
#include "broker/cli/must.h"
#include "broker/cli/snapshot_view.h"
#include "broker/cli/snapshot_wait.h"
#include "broker/util/cleanup.h"

static const char *const list_headers[] = {"Status", "Location", "Condition", "CompletedTime", "ID"};

static void add_list_row(Table *table, const json_t *snapshot)
{
    table_add(table, MUST(strdup(breakpoint_snapshot_state(snapshot))));
    table_add(table, breakpoint_location_cell(snapshot));
    table_add(table, breakpoint_cell(snapshot, "condition"));
    table_add(table, breakpoint_cell(snapshot, "finalTime"));
    table_add(table, breakpoint_cell(snapshot, "id"));
}

static const char *const delete_headers[] = {"Status", "Location", "Condition", "ID"};

static void add_delete_row(Table *table, const json_t *snapshot)
{
    table_add(table, MUST(strdup(breakpoint_is_final(snapshot) ? "COMPLETED" : "ACTIVE")));
    table_add(table, breakpoint_location_cell(snapshot));
    table_add(table, breakpoint_cell(snapshot, "condition"));
    table_add(table, breakpoint_cell(snapshot, "id"));
}

const BreakpointKind snapshot_kind = {
    .action = BREAKPOINT_ACTION_SNAPSHOT,
    .name = "snapshot",
    .title = "Snapshot",
    .set_failed = "An unexpected error occurred while trying to set the snapshot.",
    .list_headers = list_headers,
    .num_list_columns = ARRAY_SIZE(list_headers),
    .add_list_row = add_list_row,
    .delete_headers = delete_headers,
    .num_delete_columns = ARRAY_SIZE(delete_headers),
    .add_delete_row = add_delete_row,
};

static json_t *make_snapshot(const Cli *cli)
{
    const Arguments *arguments = &cli->arguments;
    const char *condition = arguments->condition && *arguments->condition ? arguments->condition : NULL;

    return MUST(json_pack("{s:s, s:O, s:s, s:{s:s}, s:s*, s:O*, s:O*}", "action", BREAKPOINT_ACTION_SNAPSHOT,
                          "location", arguments->location, "userEmail", cli->user, "createTimeUnixMsec",
                          ".sv", "timestamp", "condition", condition, "expressions", arguments->expressions,
                          "limits", arguments->limits));
}

static int show(Cli *cli, const json_t *snapshot)
{
    if (cli->arguments.format != OUTPUT_FORMAT_DEFAULT) {
        output_json(&cli->output, snapshot, cli->arguments.format);
        return CLI_EXIT_DONE;
    }
    return snapshot_view(snapshot, cli->arguments.frame_index, cli->arguments.levels_max, &cli->output) < 0
               ? CLI_EXIT_FAILED
               : CLI_EXIT_DONE;
}

/* Waits for the result and shows it. A snapshot that failed is a failure here: somebody waits for the data.
 */
static int wait_and_show(Cli *cli, const char *id)
{
    AUTO_JSON json_t *snapshot = NULL;
    int outcome = snapshot_wait(cli->database, cli->debuggee_id, id, cli->arguments.wait_max_s, &snapshot);

    if (outcome < 0)
        return outcome;
    if (outcome == SNAPSHOT_WAIT_E_DELETED) {
        output_error(&cli->output, "snapshot %s was deleted before it was taken", id);
        return CLI_EXIT_FAILED;
    }
    if (outcome == SNAPSHOT_WAIT_E_TIMEOUT) {
        output_error(&cli->output, "snapshot %s was not taken within %g s. It stays set; see get_snapshot %s",
                     id, cli->arguments.wait_max_s, id);
        return CLI_EXIT_FAILED;
    }
    outcome = show(cli, snapshot);
    return strcmp(breakpoint_snapshot_state(snapshot), "COMPLETED") == 0 ? outcome : CLI_EXIT_FAILED;
}

int set_snapshot(Cli *cli)
{
    AUTO_JSON json_t *snapshot = NULL;
    int outcome = cli_user(cli);

    if (outcome == 0)
        outcome = breakpoints_set(cli, &snapshot_kind, make_snapshot(cli), &snapshot);
    if (outcome != 0)
        return outcome;
    /* With --wait, programs get one document: the result. */
    if (!cli->arguments.is_waiting || cli->arguments.format == OUTPUT_FORMAT_DEFAULT)
        breakpoints_announce(cli, &snapshot_kind, snapshot);
    if (!cli->arguments.is_waiting)
        return CLI_EXIT_DONE;
    return wait_and_show(cli, json_string_value(json_object_get(snapshot, "id")));
}

int list_snapshots(Cli *cli)
{
    return breakpoints_list(cli, &snapshot_kind);
}

int get_snapshot(Cli *cli)
{
    const char *id = cli->arguments.ids[0];
    AUTO_JSON json_t *snapshot = NULL;
    int error = breakpoint_get_snapshot(cli->database, cli->debuggee_id, id, &snapshot);

    if (error < 0)
        return error;
    if (!snapshot || !breakpoint_has_action(snapshot, BREAKPOINT_ACTION_SNAPSHOT))
        return breakpoints_not_found(cli, &snapshot_kind, id);
    return show(cli, snapshot);
}

int delete_snapshots(Cli *cli)
{
    return breakpoints_delete(cli, &snapshot_kind);
}
