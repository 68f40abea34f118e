/* The HTTP/1.1 server that the embedded store and the admin port share: one listener, one handler, limits.
 *
 * It stands on libevent's bufferevents and not on its evhttp: evhttp 2.1 cannot bound its connections, cannot
 * give its own errors a body, does not see that the reader of a stream has gone, and cannot hand a connection
 * over to WebSocket.
 *
 * A request reaches the handler whole (head and body within the limits), after its Host and Origin headers
 * were found to be ours: a foreign one is answered 403, against DNS rebinding and against web pages that talk
 * to local ports. Every error of this layer has the body
 *     {\n  "error" : "<text>"\n}\n
 * Loop thread only; nothing here blocks, and a name is never looked up. The process must ignore SIGPIPE:
 * libevent writes to sockets whose reader may have gone. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HTTP_HEAD_BYTES_MAX         (16 * 1024) /* request line and headers; as large proxies have it */
#define HTTP_BODY_BYTES_MAX         (16 * 1024 * 1024) /* one write of the database SDKs */
#define HTTP_NUM_CONNECTIONS_MAX    256                /* untuned */
#define HTTP_IDLE_TIMEOUT_MS        60000              /* without a request; untuned */
#define HTTP_REQUEST_TIMEOUT_MS     60000              /* first to last byte of one request; untuned */
#define HTTP_WRITE_TIMEOUT_MS       30000              /* a reader that takes no byte; untuned */
#define HTTP_STREAM_QUEUE_BYTES_MAX (4 * 1024 * 1024)  /* unread by one stream's reader; untuned */

typedef struct HttpServer HttpServer;
typedef struct HttpRequest HttpRequest;

/* Called once per request. It answers with http_request_reply*() or http_request_begin_stream(), now or
 * later. */
typedef void (*HttpHandler)(void *context, HttpRequest *request);

/* The peer of a request has gone (or the server is being freed) before the answer or the stream was complete:
 * @request is invalid when this returns. Called from the loop, or from within http_server_free(). */
typedef void (*HttpClosed)(void *context, HttpRequest *request);

/* A zero means the constant above. All pointers are borrowed during http_server_new() only. */
typedef struct HttpServerOptions {
    const char *listen_address; /* "127.0.0.1:9000", "[::1]:0", "localhost:9000"; port 0: any free one */
    bool is_remote_allowed;     /* else an address that is not loopback is refused */
    const char *const
        *allowed_hosts; /* more names for Host and Origin, no port; ends with NULL; may be NULL */
    size_t head_bytes_max;
    size_t body_bytes_max;
    unsigned num_connections_max;
    unsigned idle_timeout_ms;
    unsigned request_timeout_ms;
    unsigned write_timeout_ms;
    size_t stream_queue_bytes_max;
    HttpHandler handler;
    void *context; /* of the handler; must outlive the server */
} HttpServerOptions;

typedef struct HttpServerStats {
    unsigned num_connections;  /* open now */
    uint64_t num_accepted;     /* connections, since the start; so are all that follow */
    uint64_t num_refused;      /* connections past the limit */
    uint64_t num_requests;     /* that reached the handler */
    uint64_t num_bad_requests; /* answered by this layer: malformed, too large, too slow */
    uint64_t num_foreign;      /* 403: foreign Host or Origin */
    uint64_t num_timeouts;     /* idle, or too slow with a request */
    uint64_t num_slow_readers; /* closed because they did not read */
} HttpServerStats;

/* http_server_new() - binds and listens.
 * Returns 0; -EINVAL (@listen_address is not host:port, or its host is not an address or "localhost"); -EPERM
 * (not loopback, and not allowed); what bind() says (-EADDRINUSE, -EACCES, -EADDRNOTAVAIL); -ENOMEM. The
 * caller owns *ret; @base must outlive it. */
int http_server_new(struct event_base *base, const HttpServerOptions *options, HttpServer **ret);

/* http_server_free() - closes the listener and every connection, open streams with their HttpClosed. Not from
 * within a handler or an HttpClosed. NULL is nothing; returns NULL. */
HttpServer *http_server_free(HttpServer *server);

/* http_server_port() - the port that is bound, host byte order. */
uint16_t http_server_port(const HttpServer *server);

const HttpServerStats *http_server_stats(const HttpServer *server);

/* ---- The request. Strings are borrowed until it is answered; those of a stream until it ends. ---- */

/* "GET" and so on, as sent. */
const char *http_request_method(const HttpRequest *request);

/* The path as sent: begins with '/', percent-encoded, without the query. */
const char *http_request_path(const HttpRequest *request);

/* What follows the '?', percent-encoded; "" if there is none. See broker/http/query.h. */
const char *http_request_query(const HttpRequest *request);

/* The value of a header, whatever the case of @name; the first if there are several; NULL if there is none.
 */
const char *http_request_header(const HttpRequest *request, const char *name);

/* The body; not terminated; NULL only where *ret_length is 0. */
const char *http_request_body(const HttpRequest *request, size_t *ret_length);

/* http_request_on_closed() - asks to be told if the peer goes before the answer; for handlers that answer
 * later, and for streams. */
void http_request_on_closed(HttpRequest *request, HttpClosed closed, void *context);

/* ---- The answer. Exactly one of the functions below that end with "the request is gone". ---- */

/* http_request_add_header() - one more header of the answer; before the reply. @value must hold no control
 * character. Content-Length and Connection are added by this layer. */
void http_request_add_header(HttpRequest *request, const char *name, const char *value);

/* http_request_reply() - answers. @content_type may be NULL where there is no body. @body is copied. With
 * status 204 or 304, and for HEAD, no body is sent. The request is gone. */
void http_request_reply(HttpRequest *request, int status, const char *content_type, const char *body,
                        size_t length);

/* http_request_reply_owned() - the same, without a copy: consumes @body, which came from malloc(). The
 * request is gone. */
void http_request_reply_owned(HttpRequest *request, int status, const char *content_type, char *body,
                              size_t length);

/* http_request_reply_error() - answers with the error body above, application/json. Counts nothing. The
 * request is gone. */
void http_request_reply_error(HttpRequest *request, int status, const char *text);

/* http_request_begin_stream() - sends the head of an answer that lasts: its end is the end of the connection,
 * so that its bytes are plain on the wire. Ask for http_request_on_closed() first. */
void http_request_begin_stream(HttpRequest *request, int status, const char *content_type);

/* http_request_send() - appends to a stream; copies. Returns 0, or -ENOBUFS: the reader had left more than
 * stream_queue_bytes_max unread (one piece may be larger), or memory is short. Then nothing more can be sent,
 * and HttpClosed comes from the loop. */
int http_request_send(HttpRequest *request, const void *data, size_t length);

/* http_request_end_stream() - sends what is queued and closes; HttpClosed does not come. The request is
 * gone. */
void http_request_end_stream(HttpRequest *request);

#ifdef __cplusplus
}
#endif
