#include "broker/admin/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/admin/process.h"
#include "broker/http/server.h"
#include "broker/util/cleanup.h"

enum {
    BODY_BYTES_MAX = 1024,    /* nobody needs to send any */
    NUM_CONNECTIONS_MAX = 16, /* probes and a scraper; untuned */
};

#define TEXT_TYPE    "text/plain; charset=utf-8"
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct Admin {
    AdminOptions options;
    HttpServer *server;
};

static void reply(HttpRequest *request, int status, const char *text)
{
    http_request_reply(request, status, TEXT_TYPE, text, strlen(text));
}

static void reply_metrics(Admin *admin, HttpRequest *request)
{
    Metrics *metrics = admin->options.metrics;
    char *text;

    metrics_set(metrics, METRIC_RESIDENT_BYTES, process_resident_bytes());
    metrics_set(metrics, METRIC_OPEN_DESCRIPTORS, process_num_descriptors());
    if (admin->options.refresh)
        admin->options.refresh(admin->options.context);
    text = metrics_text(metrics, admin->options.version);
    if (text)
        http_request_reply_owned(request, 200, METRICS_TYPE, text, strlen(text));
    else
        http_request_reply_error(request, 500, "out of memory");
}

static void reply_ready(Admin *admin, HttpRequest *request)
{
    bool is_ready = admin->options.is_ready(admin->options.context);
    const char *problem =
        admin->options.store_problem ? admin->options.store_problem(admin->options.context) : NULL;
    char text[1000];

    (void)snprintf(text, sizeof text, "%s\n%s%s%s", is_ready ? "ready" : "not ready",
                   problem ? "store: " : "", problem ? problem : "", problem ? "\n" : ""); /* or cut */
    reply(request, is_ready ? 200 : 503, text);
}

static void on_request(void *context, HttpRequest *request)
{
    Admin *admin = context;
    const char *path = http_request_path(request);
    const char *method = http_request_method(request);

    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        http_request_add_header(request, "Allow", "GET, HEAD");
        http_request_reply_error(request, 405, "only GET and HEAD are known here");
    } else if (strcmp(path, "/startup") == 0 || strcmp(path, "/live") == 0) {
        reply(request, 200, "ok\n");
    } else if (strcmp(path, "/ready") == 0) {
        reply_ready(admin, request);
    } else if (strcmp(path, "/metrics") == 0) {
        reply_metrics(admin, request);
    } else {
        http_request_reply_error(request, 404, "there are /startup, /live, /ready and /metrics");
    }
}

Admin *admin_free(Admin *admin)
{
    if (!admin)
        return NULL;
    admin->server = http_server_free(admin->server);
    free(admin);
    return NULL;
}

int admin_new(const AdminOptions *options, Admin **ret)
{
    HttpServerOptions http = {
        .listen_address = options->listen_address,
        .is_remote_allowed = options->is_remote_allowed,
        .allowed_hosts = options->allowed_hosts,
        .body_bytes_max = BODY_BYTES_MAX,
        .num_connections_max = NUM_CONNECTIONS_MAX,
        .handler = on_request,
    };
    AUTO_FREE Admin *admin = calloc(1, sizeof *admin);
    int result;

    if (!admin)
        return -ENOMEM;
    admin->options = *options;
    http.context = admin;
    result = http_server_new(options->base, &http, &admin->server);
    if (result < 0)
        return result;
    *ret = TAKE(admin);
    return 0;
}

uint16_t admin_port(const Admin *admin)
{
    return http_server_port(admin->server);
}
