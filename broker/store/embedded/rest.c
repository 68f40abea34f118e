#include "broker/store/embedded/rest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/store/embedded/rest_call.h"
#include "broker/util/cleanup.h"

struct RestServer {
    RestShared shared;
    HttpServer *http;
    char *token; /* NULL: none is asked for */
};

/* In the time that the right one takes, whatever the text; its length is no secret. */
static bool is_token(const RestServer *server, const char *text)
{
    size_t length = strlen(server->token);

    return text && strlen(text) == length && CRYPTO_memcmp(text, server->token, length) == 0;
}

static const char *find_bearer_token(HttpRequest *request)
{
    const char *header = http_request_header(request, "Authorization");

    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    return header + 7 + strspn(header + 7, " ");
}

/* False if the request was answered. */
static bool check_token(RestServer *server, HttpRequest *request)
{
    const char *bearer = find_bearer_token(request);
    HttpQuery query;
    const char *access_token;
    const char *auth;
    bool is_given;
    bool is_right;

    if (!server->token)
        return true;
    if (http_query_init(&query, http_request_query(request)) < 0) {
        rest_error(&server->shared, request, 400, "Malformed query string");
        return false;
    }
    access_token = http_query_get(&query, "access_token");
    auth = http_query_get(&query, "auth");
    is_given = bearer || access_token || auth;
    is_right = is_token(server, bearer) || is_token(server, access_token) || is_token(server, auth);
    http_query_deinit(&query);
    if (is_right)
        return true;
    http_request_add_header(request, "WWW-Authenticate", "Bearer");
    rest_error(&server->shared, request, 401, is_given ? "Unauthorized request." : "Permission denied");
    return false;
}

/* A web page asks whether it may; its Origin was found to be allowed, else it would not have come here. */
static void answer_preflight(HttpRequest *request)
{
    static const char methods[] = "GET, PUT, POST, PATCH, DELETE, OPTIONS";
    const char *headers = http_request_header(request, "Access-Control-Request-Headers");

    http_request_add_header(request, "Allow", methods);
    http_request_add_header(request, "Access-Control-Allow-Methods", methods);
    if (headers)
        http_request_add_header(request, "Access-Control-Allow-Headers", headers);
    http_request_add_header(request, "Access-Control-Max-Age", "3600");
    http_request_reply(request, 204, NULL, NULL, 0);
}

static void handle(void *context, HttpRequest *request)
{
    RestServer *server = context;
    RestCall call;

    http_request_add_header(request, "Cache-Control", "no-cache");
    http_request_add_header(request, "Access-Control-Allow-Origin", "*");
    http_request_add_header(request, "X-Content-Type-Options", "nosniff"); /* no script of another page */
    if (strcmp(http_request_method(request), "OPTIONS") == 0) {
        answer_preflight(request);
        return;
    }
    if (!check_token(server, request) || !rest_call_init(&call, &server->shared, request))
        return;
    rest_call_run(&call);
    rest_call_deinit(&call);
}

static void cleanup_server(RestServer **server)
{
    (void)rest_server_free(*server);
}

int rest_server_new(EmbeddedStore *store, const RestServerOptions *options, RestServer **ret)
{
    CLEANUP(cleanup_server) RestServer *server = calloc(1, sizeof *server);
    HttpServerOptions http = options->http;
    int error;

    if (!server)
        return -ENOMEM;
    server->shared.tree = embedded_store_tree(store);
    server->shared.base = embedded_store_base(store);
    server->shared.keep_alive_ms = options->keep_alive_ms ? options->keep_alive_ms : REST_KEEP_ALIVE_MS;
    if (options->token) {
        server->token = strdup(options->token);
        if (!server->token)
            return -ENOMEM;
    }
    http.handler = handle;
    http.context = server;
    error = http_server_new(server->shared.base, &http, &server->http);
    if (error < 0)
        return error;
    *ret = TAKE(server);
    return 0;
}

RestServer *rest_server_free(RestServer *server)
{
    if (!server)
        return NULL;
    (void)http_server_free(server->http);
    if (server->token)
        OPENSSL_cleanse(server->token, strlen(server->token));
    free(server->token);
    free(server);
    return NULL;
}

uint16_t rest_server_port(const RestServer *server)
{
    return http_server_port(server->http);
}

void rest_server_stats(const RestServer *server, RestStats *ret)
{
    const HttpServerStats *http = http_server_stats(server->http);

    *ret = (RestStats){
        .num_requests = http->num_requests + http->num_bad_requests + http->num_foreign,
        .num_errors = server->shared.num_errors + http->num_bad_requests + http->num_foreign,
        .num_streams = server->shared.num_streams,
        .num_slow_readers = http->num_slow_readers,
        .num_connections = http->num_connections,
        .num_sync_failures = live_tree_num_sync_failures(server->shared.tree),
    };
}
