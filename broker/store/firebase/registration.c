#include "broker/store/firebase/registration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "broker/store/embedded/key.h"
#include "broker/store/firebase/retrier.h"
#include "broker/util/cleanup.h"
#include "broker/util/json_whole.h"
#include "broker/util/log.h"

/* One debuggee whose entry is being written; gone once it is. */
typedef struct Registration {
    TAILQ_ENTRY(Registration) next;
    Registrations *all;
    json_t *debuggee;
    const char *id; /* borrowed from it */
    RtdbCall *call;
    Retrier retrier;
    bool has_place;  /* it is one of those that are under way */
    bool is_waiting; /* for a place */
} Registration;

struct Registrations {
    const SubscriptionOptions *options;
    TAILQ_HEAD(, Registration) list;
    unsigned num_places_taken;
};

static void begin(void *context);

/* The next one that waits may begin. */
static void leave_place(Registration *self)
{
    Registrations *all = self->all;
    Registration *next;

    if (!self->has_place)
        return;
    self->has_place = false;
    all->num_places_taken--;
    TAILQ_FOREACH(next, &all->list, next)
    {
        if (next->is_waiting) {
            next->is_waiting = false;
            begin(next);
            break;
        }
    }
}

static void free_registration(Registration *self)
{
    TAILQ_REMOVE(&self->all->list, self, next);
    self->call = rtdb_cancel(self->call);
    retrier_deinit(&self->retrier);
    json_decref(self->debuggee);
    free(self);
}

static void fail(Registration *self, const RtdbAnswer *answer)
{
    if (answer->outcome != RTDB_TEMPORARY) {
        log_error("registration_refused", "%s cannot be registered: %s.", self->id, answer->problem);
        metrics_count(self->all->options->metrics, METRIC_STORE_ERRORS);
        leave_place(self);
        free_registration(self); /* within the hour it is asked for again */
        return;
    }
    retrier_fail(&self->retrier, answer->retry_after_ms);
    leave_place(self);
}

static int call(Registration *self, RtdbRequest *request, const char *member)
{
    AUTO_FREE char *path = NULL;

    if (asprintf(&path, "cdbg/debuggees/%s%s", self->id, member) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    request->path = path;
    request->context = self;
    return rtdb_call(self->all->options->rtdb, request, &self->call);
}

static void on_written(void *context, const RtdbAnswer *answer)
{
    Registration *self = context;

    self->call = NULL;
    if (answer->outcome != RTDB_DONE) {
        fail(self, answer);
        return;
    }
    leave_place(self);
    free_registration(self);
}

static int write_entry(Registration *self, const json_t *now)
{
    AUTO_JSON json_t *entry = json_whole_copy(self->debuggee);
    RtdbRequest request = {.method = "PUT", .body = entry, .is_silent = true, .done = on_written};

    if (!entry || json_object_set(entry, "registrationTimeUnixMsec", (json_t *)now) < 0 ||
        json_object_set(entry, "lastUpdateTimeUnixMsec", (json_t *)now) < 0)
        return -ENOMEM;
    return call(self, &request, "");
}

static int refresh_entry(Registration *self, const json_t *now)
{
    RtdbRequest request = {.method = "PUT", .body = now, .is_silent = true, .done = on_written};

    return call(self, &request, "/lastUpdateTimeUnixMsec");
}

static void on_read(void *context, const RtdbAnswer *answer)
{
    Registration *self = context;
    AUTO_JSON json_t *now = json_pack("{s:s}", ".sv", "timestamp");
    int result = -ENOMEM;

    self->call = NULL;
    if (answer->outcome != RTDB_DONE) {
        fail(self, answer);
        return;
    }
    if (now)
        result = json_is_null(answer->value) ? write_entry(self, now) : refresh_entry(self, now);
    if (result < 0) {
        retrier_fail(&self->retrier, 0);
        leave_place(self);
    }
}

/* The original's order: whether it is there, then all of it or only the time. */
static void begin(void *context)
{
    Registration *self = context;
    RtdbRequest request = {.method = "GET", .done = on_read};

    if (self->all->num_places_taken == REGISTRATIONS_NUM_PARALLEL) {
        self->is_waiting = true;
        return;
    }
    self->has_place = true;
    self->all->num_places_taken++;
    if (call(self, &request, "/registrationTimeUnixMsec") < 0) {
        retrier_fail(&self->retrier, 0);
        leave_place(self);
    }
}

static void start(Registration *self)
{
    const SubscriptionOptions *options = self->all->options;

    retrier_init(&self->retrier, options->rtdb, options->timers, options->random, begin, self);
    begin(self);
}

/* -------------------------------------------------------------------------------------------------- all */

static Registration *find(Registrations *all, const char *id)
{
    Registration *self;

    TAILQ_FOREACH(self, &all->list, next)
    {
        if (strcmp(self->id, id) == 0)
            break;
    }
    return self;
}

int registrations_add(Registrations *all, const json_t *debuggee)
{
    const char *id = json_string_value(json_object_get(debuggee, "id"));
    Registration *self;

    if (!id || !key_is_valid(id, strlen(id)))
        return -EINVAL;
    if (find(all, id))
        return 0; /* it is still being tried */
    self = calloc(1, sizeof *self);
    if (!self)
        return -ENOMEM;
    self->all = all;
    self->debuggee = json_deep_copy(debuggee);
    TAILQ_INSERT_TAIL(&all->list, self, next);
    if (!self->debuggee) {
        free_registration(self);
        return -ENOMEM;
    }
    self->id = json_string_value(json_object_get(self->debuggee, "id"));
    if (all->options->rtdb)
        start(self);
    return 0;
}

void registrations_start(Registrations *all)
{
    Registration *self;

    TAILQ_FOREACH(self, &all->list, next)
    start(self);
}

int registrations_new(const SubscriptionOptions *options, Registrations **ret)
{
    Registrations *all = calloc(1, sizeof *all);

    if (!all)
        return -ENOMEM;
    all->options = options;
    TAILQ_INIT(&all->list);
    *ret = all;
    return 0;
}

Registrations *registrations_free(Registrations *all)
{
    if (!all)
        return NULL;
    while (!TAILQ_EMPTY(&all->list))
        free_registration(TAILQ_FIRST(&all->list));
    free(all);
    return NULL;
}
