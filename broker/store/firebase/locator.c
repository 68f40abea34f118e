#include "broker/store/firebase/locator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/auth/project_id.h"
#include "broker/store/firebase/rtdb_url.h"
#include "broker/util/backoff.h"
#include "broker/util/cleanup.h"

enum { NUM_CANDIDATES_MAX = 2 };

struct Locator {
    LocatorOptions options; /* its url and project_id are NULL */
    TokenRequest project_request;
    char *urls[NUM_CANDIDATES_MAX];
    size_t num_urls; /* 0: the project is not known yet */
    size_t place;    /* of the candidate that is asked */
    Rtdb *rtdb;      /* of it */
    Rtdb *found;     /* to be handed over */
    Timer next;
    Backoff backoff;
    Backoff soon_backoff;
    bool was_refused; /* by one of the candidates, in this round */
    char problem[600];
};

static void ask(Locator *self);

static void again_in_ms(Locator *self, uint64_t wait_ms)
{
    const Clock *clock = timers_clock(self->options.rtdb.timers);

    timer_set(self->options.rtdb.timers, &self->next, clock->monotonic_us(clock) + wait_ms * US_PER_MS);
}

static void set_problem(Locator *self, const char *problem)
{
    (void)snprintf(self->problem, sizeof self->problem, "%s", problem); /* a longer one is cut */
}

/* It is no database of the debugger: the next one, or, after the last, all of them once more. */
static void pass_over(Locator *self, uint64_t retry_after_ms)
{
    uint64_t wait_ms = 0;

    self->place++;
    if (self->place == self->num_urls) {
        self->place = 0;
        wait_ms = backoff_next_ms(self->was_refused ? &self->soon_backoff : &self->backoff,
                                  self->options.rtdb.random());
        self->was_refused = false;
    }
    again_in_ms(self, wait_ms > retry_after_ms ? wait_ms : retry_after_ms);
}

/* A default database that does not exist, or is not set up, is no fault. One that was named should exist. */
static bool is_refusal(const Locator *self, const RtdbAnswer *answer)
{
    return answer->outcome != RTDB_DONE && (answer->status != 404 || self->num_urls == 1);
}

static void on_answer(void *context, const RtdbAnswer *answer)
{
    Locator *self = context;
    bool is_empty = answer->outcome == RTDB_DONE && (!answer->value || json_is_null(answer->value));
    uint64_t retry_after_ms = answer->retry_after_ms;

    if (retry_after_ms > RTDB_RETRY_AFTER_S_MAX * 1000u)
        retry_after_ms = RTDB_RETRY_AFTER_S_MAX * 1000u;
    if (answer->outcome == RTDB_DONE && !is_empty) {
        self->found = TAKE(self->rtdb); /* it cannot be handed over from its own callback */
        again_in_ms(self, 0);
        return;
    }
    (void)snprintf(self->problem, sizeof self->problem, "%s%s", is_empty ? rtdb_host(self->rtdb) : "",
                   is_empty ? " has no cdbg/schema_version: it is not set up for the debugger"
                            : answer->problem);
    self->options.not_found(self->options.context, self->problem);
    self->was_refused |= is_refusal(self, answer);
    if (rtdb_is_reachable(self->rtdb))
        pass_over(self, retry_after_ms);
    else if (retry_after_ms)
        again_in_ms(self, retry_after_ms);
    else
        again_in_ms(self, backoff_next_ms(&self->soon_backoff, self->options.rtdb.random()));
}

static void on_next(void *context)
{
    Locator *self = context;

    if (self->found)
        self->options.found(self->options.context, TAKE(self->found));
    else if (self->num_urls == 0)
        token_source_get_project_id(self->options.rtdb.tokens, &self->project_request);
    else
        ask(self);
}

static void ask(Locator *self)
{
    const RtdbRequest request = {
        .method = "GET", .path = "cdbg/schema_version", .done = on_answer, .context = self};
    RtdbOptions options = self->options.rtdb;
    int result = 0;

    options.url = self->urls[self->place];
    self->rtdb = rtdb_free(self->rtdb);
    result = rtdb_new(&options, &self->rtdb);
    if (result == 0)
        result = rtdb_call(self->rtdb, &request, NULL);
    if (result == 0)
        return;
    set_problem(self, strerror(-result));
    self->options.not_found(self->options.context, self->problem);
    again_in_ms(self, backoff_next_ms(&self->backoff, self->options.rtdb.random()));
}

/* ------------------------------------------------------------------------------------------- candidates */

static int set_project(Locator *self, const char *project_id)
{
    static const char *const databases[NUM_CANDIDATES_MAX] = {"cdbg", "default-rtdb"};

    if (!project_id_is_valid(project_id, strlen(project_id)))
        return -EINVAL;
    for (size_t i = 0; i < NUM_CANDIDATES_MAX; i++) {
        free(self->urls[i]); /* of a try that found no memory */
        if (asprintf(&self->urls[i], "https://%s-%s.firebaseio.com", project_id, databases[i]) < 0) {
            self->urls[i] = NULL;
            return -ENOMEM;
        }
    }
    self->num_urls = NUM_CANDIDATES_MAX;
    return 0;
}

static void on_project(void *context, const char *project_id)
{
    Locator *self = context;
    int result = set_project(self, project_id);

    if (result == 0) {
        ask(self);
        return;
    }
    set_problem(self, result == -EINVAL ? "The credentials name no project that has a default database"
                                        : strerror(-result));
    self->options.not_found(self->options.context, self->problem);
    again_in_ms(self, backoff_next_ms(&self->backoff, self->options.rtdb.random()));
}

static int set_candidates(Locator *self, const LocatorOptions *options)
{
    RtdbUrl url = {0};
    int result = 0;

    if (options->url) {
        self->urls[0] = strdup(options->url);
        self->num_urls = 1;
        result = self->urls[0] ? rtdb_url_parse(options->url, &url) : -ENOMEM;
        if (result == 0)
            rtdb_url_deinit(&url);
        return result;
    }
    if (options->project_id)
        return set_project(self, options->project_id);
    return options->rtdb.tokens ? 0 : -EINVAL;
}

/* ------------------------------------------------------------------------------------------------ life */

int locator_new(const LocatorOptions *options, Locator **ret)
{
    Locator *self = calloc(1, sizeof *self);
    int result;

    if (!self)
        return -ENOMEM;
    self->options = *options;
    self->options.url = NULL;
    self->options.project_id = NULL;
    if (!self->options.rtdb.random)
        self->options.rtdb.random = backoff_random;
    self->backoff = (Backoff){LOCATOR_FIRST_MS, LOCATOR_LAST_MS, 0};
    self->soon_backoff = (Backoff){LOCATOR_FIRST_MS, LOCATOR_SOON_LAST_MS, 0};
    timer_init(&self->next, on_next, self);
    token_request_init(&self->project_request, on_project, self);
    result = set_candidates(self, options);
    if (result < 0) {
        (void)locator_free(self);
        return result;
    }
    if (self->num_urls)
        again_in_ms(self, 0);
    else
        token_source_get_project_id(options->rtdb.tokens, &self->project_request);
    *ret = self;
    return 0;
}

Locator *locator_free(Locator *self)
{
    if (!self)
        return NULL;
    token_request_cancel(&self->project_request);
    timer_unset(&self->next);
    (void)rtdb_free(self->rtdb);
    (void)rtdb_free(self->found);
    for (size_t i = 0; i < NUM_CANDIDATES_MAX; i++)
        free(self->urls[i]);
    free(self);
    return NULL;
}

const char *locator_problem(const Locator *self)
{
    const char *problem = self->options.rtdb.tokens ? token_source_problem(self->options.rtdb.tokens) : NULL;

    if (!problem && self->problem[0])
        problem = self->problem;
    return problem;
}
