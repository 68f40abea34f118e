/* Kept snapshot: what the first hit of a breakpoint has captured while one of its expressions could not be
 * evaluated yet (the source of a function was being read). A later hit, which may show the value, is taken
 * instead; if none comes in time, this is sent as it is. Pure: the clock (monotonic) is passed in. Everything
 * holds the GIL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEPT_SNAPSHOT_NS      1000000000ull /* how long a better one is waited for; untuned */
#define KEPT_SNAPSHOT_NUM_MAX 16            /* in the process, of up to 128 KiB each; untuned */

/* Of one breakpoint. Begins as {0}. */
typedef struct KeptSnapshot {
    uint8_t *packet; /* owned; NULL: there is none */
    size_t len_bytes;
    uint64_t sequence;
    uint64_t until_ns;
} KeptSnapshot;

/* kept_snapshot_wait() - whether the next hit is to be waited for; then a copy of the first packet is kept.
 * False: it was waited long enough, or there is no room. */
bool kept_snapshot_wait(KeptSnapshot *self, const uint8_t *packet, size_t len_bytes, uint64_t sequence,
                        uint64_t now_ns);

/* kept_snapshot_is_due() - whether there is one that is to be sent now. */
bool kept_snapshot_is_due(const KeptSnapshot *self, uint64_t now_ns);

/* kept_snapshot_drop() - forgets it, if there is one. */
void kept_snapshot_drop(KeptSnapshot *self);

#ifdef __cplusplus
}
#endif
