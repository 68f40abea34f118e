#include "broker/store/firebase/retrier.h"

static uint64_t now_us(const Retrier *retrier)
{
    const Clock *clock = timers_clock(retrier->timers);

    return clock->monotonic_us(clock);
}

static void on_timer(void *context)
{
    Retrier *retrier = context;

    rtdb_wait_cancel(&retrier->wait);
    retrier->again(retrier->context);
}

static void on_back(void *context)
{
    Retrier *retrier = context;

    if (now_us(retrier) < retrier->not_before_us) {
        timer_set(retrier->timers, &retrier->timer, retrier->not_before_us);
        return;
    }
    backoff_reset(&retrier->backoff); /* what failed was the database */
    timer_unset(&retrier->timer);
    retrier->again(retrier->context);
}

void retrier_init(Retrier *retrier, Rtdb *rtdb, Timers *timers, uint32_t (*random)(void),
                  void (*again)(void *context), void *context)
{
    *retrier =
        (Retrier){.rtdb = rtdb, .timers = timers, .random = random, .again = again, .context = context};
    retrier->backoff = (Backoff){RETRIER_FIRST_MS, RETRIER_LAST_MS, 0};
    timer_init(&retrier->timer, on_timer, retrier);
    rtdb_wait_init(&retrier->wait, on_back, retrier);
}

void retrier_deinit(Retrier *retrier)
{
    timer_unset(&retrier->timer);
    rtdb_wait_cancel(&retrier->wait);
}

void retrier_fail(Retrier *retrier, uint64_t retry_after_ms)
{
    uint64_t wait_ms = backoff_next_ms(&retrier->backoff, retrier->random());

    if (retry_after_ms > RTDB_RETRY_AFTER_S_MAX * 1000u)
        retry_after_ms = RTDB_RETRY_AFTER_S_MAX * 1000u;
    if (wait_ms < retry_after_ms)
        wait_ms = retry_after_ms;
    retrier->not_before_us = retry_after_ms ? now_us(retrier) + retry_after_ms * US_PER_MS : 0;
    if (rtdb_is_reachable(retrier->rtdb) || retry_after_ms)
        timer_set(retrier->timers, &retrier->timer, now_us(retrier) + wait_ms * US_PER_MS);
    rtdb_wait(retrier->rtdb, &retrier->wait);
}

void retrier_succeed(Retrier *retrier)
{
    backoff_reset(&retrier->backoff);
}
