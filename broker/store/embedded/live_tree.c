#include "broker/store/embedded/live_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/tree.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

struct LiveTree {
    Database *database;
    LIST_HEAD(TreeObserverList, TreeObserver) observers;
};

int live_tree_open(const DatabaseOptions *options, LiveTree **ret)
{
    AUTO_FREE LiveTree *self = calloc(1, sizeof *self);
    int error;

    if (!self)
        return -ENOMEM;
    LIST_INIT(&self->observers);
    error = database_open(options, &self->database);
    if (error < 0)
        return error;
    *ret = TAKE(self);
    return 0;
}

LiveTree *live_tree_close(LiveTree *self)
{
    if (!self)
        return NULL;
    (void)database_close(self->database);
    free(self);
    return NULL;
}

int live_tree_read(LiveTree *self, const char *path, json_t **ret)
{
    return database_read(self->database, path, ret);
}

int live_tree_read_keys(LiveTree *self, const char *path, json_t **ret)
{
    return database_read_keys(self->database, path, ret);
}

static void tell(LiveTree *self, const TreeChange *change)
{
    TreeObserver *observer;

    LIST_FOREACH(observer, &self->observers, entry)
    observer->changed(observer, change);
}

/* What @json becomes at @path. */
static int prepare(LiveTree *self, const TreePath *path, const json_t *json, uint64_t now_ms, json_t **ret)
{
    AUTO_JSON json_t *existing = NULL;
    int error = tree_needs_existing(json) ? live_tree_read(self, path->text, &existing) : 0;

    if (error < 0)
        return error;
    *ret = NULL;
    return json ? tree_from_json(json, path->depth, now_ms, existing, ret) : 0;
}

int live_tree_put(LiveTree *self, const TreePath *path, const json_t *json, json_t **ret_tree)
{
    AUTO_JSON json_t *tree = NULL;
    int result = prepare(self, path, json, clock_unix_us() / 1000, &tree);

    if (result == 0)
        result = database_begin(self->database);
    if (result == 0) {
        result = database_put(self->database, path->text, tree);
        if (result == 0)
            result = database_commit(self->database);
        if (result < 0)
            database_rollback(self->database);
    }
    if (result != 0)
        return result;
    tell(self, &(TreeChange){.path = path->text, .data = tree});
    if (ret_tree)
        *ret_tree = TAKE(tree);
    return 0;
}

/* Whether a key of @data is above @relative. */
static bool has_ancestor(json_t *data, const char *relative)
{
    for (const char *slash = strchr(relative, '/'); slash; slash = strchr(slash + 1, '/'))
        if (json_object_getn(data, relative, (size_t)(slash - relative)))
            return true;
    return false;
}

/* Adds one key of an update to @data. */
static int prepare_member(LiveTree *self, const TreePath *path, const char *key, const json_t *json,
                          uint64_t now_ms, json_t *data)
{
    AUTO_PATH TreePath member_path = {0};
    AUTO_JSON json_t *tree = NULL;
    int result = path_parse_below(&member_path, path, key);
    const char *relative;

    if (result == PATH_TOO_DEEP)
        return TREE_TOO_DEEP;
    if (result > 0 || (result == 0 && member_path.depth == path->depth))
        return LIVE_TREE_BAD_UPDATE_PATH;
    if (result == 0)
        result = prepare(self, &member_path, json, now_ms, &tree);
    if (result != 0)
        return result;
    relative = path_relative(path->text, member_path.text);
    if (json_object_get(data, relative))
        return LIVE_TREE_UPDATE_CONFLICT;
    return json_object_set_new(data, relative, tree ? TAKE(tree) : json_null()) < 0 ? -ENOMEM : 0;
}

static int prepare_update(LiveTree *self, const TreePath *path, const json_t *json, json_t *data)
{
    uint64_t now_ms = clock_unix_us() / 1000;
    const char *key;
    json_t *member;

    json_object_foreach((json_t *)json, key, member)
    {
        int result = prepare_member(self, path, key, member, now_ms, data);

        if (result != 0)
            return result;
    }
    json_object_foreach(data, key, member) if (has_ancestor(data, key)) return LIVE_TREE_UPDATE_CONFLICT;
    return 0;
}

static int write_update(LiveTree *self, const TreePath *path, json_t *data)
{
    const char *key;
    json_t *member;

    json_object_foreach(data, key, member)
    {
        AUTO_PATH TreePath member_path = {0};
        int error = path_parse_below(&member_path, path, key);

        if (error == 0)
            error = database_put(self->database, member_path.text, json_is_null(member) ? NULL : member);
        if (error < 0)
            return error;
    }
    return database_commit(self->database);
}

int live_tree_update(LiveTree *self, const TreePath *path, const json_t *json, json_t **ret_data)
{
    AUTO_JSON json_t *data = json_object();
    int result = data ? prepare_update(self, path, json, data) : -ENOMEM;

    if (result == 0)
        result = database_begin(self->database);
    if (result == 0) {
        result = write_update(self, path, data);
        if (result < 0)
            database_rollback(self->database);
    }
    if (result != 0)
        return result;
    tell(self, &(TreeChange){.path = path->text, .is_update = true, .data = data});
    if (ret_data)
        *ret_data = TAKE(data);
    return 0;
}

void live_tree_add_observer(LiveTree *self, TreeObserver *observer)
{
    LIST_INSERT_HEAD(&self->observers, observer, entry);
}

void live_tree_remove_observer(TreeObserver *observer)
{
    LIST_REMOVE(observer, entry);
}

uint64_t live_tree_num_sync_failures(const LiveTree *self)
{
    return database_num_sync_failures(self->database);
}
