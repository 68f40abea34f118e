#include "broker/util/event_timers.h"

#include <errno.h>
#include <stdlib.h>

#include "broker/util/cleanup.h"

struct EventTimers {
    Timers *timers;
    struct event *event;
};

static void arm(void *context)
{
    EventTimers *self = context;
    uint64_t next = timers_next_us(self->timers);
    const Clock *clock = timers_clock(self->timers);
    uint64_t now;
    uint64_t wait;
    struct timeval timeout;

    if (next == TIMERS_NEVER) {
        (void)evtimer_del(self->event);
        return;
    }
    now = clock->monotonic_us(clock);
    wait = next > now ? next - now : 0;
    timeout.tv_sec = (time_t)(wait / US_PER_S);
    timeout.tv_usec = (suseconds_t)(wait % US_PER_S);
    (void)evtimer_add(self->event, &timeout); /* room for it was made when it was added first */
}

static void run(evutil_socket_t fd, short what, void *context)
{
    EventTimers *self = context;

    (void)fd;
    (void)what;
    timers_run(self->timers);
}

EventTimers *event_timers_free(EventTimers *self)
{
    if (!self)
        return NULL;
    self->timers = timers_free(self->timers);
    if (self->event)
        event_free(self->event);
    free(self);
    return NULL;
}

static void cleanup_event_timers(EventTimers **self)
{
    (void)event_timers_free(*self);
}

int event_timers_new(struct event_base *base, const Clock *clock, EventTimers **ret)
{
    CLEANUP(cleanup_event_timers) EventTimers *self = calloc(1, sizeof *self);
    int result;

    if (!self)
        return -ENOMEM;
    self->event = evtimer_new(base, run, self);
    if (!self->event)
        return -ENOMEM;
    result = timers_new(clock, arm, self, &self->timers);
    if (result < 0)
        return result;
    *ret = TAKE(self);
    return 0;
}

Timers *event_timers_get(EventTimers *self)
{
    return self->timers;
}
