#include "broker/store/firebase/interim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "broker/store/embedded/key.h"
#include "broker/store/firebase/retrier.h"
#include "broker/util/cleanup.h"

typedef struct Interim {
    LIST_ENTRY(Interim) next;
    Interims *all;
    json_t *breakpoint;
    char *path; /* cdbg/breakpoints/<debuggee>/active/<id> */
    RtdbCall *call;
    Retrier retrier;
    unsigned num_tries;
} Interim;

struct Interims {
    const SubscriptionOptions *options;
    LIST_HEAD(, Interim) list;
};

static void free_interim(Interim *self)
{
    LIST_REMOVE(self, next);
    self->call = rtdb_cancel(self->call);
    retrier_deinit(&self->retrier);
    json_decref(self->breakpoint);
    free(self->path);
    free(self);
}

/* Another try, or none: what the user could not be told for long is no news any more. */
static void try_again(Interim *self, uint64_t retry_after_ms)
{
    if (++self->num_tries < INTERIM_NUM_TRIES_MAX) {
        retrier_fail(&self->retrier, retry_after_ms);
        return;
    }
    metrics_count(self->all->options->metrics, METRIC_STORE_ERRORS);
    free_interim(self);
}

static void on_written(void *context, const RtdbAnswer *answer)
{
    Interim *self = context;

    self->call = NULL;
    if (answer->outcome == RTDB_CONFLICT || answer->outcome == RTDB_TEMPORARY) {
        try_again(self, answer->retry_after_ms);
        return;
    }
    if (answer->outcome == RTDB_REFUSED)
        metrics_count(self->all->options->metrics, METRIC_STORE_ERRORS);
    free_interim(self);
}

/* Only what is still there is replaced, whoever else writes at the same time. */
static void on_read(void *context, const RtdbAnswer *answer)
{
    Interim *self = context;
    RtdbRequest request = {.method = "PUT",
                           .path = self->path,
                           .body = self->breakpoint,
                           .if_match = answer->etag,
                           .done = on_written,
                           .context = self};

    self->call = NULL;
    if (answer->outcome == RTDB_TEMPORARY)
        try_again(self, answer->retry_after_ms);
    else if (answer->outcome != RTDB_DONE || json_is_null(answer->value) || !answer->etag)
        free_interim(self);
    else if (rtdb_call(self->all->options->rtdb, &request, &self->call) < 0)
        try_again(self, 0);
}

static void begin(void *context)
{
    Interim *self = context;
    const RtdbRequest request = {
        .method = "GET", .path = self->path, .is_etag_wanted = true, .done = on_read, .context = self};

    if (rtdb_call(self->all->options->rtdb, &request, &self->call) < 0)
        try_again(self, 0);
}

/* -------------------------------------------------------------------------------------------------- all */

static Interim *find(Interims *all, const char *path)
{
    Interim *self;

    LIST_FOREACH(self, &all->list, next)
    {
        if (strcmp(self->path, path) == 0)
            break;
    }
    return self;
}

static int make_path(const char *debuggee_id, const char *id, char **ret)
{
    if (!id || !key_is_valid(id, strlen(id)) || !key_is_valid(debuggee_id, strlen(debuggee_id)))
        return -EINVAL;
    if (asprintf(ret, "cdbg/breakpoints/%s/active/%s", debuggee_id, id) >= 0)
        return 0;
    *ret = NULL;
    return -ENOMEM;
}

int interims_add(Interims *all, const char *debuggee_id, json_t *breakpoint)
{
    const SubscriptionOptions *options = all->options;
    AUTO_JSON json_t *owned = breakpoint;
    AUTO_FREE char *path = NULL;
    Interim *self;
    int result = make_path(debuggee_id, json_string_value(json_object_get(owned, "id")), &path);

    if (result < 0)
        return result;
    self = find(all, path);
    if (self)
        free_interim(self);
    self = calloc(1, sizeof *self);
    if (!self)
        return -ENOMEM;
    self->all = all;
    self->path = TAKE(path);
    self->breakpoint = TAKE(owned);
    retrier_init(&self->retrier, options->rtdb, options->timers, options->random, begin, self);
    LIST_INSERT_HEAD(&all->list, self, next);
    begin(self);
    return 0;
}

void interims_drop(Interims *all, const char *debuggee_id, const char *id)
{
    AUTO_FREE char *path = NULL;
    Interim *self = make_path(debuggee_id, id, &path) == 0 ? find(all, path) : NULL;

    if (self)
        free_interim(self);
}

int interims_new(const SubscriptionOptions *options, Interims **ret)
{
    Interims *all = calloc(1, sizeof *all);

    if (!all)
        return -ENOMEM;
    all->options = options;
    LIST_INIT(&all->list);
    *ret = all;
    return 0;
}

Interims *interims_free(Interims *all)
{
    if (!all)
        return NULL;
    while (!LIST_EMPTY(&all->list))
        free_interim(LIST_FIRST(&all->list));
    free(all);
    return NULL;
}
