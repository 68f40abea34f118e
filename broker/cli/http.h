/* One HTTP exchange at a time over libcurl: a request, the redirects it meets, an answer. Nothing is
 * retried here. Every exchange ends: by its answer, or by one of the limits below. */
#pragma once

#include <stdbool.h>

#include "broker/cli/database_url.h"
#include "broker/cli/text.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HTTP_SILENCE_MAX_S    10  /* to connect, and without a byte after that; as the original */
#define HTTP_EXCHANGE_MAX_S   300 /* the whole of it; untuned */
#define HTTP_ANSWER_BYTES_MAX (256u * 1024 * 1024) /* the most that Firebase sends in one answer */
#define HTTP_REDIRECTS_MAX    5                    /* untuned; one is what the service is known for */

typedef struct Http Http;

typedef struct HttpRequest {
    const char *method;
    const char *path;  /* "/cdbg/debuggees.json", percent-encoded */
    const char *query; /* "shallow=true", or "" */
    const char *body;  /* JSON, or NULL */
    bool if_absent;    /* write only where nothing is yet; 412 if something is */
} HttpRequest;

typedef struct HttpAnswer {
    long status;
    Text body;
} HttpAnswer;

/* http_new() - for one server. Borrows @url and @token (NULL: none is sent) until http_free().
 * @silence_max_s is HTTP_SILENCE_MAX_S but for tests. The caller owns *ret_http. Returns 0 or a negative
 * errno. */
int http_new(const DatabaseUrl *url, const char *token, long silence_max_s, Http **ret_http);

/* http_free() - returns NULL. */
Http *http_free(Http *http);

/* http_exchange() - sends and waits for the answer. Redirects are followed for every method; the token
 * goes along only to the same server and to Firebase's hosts over https. Returns 0 with the answer,
 * whatever its status (deinit its body), or a negative errno with a sentence in http_problem():
 * -ECONNREFUSED and -EHOSTUNREACH if there was no connection, -ETIMEDOUT, -EIO for the rest. */
int http_exchange(Http *http, const HttpRequest *request, HttpAnswer *ret_answer);

/* http_problem() - why the last exchange failed, one line without control characters. Borrowed until the
 * next. */
const char *http_problem(const Http *http);

#ifdef __cplusplus
}
#endif
