/* Interim statuses of breakpoints: active/<id> is replaced if it is there still, and stays deleted if its
 * user has deleted it meanwhile. For firebase_store.c. Loop thread only.
 *
 * Each is tried for a while; the newest of a breakpoint takes the place of an older one. */
#pragma once

#include <jansson.h>

#include "broker/store/firebase/subscription.h"

#ifdef __cplusplus
extern "C" {
#endif

#define INTERIM_NUM_TRIES_MAX 10 /* then nobody waits for it any more; untuned */

typedef struct Interims Interims;

/* interims_new() - @options is borrowed until interims_free(); its rtdb must be there with the first
 * interims_add(). The caller owns *ret. 0 or -ENOMEM. */
int interims_new(const SubscriptionOptions *options, Interims **ret);

/* interims_free() - those that are not written are given up. NULL is nothing; returns NULL. */
Interims *interims_free(Interims *interims);

/* interims_add() - as store_update(): consumes @breakpoint, also on failure. 0, -EINVAL or -ENOMEM. */
int interims_add(Interims *interims, const char *debuggee_id, json_t *breakpoint);

/* interims_drop() - the breakpoint is over: what is not written yet is given up. */
void interims_drop(Interims *interims, const char *debuggee_id, const char *id);

#ifdef __cplusplus
}
#endif
