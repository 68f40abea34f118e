/* Waiting for a snapshot to be taken. */
#pragma once

#include <jansson.h>

#include "broker/cli/database.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SNAPSHOT_WAIT_FIRST_MS 100  /* between two looks: what a hit right after feels like; untuned */
#define SNAPSHOT_WAIT_LAST_MS  2000 /* the pauses grow to this; untuned */
#define SNAPSHOT_WAIT_GAP_MS                                                                                 \
    5000 /* the longest that a result may be in no place on its way from one to the other */
#define SNAPSHOT_WAIT_AWAY_MAX_MS                                                                            \
    30000 /* how long the database may be away meanwhile; a broker restarts in seconds */

#define SNAPSHOT_WAIT_E_TIMEOUT 1
#define SNAPSHOT_WAIT_E_DELETED 2

/* snapshot_wait() - looks until the snapshot is final. @max_s: 0 is as long as it takes. Returns 0 and the
 * normalized snapshot (the caller owns it), SNAPSHOT_WAIT_E_TIMEOUT, SNAPSHOT_WAIT_E_DELETED, or a negative
 * errno with the sentence in database_problem(). */
int snapshot_wait(Database *database, const char *debuggee_id, const char *id, double max_s,
                  json_t **ret_snapshot);

#ifdef __cplusplus
}
#endif
