/* How long to wait after failures in a row: a random part of a time that doubles ("full jitter"), so that
 * many who failed together do not come back together. Pure, but for backoff_random(); one owner. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Begins with first_ms and last_ms set, and the rest zero. */
typedef struct Backoff {
    uint32_t first_ms; /* the most after the first failure */
    uint32_t last_ms;  /* the most after many */
    unsigned num_failures;
} Backoff;

/* backoff_random() - the kernel's 32 bits, without waiting for them: where it has none yet, UINT32_MAX, which
 * makes of a backoff the whole. */
uint32_t backoff_random(void);

/* backoff_ms() - how long to wait after the last of @num_failures (1 or more) in a row. @random: any 32 bits.
 */
uint32_t backoff_ms(uint32_t first_ms, uint32_t last_ms, unsigned num_failures, uint32_t random);

/* backoff_next_ms() - one more failure: how long to wait. @random: any 32 bits. */
uint32_t backoff_next_ms(Backoff *backoff, uint32_t random);

/* backoff_reset() - it went well. */
void backoff_reset(Backoff *backoff);

#ifdef __cplusplus
}
#endif
