/* How much the logpoints of one app may log: 50 lines and 20,480 bytes per second on average, more for a
 * moment (the original's numbers, which it had per process).
 *
 * What may be logged is counted in tokens, which are either here or leased to a session. A session's entry
 * is paid from its lease. Here and in leases together there are never more than the burst, so that many
 * sessions have no more than one. Pure; the time (monotonic) is passed in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LOG_QUOTA_PAUSE_MS 500 /* of silence once the quota is used up; the original's */

/* 0 in a rate: that side is not limited. */
typedef struct LogQuotaRates {
    uint64_t entries_per_s;
    uint64_t entries_burst;
    uint64_t bytes_per_s;
    uint64_t bytes_burst;
} LogQuotaRates;

/* Tokens in millionths; an entry may cost more bytes than are there, so that the level can be below 0. */
typedef struct TokenBucket {
    uint64_t per_s;
    int64_t burst;
    int64_t level;
    int64_t leased; /* the sum of what leases hold */
} TokenBucket;

typedef struct LogQuota {
    TokenBucket entries;
    TokenBucket bytes;
    uint64_t updated_us;
} LogQuota;

/* What one session may send, as it knows it, too. Begins as {0}. */
typedef struct LogLease {
    int64_t entries;
    int64_t bytes;
} LogLease;

void log_quota_init(LogQuota *quota, const LogQuotaRates *rates, uint64_t now_us);

/* log_quota_is_unlimited() - neither side is limited: no lease is needed. */
bool log_quota_is_unlimited(const LogQuota *quota);

/* log_quota_share() - what a new session is granted: an even part of half the burst, at least one entry. */
void log_quota_share(const LogQuota *quota, unsigned num_sessions, uint64_t *ret_entries,
                     uint64_t *ret_bytes);

/* log_quota_available() - whole tokens that could be granted now. A side that is not limited has UINT64_MAX.
 */
void log_quota_available(LogQuota *quota, uint64_t now_us, uint64_t *ret_entries, uint64_t *ret_bytes);

/* log_quota_grant() - moves as many of the wanted tokens into @lease as there are. The results are what the
 * session is to be told: so many more; a side that is not limited gives all that was wanted. */
void log_quota_grant(LogQuota *quota, LogLease *lease, uint64_t wanted_entries, uint64_t wanted_bytes,
                     uint64_t now_us, uint64_t *ret_entries, uint64_t *ret_bytes);

/* log_quota_pay() - for one entry from @lease. @spent_bytes: what the session took off its lease for it,
 * which is all it can know (the size of the packet); @cost_bytes: what it costs (the length of the message).
 * The difference is settled with the app's quota. False: the lease is used up. As with the session, the last
 * entry of a lease may take more bytes than are left, which the next grant makes up for. */
bool log_quota_pay(LogQuota *quota, LogLease *lease, uint64_t spent_bytes, uint64_t cost_bytes,
                   uint64_t now_us);

/* log_quota_return() - the session is over: its lease comes back, also if it is owed. */
void log_quota_return(LogQuota *quota, LogLease *lease, uint64_t now_us);

#ifdef __cplusplus
}
#endif
