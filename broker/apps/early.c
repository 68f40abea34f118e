/* Captures that come before it is known what they belong to: a stub sends again what a broker that is gone
 * did not acknowledge, and the store has not told its breakpoints yet. They are kept until it has. */
#include <stdlib.h>

#include "broker/apps/app.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

struct EarlyCapture {
    TAILQ_ENTRY(EarlyCapture) next;
    Member *member; /* who sent it; NULL: gone */
    App *app;       /* NULL: the member's app is not known yet */
    SysPath *sys_path;
    size_t size;
    uint8_t data[]; /* a Capture, encoded */
};

static void charge(Registry *registry, int64_t bytes)
{
    registry->waiting_bytes = (size_t)((int64_t)registry->waiting_bytes + bytes);
    registry_count(registry, METRIC_CAPTURES_QUEUED_BYTES, bytes);
}

static void attach(EarlyCapture *early, App *app)
{
    early->app = app;
    if (app)
        app->num_early++;
}

void early_keep(Member *member, const Snapshot__Capture *capture)
{
    Registry *registry = member->registry;
    size_t size = snapshot__capture__get_packed_size(capture);
    EarlyCapture *early = NULL;

    if (size + sizeof *early <= registry->options.waiting_bytes_max - registry->waiting_bytes)
        early = malloc(sizeof *early + size);
    if (!early) {
        registry_count(registry, METRIC_CAPTURES_DROPPED_FULL,
                       1); /* not acknowledged: the stub has it still */
        return;
    }
    early->member = member;
    early->sys_path = sys_path_ref(member->sys_path);
    early->size = size;
    (void)snapshot__capture__pack(capture, early->data);
    attach(early, member->app);
    TAILQ_INSERT_TAIL(&registry->early, early, next);
    charge(registry, (int64_t)(sizeof *early + size));
    registry_count(registry, METRIC_CAPTURES_QUEUED, 1);
}

/* Takes it out of the queue; what becomes of it is counted by the caller. */
static void unlink_early(Registry *registry, EarlyCapture *early)
{
    TAILQ_REMOVE(&registry->early, early, next);
    if (early->app)
        early->app->num_early--;
    charge(registry, -(int64_t)(sizeof *early + early->size));
    registry_count(registry, METRIC_CAPTURES_QUEUED, -1);
}

static void free_early(EarlyCapture *early)
{
    early->sys_path = sys_path_unref(early->sys_path);
    free(early);
}

static void handle(App *app, EarlyCapture *early)
{
    Snapshot__Capture *capture = snapshot__capture__unpack(NULL, early->size, early->data);

    if (!capture) {
        log_error("result_lost", "There is no memory for a capture of %s.", app->id);
        registry_count(app->registry, METRIC_CAPTURES_DROPPED_FULL, 1);
        return;
    }
    result_take_capture(app, early->member, early->sys_path, capture);
    snapshot__capture__free_unpacked(capture, NULL);
}

void early_handle_all(App *app)
{
    Registry *registry = app->registry;
    EarlyCapture *early = TAILQ_FIRST(&registry->early);

    while (early) {
        EarlyCapture *next = TAILQ_NEXT(early, next); /* handling one touches no other */

        if (early->app == app) {
            unlink_early(registry, early);
            handle(app, early);
            free_early(early);
        }
        early = next;
    }
    app_collect_later(app);
}

void early_member_joined(Member *member)
{
    EarlyCapture *early;

    for (early = TAILQ_FIRST(&member->registry->early); early; early = TAILQ_NEXT(early, next)) {
        if (early->member == member)
            attach(early, member->app);
    }
    if (member->app->is_in_sync)
        early_handle_all(member->app);
}

static void drop(Registry *registry, EarlyCapture *early, Metric reason)
{
    unlink_early(registry, early);
    registry_count(registry, reason, 1);
    free_early(early);
}

void early_member_left(Member *member)
{
    EarlyCapture *early = TAILQ_FIRST(&member->registry->early);

    while (early) {
        EarlyCapture *next = TAILQ_NEXT(early, next);

        if (early->member == member && early->app)
            early->member = NULL;
        else if (early->member == member)
            drop(member->registry, early,
                 METRIC_CAPTURES_DROPPED_LATE); /* nobody will ever know whose it was */
        early = next;
    }
}

void early_drop_all(App *app)
{
    EarlyCapture *early = TAILQ_FIRST(&app->registry->early);

    while (early) {
        EarlyCapture *next = TAILQ_NEXT(early, next);

        if (early->app == app)
            drop(app->registry, early, METRIC_CAPTURES_DROPPED_SHUTDOWN);
        early = next;
    }
}
