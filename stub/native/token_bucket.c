#include "stub/native/token_bucket.h"

#include "stub/native/clock.h"

void token_bucket_init(TokenBucket *bucket, uint64_t per_second, int64_t burst, uint64_t now_ns)
{
    *bucket = (TokenBucket){per_second, burst, burst, now_ns};
}

static void fill(TokenBucket *bucket, uint64_t now_ns)
{
    uint64_t elapsed_ns = now_ns > bucket->filled_at_ns ? now_ns - bucket->filled_at_ns : 0;
    uint64_t missing = (uint64_t)(bucket->burst - bucket->level);
    uint64_t seconds = elapsed_ns / CLOCK_NS_PER_S;
    uint64_t tokens;

    if (bucket->per_second == 0)
        return;
    if (seconds > missing / bucket->per_second) {
        tokens = missing;
        bucket->filled_at_ns = now_ns;
    } else {
        uint64_t rest_ns = elapsed_ns % CLOCK_NS_PER_S;

        tokens = seconds * bucket->per_second + rest_ns * bucket->per_second / CLOCK_NS_PER_S;
        /* Only as far as the whole tokens reach, or a bucket that is asked often would never fill. */
        bucket->filled_at_ns += tokens / bucket->per_second * CLOCK_NS_PER_S +
                                tokens % bucket->per_second * CLOCK_NS_PER_S / bucket->per_second;
        if (tokens > missing)
            tokens = missing;
    }
    bucket->level += (int64_t)tokens;
}

bool token_bucket_has(TokenBucket *bucket, uint64_t now_ns)
{
    fill(bucket, now_ns);
    return bucket->level > 0;
}

void token_bucket_take(TokenBucket *bucket, int64_t amount)
{
    bucket->level -= amount;
}
