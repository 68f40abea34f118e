#include <stdlib.h>

#include "broker/apps/app.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool is_unlimited(const App *app)
{
    return quota_is_unlimited(&app->log_quota) && quota_is_unlimited(&app->registry->log_quota);
}

/* ------------------------------------------------- both levels: the logpoint in its app, the app on the host
 */

static void fill(App *app, uint64_t now_us)
{
    quota_fill(&app->log_quota, now_us);
    quota_fill(&app->registry->log_quota, now_us);
}

static void note_hits(Breakpoint *breakpoint, uint64_t num_hits)
{
    quota_note_hits(&breakpoint->log_share, num_hits);
    quota_note_hits(&breakpoint->app->log_share, num_hits);
}

static QuotaTokens available(const Breakpoint *breakpoint)
{
    QuotaTokens of_app = quota_available(&breakpoint->log_share);
    QuotaTokens of_host = quota_available(&breakpoint->app->log_share);

    return (QuotaTokens){smaller(of_app.entries, of_host.entries), smaller(of_app.bytes, of_host.bytes)};
}

static void take(Breakpoint *breakpoint, QuotaTokens tokens)
{
    quota_take(&breakpoint->log_share, tokens);
    quota_take(&breakpoint->app->log_share, tokens);
}

static void give(Breakpoint *breakpoint, QuotaTokens tokens)
{
    quota_give(&breakpoint->log_share, tokens);
    quota_give(&breakpoint->app->log_share, tokens);
}

static void count_leased(Breakpoint *breakpoint, QuotaTokens tokens)
{
    quota_lease(&breakpoint->log_share, tokens);
    quota_lease(&breakpoint->app->log_share, tokens);
}

/* ------------------------------------------------------------------------------------------------ leases */

/* What is left of it goes back; it may still be waiting. */
static void release(LogLease *lease)
{
    Breakpoint *breakpoint = lease->breakpoint;

    if (!lease->is_held)
        return;
    lease->is_held = false;
    TAILQ_REMOVE(&breakpoint->app->held_leases, lease, next_held);
    count_leased(breakpoint, (QuotaTokens){-lease->left.entries, -lease->left.bytes});
    give(breakpoint, lease->left);
    lease->left = (QuotaTokens){0, 0};
}

static void lease_free(LogLease *lease)
{
    release(lease);
    TAILQ_REMOVE(&lease->breakpoint->log_leases, lease, next);
    free(lease);
}

static bool is_waiting(const LogLease *lease)
{
    return lease->wanted.entries > 0;
}

static void release_ended(App *app, uint64_t now_us)
{
    LogLease *lease;

    while ((lease = TAILQ_FIRST(&app->held_leases)) && lease->ends_us <= now_us) {
        release(lease);
        if (!is_waiting(lease))
            lease_free(lease);
    }
}

static LogLease *find(Breakpoint *breakpoint, const Member *member)
{
    LogLease *lease = TAILQ_FIRST(&breakpoint->log_leases);

    while (lease && lease->member != member)
        lease = TAILQ_NEXT(lease, next);
    return lease;
}

/* NULL when memory is out: the session asks again. */
static LogLease *find_or_add(Breakpoint *breakpoint, Member *member)
{
    LogLease *lease = find(breakpoint, member);

    if (lease)
        return lease;
    lease = calloc(1, sizeof *lease);
    if (!lease)
        return NULL;
    lease->breakpoint = breakpoint;
    lease->member = member;
    TAILQ_INSERT_TAIL(&breakpoint->log_leases, lease, next);
    return lease;
}

static void send_lease(const LogLease *lease, QuotaTokens granted)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__QuotaLease part = SNAPSHOT__QUOTA_LEASE__INIT;

    part.breakpoint_id = lease->breakpoint->id;
    part.num_log_entries = (uint64_t)granted.entries;
    part.log_bytes = (uint64_t)granted.bytes;
    part.lifetime_ms = LEASE_LIFE_MS;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_QUOTA_LEASE;
    message.quota_lease = &part;
    wire_send(lease->member, &message);
}

/* As much as it wants, at most these. One side without the other would be of no use to the session. It is the
 * last in the next round, where there may be one for many. */
static void grant(LogLease *lease, QuotaTokens most, uint64_t now_us)
{
    App *app = lease->breakpoint->app;
    QuotaTokens granted = {smaller(lease->wanted.entries, most.entries),
                           smaller(lease->wanted.bytes, most.bytes)};

    if (granted.entries <= 0 || granted.bytes <= 0)
        return;
    take(lease->breakpoint, granted);
    count_leased(lease->breakpoint, granted);
    lease->left.entries += granted.entries;
    lease->left.bytes += granted.bytes;
    lease->wanted = (QuotaTokens){0, 0};
    TAILQ_REMOVE(&lease->breakpoint->log_leases, lease, next);
    TAILQ_INSERT_TAIL(&lease->breakpoint->log_leases, lease, next);
    if (lease->is_held)
        TAILQ_REMOVE(&app->held_leases, lease, next_held);
    lease->is_held = true;
    lease->ends_us = now_us + (LEASE_LIFE_MS + LEASE_GRACE_MS) * (uint64_t)US_PER_MS;
    TAILQ_INSERT_TAIL(&app->held_leases, lease, next_held);
    send_lease(lease, granted);
}

/* ----------------------------------------------------------------------------------------- those who wait */

static uint64_t num_waiting_of(const Breakpoint *breakpoint)
{
    const LogLease *lease;
    uint64_t num = 0;

    for (lease = TAILQ_FIRST(&breakpoint->log_leases); lease; lease = TAILQ_NEXT(lease, next))
        num += is_waiting(lease);
    return num;
}

/* What there is, divided evenly. Returns how many wait still. */
static uint64_t serve(Breakpoint *breakpoint, uint64_t now_us)
{
    uint64_t num_waiting = num_waiting_of(breakpoint);
    uint64_t num_left = num_waiting;
    LogLease *lease;
    LogLease *next;

    if (now_us < breakpoint->log_paused_until_us)
        return num_waiting;
    for (lease = TAILQ_FIRST(&breakpoint->log_leases); lease; lease = next) {
        QuotaTokens there = available(breakpoint);

        next = TAILQ_NEXT(lease, next); /* who was granted something comes once more, and waits no longer */
        if (!is_waiting(lease))
            continue;
        grant(lease,
              (QuotaTokens){quota_part(there.entries, num_waiting), quota_part(there.bytes, num_waiting)},
              now_us);
        num_waiting--;
        num_left -= !is_waiting(lease);
    }
    return num_left;
}

/* When there may be something for those who wait for @breakpoint. */
static uint64_t due_us(const Breakpoint *breakpoint, uint64_t now_us)
{
    return breakpoint->log_paused_until_us > now_us ? breakpoint->log_paused_until_us
                                                    : now_us + LEASE_RETRY_MS * (uint64_t)US_PER_MS;
}

static void serve_later(App *app, uint64_t due)
{
    if (!app->log_pause.timers || app->log_pause.deadline_us > due)
        timer_set(app->registry->options.timers, &app->log_pause, due);
}

static void on_log_pause(void *context)
{
    App *app = context;
    uint64_t now = registry_monotonic_us(app->registry);
    Breakpoint *breakpoint;

    fill(app, now);
    release_ended(app, now);
    for (breakpoint = TAILQ_FIRST(&app->breakpoints); breakpoint; breakpoint = TAILQ_NEXT(breakpoint, next)) {
        if (serve(breakpoint, now) > 0)
            serve_later(app, due_us(breakpoint, now));
    }
}

static int64_t within(uint64_t wanted)
{
    return wanted > INT32_MAX ? INT32_MAX : (int64_t)wanted;
}

void lease_handle_request(Member *member, const Snapshot__QuotaRequest *request)
{
    App *app = member->app;
    Breakpoint *breakpoint = breakpoint_find(app, request->breakpoint_id);
    uint64_t now = registry_monotonic_us(member->registry);
    bool do_others_wait;
    LogLease *lease;

    registry_count(member->registry, METRIC_LOG_ENTRIES_SUPPRESSED, within(request->num_suppressed));
    if (is_unlimited(app) || !breakpoint || !breakpoint->log_share.quota)
        return;
    fill(app, now);
    release_ended(app, now);
    note_hits(breakpoint, (uint64_t)within(request->num_suppressed));
    lease = find_or_add(breakpoint, member);
    if (!lease)
        return;
    do_others_wait = num_waiting_of(breakpoint) > (is_waiting(lease) ? 1 : 0);
    lease->wanted = (QuotaTokens){within(request->num_log_entries), within(request->log_bytes)};
    if (lease->wanted.bytes == 0) /* one side alone is of no use */
        lease->wanted.bytes = CREDIT_BYTES_MIN;
    if (now >= breakpoint->log_paused_until_us && !do_others_wait)
        grant(lease, available(breakpoint), now);
    if (!is_waiting(lease)) {
        if (!lease->is_held)
            lease_free(lease);
        return;
    }
    if (request->num_suppressed > 0)
        logpoint_announce_pause(member, breakpoint);
    serve_later(app, due_us(breakpoint, now));
}

/* --------------------------------------------------------------------------------------------- to be paid */

/* The session has taken the size of the packet off its lease, which is all it can know; what the entry costs
 * is the length of its message. */
static void pay_from(LogLease *lease, int64_t packet_bytes, int64_t message_bytes)
{
    QuotaTokens spent = {1, smaller(packet_bytes, lease->left.bytes)};
    int64_t rest = spent.bytes - message_bytes;

    lease->left.entries -= spent.entries;
    lease->left.bytes -= spent.bytes;
    count_leased(lease->breakpoint, (QuotaTokens){-spent.entries, -spent.bytes});
    if (rest >= 0)
        give(lease->breakpoint, (QuotaTokens){0, rest});
    else
        take(lease->breakpoint, (QuotaTokens){0, -rest});
}

bool lease_pay(Member *member, Breakpoint *breakpoint, size_t packet_bytes, size_t message_bytes)
{
    App *app = member->app;
    uint64_t now = registry_monotonic_us(member->registry);
    LogLease *lease;
    QuotaTokens there;

    if (is_unlimited(app))
        return true;
    fill(app, now);
    release_ended(app, now);
    note_hits(breakpoint, 1);
    lease = find(breakpoint, member);
    if (lease && lease->left.entries > 0 && lease->left.bytes > 0) {
        pay_from(lease, (int64_t)packet_bytes, (int64_t)message_bytes);
        return true;
    }
    /* On credit. */
    there = available(breakpoint);
    if (now < breakpoint->log_paused_until_us || there.entries <= 0 || there.bytes <= 0)
        return false;
    take(breakpoint, (QuotaTokens){1, (int64_t)message_bytes});
    return true;
}

/* --------------------------------------------------------------------------------------------------- life */

static uint64_t credit_of(uint64_t burst, unsigned num_members, uint64_t least)
{
    uint64_t even = burst / (num_members ? num_members : 1);

    return even > least ? even : least;
}

void lease_begin_member(Member *member, Snapshot__QuotaLease *ret)
{
    const LogQuotaRates *rates = &member->registry->options.log_rates;

    ret->is_unlimited = is_unlimited(member->app);
    if (ret->is_unlimited)
        return;
    ret->num_log_entries = credit_of(rates->entries_burst, member->app->num_members, CREDIT_ENTRIES_MIN);
    ret->log_bytes = credit_of(rates->bytes_burst, member->app->num_members, CREDIT_BYTES_MIN);
}

void lease_end_member(Member *member)
{
    Breakpoint *breakpoint;

    for (breakpoint = TAILQ_FIRST(&member->app->breakpoints); breakpoint;
         breakpoint = TAILQ_NEXT(breakpoint, next)) {
        LogLease *lease = find(breakpoint, member);

        if (lease)
            lease_free(lease);
    }
}

void lease_begin_breakpoint(Breakpoint *breakpoint)
{
    App *app = breakpoint->app;

    quota_join(&app->log_quota, &breakpoint->log_share, registry_monotonic_us(app->registry));
}

void lease_end_breakpoint(Breakpoint *breakpoint)
{
    while (!TAILQ_EMPTY(&breakpoint->log_leases))
        lease_free(TAILQ_FIRST(&breakpoint->log_leases));
    quota_leave(&breakpoint->log_share);
}

void lease_init_app(App *app)
{
    Registry *registry = app->registry;
    uint64_t now = registry_monotonic_us(registry);

    quota_init(&app->log_quota, &registry->options.log_rates, now);
    quota_join(&registry->log_quota, &app->log_share, now);
    TAILQ_INIT(&app->held_leases);
    timer_init(&app->log_pause, on_log_pause, app);
}

void lease_deinit_app(App *app)
{
    timer_unset(&app->log_pause);
    quota_leave(&app->log_share);
}
