/* Log allowance: how many log entries a logpoint of this process may send: what the broker leases to it, in
 * small batches that end soon if they are not used; beside them a credit that fills slowly, so that a
 * logpoint which is seldom hit need not ask first (the broker decides when the entry arrives), and a process
 * that has lost its broker has something to live on. Pure: the clock (monotonic) is passed in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/token_bucket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The credit of one logpoint. All of them are untuned. */
#define LOG_CREDIT_ENTRIES_PER_S 2
#define LOG_CREDIT_BYTES_PER_S   1024
#define LOG_CREDIT_ENTRIES_BURST 20 /* without a broker; with one it says how many */
#define LOG_CREDIT_BYTES_BURST   8192

#define LOG_ALLOWANCE_SILENCE_MS 100 /* with nothing left: until the next hit looks again, and asks again */

#define LOG_REQUEST_ENTRIES_MIN 8 /* asked for at once; untuned */
#define LOG_REQUEST_ENTRIES_MAX 250
#define LOG_REQUEST_BYTES_MIN   2048

/* What the broker has said for all logpoints of the process. */
typedef struct LogTerms {
    bool has_broker; /* somebody can be asked */
    bool is_unlimited;
    int64_t credit_entries;
    int64_t credit_bytes;
    uint32_t generation; /* of the terms: with new ones a lease is void and the credit full */
} LogTerms;

/* log_terms_init() - without a broker; also when it is lost. */
void log_terms_init(LogTerms *terms);

/* log_terms_set() - what a broker says at the beginning of a session. */
void log_terms_set(LogTerms *terms, uint64_t credit_entries, uint64_t credit_bytes, bool is_unlimited);

/* Of one logpoint. Begins as {0}. */
typedef struct LogAllowance {
    uint32_t generation;
    int64_t entries; /* of the lease */
    int64_t bytes;
    uint64_t ends_at_ns;
    int64_t low_entries; /* below these it is time to ask for more */
    int64_t low_bytes;
    TokenBucket credit_entries;
    TokenBucket credit_bytes;
    uint64_t silent_until_ns;
    bool is_asked;
    uint64_t asked_at_ns;
    uint64_t num_sent_since; /* the last request */
    uint64_t last_bytes;     /* of the last entry */
    uint64_t num_refused;    /* so far, as the next two */
    uint64_t num_refused_asked;
    uint64_t num_refused_sent; /* when the last entry was sent */
} LogAllowance;

/* log_allowance_grant() - a lease of so much more. */
void log_allowance_grant(LogAllowance *allowance, const LogTerms *terms, uint64_t entries, uint64_t bytes,
                         uint32_t lifetime_ms, uint64_t now_ns);

/* log_allowance_may_be_silent(), log_allowance_is_silent() - nothing is left, and it is too early to look
 * again. A coarse clock will do; it need not be read unless the first says yes. */
static inline bool log_allowance_may_be_silent(const LogAllowance *allowance, const LogTerms *terms)
{
    return allowance->silent_until_ns != 0 && allowance->generation == terms->generation;
}

static inline bool log_allowance_is_silent(const LogAllowance *allowance, uint64_t now_ns)
{
    return now_ns < allowance->silent_until_ns;
}

/* log_allowance_refuse() - a hit is not sent. */
static inline void log_allowance_refuse(LogAllowance *allowance)
{
    allowance->num_refused++;
}

/* log_allowance_has() - whether an entry may be sent now; if not, silence begins. */
bool log_allowance_has(LogAllowance *allowance, const LogTerms *terms, uint64_t now_ns);

/* log_allowance_num_refused() - since the last entry. */
uint32_t log_allowance_num_refused(const LogAllowance *allowance);

/* log_allowance_spend() - an entry of so many bytes was sent, right after log_allowance_has(). */
void log_allowance_spend(LogAllowance *allowance, const LogTerms *terms, uint64_t bytes, uint64_t now_ns);

typedef struct LogRequest {
    uint64_t entries;
    uint64_t bytes;
    uint64_t num_refused; /* since the last request, as the next */
    uint64_t num_sent;
} LogRequest;

/* log_allowance_must_ask() - whether more should be asked for, and for what; true counts as having asked. */
bool log_allowance_must_ask(LogAllowance *allowance, const LogTerms *terms, uint64_t now_ns, LogRequest *ret);

/* log_allowance_forget_request() - it could not be sent. */
void log_allowance_forget_request(LogAllowance *allowance, const LogRequest *request);

#ifdef __cplusplus
}
#endif
