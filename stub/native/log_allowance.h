/* Log allowance: how many log entries this process may send. While it has a session, what the broker leased;
 * without one, the rates that the original agent had per process. Pure: the clock (monotonic) is passed in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/token_bucket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The original agent's. */
#define LOG_ALLOWANCE_ENTRIES_PER_S 50
#define LOG_ALLOWANCE_ENTRIES_BURST 250
#define LOG_ALLOWANCE_BYTES_PER_S   20480
#define LOG_ALLOWANCE_BYTES_BURST   40960
#define LOG_ALLOWANCE_PAUSE_MS      500

#define LOG_ALLOWANCE_ASK_AGAIN_MS 100 /* a lease of nothing, or none: how often to ask; untuned */

typedef struct LogAllowance {
    bool has_lease;
    bool is_unlimited;
    int64_t entries; /* of the lease */
    int64_t bytes;
    int64_t low_entries; /* below these it is time to ask for more */
    int64_t low_bytes;
    bool is_asked;
    uint64_t asked_at_ns;

    TokenBucket own_entries;
    TokenBucket own_bytes;
    uint64_t silent_until_ns;
} LogAllowance;

/* log_allowance_init() - without a lease. */
void log_allowance_init(LogAllowance *allowance, uint64_t now_ns);

/* log_allowance_grant() - a lease of so much more. @is_unlimited: the broker does not count. */
void log_allowance_grant(LogAllowance *allowance, uint64_t entries, uint64_t bytes, bool is_unlimited);

/* log_allowance_revoke() - the session is over, and its lease with it. */
void log_allowance_revoke(LogAllowance *allowance);

/* log_allowance_has() - whether an entry may be sent now. */
bool log_allowance_has(LogAllowance *allowance, uint64_t now_ns);

/* log_allowance_spend() - an entry of so many bytes was sent. */
void log_allowance_spend(LogAllowance *allowance, uint64_t bytes);

/* log_allowance_must_ask() - whether more should be asked for; the answer counts as having asked. */
bool log_allowance_must_ask(LogAllowance *allowance, uint64_t now_ns);

#ifdef __cplusplus
}
#endif
