/* The commands of the tool, in one table. */
#pragma once

#include "broker/cli/arguments.h"
#include "broker/cli/cli.h"
#include "broker/cli/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order of the help; the last has no name. */
extern const Command commands[];

/* How snapshots differ from logpoints, to commands that both have. */
typedef struct BreakpointKind {
    const char *action;
    const char *name;       /* "snapshot" */
    const char *title;      /* "Snapshot" */
    const char *set_failed; /* sentence */
    const char *const *list_headers;
    size_t num_list_columns;
    void (*add_list_row)(Table *table, const json_t *breakpoint);
    const char *const *delete_headers;
    size_t num_delete_columns;
    void (*add_delete_row)(Table *table, const json_t *breakpoint);
} BreakpointKind;

extern const BreakpointKind snapshot_kind;
extern const BreakpointKind logpoint_kind;

/* Each returns what Command.run returns. */
int list_debuggees(Cli *cli);
int delete_debuggees(Cli *cli);
int set_snapshot(Cli *cli);
int list_snapshots(Cli *cli);
int get_snapshot(Cli *cli);
int delete_snapshots(Cli *cli);
int set_logpoint(Cli *cli);
int list_logpoints(Cli *cli);
int get_logpoint(Cli *cli);
int delete_logpoints(Cli *cli);

/* breakpoints_set() - writes @breakpoint under a new id. Consumes @breakpoint. 0 and the breakpoint as the
 * database has it (the caller owns it), or as Command.run. */
int breakpoints_set(Cli *cli, const BreakpointKind *kind, json_t *breakpoint, json_t **ret_breakpoint);

/* breakpoints_announce() - tells that it was set, in the format asked for. */
void breakpoints_announce(Cli *cli, const BreakpointKind *kind, const json_t *breakpoint);

int breakpoints_list(Cli *cli, const BreakpointKind *kind);
int breakpoints_delete(Cli *cli, const BreakpointKind *kind);

/* breakpoints_not_found() - tells that there is none with the id, or with the ids. Returns CLI_EXIT_FAILED.
 */
int breakpoints_not_found(Cli *cli, const BreakpointKind *kind, const char *ids);

/* breakpoint_cell() - a table cell with the member, empty if it has none. The caller owns it. */
char *breakpoint_cell(const json_t *breakpoint, const char *key);

/* breakpoint_location_cell() - the same with the location. */
char *breakpoint_location_cell(const json_t *breakpoint);

#ifdef __cplusplus
}
#endif
