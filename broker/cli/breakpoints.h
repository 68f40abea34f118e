/* Breakpoints: their checked and completed form, their state in a word, and where they lie in the
 * database.
 *
 * Snapshots and logpoints are both breakpoints, told apart by their action. Functions with a Database
 * return 0, or a negative errno with the sentence in database_problem(). */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "broker/cli/database.h"
#include "broker/cli/records.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BREAKPOINT_ACTION_SNAPSHOT "CAPTURE"
#define BREAKPOINT_ACTION_LOGPOINT "LOG"

#define BREAKPOINT_LINE_MAX     2147483647
#define BREAKPOINT_ID_TRIES_MAX 10 /* as the original */

/* The named outcome of breakpoint_create(). */
#define BREAKPOINT_E_NO_FREE_ID    1
#define BREAKPOINT_E_NOT_CONFIRMED 2

/* breakpoint_location_parse() - "file:line" as {"path", "line"}. 0 and what the caller owns, or -EINVAL. */
int breakpoint_location_parse(const char *text, json_t **ret_location);

/* breakpoint_location_text() - "file:line" for people, or NULL if it has no path or no line. The caller
 * owns it. */
char *breakpoint_location_text(const json_t *location);

/* breakpoint_normalize() - completes a breakpoint with what clients rely on: id (from @key, if it has
 * none), action, isFinalState, the times in both forms, userEmail, and logpoints' level and message. False
 * if it is not a breakpoint. */
bool breakpoint_normalize(json_t *breakpoint, const char *key);

bool breakpoint_has_action(const json_t *breakpoint, const char *action);

/* breakpoint_is_final() - of a normalized one. */
bool breakpoint_is_final(const json_t *breakpoint);

/* breakpoint_snapshot_state() - ACTIVE, COMPLETED, EXPIRED or FAILED. Static. */
const char *breakpoint_snapshot_state(const json_t *snapshot);

/* breakpoint_logpoint_state() - ACTIVE, COMPLETED, EXPIRED, or the kind of failure and its message, for
 * people. The caller owns it. */
char *breakpoint_logpoint_state(const json_t *logpoint);

/* breakpoint_get() - the normalized breakpoint, active or final, without what was captured.
 * *ret_breakpoint is NULL if there is none. The caller owns it. */
int breakpoint_get(Database *database, const char *debuggee_id, const char *id, json_t **ret_breakpoint);

/* breakpoint_get_snapshot() - the same with what was captured. */
int breakpoint_get_snapshot(Database *database, const char *debuggee_id, const char *id,
                            json_t **ret_snapshot);

/* breakpoint_list() - adds to @records those with this action, active or (on demand) final too, of one
 * user or (@user is NULL) of all. */
int breakpoint_list(Database *database, const char *debuggee_id, const char *action, bool include_inactive,
                    const char *user, Records *records);

/* breakpoint_create() - gives @breakpoint the first free id of now and the seconds after it, and writes
 * it. Returns 0 and the normalized breakpoint as the database has it (the caller owns it), or
 * BREAKPOINT_E_NO_FREE_ID, or BREAKPOINT_E_NOT_CONFIRMED if the database's answer is not the breakpoint. */
int breakpoint_create(Database *database, const char *debuggee_id, json_t *breakpoint,
                      json_t **ret_breakpoint);

/* breakpoint_delete() - removes all traces of it. */
int breakpoint_delete(Database *database, const char *debuggee_id, const Record *record);

#ifdef __cplusplus
}
#endif
