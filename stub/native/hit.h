/* Hit: what a thread of the app does at a hooked line: condition, capture, send. Holds the GIL; allocates
 * nothing of its own but for a snapshot that is kept, takes no lock, never waits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/breakpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

/* hit_init() - @before_send: see breakpoints_init(). */
void hit_init(void (*before_send)(void));

/* hit_callback() - for hook_init(). @context is the Breakpoint. */
void hit_callback(void *context);

/* hit_send_kept() - the snapshot that is kept of an earlier hit, if it is due: no better one has come. */
void hit_send_kept(Breakpoint *breakpoint, uint64_t now_ns);

/* hit_begin_breakpoint() - prepares what a new breakpoint's hits are charged to. */
void hit_begin_breakpoint(Breakpoint *breakpoint);

/* hit_set_condition_cost() - how much of one core conditions may take; 0: the default. */
void hit_set_condition_cost(uint32_t permille);

/* hit_set_terms() - what a session allows to begin with; NULL: it is over. */
void hit_set_terms(const Snapshot__QuotaLease *terms);

/* hit_give() - what the broker gives back. */
void hit_give(const Snapshot__QuotaLease *lease);

/* hit_is_running() - whether a thread is in hit_callback(): then no Breakpoint may be freed. */
bool hit_is_running(void);

/* hit_num_hits() and hit_num_internal_errors() - since the start of the process. Any thread. */
uint64_t hit_num_hits(void);
uint64_t hit_num_internal_errors(void);

/* hit_after_fork_child() - the child counts for itself. */
void hit_after_fork_child(void);

#ifdef __cplusplus
}
#endif
