/* The embedded store: breakpoints in a SQLite file of this host, behind the face of broker/store/store.h.
 *
 * What it holds is also reachable over HTTP, see rest.h; each side hears of the other's writes. A result is
 * delivered when store_finish() returns: there is no outbox, the database is one. Loop thread only (a small
 * thread of its own syncs the file). */
#pragma once

#include <event2/event.h>
#include <stdint.h>

#include "broker/store/store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct EmbeddedStore EmbeddedStore;
struct LiveTree;

typedef struct EmbeddedStoreOptions {
    const char *state_dir; /* holds store.db*, store.lock; made with mode 0700 if it is not there; borrowed
                              for the call of embedded_store_new() */
    uint64_t bytes_max;    /* of the database, beyond which writes are -ENOSPC; 0: as much as the disk has */
} EmbeddedStoreOptions;

/* embedded_store_new() - opens or makes the store; cdbg/schema_version is there afterwards.
 * Returns 0, or a negative errno that embedded_store_error_text() explains: -EBUSY (another process has the
 * state directory), -EUCLEAN (the database is damaged), -EPROTONOSUPPORT (a newer version wrote it), -ENOSPC,
 * -EACCES, -ENOTDIR, -EIO, -ENOMEM. The caller owns *ret; @base must outlive it. */
int embedded_store_new(const EmbeddedStoreOptions *options, struct event_base *base, EmbeddedStore **ret);

/* embedded_store_error_text() - a sentence for the log, without the path. */
const char *embedded_store_error_text(int error);

/* embedded_store_interface() - its face for the apps layer; store_free() of it frees the whole. */
Store *embedded_store_interface(EmbeddedStore *store);

/* embedded_store_free() - the same as store_free() of its interface. REST servers and watches of it must be
 * gone. NULL is nothing; returns NULL. */
EmbeddedStore *embedded_store_free(EmbeddedStore *store);

/* For rest.c: the database, and the loop. Borrowed. */
struct LiveTree *embedded_store_tree(EmbeddedStore *store);
struct event_base *embedded_store_base(EmbeddedStore *store);

#ifdef __cplusplus
}
#endif
