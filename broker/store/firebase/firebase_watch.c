#include "broker/store/firebase/firebase_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/key.h"
#include "broker/store/firebase/live_breakpoints.h"
#include "broker/util/cleanup.h"

#define RETRY_MS 5000 /* when memory was out; untuned */

/* Events change the tree at once; what is news in it is told from the loop, a bounded number per turn. */
struct StoreWatch {
    LIST_ENTRY(StoreWatch) next;
    FirebaseWatches *all;
    char *debuggee_id;
    const StoreWatcher *watcher;
    void *context;
    Subscription *subscription;
    LiveBreakpoints *live;
    Timer dispatch;
    bool is_sync_due; /* all that is there has come, and was not told to the end */
    bool is_dispatching;
    bool is_ended; /* while dispatching */
};

static void destroy(StoreWatch *watch)
{
    LIST_REMOVE(watch, next);
    watch->subscription = subscription_free(watch->subscription);
    watch->live = live_breakpoints_free(watch->live);
    timer_unset(&watch->dispatch);
    free(watch->debuggee_id);
    free(watch);
}

static void dispatch_in_ms(StoreWatch *watch, uint64_t wait_ms)
{
    Timers *timers = watch->all->subscription->timers;
    const Clock *clock = timers_clock(timers);

    timer_set(timers, &watch->dispatch, clock->monotonic_us(clock) + wait_ms * US_PER_MS);
}

/* ---------------------------------------------------------------------------------------------- events */

static int on_put(void *context, const char *path, const json_t *data)
{
    StoreWatch *watch = context;
    bool is_all = path[strspn(path, "/")] == '\0';
    int result = live_breakpoints_put(watch->live, path, data);

    if (result < 0)
        return result;
    if (is_all) {
        watch->is_sync_due = true;
        watch->all->note(watch->all->context, NULL);
    }
    dispatch_in_ms(watch, 0);
    return 0;
}

static int on_patch(void *context, const char *path, const json_t *data)
{
    StoreWatch *watch = context;
    int result = live_breakpoints_patch(watch->live, path, data);

    if (result == 0)
        dispatch_in_ms(watch, 0);
    return result;
}

static void on_lost(void *context, const char *problem)
{
    StoreWatch *watch = context;

    watch->all->note(watch->all->context, problem);
}

/* ---------------------------------------------------------------------------------------------- telling */

/* LIVE_NOTHING if that is all, or -ENOMEM. */
static int tell_one(StoreWatch *watch)
{
    AUTO_FREE char *id = NULL;
    AUTO_JSON json_t *breakpoint = NULL;
    FirebaseWatches *all = watch->all;
    int news = live_breakpoints_next(watch->live, &id, &breakpoint);

    if (news == LIVE_REMOVED)
        watch->watcher->removed(watch->context, id);
    else if (news == LIVE_SET && all->is_over(all->context, watch->debuggee_id, id))
        live_breakpoints_withhold(watch->live, id); /* it may come to nothing: then it is active again */
    else if (news == LIVE_SET && watch->watcher->set(watch->context, id, breakpoint) < 0)
        return live_breakpoints_take_back(watch->live, id), -ENOMEM;
    return news;
}

static int subscribe(StoreWatch *watch);

static void on_dispatch(void *context)
{
    StoreWatch *watch = context;
    int news = LIVE_SET;

    if (!watch->subscription) { /* there was no memory for it */
        if (subscribe(watch) < 0)
            dispatch_in_ms(watch, RETRY_MS);
        return;
    }
    watch->is_dispatching = true;
    for (unsigned i = 0; i < WATCH_NEWS_PER_TURN && news > LIVE_NOTHING && !watch->is_ended; i++)
        news = tell_one(watch);
    if (!watch->is_ended && news != LIVE_NOTHING) {
        dispatch_in_ms(watch, news < 0 ? RETRY_MS : 0);
    } else if (!watch->is_ended && watch->is_sync_due) {
        watch->is_sync_due = false;
        watch->watcher->in_sync(watch->context);
    }
    watch->is_dispatching = false;
    if (watch->is_ended)
        destroy(watch);
}

/* ------------------------------------------------------------------------------------------------ life */

static int subscribe(StoreWatch *watch)
{
    const SubscriptionHandler handler = {on_put, on_patch, on_lost, watch};
    AUTO_FREE char *path = NULL;

    if (asprintf(&path, "cdbg/breakpoints/%s/active", watch->debuggee_id) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    return subscription_new(watch->all->subscription, path, &handler, &watch->subscription);
}

void firebase_watches_start(FirebaseWatches *all)
{
    StoreWatch *watch;

    LIST_FOREACH(watch, &all->list, next)
    {
        if (subscribe(watch) == 0)
            continue;
        all->note(all->context, "There is no memory to watch the breakpoints of an app");
        dispatch_in_ms(watch, RETRY_MS);
    }
}

static int fill(StoreWatch *watch, const char *debuggee_id)
{
    watch->debuggee_id = strdup(debuggee_id);
    if (!watch->debuggee_id || live_breakpoints_new(&watch->live) < 0)
        return -ENOMEM;
    return watch->all->subscription->rtdb ? subscribe(watch) : 0;
}

int firebase_watch_new(FirebaseWatches *all, const char *debuggee_id, const StoreWatcher *watcher,
                       void *context, StoreWatch **ret)
{
    StoreWatch *watch;

    if (!key_is_valid(debuggee_id, strlen(debuggee_id)))
        return -EINVAL;
    watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->all = all;
    watch->watcher = watcher;
    watch->context = context;
    timer_init(&watch->dispatch, on_dispatch, watch);
    LIST_INSERT_HEAD(&all->list, watch, next);
    if (fill(watch, debuggee_id) < 0) {
        destroy(watch);
        return -ENOMEM;
    }
    *ret = watch;
    return 0;
}

void firebase_watch_free(StoreWatch *watch)
{
    watch->is_ended = true;
    if (!watch->is_dispatching)
        destroy(watch);
}
