/* Results on their way to databases: on disk before anybody is told that they were taken, and there until the
 * database has them, over restarts and outages of any length.
 *
 * Each entry belongs to a database, by a name that its owner chose (the same in every run). One with a blank
 * in it is an app's own: whoever has one that takes nothing fills up a part of the outbox, not all. Entries
 * of a database that is not attached wait: its credentials may come with the next app. Of one database the
 * oldest go first, several at a time; after a failure one request at a time probes it, with backoff.
 *
 * The outbox knows no HTTP: a link makes its requests. How one result gets there is in delivery.h, the file
 * in outbox_file.h. Loop thread only. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/store/store.h"
#include "broker/util/metrics.h"
#include "broker/util/timers.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OUTBOX_NUM_PARALLEL       8    /* requests of one database at a time; untuned */
#define OUTBOX_BACKOFF_FIRST_MS   500  /* doubled with each failure in a row; waits are a random part of it */
#define OUTBOX_BACKOFF_LAST_MS    4000 /* a request of 100 bytes; so that an outage's end is noticed in 5 s */
#define OUTBOX_LONELY_LAST_MS     300000        /* of an entry that fails while others do not */
#define OUTBOX_RETRY_AFTER_MS_MAX 3600000       /* what a database may ask for; beyond, it is not believed */
#define OUTBOX_ENTRY_BYTES        1024          /* charged for each entry beside its text */
#define OUTBOX_RESERVE_BYTES      (1024 * 1024) /* beyond bytes_max, for results that are a status only */
#define OUTBOX_GUESTS_PART        2 /* of this many, of bytes_max, for all databases of apps' own; untuned */
#define OUTBOX_IF_ABSENT          "null_etag"
#define OUTBOX_MARK_KEY           "deliveryId" /* in final/<id> and snapshot/<id>: whose result it is */

typedef struct Outbox Outbox;
typedef struct OutboxLane OutboxLane;

/* A request to a database. All borrowed during the call of send(). */
typedef struct OutboxRequest {
    const char *method;   /* "GET", "PUT", "PATCH", "DELETE" */
    const char *path;     /* keys joined by '/', not encoded: "cdbg/breakpoints/d-1" */
    const json_t *body;   /* NULL: none; of PATCH the keys may be paths */
    const char *if_match; /* a tag, or OUTBOX_IF_ABSENT; NULL: unconditional */
    bool is_etag_wanted;  /* X-Firebase-ETag */
    bool is_silent;       /* the answer need not repeat what was written */
} OutboxRequest;

typedef enum OutboxResult {
    OUTBOX_DONE,      /* a whole answer with a good status */
    OUTBOX_CONFLICT,  /* 412 */
    OUTBOX_NOT_FOUND, /* 404 */
    OUTBOX_REFUSED,   /* the database will never take this request: 400, 413 and their like */
    OUTBOX_FAILED,    /* all else; it may have taken place */
} OutboxResult;

/* Borrowed during the call of done(). */
typedef struct OutboxAnswer {
    OutboxResult result;
    const json_t *value;     /* the body: JSON null included; NULL: there is none */
    const char *etag;        /* or NULL */
    uint64_t retry_after_ms; /* 0: the database did not say */
    const char *problem;     /* for the log, without secrets; not NULL */
} OutboxAnswer;

typedef void (*OutboxDone)(void *done_context, const OutboxAnswer *answer);

/* How the requests of one database are made. A request that was sent ends, after a minute at most; before, it
 * waits for as long as there is no token for it. */
typedef struct OutboxLink {
    /* @done is called once, from the loop, never from within this call. *ret_call is for cancel(), until
     * done() begins. 0, or a negative errno: done() will not be called. */
    int (*send)(void *link_context, const OutboxRequest *request, OutboxDone done, void *done_context,
                void **ret_call);
    /* done() of this call will not be called. */
    void (*cancel)(void *link_context, void *call);
} OutboxLink;

typedef struct OutboxOptions {
    const char *state_dir; /* holds outbox.db*, store.lock; made if it is not there; borrowed for the call */
    uint64_t bytes_max;    /* of all entries */
    Timers *timers;        /* these two are borrowed until outbox_free() */
    Metrics *metrics;
    uint32_t (*random)(void); /* any 32 bits; NULL: backoff_random() */
} OutboxOptions;

/* outbox_new() - opens or makes the outbox, with the entries that an earlier run has left; these count as
 * received and queued. A file that is damaged is moved aside, with a line in the log. The caller owns *ret.
 * Returns 0 or a negative errno, which outbox_error_text() explains: -EBUSY, -EPROTONOSUPPORT, -ENOSPC,
 * -EACCES, -EROFS, -ENOTDIR, -EIO, -ENOMEM. */
int outbox_new(const OutboxOptions *options, Outbox **ret);

/* outbox_error_text() - a sentence for the log, without the path. */
const char *outbox_error_text(int error);

/* outbox_free() - detaches all; entries stay on disk, and no callback comes. NULL is nothing; returns NULL.
 */
Outbox *outbox_free(Outbox *outbox);

/* outbox_add() - takes the result of a breakpoint, as store_finish() does: consumes @breakpoint also on
 * failure. Returns 0 once it is on disk: @callback (NULL: as after outbox_disown()) comes once, from the
 * loop, unless outbox_disown() or outbox_free() come first. -ENOBUFS: bytes_max, or its part, is reached (not
 * for what is a status only); -EEXIST: there is a result of this breakpoint already; -ENOSPC, -EIO and so on:
 * the disk; -EINVAL: it has no id, or one that is no key. */
int outbox_add(Outbox *outbox, const char *database, const char *debuggee_id, json_t *breakpoint,
               StoreFinishCallback callback, void *context);

/* outbox_has() - there is a result of this breakpoint, which the database may not have yet: it is over, even
 * if the database still shows it as active. */
bool outbox_has(const Outbox *outbox, const char *database, const char *debuggee_id, const char *id);

/* outbox_attach() - the database can be reached by @link, which is borrowed until outbox_detach(), as
 * @link_context is. One lane per database. The caller owns *ret. 0, -EEXIST or -ENOMEM. */
int outbox_attach(Outbox *outbox, const char *database, const OutboxLink *link, void *link_context,
                  OutboxLane **ret);

/* outbox_detach() - requests under way are cancelled; the entries wait. NULL is nothing; returns NULL. */
OutboxLane *outbox_detach(OutboxLane *lane);

/* outbox_adopt() - the lane takes over, for this run, what waits for databases that are not attached and
 * whose names begin with the @prefix_length first bytes of its own, with no '#' after these. It is for one
 * database and identity under several names, once the identity is proven: see firebase_store.h. */
void outbox_adopt(OutboxLane *lane, size_t prefix_length);

/* outbox_disown() - whoever would be told of the lane's entries is gone: no callback comes, and they count
 * themselves among the captures, as those of an earlier run do. */
void outbox_disown(OutboxLane *lane);

/* outbox_kick() - the database has just been heard of (a stream was opened, say): a backoff ends. What a
 * Retry-After asked for goes on. */
void outbox_kick(OutboxLane *lane);

#ifdef __cplusplus
}
#endif
