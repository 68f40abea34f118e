#include "broker/http/server.h"

#include <errno.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/http/connection.h"
#include "broker/http/host.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

#define NUM_REFUSALS_MAX 16   /* connections that are being told that there are too many */
#define ACCEPT_PAUSE_MS  1000 /* after accept() ran out of descriptors: it would fail in a loop */

struct HttpServer {
    HttpShared shared;
    struct evconnlistener *listener;
    struct event *accept_pause;
    uint16_t port;
    bool is_full_logged;
};

/* Past the limit some more are taken just to be told why; past those, the peer sees a closed connection. */
static void refuse_connection(HttpServer *server, int fd)
{
    server->shared.stats.num_refused++;
    if (!server->is_full_logged) {
        server->is_full_logged = true;
        log_warning("http_connections_full",
                    "port %u has all %u connections in use; further ones are refused", server->port,
                    server->shared.options.num_connections_max);
    }
    if (server->shared.stats.num_connections < server->shared.options.num_connections_max + NUM_REFUSALS_MAX)
        (void)http_connection_refuse(&server->shared, fd, 503, "Too many connections");
    else
        (void)close(fd); /* Linux: gone whatever close() says */
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int length,
                      void *context)
{
    HttpServer *server = context;

    (void)listener;
    (void)peer;
    (void)length;
    if (server->shared.stats.num_connections >= server->shared.options.num_connections_max) {
        refuse_connection(server, fd);
        return;
    }
    server->shared.stats.num_accepted++;
    (void)http_connection_new(&server->shared, fd); /* without memory the peer sees a closed connection */
}

static void on_accept_error(struct evconnlistener *listener, void *context)
{
    HttpServer *server = context;
    const struct timeval pause = {.tv_sec = ACCEPT_PAUSE_MS / 1000};
    int error = EVUTIL_SOCKET_ERROR();

    log_warning("http_accept_failed", "port %u: %s", server->port, strerror(error));
    (void)evconnlistener_disable(listener);
    (void)evtimer_add(server->accept_pause,
                      &pause); /* fails only without memory; the port stays closed then */
}

static void on_pause_over(evutil_socket_t fd, short events, void *context)
{
    HttpServer *server = context;

    (void)fd;
    (void)events;
    (void)evconnlistener_enable(server->listener);
}

static void fill_defaults(HttpServerOptions *options)
{
    if (!options->head_bytes_max)
        options->head_bytes_max = HTTP_HEAD_BYTES_MAX;
    if (!options->body_bytes_max)
        options->body_bytes_max = HTTP_BODY_BYTES_MAX;
    if (!options->num_connections_max)
        options->num_connections_max = HTTP_NUM_CONNECTIONS_MAX;
    if (!options->idle_timeout_ms)
        options->idle_timeout_ms = HTTP_IDLE_TIMEOUT_MS;
    if (!options->request_timeout_ms)
        options->request_timeout_ms = HTTP_REQUEST_TIMEOUT_MS;
    if (!options->write_timeout_ms)
        options->write_timeout_ms = HTTP_WRITE_TIMEOUT_MS;
    if (!options->stream_queue_bytes_max)
        options->stream_queue_bytes_max = HTTP_STREAM_QUEUE_BYTES_MAX;
    options->listen_address = NULL; /* borrowed by the constructor alone */
    options->allowed_hosts = NULL;
}

static int listen_on(HttpServer *server, const struct sockaddr_storage *address, socklen_t length)
{
    const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
    struct sockaddr_storage bound = {0};
    socklen_t bound_length = sizeof bound;

    errno = 0;
    server->listener = evconnlistener_new_bind(server->shared.base, on_accept, server, flags, -1,
                                               (const struct sockaddr *)address, (int)length);
    if (!server->listener)
        return errno ? -errno : -ENOMEM;
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    if (getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&bound, &bound_length) < 0)
        return -errno;
    server->port = ntohs(bound.ss_family == AF_INET ? ((struct sockaddr_in *)&bound)->sin_port
                                                    : ((struct sockaddr_in6 *)&bound)->sin6_port);
    return 0;
}

static void cleanup_server(HttpServer **server)
{
    (void)http_server_free(*server);
}

int http_server_new(struct event_base *base, const HttpServerOptions *options, HttpServer **ret)
{
    CLEANUP(cleanup_server) HttpServer *server = NULL;
    struct sockaddr_storage address;
    socklen_t length;
    int result = host_parse_address(options->listen_address, &address, &length);

    if (result < 0)
        return result;
    if (!options->is_remote_allowed && !host_is_loopback(&address))
        return -EPERM;

    server = calloc(1, sizeof *server);
    if (!server)
        return -ENOMEM;
    server->shared.base = base;
    server->shared.options = *options;
    LIST_INIT(&server->shared.connections);
    result = host_guard_init(&server->shared.guard, &address, options->allowed_hosts);
    if (result < 0)
        return result;
    fill_defaults(&server->shared.options);
    server->accept_pause = evtimer_new(base, on_pause_over, server);
    if (!server->accept_pause)
        return -ENOMEM;
    result = listen_on(server, &address, length);
    if (result < 0)
        return result;
    *ret = TAKE(server);
    return 0;
}

HttpServer *http_server_free(HttpServer *server)
{
    HttpConnection *connection;

    if (!server)
        return NULL;
    while ((connection = LIST_FIRST(&server->shared.connections)))
        http_connection_free(connection);
    if (server->listener)
        evconnlistener_free(server->listener);
    if (server->accept_pause)
        event_free(server->accept_pause);
    host_guard_deinit(&server->shared.guard);
    free(server);
    return NULL;
}

uint16_t http_server_port(const HttpServer *server)
{
    return server->port;
}

const HttpServerStats *http_server_stats(const HttpServer *server)
{
    return &server->shared.stats;
}
