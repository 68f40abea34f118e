/* Condition cost: what the evaluation of conditions may cost the app: a share of one core for all conditions
 * of the process, in time, and half of that for any one of them. Pure: the clock (monotonic) and the times
 * measured are passed in. The caller serialises calls (the stub: with the GIL). */
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
