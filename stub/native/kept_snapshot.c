#include "stub/native/kept_snapshot.h"

#include <stdlib.h>
#include <string.h>

static unsigned num_kept;

bool kept_snapshot_wait(KeptSnapshot *self, const uint8_t *packet, size_t len_bytes, uint64_t sequence,
                        uint64_t now_ns)
{
    uint8_t *copy;

    if (self->packet)
        return now_ns < self->until_ns;
    copy = num_kept < KEPT_SNAPSHOT_NUM_MAX ? malloc(len_bytes) : NULL;
    if (!copy)
        return false;
    memcpy(copy, packet, len_bytes);
    *self = (KeptSnapshot){copy, len_bytes, sequence, now_ns + KEPT_SNAPSHOT_NS};
    num_kept++;
    return true;
}

bool kept_snapshot_is_due(const KeptSnapshot *self, uint64_t now_ns)
{
    return self->packet && now_ns >= self->until_ns;
}

void kept_snapshot_drop(KeptSnapshot *self)
{
    if (!self->packet)
        return;
    free(self->packet);
    *self = (KeptSnapshot){0};
    num_kept--;
}
