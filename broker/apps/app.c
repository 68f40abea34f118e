#include "broker/apps/app.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/util/cleanup.h"
#include "broker/util/clock.h"
#include "broker/util/log.h"

void app_send(App *app, const Snapshot__BrokerMessage *message, const Member *except)
{
    Member *member;

    for (member = TAILQ_FIRST(&app->members); member; member = TAILQ_NEXT(member, next)) {
        if (member != except)
            wire_send(member, message);
    }
}

/* ---------------------------------------------------------------------------------------- registration */

static void register_debuggee(App *app)
{
    Registry *registry = app->registry;
    int result = store_register_debuggee(registry->options.store, app->debuggee);
    uint64_t wait_s = REGISTRATION_PERIOD_S;

    if (result < 0) {
        registry_count(registry, METRIC_STORE_ERRORS, 1);
        log_error("registration_failed", "%s could not be registered and is tried again: %s.", app->id,
                  strerror(-result));
        wait_s = REGISTRATION_RETRY_S;
    }
    timer_set(registry->options.timers, &app->registration,
              registry_monotonic_us(registry) + wait_s * US_PER_S);
}

static void on_registration(void *context)
{
    App *app = context;

    if (app->num_members) /* else it only waits for its results */
        register_debuggee(app);
}

/* ------------------------------------------------------------------------------------------------ life */

static bool is_needed(const App *app)
{
    return app->num_members || app->num_ending || app->num_early;
}

static void on_collect(void *context)
{
    App *app = context;

    if (!is_needed(app))
        app_free(app);
}

void app_collect_later(App *app)
{
    if (!is_needed(app))
        timer_set(app->registry->options.timers, &app->collect, 0);
}

void app_free(App *app)
{
    Registry *registry = app->registry;

    early_drop_all(app);
    while (!TAILQ_EMPTY(&app->breakpoints)) {
        Breakpoint *breakpoint = TAILQ_FIRST(&app->breakpoints);

        if (breakpoint->result && !breakpoint->result->is_accepted)
            result_abandon(breakpoint, METRIC_CAPTURES_DROPPED_SHUTDOWN);
        breakpoint_free(breakpoint);
    }
    store_unwatch(registry->options.store, app->watch);
    if (app->is_in_sync)
        registry_count(registry, METRIC_STORE_IN_SYNC, -1);
    lease_deinit_app(app);
    spend_deinit_app(app);
    timer_unset(&app->registration);
    timer_unset(&app->collect);
    (void)string_map_remove(registry->apps_by_id, app->id);
    LIST_REMOVE(app, next);
    registry_count(registry, METRIC_DEBUGGEES, -1);
    app->breakpoints_by_id = string_map_free(app->breakpoints_by_id);
    json_decref(app->debuggee);
    free(app);
}

static const char *label(const json_t *debuggee, const char *name)
{
    return json_string_value(json_object_get(json_object_get(debuggee, "labels"), name));
}

/* Consumes @debuggee, also on failure. */
static int app_new(Registry *registry, json_t *debuggee, App **ret)
{
    AUTO_JSON json_t *owned = debuggee;
    AUTO_FREE App *app = calloc(1, sizeof *app);
    const char *id = json_string_value(json_object_get(debuggee, "id"));
    int result;

    if (!app || !id)
        return -ENOMEM;
    result = string_map_new(&app->breakpoints_by_id);
    if (result == 0)
        result = string_map_add(registry->apps_by_id, id, app);
    if (result < 0) {
        app->breakpoints_by_id = string_map_free(app->breakpoints_by_id);
        return result;
    }
    app->registry = registry;
    app->id = id;
    app->module = label(debuggee, "module");
    app->version = label(debuggee, "version");
    app->project_id = label(debuggee, "projectid");
    app->debuggee = TAKE(owned);
    TAILQ_INIT(&app->members);
    TAILQ_INIT(&app->breakpoints);
    timer_init(&app->registration, on_registration, app);
    timer_init(&app->collect, on_collect, app);
    lease_init_app(app);
    LIST_INSERT_HEAD(&registry->apps, app, next);
    registry_count(registry, METRIC_DEBUGGEES, 1);
    *ret = TAKE(app);
    return 0;
}

/* Makes the app of its first member and begins to watch its breakpoints. */
static int start_app(Registry *registry, const Member *member, App **ret)
{
    AUTO_JSON json_t *debuggee = identity_to_debuggee(member->identity);
    App *app = NULL;
    int result;

    if (!debuggee)
        return -ENOMEM;
    /* The URL of a repository may have a password in it. */
    result = redact_json(registry->options.redactor, debuggee);
    if (result == 0)
        result = app_new(registry, TAKE(debuggee), &app);
    if (result < 0)
        return result;
    app->limits = member->limits;
    spend_init_app(app, app->limits.condition_cost_permille);
    register_debuggee(app); /* before the watch: whoever sees a breakpoint there finds its debuggee */
    result = store_watch(registry->options.store, app->id, &breakpoint_watcher, app, &app->watch);
    if (result < 0) {
        log_error("watch_failed", "The breakpoints of %s cannot be watched: %s.", app->id, strerror(-result));
        registry_count(registry, METRIC_STORE_ERRORS, 1);
        app_free(app);
        return result;
    }
    *ret = app;
    return 0;
}

int app_join(Registry *registry, Member *member)
{
    App *app = string_map_get(registry->apps_by_id, identity_debuggee_id(member->identity));
    int result;

    if (!app) {
        result = start_app(registry, member, &app);
        if (result < 0)
            return result;
    } else if (!app->num_members) {
        register_debuggee(app); /* it has only waited for its results */
    }
    member->identity = identity_free(member->identity);
    member->app = app;
    timer_unset(&app->collect);
    TAILQ_INSERT_TAIL(&app->members, member, next);
    app->num_members++;
    wire_welcome(member);
    breakpoint_send_all(member);
    early_member_joined(member);
    return 0;
}

void app_leave(Member *member)
{
    App *app = member->app;

    early_member_left(member);
    breakpoint_forget_member(member);
    lease_end_member(member);
    TAILQ_REMOVE(&app->members, member, next);
    app->num_members--;
    member->app = NULL;
    app_collect_later(app);
}
