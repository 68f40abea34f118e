/* Keys for POST: 20 characters that sort by the time they were made. Pure: time and chance are passed in. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PUSH_ID_BYTES        21 /* 20 characters and a NUL */
#define PUSH_ID_RANDOM_BYTES 12

/* Begins as all zeroes. */
typedef struct PushIdMaker {
    uint64_t last_ms;
    uint8_t last_random[PUSH_ID_RANDOM_BYTES]; /* 0..63 each */
} PushIdMaker;

/* push_id_next() - 8 characters of time, then 12 of @random, or, within one millisecond, those of the id
 * before plus one. @now_ms: Unix time. */
void push_id_next(PushIdMaker *maker, uint64_t now_ms, const uint8_t random[PUSH_ID_RANDOM_BYTES],
                  char ret[PUSH_ID_BYTES]);

#ifdef __cplusplus
}
#endif
