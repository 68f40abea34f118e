#include "broker/store/outbox/entry.h"

#include "broker/util/backoff.h"

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t backoff_us(const Outbox *outbox, unsigned num_failures, uint32_t last_ms)
{
    return backoff_ms(OUTBOX_BACKOFF_FIRST_MS, last_ms, num_failures, outbox->options.random()) *
           (uint64_t)US_PER_MS;
}

/* The oldest that is due; NULL: none. After a failure the one that is due for longest: one that always fails
 * takes turns with the others then. *ret_due_us: when one will be. */
static Entry *find_due(const OutboxLane *lane, uint64_t now, uint64_t *ret_due_us)
{
    Entry *entry;
    Entry *found = NULL;

    *ret_due_us = TIMERS_NEVER;
    for (entry = TAILQ_FIRST(&lane->entries); entry; entry = TAILQ_NEXT(entry, next)) {
        if (entry->is_busy)
            continue;
        if (entry->due_us <= now && lane->num_failures == 0)
            return entry;
        if (entry->due_us <= now && (!found || entry->due_us < found->due_us))
            found = entry;
        if (entry->due_us < *ret_due_us)
            *ret_due_us = entry->due_us;
    }
    return found;
}

/* After a failure one request finds out whether the database is back. */
static bool has_place(const OutboxLane *lane)
{
    return lane->num_busy < (lane->num_failures > 0 ? 1 : OUTBOX_NUM_PARALLEL);
}

static void run(void *context)
{
    OutboxLane *lane = context;
    uint64_t now = outbox_now_us(lane->outbox);
    uint64_t allowed = later(lane->paused_until_us, lane->asked_until_us);
    uint64_t due = TIMERS_NEVER;

    while (lane->link && allowed <= now && has_place(lane)) {
        Entry *entry = find_due(lane, now, &due);

        if (!entry)
            break;
        entry->is_busy = true;
        lane->num_busy++;
        if (lane->num_failures > 0) /* what probes is small, and changes nothing */
            entry->delivery.is_doubtful = true;
        entry_begin(entry);
        allowed = later(lane->paused_until_us, lane->asked_until_us);
    }
    if (!lane->link || !has_place(lane)) /* whoever has the place looks again */
        return;
    if (find_due(lane, now, &due))
        due = now;
    if (due != TIMERS_NEVER)
        timer_set(lane->outbox->options.timers, &lane->timer, later(due, allowed));
}

void lane_init(OutboxLane *lane)
{
    TAILQ_INIT(&lane->entries);
    timer_init(&lane->timer, run, lane);
}

void lane_wake(OutboxLane *lane)
{
    if (lane->link)
        timer_set(lane->outbox->options.timers, &lane->timer, outbox_now_us(lane->outbox));
}

void lane_release(Entry *entry)
{
    if (!entry->is_busy)
        return;
    entry->is_busy = false;
    entry->lane->num_busy--;
    lane_wake(entry->lane);
}

void lane_wait(Entry *entry, uint32_t wait_ms)
{
    entry->due_us = outbox_now_us(entry->lane->outbox) + (uint64_t)wait_ms * US_PER_MS;
    lane_release(entry);
}

/* The lane fails as a whole, or, while others succeed, this entry does: then it alone waits ever longer. */
void lane_pause(Entry *entry, uint64_t retry_after_ms)
{
    OutboxLane *lane = entry->lane;
    Outbox *outbox = lane->outbox;
    uint64_t now = outbox_now_us(outbox);
    uint64_t wait_us = 0;

    metrics_count(outbox->options.metrics, METRIC_OUTBOX_RETRIES);
    if (lane->num_failures == 0)
        wait_us = backoff_us(outbox, ++entry->num_lonely_failures, OUTBOX_LONELY_LAST_MS);
    /* Others that are due have their turn first, whatever chance says. */
    entry->due_us = now + later(wait_us, US_PER_MS);
    if (now >= lane->paused_until_us) /* else another's failure has told the same */
        lane->paused_until_us = now + backoff_us(outbox, ++lane->num_failures, OUTBOX_BACKOFF_LAST_MS);
    if (retry_after_ms > OUTBOX_RETRY_AFTER_MS_MAX)
        retry_after_ms = OUTBOX_RETRY_AFTER_MS_MAX;
    lane->asked_until_us = later(lane->asked_until_us, now + retry_after_ms * US_PER_MS);
    lane_release(entry);
}

void lane_note_success(Entry *entry)
{
    OutboxLane *lane = entry->lane;

    if (lane->num_failures > 0)
        lane_wake(lane); /* the places are open again */
    lane->num_failures = 0;
    lane->paused_until_us = 0;
}

void outbox_kick(OutboxLane *lane)
{
    lane->num_failures = 0;
    lane->paused_until_us = 0;
    lane_wake(lane);
}
