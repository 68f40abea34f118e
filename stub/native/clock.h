/* Clock: reads a clock of the kernel. Any thread; in most cases without a system call (vDSO). */
#pragma once

#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CLOCK_NS_PER_S 1000000000ull

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now); /* a clock that there is does not fail */
    return (uint64_t)now.tv_sec * CLOCK_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* clock_now_ns(), clock_now_ms() - of the monotonic clock. */
static inline uint64_t clock_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static inline uint64_t clock_now_ms(void)
{
    return clock_now_ns() / 1000000;
}

#ifdef __cplusplus
}
#endif
