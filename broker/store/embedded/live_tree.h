/* The database with ears: reads, atomic writes, and observers that are told of every write.
 *
 * Both faces of the embedded store, the apps layer's and HTTP, stand on this, so that each hears of the
 * other's writes. Loop thread only. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "broker/store/embedded/database.h"
#include "broker/store/embedded/path.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct LiveTree LiveTree;
typedef struct TreeObserver TreeObserver;

/* A write that has just been committed. All borrowed during the call. */
typedef struct TreeChange {
    const char *path; /* that was written, or the parent that an update is relative to */
    bool is_update;
    json_t *data; /* a put: the new tree, NULL if it was removed; an update: an object from relative paths to
                     trees, json_null() for what was removed */
} TreeChange;

/* Member of the observer's own struct. changed() is called from within the write; it may read the tree, but
 * must neither write nor add or remove an observer. */
struct TreeObserver {
    LIST_ENTRY(TreeObserver) entry;
    void (*changed)(TreeObserver *observer, const TreeChange *change);
};

/* A write that the database refuses; beside these the TreeProblems (1, 2, ...) of tree.h. */
enum {
    LIVE_TREE_BAD_UPDATE_PATH = 100, /* a key of an update is no path */
    LIVE_TREE_UPDATE_CONFLICT,       /* two keys of an update where one is above the other */
};

/* Results as database_open(). The caller owns *ret. */
int live_tree_open(const DatabaseOptions *options, LiveTree **ret);

/* live_tree_close() - observers must be gone. NULL is nothing; returns NULL. */
LiveTree *live_tree_close(LiveTree *tree);

/* As database_read() and database_read_keys(). */
int live_tree_read(LiveTree *tree, const char *path, json_t **ret);
int live_tree_read_keys(LiveTree *tree, const char *path, json_t **ret);

/* live_tree_put() - replaces what is at @path by @json (borrowed; NULL or null removes).
 * @ret_tree: what is there now (NULL: nothing), owned by the caller; may be NULL.
 * Returns 0; a positive reason, and nothing was written; or a negative errno as database_put(). */
int live_tree_put(LiveTree *tree, const TreePath *path, const json_t *json, json_t **ret_tree);

/* live_tree_update() - replaces, all or nothing, what is at each key of the object @json (borrowed): the keys
 * are paths below @path.
 * @ret_data: an object with the clean keys and what is there now; owned by the caller; may be NULL.
 * Returns as live_tree_put(). */
int live_tree_update(LiveTree *tree, const TreePath *path, const json_t *json, json_t **ret_data);

void live_tree_add_observer(LiveTree *tree, TreeObserver *observer);
void live_tree_remove_observer(TreeObserver *observer);

/* See database_num_sync_failures(). */
uint64_t live_tree_num_sync_failures(const LiveTree *tree);

#ifdef __cplusplus
}
#endif
