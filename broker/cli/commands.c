#include "broker/cli/commands.h"

#include "broker/cli/options.h"

/* What every command has, and what every command about a debuggee has. */
#define COMMON_OPTIONS   &option_help, &option_database_url, &option_token_file, &option_format
#define DEBUGGEE_OPTIONS COMMON_OPTIONS, &option_debuggee_id

static const char location_help[] = "FILE:LINE. FILE is a file's name, with as many of the folders before it "
                                    "as tell it from others of that name.";

const Command commands[] = {
    {
        .name = "list_debuggees",
        .summary = "List the apps that can be debugged.",
        .description =
            "Lists the apps (debuggees) that are registered in the database: those that are active, which "
            "is those that gave a sign of life in the last 6 hours.",
        .options = {COMMON_OPTIONS, &option_debug, &option_list_inactive_debuggees},
        .run = list_debuggees,
    },
    {
        .name = "set_snapshot",
        .summary = "Capture stack and variables when a line is reached.",
        .description =
            "Sets a snapshot: the next time any instance of the app reaches the line, and the condition, if "
            "there is one, is true, the call stack and the variables are captured, without stopping the "
            "app. It happens once; get_snapshot shows it. A snapshot that is not hit expires after 24 hours.",
        .options = {DEBUGGEE_OPTIONS, &option_debug, &option_condition, &option_expression, &option_limit,
                    &option_wait},
        .positionals = {{"LOCATION", false, set_location, location_help}},
        .is_about_debuggee = true,
        .is_signed = true,
        .run = set_snapshot,
    },
    {
        .name = "list_snapshots",
        .summary = "List snapshots and their state.",
        .description = "Lists the current user's snapshots that wait to be hit.",
        .options = {DEBUGGEE_OPTIONS, &option_debug, &option_list_completed, &option_all_users},
        .is_about_debuggee = true,
        .is_signed = true,
        .run = list_snapshots,
    },
    {
        .name = "get_snapshot",
        .summary = "Show what a snapshot captured.",
        .description = "Shows a snapshot: its state and, if it has been taken, the expressions, the "
                       "variables of a stack "
                       "frame and the call stack. The JSON formats print all that was captured.",
        .options = {DEBUGGEE_OPTIONS, &option_debug, &option_frame_index, &option_max_level},
        .positionals = {{"ID", false, set_id, "The snapshot, by the id that set_snapshot told."}},
        .is_about_debuggee = true,
        .run = get_snapshot,
    },
    {
        .name = "delete_snapshots",
        .summary = "Delete snapshots.",
        .description =
            "Deletes the named snapshots, or the current user's that wait to be hit. Shows them and asks "
            "before it does.",
        .options = {DEBUGGEE_OPTIONS, &option_debug, &option_all_users, &option_delete_completed,
                    &option_quiet},
        .positionals = {{"ID", true, set_id, "The snapshots to delete."}},
        .is_about_debuggee = true,
        .is_signed = true,
        .run = delete_snapshots,
    },
    {
        .name = "set_logpoint",
        .summary = "Log a message whenever a line is reached.",
        .description =
            "Sets a logpoint: whenever any instance of the app reaches the line, and the condition, if "
            "there is one, is true, the app's log gets a message, without a change of code or a restart. "
            "Logpoints end after 24 hours; on a busy line some messages are left out.",
        .options = {DEBUGGEE_OPTIONS, &option_debug, &option_log_level, &option_condition},
        .positionals =
            {{"LOCATION", false, set_location, location_help},
             {"LOG_FORMAT_STRING", false, set_log_format,
              "The message. What stands in curly braces is an expression in the app's language, whose value "
              "takes its place: \"a={a}, next={b+1}\"."}},
        .is_about_debuggee = true,
        .is_signed = true,
        .run = set_logpoint,
    },
    {
        .name = "list_logpoints",
        .summary = "List logpoints and their state.",
        .description = "Lists the logpoints that are active, of all users.",
        .options = {DEBUGGEE_OPTIONS, &option_debug, &option_list_completed, &option_all_users_by_default,
                    &option_no_all_users},
        .is_about_debuggee = true,
        .is_signed = true,
        .is_for_all_users = true,
        .run = list_logpoints,
    },
    {
        .name = "get_logpoint",
        .summary = "Show a logpoint.",
        .description = "Shows a logpoint and its state.",
        .options = {DEBUGGEE_OPTIONS, &option_debug},
        .positionals = {{"ID", false, set_id, "The logpoint, by the id that set_logpoint told."}},
        .is_about_debuggee = true,
        .run = get_logpoint,
    },
    {
        .name = "delete_logpoints",
        .summary = "Delete logpoints.",
        .description =
            "Deletes the named logpoints, or the current user's that are active. Shows them and asks before "
            "it does.",
        .options = {DEBUGGEE_OPTIONS, &option_debug, &option_all_users, &option_delete_completed,
                    &option_quiet},
        .positionals = {{"ID", true, set_id, "The logpoints to delete."}},
        .is_about_debuggee = true,
        .is_signed = true,
        .run = delete_logpoints,
    },
    {
        .name = "delete_debuggees",
        .summary = "Delete apps that are gone, with their breakpoints.",
        .description =
            "Deletes the named debuggees, or those that are stale (no sign of life for 7 days), with all "
            "their snapshots and logpoints. Shows them and asks before it does.",
        .options = {COMMON_OPTIONS, &option_debug, &option_delete_inactive_debuggees, &option_include_all,
                    &option_quiet},
        .positionals = {{"ID", true, set_id, "The debuggees to delete."}},
        .run = delete_debuggees,
    },
    {0},
};
