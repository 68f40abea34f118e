/* One connection of an HttpServer: reads requests one after another, hands each to the handler, writes the
 * answer. Internal to broker/http/; loop thread only. */
#pragma once

#include <event2/event.h>
#include <sys/queue.h>

#include "broker/http/host.h"
#include "broker/http/server.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HttpConnection HttpConnection;

/* What the connections of one server share; owned by the server. */
typedef struct HttpShared {
    struct event_base *base;
    HttpServerOptions options; /* defaults filled in; its pointers other than the context are not kept */
    HostGuard guard;
    HttpServerStats stats;
    LIST_HEAD(HttpConnectionList, HttpConnection) connections;
} HttpShared;

/* http_connection_new() - serves @fd, which it owns, also on failure. Puts itself into shared->connections,
 * and out of them when it frees itself. Returns 0 or -ENOMEM. */
int http_connection_new(HttpShared *shared, int fd);

/* http_connection_refuse() - the same, but answers at once with an error, whatever the peer asks. */
int http_connection_refuse(HttpShared *shared, int fd, int status, const char *text);

/* http_connection_free() - at once, with HttpClosed where a request is under way. Only from
 * http_server_free(). */
void http_connection_free(HttpConnection *connection);

#ifdef __cplusplus
}
#endif
