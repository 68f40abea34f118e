#include "broker/store/embedded/push_id.h"

#include <stddef.h>

#define TIME_CHARACTERS 8

static const char alphabet[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

static void add_one(uint8_t digits[PUSH_ID_RANDOM_BYTES])
{
    for (size_t i = PUSH_ID_RANDOM_BYTES; i-- > 0;) {
        if (digits[i] < 63) {
            digits[i]++;
            return;
        }
        digits[i] = 0;
    }
}

void push_id_next(PushIdMaker *maker, uint64_t now_ms, const uint8_t random[PUSH_ID_RANDOM_BYTES],
                  char ret[PUSH_ID_BYTES])
{
    if (now_ms == maker->last_ms)
        add_one(maker->last_random);
    else
        for (size_t i = 0; i < PUSH_ID_RANDOM_BYTES; i++)
            maker->last_random[i] = random[i] % 64;
    maker->last_ms = now_ms;

    for (size_t i = TIME_CHARACTERS; i-- > 0; now_ms /= 64)
        ret[i] = alphabet[now_ms % 64];
    for (size_t i = 0; i < PUSH_ID_RANDOM_BYTES; i++)
        ret[TIME_CHARACTERS + i] = alphabet[maker->last_random[i]];
    ret[PUSH_ID_BYTES - 1] = '\0';
}
