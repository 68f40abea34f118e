/* Snapshot allowance: how many captures this process may take. The broker lets it have some to begin with,
 * and gives back what it tells to have used, as far as the quota of the app on the host allows; without a
 * broker there are a few that come back with time. Pure: the clock (monotonic) is passed in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/token_bucket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Without a broker; untuned. */
#define SNAPSHOT_ALLOWANCE_PER_S 2
#define SNAPSHOT_ALLOWANCE_BURST 20

typedef struct SnapshotAllowance {
    bool has_broker;
    bool is_unlimited;
    int64_t left;
    int64_t most;
    uint64_t num_used; /* not told yet */
    TokenBucket own;   /* without a broker */
} SnapshotAllowance;

/* snapshot_allowance_init() - without a broker. */
void snapshot_allowance_init(SnapshotAllowance *allowance, uint64_t now_ns);

/* snapshot_allowance_begin() - a broker's word at the beginning of a session; 0: it does not count. */
void snapshot_allowance_begin(SnapshotAllowance *allowance, uint64_t num_snapshots);

/* snapshot_allowance_give() - so many more. */
void snapshot_allowance_give(SnapshotAllowance *allowance, uint64_t num_snapshots);

bool snapshot_allowance_has(SnapshotAllowance *allowance, uint64_t now_ns);
void snapshot_allowance_spend(SnapshotAllowance *allowance);

#ifdef __cplusplus
}
#endif
