/* Token bucket: how much of something may be spent: a rate over time, and a burst. The level may fall below
 * zero by the last purchase, whose price is known only afterwards; then time pays it back. Pure: the clock
 * (monotonic) is passed in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TokenBucket {
    uint64_t per_second;
    int64_t burst;
    int64_t level;
    uint64_t filled_at_ns;
} TokenBucket;

/* token_bucket_init() - full. @per_second: at most 10^9; @burst: at most 2^40. */
void token_bucket_init(TokenBucket *bucket, uint64_t per_second, int64_t burst, uint64_t now_ns);

/* token_bucket_has() - whether anything is left. */
bool token_bucket_has(TokenBucket *bucket, uint64_t now_ns);

/* token_bucket_take() - spends @amount, whether it is there or not. */
void token_bucket_take(TokenBucket *bucket, int64_t amount);

#ifdef __cplusplus
}
#endif
