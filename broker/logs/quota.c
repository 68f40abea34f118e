#include "broker/logs/quota.h"

#include "broker/util/clock.h"

#define MILLIONTHS 1000000ll

static void bucket_init(TokenBucket *bucket, uint64_t per_s, uint64_t burst)
{
    bucket->per_s = per_s;
    bucket->burst = (int64_t)burst * MILLIONTHS;
    bucket->level = bucket->burst;
    bucket->leased = 0;
}

static int64_t positive(int64_t value)
{
    return value > 0 ? value : 0;
}

/* What @us bring, @per_s tokens per second being as many millionths per microsecond. */
static void bucket_fill(TokenBucket *bucket, uint64_t us)
{
    int64_t room = bucket->burst - bucket->leased - bucket->level;

    if (room <= 0 || bucket->per_s == 0)
        return;
    if (us >= (uint64_t)room / bucket->per_s + 1)
        bucket->level += room;
    else
        bucket->level += (int64_t)(us * bucket->per_s) < room ? (int64_t)(us * bucket->per_s) : room;
}

static void fill(LogQuota *quota, uint64_t now_us)
{
    uint64_t us = now_us > quota->updated_us ? now_us - quota->updated_us : 0;

    bucket_fill(&quota->entries, us);
    bucket_fill(&quota->bytes, us);
    quota->updated_us = now_us;
}

void log_quota_init(LogQuota *quota, const LogQuotaRates *rates, uint64_t now_us)
{
    bucket_init(&quota->entries, rates->entries_per_s, rates->entries_burst);
    bucket_init(&quota->bytes, rates->bytes_per_s, rates->bytes_burst);
    quota->updated_us = now_us;
}

bool log_quota_is_unlimited(const LogQuota *quota)
{
    return quota->entries.per_s == 0 && quota->bytes.per_s == 0;
}

static uint64_t bucket_share(const TokenBucket *bucket, unsigned num_sessions)
{
    uint64_t share = (uint64_t)(bucket->burst / MILLIONTHS) / 2 / (num_sessions ? num_sessions : 1);

    return share ? share : 1;
}

void log_quota_share(const LogQuota *quota, unsigned num_sessions, uint64_t *ret_entries, uint64_t *ret_bytes)
{
    *ret_entries = bucket_share(&quota->entries, num_sessions);
    *ret_bytes = bucket_share(&quota->bytes, num_sessions);
}

static uint64_t bucket_available(const TokenBucket *bucket)
{
    return bucket->per_s ? (uint64_t)(positive(bucket->level) / MILLIONTHS) : UINT64_MAX;
}

void log_quota_available(LogQuota *quota, uint64_t now_us, uint64_t *ret_entries, uint64_t *ret_bytes)
{
    fill(quota, now_us);
    *ret_entries = bucket_available(&quota->entries);
    *ret_bytes = bucket_available(&quota->bytes);
}

/* Moves whole tokens into *lease; what it owes is made up for by the first of them. Returns how many. */
static uint64_t bucket_grant(TokenBucket *bucket, int64_t *lease, uint64_t wanted)
{
    uint64_t available = bucket_available(bucket);
    int64_t granted;

    if (bucket->per_s == 0)
        return wanted;
    granted = (int64_t)(wanted < available ? wanted : available);
    bucket->level -= granted * MILLIONTHS;
    bucket->leased += (positive(*lease + granted) - positive(*lease)) * MILLIONTHS;
    *lease += granted;
    return (uint64_t)granted;
}

void log_quota_grant(LogQuota *quota, LogLease *lease, uint64_t wanted_entries, uint64_t wanted_bytes,
                     uint64_t now_us, uint64_t *ret_entries, uint64_t *ret_bytes)
{
    fill(quota, now_us);
    *ret_entries = bucket_grant(&quota->entries, &lease->entries, wanted_entries);
    *ret_bytes = bucket_grant(&quota->bytes, &lease->bytes, wanted_bytes);
}

static void bucket_pay(TokenBucket *bucket, int64_t *lease, int64_t spent, int64_t cost)
{
    int64_t room;

    if (bucket->per_s == 0)
        return;
    bucket->leased -= (positive(*lease) - positive(*lease - spent)) * MILLIONTHS;
    *lease -= spent;
    bucket->level += (spent - cost) * MILLIONTHS;
    room = bucket->burst - bucket->leased;
    if (bucket->level > room)
        bucket->level = room;
}

bool log_quota_pay(LogQuota *quota, LogLease *lease, uint64_t spent_bytes, uint64_t cost_bytes,
                   uint64_t now_us)
{
    fill(quota, now_us); /* while the tokens still count as leased: they come back with time alone */
    if ((quota->entries.per_s && lease->entries <= 0) || (quota->bytes.per_s && lease->bytes <= 0))
        return false;
    bucket_pay(&quota->entries, &lease->entries, 1, 1);
    bucket_pay(&quota->bytes, &lease->bytes, (int64_t)spent_bytes, (int64_t)cost_bytes);
    return true;
}

static void bucket_return(TokenBucket *bucket, int64_t *lease)
{
    bucket->leased -= positive(*lease) * MILLIONTHS;
    bucket->level += *lease * MILLIONTHS; /* what was owed is taken from the others */
    *lease = 0;
}

void log_quota_return(LogQuota *quota, LogLease *lease, uint64_t now_us)
{
    fill(quota, now_us);
    bucket_return(&quota->entries, &lease->entries);
    bucket_return(&quota->bytes, &lease->bytes);
}
