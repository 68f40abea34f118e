/* Waiting for a snapshot to be taken. */
#pragma once

#include <jansson.h>

#include "broker/cli/database.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SNAPSHOT_WAIT_FIRST_MS    100 /* pause between two looks: a hit right away is shown at once; untuned */
#define SNAPSHOT_WAIT_LAST_MS     2000 /* what the pauses grow to; untuned */
#define SNAPSHOT_WAIT_GAP_MS      5000 /* a result may be nowhere for so long, between two writes of an agent */
#define SNAPSHOT_WAIT_AWAY_MAX_MS 30000 /* so long may the database be away; a broker restarts in seconds */

#define SNAPSHOT_WAIT_E_TIMEOUT 1
#define SNAPSHOT_WAIT_E_DELETED 2

/* snapshot_wait() - looks until the snapshot is final. @max_s: 0 is as long as it takes. Returns 0 and the
 * normalized snapshot (the caller owns it), SNAPSHOT_WAIT_E_TIMEOUT, SNAPSHOT_WAIT_E_DELETED, or a
 * negative errno with the sentence in database_problem(). */
int snapshot_wait(Database *database, const char *debuggee_id, const char *id, double max_s,
                  json_t **ret_snapshot);

#ifdef __cplusplus
}
#endif
