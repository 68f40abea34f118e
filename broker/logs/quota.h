/* Quota: how much several claimants may log together, on average and at once, with a fair share for each. The
 * logpoints of an app share the app's (50 entries and 20,480 bytes per second by default, the original's
 * numbers, which it had per process), and the apps share the broker's.
 *
 * What may be logged is counted in tokens, one per entry and one per byte. Together there are never more than
 * the burst: in the shares, in common, and in leases. Half of the burst is divided evenly among the shares,
 * which nobody else can use up; the rest is for whoever comes first. New tokens go to the shares that are not
 * full. One that floods, i.e. wants more than twice its even part, gets a quarter of what another gets, as
 * long as others want any: its loss cannot be helped, theirs can. Pure; the time (monotonic) is passed in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LOG_QUOTA_PAUSE_MS 500 /* of silence once the quota is used up; the original's */

#define QUOTA_WEIGHT          4 /* of a share, and of one that floods: then ten logpoints with 5 hits per second */
#define QUOTA_WEIGHT_FLOODING 1    /* get 97 % of 50 tokens per second beside one that floods */
#define QUOTA_WINDOW_MS       1000 /* in which hits are counted; untuned */

/* 0 in a rate: that side is not limited. */
typedef struct LogQuotaRates {
    uint64_t entries_per_s;
    uint64_t entries_burst;
    uint64_t bytes_per_s;
    uint64_t bytes_burst;
} LogQuotaRates;

enum { QUOTA_ENTRIES, QUOTA_BYTES, QUOTA_NUM_SIDES };

typedef struct Quota Quota;

/* Of one claimant; embedded in it. Begins as {0}. */
typedef struct QuotaShare {
    TAILQ_ENTRY(QuotaShare) next;
    Quota *quota;                 /* NULL: it takes part in none */
    int64_t own[QUOTA_NUM_SIDES]; /* millionths of tokens; below 0: owed */
    uint64_t num_hits;            /* in this window */
    bool is_flooding;             /* in the last window */
} QuotaShare;

typedef struct QuotaSide {
    uint64_t per_s;
    int64_t burst; /* millionths of tokens, as the others */
    int64_t common;
    int64_t leased;
} QuotaSide;

struct Quota {
    QuotaSide sides[QUOTA_NUM_SIDES];
    TAILQ_HEAD(, QuotaShare) shares;
    unsigned num_shares;
    uint64_t updated_us;
    uint64_t window_us; /* when it began */
};

/* Tokens of either side. A side that is not limited has INT64_MAX where the question is how many there are.
 */
typedef struct QuotaTokens {
    int64_t entries;
    int64_t bytes;
} QuotaTokens;

/* quota_init() - full. */
void quota_init(Quota *quota, const LogQuotaRates *rates, uint64_t now_us);

/* quota_is_unlimited() - neither side is limited: no lease is needed. */
bool quota_is_unlimited(const Quota *quota);

/* quota_join() - a share comes with its even part, as far as common has it. Borrows both until quota_leave().
 */
void quota_join(Quota *quota, QuotaShare *share, uint64_t now_us);

/* quota_leave() - what it has, or owes, is in common again. One that takes part in none may leave, too. */
void quota_leave(QuotaShare *share);

/* quota_note_hits() - so many hits, logged or not. */
void quota_note_hits(QuotaShare *share, uint64_t num_hits);

/* quota_fill() - the tokens that time has brought. Before the functions below. */
void quota_fill(Quota *quota, uint64_t now_us);

/* quota_available() - whole tokens that the share may take. */
QuotaTokens quota_available(const QuotaShare *share);

/* quota_part() - the even part of @available for one of @num_waiting (not 0), rounded up: who divides asks
 * again with the rest and one fewer. */
int64_t quota_part(int64_t available, uint64_t num_waiting);

/* quota_take() - takes tokens, its own first. More than are available is owed by the share. */
void quota_take(QuotaShare *share, QuotaTokens tokens);

/* quota_give() - the reverse: to the share, and what it has no room for to all. */
void quota_give(QuotaShare *share, QuotaTokens tokens);

/* quota_lease() - so many tokens, taken before, are in leases now; fewer, where it is negative. */
void quota_lease(QuotaShare *share, QuotaTokens tokens);

#ifdef __cplusplus
}
#endif
