/* HTTP calls to other machines: libcurl's multi interface on the libevent loop. Over https a server is spoken
 * to in HTTP/2 if it can, and all calls to it share one connection, streams of events included.
 *
 * TLS certificates are always verified. http:// is for loopback, and for what a request says is plain on
 * purpose (a metadata server). Nothing blocks: names are resolved in a thread. Nothing is retried here, and
 * redirects are followed only as the request says. Loop thread only.
 *
 * No callback comes from within http_client_call() or http_call_cancel(). Callbacks come from the loop and
 * may call any function of this header but http_client_free(). */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HTTP_CALL_CONNECT_MS      10000         /* to resolve, connect and shake hands; as the original */
#define HTTP_CALL_BYTES_MAX       (1024 * 1024) /* of an answer's body, if the request says nothing; untuned */
#define HTTP_CALL_NUM_HOPS_MAX    5             /* redirects in a row; one is what the service is known for */
#define HTTP_CALL_NUM_HEADERS_MAX 16

typedef struct HttpClient HttpClient;
typedef struct HttpCall HttpCall;

/* All pointers are borrowed during http_client_new() only, @base until http_client_free(). */
typedef struct HttpClientOptions {
    struct event_base *base;
    const char *user_agent;
    const char *ca_file; /* PEM, whose certificates are trusted in place of the system's; NULL or "": the
                            system's */
} HttpClientOptions;

/* What a request says about one redirect. */
typedef enum HttpRedirect {
    HTTP_REDIRECT_REFUSE, /* the call fails with -EACCES */
    HTTP_REDIRECT_FOLLOW, /* without the token */
    HTTP_REDIRECT_FOLLOW_WITH_TOKEN,
} HttpRedirect;

/* How a call ended. Borrowed during the callback, with all that it points to. */
typedef struct HttpAnswer HttpAnswer;
struct HttpAnswer {
    /* 0: there is an answer, whatever its status. Else there is none, or not all of it:
     * -ECONNREFUSED no connection, -EHOSTUNREACH no address for the name, -ETIMEDOUT, -EKEYREJECTED the
     * server's certificate or another fault of TLS, -EMSGSIZE the body is longer than allowed, -ELOOP too
     * many redirects, -EACCES a redirect was refused, -ENOMEM, -EIO all else (cut in the middle, say). */
    int result;
    const char *problem; /* a sentence without a token, a header or a query in it; "" if result is 0 */
    int status;          /* of HTTP; 0 if none came */
    const char *body;    /* terminated; "" where on_bytes took it */
    size_t body_length;
    uint64_t retry_after_s; /* of the header Retry-After, either form; 0: none */
    const HttpCall *call;   /* for http_answer_header() */
};

typedef struct HttpCallRequest {
    const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
    const char *url;
    const char *const
        *headers;      /* "Name: value", HTTP_CALL_NUM_HEADERS_MAX at most, NULL at the end; or NULL */
    const char *token; /* sent as "Authorization: Bearer ..." and wiped from memory after; or NULL */
    char *body;        /* from malloc(), consumed also on failure, and wiped; or NULL */
    size_t body_length;
    uint64_t timeout_ms;   /* for all of it, redirects apart; 0: none, which is for streams */
    size_t body_bytes_max; /* of the answer; 0: HTTP_CALL_BYTES_MAX. Not for what on_bytes takes. */
    bool is_plain_allowed; /* http:// also to hosts that are not loopback */
    bool is_direct;        /* past any proxy */
    bool is_secret;        /* the answer is wiped from memory after on_done */

    /* What to do at a redirect to @url (307 and 308; for GET also 301, 302 and 303). NULL: a redirect is an
     * answer like any other. Never from https to http, whatever it says. */
    HttpRedirect (*on_redirect)(void *context, const char *url);
    /* The body of a 2xx answer, as it comes. NULL: it is collected, for on_done. */
    void (*on_bytes)(void *context, const char *bytes, size_t length);
    /* Once, last; the call is gone when this returns. Not after http_call_cancel(). */
    void (*on_done)(void *context, const HttpAnswer *answer);
    void *context;
} HttpCallRequest;

/* What went over the wire, since http_client_new(). */
typedef struct HttpClientStats {
    uint64_t num_calls;       /* requests sent, hops included */
    uint64_t num_connections; /* opened */
    uint64_t bytes_sent;      /* heads and bodies of HTTP, before their compression and TLS */
    uint64_t bytes_received;
    unsigned num_active; /* calls now */
} HttpClientStats;

/* http_client_check() - whether the libcurl at hand can do what is needed: HTTP/2 (nghttp2), TLS, and names
 * resolved without blocking. Returns 0, or -ENOTSUP with a sentence in @ret_problem. To be called before
 * threads are started. */
int http_client_check(char *ret_problem, size_t size);

/* http_client_new() - the caller owns *ret. 0, -ENOMEM, or a negative errno of reading the file of
 * certificates (-EINVAL: there is none in it). */
int http_client_new(const HttpClientOptions *options, HttpClient **ret);

/* http_client_free() - cancels what is left. NULL is nothing; returns NULL. */
HttpClient *http_client_free(HttpClient *client);

/* http_client_call() - begins a call. All of @request but its body is copied. The call belongs to the client;
 * *ret_call (may be NULL) is for http_call_cancel(), until on_done begins. Returns 0 or a negative errno:
 * -EINVAL for an URL that is none or has a scheme that is not allowed here, -ENOMEM. */
int http_client_call(HttpClient *client, const HttpCallRequest *request, HttpCall **ret_call);

/* http_call_cancel() - ends a call; no callback comes after it. NULL is nothing; returns NULL. */
HttpCall *http_call_cancel(HttpCall *call);

/* http_call_suspect() - the connection of this call seems to be dead: calls from now on use another one, and
 * those that run there keep it. Nothing if that was said of it before. The client does so by itself after a
 * call that timed out. */
void http_call_suspect(HttpCall *call);

void http_client_stats(const HttpClient *client, HttpClientStats *ret);

/* http_answer_header() - the value of a header ("ETag", "Date"; any case), or NULL. Borrowed during the
 * callback. */
const char *http_answer_header(const HttpAnswer *answer, const char *name);

/* http_url_is_loopback() - the host of @url is localhost, 127.x.x.x or [::1]. */
bool http_url_is_loopback(const char *url);

#ifdef __cplusplus
}
#endif
