/* A watch of the active breakpoints of one debuggee. Internal to store/embedded/; loop thread only. */
#pragma once

#include <event2/event.h>

#include "broker/store/embedded/live_tree.h"
#include "broker/store/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Functions as store_watch() and store_unwatch(). -EINVAL: @debuggee_id is no key. */
int watch_new(LiveTree *tree, struct event_base *base, const char *debuggee_id, const StoreWatcher *watcher,
              void *context, StoreWatch **ret);
void watch_free(StoreWatch *watch);

#ifdef __cplusplus
}
#endif
