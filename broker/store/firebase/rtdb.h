/* Requests to one Firebase Realtime Database: paths and JSON in, a classified answer out.
 *
 * Every request carries the newest token of its TokenSource. A 401 refuses that token and repeats the request
 * once with the next one. Redirects are followed to hosts that may see the token, and nowhere else: the
 * database's own, and, for a database of Google's, *.firebaseio.com and *.firebasedatabase.app. A request
 * that waits for a token waits for as long as that takes. Nothing else is repeated here.
 *
 * All calls share a connection. After a call that timed out it seems to be dead: streams that were silent all
 * that time end with it, and other calls, too, if there was no answer to any.
 *
 * Loop thread only; never blocks. No callback comes from within rtdb_call() or rtdb_cancel(). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "broker/auth/token_source.h"
#include "broker/http/client.h"
#include "broker/util/metrics.h"
#include "broker/util/timers.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RTDB_TIMEOUT_MS       30000              /* of one request, its answer included; untuned */
#define RTDB_ANSWER_BYTES_MAX (16 * 1024 * 1024) /* a snapshot has 0.4 MB at most */
/* Between looks at a database that does not answer or refuses: so that its return is noticed within 5 s. */
#define RTDB_PROBE_FIRST_MS    500
#define RTDB_PROBE_LAST_MS     4000
#define RTDB_RETRY_AFTER_S_MAX 3600        /* what a database may ask for; more is not believed; untuned */
#define RTDB_ABSENT            "null_etag" /* for if_match: only if nothing is there */

typedef struct Rtdb Rtdb;
typedef struct RtdbCall RtdbCall;

/* @url is borrowed during rtdb_new() only, the rest until rtdb_free(). */
typedef struct RtdbOptions {
    HttpClient *http;
    TokenSource *tokens; /* NULL: no token is sent */
    Timers *timers;
    Metrics *metrics;
    uint32_t (*random)(void); /* any 32 bits; NULL: backoff_random() */
    const char *url;          /* "https://x.firebaseio.com"; a query ("?ns=x") goes with every request */
    uint64_t timeout_ms;      /* of one request; 0: RTDB_TIMEOUT_MS */
} RtdbOptions;

typedef enum RtdbOutcome {
    RTDB_DONE,
    RTDB_CONFLICT,  /* 412: if_match did not match; value and etag are what is there */
    RTDB_REFUSED,   /* the database will never take this request: 400, 413 and their like */
    RTDB_TEMPORARY, /* anything else, no connection and 404 (no such database, or not yet) included */
} RtdbOutcome;

/* Borrowed during the callback. */
typedef struct RtdbAnswer {
    RtdbOutcome outcome;
    int status;       /* of HTTP; 0: none came */
    json_t *value;    /* RTDB_DONE and RTDB_CONFLICT: the body, JSON null included; NULL: it has none */
    const char *etag; /* NULL: none was sent */
    uint64_t retry_after_ms; /* the database asks for it; 0: it does not */
    const char *problem;     /* a sentence without secrets; "" for RTDB_DONE */
} RtdbAnswer;

/* All pointers are borrowed during rtdb_call(). */
typedef struct RtdbRequest {
    const char *method;   /* "GET", "PUT", "PATCH", "DELETE" */
    const char *path;     /* "cdbg/breakpoints/d-1/active": keys joined by '/', not percent-encoded */
    const json_t *body;   /* for PATCH an object whose keys may be paths; NULL: none */
    const char *if_match; /* an ETag or RTDB_ABSENT, for PUT and DELETE; NULL: unconditional */
    bool is_etag_wanted;  /* the ETag of what is there (not for PATCH) */
    bool is_silent;       /* the answer need not repeat what was written; not with if_match */
    void (*done)(void *context, const RtdbAnswer *answer); /* once; the call is gone when it returns */
    void *context;
} RtdbRequest;

/* rtdb_new() - the caller owns *ret. 0, -EINVAL (the URL is none that may be used: https, or http to
 * loopback), -ENOMEM. */
int rtdb_new(const RtdbOptions *options, Rtdb **ret);

/* rtdb_free() - calls are cancelled. NULL is nothing; returns NULL. Not from a callback of it. */
Rtdb *rtdb_free(Rtdb *rtdb);

/* rtdb_call() - *ret_call (may be NULL) is for rtdb_cancel(), until `done` begins. 0, or a negative errno:
 * -ENOMEM, -EINVAL (a path with an empty key or one that is "." or ".."). */
int rtdb_call(Rtdb *rtdb, const RtdbRequest *request, RtdbCall **ret_call);

/* rtdb_cancel() - `done` will not be called; the database may have done it all the same. NULL is nothing;
 * returns NULL. */
RtdbCall *rtdb_cancel(RtdbCall *call);

/* rtdb_listen() - a stream of server-sent events of what is at @path.
 * @on_bytes is told what comes; @done that it has ended, or was refused. With the token refused at the start
 * it is repeated once, as others. Results as rtdb_call(). */
int rtdb_listen(Rtdb *rtdb, const char *path,
                void (*on_bytes)(void *context, const char *bytes, size_t length),
                void (*done)(void *context, const RtdbAnswer *answer), void *context, RtdbCall **ret_call);

/* rtdb_refuse_token() - the token of a stream was revoked, as the stream says. */
void rtdb_refuse_token(RtdbCall *call);

/* rtdb_suspect() - a stream has fallen silent: its connection is not to be used for new calls. */
void rtdb_suspect(RtdbCall *call);

/* rtdb_call_waits() - it was not sent yet, for want of a token. */
bool rtdb_call_waits(const RtdbCall *call);

/* Who wants to know that the database works again, once its calls failed. While it does not answer, for want
 * of a connection or of a working server (5xx), it is looked for now and then, by one small request for all,
 * not before it wants one (Retry-After).
 *
 * After an answer that refuses a call (401, 403, 404, 429 and the like) the same request finds out whose
 * fault it is: if it is refused, too, it is repeated until it is granted, and then all are told. If it is
 * granted at once the fault is the call's own, and nobody is told. Embedded; zeroed, then rtdb_wait_init().
 */
typedef struct RtdbWait RtdbWait;
struct RtdbWait {
    TAILQ_ENTRY(RtdbWait) next;
    void (*is_back)(void *context); /* from the loop; may call anything here but rtdb_free() */
    void *context;
    Rtdb *rtdb; /* NULL: it does not wait */
    uint64_t round;
};

void rtdb_wait_init(RtdbWait *wait, void (*is_back)(void *context), void *context);

/* rtdb_wait() - is_back is called once. Who waits already goes on waiting. To be called right after the
 * answer to the call that failed. */
void rtdb_wait(Rtdb *rtdb, RtdbWait *wait);

void rtdb_wait_cancel(RtdbWait *wait);

/* rtdb_is_reachable() - the last call had an answer of the database, or none was made yet. */
bool rtdb_is_reachable(const Rtdb *rtdb);

/* rtdb_problem() - why the last call failed, or why calls wait for a token; NULL: nothing is wrong. Borrowed
 * until the next turn of the loop. */
const char *rtdb_problem(const Rtdb *rtdb);

/* rtdb_host() - of the database, with the port if there is one, for logs. Borrowed until rtdb_free(). */
const char *rtdb_host(const Rtdb *rtdb);

/* rtdb_name() - the address of the database, its query included: the same in every run. Borrowed until
 * rtdb_free(). */
const char *rtdb_name(const Rtdb *rtdb);

/* rtdb_unix_us() - what time it is by the database's clock, as its last answer told, to a second; 0: it has
 * told nothing yet. A clock of this host that is wrong, or is set, changes nothing. */
uint64_t rtdb_unix_us(const Rtdb *rtdb);

/* rtdb_clock() - what time it is. */
const Clock *rtdb_clock(const Rtdb *rtdb);

#ifdef __cplusplus
}
#endif
