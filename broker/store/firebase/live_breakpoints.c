#include "broker/store/firebase/live_breakpoints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/path.h"
#include "broker/store/embedded/tree.h"
#include "broker/store/embedded/tree_hash.h"
#include "broker/store/embedded/tree_text.h"
#include "broker/util/cleanup.h"

struct LiveBreakpoints {
    json_t *tree;        /* NULL: nothing is there */
    json_t *told;        /* from id to the hash of what was told; null: it was withheld */
    json_t *pending;     /* the ids to look at */
    bool is_all_pending; /* every id that is there, and every one that was told */
};

LiveBreakpoints *live_breakpoints_free(LiveBreakpoints *live)
{
    if (!live)
        return NULL;
    json_decref(live->tree);
    json_decref(live->told);
    json_decref(live->pending);
    free(live);
    return NULL;
}

int live_breakpoints_new(LiveBreakpoints **ret)
{
    LiveBreakpoints *live = calloc(1, sizeof *live);

    if (!live)
        return -ENOMEM;
    live->told = json_object();
    live->pending = json_object();
    if (!live->told || !live->pending) {
        (void)live_breakpoints_free(live);
        return -ENOMEM;
    }
    *ret = live;
    return 0;
}

/* ---------------------------------------------------------------------------------------------- events */

static void mark(LiveBreakpoints *live, const char *path)
{
    char id[KEY_BYTES_MAX + 1];

    if (!path_next_key(&path, id) || json_object_set_new(live->pending, id, json_true()) < 0)
        live->is_all_pending = true;
}

/* @path is below @parent, plain text. */
static int put(LiveBreakpoints *live, const TreePath *parent, const char *path, const json_t *data)
{
    AUTO_PATH TreePath place = {0};
    json_t *value = NULL;
    int result = path_parse_below(&place, parent, path);

    if (result == 0)
        result = tree_from_json(data, place.depth, 0, NULL, &value);
    if (result == 0) {
        mark(live, place.text);
        result = tree_set(&live->tree, place.text, value);
    }
    return result > 0 ? -EBADMSG : result;
}

int live_breakpoints_put(LiveBreakpoints *live, const char *path, const json_t *data)
{
    AUTO_PATH TreePath root = {0};
    int result = path_parse_url(&root, "");

    return result < 0 ? result : put(live, &root, path, data);
}

int live_breakpoints_patch(LiveBreakpoints *live, const char *path, const json_t *data)
{
    AUTO_PATH TreePath root = {0};
    AUTO_PATH TreePath place = {0};
    const char *key;
    json_t *member;
    int result = path_parse_url(&root, "");

    if (!json_is_object(data))
        return -EBADMSG;
    if (result == 0)
        result = path_parse_below(&place, &root, path);
    json_object_foreach((json_t *)data, key, member)
    {
        if (result == 0)
            result = put(live, &place, key, member);
    }
    return result > 0 ? -EBADMSG : result;
}

/* ------------------------------------------------------------------------------------------------ news */

/* What is gone comes first: it makes room for what is new, where there is a limit. */
static int expand_all(LiveBreakpoints *live)
{
    const char *id;
    json_t *ignored;

    if (json_object_update(live->pending, live->told) < 0)
        return -ENOMEM;
    json_object_foreach(live->tree, id, ignored)
    {
        if (json_object_set_new(live->pending, id, json_true()) < 0)
            return -ENOMEM;
    }
    live->is_all_pending = false;
    return 0;
}

static int look_at(LiveBreakpoints *live, const char *id, json_t **ret_breakpoint)
{
    const json_t *tree = json_object_get(live->tree, id);
    const char *told = json_string_value(json_object_get(live->told, id));
    AUTO_JSON json_t *breakpoint = NULL;
    char hash[TREE_HASH_BYTES];

    if (!json_is_object(tree)) /* anything else is no breakpoint */
        return json_object_del(live->told, id) == 0 ? LIVE_REMOVED : LIVE_NOTHING;
    if (tree_hash(tree, hash) < 0)
        return -ENOMEM;
    if (told && strcmp(told, hash) == 0)
        return LIVE_NOTHING;
    breakpoint = tree_to_json(tree);
    if (!breakpoint || json_object_set_new(live->told, id, json_string(hash)) < 0)
        return -ENOMEM;
    *ret_breakpoint = TAKE(breakpoint);
    return LIVE_SET;
}

int live_breakpoints_next(LiveBreakpoints *live, char **ret_id, json_t **ret_breakpoint)
{
    int result = live->is_all_pending ? expand_all(live) : 0;
    void *first;

    while (result == LIVE_NOTHING && (first = json_object_iter(live->pending))) {
        AUTO_FREE char *id = strdup(json_object_iter_key(first));

        if (!id)
            return -ENOMEM;
        result = look_at(live, id, ret_breakpoint);
        if (result >= 0)
            (void)json_object_del(live->pending, id); /* it is there */
        if (result > LIVE_NOTHING)
            *ret_id = TAKE(id);
    }
    return result;
}

void live_breakpoints_withhold(LiveBreakpoints *live, const char *id)
{
    /* No hash equals it; the id stays, so that its end is told. It replaces one that is there. */
    (void)json_object_set_new(live->told, id, json_null());
}

void live_breakpoints_take_back(LiveBreakpoints *live, const char *id)
{
    live_breakpoints_withhold(live, id);
    mark(live, id);
}
