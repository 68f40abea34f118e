#include "stub/native/appearance.h"

#include <sys/stat.h>

void appearance_look(Appearance *appearance, const Address *address)
{
    *appearance = (Appearance){0};
    for (size_t i = 0; i < address->num_paths; i++) {
        struct stat status;

        if (stat(address->paths[i], &status) != 0)
            continue;
        appearance->seen[i].is_there = true;
        appearance->seen[i].device = status.st_dev;
        appearance->seen[i].inode = status.st_ino;
        appearance->seen[i].changed_at_ns =
            (int64_t)status.st_ctim.tv_sec * 1000000000 + status.st_ctim.tv_nsec;
    }
}

bool appearance_has_changed(const Appearance *appearance, const Address *address)
{
    Appearance now;

    appearance_look(&now, address);
    for (size_t i = 0; i < address->num_paths; i++) {
        if (now.seen[i].is_there &&
            (!appearance->seen[i].is_there || now.seen[i].device != appearance->seen[i].device ||
             now.seen[i].inode != appearance->seen[i].inode ||
             now.seen[i].changed_at_ns != appearance->seen[i].changed_at_ns))
            return true;
    }
    return false;
}

uint32_t appearance_interval_ms(uint64_t seeking_ms)
{
    if (seeking_ms < APPEARANCE_DENSE_FOR_MS)
        return APPEARANCE_DENSE_MS;
    return seeking_ms < APPEARANCE_MEDIUM_FOR_MS ? APPEARANCE_MEDIUM_MS : APPEARANCE_SPARSE_MS;
}
