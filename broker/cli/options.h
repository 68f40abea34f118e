/* Every option and positional argument there is: its name, its help, and what it sets. Commands pick from
 * here, and the help is printed from the same tables. */
#pragma once

#include "broker/cli/arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DATABASE_URL_VARIABLE "SNAPSHOT_DEBUGGER_DATABASE_URL"
#define DEBUGGEE_ID_VARIABLE  "SNAPSHOT_DEBUGGER_DEBUGGEE_ID"
#define TOKEN_FILE_VARIABLE   "SNAPSHOT_DEBUGGER_TOKEN_FILE"

/* The embedded store of a snapshot-broker with its defaults. */
#define DATABASE_URL_DEFAULT "http://127.0.0.1:9000"

extern const Option option_help;
extern const Option option_database_url;
extern const Option option_token_file;
extern const Option option_format;
extern const Option option_debuggee_id;
extern const Option option_debug;
extern const Option option_list_inactive_debuggees;
extern const Option option_delete_inactive_debuggees;
extern const Option option_include_all;
extern const Option option_list_completed;
extern const Option option_delete_completed;
extern const Option option_all_users;
extern const Option option_all_users_by_default;
extern const Option option_no_all_users;
extern const Option option_quiet;
extern const Option option_frame_index;
extern const Option option_max_level;
extern const Option option_condition;
extern const Option option_expression;
extern const Option option_limit;
extern const Option option_log_level;
extern const Option option_wait;

int set_id(Arguments *arguments, const char *value, char **ret_problem);
int set_location(Arguments *arguments, const char *value, char **ret_problem);
int set_log_format(Arguments *arguments, const char *value, char **ret_problem);

#ifdef __cplusplus
}
#endif
