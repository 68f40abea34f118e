/* Timers in the order of their deadlines, without a thread or a descriptor of their own: whoever owns the
 * loop asks timers_next_us(), waits that long, and calls timers_run(). Setting one never fails. Loop thread
 * only. */
#pragma once

#include <stdint.h>

#include "broker/util/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TIMERS_NEVER UINT64_MAX

typedef struct Timers Timers;
typedef struct Timer Timer;

/* Embedded in what it serves. Zeroed, then timer_init(). */
struct Timer {
    Timer *next;
    Timer *previous;
    uint64_t deadline_us;
    uint64_t round; /* the timers_run() it was set in */
    Timers *timers; /* NULL: not set */
    void (*fire)(void *context);
    void *context;
};

/* timers_new() - borrows @clock. @changed, if not NULL, is told whenever the first deadline has changed, so
 * that the loop can wait anew; it must not call back. The caller owns *ret. 0 or -ENOMEM. */
int timers_new(const Clock *clock, void (*changed)(void *context), void *context, Timers **ret);

/* timers_free() - timers that are set become unset. NULL is nothing; returns NULL. */
Timers *timers_free(Timers *timers);

/* timers_clock() - the clock that the timers live by. */
const Clock *timers_clock(const Timers *timers);

/* timers_next_us() - the first deadline (monotonic), or TIMERS_NEVER. */
uint64_t timers_next_us(const Timers *timers);

/* timers_run() - fires what is due; each is unset before. What a callback sets is not fired in the same
 * run. */
void timers_run(Timers *timers);

void timer_init(Timer *timer, void (*fire)(void *context), void *context);

/* timer_set() - at @deadline_us of the monotonic clock, once. A timer that was set is moved. Timers with the
 * same deadline fire in the order they were set. */
void timer_set(Timers *timers, Timer *timer, uint64_t deadline_us);

/* timer_unset() - also of one that is not set. */
void timer_unset(Timer *timer);

#ifdef __cplusplus
}
#endif
