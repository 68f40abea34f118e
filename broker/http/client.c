#include "broker/http/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "broker/http/call.h"
#include "broker/http/certificates.h"
#include "broker/http/gate.h"
#include "broker/http/multi.h"
#include "broker/util/cleanup.h"

enum {
    OLD_MULTIS_MAX = 4, /* sets of connections that are in use but get no new calls; untuned */
};

struct HttpClient {
    struct event_base *base;
    char *user_agent;
    char *ca_file; /* NULL: the system's */
    Multi *multi;
    Multi *old_multis[OLD_MULTIS_MAX];
    struct event *sweep; /* frees old multis, which cannot be done from their callbacks, and opens gates */
    struct HttpGates gates;
    LIST_HEAD(, HttpCall) calls;
    struct HttpCallQueue fresh; /* have bytes that on_bytes was not told */
    HttpClientStats stats;
    uint64_t num_begun;
};

int http_client_check(char *ret_problem, size_t size)
{
    const curl_version_info_data *version;
    const char *missing = NULL;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void)snprintf(ret_problem, size, "libcurl cannot be initialized");
        return -ENOTSUP;
    }
    version = curl_version_info(CURLVERSION_NOW);
    if (!(version->features & CURL_VERSION_HTTP2))
        missing = "HTTP/2 (it must be built with nghttp2)";
    else if (!(version->features & CURL_VERSION_SSL))
        missing = "TLS";
    else if (!(version->features & CURL_VERSION_ASYNCHDNS))
        missing = "a resolver that does not block (threads or c-ares)";
    if (!missing)
        return 0;
    (void)snprintf(ret_problem, size, "libcurl %s has no %s", version->version, missing);
    return -ENOTSUP;
}

static void on_hop_done(void *context, CURL *easy, CURLcode code);
static void on_turned(void *context);
static void open_gates(HttpClient *client);

/* ------------------------------------------------------------------------------------- the connections */

static void sweep_soon(HttpClient *client)
{
    const struct timeval at_once = {0};

    (void)event_add(client->sweep, &at_once); /* fails only without memory; the next one sweeps */
}

static int make_multi(HttpClient *client, Multi **ret)
{
    const MultiHandler handler = {on_hop_done, on_turned, client};

    return multi_new(client->base, &handler, ret);
}

/* New calls get new connections. */
static void renew(HttpClient *client)
{
    Multi *fresh;
    size_t place = 0;

    while (place < OLD_MULTIS_MAX && client->old_multis[place])
        place++;
    if (place == OLD_MULTIS_MAX || make_multi(client, &fresh) < 0)
        return; /* the connections at hand have to do */
    client->old_multis[place] = client->multi;
    client->multi = fresh;
    sweep_soon(client);
}

/* ------------------------------------------------------------------------------------------- the calls */

static void free_call(HttpCall *call)
{
    HttpClient *client = call->client;

    if (gate_leave(call))
        sweep_soon(client);
    if (call->multi)
        multi_remove(call->multi, call->easy);
    if (call->is_fresh)
        TAILQ_REMOVE(&client->fresh, call, next_fresh);
    LIST_REMOVE(call, next);
    client->stats.num_active--;
    call_free(call);
}

/* Tells libcurl's bytes to on_bytes; the call may be gone when this returns. */
static void deliver(HttpCall *call)
{
    HttpBytes bytes = call->received;

    call->received = (HttpBytes){0};
    call->is_busy = true;
    call->on_bytes(call->context, bytes.text, bytes.length);
    call->is_busy = false;
    http_bytes_deinit(&bytes);
    if (call->is_cancelled)
        free_call(call);
}

static void on_turned(void *context)
{
    HttpClient *client = context;
    HttpCall *call;

    while ((call = TAILQ_FIRST(&client->fresh))) {
        TAILQ_REMOVE(&client->fresh, call, next_fresh);
        call->is_fresh = false;
        deliver(call);
    }
    open_gates(client);
}

static void on_call_bytes(HttpCall *call)
{
    if (call->is_fresh)
        return;
    TAILQ_INSERT_TAIL(&call->client->fresh, call, next_fresh);
    call->is_fresh = true;
}

static void count_hop(HttpClient *client, const HttpCall *call)
{
    long connects = 0;
    long head_bytes = 0;
    curl_off_t body_bytes = 0;

    (void)curl_easy_getinfo(call->easy, CURLINFO_NUM_CONNECTS, &connects);
    (void)curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &head_bytes);
    (void)curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &body_bytes);
    client->stats.num_connections += (uint64_t)connects;
    client->stats.bytes_sent += (uint64_t)head_bytes + (uint64_t)body_bytes;
}

static int send_hop(HttpCall *call)
{
    HttpClient *client = call->client;
    int result = multi_add(client->multi, call->easy);

    call->is_connected = false;
    if (result == 0) {
        call->multi = client->multi;
        client->stats.num_calls++;
    }
    return result;
}

/* Without TLS there is no HTTP/2, and each call has a connection anyway. */
static int start_hop(HttpCall *call)
{
    int result = call->is_https ? gate_enter(&call->client->gates, call) : 0;

    return result == 0 ? send_hop(call) : result < 0 ? result : 0;
}

static void finish(HttpCall *call, CURLcode code)
{
    HttpAnswer answer;

    call_make_answer(call, code, &answer);
    call->is_busy = true;
    call->on_done(call->context, &answer);
    free_call(call);
}

/* Who has waited for the connection of @call fails with it; who begins anew at that waits for the next try.
 * @call may be cancelled meanwhile. */
static void fail_waiting(HttpCall *call, CURLcode code)
{
    uint64_t number = call->client->num_begun;
    HttpCall *other;

    call->is_busy = true;
    while ((other = gate_pop(call->gate, number))) {
        (void)snprintf(other->error, sizeof other->error, "%s", call->error);
        finish(other, code);
    }
    call->is_busy = false;
}

static void begin_waiting(HttpCall *call)
{
    call->fault = send_hop(call);
    if (call->fault < 0)
        finish(call, CURLE_OUT_OF_MEMORY);
}

/* Where a connection was had, or is not to be had, the next may begin. */
static void open_gates(HttpClient *client)
{
    HttpGate *gate;
    HttpCall *call;

    LIST_FOREACH(gate, &client->gates, next)
    {
        if (gate->opener && gate->opener->is_connected)
            (void)gate_leave(gate->opener); /* the next is looked for here */
        call = gate_next(gate);
        if (call)
            begin_waiting(call);
    }
}

static void on_hop_done(void *context, CURL *easy, CURLcode code)
{
    HttpClient *client = context;
    HttpCall *call = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
    if (call->multi == client->multi && call->is_connected && code == CURLE_OPERATION_TIMEDOUT)
        renew(client);
    if (call->multi != client->multi)
        sweep_soon(client);
    call->multi = NULL;
    count_hop(client, call);
    if (call->gate && call_is_unconnected(call, code))
        fail_waiting(call, code);
    if (gate_leave(call))
        sweep_soon(client);
    if (call->is_cancelled) {
        free_call(call);
        return;
    }
    if (code == CURLE_OK && call_is_redirected(call)) {
        call->fault = call_follow(call); /* on_redirect may have cancelled it */
        if (call->is_cancelled) {
            free_call(call);
            return;
        }
        if (call->fault == 0)
            call->fault = start_hop(call);
        if (call->fault == 0)
            return;
        code = CURLE_ABORTED_BY_CALLBACK;
    }
    finish(call, code);
}

int http_client_call(HttpClient *client, const HttpCallRequest *request, HttpCall **ret_call)
{
    const CallSettings settings = {client->user_agent, client->ca_file, on_call_bytes, &client->stats};
    HttpCall *call = NULL;
    int result = call_new(request, &settings, &call);

    if (result < 0)
        return result;
    call->client = client;
    call->number = client->num_begun++;
    LIST_INSERT_HEAD(&client->calls, call, next);
    client->stats.num_active++;
    result = start_hop(call);
    if (result < 0) {
        free_call(call);
        return result;
    }
    if (ret_call)
        *ret_call = call;
    return 0;
}

HttpCall *http_call_cancel(HttpCall *call)
{
    if (!call)
        return NULL;
    if (call->is_busy)
        call->is_cancelled = true;
    else
        free_call(call);
    return NULL;
}

void http_call_suspect(HttpCall *call)
{
    if (call->multi == call->client->multi)
        renew(call->client);
}

/* ------------------------------------------------------------------------------------------ the client */

static void sweep(evutil_socket_t fd, short what, void *context)
{
    HttpClient *client = context;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < OLD_MULTIS_MAX; i++) {
        if (client->old_multis[i] && multi_num_handles(client->old_multis[i]) == 0)
            client->old_multis[i] = multi_free(client->old_multis[i]);
    }
    open_gates(client);
    gates_free_idle(&client->gates);
}

HttpClient *http_client_free(HttpClient *client)
{
    if (!client)
        return NULL;
    while (!LIST_EMPTY(&client->calls))
        free_call(LIST_FIRST(&client->calls));
    for (size_t i = 0; i < OLD_MULTIS_MAX; i++)
        client->old_multis[i] = multi_free(client->old_multis[i]);
    client->multi = multi_free(client->multi);
    gates_free_idle(&client->gates);
    if (client->sweep)
        event_free(client->sweep);
    free(client->user_agent);
    free(client->ca_file);
    free(client);
    return NULL;
}

static void cleanup_client(HttpClient **client)
{
    (void)http_client_free(*client);
}

int http_client_new(const HttpClientOptions *options, HttpClient **ret)
{
    CLEANUP(cleanup_client) HttpClient *client = calloc(1, sizeof *client);
    int result;

    if (!client)
        return -ENOMEM;
    LIST_INIT(&client->gates);
    LIST_INIT(&client->calls);
    TAILQ_INIT(&client->fresh);
    client->base = options->base;
    client->user_agent = strdup(options->user_agent);
    client->sweep = evtimer_new(options->base, sweep, client);
    if (!client->user_agent || !client->sweep)
        return -ENOMEM;
    if (options->ca_file && *options->ca_file) {
        result = certificates_check(options->ca_file);
        if (result < 0)
            return result;
        client->ca_file = strdup(options->ca_file);
        if (!client->ca_file)
            return -ENOMEM;
    }
    result = make_multi(client, &client->multi);
    if (result < 0)
        return result;
    *ret = TAKE(client);
    return 0;
}

void http_client_stats(const HttpClient *client, HttpClientStats *ret)
{
    *ret = client->stats;
}
