#include "stub/native/condition_cost.h"

#include "stub/native/clock.h"

#define SPENT_NS_MAX       (1ull << 40) /* one charge; what a clock that jumps would say */
#define NS_PER_US          1000ull
#define NS_PER_PERMILLE    (CLOCK_NS_PER_S / 1000)
#define PERMILLE_OF_A_CORE 1000

static void fill(TokenBucket *bucket, uint32_t permille, uint64_t now_ns)
{
    uint64_t ns_per_s = permille * NS_PER_PERMILLE;

    token_bucket_init(bucket, ns_per_s, (int64_t)(ns_per_s * CONDITION_COST_BURST_S), now_ns);
}

void condition_cost_set_rate(ConditionCost *cost, uint32_t permille, uint64_t now_ns)
{
    if (permille == 0)
        permille = CONDITION_COST_PERMILLE;
    if (permille > PERMILLE_OF_A_CORE)
        permille = PERMILLE_OF_A_CORE;
    if (permille == cost->permille)
        return;
    cost->permille = permille;
    if (!cost->is_leased)
        fill(&cost->left, permille, now_ns);
}

void condition_cost_lease(ConditionCost *cost, uint64_t begin_us, uint64_t now_ns)
{
    if (begin_us > SPENT_NS_MAX / NS_PER_US)
        begin_us = SPENT_NS_MAX / NS_PER_US;
    cost->is_leased = begin_us > 0;
    cost->spent_ns = 0;
    if (cost->is_leased)
        token_bucket_init(&cost->left, 0, (int64_t)(begin_us * NS_PER_US), now_ns);
    else
        fill(&cost->left, cost->permille, now_ns);
}

void condition_cost_give(ConditionCost *cost, uint64_t us)
{
    uint64_t missing_ns = (uint64_t)(cost->left.burst - cost->left.level);

    if (!cost->is_leased)
        return;
    if (us > missing_ns / NS_PER_US)
        cost->left.level = cost->left.burst;
    else
        cost->left.level += (int64_t)(us * NS_PER_US);
}

bool condition_cost_must_tell(ConditionCost *cost, uint64_t *ret_us)
{
    if (!cost->is_leased || cost->spent_ns < NS_PER_US || cost->spent_ns < (uint64_t)cost->left.burst / 4)
        return false;
    *ret_us = cost->spent_ns / NS_PER_US;
    cost->spent_ns -= *ret_us * NS_PER_US;
    return true;
}

void condition_meter_init(ConditionMeter *meter, const ConditionCost *cost, uint64_t now_ns)
{
    uint32_t half = cost->permille / 2;

    *meter = (ConditionMeter){0};
    fill(&meter->left, half > 0 ? half : 1, now_ns);
}

uint32_t condition_meter_begin(ConditionMeter *meter)
{
    uint32_t number = meter->num_evaluated++;

    if (number < CONDITION_COST_NUM_MEASURED_FIRST)
        return 1;
    return number % CONDITION_COST_MEASURED_EVERY == 0 ? CONDITION_COST_MEASURED_EVERY : 0;
}

int condition_cost_charge(ConditionCost *cost, ConditionMeter *meter, uint64_t spent_ns, uint64_t now_ns)
{
    int64_t charge = (int64_t)(spent_ns < SPENT_NS_MAX ? spent_ns : SPENT_NS_MAX);
    bool has_own, has_all;

    token_bucket_take(&meter->left, charge);
    token_bucket_take(&cost->left, charge);
    cost->spent_ns += cost->is_leased ? (uint64_t)charge : 0;
    has_own = token_bucket_has(&meter->left, now_ns);
    has_all = token_bucket_has(&cost->left, now_ns);
    if (!has_own)
        return CONDITION_COST_E_OWN;
    return has_all ? 0 : CONDITION_COST_E_ALL;
}
