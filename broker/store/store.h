/* Where breakpoints live: the face that both stores show to the apps layer.
 *
 * A store holds the database of the original agent (cdbg/debuggees,
 * cdbg/breakpoints/<debuggee>/{active,snapshot,final}). The apps layer registers debuggees, watches the
 * active breakpoints of each, and hands back results. Loop thread only. Nothing here blocks on the network; a
 * callback is never called from within the call that asked for it, except where a line says so.
 *
 * One struct of functions, filled by the implementation (store/embedded, later store/firebase); store_*()
 * call through it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Store Store;
typedef struct StoreWatch StoreWatch;

/* What a watch tells. @id and @breakpoint are borrowed during the call. The callbacks may call any store
 * function, store_unwatch() of the same watch included. */
typedef struct StoreWatcher {
    /* An active breakpoint is there: new, or changed. @breakpoint is the whole object as the database has it.
     * 0, or -ENOMEM: it is told again, some seconds later. */
    int (*set)(void *context, const char *id, json_t *breakpoint);
    /* It is there no longer, whoever removed it. */
    void (*removed)(void *context, const char *id);
    /* All that was there when the watch began, or when the connection to the store came back, has been told.
     */
    void (*in_sync)(void *context);
} StoreWatcher;

/* Outcomes of store_finish(), told once. */
typedef enum StoreFinish {
    STORE_FINISH_DONE,      /* the result is in the database */
    STORE_FINISH_LOST_RACE, /* the breakpoint was gone, or another host's result was first: ours was dropped
                             */
    STORE_FINISH_DELETED,   /* its user has deleted the breakpoint meanwhile */
    STORE_FINISH_REJECTED,  /* the database refused it for good; a log line says why */
} StoreFinish;

typedef void (*StoreFinishCallback)(void *context, StoreFinish outcome);

typedef struct StoreInterface {
    int (*register_debuggee)(Store *store, const json_t *debuggee);
    int (*watch)(Store *store, const char *debuggee_id, const StoreWatcher *watcher, void *context,
                 StoreWatch **ret_watch);
    void (*unwatch)(StoreWatch *watch);
    int (*update)(Store *store, const char *debuggee_id, json_t *breakpoint);
    int (*finish)(Store *store, const char *debuggee_id, json_t *breakpoint, StoreFinishCallback callback,
                  void *context);
    uint64_t (*unix_us)(Store *store); /* may be NULL: the clock is this host's */
    void (*free)(Store *store);
} StoreInterface;

/* The first member of every implementation's struct. */
struct Store {
    const StoreInterface *interface;
};

/* store_register_debuggee() - writes cdbg/debuggees/<id>, or only refreshes lastUpdateTimeUnixMsec if it is
 * there. The store adds registrationTimeUnixMsec and lastUpdateTimeUnixMsec. Call it again every hour while
 * the debuggee is active.
 * @debuggee has "id" and is borrowed during the call. Returns 0 or a negative errno. */
static inline int store_register_debuggee(Store *store, const json_t *debuggee)
{
    return store->interface->register_debuggee(store, debuggee);
}

/* store_watch() - begins to watch cdbg/breakpoints/<debuggee_id>/active. The callbacks come from the loop
 * until store_unwatch(); @watcher and @context are borrowed until then. The caller owns *ret_watch. 0 or a
 * negative errno. */
static inline int store_watch(Store *store, const char *debuggee_id, const StoreWatcher *watcher,
                              void *context, StoreWatch **ret_watch)
{
    return store->interface->watch(store, debuggee_id, watcher, context, ret_watch);
}

/* store_unwatch() - ends a watch and frees it; no callback comes after it. NULL is nothing. */
static inline void store_unwatch(Store *store, StoreWatch *watch)
{
    if (watch)
        store->interface->unwatch(watch);
}

/* store_update() - replaces active/<id> by @breakpoint if active/<id> is still there (an interim status for
 * the user). Consumes @breakpoint, also on failure. 0, -ENOENT if it is gone, or another negative errno. */
static inline int store_update(Store *store, const char *debuggee_id, json_t *breakpoint)
{
    return store->interface->update(store, debuggee_id, breakpoint);
}

/* store_finish() - ends a breakpoint: active/<id> is removed, final/<id> written without stackFrames,
 * variableTable and evaluatedExpressions, and, for action CAPTURE, snapshot/<id> written whole; all of it or
 * nothing. isFinalState and finalTimeUnixMsec are added here. Consumes @breakpoint (the definition plus the
 * result), also on failure.
 *
 * Returns 0 once the result is on disk and will be delivered: @callback tells the outcome later, or from
 * within this call. A negative errno: it was not taken (-ENOSPC: the disk is full; -ENOBUFS: too
 * much waits for the database already; a status only would still be taken), and @callback will not be called.
 */
static inline int store_finish(Store *store, const char *debuggee_id, json_t *breakpoint,
                               StoreFinishCallback callback, void *context)
{
    return store->interface->finish(store, debuggee_id, breakpoint, callback, context);
}

/* store_unix_us() - what time it is by the clock that gives breakpoints their time of creation; 0: this
 * host's.
 */
static inline uint64_t store_unix_us(Store *store)
{
    return store->interface->unix_us ? store->interface->unix_us(store) : 0;
}

/* store_free() - NULL is nothing. Watches must have been ended. */
static inline void store_free(Store *store)
{
    if (store)
        store->interface->free(store);
}

#ifdef __cplusplus
}
#endif
