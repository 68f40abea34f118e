#include "broker/auth/token_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/auth/credential_fields.h"
#include "broker/auth/secret.h"
#include "broker/auth/token_source_parts.h"
#include "broker/util/backoff.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

static const TokenTransport client_transport = {http_client_call, http_call_cancel, http_answer_header};

static void begin_exchange(TokenSource *source);

/* ------------------------------------------------------------------------------------------------- time */

const Clock *token_source_clock(const TokenSource *source)
{
    return timers_clock(source->options.timers);
}

static uint64_t monotonic_us(const TokenSource *source)
{
    const Clock *clock = token_source_clock(source);

    return clock->monotonic_us(clock);
}

static Moment moment(const TokenSource *source)
{
    const Clock *clock = token_source_clock(source);

    return (Moment){clock->boottime_us(clock), clock->unix_us(clock)};
}

/* By the clock that says more: one may have been turned, the other may not count the time when a virtual
 * machine did not exist. Too much only makes a renewal come early. */
static uint64_t age_s(const TokenSource *source)
{
    Moment now = moment(source);
    uint64_t boottime_us = now.boottime_us - source->born.boottime_us;
    uint64_t unix_us = now.unix_us > source->born.unix_us ? now.unix_us - source->born.unix_us : 0;

    return (boottime_us > unix_us ? boottime_us : unix_us) / US_PER_S;
}

/* Unix time, as the token endpoint has it. */
static int64_t corrected_time_s(const TokenSource *source)
{
    Moment now = moment(source);

    if (source->server_time_s == 0)
        return (int64_t)(now.unix_us / US_PER_S);
    return source->server_time_s + (int64_t)((now.boottime_us - source->server_time_at_us) / US_PER_S);
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
    return value < limit ? value : limit;
}

/* How old a token may be when it is still used, and when it is left alone: short-lived ones have less to
 * spare. */
static bool is_usable(const TokenSource *source)
{
    return source->token &&
           age_s(source) < source->lifetime_s - at_most(TOKEN_SLACK_S, source->lifetime_s / 4);
}

static uint64_t renewal_age_s(const TokenSource *source)
{
    return source->lifetime_s - at_most(TOKEN_RENEWAL_S, source->lifetime_s / 2);
}

uint64_t token_backoff_us(unsigned num_failures, uint32_t last_ms)
{
    return backoff_ms(TOKEN_BACKOFF_FIRST_MS, last_ms, num_failures, backoff_random()) * (uint64_t)US_PER_MS;
}

/* --------------------------------------------------------------------------------------------- requests */

void token_request_init(TokenRequest *request, void (*done)(void *context, const char *token), void *context)
{
    *request = (TokenRequest){.done = done, .context = context};
}

static void enqueue(TokenSource *source, TokenRequest *request, bool is_for_project)
{
    if (request->source)
        return;
    request->source = source;
    request->is_for_project = is_for_project;
    request->round = source->round;
    if (is_for_project)
        TAILQ_INSERT_TAIL(&source->waiting_for_project, request, next);
    else
        TAILQ_INSERT_TAIL(&source->waiting, request, next);
}

void token_request_cancel(TokenRequest *request)
{
    if (request->source && request->is_for_project)
        TAILQ_REMOVE(&request->source->waiting_for_project, request, next);
    else if (request->source)
        TAILQ_REMOVE(&request->source->waiting, request, next);
    request->source = NULL;
}

void token_source_deliver_soon(TokenSource *source)
{
    timer_set(source->options.timers, &source->delivery, monotonic_us(source));
}

static void serve(TokenRequest *request, const char *text)
{
    token_request_cancel(request);
    request->done(request->context, text);
}

static void on_delivery(void *context)
{
    TokenSource *source = context;
    TokenRequest *request;
    const char *text;

    source->round++; /* who asks again from within `done` waits for the next turn */
    /* A `done` may refuse the token. */
    while ((request = TAILQ_FIRST(&source->waiting)) && request->round < source->round &&
           (text = token_source_peek(source)))
        serve(request, text);
    while ((request = TAILQ_FIRST(&source->waiting_for_project)) && request->round < source->round &&
           (text = token_source_project_id(source)))
        serve(request, text);
    if (!TAILQ_EMPTY(&source->waiting))
        begin_exchange(source);
}

/* -------------------------------------------------------------------------------------------- exchanges */

GrantAnswer token_source_answer(const TokenSource *source, const HttpAnswer *answer)
{
    const TokenTransport *transport = source->options.transport;

    return (GrantAnswer){
        .status = answer->status,
        .body = answer->body,
        .body_length = answer->body_length,
        .content_type = transport->header(answer, "Content-Type"),
        .date = transport->header(answer, "Date"),
        .metadata_flavor = transport->header(answer, "Metadata-Flavor"),
    };
}

void token_source_set_problem(TokenSource *source, const char *problem)
{
    char *copy;

    if (!problem && source->problem)
        log_info("token_received", "There is a token again: %s.", credential_name(source->credential));
    if (problem && (!source->problem || strcmp(problem, source->problem) != 0))
        log_warning("token_failed", "There is no new token: %s: %s.", credential_name(source->credential),
                    problem);
    copy = problem ? strdup(problem) : NULL;
    free(source->problem);
    source->problem = copy;
}

static void end_exchange(TokenSource *source)
{
    grant_deinit(&source->grant);
    source->is_exchanging = false;
}

static void schedule(TokenSource *source, uint64_t delay_us)
{
    uint64_t now_us = monotonic_us(source);

    if (source->not_before_us < now_us + delay_us)
        source->not_before_us = now_us + delay_us;
    timer_set(source->options.timers, &source->next_exchange, source->not_before_us);
}

static void fail(TokenSource *source, const char *problem, uint64_t delay_us)
{
    end_exchange(source);
    metrics_count(source->options.metrics, METRIC_TOKENS_FAILED);
    token_source_set_problem(source, problem ? problem : "out of memory");
    schedule(source, delay_us);
}

static void fail_for_a_while(TokenSource *source, const char *problem, uint32_t last_ms,
                             uint64_t retry_after_s)
{
    uint64_t delay_us = token_backoff_us(++source->num_failures, last_ms);
    uint64_t asked_us = at_most(retry_after_s, TOKEN_RETRY_AFTER_S_MAX) * US_PER_S;

    fail(source, problem, delay_us > asked_us ? delay_us : asked_us);
}

/* Consumes @token. */
static void take_token(TokenSource *source, char *token, uint64_t lifetime_s)
{
    uint64_t not_before_us = source->not_before_us;
    uint64_t age;

    end_exchange(source);
    (void)secret_free(source->token);
    source->token = token;
    source->lifetime_s = lifetime_s;
    source->born = source->called;
    source->num_failures = 0;
    source->is_refused = false;
    source->num_corrections = 0;
    source->is_place_known = true;
    metrics_count(source->options.metrics, METRIC_TOKENS_RECEIVED);
    token_source_set_problem(source, NULL);
    age = age_s(source);
    schedule(source, (renewal_age_s(source) > age ? renewal_age_s(source) - age : 0) * US_PER_S);
    source->not_before_us = not_before_us; /* that was for the renewal alone */
    token_source_deliver_soon(source);
}

/* Once more at once, with the time that the other's clock says; if that does not help, it is not the clock.
 */
static void correct_clock(TokenSource *source, const GrantOutcome *outcome)
{
    source->server_time_s = outcome->server_time_s;
    source->server_time_at_us = moment(source).boottime_us;
    if (source->num_corrections++ == 0)
        fail(source, outcome->problem, 0);
    else
        fail_for_a_while(source, outcome->problem, TOKEN_BACKOFF_LAST_MS, 0);
}

static void make_call(TokenSource *source);

static void handle_answer(TokenSource *source, const GrantAnswer *answer, uint64_t retry_after_s)
{
    GrantOutcome outcome;

    switch (grant_answer(&source->grant, answer, &outcome)) {
    case GRANT_DONE:
        take_token(source, TAKE(outcome.token), outcome.lifetime_s);
        break;
    case GRANT_NEXT:
        make_call(source);
        break;
    case GRANT_LATER:
        fail_for_a_while(source, outcome.problem,
                         answer->status == 429 ? TOKEN_BACKOFF_LAST_MS : TOKEN_BACKOFF_SOON_MS,
                         retry_after_s);
        break;
    case GRANT_REFUSED:
        source->is_refused = true;
        fail(source, outcome.problem,
             TOKEN_REFUSED_PAUSE_MS * (uint64_t)US_PER_MS + token_backoff_us(16, TOKEN_REFUSED_PAUSE_MS));
        break;
    case GRANT_CLOCK:
        correct_clock(source, &outcome);
        break;
    case GRANT_NO_MEMORY:
        fail_for_a_while(source, NULL, TOKEN_BACKOFF_SOON_MS, 0);
        break;
    }
    grant_outcome_deinit(&outcome);
}

static void on_answer(void *context, const HttpAnswer *answer)
{
    TokenSource *source = context;
    GrantAnswer read;

    source->call = NULL;
    if (answer->result < 0) {
        /* The problem has the host in it. */
        fail_for_a_while(source, answer->problem, TOKEN_BACKOFF_SOON_MS, 0);
        return;
    }
    read = token_source_answer(source, answer);
    handle_answer(source, &read, answer->retry_after_s);
}

/* A subject token, as something on this machine keeps it anew: small, and read without waiting for a pipe. */
static void read_file(TokenSource *source, const char *path)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    AUTO_SECRET char *content = malloc(GRANT_ANSWER_BYTES_MAX + 1);
    AUTO_FREE char *problem = NULL;
    GrantAnswer answer = {.status = 200, .body = content};
    struct stat status;
    ssize_t length = -1;

    if (fd >= 0 && content && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        length = read(fd, content, GRANT_ANSWER_BYTES_MAX);
    if (length < 0) {
        if (asprintf(&problem, "%s: %s", path, fd < 0 ? strerror(errno) : "it cannot be read") < 0)
            problem = NULL;
        fail_for_a_while(source, problem, TOKEN_BACKOFF_SOON_MS, 0);
        return;
    }
    content[length] = '\0';
    answer.body_length = (size_t)length;
    handle_answer(source, &answer, 0);
}

static void make_call(TokenSource *source)
{
    HttpCallRequest request = {
        .on_done = on_answer, .context = source, .is_secret = true, .body_bytes_max = GRANT_ANSWER_BYTES_MAX};
    GrantCall call;
    int result = grant_call(&source->grant, &call);

    source->called = moment(source);
    if (result == 0 && call.file) {
        grant_call_deinit(&call);
        read_file(source, source->grant.leaf->subject_file);
        return;
    }
    if (result == 0) {
        request.method = call.method;
        request.url = call.url;
        request.headers = call.headers;
        request.token = call.token;
        request.body = call.body;
        request.body_length = call.body ? strlen(call.body) : 0;
        request.timeout_ms = call.timeout_ms;
        request.is_plain_allowed = call.is_plain;
        request.is_direct = call.is_plain;
        call.body = NULL; /* consumed */
        result = source->options.transport->call(source->options.http, &request, &source->call);
        grant_call_deinit(&call);
    }
    if (result < 0)
        fail_for_a_while(source, result == -EIO ? "the private key does not sign" : strerror(-result),
                         TOKEN_BACKOFF_LAST_MS, 0);
}

/* What was refused may have been replaced in its file since. */
static void read_again(TokenSource *source)
{
    const char *path = source->credential->path;
    AUTO_FREE char *error = NULL;
    Credential *credential = NULL;

    if (!source->is_refused || !path)
        return;
    source->is_refused = false;
    if (credential_read(path, &credential, &error) < 0)
        return; /* it may be half written: the old one is refused again, and that is told */
    if (strcmp(credential_identity(credential), credential_identity(source->credential)) == 0) {
        (void)credential_free(credential);
        return;
    }
    log_info("credentials_changed", "The credentials in %s have changed and are used from now on.", path);
    (void)credential_free(source->credential);
    source->credential = credential;
}

/* Does nothing if one is under way; waits until it may begin. */
static void begin_exchange(TokenSource *source)
{
    uint64_t now_us = monotonic_us(source);

    if (source->is_exchanging || source->credential->kind == CREDENTIAL_FIXED)
        return;
    if (now_us < source->not_before_us) {
        timer_set(source->options.timers, &source->next_exchange, source->not_before_us);
        return;
    }
    timer_unset(&source->next_exchange);
    read_again(source);
    source->is_exchanging = true;
    source->not_before_us = now_us + TOKEN_EXCHANGE_PAUSE_MS * (uint64_t)US_PER_MS;
    grant_init(&source->grant, source->credential, corrected_time_s(source), source->is_place_known);
    make_call(source);
}

static void on_next_exchange(void *context)
{
    begin_exchange(context);
}

/* ---------------------------------------------------------------------------------------------- the face */

int token_source_new(const TokenSourceOptions *options, Credential *credential, TokenSource **ret)
{
    TokenSource *source = calloc(1, sizeof *source);

    if (!source) {
        (void)credential_free(credential);
        return -ENOMEM;
    }
    source->options = *options;
    if (!source->options.transport)
        source->options.transport = &client_transport;
    source->credential = credential;
    TAILQ_INIT(&source->waiting);
    TAILQ_INIT(&source->waiting_for_project);
    timer_init(&source->delivery, on_delivery, source);
    timer_init(&source->next_exchange, on_next_exchange, source);
    token_project_init(source);
    *ret = source;
    return 0;
}

static void forget_requests(struct TokenRequestList *list)
{
    while (!TAILQ_EMPTY(list))
        token_request_cancel(TAILQ_FIRST(list));
}

TokenSource *token_source_free(TokenSource *source)
{
    if (!source)
        return NULL;
    token_project_deinit(source);
    forget_requests(&source->waiting);
    forget_requests(&source->waiting_for_project);
    timer_unset(&source->delivery);
    timer_unset(&source->next_exchange);
    source->call = source->options.transport->cancel(source->call);
    grant_deinit(&source->grant);
    source->token = secret_free(source->token);
    source->credential = credential_free(source->credential);
    free(source->problem);
    free(source);
    return NULL;
}

const char *token_source_peek(TokenSource *source)
{
    if (source->credential->kind == CREDENTIAL_FIXED)
        return source->credential->fixed_token;
    /* The timer does not count the time that the machine slept. */
    if (source->token && age_s(source) >= renewal_age_s(source))
        begin_exchange(source);
    return is_usable(source) ? source->token : NULL;
}

void token_source_get(TokenSource *source, TokenRequest *request)
{
    enqueue(source, request, false);
    token_source_deliver_soon(source);
}

void token_source_refuse(TokenSource *source, const char *token)
{
    if (!source->token || strcmp(source->token, token) != 0)
        return;
    source->num_refusals = age_s(source) < TOKEN_YOUNG_S ? source->num_refusals + 1 : 1;
    metrics_count(source->options.metrics, METRIC_TOKENS_REFUSED);
    source->token = secret_free(source->token);
    if (!source->problem) /* else the endpoint has asked for the pause */
        source->not_before_us = monotonic_us(source);
    if (source->num_refusals > 1)
        schedule(source, token_backoff_us(source->num_refusals - 1, TOKEN_AGAIN_MS));
    else
        begin_exchange(source);
}

const char *token_source_quota_project(const TokenSource *source)
{
    return source->credential->quota_project_id;
}

const char *token_source_problem(const TokenSource *source)
{
    return source->problem;
}

bool token_source_is_refused(const TokenSource *source)
{
    return source->problem && source->is_refused;
}

const char *token_source_name(const TokenSource *source)
{
    return credential_name(source->credential);
}

void token_source_get_project_id(TokenSource *source, TokenRequest *request)
{
    enqueue(source, request, true);
    token_project_ask(source);
}
