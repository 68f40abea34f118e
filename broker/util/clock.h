/* The two clocks. Everything that measures or waits uses the monotonic one; the wall clock is for timestamps
 * that people and the database see. Pure modules take the time as an argument instead of calling these. Any
 * thread. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clock_monotonic_us() - microseconds since boot, not counting suspension (CLOCK_MONOTONIC). */
uint64_t clock_monotonic_us(void);

/* clock_unix_us() - microseconds since 1970-01-01 UTC. */
uint64_t clock_unix_us(void);

#ifdef __cplusplus
}
#endif
