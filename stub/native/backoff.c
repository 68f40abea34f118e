#include "stub/native/backoff.h"

uint32_t backoff_next_ms(Backoff *backoff, uint32_t random)
{
    uint32_t bound_ms = BACKOFF_BASE_MS;

    for (unsigned i = 0; i < backoff->num_failures && bound_ms < BACKOFF_CAP_MS; i++)
        bound_ms *= 2;
    if (bound_ms > BACKOFF_CAP_MS)
        bound_ms = BACKOFF_CAP_MS;
    else
        backoff->num_failures++; /* stops counting at the cap, so that it cannot overflow */
    return (uint32_t)(((uint64_t)random * (bound_ms + 1)) >> 32);
}

void backoff_reset(Backoff *backoff)
{
    backoff->num_failures = 0;
}
