#include "stub/native/hit_log.h"

#include "stub/native/clock.h"
#include "stub/native/link.h"

static LogTerms terms;

void hit_log_begin(void)
{
    log_terms_init(&terms);
}

void hit_log_set_terms(const Snapshot__QuotaLease *lease)
{
    if (lease)
        log_terms_set(&terms, lease->num_log_entries, lease->log_bytes, lease->is_unlimited);
    else
        log_terms_init(&terms);
}

void hit_log_grant(Breakpoint *breakpoint, const Snapshot__QuotaLease *lease)
{
    log_allowance_grant(&breakpoint->allowance, &terms, lease->num_log_entries, lease->log_bytes,
                        lease->lifetime_ms, clock_now_ns());
}

bool hit_log_is_silent(Breakpoint *breakpoint)
{
    /* The coarse clock is a load from memory, and late by a timer's tick at most. */
    if (!log_allowance_may_be_silent(&breakpoint->allowance, &terms) ||
        !log_allowance_is_silent(&breakpoint->allowance, clock_ns(CLOCK_MONOTONIC_COARSE)))
        return false;
    log_allowance_refuse(&breakpoint->allowance);
    return true;
}

static void ask(Breakpoint *breakpoint, const LogRequest *wanted)
{
    Snapshot__StubMessage envelope = SNAPSHOT__STUB_MESSAGE__INIT;
    Snapshot__QuotaRequest request = SNAPSHOT__QUOTA_REQUEST__INIT;
    uint8_t packet[320];

    request.breakpoint_id = breakpoint->id;
    request.num_log_entries = wanted->entries;
    request.log_bytes = wanted->bytes;
    request.num_suppressed = wanted->num_refused;
    envelope.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_QUOTA_REQUEST;
    envelope.quota_request = &request;
    if (snapshot__stub_message__get_packed_size(&envelope) > sizeof(packet) ||
        link_send(packet, snapshot__stub_message__pack(&envelope, packet)) != 0)
        log_allowance_forget_request(&breakpoint->allowance, wanted);
}

/* Counts what is sent, and what is not. */
static int send_entry(Breakpoint *breakpoint, const Frame *frame, uint64_t now_ns)
{
    LogAllowance *allowance = &breakpoint->allowance;
    CaptureRequest request = {
        .breakpoint_id = breakpoint->id,
        .line = breakpoint->line,
        .expressions = breakpoint->expressions,
        .num_expressions = breakpoint->num_expressions,
        .limits = &breakpoint->limits,
        .num_suppressed = log_allowance_num_refused(allowance),
    };
    const uint8_t *packet;
    size_t len_bytes;
    int result = capture_log_entry(&request, frame, &packet, &len_bytes);

    if (result == 0 && link_send_log_entry(packet, len_bytes) == 0)
        log_allowance_spend(allowance, &terms, len_bytes, now_ns);
    else
        log_allowance_refuse(allowance);
    return result;
}

int hit_log_send(Breakpoint *breakpoint, const Frame *frame)
{
    uint64_t now_ns = clock_now_ns();
    LogRequest request;
    int result = 0;

    if (log_allowance_has(&breakpoint->allowance, &terms, now_ns))
        result = send_entry(breakpoint, frame, now_ns);
    else
        log_allowance_refuse(&breakpoint->allowance);
    if (log_allowance_must_ask(&breakpoint->allowance, &terms, now_ns, &request))
        ask(breakpoint, &request);
    return result;
}
