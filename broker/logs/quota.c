#include "broker/logs/quota.h"

#include <stddef.h>

#include "broker/util/clock.h"

#define MILLIONTHS     1000000ll
#define FILL_PERIOD_US 1000 /* shares are looked at no more often: an entry must not cost a walk over all */
#define NUM_ROUNDS_MAX 8    /* in which tokens are divided; what is left then is for all */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t positive(int64_t value)
{
    return value > 0 ? value : 0;
}

static bool is_limited(const QuotaSide *side)
{
    return side->per_s > 0;
}

/* What a share may keep. */
static int64_t capacity(const Quota *quota, const QuotaSide *side)
{
    int64_t even = side->burst / 2 / (int64_t)(quota->num_shares ? quota->num_shares : 1);

    return even > MILLIONTHS ? even : MILLIONTHS;
}

static void side_init(QuotaSide *side, uint64_t per_s, uint64_t burst)
{
    *side = (QuotaSide){.per_s = per_s, .burst = (int64_t)burst * MILLIONTHS};
    side->common = side->burst;
}

void quota_init(Quota *quota, const LogQuotaRates *rates, uint64_t now_us)
{
    side_init(&quota->sides[QUOTA_ENTRIES], rates->entries_per_s, rates->entries_burst);
    side_init(&quota->sides[QUOTA_BYTES], rates->bytes_per_s, rates->bytes_burst);
    TAILQ_INIT(&quota->shares);
    quota->num_shares = 0;
    quota->updated_us = now_us;
    quota->window_us = now_us;
}

bool quota_is_unlimited(const Quota *quota)
{
    return !is_limited(&quota->sides[QUOTA_ENTRIES]) && !is_limited(&quota->sides[QUOTA_BYTES]);
}

/* -------------------------------------------------------------------------------------------- who shares */

/* Shares are fewer or more: what is beyond their capacity now is for all. */
static void trim(Quota *quota)
{
    for (int i = 0; i < QUOTA_NUM_SIDES; i++) {
        int64_t room = capacity(quota, &quota->sides[i]);
        QuotaShare *share;

        for (share = TAILQ_FIRST(&quota->shares); share; share = TAILQ_NEXT(share, next)) {
            int64_t surplus = positive(share->own[i] - room);

            share->own[i] -= surplus;
            quota->sides[i].common += surplus;
        }
    }
}

void quota_join(Quota *quota, QuotaShare *share, uint64_t now_us)
{
    quota_fill(quota, now_us);
    *share = (QuotaShare){.quota = quota};
    TAILQ_INSERT_TAIL(&quota->shares, share, next);
    quota->num_shares++;
    trim(quota);
    for (int i = 0; i < QUOTA_NUM_SIDES; i++) {
        QuotaSide *side = &quota->sides[i];

        share->own[i] = smaller(positive(side->common), capacity(quota, side));
        side->common -= share->own[i];
    }
}

void quota_leave(QuotaShare *share)
{
    Quota *quota = share->quota;

    if (!quota)
        return;
    for (int i = 0; i < QUOTA_NUM_SIDES; i++)
        quota->sides[i].common += share->own[i];
    TAILQ_REMOVE(&quota->shares, share, next);
    quota->num_shares--;
    share->quota = NULL;
}

void quota_note_hits(QuotaShare *share, uint64_t num_hits)
{
    share->num_hits += num_hits;
}

/* -------------------------------------------------------------------------------------------------- time */

/* Who has wanted more than twice an even part of the rate. */
static void end_window(Quota *quota, uint64_t us)
{
    uint64_t num_active = 0;
    uint64_t limit;
    QuotaShare *share;

    for (share = TAILQ_FIRST(&quota->shares); share; share = TAILQ_NEXT(share, next))
        num_active += share->num_hits > 0;
    limit = 2 * quota->sides[QUOTA_ENTRIES].per_s * (us / US_PER_MS) / 1000 / (num_active ? num_active : 1);
    for (share = TAILQ_FIRST(&quota->shares); share; share = TAILQ_NEXT(share, next)) {
        share->is_flooding = is_limited(&quota->sides[QUOTA_ENTRIES]) && share->num_hits > limit;
        share->num_hits = 0;
    }
}

static int64_t weight(const QuotaShare *share)
{
    return share->is_flooding ? QUOTA_WEIGHT_FLOODING : QUOTA_WEIGHT;
}

/* One round: by weight to those that are not full. Returns what is left. */
static int64_t divide(Quota *quota, int i, int64_t tokens)
{
    int64_t room = capacity(quota, &quota->sides[i]);
    int64_t weights = 0;
    int64_t left = tokens;
    QuotaShare *share;

    for (share = TAILQ_FIRST(&quota->shares); share; share = TAILQ_NEXT(share, next))
        weights += share->own[i] < room ? weight(share) : 0;
    for (share = TAILQ_FIRST(&quota->shares); share && weights; share = TAILQ_NEXT(share, next)) {
        int64_t part;

        if (share->own[i] >= room)
            continue;
        part = smaller(tokens / weights * weight(share), room - share->own[i]);
        share->own[i] += part;
        left -= part;
    }
    return left;
}

/* How much there is now, in shares, in common and in leases; debts do not count against the burst. */
static int64_t held(const Quota *quota, int i)
{
    int64_t sum = positive(quota->sides[i].common) + positive(quota->sides[i].leased);
    const QuotaShare *share;

    for (share = TAILQ_FIRST(&quota->shares); share; share = TAILQ_NEXT(share, next))
        sum += positive(share->own[i]);
    return sum;
}

static void fill_side(Quota *quota, int i, uint64_t us)
{
    QuotaSide *side = &quota->sides[i];
    int64_t room = side->burst - held(quota, i);
    int64_t tokens;
    int64_t debt;

    if (!is_limited(side) || us == 0)
        return;
    /* Tokens per second are as many millionths per microsecond. */
    tokens = us >= (uint64_t)INT64_MAX / 2 / side->per_s ? INT64_MAX / 2 : (int64_t)(us * side->per_s);
    debt = smaller(positive(-side->common), tokens);
    side->common += debt;
    tokens = smaller(tokens - debt, positive(room));
    for (int round = 0; round < NUM_ROUNDS_MAX && tokens > 0; round++) {
        int64_t left = divide(quota, i, tokens);

        if (left == tokens)
            break;
        tokens = left;
    }
    side->common += tokens;
}

void quota_fill(Quota *quota, uint64_t now_us)
{
    uint64_t us = now_us > quota->updated_us ? now_us - quota->updated_us : 0;
    uint64_t window_us = now_us > quota->window_us ? now_us - quota->window_us : 0;

    if (us < FILL_PERIOD_US)
        return;
    if (window_us >= QUOTA_WINDOW_MS * (uint64_t)US_PER_MS) {
        end_window(quota, window_us);
        quota->window_us = now_us;
    }
    for (int i = 0; i < QUOTA_NUM_SIDES; i++)
        fill_side(quota, i, us);
    quota->updated_us = now_us;
}

/* ------------------------------------------------------------------------------------------------ tokens */

static int64_t side_available(const QuotaShare *share, int i)
{
    const QuotaSide *side = &share->quota->sides[i];

    return is_limited(side) ? positive(share->own[i] + positive(side->common)) / MILLIONTHS : INT64_MAX;
}

QuotaTokens quota_available(const QuotaShare *share)
{
    return (QuotaTokens){side_available(share, QUOTA_ENTRIES), side_available(share, QUOTA_BYTES)};
}

int64_t quota_part(int64_t available, uint64_t num_waiting)
{
    int64_t num = (int64_t)num_waiting;

    return available / num + (available % num > 0);
}

static void side_take(QuotaShare *share, int i, int64_t tokens)
{
    QuotaSide *side = &share->quota->sides[i];
    int64_t missing;

    if (!is_limited(side))
        return;
    share->own[i] -= tokens * MILLIONTHS;
    missing = smaller(positive(-share->own[i]), positive(side->common));
    share->own[i] += missing;
    side->common -= missing;
}

void quota_take(QuotaShare *share, QuotaTokens tokens)
{
    side_take(share, QUOTA_ENTRIES, tokens.entries);
    side_take(share, QUOTA_BYTES, tokens.bytes);
}

static void side_give(QuotaShare *share, int i, int64_t tokens)
{
    QuotaSide *side = &share->quota->sides[i];
    int64_t surplus;

    if (!is_limited(side))
        return;
    share->own[i] += tokens * MILLIONTHS;
    surplus = positive(share->own[i] - capacity(share->quota, side));
    share->own[i] -= surplus;
    side->common += surplus;
}

void quota_give(QuotaShare *share, QuotaTokens tokens)
{
    side_give(share, QUOTA_ENTRIES, tokens.entries);
    side_give(share, QUOTA_BYTES, tokens.bytes);
}

void quota_lease(QuotaShare *share, QuotaTokens tokens)
{
    share->quota->sides[QUOTA_ENTRIES].leased += tokens.entries * MILLIONTHS;
    share->quota->sides[QUOTA_BYTES].leased += tokens.bytes * MILLIONTHS;
}
