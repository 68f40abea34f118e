#include "broker/store/firebase/subscription.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/firebase/retrier.h"
#include "broker/store/firebase/sse_parser.h"
#include "broker/util/cleanup.h"

struct Subscription {
    SubscriptionOptions options;
    SubscriptionHandler handler;
    char *path;
    RtdbCall *call;    /* NULL: none is open or being opened */
    uint64_t number;   /* of the call, which its address does not tell for sure */
    SseParser *parser; /* of this call */
    bool is_open;      /* an event came */
    uint64_t opened_us;
    uint64_t heard_us; /* when the last byte came */
    bool is_doubted;   /* it was silent for too long, but for the grace */
    Timer watchdog;
    Retrier retrier;
};

static void open_stream(void *context);

static uint64_t now_us(const Subscription *self)
{
    const Clock *clock = timers_clock(self->options.timers);

    return clock->monotonic_us(clock);
}

/* ----------------------------------------------------------------------------------------- its end */

static void close_stream(Subscription *self)
{
    timer_unset(&self->watchdog);
    self->call = rtdb_cancel(self->call);
    self->parser = sse_parser_free(self->parser);
    self->number++;
    if (self->is_open)
        metrics_add(self->options.metrics, METRIC_DATABASE_STREAMS, -1);
    self->is_open = false;
}

static bool was_stable(const Subscription *self)
{
    return self->is_open && now_us(self) >= self->opened_us + SUBSCRIPTION_STABLE_MS * (uint64_t)US_PER_MS;
}

/* The stream is of no use any more, for whatever reason. */
static void lose(Subscription *self, const char *problem, uint64_t retry_after_ms)
{
    if (was_stable(self))
        retrier_succeed(&self->retrier);
    close_stream(self);
    metrics_count(self->options.metrics, METRIC_DATABASE_STREAMS_LOST);
    /* What the first of many finds out serves all: of a database that is away they await the return. */
    retrier_fail(&self->retrier, retry_after_ms);
    self->handler.lost(self->handler.context, problem);
}

/* The token is no good any more, which is every hour's business: another one, and on. */
static void reopen(Subscription *self)
{
    bool is_usual = was_stable(self);

    rtdb_refuse_token(self->call);
    if (!is_usual) {
        lose(self, "the database has revoked the token", 0);
        return;
    }
    retrier_succeed(&self->retrier);
    close_stream(self);
    metrics_count(self->options.metrics, METRIC_DATABASE_STREAMS_LOST);
    open_stream(self);
}

static void watch_over(Subscription *self, uint64_t from_us)
{
    timer_set(self->options.timers, &self->watchdog, from_us + SUBSCRIPTION_SILENCE_MS * (uint64_t)US_PER_MS);
}

static void on_watchdog(void *context)
{
    Subscription *self = context;
    uint64_t now = now_us(self);

    if (rtdb_call_waits(self->call)) {
        watch_over(self, now);
    } else if (now < self->heard_us + SUBSCRIPTION_SILENCE_MS * (uint64_t)US_PER_MS) {
        watch_over(self, self->heard_us);
    } else if (!self->is_doubted) {
        self->is_doubted = true;
        timer_set(self->options.timers, &self->watchdog, now + SUBSCRIPTION_GRACE_MS * (uint64_t)US_PER_MS);
    } else {
        rtdb_suspect(self->call);
        lose(self, "the stream of events has fallen silent", 0);
    }
}

/* ---------------------------------------------------------------------------------------------- events */

static void note_open(Subscription *self)
{
    if (self->is_open)
        return;
    self->is_open = true;
    self->opened_us = now_us(self);
    metrics_add(self->options.metrics, METRIC_DATABASE_STREAMS, 1);
    metrics_count(self->options.metrics, METRIC_DATABASE_STREAMS_OPENED);
}

static int take_change(Subscription *self, const SseEvent *event, bool is_patch)
{
    AUTO_JSON json_t *json = json_loadb(event->data, event->length, 0, NULL);
    const char *path = json_string_value(json_object_get(json, "path"));
    const json_t *data = json_object_get(json, "data");

    if (!path || !data)
        return -EBADMSG;
    note_open(self);
    return (is_patch ? self->handler.patch : self->handler.put)(self->handler.context, path, data);
}

/* The stream may be closed after it. Events that are unknown are signs of life, as keep-alive is. */
static void take_event(Subscription *self, const SseEvent *event)
{
    int result = 0;

    if (strcmp(event->name, "put") == 0)
        result = take_change(self, event, false);
    else if (strcmp(event->name, "patch") == 0)
        result = take_change(self, event, true);
    else if (strcmp(event->name, "cancel") == 0)
        lose(self, "the database has cancelled the stream of events", 0);
    else if (strcmp(event->name, "auth_revoked") == 0)
        reopen(self);
    if (result == -ENOMEM)
        lose(self, "memory is out", 0);
    else if (result < 0)
        lose(self, "an event of the database makes no sense", 0);
}

static void on_bytes(void *context, const char *bytes, size_t length)
{
    Subscription *self = context;
    uint64_t number = self->number;
    SseEvent event;
    int result = 0;

    self->heard_us = now_us(self);
    self->is_doubted = false;
    while (self->number == number && (result = sse_parser_next(self->parser, &bytes, &length, &event)) > 0)
        take_event(self, &event);
    if (self->number == number && result < 0)
        lose(self, result == -ENOMEM ? "memory is out" : "an event of the database is too large", 0);
}

static void on_done(void *context, const RtdbAnswer *answer)
{
    Subscription *self = context;

    self->call = NULL;
    lose(self, answer->problem, answer->retry_after_ms);
}

/* ------------------------------------------------------------------------------------------------ life */

static void open_stream(void *context)
{
    Subscription *self = context;
    int result = sse_parser_new(SUBSCRIPTION_EVENT_BYTES_MAX, &self->parser);

    if (result == 0)
        result = rtdb_listen(self->options.rtdb, self->path, on_bytes, on_done, self, &self->call);
    if (result < 0) {
        lose(self, strerror(-result), 0);
        return;
    }
    self->heard_us = now_us(self);
    self->is_doubted = false;
    watch_over(self, self->heard_us);
}

int subscription_new(const SubscriptionOptions *options, const char *path, const SubscriptionHandler *handler,
                     Subscription **ret)
{
    Subscription *self = calloc(1, sizeof *self);

    if (!self)
        return -ENOMEM;
    self->options = *options;
    self->handler = *handler;
    self->path = strdup(path);
    if (!self->path) {
        free(self);
        return -ENOMEM;
    }
    timer_init(&self->watchdog, on_watchdog, self);
    retrier_init(&self->retrier, options->rtdb, options->timers, options->random, open_stream, self);
    timer_set(options->timers, &self->retrier.timer, 0); /* nothing is told from within this call */
    *ret = self;
    return 0;
}

Subscription *subscription_free(Subscription *self)
{
    if (!self)
        return NULL;
    close_stream(self);
    retrier_deinit(&self->retrier);
    free(self->path);
    free(self);
    return NULL;
}
