/* Timers on a libevent loop: one event, which is pending only while a timer is set, so that a loop with
 * nothing to do never wakes. Loop thread only. */
#pragma once

#include <event2/event.h>

#include "broker/util/timers.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct EventTimers EventTimers;

/* event_timers_new() - borrows @base and @clock. The caller owns *ret. 0 or -ENOMEM. */
int event_timers_new(struct event_base *base, const Clock *clock, EventTimers **ret);

/* event_timers_free() - unsets its timers. NULL is nothing; returns NULL. */
EventTimers *event_timers_free(EventTimers *self);

/* event_timers_get() - the timers, borrowed until event_timers_free(). */
Timers *event_timers_get(EventTimers *self);

#ifdef __cplusplus
}
#endif
