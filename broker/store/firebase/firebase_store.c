#include "broker/store/firebase/firebase_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/firebase/firebase_watch.h"
#include "broker/store/firebase/interim.h"
#include "broker/store/firebase/locator.h"
#include "broker/store/firebase/outbox_link.h"
#include "broker/store/firebase/registration.h"
#include "broker/util/backoff.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

struct FirebaseStore {
    Store store;                 /* first: see store.h */
    SubscriptionOptions options; /* its rtdb is NULL until the database is found */
    Locator *locator;            /* NULL: it is found */
    FirebaseWatches watches;
    Registrations *registrations;
    Interims *interims;
    Outbox *outbox;
    char *outbox_suffix;
    char *outbox_name; /* of the database there; NULL until it is found */
    OutboxLane *lane;  /* likewise */
    bool is_problem_logged;
    uint64_t logged_us;
};

static FirebaseStore *self_of(Store *store)
{
    return (FirebaseStore *)store;
}

/* --------------------------------------------------------------------------------------------- health */

static void note_problem(FirebaseStore *self, const char *problem)
{
    const Clock *clock = timers_clock(self->options.timers);
    uint64_t now = clock->monotonic_us(clock);

    if (self->is_problem_logged || !*problem ||
        (self->logged_us && now < self->logged_us + FIREBASE_PROBLEM_LOG_S * (uint64_t)US_PER_S))
        return;
    self->is_problem_logged = true;
    self->logged_us = now;
    log_warning("database_problem", "%s. It is tried again until it works.", problem);
}

/* Results reach the database from now on, those that an earlier run has left included. 0 or a negative errno.
 */
static int attach(FirebaseStore *self)
{
    if (self->lane)
        return 0;
    if (!self->outbox_name &&
        asprintf(&self->outbox_name, "%s%s", rtdb_name(self->options.rtdb), self->outbox_suffix) < 0) {
        self->outbox_name = NULL;
        return -ENOMEM;
    }
    return outbox_attach(self->outbox, self->outbox_name, &outbox_link_rtdb, self->options.rtdb, &self->lane);
}

/* An app's database, and Google before it, has taken this file's token: it is a file of its account. Whatever
 * waits for another file of that account, whose key may be gone by now, can go with this one. */
static void adopt(FirebaseStore *self)
{
    const char *file = strrchr(self->outbox_suffix, '#');

    if (file)
        outbox_adopt(self->lane, strlen(self->outbox_name) - strlen(file + 1));
}

/* From the watches: one line when it begins, one when it is over, whatever their number. */
static void on_note(void *context, const char *problem)
{
    FirebaseStore *self = context;

    if (problem) {
        note_problem(self, problem);
        return;
    }
    if (attach(self) == 0) { /* mostly it is done */
        adopt(self);
        outbox_kick(self->lane);
    }
    if (self->is_problem_logged) {
        self->is_problem_logged = false;
        log_info("database_back", "The database %s tells of breakpoints again.",
                 rtdb_host(self->options.rtdb));
    }
}

static bool is_over(void *context, const char *debuggee_id, const char *id)
{
    const FirebaseStore *self = context;

    return self->outbox_name && outbox_has(self->outbox, self->outbox_name, debuggee_id, id);
}

const char *firebase_store_problem(const FirebaseStore *self)
{
    return self->locator ? locator_problem(self->locator) : rtdb_problem(self->options.rtdb);
}

bool firebase_store_is_reachable(const FirebaseStore *self)
{
    return self->options.rtdb && rtdb_is_reachable(self->options.rtdb);
}

/* --------------------------------------------------------------------------------------------- store.h */

static int register_debuggee(Store *store, const json_t *debuggee)
{
    return registrations_add(self_of(store)->registrations, debuggee);
}

static int watch(Store *store, const char *debuggee_id, const StoreWatcher *watcher, void *context,
                 StoreWatch **ret_watch)
{
    return firebase_watch_new(&self_of(store)->watches, debuggee_id, watcher, context, ret_watch);
}

static int update(Store *store, const char *debuggee_id, json_t *breakpoint)
{
    FirebaseStore *self = self_of(store);

    if (self->options.rtdb)
        return interims_add(self->interims, debuggee_id, breakpoint);
    json_decref(breakpoint);
    return -ENOENT; /* no breakpoint was heard of yet */
}

static int finish(Store *store, const char *debuggee_id, json_t *breakpoint, StoreFinishCallback callback,
                  void *context)
{
    FirebaseStore *self = self_of(store);

    int result = self->options.rtdb ? attach(self) : -ENOTCONN; /* no breakpoint was heard of yet */

    if (result < 0) {
        json_decref(breakpoint);
        return result;
    }
    interims_drop(self->interims, debuggee_id, json_string_value(json_object_get(breakpoint, "id")));
    return outbox_add(self->outbox, self->outbox_name, debuggee_id, breakpoint, callback, context);
}

static uint64_t unix_us(Store *store)
{
    const FirebaseStore *self = self_of(store);

    return self->options.rtdb ? rtdb_unix_us(self->options.rtdb) : 0;
}

static void free_store(Store *store)
{
    FirebaseStore *self = self_of(store);

    self->locator = locator_free(self->locator);
    if (self->lane)
        outbox_disown(self->lane); /* its breakpoints are gone */
    self->lane = outbox_detach(self->lane);
    self->interims = interims_free(self->interims);
    self->registrations = registrations_free(self->registrations);
    self->options.rtdb = rtdb_free(self->options.rtdb);
    free(self->outbox_suffix);
    free(self->outbox_name);
    free(self);
}

static const StoreInterface interface = {
    .register_debuggee = register_debuggee,
    .watch = watch,
    .unwatch = firebase_watch_free,
    .update = update,
    .finish = finish,
    .unix_us = unix_us,
    .free = free_store,
};

/* ------------------------------------------------------------------------------------------------ life */

static void on_found(void *context, Rtdb *rtdb)
{
    FirebaseStore *self = context;
    int result;

    self->locator = locator_free(self->locator);
    self->is_problem_logged = false; /* the next line tells that it is over */
    self->options.rtdb = rtdb;
    log_info("database_found", "Breakpoints live in the Firebase database %s.", rtdb_host(rtdb));
    result = attach(self); /* else with the first stream */
    if (result < 0)
        log_error("outbox_not_attached", "Results cannot be sent to %s yet: %s.", rtdb_host(rtdb),
                  strerror(-result));
    registrations_start(self->registrations);
    firebase_watches_start(&self->watches);
}

static void on_not_found(void *context, const char *problem)
{
    note_problem(context, problem);
}

static int locate(FirebaseStore *self, const FirebaseStoreOptions *options)
{
    const LocatorOptions locator = {
        .rtdb = {.http = options->http,
                 .tokens = options->tokens,
                 .timers = options->timers,
                 .metrics = options->metrics,
                 .random = self->options.random},
        .url = options->url,
        .project_id = options->project_id,
        .found = on_found,
        .not_found = on_not_found,
        .context = self,
    };

    return locator_new(&locator, &self->locator);
}

int firebase_store_new(const FirebaseStoreOptions *options, FirebaseStore **ret)
{
    FirebaseStore *self = calloc(1, sizeof *self);
    int result;

    if (!self)
        return -ENOMEM;
    self->store.interface = &interface;
    self->options = (SubscriptionOptions){.timers = options->timers, .metrics = options->metrics};
    self->options.random = options->random ? options->random : backoff_random;
    self->watches = (FirebaseWatches){
        .subscription = &self->options, .is_over = is_over, .note = on_note, .context = self};
    LIST_INIT(&self->watches.list);
    self->outbox = options->outbox;
    self->outbox_suffix = strdup(options->outbox_suffix ? options->outbox_suffix : "");
    result = self->outbox_suffix ? 0 : -ENOMEM;
    if (result == 0)
        result = registrations_new(&self->options, &self->registrations);
    if (result == 0)
        result = interims_new(&self->options, &self->interims);
    if (result == 0)
        result = locate(self, options);
    if (result < 0) {
        free_store(&self->store);
        return result;
    }
    *ret = self;
    return 0;
}

Store *firebase_store_interface(FirebaseStore *self)
{
    return &self->store;
}

FirebaseStore *firebase_store_free(FirebaseStore *self)
{
    if (self)
        free_store(&self->store);
    return NULL;
}
