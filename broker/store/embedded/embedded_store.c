#include "broker/store/embedded/embedded_store.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/live_tree.h"
#include "broker/store/embedded/watch.h"
#include "broker/util/cleanup.h"
#include "broker/util/json_whole.h"
#include "broker/util/log.h"

struct EmbeddedStore {
    Store store; /* first: see store.h */
    LiveTree *tree;
    struct event_base *base;
};

static EmbeddedStore *self_of(Store *store)
{
    return (EmbeddedStore *)store;
}

/* The path of keys[0]/keys[1]/..., each of which must be one key; @keys ends with NULL. */
static int make_path(const char *const *keys, TreePath *ret)
{
    TreePath path = {0};
    int result = path_parse_url(&path, "");

    for (; *keys && result == 0; keys++) {
        AUTO_PATH TreePath parent = path;

        path = (TreePath){0};
        result = key_is_valid(*keys, strlen(*keys)) ? path_parse_below(&path, &parent, *keys) : -EINVAL;
    }
    if (result != 0) {
        path_deinit(&path);
        return result < 0 ? result : -EINVAL;
    }
    *ret = path;
    return 0;
}

/* What the database refuses is -EINVAL here. */
static int put(EmbeddedStore *self, const char *const *keys, const json_t *json)
{
    AUTO_PATH TreePath path = {0};
    int result = make_path(keys, &path);

    if (result == 0)
        result = live_tree_put(self->tree, &path, json, NULL);
    return result > 0 ? -EINVAL : result;
}

static int read_at(EmbeddedStore *self, const char *const *keys, json_t **ret)
{
    AUTO_PATH TreePath path = {0};
    int result = make_path(keys, &path);

    return result == 0 ? live_tree_read(self->tree, path.text, ret) : result;
}

static json_t *now(void)
{
    return json_pack("{s:s}", ".sv", "timestamp");
}

static const char *id_of(const json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));

    return id ? id : ""; /* which is no key */
}

/* ---- store.h ---- */

static int register_debuggee(Store *store, const json_t *debuggee)
{
    EmbeddedStore *self = self_of(store);
    const char *id = id_of(debuggee);
    AUTO_JSON json_t *time = now();
    AUTO_JSON json_t *there = NULL;
    AUTO_JSON json_t *entry = NULL;
    int error;

    error =
        read_at(self, (const char *[]){"cdbg", "debuggees", id, "registrationTimeUnixMsec", NULL}, &there);
    if (error < 0)
        return error;
    if (!time)
        return -ENOMEM;
    if (there)
        return put(self, (const char *[]){"cdbg", "debuggees", id, "lastUpdateTimeUnixMsec", NULL}, time);

    entry = json_whole_copy(debuggee);
    if (!entry || json_object_set(entry, "registrationTimeUnixMsec", time) < 0 ||
        json_object_set(entry, "lastUpdateTimeUnixMsec", time) < 0)
        return -ENOMEM;
    return put(self, (const char *[]){"cdbg", "debuggees", id, NULL}, entry);
}

static int watch(Store *store, const char *debuggee_id, const StoreWatcher *watcher, void *context,
                 StoreWatch **ret_watch)
{
    EmbeddedStore *self = self_of(store);

    return watch_new(self->tree, self->base, debuggee_id, watcher, context, ret_watch);
}

static int update(Store *store, const char *debuggee_id, json_t *breakpoint)
{
    EmbeddedStore *self = self_of(store);
    AUTO_JSON json_t *owned = breakpoint;
    AUTO_JSON json_t *there = NULL;
    const char *const keys[] = {"cdbg", "breakpoints", debuggee_id, "active", id_of(owned), NULL};
    int error = read_at(self, keys, &there);

    if (error < 0)
        return error;
    return there ? put(self, keys, owned) : -ENOENT;
}

static int set_member(json_t *object, const char *state, const char *id, json_t *value)
{
    AUTO_FREE char *key = NULL;

    if (!value || asprintf(&key, "%s/%s", state, id) < 0) {
        json_decref(value);
        return -ENOMEM;
    }
    return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

/* The one update that ends @breakpoint. */
static int make_final_update(json_t *breakpoint, json_t **ret)
{
    static const char *const only_in_snapshot[] = {"stackFrames", "variableTable", "evaluatedExpressions"};
    const char *id = id_of(breakpoint);
    const char *action = json_string_value(json_object_get(breakpoint, "action"));
    bool is_logpoint = action && strcmp(action, "LOG") == 0; /* a missing action is CAPTURE */
    AUTO_JSON json_t *members = json_object();
    AUTO_JSON json_t *snapshot = json_whole_copy(breakpoint);
    AUTO_JSON json_t *final = NULL;

    if (!members || !snapshot || json_object_set_new(snapshot, "isFinalState", json_true()) < 0 ||
        json_object_set_new(snapshot, "finalTimeUnixMsec", now()) < 0)
        return -ENOMEM;
    final = json_whole_copy(snapshot);
    for (size_t i = 0; i < ARRAY_SIZE(only_in_snapshot); i++)
        (void)json_object_del(final, only_in_snapshot[i]); /* it need not be there */
    if (set_member(members, "active", id, json_null()) < 0 ||
        set_member(members, "final", id, TAKE(final)) < 0)
        return -ENOMEM;
    if (!is_logpoint && set_member(members, "snapshot", id, TAKE(snapshot)) < 0)
        return -ENOMEM;
    *ret = TAKE(members);
    return 0;
}

/* One transaction: whoever removes active/<id> has the right to write the result. */
static int finish_once(EmbeddedStore *self, const char *debuggee_id, json_t *breakpoint,
                       StoreFinish *ret_outcome)
{
    AUTO_JSON json_t *owned = breakpoint;
    AUTO_JSON json_t *members = NULL;
    AUTO_JSON json_t *active = NULL;
    AUTO_PATH TreePath path = {0};
    int result;

    result = read_at(self, (const char *[]){"cdbg", "breakpoints", debuggee_id, "active", id_of(owned), NULL},
                     &active);
    if (result == 0 && !active) {
        *ret_outcome = STORE_FINISH_LOST_RACE;
        return 0;
    }
    if (result == 0)
        result = make_path((const char *[]){"cdbg", "breakpoints", debuggee_id, NULL}, &path);
    if (result == 0)
        result = make_final_update(owned, &members);
    if (result == 0)
        result = live_tree_update(self->tree, &path, members, NULL);
    (void)malloc_trim(
        0); /* a snapshot leaves megabytes of freed tree behind, which the C library would keep */
    if (result < 0)
        return result;
    if (result > 0)
        log_error("store_result_rejected", "the result of a breakpoint cannot be stored: reason %d", result);
    *ret_outcome = result > 0 ? STORE_FINISH_REJECTED : STORE_FINISH_DONE;
    return 0;
}

static int finish(Store *store, const char *debuggee_id, json_t *breakpoint, StoreFinishCallback callback,
                  void *context)
{
    StoreFinish outcome = STORE_FINISH_REJECTED;
    int error = finish_once(self_of(store), debuggee_id, breakpoint, &outcome);

    (void)malloc_trim(
        0); /* a snapshot leaves megabytes of freed tree behind, which the C library would keep */
    if (error == 0)
        callback(context, outcome);
    return error;
}

static void free_store(Store *store)
{
    EmbeddedStore *self = self_of(store);

    (void)live_tree_close(self->tree);
    free(self);
}

static const StoreInterface interface = {
    .register_debuggee = register_debuggee,
    .watch = watch,
    .unwatch = watch_free,
    .update = update,
    .finish = finish,
    .free = free_store,
};

/* ---- Life ---- */

static int write_schema_version(EmbeddedStore *self)
{
    static const char *const keys[] = {"cdbg", "schema_version", NULL};
    AUTO_JSON json_t *version = json_string("1");
    AUTO_JSON json_t *there = NULL;
    int error = read_at(self, keys, &there);

    if (error < 0 || there)
        return error;
    return version ? put(self, keys, version) : -ENOMEM;
}

int embedded_store_new(const EmbeddedStoreOptions *options, struct event_base *base, EmbeddedStore **ret)
{
    EmbeddedStore *self = calloc(1, sizeof *self);
    const DatabaseOptions database = {.directory = options->state_dir, .bytes_max = options->bytes_max};
    int error;

    if (!self)
        return -ENOMEM;
    self->store.interface = &interface;
    self->base = base;
    error = live_tree_open(&database, &self->tree);
    if (error == 0)
        error = write_schema_version(self);
    if (error < 0) {
        (void)embedded_store_free(self);
        return error;
    }
    *ret = self;
    return 0;
}

const char *embedded_store_error_text(int error)
{
    switch (-error) {
    case EBUSY:
        return "the state directory is in use by another process";
    case EUCLEAN:
        return "store.db is damaged or is no database of this program; restore it, or move it away to begin "
               "anew";
    case EPROTONOSUPPORT:
        return "store.db was written by a newer version of this program";
    case ENOSPC:
        return "the disk under the state directory is full";
    default:
        return strerror(-error);
    }
}

Store *embedded_store_interface(EmbeddedStore *self)
{
    return &self->store;
}

EmbeddedStore *embedded_store_free(EmbeddedStore *self)
{
    if (self)
        free_store(&self->store);
    return NULL;
}

struct LiveTree *embedded_store_tree(EmbeddedStore *self)
{
    return self->tree;
}

struct event_base *embedded_store_base(EmbeddedStore *self)
{
    return self->base;
}
