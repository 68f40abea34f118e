#include "broker/store/embedded/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/tree.h"
#include "broker/store/embedded/tree_hash.h"
#include "broker/store/embedded/tree_text.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

#define BREAKPOINTS_PER_TURN 64   /* of the loop; untuned */
#define RETRY_MS             5000 /* after a failed read; untuned */

/* A write only marks what it touched; the callbacks come from the loop, with what is there by then. */
struct StoreWatch {
    TreeObserver observer;
    LiveTree *tree;
    char *path; /* cdbg/breakpoints/<debuggee>/active */
    const StoreWatcher *watcher;
    void *context;
    json_t *told;        /* from id to the hash of what was told */
    json_t *pending;     /* the ids to look at */
    bool is_all_pending; /* every id that is there, and every one that was told */
    bool is_in_sync_told;
    bool is_failure_logged;
    bool is_dispatching;
    bool is_ended; /* while dispatching */
    struct event *dispatch;
};

/* ---- Writes ---- */

/* In the next turn of the loop: what event_active() makes ready in a callback would still run in this one. */
static void wake(StoreWatch *watch)
{
    const struct timeval at_once = {0};

    (void)event_add(watch->dispatch, &at_once); /* fails only without memory; the next write wakes it too */
}

static void mark(StoreWatch *watch, const char *path)
{
    const char *below = path_relative(watch->path, path);
    char id[KEY_BYTES_MAX + 1];

    if (below && path_next_key(&below, id)) {
        if (json_object_set_new(watch->pending, id, json_true()) < 0)
            watch->is_all_pending = true;
    } else if (below || path_relative(path, watch->path)) {
        watch->is_all_pending = true;
    } else {
        return;
    }
    wake(watch);
}

static void mark_update(StoreWatch *watch, const TreeChange *change)
{
    const char *key;
    json_t *member;

    json_object_foreach(change->data, key, member)
    {
        AUTO_FREE char *path = NULL;

        if (asprintf(&path, "%s%s%s", change->path, *change->path ? "/" : "", key) < 0)
            mark(watch, watch->path);
        else
            mark(watch, path);
    }
}

static void on_changed(TreeObserver *observer, const TreeChange *change)
{
    StoreWatch *watch = (StoreWatch *)((char *)observer - offsetof(StoreWatch, observer));

    if (change->is_update)
        mark_update(watch, change);
    else
        mark(watch, change->path);
}

/* ---- Telling ---- */

static int expand_all(StoreWatch *watch)
{
    AUTO_JSON json_t *keys = NULL;
    int error = live_tree_read_keys(watch->tree, watch->path, &keys);

    if (error < 0)
        return error;
    if (json_is_object(keys) && json_object_update(watch->pending, keys) < 0)
        return -ENOMEM;
    if (json_object_update(watch->pending, watch->told) < 0)
        return -ENOMEM;
    watch->is_all_pending = false;
    return 0;
}

static int read_breakpoint(StoreWatch *watch, const char *id, json_t **ret)
{
    AUTO_FREE char *path = NULL;

    if (asprintf(&path, "%s/%s", watch->path, id) < 0)
        return -ENOMEM;
    return live_tree_read(watch->tree, path, ret);
}

/* The watch may have been ended when this returns. */
static int tell_set(StoreWatch *watch, const char *id, const json_t *tree)
{
    const char *told = json_string_value(json_object_get(watch->told, id));
    AUTO_JSON json_t *breakpoint = NULL;
    char hash[TREE_HASH_BYTES];
    int error;

    if (tree_hash(tree, hash) < 0)
        return -ENOMEM;
    if (told && strcmp(told, hash) == 0)
        return 0;
    breakpoint = tree_to_json(tree);
    if (!breakpoint || json_object_set_new(watch->told, id, json_string(hash)) < 0)
        return -ENOMEM;
    error = watch->watcher->set(watch->context, id, breakpoint);
    if (error < 0)
        (void)json_object_del(watch->told, id); /* it is there */
    return error;
}

static int tell_one(StoreWatch *watch, const char *id)
{
    AUTO_JSON json_t *tree = NULL;
    int error = read_breakpoint(watch, id, &tree);

    if (error < 0)
        return error;
    if (json_is_object(tree)) /* anything else is no breakpoint */
        return tell_set(watch, id, tree);
    if (json_object_del(watch->told, id) == 0)
        watch->watcher->removed(watch->context, id);
    return 0;
}

/* Tells about a bounded number of pending ids. */
static int tell_some(StoreWatch *watch)
{
    int error = watch->is_all_pending ? expand_all(watch) : 0;

    for (unsigned i = 0; i < BREAKPOINTS_PER_TURN && error == 0 && !watch->is_ended; i++) {
        void *first = json_object_iter(watch->pending);
        AUTO_FREE char *id = first ? strdup(json_object_iter_key(first)) : NULL;

        if (!first)
            break;
        if (!id)
            return -ENOMEM;
        /* Before the callback, which may make it pending anew. */
        (void)json_object_del(watch->pending, id); /* it is there */
        error = tell_one(watch, id);
        if (error < 0)
            watch->is_all_pending = true;
    }
    return error;
}

static void destroy(StoreWatch *watch)
{
    if (watch->dispatch)
        event_free(watch->dispatch);
    json_decref(watch->told);
    json_decref(watch->pending);
    free(watch->path);
    free(watch);
}

static void retry_later(StoreWatch *watch, int error)
{
    const struct timeval delay = {.tv_sec = RETRY_MS / 1000};

    if (!watch->is_failure_logged)
        log_error("store_read_failed", "active breakpoints cannot be read, trying again: %s",
                  strerror(-error));
    watch->is_failure_logged = true;
    (void)event_add(watch->dispatch, &delay); /* as in wake() */
}

static void on_dispatch(evutil_socket_t fd, short events, void *context)
{
    StoreWatch *watch = context;
    int error;

    (void)fd;
    (void)events;
    watch->is_dispatching = true;
    error = tell_some(watch);
    if (!watch->is_ended && error < 0) {
        retry_later(watch, error);
    } else if (!watch->is_ended && (watch->is_all_pending || json_object_size(watch->pending) > 0)) {
        wake(watch);
    } else if (!watch->is_ended && !watch->is_in_sync_told) {
        watch->is_in_sync_told = true;
        watch->watcher->in_sync(watch->context);
    }
    watch->is_dispatching = false;
    if (watch->is_ended)
        destroy(watch);
}

/* ---- Life ---- */

int watch_new(LiveTree *tree, struct event_base *base, const char *debuggee_id, const StoreWatcher *watcher,
              void *context, StoreWatch **ret)
{
    StoreWatch *watch;

    if (!key_is_valid(debuggee_id, strlen(debuggee_id)))
        return -EINVAL;
    watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->tree = tree;
    watch->watcher = watcher;
    watch->context = context;
    watch->told = json_object();
    watch->pending = json_object();
    watch->dispatch = evtimer_new(base, on_dispatch, watch);
    if (asprintf(&watch->path, "cdbg/breakpoints/%s/active", debuggee_id) < 0)
        watch->path = NULL;
    if (!watch->told || !watch->pending || !watch->dispatch || !watch->path) {
        destroy(watch);
        return -ENOMEM;
    }
    watch->observer.changed = on_changed;
    live_tree_add_observer(tree, &watch->observer);
    mark(watch, watch->path);
    *ret = watch;
    return 0;
}

void watch_free(StoreWatch *watch)
{
    live_tree_remove_observer(&watch->observer);
    watch->is_ended = true;
    if (!watch->is_dispatching)
        destroy(watch);
}
