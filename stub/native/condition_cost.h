/* Condition cost: what the evaluation of conditions may cost the app: a share of one core, in time, for all
 * conditions of the app on this host, which the broker sees to; without a broker, for those of the process.
 * And half of that for any one of them. Pure: the clock (monotonic) and the times measured are passed in. The
 * caller serialises calls (the stub: with the GIL). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/token_bucket.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CONDITION_COST_PERMILLE 10 /* of one core; the default of Limits */
#define CONDITION_COST_BURST_S  5  /* so many seconds' worth may be spent at once; untuned */

/* Reading the clock of the thread costs several times what a simple condition does, so most evaluations are
 * not measured, and those that are count for the others. */
#define CONDITION_COST_NUM_MEASURED_FIRST 16
#define CONDITION_COST_MEASURED_EVERY     16

/* Of the process. */
typedef struct ConditionCost {
    TokenBucket left; /* nanoseconds */
    uint32_t permille;
    bool is_leased;    /* the broker gives what is used back; else time does */
    uint64_t spent_ns; /* leased: not told yet */
} ConditionCost;

/* Of one condition. */
typedef struct ConditionMeter {
    TokenBucket left; /* nanoseconds */
    uint32_t num_evaluated;
} ConditionMeter;

/* Which allowance is used up. */
#define CONDITION_COST_E_OWN 1 /* of this condition alone */
#define CONDITION_COST_E_ALL 2 /* of all conditions together */

/* condition_cost_set_rate() - @permille of a core; 0: the default. Full at first, and where the rate changes.
 */
void condition_cost_set_rate(ConditionCost *cost, uint32_t permille, uint64_t now_ns);

/* condition_cost_lease() - a broker's word at the beginning of a session: so much to begin with, and what is
 * told comes back as condition_cost_give(). 0: nobody gives anything, the rate holds. */
void condition_cost_lease(ConditionCost *cost, uint64_t begin_us, uint64_t now_ns);
void condition_cost_give(ConditionCost *cost, uint64_t us);

/* condition_cost_must_tell() - whether so much is used that the broker should know. *ret_us counts as told.
 */
bool condition_cost_must_tell(ConditionCost *cost, uint64_t *ret_us);

/* condition_meter_init() - for a condition that has not been evaluated yet. */
void condition_meter_init(ConditionMeter *meter, const ConditionCost *cost, uint64_t now_ns);

/* condition_meter_begin() - before an evaluation. Returns for how many evaluations its time stands, 0: it
 * need not be measured. */
uint32_t condition_meter_begin(ConditionMeter *meter);

/* condition_cost_charge() - @spent_ns more, which has been used already. Returns 0, CONDITION_COST_E_OWN or
 * CONDITION_COST_E_ALL: then the condition has to end. */
int condition_cost_charge(ConditionCost *cost, ConditionMeter *meter, uint64_t spent_ns, uint64_t now_ns);

#ifdef __cplusplus
}
#endif
