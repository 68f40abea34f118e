#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/apps/app.h"
#include "broker/apps/limits.h"
#include "broker/apps/render.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"
#include "broker/util/json_whole.h"
#include "broker/util/log.h"

#define BREAKPOINT_LIFE_US (BREAKPOINT_LIFE_S * (uint64_t)US_PER_S)

Breakpoint *breakpoint_find(App *app, const char *id)
{
    return string_map_get(app->breakpoints_by_id, id);
}

/* ------------------------------------------------------------------------------------------------ life */

static bool is_unfinished(BreakpointPhase phase)
{
    return phase == BREAKPOINT_ACTIVE || phase == BREAKPOINT_ENDING;
}

static void count_phase(Breakpoint *breakpoint, int change)
{
    App *app = breakpoint->app;

    if (is_unfinished(breakpoint->phase))
        app->num_unfinished += (size_t)change;
    if (breakpoint->phase == BREAKPOINT_ACTIVE)
        registry_count(app->registry, METRIC_BREAKPOINTS_ACTIVE, change);
    if (breakpoint->phase == BREAKPOINT_ENDING) {
        app->num_ending += (size_t)change;
        app->registry->num_ending += (size_t)change;
    }
}

static void disarm_all(Breakpoint *breakpoint)
{
    if (breakpoint->num_armed)
        registry_count(breakpoint->app->registry, METRIC_BREAKPOINTS_ARMED, -1);
    breakpoint->num_armed = 0;
}

void breakpoint_set_phase(Breakpoint *breakpoint, BreakpointPhase phase)
{
    count_phase(breakpoint, -1);
    breakpoint->phase = phase;
    count_phase(breakpoint, 1);
    timer_unset(&breakpoint->expiry);
    disarm_all(breakpoint);
    lease_end_breakpoint(breakpoint);
    if (phase == BREAKPOINT_OVER)
        breakpoint->definition = definition_free(breakpoint->definition);
}

void breakpoint_free(Breakpoint *breakpoint)
{
    App *app = breakpoint->app;

    count_phase(breakpoint, -1);
    disarm_all(breakpoint);
    lease_end_breakpoint(breakpoint);
    timer_unset(&breakpoint->expiry);
    TAILQ_REMOVE(&app->breakpoints, breakpoint, next);
    (void)string_map_remove(app->breakpoints_by_id, breakpoint->id);
    if (breakpoint->result) {
        timer_unset(&breakpoint->result->retry);
        json_decref(breakpoint->result->json);
        free(breakpoint->result);
    }
    (void)definition_free(breakpoint->definition);
    json_decref(breakpoint->notes);
    free(breakpoint->armed);
    free(breakpoint->id);
    free(breakpoint);
}

static void on_expiry(void *context)
{
    Breakpoint *breakpoint = context;
    Registry *registry = breakpoint->app->registry;
    const char *text =
        breakpoint->definition->is_logpoint ? "The logpoint has expired" : "The snapshot has expired";
    json_t *status = status_new(SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_AGE, text, NULL);

    if (result_begin_status(breakpoint, RESULT_EXPIRED, status) < 0)
        timer_set(registry->options.timers, &breakpoint->expiry,
                  registry_monotonic_us(registry) + EXPIRY_RETRY_S * (uint64_t)US_PER_S);
}

static int breakpoint_new(App *app, const char *id, Breakpoint **ret)
{
    Breakpoint *breakpoint = calloc(1, sizeof *breakpoint);

    if (!breakpoint)
        return -ENOMEM;
    breakpoint->id = strdup(id);
    if (!breakpoint->id || string_map_add(app->breakpoints_by_id, id, breakpoint) < 0) {
        free(breakpoint->id);
        free(breakpoint);
        return -ENOMEM;
    }
    breakpoint->app = app;
    TAILQ_INIT(&breakpoint->log_leases);
    timer_init(&breakpoint->expiry, on_expiry, breakpoint);
    TAILQ_INSERT_TAIL(&app->breakpoints, breakpoint, next);
    count_phase(breakpoint, 1);
    *ret = breakpoint;
    return 0;
}

/* ------------------------------------------------------------------------------------- to the sessions */

Snapshot__Limits breakpoint_limits(const Breakpoint *breakpoint)
{
    return limits_from_json(&breakpoint->app->limits, breakpoint->definition->limits);
}

static void send_set(Breakpoint *breakpoint, Member *member)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__SetBreakpoint set = SNAPSHOT__SET_BREAKPOINT__INIT;
    Snapshot__Limits limits = breakpoint_limits(breakpoint);
    Snapshot__Breakpoint wire;

    definition_to_wire(breakpoint->definition, &wire);
    if (breakpoint->definition->limits)
        wire.limits = &limits;
    set.breakpoint = &wire;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_SET_BREAKPOINT;
    message.set_breakpoint = &set;
    if (member)
        wire_send(member, &message);
    else
        app_send(breakpoint->app, &message, NULL);
}

void breakpoint_clear(Breakpoint *breakpoint, const Member *except)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__ClearBreakpoint clear = SNAPSHOT__CLEAR_BREAKPOINT__INIT;

    clear.id = breakpoint->id;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_CLEAR_BREAKPOINT;
    message.clear_breakpoint = &clear;
    app_send(breakpoint->app, &message, except);
}

void breakpoint_send_all(Member *member)
{
    App *app = member->app;
    Breakpoint *breakpoint;

    for (breakpoint = TAILQ_FIRST(&app->breakpoints); breakpoint; breakpoint = TAILQ_NEXT(breakpoint, next)) {
        if (breakpoint->phase == BREAKPOINT_ACTIVE)
            send_set(breakpoint, member);
    }
    if (app->is_in_sync)
        wire_breakpoint_list(app, member);
}

/* -------------------------------------------------------------------------------------- from the store */

/* How old it is, by the clock that gave it its time of creation, when it is first seen; from then on the
 * monotonic clock counts, so that a jump of the wall clock expires nothing. */
static uint64_t age_us(const App *app, const Definition *definition)
{
    const Clock *clock = timers_clock(app->registry->options.timers);
    uint64_t now = store_unix_us(app->registry->options.store);

    if (now == 0)
        now = clock->unix_us(clock);

    return definition->created_unix_us && definition->created_unix_us < now
               ? now - definition->created_unix_us
               : 0;
}

static void activate(Breakpoint *breakpoint)
{
    Registry *registry = breakpoint->app->registry;
    uint64_t age = age_us(breakpoint->app, breakpoint->definition);

    if (breakpoint->definition->is_logpoint)
        lease_begin_breakpoint(breakpoint); /* of what expires, too: without memory it goes on for a while */
    if (age >= BREAKPOINT_LIFE_US) {
        on_expiry(breakpoint);
        return;
    }
    timer_set(registry->options.timers, &breakpoint->expiry,
              registry_monotonic_us(registry) + BREAKPOINT_LIFE_US - age);
    send_set(breakpoint, NULL);
}

/* Ends what no session can use; @json is what the database has. 0, or -ENOMEM: it is as it was. */
static int refuse(Breakpoint *breakpoint, json_t *json, json_t *status)
{
    AUTO_JSON json_t *owned_status = status;
    AUTO_JSON json_t *result = json_deep_copy(json);

    if (!result || !owned_status || json_object_set_new(result, "id", json_string(breakpoint->id)) < 0)
        return -ENOMEM;
    definition_strip_result(result);
    if (json_object_set(result, "status", owned_status) < 0)
        return -ENOMEM;
    return result_begin(breakpoint, RESULT_INVALID, TAKE(result), NULL, 0);
}

static json_t *too_many_status(const Registry *registry)
{
    AUTO_FREE char *number = NULL;

    if (asprintf(&number, "%zu", registry->options.num_breakpoints_max) < 0) {
        number = NULL;
        return NULL;
    }
    return status_new(SNAPSHOT__STATUS_MESSAGE__REFERS_TO__UNSPECIFIED,
                      "The app has $0 active breakpoints already, and may have no more", number);
}

/* 0, or -ENOMEM. */
static int add_breakpoint(App *app, const char *id, json_t *json)
{
    Registry *registry = app->registry;
    bool is_full = app->num_unfinished >= registry->options.num_breakpoints_max;
    Breakpoint *breakpoint = NULL;
    json_t *status = NULL;
    size_t num_refused = 0;
    int result = breakpoint_new(app, id, &breakpoint);

    if (result == 0)
        result = definition_new(id, json, &breakpoint->definition, &status);
    if (result == 0) {
        result = definition_guard(breakpoint->definition, registry->options.redactor, &status, &num_refused);
        registry_count(registry, METRIC_EXPRESSIONS_REFUSED,
                       (int64_t)num_refused + (result == DEFINITION_E_INVALID));
    }
    if (result == DEFINITION_E_INVALID)
        result = refuse(breakpoint, json, status);
    else if (result == 0 && is_full)
        result = refuse(breakpoint, json, too_many_status(registry));
    else if (result == 0)
        activate(breakpoint);
    if (result < 0 && breakpoint)
        breakpoint_free(breakpoint);
    return result;
}

static int on_set(void *context, const char *id, json_t *json)
{
    App *app = context;
    Registry *registry = app->registry;
    const Breakpoint *breakpoint = breakpoint_find(app, id);

    if (breakpoint) {
        /* Our own interim status, a change that comes too late (as in the original), or what is over. */
        if (breakpoint->phase == BREAKPOINT_OVER)
            registry_count(registry, METRIC_BREAKPOINTS_IGNORED, 1);
        return 0;
    }
    if (!json_is_object(json)) {
        registry_count(registry, METRIC_BREAKPOINTS_IGNORED, 1);
        log_warning("breakpoint_ignored", "An entry among the active breakpoints of %s is no breakpoint.",
                    app->id);
        return 0;
    }
    if (add_breakpoint(app, id, json) == 0)
        return 0;
    log_error("breakpoint_waits", "There is no memory for a breakpoint of %s yet.", app->id);
    return -ENOMEM;
}

static void on_removed(void *context, const char *id)
{
    App *app = context;
    Breakpoint *breakpoint = breakpoint_find(app, id);

    if (!breakpoint)
        return;
    switch (breakpoint->phase) {
    case BREAKPOINT_ACTIVE:
        breakpoint_clear(breakpoint, NULL);
        breakpoint_free(breakpoint);
        break;
    case BREAKPOINT_ENDING:
        breakpoint->is_absent = true;
        if (breakpoint->result->is_submitting || breakpoint->result->is_accepted)
            break; /* most probably our own doing; the outcome tells */
        result_abandon(breakpoint, METRIC_CAPTURES_DROPPED_DELETED);
        breakpoint_free(breakpoint);
        app_collect_later(app);
        break;
    case BREAKPOINT_OVER:
        breakpoint_free(breakpoint);
        break;
    }
}

static void on_in_sync(void *context)
{
    App *app = context;

    if (!app->is_in_sync)
        registry_count(app->registry, METRIC_STORE_IN_SYNC, 1);
    app->is_in_sync = true;
    early_handle_all(app);
    wire_breakpoint_list(app, NULL);
}

const StoreWatcher breakpoint_watcher = {on_set, on_removed, on_in_sync};

/* ----------------------------------------------------------------------------------- from the sessions */

static size_t find_armed(const Breakpoint *breakpoint, const Member *member)
{
    size_t i = 0;

    while (i < breakpoint->num_armed && breakpoint->armed[i] != member)
        i++;
    return i;
}

static void note_armed(Breakpoint *breakpoint, Member *member)
{
    Member **armed;

    if (find_armed(breakpoint, member) < breakpoint->num_armed)
        return;
    armed = realloc(breakpoint->armed, (breakpoint->num_armed + 1) * sizeof *armed);
    if (!armed)
        return; /* a count is wrong, nothing else */
    breakpoint->armed = armed;
    armed[breakpoint->num_armed++] = member;
    if (breakpoint->num_armed == 1)
        registry_count(breakpoint->app->registry, METRIC_BREAKPOINTS_ARMED, 1);
}

static void note_disarmed(Breakpoint *breakpoint, const Member *member)
{
    size_t place = find_armed(breakpoint, member);

    if (place == breakpoint->num_armed)
        return;
    breakpoint->armed[place] = breakpoint->armed[--breakpoint->num_armed];
    if (breakpoint->num_armed == 0)
        registry_count(breakpoint->app->registry, METRIC_BREAKPOINTS_ARMED, -1);
}

static bool was_told(const Breakpoint *breakpoint, const json_t *status)
{
    const json_t *note;
    size_t i;

    json_array_foreach(breakpoint->notes, i, note)
    {
        if (json_equal(note, status))
            return true;
    }
    return false;
}

/* Shows the user a message while the breakpoint stays; each message once, whichever worker has it. */
static void show_note(Breakpoint *breakpoint, const Snapshot__StatusMessage *message)
{
    Registry *registry = breakpoint->app->registry;
    AUTO_JSON json_t *status = message ? render_status(message) : NULL;
    AUTO_JSON json_t *json = NULL;
    int result;

    if (!status || json_array_size(breakpoint->notes) >= BREAKPOINT_NUM_NOTES_MAX ||
        was_told(breakpoint, status))
        return;
    if (!breakpoint->notes)
        breakpoint->notes = json_array();
    json = json_whole_copy(breakpoint->definition->json);
    if (!json || json_array_append(breakpoint->notes, status) < 0 ||
        json_object_set(json, "status", status) < 0)
        return;
    result = store_update(registry->options.store, breakpoint->app->id, TAKE(json));
    if (result < 0 && result != -ENOENT)
        registry_count(registry, METRIC_STORE_ERRORS, 1);
}

/* One worker's failure ends it for all, as in the original: they run the same code. */
static void fail(Breakpoint *breakpoint, const Snapshot__StatusMessage *message)
{
    json_t *status = message ? render_status(message)
                             : status_new(SNAPSHOT__STATUS_MESSAGE__REFERS_TO__UNSPECIFIED,
                                          "The breakpoint could not be set", NULL);

    if (status)
        (void)json_object_set_new(status, "isError", json_true()); /* at worst it is missing */
    (void)result_begin_status(breakpoint, RESULT_FAILED,
                              status); /* without memory it stays, and never hits */
}

void breakpoint_handle_state(Member *member, const Snapshot__BreakpointState *state)
{
    Breakpoint *breakpoint = breakpoint_find(member->app, state->id);

    if (!breakpoint || breakpoint->phase != BREAKPOINT_ACTIVE)
        return; /* it was cleared meanwhile */
    switch (state->state) {
    case SNAPSHOT__BREAKPOINT_STATE__STATE__ARMED:
        note_armed(breakpoint, member);
        break;
    case SNAPSHOT__BREAKPOINT_STATE__STATE__PENDING:
        note_disarmed(breakpoint, member);
        break;
    case SNAPSHOT__BREAKPOINT_STATE__STATE__FAILED:
        fail(breakpoint, state->status);
        break;
    case SNAPSHOT__BREAKPOINT_STATE__STATE__NOTE:
        show_note(breakpoint, state->status);
        break;
    default:
        registry_count(member->registry, METRIC_PACKETS_UNKNOWN, 1);
    }
}

void breakpoint_forget_member(Member *member)
{
    Breakpoint *breakpoint;

    for (breakpoint = TAILQ_FIRST(&member->app->breakpoints); breakpoint;
         breakpoint = TAILQ_NEXT(breakpoint, next)) {
        note_disarmed(breakpoint, member);
        if (breakpoint->result && breakpoint->result->origin == member)
            breakpoint->result->origin = NULL;
    }
}
