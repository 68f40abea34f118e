#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/apps/app.h"
#include "broker/apps/render.h"
#include "broker/logs/message.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

/* ------------------------------------------------------------------------------------------- the lines */

/* Fills in what all lines of @member have, and writes. */
static void write_record(Member *member, LogRecord *record)
{
    Registry *registry = member->registry;
    const App *app = member->app;
    char insert_id[64];

    (void)snprintf(insert_id, sizeof insert_id, "%s-%012" PRIx64, registry->instance, ++registry->num_lines);
    record->insert_id = insert_id;
    record->debuggee_id = app->id;
    record->module = app->module;
    record->version = app->version;
    record->project_id = app->project_id;
    record->pid = member->pid;
    record->origin = member;
    registry->options.log_writer(registry->options.log_context, record);
}

static void write_entry(Member *member, const Breakpoint *breakpoint, const Snapshot__LogEntry *entry,
                        const char *message)
{
    const SysPath *sys_path = member->sys_path;
    AUTO_FREE char *path =
        render_path(&entry->path, sys_path ? sys_path->entries : NULL, sys_path ? sys_path->num_entries : 0);
    AUTO_FREE char *function =
        render_function(&entry->function, entry->self_type, entry->strings, entry->n_strings);
    LogRecord record = {
        .severity = breakpoint->definition->severity,
        .message = message,
        .path = path && *path ? path : breakpoint->definition->path,
        .line = entry->line ? entry->line : breakpoint->definition->line,
        .function = function,
        .time_unix_us = entry->time_unix_us,
        .breakpoint_id = breakpoint->id,
        .thread_id = entry->thread_id,
        .trace_id = entry->trace ? entry->trace->trace_id : NULL,
        .span_id = entry->trace ? entry->trace->span_id : NULL,
        .num_suppressed = entry->num_suppressed,
    };

    write_record(member, &record);
}

/* ------------------------------------------------------------------------------------------- the quota */

static void send_lease(Member *member, uint64_t entries, uint64_t bytes)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__QuotaLease lease = SNAPSHOT__QUOTA_LEASE__INIT;

    lease.num_log_entries = entries;
    lease.log_bytes = bytes;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_QUOTA_LEASE;
    message.quota_lease = &lease;
    wire_send(member, &message);
}

/* Grants at most these, and remembers what was asked for and is not there. One side without the other would
 * be of no use to the session. */
static void grant(Member *member, uint64_t entries, uint64_t bytes)
{
    LogQuota *quota = &member->app->log_quota;
    LogLease *lease = &member->log_lease;
    uint64_t now = registry_monotonic_us(member->registry);
    uint64_t granted_entries;
    uint64_t granted_bytes;

    log_quota_available(quota, now, &granted_entries, &granted_bytes);
    if ((!granted_entries && lease->entries <= 0) || (!granted_bytes && lease->bytes <= 0))
        return;
    log_quota_grant(quota, lease, entries, bytes, now, &granted_entries, &granted_bytes);
    if (granted_entries)
        member->wanted_log_entries = 0;
    if (granted_bytes)
        member->wanted_log_bytes = 0;
    if (granted_entries || granted_bytes)
        send_lease(member, granted_entries, granted_bytes);
}

static bool is_waiting(const Member *member)
{
    return member->wanted_log_entries || member->wanted_log_bytes;
}

/* New tokens come with time: they are handed out half a second from now. */
static void grant_later(App *app)
{
    Registry *registry = app->registry;

    if (!app->log_pause.timers)
        timer_set(registry->options.timers, &app->log_pause,
                  registry_monotonic_us(registry) + LOG_QUOTA_PAUSE_MS * (uint64_t)US_PER_MS);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The pause is over: what is there is divided evenly among those who wait. */
static void on_log_pause(void *context)
{
    App *app = context;
    uint64_t entries;
    uint64_t bytes;
    uint64_t num_waiting = 0;
    bool is_any_waiting = false;
    Member *member;

    app->is_log_paused = false;
    for (member = TAILQ_FIRST(&app->members); member; member = TAILQ_NEXT(member, next))
        num_waiting += is_waiting(member);
    for (member = TAILQ_FIRST(&app->members); member; member = TAILQ_NEXT(member, next)) {
        if (!is_waiting(member))
            continue;
        log_quota_available(&app->log_quota, registry_monotonic_us(app->registry), &entries, &bytes);
        grant(member, smaller(member->wanted_log_entries, (entries + num_waiting - 1) / num_waiting),
              smaller(member->wanted_log_bytes, (bytes + num_waiting - 1) / num_waiting));
        num_waiting--;
        is_any_waiting |= is_waiting(member);
    }
    if (is_any_waiting)
        grant_later(app);
}

/* Says so once, and is silent for a while. */
static void pause_log(Member *member, const Breakpoint *breakpoint, uint64_t time_unix_us)
{
    App *app = member->app;
    LogRecord record = {.message = MESSAGE_PAUSED, .time_unix_us = time_unix_us, .is_notice = true};

    if (app->is_log_paused || !breakpoint || breakpoint->phase != BREAKPOINT_ACTIVE)
        return;
    app->is_log_paused = true;
    record.severity = breakpoint->definition->severity;
    record.path = breakpoint->definition->path;
    record.line = breakpoint->definition->line;
    record.breakpoint_id = breakpoint->id;
    write_record(member, &record);
    grant_later(app);
}

void logpoint_handle_request(Member *member, const Snapshot__QuotaRequest *request)
{
    App *app = member->app;
    const Clock *clock = timers_clock(app->registry->options.timers);
    uint64_t entries;
    uint64_t bytes;

    registry_count(member->registry, METRIC_LOG_ENTRIES_SUPPRESSED,
                   (int64_t)smaller(request->num_suppressed, INT32_MAX));
    if (log_quota_is_unlimited(&app->log_quota))
        return;
    log_quota_share(&app->log_quota, app->num_members, &entries, &bytes);
    member->wanted_log_entries = request->num_log_entries ? request->num_log_entries : entries;
    member->wanted_log_bytes = request->log_bytes ? request->log_bytes : bytes;
    if (!app->is_log_paused)
        grant(member, member->wanted_log_entries, member->wanted_log_bytes);
    if (!is_waiting(member))
        return;
    if (app->last_logpoint && (member->log_lease.entries <= 0 || member->log_lease.bytes <= 0))
        pause_log(member, breakpoint_find(app, app->last_logpoint), clock->unix_us(clock));
    grant_later(app);
}

void logpoint_first_lease(Member *member, Snapshot__QuotaLease *ret)
{
    App *app = member->app;
    uint64_t entries;
    uint64_t bytes;

    ret->is_unlimited = log_quota_is_unlimited(&app->log_quota);
    if (ret->is_unlimited)
        return;
    log_quota_share(&app->log_quota, app->num_members, &entries, &bytes);
    log_quota_grant(&app->log_quota, &member->log_lease, entries, bytes, registry_monotonic_us(app->registry),
                    &ret->num_log_entries, &ret->log_bytes);
}

void logpoint_return_lease(Member *member)
{
    log_quota_return(&member->app->log_quota, &member->log_lease, registry_monotonic_us(member->registry));
    member->wanted_log_entries = member->wanted_log_bytes = 0;
}

void logpoint_init_app(App *app)
{
    log_quota_init(&app->log_quota, &app->registry->options.log_rates, registry_monotonic_us(app->registry));
    timer_init(&app->log_pause, on_log_pause, app);
}

void logpoint_deinit_app(App *app)
{
    timer_unset(&app->log_pause);
    free(app->last_logpoint);
    app->last_logpoint = NULL;
}

/* ----------------------------------------------------------------------------------------- the entries */

static void remember_logpoint(App *app, const char *id)
{
    if (app->last_logpoint && strcmp(app->last_logpoint, id) == 0)
        return;
    free(app->last_logpoint);
    app->last_logpoint = strdup(id); /* without memory: a pause is not announced */
}

/* As result.c's render(). 0 or -ENOMEM. */
static int format(const Definition *definition, const Snapshot__LogEntry *entry, char **ret_message)
{
    AUTO_FREE Snapshot__Variable **values = NULL;
    Snapshot__LogEntry shown = *entry;

    if (definition_shown_values(definition, entry->values, entry->n_values, &values) < 0)
        return -ENOMEM;
    if (values)
        shown.values = values;
    return message_format(definition->log_format, &shown, ret_message);
}

void logpoint_handle_entry(Member *member, const Snapshot__LogEntry *entry, size_t packet_bytes)
{
    App *app = member->app;
    Registry *registry = member->registry;
    Breakpoint *breakpoint = breakpoint_find(app, entry->breakpoint_id);
    AUTO_FREE char *message = NULL;

    registry_count(registry, METRIC_LOG_ENTRIES_RECEIVED, 1);
    if (!breakpoint || breakpoint->phase != BREAKPOINT_ACTIVE) {
        registry_count(registry, METRIC_LOG_ENTRIES_DROPPED_LATE, 1);
        return;
    }
    if (!breakpoint->definition->is_logpoint || format(breakpoint->definition, entry, &message) < 0) {
        registry_count(registry, METRIC_LOG_ENTRIES_REJECTED, 1);
        return;
    }
    remember_logpoint(app, breakpoint->id);
    if (!log_quota_pay(&app->log_quota, &member->log_lease, packet_bytes, strlen(message),
                       registry_monotonic_us(registry))) {
        registry_count(registry, METRIC_LOG_ENTRIES_DROPPED_QUOTA, 1);
        pause_log(member, breakpoint, entry->time_unix_us);
        return;
    }
    write_entry(member, breakpoint, entry, message);
}
