#include "broker/http/connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "broker/http/chunked.h"
#include "broker/http/head.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

#define READ_AHEAD_BYTES_MAX 65536 /* taken from the socket before the request in hand needs it */
#define DRAIN_TIMEOUT_MS     2000  /* for the peer to read an error before the socket is closed; untuned */

/* HANDLING and STREAMING are those in which the handler holds the request. */
typedef enum ConnectionState {
    STATE_HEAD,     /* waits for a request, or reads its head */
    STATE_BODY,     /* reads the body */
    STATE_HANDLING, /* the handler has not answered yet */
    STATE_STREAM,   /* the answer has begun and lasts */
    STATE_FLUSHING, /* the last bytes are on their way; then the write side is shut */
    STATE_DRAINING, /* reads and forgets until the peer closes: closing over unread bytes would send a reset,
                       which can overtake the answer */
    STATE_CLOSED,   /* to be freed when the callback at hand returns */
} ConnectionState;

struct HttpRequest {
    HttpHead head;
    char *head_text; /* that the head leads into */
    struct evbuffer *body;
    uint64_t body_left; /* without chunks */
    ChunkedDecoder chunked;
    struct evbuffer *answer_headers;
    HttpClosed closed;
    void *closed_context;
};

struct HttpConnection {
    LIST_ENTRY(HttpConnection) entry;
    HttpShared *shared;
    struct bufferevent *socket;
    struct event *deadline;
    ConnectionState state;
    bool is_request_begun; /* the request timeout runs, not the idle one */
    bool is_peer_done;     /* it has shut its write side */
    bool is_last;          /* the connection ends with the answer at hand */
    bool is_in_callback;   /* the callback frees, not the function that closes */
    bool is_stream_broken;
    HttpRequest request;
};

static HttpConnection *connection_of(const HttpRequest *request)
{
    return (HttpConnection *)((const char *)request - offsetof(HttpConnection, request));
}

static struct evbuffer *input_of(HttpConnection *connection)
{
    return bufferevent_get_input(connection->socket);
}

static struct evbuffer *output_of(HttpConnection *connection)
{
    return bufferevent_get_output(connection->socket);
}

/* ---- Life ---- */

static void set_deadline(HttpConnection *connection, unsigned timeout_ms)
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};

    (void)evtimer_add(connection->deadline, &timeout); /* fails only without memory: then nobody waits */
}

static void reset_request(HttpRequest *request)
{
    free(request->head_text);
    request->head_text = NULL;
    request->head.method = NULL;
    (void)evbuffer_drain(request->body, evbuffer_get_length(request->body));
    (void)evbuffer_drain(request->answer_headers, evbuffer_get_length(request->answer_headers));
    request->body_left = 0;
    memset(&request->chunked, 0, sizeof request->chunked);
    request->closed = NULL;
}

static void destroy(HttpConnection *connection)
{
    if (connection->entry.le_prev) {
        LIST_REMOVE(connection, entry);
        connection->shared->stats.num_connections--;
    }
    free(connection->request.head_text);
    if (connection->request.body)
        evbuffer_free(connection->request.body);
    if (connection->request.answer_headers)
        evbuffer_free(connection->request.answer_headers);
    if (connection->deadline)
        event_free(connection->deadline);
    if (connection->socket)
        bufferevent_free(connection->socket);
    free(connection);
}

/* Tells the handler, where it holds the request; the connection is freed by leave_callback(). */
static void close_connection(HttpConnection *connection)
{
    bool is_held = connection->state == STATE_HANDLING || connection->state == STATE_STREAM;
    HttpClosed closed = connection->request.closed;

    connection->state = STATE_CLOSED;
    if (is_held && closed)
        closed(connection->request.closed_context, &connection->request);
}

/* Every entry from the loop is between these two; the functions of the handler may run outside of them. */
static void enter_callback(HttpConnection *connection)
{
    connection->is_in_callback = true;
}

static void leave_callback(HttpConnection *connection)
{
    connection->is_in_callback = false;
    if (connection->state == STATE_CLOSED)
        destroy(connection);
}

/* Lets the loop come back to a connection that was changed outside of its callbacks. */
static void come_back(HttpConnection *connection)
{
    bufferevent_trigger(connection->socket, EV_WRITE, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* ---- Answers ---- */

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {100, "Continue"},
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {417, "Expectation Failed"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* The body of a status that has none must not be announced either (RFC 9110, 8.6). */
static bool has_body(int status)
{
    return status != 204 && status != 304;
}

/* A server with a clock says what time it is (RFC 9110, 6.6.1); in English whatever the locale. */
static void add_date(struct evbuffer *output)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(clock_unix_us() / US_PER_S);
    struct tm at;

    if (!gmtime_r(&now, &at))
        return;
    (void)evbuffer_add_printf(output, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[at.tm_wday],
                              at.tm_mday, months[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min,
                              at.tm_sec);
}

static void begin_answer(HttpConnection *connection, int status, const char *content_type)
{
    struct evbuffer *output = output_of(connection);

    /* Appending fails only without memory; then the answer is cut, and the peer sees a broken connection. */
    (void)evbuffer_add_printf(output, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
    add_date(output);
    if (content_type && has_body(status))
        (void)evbuffer_add_printf(output, "Content-Type: %s\r\n", content_type);
    (void)evbuffer_add_buffer(output, connection->request.answer_headers);
    if (connection->is_last)
        (void)evbuffer_add_printf(output, "Connection: close\r\n");
    else if (connection->request.head.minor_version == 0)
        (void)evbuffer_add_printf(output, "Connection: keep-alive\r\n");
}

/* After the whole answer is in the output. */
static void finish_answer(HttpConnection *connection)
{
    reset_request(&connection->request);
    connection->is_request_begun = false;
    if (connection->is_last) {
        connection->state = STATE_FLUSHING;
        (void)evtimer_del(connection->deadline); /* the write timeout takes over */
    } else {
        connection->state = STATE_HEAD;
        set_deadline(connection, connection->shared->options.idle_timeout_ms);
    }
    if (!connection->is_in_callback)
        come_back(connection);
}

static void release_body(const void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    free(context);
}

void http_request_reply_owned(HttpRequest *request, int status, const char *content_type, char *body,
                              size_t length)
{
    HttpConnection *connection = connection_of(request);
    AUTO_FREE char *owned = body;
    bool is_head = request->head.method && strcmp(request->head.method, "HEAD") == 0;

    begin_answer(connection, status, content_type);
    if (has_body(status))
        (void)evbuffer_add_printf(output_of(connection), "Content-Length: %zu\r\n", length);
    (void)evbuffer_add(output_of(connection), "\r\n", 2);
    if (has_body(status) && !is_head && length > 0 &&
        evbuffer_add_reference(output_of(connection), owned, length, release_body, owned) == 0)
        owned = NULL;
    finish_answer(connection);
}

void http_request_reply(HttpRequest *request, int status, const char *content_type, const char *body,
                        size_t length)
{
    char *copy = length > 0 ? malloc(length) : NULL;

    if (length > 0 && !copy) {
        http_request_reply_owned(request, 500, NULL, NULL, 0);
        return;
    }
    if (copy)
        memcpy(copy, body, length);
    http_request_reply_owned(request, status, content_type, copy, length);
}

void http_request_reply_error(HttpRequest *request, int status, const char *text)
{
    AUTO_JSON json_t *string = json_string(text);
    AUTO_FREE char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    char *body = NULL;
    int length =
        asprintf(&body, "{\n  \"error\" : %s\n}\n", quoted ? quoted : "\"An internal error occurred\"");

    if (length < 0) {
        http_request_reply_owned(request, status, NULL, NULL, 0);
        return;
    }
    http_request_reply_owned(request, status, "application/json; charset=utf-8", body, (size_t)length);
}

/* An answer of this layer, to a request that the handler never sees; the rest of the input is not trusted. */
static void refuse(HttpConnection *connection, int status, const char *text)
{
    connection->shared->stats.num_bad_requests++;
    connection->is_last = true;
    http_request_reply_error(&connection->request, status, text);
}

void http_request_add_header(HttpRequest *request, const char *name, const char *value)
{
    (void)evbuffer_add_printf(request->answer_headers, "%s: %s\r\n", name, value); /* as in begin_answer() */
}

/* ---- Streams ---- */

void http_request_on_closed(HttpRequest *request, HttpClosed closed, void *context)
{
    request->closed = closed;
    request->closed_context = context;
}

void http_request_begin_stream(HttpRequest *request, int status, const char *content_type)
{
    HttpConnection *connection = connection_of(request);

    connection->is_last = true;
    begin_answer(connection, status, content_type);
    (void)evbuffer_add(output_of(connection), "\r\n", 2);
    connection->state = STATE_STREAM;
    (void)evtimer_del(connection->deadline);
    if (connection->is_peer_done) /* nobody would tell us again that it has gone */
        connection->is_stream_broken = true;
    if (!connection->is_in_callback)
        come_back(connection);
}

int http_request_send(HttpRequest *request, const void *data, size_t length)
{
    HttpConnection *connection = connection_of(request);

    if (connection->is_stream_broken)
        return -ENOBUFS;
    if (evbuffer_get_length(output_of(connection)) > connection->shared->options.stream_queue_bytes_max) {
        connection->shared->stats.num_slow_readers++;
        connection->is_stream_broken = true;
    } else if (evbuffer_add(output_of(connection), data, length) != 0) {
        connection->is_stream_broken = true;
    }
    if (!connection->is_stream_broken)
        return 0;
    come_back(connection);
    return -ENOBUFS;
}

void http_request_end_stream(HttpRequest *request)
{
    HttpConnection *connection = connection_of(request);

    if (connection->is_stream_broken) /* the write side is dead: there is nothing to flush */
        connection->state = STATE_CLOSED;
    else
        finish_answer(connection);
    if (!connection->is_in_callback)
        come_back(connection);
}

/* ---- Reading ---- */

static bool is_foreign(HttpConnection *connection)
{
    const HttpHead *head = &connection->request.head;
    const char *host = head->authority ? head->authority : http_head_get(head, "Host");
    const char *origin = http_head_get(head, "Origin");

    if (host && !host_guard_allows_host(&connection->shared->guard, host))
        return true;
    return origin && !host_guard_allows_origin(&connection->shared->guard, origin);
}

static void refuse_head(HttpConnection *connection, int status)
{
    static const char *const texts[] = {
        "Malformed request.",
        "This expectation is not supported.",
        "The head of the request is too large.",
        "This transfer encoding is not supported.",
        "This version of HTTP is not supported.",
    };

    refuse(connection, status,
           texts[status == 417   ? 1
                 : status == 431 ? 2
                 : status == 501 ? 3
                 : status == 505 ? 4
                                 : 0]);
}

/* The head has been read: decides about the body. */
static void accept_head(HttpConnection *connection)
{
    HttpRequest *request = &connection->request;

    connection->is_last = !request->head.is_keep_alive || connection->is_peer_done;
    if (is_foreign(connection)) {
        connection->shared->stats.num_foreign++;
        connection->is_last = true; /* its body is not read */
        http_request_reply_error(request, 403, "This host or origin is not allowed here.");
        return;
    }
    if (request->head.content_length > connection->shared->options.body_bytes_max) {
        refuse(connection, 413, "Payload is too large");
        return;
    }
    request->body_left = request->head.content_length;
    connection->state = STATE_BODY;
    if (request->head.is_continue_expected && (request->body_left > 0 || request->head.is_chunked))
        (void)evbuffer_add_printf(output_of(connection), "HTTP/1.1 100 %s\r\n\r\n", reason_of(100));
}

/* The length of the head at the beginning of the input, its blank line included; 0 if it is not whole. */
static size_t find_head(struct evbuffer *input)
{
    struct evbuffer_ptr end = evbuffer_search(input, "\n\r\n", 3, NULL);
    struct evbuffer_ptr bare_end = evbuffer_search(input, "\n\n", 2, NULL);

    if (bare_end.pos >= 0 && (end.pos < 0 || bare_end.pos < end.pos))
        return (size_t)bare_end.pos + 2;
    return end.pos >= 0 ? (size_t)end.pos + 3 : 0;
}

/* Empty lines before a request are forgiven (RFC 9112, 2.2). */
static void skip_empty_lines(struct evbuffer *input)
{
    char byte;

    while (evbuffer_copyout(input, &byte, 1) == 1 && (byte == '\r' || byte == '\n'))
        (void)evbuffer_drain(input, 1);
}

/* Each read_*() returns whether there may be more to do. */
static bool read_head(HttpConnection *connection)
{
    struct evbuffer *input = input_of(connection);
    HttpRequest *request = &connection->request;
    size_t length;
    int status;

    skip_empty_lines(input);
    if (evbuffer_get_length(input) == 0)
        return false;
    if (!connection->is_request_begun) {
        connection->is_request_begun = true;
        set_deadline(connection, connection->shared->options.request_timeout_ms);
    }
    length = find_head(input);
    if (length > connection->shared->options.head_bytes_max ||
        (length == 0 && evbuffer_get_length(input) >= connection->shared->options.head_bytes_max)) {
        refuse_head(connection, 431);
        return true;
    }
    if (length == 0)
        return false;

    request->head_text = malloc(length + 1);
    if (!request->head_text) {
        close_connection(connection);
        return false;
    }
    (void)evbuffer_remove(input, request->head_text, length); /* it is there */
    status = http_head_parse(request->head_text, length, &request->head);
    if (status != 0)
        refuse_head(connection, status);
    else
        accept_head(connection);
    return true;
}

static void hand_over(HttpConnection *connection)
{
    connection->state = STATE_HANDLING;
    (void)evtimer_del(connection->deadline);
    connection->shared->stats.num_requests++;
    connection->shared->options.handler(connection->shared->options.context, &connection->request);
}

static bool read_chunks(HttpConnection *connection)
{
    struct evbuffer *input = input_of(connection);
    HttpRequest *request = &connection->request;

    while (request->chunked.state != CHUNKED_DONE && evbuffer_get_length(input) > 0) {
        struct evbuffer_iovec extent;
        const char *data;
        size_t data_length;
        long consumed;

        (void)evbuffer_peek(input, -1, NULL, &extent, 1); /* the input is not empty */
        consumed = chunked_step(&request->chunked, extent.iov_base, extent.iov_len, &data, &data_length);
        if (consumed < 0) {
            refuse_head(connection, 400);
            return true;
        }
        if (evbuffer_get_length(request->body) + data_length > connection->shared->options.body_bytes_max) {
            refuse(connection, 413, "Payload is too large");
            return true;
        }
        if (data_length > 0 && evbuffer_add(request->body, data, data_length) != 0) {
            close_connection(connection);
            return false;
        }
        (void)evbuffer_drain(input, (size_t)consumed);
    }
    if (request->chunked.state != CHUNKED_DONE)
        return false;
    hand_over(connection);
    return true;
}

static bool read_body(HttpConnection *connection)
{
    struct evbuffer *input = input_of(connection);
    HttpRequest *request = &connection->request;
    size_t available = evbuffer_get_length(input);
    size_t take = available < request->body_left ? available : (size_t)request->body_left;

    if (request->head.is_chunked)
        return read_chunks(connection);
    if (take > 0 && evbuffer_remove_buffer(input, request->body, take) < 0) {
        close_connection(connection);
        return false;
    }
    request->body_left -= take;
    if (request->body_left > 0)
        return false;
    hand_over(connection);
    return true;
}

/* Shuts the write side once everything is out. */
static bool flush(HttpConnection *connection)
{
    if (evbuffer_get_length(output_of(connection)) > 0)
        return false;
    if (connection->is_peer_done) {
        close_connection(connection);
        return false;
    }
    (void)shutdown(bufferevent_getfd(connection->socket),
                   SHUT_WR); /* if it fails, the peer is gone already */
    connection->state = STATE_DRAINING;
    set_deadline(connection, DRAIN_TIMEOUT_MS);
    return true;
}

static void discard_input(HttpConnection *connection)
{
    (void)evbuffer_drain(input_of(connection), evbuffer_get_length(input_of(connection)));
}

/* Does one thing; returns whether there may be more. */
static bool step(HttpConnection *connection)
{
    switch (connection->state) {
    case STATE_HEAD:
        /* The next request waits until the answer to the one before is out: answers do not pile up, and one
           peer that sends many requests at once gets one turn like everybody. */
        return evbuffer_get_length(output_of(connection)) == 0 && read_head(connection);
    case STATE_BODY:
        return read_body(connection);
    case STATE_HANDLING:
        return false;
    case STATE_STREAM:
        discard_input(connection);
        if (connection->is_stream_broken)
            close_connection(connection);
        return false;
    case STATE_FLUSHING:
        return flush(connection);
    case STATE_DRAINING:
        discard_input(connection);
        return false;
    case STATE_CLOSED:
        return false;
    }
    return false;
}

static void run(HttpConnection *connection)
{
    while (step(connection))
        ;
    if (connection->state == STATE_HEAD && connection->is_peer_done && !connection->is_request_begun &&
        evbuffer_get_length(output_of(connection)) == 0 && evbuffer_get_length(input_of(connection)) == 0)
        close_connection(connection);
}

/* ---- What the loop calls ---- */

static void on_read(struct bufferevent *socket, void *context)
{
    HttpConnection *connection = context;

    (void)socket;
    enter_callback(connection);
    run(connection);
    leave_callback(connection);
}

/* The output is empty, or come_back() was called. */
static void on_write(struct bufferevent *socket, void *context)
{
    on_read(socket, context);
}

/* The peer will send no more. What it has sent whole is still answered. */
static void on_peer_done(HttpConnection *connection)
{
    connection->is_peer_done = true;
    run(connection);
    switch (connection->state) {
    case STATE_HANDLING:
        connection->is_last = true;
        break;
    case STATE_FLUSHING:
        break;
    case STATE_HEAD:
        if (evbuffer_get_length(output_of(connection)) == 0)
            close_connection(connection);
        break;
    default:
        close_connection(connection);
    }
}

static void on_event(struct bufferevent *socket, short events, void *context)
{
    HttpConnection *connection = context;

    (void)socket;
    enter_callback(connection);
    if (events & BEV_EVENT_EOF) {
        on_peer_done(connection);
    } else {
        if ((events & BEV_EVENT_TIMEOUT) && (events & BEV_EVENT_WRITING))
            connection->shared->stats.num_slow_readers++;
        close_connection(connection);
    }
    leave_callback(connection);
}

static void on_deadline(evutil_socket_t fd, short events, void *context)
{
    HttpConnection *connection = context;

    (void)fd;
    (void)events;
    enter_callback(connection);
    if (connection->state != STATE_DRAINING)
        connection->shared->stats.num_timeouts++;
    if (connection->is_request_begun &&
        (connection->state == STATE_HEAD || connection->state == STATE_BODY)) {
        refuse(connection, 408, "The request took too long.");
        run(connection);
    } else {
        close_connection(connection);
    }
    leave_callback(connection);
}

/* Takes @fd over, also on failure. NULL without memory. */
static HttpConnection *create(HttpShared *shared, int fd)
{
    HttpConnection *connection = calloc(1, sizeof *connection);
    const int yes = 1;
    struct timeval write_timeout = {.tv_sec = shared->options.write_timeout_ms / 1000,
                                    .tv_usec = (shared->options.write_timeout_ms % 1000) * 1000};

    if (!connection) {
        (void)close(fd); /* Linux: gone whatever close() says */
        return NULL;
    }
    connection->shared = shared;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* an event of a stream must not wait */
    connection->request.body = evbuffer_new();
    connection->request.answer_headers = evbuffer_new();
    connection->deadline = evtimer_new(shared->base, on_deadline, connection);
    connection->socket = bufferevent_socket_new(shared->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!connection->socket)
        (void)close(fd); /* as above */
    if (!connection->request.body || !connection->request.answer_headers || !connection->deadline ||
        !connection->socket) {
        destroy(connection);
        return NULL;
    }
    LIST_INSERT_HEAD(&shared->connections, connection, entry);
    shared->stats.num_connections++;
    bufferevent_setcb(connection->socket, on_read, on_write, on_event, connection);
    bufferevent_setwatermark(connection->socket, EV_READ, 0, READ_AHEAD_BYTES_MAX);
    (void)bufferevent_set_timeouts(connection->socket, NULL, &write_timeout);
    (void)bufferevent_enable(connection->socket, EV_READ | EV_WRITE);
    set_deadline(connection, shared->options.idle_timeout_ms);
    return connection;
}

int http_connection_new(HttpShared *shared, int fd)
{
    return create(shared, fd) ? 0 : -ENOMEM;
}

int http_connection_refuse(HttpShared *shared, int fd, int status, const char *text)
{
    HttpConnection *connection = create(shared, fd);

    if (!connection)
        return -ENOMEM;
    connection->is_last = true;
    http_request_reply_error(&connection->request, status, text);
    return 0;
}

void http_connection_free(HttpConnection *connection)
{
    connection->is_in_callback = true; /* an HttpClosed that ends its stream does not come back here */
    if (connection->state != STATE_CLOSED)
        close_connection(connection);
    destroy(connection);
}

/* ---- The request ---- */

const char *http_request_method(const HttpRequest *request)
{
    return request->head.method;
}

const char *http_request_path(const HttpRequest *request)
{
    return request->head.path;
}

const char *http_request_query(const HttpRequest *request)
{
    return request->head.query;
}

const char *http_request_header(const HttpRequest *request, const char *name)
{
    return http_head_get(&request->head, name);
}

const char *http_request_body(const HttpRequest *request, size_t *ret_length)
{
    *ret_length = evbuffer_get_length(request->body);
    return *ret_length > 0 ? (const char *)evbuffer_pullup(request->body, -1) : NULL;
}
