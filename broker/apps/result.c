#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/apps/app.h"
#include "broker/apps/render.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"
#include "broker/util/json_whole.h"
#include "broker/util/log.h"

/* JSON values in memory are larger than their text; measured with a capture of 169 KB: 4.4 times. */
enum { MEMORY_PER_TEXT_BYTE = 5 };

/* -------------------------------------------------------------------------------------------- counting */

static bool is_capture(const Result *result)
{
    return result->cause == RESULT_CAPTURED && !result->is_reduced;
}

/* A capture leaves the queue for good; @metric says how. */
static void count_settled(Breakpoint *breakpoint, Metric metric)
{
    Registry *registry = breakpoint->app->registry;

    if (!is_capture(breakpoint->result))
        return;
    registry_count(registry, METRIC_CAPTURES_QUEUED, -1);
    registry_count(registry, metric, 1);
}

static void count_finished(Registry *registry, ResultCause cause)
{
    static const Metric metrics[] = {
        [RESULT_CAPTURED] = METRIC_BREAKPOINTS_FINISHED_CAPTURED,
        [RESULT_FAILED] = METRIC_BREAKPOINTS_FINISHED_FAILED,
        [RESULT_EXPIRED] = METRIC_BREAKPOINTS_FINISHED_EXPIRED,
        [RESULT_INVALID] = METRIC_BREAKPOINTS_FINISHED_INVALID,
    };

    registry_count(registry, metrics[cause], 1);
}

/* ----------------------------------------------------------------------------------------- the outcome */

static void release_waiting(Breakpoint *breakpoint)
{
    Registry *registry = breakpoint->app->registry;
    Result *result = breakpoint->result;

    registry->waiting_bytes -= result->waiting_bytes;
    registry_count(registry, METRIC_CAPTURES_QUEUED_BYTES, -(int64_t)result->waiting_bytes);
    result->waiting_bytes = 0;
}

static void free_result(Breakpoint *breakpoint)
{
    Result *result = breakpoint->result;

    timer_unset(&result->retry);
    release_waiting(breakpoint);
    json_decref(result->json);
    free(result);
    breakpoint->result = NULL;
}

/* The store has spoken: @breakpoint is over, and may be gone after this. */
static void settle(Breakpoint *breakpoint)
{
    App *app = breakpoint->app;
    Result *result = breakpoint->result;

    switch (result->outcome) {
    case STORE_FINISH_DONE:
        count_settled(breakpoint, METRIC_CAPTURES_DELIVERED);
        count_finished(app->registry, result->cause);
        break;
    case STORE_FINISH_LOST_RACE:
        count_settled(breakpoint, METRIC_CAPTURES_DROPPED_LOST_RACE);
        break;
    case STORE_FINISH_DELETED:
        count_settled(breakpoint, METRIC_CAPTURES_DROPPED_DELETED);
        break;
    case STORE_FINISH_REJECTED:
        count_settled(breakpoint, METRIC_CAPTURES_REJECTED);
        break;
    }
    free_result(breakpoint);
    if (breakpoint->is_absent)
        breakpoint_free(breakpoint);
    else
        breakpoint_set_phase(breakpoint, BREAKPOINT_OVER);
    app_collect_later(app);
}

void result_abandon(Breakpoint *breakpoint, Metric dropped)
{
    Result *result = breakpoint->result;

    count_settled(breakpoint, dropped);
    if (result->origin)
        wire_acknowledge(result->origin, result->sequence);
    free_result(breakpoint);
}

/* ---------------------------------------------------------------------------------------- to the store */

static bool is_temporary(int error)
{
    return error == -ENOSPC || error == -EDQUOT || error == -EIO || error == -EAGAIN || error == -ENOMEM ||
           error == -EBUSY ||                   /* a slow disk holds the file's lock for long */
           error == -EACCES || error == -EROFS; /* a disk that can only be read for now */
}

/* Gives up what was captured, and tells the user so instead. False: there is no memory even for that. */
static bool reduce(Breakpoint *breakpoint, const char *text, Metric metric)
{
    Result *result = breakpoint->result;
    json_t *status = status_new(SNAPSHOT__STATUS_MESSAGE__REFERS_TO__UNSPECIFIED, text, NULL);

    release_waiting(breakpoint);
    count_settled(breakpoint, metric);
    result->is_reduced = true;
    definition_strip_result(result->json);
    (void)json_object_del(result->json, "labels"); /* they may not be there */
    return status && json_object_set_new(result->json, "status", status) == 0;
}

static void on_retry(void *context)
{
    result_submit(context);
}

/* The store has no room now: the result waits in memory, and the stub keeps the capture, too. */
static void wait_for_room(Breakpoint *breakpoint, int error)
{
    Registry *registry = breakpoint->app->registry;
    Result *result = breakpoint->result;

    registry_count(registry, METRIC_STORE_ERRORS, 1);
    log_error("store_failed", "A result of %s could not be stored and is tried again: %s.",
              breakpoint->app->id, strerror(-error));
    if (is_capture(result) && result->waiting_bytes == 0) {
        size_t bytes = json_dumpb(result->json, NULL, 0, JSON_COMPACT) * MEMORY_PER_TEXT_BYTE;

        if (bytes > registry->options.waiting_bytes_max - registry->waiting_bytes) {
            (void)reduce(breakpoint, "The snapshot was taken, but the broker had no room to store it",
                         METRIC_CAPTURES_DROPPED_FULL);
        } else {
            result->waiting_bytes = bytes;
            registry->waiting_bytes += bytes;
            registry_count(registry, METRIC_CAPTURES_QUEUED_BYTES, (int64_t)bytes);
        }
    }
    timer_set(registry->options.timers, &result->retry,
              registry_monotonic_us(registry) + result->retry_ms * US_PER_MS);
    result->retry_ms =
        2 * result->retry_ms < RESULT_RETRY_LAST_MS ? 2 * result->retry_ms : RESULT_RETRY_LAST_MS;
}

/* The database does not take what was captured: its user is told so instead. */
static bool try_status_instead(Breakpoint *breakpoint)
{
    Result *result = breakpoint->result;

    if (result->outcome != STORE_FINISH_REJECTED || !is_capture(result) || breakpoint->is_absent ||
        !reduce(breakpoint, "The snapshot was taken, but the database refused it", METRIC_CAPTURES_REJECTED))
        return false;
    result->is_outcome_known = false;
    result->is_accepted = false;
    result_submit(breakpoint); /* @breakpoint may be gone */
    return true;
}

static void on_outcome(void *context, StoreFinish outcome)
{
    Breakpoint *breakpoint = context;

    breakpoint->result->outcome = outcome;
    breakpoint->result->is_outcome_known = true;
    if (!breakpoint->result->is_submitting && !try_status_instead(breakpoint))
        settle(breakpoint);
}

static int give_to_store(Breakpoint *breakpoint)
{
    App *app = breakpoint->app;
    Result *result = breakpoint->result;
    json_t *copy = json_whole_copy(result->json); /* the store consumes it; ours is for the next try */
    int error = -ENOMEM;

    result->is_submitting = true;
    if (copy)
        error = store_finish(app->registry->options.store, app->id, copy, on_outcome, breakpoint);
    result->is_submitting = false;
    return error;
}

static void reject(Breakpoint *breakpoint)
{
    breakpoint->result->outcome = STORE_FINISH_REJECTED;
    breakpoint->result->is_outcome_known = true;
}

/* Why it was not taken, for its user; the rest is kept for another try. */
static bool reduce_refused(Breakpoint *breakpoint, int error)
{
    if (error == -ENOBUFS)
        return reduce(breakpoint,
                      "The snapshot was taken, but too many results wait for the database already",
                      METRIC_CAPTURES_DROPPED_FULL);
    return reduce(breakpoint, "The snapshot was taken, but could not be stored", METRIC_CAPTURES_REJECTED);
}

void result_submit(Breakpoint *breakpoint)
{
    Result *result = breakpoint->result;
    int error = give_to_store(breakpoint);

    if (error < 0 && is_temporary(error)) {
        wait_for_room(breakpoint, error);
        return;
    }
    if (error < 0) {
        log_error("result_rejected", "The store does not take a result of %s: %s.", breakpoint->app->id,
                  strerror(-error));
        if (is_capture(result) && reduce_refused(breakpoint, error)) {
            error = give_to_store(breakpoint);
            if (error < 0 && is_temporary(error)) {
                wait_for_room(breakpoint, error);
                return;
            }
        }
        if (error < 0)
            reject(breakpoint);
    } else if (result->is_outcome_known && try_status_instead(breakpoint)) {
        return; /* @breakpoint may be gone */
    }
    result->is_accepted = true;
    release_waiting(breakpoint);
    if (result->origin)
        wire_acknowledge(result->origin, result->sequence);
    result->origin = NULL;
    if (result->is_outcome_known)
        settle(breakpoint); /* @breakpoint may be gone */
    else
        definition_strip_result(result->json); /* the store has it; an outage may be long */
}

int result_begin(Breakpoint *breakpoint, ResultCause cause, json_t *json, Member *origin, uint64_t sequence)
{
    AUTO_JSON json_t *owned = json;
    Result *result = calloc(1, sizeof *result);

    if (!result) {
        log_error("result_lost", "There is no memory for a result of %s.", breakpoint->app->id);
        if (cause == RESULT_CAPTURED)
            registry_count(breakpoint->app->registry, METRIC_CAPTURES_DROPPED_FULL, 1);
        return -ENOMEM; /* the next hit, or the stub's second try, may succeed */
    }
    result->cause = cause;
    result->json = TAKE(owned);
    result->origin = origin;
    result->sequence = sequence;
    result->retry_ms = RESULT_RETRY_FIRST_MS;
    timer_init(&result->retry, on_retry, breakpoint);
    breakpoint->result = result;
    breakpoint_set_phase(breakpoint, BREAKPOINT_ENDING);
    if (cause == RESULT_CAPTURED)
        registry_count(breakpoint->app->registry, METRIC_CAPTURES_QUEUED, 1);
    if (cause != RESULT_INVALID)
        breakpoint_clear(breakpoint, origin);
    result_submit(breakpoint); /* @breakpoint may be gone */
    return 0;
}

int result_begin_status(Breakpoint *breakpoint, ResultCause cause, json_t *status)
{
    AUTO_JSON json_t *owned = status;
    json_t *json = json_whole_copy(breakpoint->definition->json);

    if (!json || !owned || json_object_set(json, "status", owned) < 0) {
        json_decref(json);
        log_error("result_lost", "There is no memory for a result of %s.", breakpoint->app->id);
        return -ENOMEM;
    }
    return result_begin(breakpoint, cause, json, NULL, 0);
}

/* ----------------------------------------------------------------------------------- from the sessions */

static void acknowledge(Member *member, const Snapshot__Capture *capture)
{
    if (member)
        wire_acknowledge(member, capture->sequence);
}

/* A capture of a breakpoint that has a result already. If that result is not on disk and its stub has gone,
 * this may be the same capture, sent again after a reconnect: then this session waits for the disk. */
static void drop_late(Registry *registry, Member *member, Breakpoint *breakpoint,
                      const Snapshot__Capture *capture)
{
    Result *result = breakpoint ? breakpoint->result : NULL;

    registry_count(registry, METRIC_CAPTURES_DROPPED_LATE, 1);
    if (result && !result->is_accepted && is_capture(result) && !result->origin) {
        result->origin = member;
        result->sequence = capture->sequence;
    } else {
        acknowledge(member, capture);
    }
}

/* Expressions that were refused have no value, whatever the stub has sent. */
static int render(const Definition *definition, const Snapshot__Capture *capture,
                  const RenderContext *context, json_t *json)
{
    AUTO_FREE Snapshot__Variable **values = NULL;
    Snapshot__Capture shown = *capture;

    if (definition_shown_values(definition, capture->expressions, capture->n_expressions, &values) < 0)
        return -ENOMEM;
    if (values)
        shown.expressions = values;
    return render_capture(&shown, context, json);
}

void result_take_capture(App *app, Member *member, const SysPath *sys_path, const Snapshot__Capture *capture)
{
    Registry *registry = app->registry;
    Breakpoint *breakpoint = breakpoint_find(app, capture->breakpoint_id);
    RenderContext context = {0};
    const Definition *definition;
    json_t *json;

    if (!breakpoint || breakpoint->phase != BREAKPOINT_ACTIVE) {
        drop_late(registry, member, breakpoint, capture);
        return;
    }
    definition = breakpoint->definition;
    if (definition->is_logpoint) {
        registry_count(registry, METRIC_CAPTURES_REJECTED, 1);
        acknowledge(member, capture);
        return;
    }
    context.max_value_chars = breakpoint_limits(breakpoint).max_value_chars;
    context.sys_path = sys_path ? sys_path->entries : NULL;
    context.num_sys_path = sys_path ? sys_path->num_entries : 0;
    context.expressions = definition->expressions;
    context.num_expressions = definition->num_expressions;
    json = json_deep_copy(definition->json);
    if (!json || render(definition, capture, &context, json) < 0) {
        json_decref(json);
        log_error("result_lost", "There is no memory for a capture of %s.", app->id);
        registry_count(registry, METRIC_CAPTURES_DROPPED_FULL, 1);
        return; /* not acknowledged: the stub may send it again */
    }
    (void)result_begin(breakpoint, RESULT_CAPTURED, json, member, capture->sequence); /* it has counted */
}

void result_handle_capture(Member *member, const Snapshot__Capture *capture)
{
    App *app = member->app;

    registry_count(member->registry, METRIC_CAPTURES_RECEIVED, 1);
    if (!app || (!app->is_in_sync && !breakpoint_find(app, capture->breakpoint_id)))
        early_keep(member, capture);
    else
        result_take_capture(app, member, member->sys_path, capture);
}
