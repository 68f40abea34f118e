#include "broker/util/timers.h"

#include <errno.h>
#include <stdlib.h>

/* A list sorted by deadline. Nearly every timer here lasts as long as those before it (a day, an hour, a
 * moment), so that the search for its place, from the end, is short. */
struct Timers {
    Timer *first;
    Timer *last;
    uint64_t round; /* counts timers_run() */
    const Clock *clock;
    void (*changed)(void *context);
    void *context;
};

int timers_new(const Clock *clock, void (*changed)(void *context), void *context, Timers **ret)
{
    Timers *timers = calloc(1, sizeof *timers);

    if (!timers)
        return -ENOMEM;
    timers->clock = clock;
    timers->changed = changed;
    timers->context = context;
    *ret = timers;
    return 0;
}

static void unlink_timer(Timer *timer)
{
    Timers *timers = timer->timers;

    if (timer->previous)
        timer->previous->next = timer->next;
    else
        timers->first = timer->next;
    if (timer->next)
        timer->next->previous = timer->previous;
    else
        timers->last = timer->previous;
    timer->next = NULL;
    timer->previous = NULL;
    timer->timers = NULL;
}

Timers *timers_free(Timers *timers)
{
    if (!timers)
        return NULL;
    while (timers->first)
        unlink_timer(timers->first);
    free(timers);
    return NULL;
}

const Clock *timers_clock(const Timers *timers)
{
    return timers->clock;
}

uint64_t timers_next_us(const Timers *timers)
{
    return timers->first ? timers->first->deadline_us : TIMERS_NEVER;
}

static void tell_change(Timers *timers, uint64_t next_before)
{
    if (timers->changed && timers_next_us(timers) != next_before)
        timers->changed(timers->context);
}

/* The first timer that is due and was set before this round. */
static Timer *first_due(Timers *timers, uint64_t now)
{
    for (Timer *timer = timers->first; timer && timer->deadline_us <= now; timer = timer->next) {
        if (timer->round < timers->round)
            return timer;
    }
    return NULL;
}

void timers_run(Timers *timers)
{
    uint64_t now = timers->clock->monotonic_us(timers->clock);
    Timer *timer;

    timers->round++;
    while ((timer = first_due(timers, now)) != NULL) {
        unlink_timer(timer);
        timer->fire(timer->context); /* @timer may be gone */
    }
    if (timers->changed)
        timers->changed(timers->context);
}

void timer_init(Timer *timer, void (*fire)(void *context), void *context)
{
    *timer = (Timer){.fire = fire, .context = context};
}

static void link_after(Timers *timers, Timer *place, Timer *timer)
{
    timer->previous = place;
    timer->next = place ? place->next : timers->first;
    if (timer->next)
        timer->next->previous = timer;
    else
        timers->last = timer;
    if (place)
        place->next = timer;
    else
        timers->first = timer;
}

void timer_set(Timers *timers, Timer *timer, uint64_t deadline_us)
{
    uint64_t next_before = timers_next_us(timers);
    Timer *place;

    if (timer->timers)
        unlink_timer(timer);
    place = timers->last;
    while (place && place->deadline_us > deadline_us)
        place = place->previous;
    link_after(timers, place, timer);
    timer->deadline_us = deadline_us;
    timer->round = timers->round;
    timer->timers = timers;
    tell_change(timers, next_before);
}

void timer_unset(Timer *timer)
{
    Timers *timers = timer->timers;
    uint64_t next_before;

    if (!timers)
        return;
    next_before = timers_next_us(timers);
    unlink_timer(timer);
    tell_change(timers, next_before);
}
