/* A database and its calls, for rtdb.c and rtdb_call.c.
 *
 * A call waits for a token, is under way, and, after a 401, does both once more. */
#pragma once

#include "broker/store/firebase/rtdb.h"
#include "broker/store/firebase/rtdb_url.h"
#include "broker/util/backoff.h"

#ifdef __cplusplus
extern "C" {
#endif

struct Rtdb {
    RtdbOptions options; /* its url is NULL */
    RtdbUrl url;
    char *name;
    LIST_HEAD(, RtdbCall) calls;
    TAILQ_HEAD(, RtdbWait) waiting;
    uint64_t round; /* of telling them */
    bool is_reachable;
    bool is_doubted;  /* it refused a call of who waits: the probe is to tell whose fault that is */
    bool is_refusing; /* it refused the probe as well */
    RtdbCall *probe;
    Timer probe_due;
    Backoff probe_backoff;
    uint64_t not_before_us; /* the database wants no request before; of the monotonic clock */
    uint64_t probe_from_us; /* not so soon after the last probe that was granted */
    Timer back_due;
    uint64_t heard_us; /* when the last bytes of an answer came */
    char problem[600]; /* "": none */
    uint64_t date_us;  /* what the database's clock was, in Unix time; 0: not known */
    uint64_t date_boottime_us;
};

struct RtdbCall {
    LIST_ENTRY(RtdbCall) next;
    Rtdb *rtdb;
    const char *method; /* a constant */
    char *url;
    char *body; /* NULL: none */
    char *if_match;
    bool is_etag_wanted;
    bool was_token_refused; /* it is repeated for that */
    TokenRequest token_request;
    char *token; /* that it was sent with */
    HttpCall *http;
    uint64_t heard_us; /* when it was sent, or, of a stream, the last bytes came */
    bool is_given_up;  /* its connection seems to be dead */
    void (*on_bytes)(void *context, const char *bytes, size_t length); /* NULL: no stream */
    void (*done)(void *context, const RtdbAnswer *answer);
    void *context;
};

/* rtdb_call_probe() - begins the call by which rtdb->probe finds out whether the database answers. 0 or a
 * negative errno. */
int rtdb_call_probe(Rtdb *rtdb);

/* rtdb_note() - what an answer tells of the way to the database; @problem is "" where it has none. */
void rtdb_note(Rtdb *rtdb, bool is_away, uint64_t retry_after_s, const char *problem);

/* rtdb_note_probe() - the end of a probe, after rtdb_note() of its answer. */
void rtdb_note_probe(Rtdb *rtdb, bool is_granted);

/* rtdb_note_date() - the database has said what time it is; NULL: it has not. */
void rtdb_note_date(Rtdb *rtdb, const char *date);

/* rtdb_probe_later() - sees to it that the database is looked for, if somebody waits for it. */
void rtdb_probe_later(Rtdb *rtdb);

#ifdef __cplusplus
}
#endif
