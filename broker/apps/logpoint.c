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

static void write_entry(Member *member, Breakpoint *breakpoint, const Snapshot__LogEntry *entry,
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
        .num_suppressed = entry->num_suppressed + breakpoint->num_suppressed,
    };

    breakpoint->num_suppressed = 0;
    write_record(member, &record);
}

void logpoint_announce_pause(Member *member, Breakpoint *breakpoint)
{
    const Clock *clock = timers_clock(member->registry->options.timers);
    uint64_t now = registry_monotonic_us(member->registry);
    LogRecord record = {.message = MESSAGE_PAUSED, .time_unix_us = clock->unix_us(clock), .is_notice = true};

    if (now < breakpoint->log_paused_until_us)
        return;
    breakpoint->log_paused_until_us = now + LOG_QUOTA_PAUSE_MS * (uint64_t)US_PER_MS;
    record.severity = breakpoint->definition->severity;
    record.path = breakpoint->definition->path;
    record.line = breakpoint->definition->line;
    record.breakpoint_id = breakpoint->id;
    write_record(member, &record);
}

/* ----------------------------------------------------------------------------------------- the entries */

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
    if (!lease_pay(member, breakpoint, packet_bytes, strlen(message))) {
        registry_count(registry, METRIC_LOG_ENTRIES_DROPPED_QUOTA, 1);
        breakpoint->num_suppressed += 1 + (uint64_t)entry->num_suppressed;
        logpoint_announce_pause(member, breakpoint);
        return;
    }
    write_entry(member, breakpoint, entry, message);
}
