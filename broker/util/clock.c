#include "broker/util/clock.h"

#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now); /* cannot fail for the ids used here */
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t clock_boottime_us(void)
{
    return read_us(CLOCK_BOOTTIME);
}

uint64_t clock_unix_us(void)
{
    return read_us(CLOCK_REALTIME);
}

static uint64_t system_monotonic_us(const Clock *clock)
{
    (void)clock;
    return clock_monotonic_us();
}

static uint64_t system_unix_us(const Clock *clock)
{
    (void)clock;
    return clock_unix_us();
}

static uint64_t system_boottime_us(const Clock *clock)
{
    (void)clock;
    return clock_boottime_us();
}

const Clock clock_system = {system_monotonic_us, system_unix_us, system_boottime_us};
