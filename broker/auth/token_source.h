/* A source of access tokens for one identity: gets them, keeps the newest, and renews it ahead of its end,
 * once for all who ask, with one exchange under way at a time.
 *
 * Its age is counted by the clocks that nobody can turn as well as by the wall clock, and the older age wins:
 * a frozen process, a suspended machine and a clock that is set all make it get a new token, never keep a
 * dead one. A token endpoint that fails is asked again with backoff for as long as the source lives, and
 * those who ask wait meanwhile: there is no failure to handle, only token_source_problem() to show.
 *
 * A credential that the other side refuses is read again from its file before the next attempt: somebody may
 * have changed the key, or logged in.
 *
 * A token goes to the hosts of the backend that it was made for, and is nothing for logs. Loop thread only;
 * never blocks. */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "broker/auth/credential.h"
#include "broker/http/client.h"
#include "broker/util/metrics.h"
#include "broker/util/timers.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TOKEN_RENEWAL_S 300 /* before its end, a token is renewed (Node admin) */
#define TOKEN_SLACK_S   10  /* before its end, a token is not used any more; untuned */
#define TOKEN_EXCHANGE_PAUSE_MS                                                                              \
    1000                           /* from the begin of one exchange to that of the next, at least; untuned */
#define TOKEN_BACKOFF_FIRST_MS 500 /* doubled with each failure, with full jitter; as reconnecting has it */
#define TOKEN_BACKOFF_LAST_MS  60000 /* likewise */
#define TOKEN_BACKOFF_SOON_MS                                                                                \
    4000 /* the most where there was no answer at all: asking is cheap then; untuned */
#define TOKEN_REFUSED_PAUSE_MS                                                                               \
    60000                           /* at least, after an answer that will be the same next time; untuned    \
                                     */
#define TOKEN_RETRY_AFTER_S_MAX 600 /* a Retry-After that is longer is cut; untuned */
#define TOKEN_YOUNG_S           60  /* a token that is refused so soon is followed by backoff; untuned */
#define TOKEN_AGAIN_MS                                                                                       \
    4000 /* the most of that backoff: what refuses all tokens ends, and 5 s later all is well */

typedef struct TokenSource TokenSource;
typedef struct TokenRequest TokenRequest;

/* Embedded in who asks. Zeroed, then token_request_init(). */
struct TokenRequest {
    TAILQ_ENTRY(TokenRequest) next;
    void (*done)(void *context, const char *token);
    void *context;
    TokenSource *source; /* NULL: it does not wait */
    bool is_for_project;
    uint64_t round; /* of serving, in which it came */
};

/* What of broker/http/client.h is used, so that a test can stand in for it. */
typedef struct TokenTransport {
    int (*call)(HttpClient *client, const HttpCallRequest *request, HttpCall **ret_call);
    HttpCall *(*cancel)(HttpCall *call);
    const char *(*header)(const HttpAnswer *answer, const char *name);
} TokenTransport;

/* All pointers are borrowed until token_source_free(). */
typedef struct TokenSourceOptions {
    HttpClient *http;
    Timers *timers;
    Metrics *metrics;
    const TokenTransport *transport; /* NULL: the client's own functions */
} TokenSourceOptions;

/* token_source_new() - asks nothing yet. Consumes @credential, also on failure. The caller owns *ret. 0 or
 * -ENOMEM. */
int token_source_new(const TokenSourceOptions *options, Credential *credential, TokenSource **ret);

/* token_source_free() - requests that wait are forgotten, an exchange under way is given up, and all that is
 * secret is wiped. NULL is nothing; returns NULL. */
TokenSource *token_source_free(TokenSource *source);

/* token_source_peek() - the token, if there is one that is good for a request now; NULL: ask with
 * token_source_get(). Borrowed until the next turn of the loop. */
const char *token_source_peek(TokenSource *source);

void token_request_init(TokenRequest *request, void (*done)(void *context, const char *token), void *context);

/* token_source_get() - `done` is called once with a token, from the loop, never from within this call; the
 * token is borrowed during the call. May be called from within `done`, as all of this header but
 * token_source_free(). A request that waits already goes on waiting. */
void token_source_get(TokenSource *source, TokenRequest *request);

/* token_request_cancel() - `done` will not be called. Also for a request that does not wait. */
void token_request_cancel(TokenRequest *request);

/* token_source_refuse() - the database has refused @token (401, auth_revoked): the next request waits for a
 * new one. Once per token: who was slower, and had the one before, changes nothing; and a source whose new
 * tokens are refused as well renews them with backoff. */
void token_source_refuse(TokenSource *source, const char *token);

/* token_source_project_id() - the project of the credentials, where their file names one or it has been asked
 * for; NULL: it is not known. Borrowed until the next turn of the loop. */
const char *token_source_project_id(const TokenSource *source);

/* token_source_can_tell_project() - whether token_source_get_project_id() will come to an end: the file names
 * a project or its number, or there is a metadata server to ask. */
bool token_source_can_tell_project(const TokenSource *source);

/* token_source_get_project_id() - as token_source_get(), for the project's id instead of a token: from the
 * file, else from the metadata server, else by the project's number. Waits for as long as it takes. */
void token_source_get_project_id(TokenSource *source, TokenRequest *request);

/* token_source_quota_project() - for the header x-goog-user-project of requests with the token; NULL: none.
 * Borrowed until token_source_free(). */
const char *token_source_quota_project(const TokenSource *source);

/* token_source_problem() - why there is no token, for people and without secrets; NULL: nothing is wrong.
 * Borrowed until the next turn of the loop. */
const char *token_source_problem(const TokenSource *source);

/* token_source_is_refused() - the credential itself was refused, as one whose key was deleted is, and no
 * token has come since. */
bool token_source_is_refused(const TokenSource *source);

/* token_source_name() - kind, account and file, for people. Borrowed until the next turn of the loop. */
const char *token_source_name(const TokenSource *source);

#ifdef __cplusplus
}
#endif
