/* A clock that a test turns. */
#pragma once

#include "broker/util/clock.h"

struct FakeClock {
    Clock clock = {monotonic, unix_time, boottime};
    uint64_t now_us = 1000 * static_cast<uint64_t>(US_PER_S);
    uint64_t unix_now_us = 1800000000 * static_cast<uint64_t>(US_PER_S); /* in 2027 */

    uint64_t suspended_us = 0; /* what only CLOCK_BOOTTIME counts */

    /* All clocks go on. */
    void pass_us(uint64_t us)
    {
        now_us += us;
        unix_now_us += us;
    }

  private:
    static uint64_t monotonic(const Clock *clock)
    {
        return reinterpret_cast<const FakeClock *>(clock)->now_us;
    }

    static uint64_t unix_time(const Clock *clock)
    {
        return reinterpret_cast<const FakeClock *>(clock)->unix_now_us;
    }

    static uint64_t boottime(const Clock *clock)
    {
        const FakeClock *self = reinterpret_cast<const FakeClock *>(clock);

        return self->now_us + self->suspended_us;
    }
};
