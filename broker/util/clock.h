/* The clocks. Everything that measures or waits uses the monotonic one; the wall clock is for timestamps
 * that people and the database see. Pure modules take the time as an argument instead of calling these;
 * modules that must ask again take a Clock, so that a test can turn it. Any thread. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define US_PER_MS  1000u
#define US_PER_S   1000000u
#define US_PER_DAY (86400ull * US_PER_S)

/* clock_monotonic_us() - microseconds since boot, not counting suspension (CLOCK_MONOTONIC). */
uint64_t clock_monotonic_us(void);

/* clock_boottime_us() - microseconds since boot, suspension included (CLOCK_BOOTTIME): for what grows old at
 * the other end of a network meanwhile. */
uint64_t clock_boottime_us(void);

/* clock_unix_us() - microseconds since 1970-01-01 UTC. */
uint64_t clock_unix_us(void);

/* Where the time comes from: clock_system, or a clock of a test. */
typedef struct Clock Clock;
struct Clock {
    uint64_t (*monotonic_us)(const Clock *clock);
    uint64_t (*unix_us)(const Clock *clock);
    uint64_t (*boottime_us)(const Clock *clock);
};

extern const Clock clock_system;

#ifdef __cplusplus
}
#endif
