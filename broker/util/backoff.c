#include "broker/util/backoff.h"

#include <sys/random.h>
#include <sys/types.h>

uint32_t backoff_random(void)
{
    uint32_t random;

    return getrandom(&random, sizeof random, GRND_NONBLOCK) == (ssize_t)sizeof random ? random : UINT32_MAX;
}

uint32_t backoff_ms(uint32_t first_ms, uint32_t last_ms, unsigned num_failures, uint32_t random)
{
    uint64_t most = first_ms;

    for (unsigned i = 1; i < num_failures && most < last_ms; i++)
        most *= 2;
    if (most > last_ms)
        most = last_ms;
    return (uint32_t)((most + 1) * random >> 32);
}

uint32_t backoff_next_ms(Backoff *backoff, uint32_t random)
{
    return backoff_ms(backoff->first_ms, backoff->last_ms, ++backoff->num_failures, random);
}

void backoff_reset(Backoff *backoff)
{
    backoff->num_failures = 0;
}
