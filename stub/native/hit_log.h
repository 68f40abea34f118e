/* Hit of a logpoint: the entry and what allows it. For hit.c and breakpoints.c; holds the GIL, never waits.
 */
#pragma once

#include "stub/native/breakpoint.h"
#include "stub/native/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* hit_log_begin() - once per process, and in the child of a fork. */
void hit_log_begin(void);

/* hit_log_set_terms() - what the broker says for all logpoints; NULL: the session is over. */
void hit_log_set_terms(const Snapshot__QuotaLease *terms);

/* hit_log_grant() - a lease of the logpoint. */
void hit_log_grant(Breakpoint *breakpoint, const Snapshot__QuotaLease *lease);

/* hit_log_is_silent() - true: it may not log for now; the hit is counted, and nothing else. */
bool hit_log_is_silent(Breakpoint *breakpoint);

/* hit_log_send() - makes and sends the entry, if that is allowed; asks for more. 0, or the negative errno of
 * an internal error. */
int hit_log_send(Breakpoint *breakpoint, const Frame *frame);

#ifdef __cplusplus
}
#endif
