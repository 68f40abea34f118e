/* store_watch() for a Firebase database: one subscription, and the breakpoints that it tells of. For
 * firebase_store.c. Loop thread only. */
#pragma once

#include "broker/store/firebase/subscription.h"
#include "broker/store/store.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WATCH_NEWS_PER_TURN 64 /* of the loop; untuned */

/* The watches of a store, and what they have in common; embedded in the store. */
typedef struct FirebaseWatches {
    const SubscriptionOptions *subscription; /* its rtdb may still be NULL */
    /* Whether a breakpoint is over, though the database still has it: its result is on its way. */
    bool (*is_over)(void *context, const char *debuggee_id, const char *id);
    /* A stream was lost (@problem as in SubscriptionHandler), or came back (NULL). */
    void (*note)(void *context, const char *problem);
    void *context;
    LIST_HEAD(, StoreWatch) list;
} FirebaseWatches;

/* firebase_watch_new() - as store_watch(). @watches is borrowed until the watch is freed. */
int firebase_watch_new(FirebaseWatches *watches, const char *debuggee_id, const StoreWatcher *watcher,
                       void *context, StoreWatch **ret);

/* firebase_watch_free() - as store_unwatch(). */
void firebase_watch_free(StoreWatch *watch);

/* firebase_watches_start() - the rtdb is there: what was asked for before begins. */
void firebase_watches_start(FirebaseWatches *watches);

#ifdef __cplusplus
}
#endif
