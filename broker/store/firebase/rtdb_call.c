#include "broker/store/firebase/rtdb_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/firebase/rtdb_outcome.h"
#include "broker/util/cleanup.h"
#include "broker/util/json_whole.h"

#define NUM_HEADERS_MAX    6
#define QUOTA_HEADER_BYTES 200 /* a project's id has at most 30 characters, a longer one is no project */

static int begin(RtdbCall *call);

static void free_secret(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void free_call(RtdbCall *call)
{
    token_request_cancel(&call->token_request);
    call->http = http_call_cancel(call->http);
    LIST_REMOVE(call, next);
    free_secret(call->token);
    free(call->url);
    free(call->body);
    free(call->if_match);
    free(call);
}

/* --------------------------------------------------------------------------------------------- answers */

static void finish(RtdbCall *call, const RtdbAnswer *answer)
{
    call->http = NULL;
    call->done(call->context, answer);
    free_call(call);
}

static void fail(RtdbCall *call, int error)
{
    const RtdbAnswer answer = {.outcome = RTDB_TEMPORARY, .problem = strerror(-error)};

    finish(call, &answer);
}

/* One count and one look at the way there for every answer. */
static void note(const RtdbCall *call, const HttpAnswer *http, const char *problem)
{
    metrics_count(call->rtdb->options.metrics, rtdb_metric(http->result, http->status));
    rtdb_note(call->rtdb, rtdb_is_away(http->result, http->status), http->retry_after_s, problem);
}

static void describe(const RtdbCall *call, const HttpAnswer *http, const json_t *body, char *ret, size_t size)
{
    char text[256];

    rtdb_error_text(body, text, sizeof text);
    if (http->result < 0)
        (void)snprintf(ret, size, "%s", http->problem);
    else
        (void)snprintf(ret, size, "%s answered %d%s%s", rtdb_host(call->rtdb), http->status,
                       *text ? ": " : "", text); /* longer ones are cut */
}

/* The first 401 is the token's fault: the call goes on with the next one. A second one says that this is not
 * so, and the new token is as good as any. */
static bool repeat(RtdbCall *call, const HttpAnswer *http)
{
    TokenSource *tokens = call->rtdb->options.tokens;

    if (http->result < 0 || http->status != 401 || !tokens || !call->token || call->was_token_refused)
        return false;
    token_source_refuse(tokens, call->token);
    call->was_token_refused = true;
    call->http = NULL;
    return begin(call) == 0;
}

static uint64_t now_us(const Rtdb *rtdb)
{
    return rtdb_clock(rtdb)->monotonic_us(rtdb_clock(rtdb));
}

/* What was sent on the connection of a call that timed out: streams that have said nothing since it was sent
 * at
 * @since_us, and, if nothing else has been heard of the database either, whatever is under way. */
static bool seems_dead(const RtdbCall *call, uint64_t since_us)
{
    uint64_t heard_us = call->on_bytes ? call->heard_us : call->rtdb->heard_us;

    return call->http && (heard_us <= since_us || call->rtdb->heard_us <= since_us);
}

static RtdbCall *find_given_up(const Rtdb *rtdb)
{
    RtdbCall *call;

    LIST_FOREACH(call, &rtdb->calls, next)
    {
        if (call->is_given_up)
            return call;
    }
    return NULL;
}

/* Streams would wait for their watchdogs, over a minute, with breakpoints that nobody hears of. What is ended
 * in vain costs one request more. */
static void give_up_silent(Rtdb *rtdb, uint64_t since_us)
{
    const RtdbAnswer answer = {.outcome = RTDB_TEMPORARY, .problem = "the connection seems to be dead"};
    RtdbCall *call;

    LIST_FOREACH(call, &rtdb->calls, next)
    call->is_given_up = seems_dead(call, since_us);
    while ((call = find_given_up(rtdb))) {
        call->http = http_call_cancel(call->http);
        finish(call, &answer);
    }
}

static void on_done(void *context, const HttpAnswer *http)
{
    RtdbCall *call = context;
    Rtdb *rtdb = call->rtdb;
    uint64_t sent_us = call->heard_us;
    AUTO_JSON json_t *body = NULL;
    char problem[600] = "";
    RtdbAnswer answer = {.outcome = rtdb_outcome(http->result, http->status), .status = http->status};

    if (http->result == 0)
        rtdb->heard_us = now_us(rtdb);
    if (http->result == 0 && http->body_length)
        body = json_loadb(http->body, http->body_length, JSON_DECODE_ANY, NULL);
    if (answer.outcome != RTDB_DONE)
        describe(call, http, body, problem, sizeof problem);
    if (answer.outcome == RTDB_DONE && http->body_length && !body) {
        /* Somebody else's page, most probably of a gate to the network. */
        answer.outcome = RTDB_TEMPORARY;
        (void)snprintf(problem, sizeof problem, "%s answered what is no JSON", rtdb_host(call->rtdb));
    }
    note(call, http, answer.outcome == RTDB_CONFLICT && call->if_match ? "" : problem);
    if (answer.outcome == RTDB_DONE)
        rtdb_note_date(call->rtdb, http_answer_header(http, "Date"));
    if (repeat(call, http))
        return;
    answer.value = answer.outcome == RTDB_DONE || answer.outcome == RTDB_CONFLICT ? body : NULL;
    answer.etag = http_answer_header(http, "ETag");
    answer.retry_after_ms = http->retry_after_s * 1000;
    answer.problem = problem;
    finish(call, &answer);
    if (http->result == -ETIMEDOUT)
        give_up_silent(rtdb, sent_us);
}

static void on_bytes(void *context, const char *bytes, size_t length)
{
    RtdbCall *call = context;

    call->heard_us = call->rtdb->heard_us = now_us(call->rtdb);
    if (!call->rtdb->is_reachable)
        rtdb_note(call->rtdb, false, 0, "");
    call->on_bytes(call->context, bytes, length);
}

static HttpRedirect on_redirect(void *context, const char *url)
{
    RtdbCall *call = context;

    return rtdb_url_trusts(&call->rtdb->url, url) ? HTTP_REDIRECT_FOLLOW_WITH_TOKEN : HTTP_REDIRECT_REFUSE;
}

/* ---------------------------------------------------------------------------------------------- asking */

/* @quota_header has room for QUOTA_HEADER_BYTES. */
static void add_headers(const RtdbCall *call, const char **headers, char *quota_header)
{
    const TokenSource *tokens = call->rtdb->options.tokens;
    const char *project = tokens ? token_source_quota_project(tokens) : NULL;
    size_t num = 0;

    if (call->on_bytes) {
        headers[num++] = "Accept: text/event-stream";
        headers[num++] = "Cache-Control: no-cache";
    }
    if (call->body)
        headers[num++] = "Content-Type: application/json";
    if (call->is_etag_wanted)
        headers[num++] = "X-Firebase-ETag: true";
    if (call->if_match)
        headers[num++] = call->if_match;
    if (project &&
        snprintf(quota_header, QUOTA_HEADER_BYTES, "x-goog-user-project: %s", project) < QUOTA_HEADER_BYTES)
        headers[num++] = quota_header;
    headers[num] = NULL;
}

static int send_call(RtdbCall *call)
{
    const char *headers[NUM_HEADERS_MAX + 1];
    char quota_header[QUOTA_HEADER_BYTES];
    char *body = call->body ? strdup(call->body) : NULL; /* a 401 would need it again */
    HttpCallRequest request = {
        .method = call->method,
        .url = call->url,
        .headers = headers,
        .token = call->token,
        .body = body,
        .body_length = body ? strlen(body) : 0,
        .timeout_ms = call->on_bytes ? 0 : call->rtdb->options.timeout_ms,
        .body_bytes_max = RTDB_ANSWER_BYTES_MAX,
        .on_redirect = on_redirect,
        .on_bytes = call->on_bytes ? on_bytes : NULL,
        .on_done = on_done,
        .context = call,
    };

    if (call->body && !body)
        return -ENOMEM;
    add_headers(call, headers, quota_header);
    call->heard_us = now_us(call->rtdb);
    return http_client_call(call->rtdb->options.http, &request, &call->http);
}

static int send_with(RtdbCall *call, const char *token)
{
    free_secret(call->token);
    call->token = strdup(token);
    return call->token ? send_call(call) : -ENOMEM;
}

static void on_token(void *context, const char *token)
{
    RtdbCall *call = context;
    int result = send_with(call, token);

    if (result < 0)
        fail(call, result);
}

/* Sends it, or waits for a token first. */
static int begin(RtdbCall *call)
{
    TokenSource *tokens = call->rtdb->options.tokens;
    const char *token;

    if (!tokens)
        return send_call(call);
    token = token_source_peek(tokens);
    if (token)
        return send_with(call, token);
    token_source_get(tokens, &call->token_request);
    return 0;
}

static int set_if_match(RtdbCall *call, const char *etag)
{
    if (!etag || asprintf(&call->if_match, "if-match: %s", etag) >= 0)
        return 0;
    call->if_match = NULL;
    return -ENOMEM;
}

static const char *constant_method(const char *method)
{
    static const char *const methods[] = {"GET", "PUT", "PATCH", "DELETE"};

    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        if (strcmp(methods[i], method) == 0)
            return methods[i];
    }
    return NULL;
}

/* What every kind of call has; the rest is in the caller's hands. */
static RtdbCall *call_new(Rtdb *rtdb, const char *method, void *context)
{
    RtdbCall *call = calloc(1, sizeof *call);

    if (!call)
        return NULL;
    call->rtdb = rtdb;
    call->method = constant_method(method);
    call->context = context;
    token_request_init(&call->token_request, on_token, call);
    LIST_INSERT_HEAD(&rtdb->calls, call, next);
    return call;
}

static int set_request(RtdbCall *call, const RtdbRequest *request)
{
    int result =
        rtdb_url_make(&call->rtdb->url, request->path, request->is_silent ? "print=silent" : "", &call->url);

    call->is_etag_wanted = request->is_etag_wanted;
    call->done = request->done;
    if (result == 0)
        result = json_whole_text(request->body, &call->body);
    return result < 0 ? result : set_if_match(call, request->if_match);
}

/* @result is what came of filling it. */
static int start(RtdbCall *call, int result, RtdbCall **ret_call)
{
    if (result == 0 && !call->method)
        result = -EINVAL;
    if (result == 0)
        result = begin(call);
    if (result < 0) {
        free_call(call);
        return result;
    }
    if (ret_call)
        *ret_call = call;
    return 0;
}

int rtdb_call(Rtdb *rtdb, const RtdbRequest *request, RtdbCall **ret_call)
{
    RtdbCall *call = call_new(rtdb, request->method, request->context);

    return call ? start(call, set_request(call, request), ret_call) : -ENOMEM;
}

int rtdb_listen(Rtdb *rtdb, const char *path, void (*bytes)(void *context, const char *bytes, size_t length),
                void (*done)(void *context, const RtdbAnswer *answer), void *context, RtdbCall **ret_call)
{
    const RtdbRequest request = {.path = path, .done = done};
    RtdbCall *call = call_new(rtdb, "GET", context);

    if (!call)
        return -ENOMEM;
    call->on_bytes = bytes;
    return start(call, set_request(call, &request), ret_call);
}

RtdbCall *rtdb_cancel(RtdbCall *call)
{
    if (call)
        free_call(call);
    return NULL;
}

void rtdb_refuse_token(RtdbCall *call)
{
    if (call->token && call->rtdb->options.tokens)
        token_source_refuse(call->rtdb->options.tokens, call->token);
}

void rtdb_suspect(RtdbCall *call)
{
    if (call->http)
        http_call_suspect(call->http);
}

bool rtdb_call_waits(const RtdbCall *call)
{
    return !call->http;
}

/* --------------------------------------------------------------------------------------------- probing */

static void on_probed(void *context, const RtdbAnswer *answer)
{
    Rtdb *rtdb = context;

    rtdb->probe = NULL;
    rtdb_note_probe(rtdb, answer->outcome == RTDB_DONE);
}

int rtdb_call_probe(Rtdb *rtdb)
{
    const RtdbRequest request = {
        .method = "GET", .path = "cdbg/schema_version", .done = on_probed, .context = rtdb};

    return rtdb_call(rtdb, &request, &rtdb->probe);
}
