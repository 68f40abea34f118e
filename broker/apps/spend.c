/* What the sessions of an app spend on snapshots and on conditions, together and on this host. Each session
 * has a little to begin with, tells what it has used, and gets that back as far as the quota of the app, and
 * of all apps, allows. */
#include "broker/apps/app.h"
#include "broker/util/clock.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t within(uint64_t spent)
{
    return spent > INT32_MAX ? INT32_MAX : (int64_t)spent;
}

static void fill(App *app, uint64_t now_us)
{
    quota_fill(&app->snapshot_quota, now_us);
    quota_fill(&app->condition_quota, now_us);
    quota_fill(&app->registry->snapshot_quota, now_us);
}

static int64_t snapshots_left(const App *app)
{
    return smaller(quota_available(&app->snapshot_share).entries,
                   quota_available(&app->host_snapshot_share).entries);
}

static int64_t condition_us_left(const App *app)
{
    return quota_available(&app->condition_share).entries;
}

static void send(Member *member, int64_t snapshots, int64_t condition_us)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__QuotaLease lease = SNAPSHOT__QUOTA_LEASE__INIT;

    lease.num_snapshots = (uint64_t)snapshots;
    lease.condition_cost_us = (uint64_t)condition_us;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_QUOTA_LEASE;
    message.quota_lease = &lease;
    wire_send(member, &message);
}

/* Gives back at most these; what is given is taken off them. False: that is nothing. */
static bool give_back(Member *member, int64_t *snapshots, int64_t *condition_us)
{
    int64_t given_snapshots = larger(smaller(member->owed_snapshots, *snapshots), 0);
    int64_t given_us = larger(smaller(member->owed_condition_us, *condition_us), 0);

    if (given_snapshots > 0 || given_us > 0)
        send(member, given_snapshots, given_us);
    member->owed_snapshots -= given_snapshots;
    member->owed_condition_us -= given_us;
    *snapshots -= given_snapshots;
    *condition_us -= given_us;
    return given_snapshots > 0 || given_us > 0;
}

static bool is_waiting(const Member *member)
{
    return member->owed_snapshots > 0 || member->owed_condition_us > 0;
}

/* How many wait for one and for the other. */
typedef struct Waiting {
    uint64_t snapshots;
    uint64_t condition_us;
} Waiting;

static Waiting count_waiting(const App *app, const Member *except)
{
    const Member *member;
    Waiting num = {0, 0};

    for (member = TAILQ_FIRST(&app->members); member; member = TAILQ_NEXT(member, next)) {
        num.snapshots += member != except && member->owed_snapshots > 0;
        num.condition_us += member != except && member->owed_condition_us > 0;
    }
    return num;
}

static void wait_for_more(App *app)
{
    Registry *registry = app->registry;

    if (!app->spend_pause.timers)
        timer_set(registry->options.timers, &app->spend_pause,
                  registry_monotonic_us(registry) + LEASE_RETRY_MS * (uint64_t)US_PER_MS);
}

/* What there is, divided evenly among those who wait. Whoever is given something is the last in the next
 * round, where there may be one for many. */
static void give_back_evenly(App *app)
{
    Waiting num = count_waiting(app, NULL);
    int64_t snapshots = snapshots_left(app);
    int64_t condition_us = condition_us_left(app);
    Member *member = TAILQ_FIRST(&app->members);

    for (unsigned i = 0; i < app->num_members; i++) {
        Member *next = TAILQ_NEXT(member, next);
        int64_t snapshots_part = member->owed_snapshots > 0 ? quota_part(snapshots, num.snapshots--) : 0;
        int64_t us_part = member->owed_condition_us > 0 ? quota_part(condition_us, num.condition_us--) : 0;

        snapshots -= snapshots_part;
        condition_us -= us_part;
        if (give_back(member, &snapshots_part, &us_part)) {
            TAILQ_REMOVE(&app->members, member, next);
            TAILQ_INSERT_TAIL(&app->members, member, next);
        }
        snapshots += snapshots_part;
        condition_us += us_part;
        member = next;
    }
}

static void on_spend_pause(void *context)
{
    App *app = context;
    Waiting num;

    fill(app, registry_monotonic_us(app->registry));
    give_back_evenly(app);
    num = count_waiting(app, NULL);
    if (num.snapshots > 0 || num.condition_us > 0)
        wait_for_more(app);
}

void spend_handle_request(Member *member, const Snapshot__QuotaRequest *request)
{
    App *app = member->app;
    int64_t spent_snapshots = within(request->num_snapshots);
    int64_t spent_us = within(request->condition_cost_us);
    Waiting others = count_waiting(app, member); /* whoever comes while these wait has no more than they */
    int64_t snapshots;
    int64_t condition_us;

    if (spent_snapshots == 0 && spent_us == 0)
        return;
    fill(app, registry_monotonic_us(app->registry));
    quota_take(&app->snapshot_share, (QuotaTokens){spent_snapshots, 0});
    quota_take(&app->host_snapshot_share, (QuotaTokens){spent_snapshots, 0});
    quota_take(&app->condition_share, (QuotaTokens){spent_us, 0});
    member->owed_snapshots = smaller(member->owed_snapshots + spent_snapshots, INT32_MAX);
    member->owed_condition_us = smaller(member->owed_condition_us + spent_us, INT32_MAX);
    snapshots = others.snapshots > 0 ? 0 : snapshots_left(app);
    condition_us = others.condition_us > 0 ? 0 : condition_us_left(app);
    (void)give_back(member, &snapshots, &condition_us); /* what is missing is waited for */
    if (is_waiting(member))
        wait_for_more(app);
}

/* ---------------------------------------------------------------------------------------------------- life
 */

void spend_begin_member(Member *member, Snapshot__QuotaLease *ret)
{
    App *app = member->app;
    int64_t num = app->num_members ? app->num_members : 1;

    if (!quota_is_unlimited(&app->snapshot_quota) || !quota_is_unlimited(&app->registry->snapshot_quota))
        ret->num_snapshots = (uint64_t)larger(
            (int64_t)member->registry->options.snapshot_rates.entries_burst / num, STANDING_SNAPSHOTS_MIN);
    ret->condition_cost_us = (uint64_t)larger((int64_t)app->limits.condition_cost_permille *
                                                  (US_PER_S / 1000) * CONDITION_BURST_S / 2 / num,
                                              STANDING_CONDITION_US_MIN);
}

static void join(Quota *quota, QuotaShare *share, const LogQuotaRates *rates, uint64_t now_us)
{
    quota_init(quota, rates, now_us);
    quota_join(quota, share, now_us);
}

void spend_init_app(App *app, uint32_t condition_cost_permille)
{
    Registry *registry = app->registry;
    uint64_t now = registry_monotonic_us(registry);
    uint64_t us_per_s = condition_cost_permille * (uint64_t)(US_PER_S / 1000);
    LogQuotaRates condition = {.entries_per_s = us_per_s, .entries_burst = us_per_s * CONDITION_BURST_S};

    join(&app->snapshot_quota, &app->snapshot_share, &registry->options.snapshot_rates, now);
    join(&app->condition_quota, &app->condition_share, &condition, now);
    quota_join(&registry->snapshot_quota, &app->host_snapshot_share, now);
    timer_init(&app->spend_pause, on_spend_pause, app);
}

void spend_deinit_app(App *app)
{
    timer_unset(&app->spend_pause);
    quota_leave(&app->host_snapshot_share);
}
