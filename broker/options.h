/* The options of snapshot-broker: one table makes the parser, --help, and the environment variables.
 *
 * Flags win over the environment, which wins over the defaults. What is unknown or out of range is an error
 * with the option's name, before anything is opened. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Options {
    char *socket;
    bool is_socket_private; /* the default path is in a folder that anybody may write to */
    uint64_t socket_mode;
    char *state_dir;
    char *store;
    uint64_t store_bytes;
    char *listen;
    char *listen_token_file;
    bool listen_allow_remote;
    char **listen_allowed_host; /* ends with NULL */
    char *admin_listen;
    bool admin_allow_remote;
    char *project_id;
    char *database_url;
    char *ca_file;
    char *service_account_file;
    char *log_format;
    char **log_output; /* ends with NULL; at least one */
    uint64_t log_queue_bytes;
    uint64_t log_rate;
    uint64_t log_burst;
    uint64_t log_bytes_rate;
    uint64_t log_bytes_burst;
    uint64_t total_log_rate;
    uint64_t total_log_burst;
    uint64_t total_log_bytes_rate;
    uint64_t total_log_bytes_burst;
    uint64_t snapshot_rate;
    uint64_t snapshot_burst;
    uint64_t total_snapshot_rate;
    uint64_t total_snapshot_burst;
    uint64_t max_frames;
    uint64_t max_expanded_frames;
    uint64_t max_items;
    uint64_t max_value_chars;
    uint64_t max_depth;
    uint64_t max_payload_chars;
    uint64_t max_expression_items;
    uint64_t max_expression_chars;
    uint64_t capture_budget_us;
    uint64_t evaluation_budget_us;
    uint64_t condition_cost_permille;
    uint64_t max_stubs;
    uint64_t max_stubs_per_user;
    uint64_t stub_queue_bytes;
    uint64_t max_breakpoints;
    uint64_t waiting_bytes;
    uint64_t outbox_bytes;
    uint64_t drain_timeout_ms;
    char *redact;       /* "on" or "off" */
    char **redact_name; /* these end with NULL */
    char **redact_allow_name;
    char **redact_value;
    bool print_config;
    bool help;
    bool version;
} Options;

/* An output is a name, or a name and where it is: "stdout", "file:PATH". */
#define OPTIONS_LOG_STDOUT   "stdout"
#define OPTIONS_LOG_STDERR   "stderr"
#define OPTIONS_LOG_FILE     "file"
#define OPTIONS_LOG_SYSLOG   "syslog"
#define OPTIONS_LOG_JOURNALD "journald"
#define OPTIONS_LOG_APP      "app"

/* options_log_place() - whether @output is that of @name. *ret_place is what follows the colon, or NULL. */
bool options_log_place(const char *output, const char *name, const char **ret_place);

/* options_parse() - @arguments are argv[1..]; @environment ends with NULL, as environ. Returns 0, -EINVAL
 * (*ret_error is a sentence for people, from malloc()) or -ENOMEM. options_deinit() is due only with 0. */
int options_parse(int num_arguments, char *const *arguments, char *const *environment, Options *ret,
                  char **ret_error);

void options_deinit(Options *options);

/* options_print_help() - every option with its environment variable and its default, and the exit codes. */
void options_print_help(FILE *stream);

/* options_print_config() - every value, one line each, as flags that would set it. */
void options_print_config(const Options *options, FILE *stream);

/* The table, for tests that compare it with documents: the i-th option, or NULL past the end. */
typedef struct OptionDescription {
    const char *name;
    const char *default_text;
    const char *help;
} OptionDescription;

const OptionDescription *options_description(size_t i);

/* options_environment_name() - "SNAPSHOT_BROKER_STATE_DIR" for "state-dir". @size 64 is enough. */
void options_environment_name(const char *name, char *ret, size_t size);

#ifdef __cplusplus
}
#endif
