/* Backoff: how long to wait before the next attempt to reach the broker: doubling, with full jitter, so that
 * the workers of a host do not all come back in the same instant. Pure: no clock; randomness is passed in. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BACKOFF_BASE_MS 500 /* promised to operators together with the cap; untuned */
#define BACKOFF_CAP_MS  30000

typedef struct Backoff {
    unsigned num_failures;
} Backoff;

/* backoff_next_ms() - counts one failure and returns a wait between 0 and the step's bound. @random: any 32
 * random bits. */
uint32_t backoff_next_ms(Backoff *backoff, uint32_t random);

/* backoff_reset() - the last attempt succeeded, or there is new reason to hope. */
void backoff_reset(Backoff *backoff);

#ifdef __cplusplus
}
#endif
