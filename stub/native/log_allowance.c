#include "stub/native/log_allowance.h"

#define NS_PER_MS 1000000ull

void log_allowance_init(LogAllowance *allowance, uint64_t now_ns)
{
    *allowance = (LogAllowance){0};
    token_bucket_init(&allowance->own_entries, LOG_ALLOWANCE_ENTRIES_PER_S, LOG_ALLOWANCE_ENTRIES_BURST,
                      now_ns);
    token_bucket_init(&allowance->own_bytes, LOG_ALLOWANCE_BYTES_PER_S, LOG_ALLOWANCE_BYTES_BURST, now_ns);
}

/* The broker's count: what was overdrawn is settled before it says how much there is to spend. */
static int64_t granted(int64_t left, uint64_t more)
{
    if (left < 0)
        left = 0;
    return more > (uint64_t)(INT64_MAX - left) ? INT64_MAX : left + (int64_t)more;
}

void log_allowance_grant(LogAllowance *allowance, uint64_t entries, uint64_t bytes, bool is_unlimited)
{
    allowance->has_lease = true;
    allowance->is_unlimited = is_unlimited;
    allowance->entries = granted(allowance->entries, entries);
    allowance->bytes = granted(allowance->bytes, bytes);
    allowance->low_entries = allowance->entries / 4;
    allowance->low_bytes = allowance->bytes / 4;
    allowance->is_asked = false;
}

void log_allowance_revoke(LogAllowance *allowance)
{
    allowance->has_lease = false;
    allowance->is_unlimited = false;
    allowance->is_asked = false;
    allowance->entries = 0;
    allowance->bytes = 0;
}

static bool own_has(LogAllowance *allowance, uint64_t now_ns)
{
    if (now_ns < allowance->silent_until_ns)
        return false;
    if (token_bucket_has(&allowance->own_entries, now_ns) && token_bucket_has(&allowance->own_bytes, now_ns))
        return true;
    allowance->silent_until_ns = now_ns + LOG_ALLOWANCE_PAUSE_MS * NS_PER_MS;
    return false;
}

bool log_allowance_has(LogAllowance *allowance, uint64_t now_ns)
{
    if (!allowance->has_lease)
        return own_has(allowance, now_ns);
    return allowance->is_unlimited || (allowance->entries > 0 && allowance->bytes > 0);
}

void log_allowance_spend(LogAllowance *allowance, uint64_t bytes)
{
    if (!allowance->has_lease) {
        token_bucket_take(&allowance->own_entries, 1);
        token_bucket_take(&allowance->own_bytes, (int64_t)bytes);
    } else if (!allowance->is_unlimited) {
        allowance->entries -= 1;
        allowance->bytes -= (int64_t)bytes;
    }
}

bool log_allowance_must_ask(LogAllowance *allowance, uint64_t now_ns)
{
    if (!allowance->has_lease || allowance->is_unlimited)
        return false;
    if (allowance->entries > allowance->low_entries && allowance->bytes > allowance->low_bytes)
        return false;
    if (allowance->is_asked && now_ns < allowance->asked_at_ns + LOG_ALLOWANCE_ASK_AGAIN_MS * NS_PER_MS)
        return false;
    allowance->is_asked = true;
    allowance->asked_at_ns = now_ns;
    return true;
}
