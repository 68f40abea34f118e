#include "stub/native/hit.h"

#include <errno.h>

#include "stub/native/app_log.h"
#include "stub/native/clock.h"
#include "stub/native/hit_log.h"
#include "stub/native/interpreter.h"
#include "stub/native/link.h"
#include "stub/native/process.h"
#include "stub/native/report.h"
#include "stub/native/snapshot_allowance.h"

#define NOTE_INTERVAL_NS    (60 * CLOCK_NS_PER_S) /* how often a user is told of one failing condition */
#define RETRY_INTERVAL_NS   CLOCK_NS_PER_S        /* after a capture that found no room; untuned */
#define WAITING_NS_MAX      CLOCK_NS_PER_S /* for the source of a function, before it is told; untuned */
#define QUOTA_INTERVAL_NS   (CLOCK_NS_PER_S / 20) /* after one that the quota did not allow; untuned */
#define PUT_OFF_INTERVAL_NS (CLOCK_NS_PER_S / 20) /* after one that waits for the source; untuned */

/* The broker ends a breakpoint after 24 h. Where it is away for so long, the stub does. */
#define AGE_MAX_NS (25 * 3600 * CLOCK_NS_PER_S)

static const char SNAPSHOT_IS_TOO_COSTLY[] =
    "Snapshot cancelled. The condition evaluation at this location might affect application performance. "
    "Please "
    "simplify the condition or move the snapshot to a less frequently called statement.";
static const char SNAPSHOTS_ARE_TOO_COSTLY[] =
    "Snapshot cancelled. The condition evaluation cost for all active snapshots might affect the application "
    "performance.";
static const char LOGPOINT_IS_TOO_COSTLY[] =
    "Logpoint cancelled. The condition evaluation at this location might affect application performance. "
    "Please "
    "simplify the condition or move the logpoint to a less frequently called statement.";
static const char LOGPOINTS_ARE_TOO_COSTLY[] =
    "Logpoint cancelled. The condition evaluation cost for all active logpoints might affect the application "
    "performance.";

static struct {
    void (*before_send)(void);
    unsigned depth; /* threads and levels that are in the callback */
    uint64_t sequence;
    uint64_t num_hits;
    uint64_t num_internal_errors;

    ConditionCost condition_cost;
    uint64_t clock_cost_ns; /* of measuring nothing */
    SnapshotAllowance snapshots;
} hits;

void hit_init(void (*before_send)(void))
{
    hits.before_send = before_send;
    hits.clock_cost_ns = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        uint64_t begin_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        uint64_t cost_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns;

        if (cost_ns < hits.clock_cost_ns)
            hits.clock_cost_ns = cost_ns;
    }
    hit_set_condition_cost(0);
    snapshot_allowance_init(&hits.snapshots, clock_now_ns());
    hit_log_begin();
}

void hit_set_condition_cost(uint32_t permille)
{
    condition_cost_set_rate(&hits.condition_cost, permille, clock_now_ns());
}

void hit_begin_breakpoint(Breakpoint *breakpoint)
{
    breakpoint->set_at_ns = clock_now_ns();
    condition_meter_init(&breakpoint->meter, &hits.condition_cost, breakpoint->set_at_ns);
}

void hit_set_terms(const Snapshot__QuotaLease *terms)
{
    uint64_t now = clock_now_ns();

    hit_log_set_terms(terms);
    condition_cost_lease(&hits.condition_cost, terms ? terms->condition_cost_us : 0, now);
    if (terms)
        snapshot_allowance_begin(&hits.snapshots, terms->num_snapshots);
    else
        snapshot_allowance_init(&hits.snapshots, now);
}

void hit_give(const Snapshot__QuotaLease *lease)
{
    condition_cost_give(&hits.condition_cost, lease->condition_cost_us);
    snapshot_allowance_give(&hits.snapshots, lease->num_snapshots);
}

bool hit_is_running(void)
{
    return hits.depth > 0;
}

uint64_t hit_num_hits(void)
{
    return __atomic_load_n(&hits.num_hits, __ATOMIC_RELAXED);
}

uint64_t hit_num_internal_errors(void)
{
    return __atomic_load_n(&hits.num_internal_errors, __ATOMIC_RELAXED);
}

void hit_after_fork_child(void)
{
    hits.num_hits = hits.depth > 0; /* the hit that noticed the fork, if it was one */
    hits.num_internal_errors = 0;
    hits.sequence = 0;
    condition_cost_lease(&hits.condition_cost, 0, clock_now_ns());
    snapshot_allowance_init(&hits.snapshots, clock_now_ns());
    hit_log_begin();
}

/* Tells the broker what was used, so that it is given back. */
static void tell_spending(void)
{
    Snapshot__StubMessage envelope = SNAPSHOT__STUB_MESSAGE__INIT;
    Snapshot__QuotaRequest request = SNAPSHOT__QUOTA_REQUEST__INIT;
    bool must_tell = condition_cost_must_tell(&hits.condition_cost, &request.condition_cost_us);
    uint8_t packet[64];

    request.num_snapshots = hits.snapshots.num_used;
    if (!must_tell && request.num_snapshots == 0)
        return;
    hits.before_send();
    envelope.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_QUOTA_REQUEST;
    envelope.quota_request = &request;
    if (snapshot__stub_message__get_packed_size(&envelope) <= sizeof(packet) &&
        link_send(packet, snapshot__stub_message__pack(&envelope, packet)) == 0)
        hits.snapshots.num_used = 0;
    else
        hits.condition_cost.spent_ns += request.condition_cost_us * (CLOCK_NS_PER_S / 1000000);
}

/* The one who writes holds the GIL; the link thread reads without it. */
static void count(uint64_t *counter)
{
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* ---------------------------------------------------------------------------------------------- conditions
 */

/* Consumes @status. */
static void end(Breakpoint *breakpoint, Status *status)
{
    breakpoint->phase = BREAKPOINT_FAILED;
    breakpoint_disarm(breakpoint);
    status_deinit(&breakpoint->status);
    breakpoint->status = *status;
    *status = (Status){0};
    report_phase(breakpoint);
}

static void cancel(Breakpoint *breakpoint, const char *format)
{
    Status status = {0};

    status_set(&status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION, format, 0);
    end(breakpoint, &status);
}

static void expire(Breakpoint *breakpoint)
{
    breakpoint->phase = BREAKPOINT_FAILED;
    breakpoint_disarm(breakpoint);
    status_set(&breakpoint->status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_AGE,
               breakpoint->is_logpoint ? "The logpoint has expired" : "The snapshot has expired", 0);
    report_phase(breakpoint);
}

/* Charges what an evaluation cost. False: the breakpoint was cancelled for it. */
static bool pay_condition(Breakpoint *breakpoint, uint64_t cost_ns, uint32_t num_evaluations)
{
    uint64_t now = clock_now_ns();
    int result;

    cost_ns = cost_ns > hits.clock_cost_ns ? cost_ns - hits.clock_cost_ns : 0;
    result = condition_cost_charge(&hits.condition_cost, &breakpoint->meter, cost_ns * num_evaluations, now);
    tell_spending();
    if (breakpoint->phase != BREAKPOINT_ARMED) /* the evaluation has ended it */
        return false;
    if (now - breakpoint->set_at_ns > AGE_MAX_NS) {
        expire(breakpoint);
        return false;
    }
    if (result == CONDITION_COST_E_OWN)
        cancel(breakpoint, breakpoint->is_logpoint ? LOGPOINT_IS_TOO_COSTLY : SNAPSHOT_IS_TOO_COSTLY);
    else if (result == CONDITION_COST_E_ALL)
        cancel(breakpoint, breakpoint->is_logpoint ? LOGPOINTS_ARE_TOO_COSTLY : SNAPSHOTS_ARE_TOO_COSTLY);
    return result == 0;
}

/* The condition failed: tells the user, once a minute at most. */
static void note_failed_condition(Breakpoint *breakpoint, Status *status)
{
    if (!status->format)
        return;
    status->refers_to = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION;
    hits.before_send();
    report_note(breakpoint, status);
    status_deinit(status);
}

static bool is_note_due(Breakpoint *breakpoint)
{
    uint64_t now = clock_now_ns();

    if (breakpoint->noted_at_ns != 0 && now - breakpoint->noted_at_ns < NOTE_INTERVAL_NS)
        return false;
    breakpoint->noted_at_ns = now;
    return true;
}

/* Evaluates once more for the text of the reason, which the common case does not build. */
static void cancel_refused(Breakpoint *breakpoint, const Frame *frame)
{
    Status status = {0};
    bool is_true;

    if (program_run_condition(breakpoint->condition, frame, breakpoint->limits.evaluation_budget_us, &is_true,
                              &status) != PROGRAM_E_REFUSED)
        status_deinit(&status);
    breakpoint_tell_refusal(&status);
    end(breakpoint, &status);
}

/* Evaluates once more for the text of what failed: rare, so that the common case builds none. */
static void note_outcome(Breakpoint *breakpoint, const Frame *frame)
{
    Status status = {0};
    bool is_true;

    if (program_run_condition(breakpoint->condition, frame, breakpoint->limits.evaluation_budget_us, &is_true,
                              &status) > 0)
        note_failed_condition(breakpoint, &status);
}

/* The condition waits for another thread to read a file, or for a thread with a larger stack. That may last:
 * the user is told. */
static void wait_for_condition(Breakpoint *breakpoint, const Frame *frame)
{
    uint64_t now = clock_now_ns();

    process_ensure_link(); /* in the child of a fork the other thread may be missing still */
    if (breakpoint->phase != BREAKPOINT_ARMED)
        return;
    if (breakpoint->waiting_at_ns == 0)
        breakpoint->waiting_at_ns = now;
    if (now - breakpoint->waiting_at_ns >= WAITING_NS_MAX && is_note_due(breakpoint))
        note_outcome(breakpoint, frame);
}

static bool evaluate_condition(Breakpoint *breakpoint, const Frame *frame)
{
    bool is_true = false;
    int result = program_run_condition(breakpoint->condition, frame, breakpoint->limits.evaluation_budget_us,
                                       &is_true, NULL);

    if (result == PROGRAM_E_WAITING) {
        wait_for_condition(breakpoint, frame);
        return false;
    }
    breakpoint->waiting_at_ns = 0;
    if (result == 0)
        return is_true;
    if (result < 0)
        count(&hits.num_internal_errors);
    if (result == PROGRAM_E_REFUSED) /* what it would call is known only now */
        cancel_refused(breakpoint, frame);
    else if (result == PROGRAM_E_BUDGET)
        cancel(breakpoint, breakpoint->is_logpoint ? LOGPOINT_IS_TOO_COSTLY : SNAPSHOT_IS_TOO_COSTLY);
    else if (result == PROGRAM_E_RAISED && is_note_due(breakpoint))
        note_outcome(breakpoint, frame);
    return false;
}

static bool is_condition_true(Breakpoint *breakpoint, const Frame *frame)
{
    uint32_t weight = condition_meter_begin(&breakpoint->meter);
    uint64_t begin_ns;
    bool is_true;

    if (weight == 0)
        return evaluate_condition(breakpoint, frame);
    begin_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    is_true = evaluate_condition(breakpoint, frame);
    return pay_condition(breakpoint, clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns, weight) && is_true;
}

/* ------------------------------------------------------------------------------------ snapshots and log
 * entries */

/* It stays armed, for a later hit. */
static void fail_attempt(Breakpoint *breakpoint, int result)
{
    if (result != -ENOBUFS)
        count(&hits.num_internal_errors);
    breakpoint->retry_at_ns = clock_now_ns() + RETRY_INTERVAL_NS;
}

/* Then it is over. */
static int send_snapshot(Breakpoint *breakpoint, const uint8_t *packet, size_t len_bytes, uint64_t sequence)
{
    int result = link_send_capture(packet, len_bytes, sequence);

    if (result != 0) {
        fail_attempt(breakpoint, result);
        return result;
    }
    kept_snapshot_drop(&breakpoint->kept);
    breakpoint->phase = BREAKPOINT_COMPLETED;
    breakpoint_disarm(breakpoint);
    tell_spending();
    return 0;
}

void hit_send_kept(Breakpoint *breakpoint, uint64_t now_ns)
{
    KeptSnapshot *kept = &breakpoint->kept;

    if (!kept_snapshot_is_due(kept, now_ns))
        return;
    if (breakpoint->phase == BREAKPOINT_ARMED &&
        send_snapshot(breakpoint, kept->packet, kept->len_bytes, kept->sequence) == -ENOBUFS)
        kept->until_ns = breakpoint->retry_at_ns;
    else
        kept_snapshot_drop(kept);
}

/* An expression was put off. False: it is sent as it is. */
static bool wait_for_expressions(Breakpoint *breakpoint, const uint8_t *packet, size_t len_bytes,
                                 uint64_t sequence)
{
    uint64_t now = clock_now_ns();
    bool is_first = !breakpoint->kept.packet;

    if (!kept_snapshot_wait(&breakpoint->kept, packet, len_bytes, sequence, now))
        return false;
    breakpoint->retry_at_ns = now + PUT_OFF_INTERVAL_NS;
    if (is_first)
        breakpoint_sends_later(breakpoint);
    return true;
}

static void take_snapshot(Breakpoint *breakpoint, const Frame *frame)
{
    CaptureRequest request = {
        .breakpoint_id = breakpoint->id,
        .line = breakpoint->line,
        .expressions = breakpoint->expressions,
        .num_expressions = breakpoint->num_expressions,
        .limits = &breakpoint->limits,
    };
    const uint8_t *packet;
    size_t len_bytes;
    int result;

    if (breakpoint->retry_at_ns != 0 && clock_now_ns() < breakpoint->retry_at_ns)
        return;
    if (!snapshot_allowance_has(&hits.snapshots, clock_now_ns())) {
        breakpoint->retry_at_ns = clock_now_ns() + QUOTA_INTERVAL_NS; /* it stays armed */
        tell_spending();                                              /* if that could not be sent before */
        return;
    }
    snapshot_allowance_spend(&hits.snapshots);
    request.sequence = ++hits.sequence;
    result = capture_snapshot(&request, frame, &packet, &len_bytes);
    if (breakpoint->phase != BREAKPOINT_ARMED) /* a hit on another thread, in code that the capture let run */
        return;
    if (result < 0)
        fail_attempt(breakpoint, result);
    else if (result != CAPTURE_E_PUT_OFF ||
             !wait_for_expressions(breakpoint, packet, len_bytes, request.sequence))
        (void)send_snapshot(breakpoint, packet, len_bytes, request.sequence);
}

static void log_entry(Breakpoint *breakpoint, const Frame *frame)
{
    if (clock_now_ns() - breakpoint->set_at_ns > AGE_MAX_NS)
        expire(breakpoint);
    else if (hit_log_send(breakpoint, frame) != 0)
        count(&hits.num_internal_errors);
}

static void handle_hit(Breakpoint *breakpoint)
{
    Frame frame;

    if (!frame_current(&frame))
        return;
    if (breakpoint->condition && !is_condition_true(breakpoint, &frame))
        return;
    if (breakpoint->phase != BREAKPOINT_ARMED)
        return;
    count(&hits.num_hits);
    if (breakpoint->condition && breakpoint->is_logpoint && hit_log_is_silent(breakpoint))
        return;
    hits.before_send();
    if (breakpoint->is_logpoint)
        log_entry(breakpoint, &frame);
    else
        take_snapshot(breakpoint, &frame);
}

void hit_callback(void *context)
{
    Breakpoint *breakpoint = context;
    int saved_errno = errno;
    bool was_gc_enabled;

    if (breakpoint->phase != BREAKPOINT_ARMED || app_log_is_this_thread())
        return;
    if (breakpoint->is_logpoint && !breakpoint->condition && hit_log_is_silent(breakpoint)) {
        count(&hits.num_hits);
        return;
    }
    hits.depth++;
    was_gc_enabled = interpreter_pause_gc();
    handle_hit(breakpoint);
    interpreter_resume_gc(was_gc_enabled);
    hits.depth--;
    errno = saved_errno;
}
