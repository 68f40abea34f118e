#include "stub/native/snapshot_allowance.h"

#define MOST (1ll << 40)

void snapshot_allowance_init(SnapshotAllowance *allowance, uint64_t now_ns)
{
    *allowance = (SnapshotAllowance){0};
    token_bucket_init(&allowance->own, SNAPSHOT_ALLOWANCE_PER_S, SNAPSHOT_ALLOWANCE_BURST, now_ns);
}

void snapshot_allowance_begin(SnapshotAllowance *allowance, uint64_t num_snapshots)
{
    allowance->has_broker = true;
    allowance->is_unlimited = num_snapshots == 0;
    allowance->most = num_snapshots < MOST ? (int64_t)num_snapshots : MOST;
    allowance->left = allowance->most;
    allowance->num_used = 0;
}

void snapshot_allowance_give(SnapshotAllowance *allowance, uint64_t num_snapshots)
{
    uint64_t missing = (uint64_t)(allowance->most - allowance->left);

    allowance->left += (int64_t)(num_snapshots < missing ? num_snapshots : missing);
}

bool snapshot_allowance_has(SnapshotAllowance *allowance, uint64_t now_ns)
{
    if (!allowance->has_broker)
        return token_bucket_has(&allowance->own, now_ns);
    return allowance->is_unlimited || allowance->left > 0;
}

void snapshot_allowance_spend(SnapshotAllowance *allowance)
{
    if (!allowance->has_broker) {
        token_bucket_take(&allowance->own, 1);
    } else if (!allowance->is_unlimited) {
        allowance->left--;
        allowance->num_used++;
    }
}
