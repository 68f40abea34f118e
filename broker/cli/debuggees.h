/* Debuggees: the apps that can be debugged, as the database knows them. Functions with a Database return
 * 0, or a negative errno with the sentence in database_problem(). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker/cli/database.h"
#include "broker/cli/records.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DEBUGGEE_ACTIVE_MAX_MS   (6LL * 60 * 60 * 1000) /* since its last sign of life, which comes hourly */
#define DEBUGGEE_INACTIVE_MAX_MS (7LL * 24 * 60 * 60 * 1000) /* stale after that */

/* debuggee_normalize() - completes a debuggee: description, displayName, both times in both forms, and
 * whether it is active (isActive), gone for long (isStale), and known to say so (activeDebuggeeEnabled).
 * False if it is not a debuggee. */
bool debuggee_normalize(json_t *debuggee, int64_t now_ms);

/* debuggee_state() - ACTIVE, INACTIVE, STALE or UNKNOWN, of a normalized one. Static. */
const char *debuggee_state(const json_t *debuggee);

/* debuggee_flag() - whether a normalized debuggee's member @name ("isActive") is true. */
bool debuggee_flag(const json_t *debuggee, const char *name);

/* debuggees_sort() - the latest first, and by name where nothing is known. */
void debuggees_sort(Records *records);

/* debuggee_exists() - whether anything is there under the id. */
int debuggee_exists(Database *database, const char *id, bool *ret_exists);

/* debuggee_get() - the normalized debuggee, NULL if there is none. The caller owns it. */
int debuggee_get(Database *database, const char *id, int64_t now_ms, json_t **ret_debuggee);

/* debuggees_get_all() - adds all of them to @records. */
int debuggees_get_all(Database *database, int64_t now_ms, Records *records);

/* debuggee_delete() - removes its breakpoints and then itself: in this order nothing is left that no list
 * shows. */
int debuggee_delete(Database *database, const char *id);

#ifdef __cplusplus
}
#endif
