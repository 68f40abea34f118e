/* One call of an HttpClient: what was asked, its easy handle of libcurl, and what has come. For client.c. */
#pragma once

#include <curl/curl.h>
#include <sys/queue.h>

#include "broker/http/client.h"
#include "broker/http/multi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HttpBytes {
    char *text; /* terminated, once something was added */
    size_t length;
    size_t capacity;
} HttpBytes;

typedef struct HttpGate HttpGate;

struct HttpCall {
    LIST_ENTRY(HttpCall) next;
    TAILQ_ENTRY(HttpCall) next_fresh;
    TAILQ_ENTRY(HttpCall) next_waiting; /* at its gate */
    HttpGate *gate;                     /* NULL: it is at none */
    uint64_t number;                    /* in the order of their begin */
    bool is_connected;                  /* this hop has a connection */
    HttpClient *client;
    Multi *multi; /* that has it; NULL: none */
    CURL *easy;
    struct curl_slist *headers;
    char *url; /* of this hop */
    bool is_https;
    char *token;
    char *body;
    size_t body_length;
    size_t body_bytes_max;
    HttpBytes received;
    unsigned num_hops;
    int fault; /* why it was given up from here; 0: it was not */
    bool is_plain_allowed;
    bool is_direct;
    bool is_secret;
    bool is_fresh;     /* among the client's fresh ones */
    bool is_busy;      /* one of its callbacks runs */
    bool is_cancelled; /* meanwhile */
    HttpRedirect (*on_redirect)(void *context, const char *url);
    void (*on_bytes)(void *context, const char *bytes, size_t length);
    void (*on_done)(void *context, const HttpAnswer *answer);
    void *context;
    void (*has_bytes)(HttpCall *call);
    HttpClientStats *stats;
    char error[CURL_ERROR_SIZE];
    char problem[CURL_ERROR_SIZE + 300];
};

/* What all calls of a client have in common; borrowed, @stats and @has_bytes for the call's life. */
typedef struct CallSettings {
    const char *user_agent;
    const char *ca_file;
    void (*has_bytes)(HttpCall *call); /* from within libcurl: there is something for on_bytes */
    HttpClientStats *stats;
} CallSettings;

/* call_new() - consumes the body of @request, also on failure. The caller owns *ret. Results as
 * http_client_call(). */
int call_new(const HttpCallRequest *request, const CallSettings *settings, HttpCall **ret);

/* call_free() - its easy handle must be in no multi. */
void call_free(HttpCall *call);

/* call_is_redirected() - its answer is a redirect, and its request has a word on these. */
bool call_is_redirected(const HttpCall *call);

/* call_follow() - prepares the next hop. 0, -ELOOP, -EACCES, -EINVAL or -ENOMEM. */
int call_follow(HttpCall *call);

/* call_make_answer() - *ret borrows from @call. */
void call_make_answer(HttpCall *call, CURLcode code, HttpAnswer *ret);

/* call_is_unconnected() - no connection could be had, for a reason that is everybody's. */
bool call_is_unconnected(const HttpCall *call, CURLcode code);

/* call_origin_length() - of the scheme, host and port in an URL. */
size_t call_origin_length(const char *url);

void http_bytes_deinit(HttpBytes *bytes);

#ifdef __cplusplus
}
#endif
