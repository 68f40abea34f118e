#include "broker/util/backoff.h"

uint32_t backoff_next_ms(Backoff *backoff, uint32_t random)
{
    uint64_t most = backoff->first_ms;

    for (unsigned i = 0; i < backoff->num_failures && most < backoff->last_ms; i++)
        most *= 2;
    if (most > backoff->last_ms)
        most = backoff->last_ms;
    backoff->num_failures++;
    return (uint32_t)((most + 1) * random >> 32);
}

void backoff_reset(Backoff *backoff)
{
    backoff->num_failures = 0;
}
