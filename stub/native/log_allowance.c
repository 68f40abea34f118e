#include "stub/native/log_allowance.h"

#define NS_PER_MS 1000000ull

#define TOKENS_MAX (1ll << 40) /* token_bucket_init()'s */

static int64_t at_most(uint64_t value, int64_t most)
{
    return value < (uint64_t)most ? (int64_t)value : most;
}

void log_terms_init(LogTerms *terms)
{
    *terms = (LogTerms){
        .credit_entries = LOG_CREDIT_ENTRIES_BURST,
        .credit_bytes = LOG_CREDIT_BYTES_BURST,
        .generation = terms->generation + 1,
    };
}

void log_terms_set(LogTerms *terms, uint64_t credit_entries, uint64_t credit_bytes, bool is_unlimited)
{
    *terms = (LogTerms){
        .has_broker = true,
        .is_unlimited = is_unlimited,
        .credit_entries = at_most(credit_entries, TOKENS_MAX),
        .credit_bytes = at_most(credit_bytes, TOKENS_MAX),
        .generation = terms->generation + 1,
    };
}

/* What holds under these terms. */
static void refresh(LogAllowance *allowance, const LogTerms *terms, uint64_t now_ns)
{
    if (allowance->generation == terms->generation)
        return;
    allowance->generation = terms->generation;
    allowance->entries = 0;
    allowance->bytes = 0;
    allowance->is_asked = false;
    allowance->silent_until_ns = 0;
    token_bucket_init(&allowance->credit_entries, LOG_CREDIT_ENTRIES_PER_S, terms->credit_entries, now_ns);
    token_bucket_init(&allowance->credit_bytes, LOG_CREDIT_BYTES_PER_S, terms->credit_bytes, now_ns);
}

/* What was overdrawn the broker has settled. */
static int64_t left_and(int64_t left, uint64_t more)
{
    return (left > 0 ? left : 0) + at_most(more, TOKENS_MAX);
}

static bool has_lease(const LogAllowance *allowance, uint64_t now_ns)
{
    return now_ns < allowance->ends_at_ns && allowance->entries > 0 && allowance->bytes > 0;
}

void log_allowance_grant(LogAllowance *allowance, const LogTerms *terms, uint64_t entries, uint64_t bytes,
                         uint32_t lifetime_ms, uint64_t now_ns)
{
    refresh(allowance, terms, now_ns);
    if (now_ns >= allowance->ends_at_ns) {
        allowance->entries = 0;
        allowance->bytes = 0;
    }
    allowance->entries = left_and(allowance->entries, entries);
    allowance->bytes = left_and(allowance->bytes, bytes);
    allowance->ends_at_ns = now_ns + lifetime_ms * NS_PER_MS;
    allowance->low_entries = allowance->entries / 4;
    allowance->low_bytes = allowance->bytes / 4;
    allowance->silent_until_ns = 0;
}

bool log_allowance_has(LogAllowance *allowance, const LogTerms *terms, uint64_t now_ns)
{
    refresh(allowance, terms, now_ns);
    if (terms->is_unlimited || has_lease(allowance, now_ns) ||
        (token_bucket_has(&allowance->credit_entries, now_ns) &&
         token_bucket_has(&allowance->credit_bytes, now_ns))) {
        allowance->silent_until_ns = 0;
        return true;
    }
    allowance->silent_until_ns = now_ns + LOG_ALLOWANCE_SILENCE_MS * NS_PER_MS;
    return false;
}

uint32_t log_allowance_num_refused(const LogAllowance *allowance)
{
    return (uint32_t)at_most(allowance->num_refused - allowance->num_refused_sent, UINT32_MAX);
}

void log_allowance_spend(LogAllowance *allowance, const LogTerms *terms, uint64_t bytes, uint64_t now_ns)
{
    allowance->num_sent_since++;
    allowance->last_bytes = bytes;
    allowance->num_refused_sent = allowance->num_refused;
    if (terms->is_unlimited)
        return;
    if (has_lease(allowance, now_ns)) {
        allowance->entries -= 1;
        allowance->bytes -= (int64_t)bytes;
    } else {
        token_bucket_take(&allowance->credit_entries, 1);
        token_bucket_take(&allowance->credit_bytes, (int64_t)bytes);
    }
}

static bool is_low(const LogAllowance *allowance, const LogTerms *terms, uint64_t now_ns)
{
    if (has_lease(allowance, now_ns))
        return allowance->entries <= allowance->low_entries || allowance->bytes <= allowance->low_bytes;
    return allowance->credit_entries.level <= terms->credit_entries / 2 ||
           allowance->credit_bytes.level <= terms->credit_bytes / 2;
}

bool log_allowance_must_ask(LogAllowance *allowance, const LogTerms *terms, uint64_t now_ns, LogRequest *ret)
{
    uint64_t num_hits;

    if (!terms->has_broker || terms->is_unlimited || !is_low(allowance, terms, now_ns))
        return false;
    if (allowance->is_asked && now_ns < allowance->asked_at_ns + LOG_ALLOWANCE_SILENCE_MS * NS_PER_MS)
        return false;
    ret->num_refused = allowance->num_refused - allowance->num_refused_asked;
    num_hits = allowance->num_sent_since + ret->num_refused;
    ret->entries = num_hits < LOG_REQUEST_ENTRIES_MIN / 2   ? LOG_REQUEST_ENTRIES_MIN
                   : num_hits < LOG_REQUEST_ENTRIES_MAX / 2 ? 2 * num_hits
                                                            : LOG_REQUEST_ENTRIES_MAX;
    ret->num_sent = allowance->num_sent_since;
    ret->bytes = ret->entries * allowance->last_bytes;
    if (ret->bytes < LOG_REQUEST_BYTES_MIN)
        ret->bytes = LOG_REQUEST_BYTES_MIN;
    allowance->is_asked = true;
    allowance->asked_at_ns = now_ns;
    allowance->num_refused_asked = allowance->num_refused;
    allowance->num_sent_since = 0;
    return true;
}

void log_allowance_forget_request(LogAllowance *allowance, const LogRequest *request)
{
    allowance->num_refused_asked -= request->num_refused;
    allowance->num_sent_since += request->num_sent;
}
