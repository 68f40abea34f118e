/* How a credential becomes a token: the calls to make, one after the other, and what their answers mean. Pure
 * but for randomness: calls out, answers in, the time passed in.
 *
 * service_account   assertion (JWT)
 * authorized_user   refresh
 * external_account  subject token (file or URL), exchange (STS), and impersonation if the file says so
 * impersonated      the steps of its source, impersonation
 * metadata server   ping (once), token
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/auth/credential.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a token of the database must allow. */
#define GRANT_SCOPE_EMAIL    "https://www.googleapis.com/auth/userinfo.email"
#define GRANT_SCOPE_DATABASE "https://www.googleapis.com/auth/firebase.database"
#define GRANT_SCOPES         GRANT_SCOPE_EMAIL " " GRANT_SCOPE_DATABASE
/* What a token must allow that is only for impersonation. */
#define GRANT_SCOPE_IAM "https://www.googleapis.com/auth/iam"

#define GRANT_TIMEOUT_MS          30000 /* of one call; untuned (google-auth: 120 s) */
#define GRANT_METADATA_TIMEOUT_MS 3000  /* google-auth's */
#define GRANT_ANSWER_BYTES_MAX    (64 * 1024)
#define GRANT_TOKEN_BYTES_MAX     (16 * 1024)
#define GRANT_LIFETIME_S_MAX      43200 /* IAM's; an answer that says more, or nothing, is not believed */
#define GRANT_LIFETIME_S_UNKNOWN  3600
#define GRANT_SKEW_S              60 /* between two clocks, to be taken for their difference; untuned */
#define GRANT_NUM_HEADERS_MAX     12

typedef enum GrantStep {
    GRANT_ASSERTION,
    GRANT_REFRESH,
    GRANT_SUBJECT_FILE,
    GRANT_SUBJECT_URL,
    GRANT_EXCHANGE,
    GRANT_IMPERSONATION,
    GRANT_PING,
    GRANT_METADATA_TOKEN,
} GrantStep;

enum { GRANT_NUM_STEPS_MAX = 4 };

typedef struct Grant {
    const Credential *credential;
    const Credential *leaf; /* of the steps before the impersonation */
    GrantStep steps[GRANT_NUM_STEPS_MAX];
    unsigned num_steps;
    unsigned step;
    int64_t now_s; /* Unix time */
    char *carried; /* what one step leaves for the next; a secret */
} Grant;

/* One call to make. All of it is secret. */
typedef struct GrantCall {
    const char
        *file; /* not NULL: this file is to be read, and there is no call; borrowed of the credential */
    const char *method;
    char *url;
    const char
        *headers[GRANT_NUM_HEADERS_MAX + 1]; /* end with NULL; those from malloc() are in `owned` as well */
    char *owned[GRANT_NUM_HEADERS_MAX + 1];
    const char *token; /* for Authorization: Bearer, or NULL; borrowed of the grant */
    char *body;        /* or NULL */
    uint64_t timeout_ms;
    bool is_plain; /* http, to another machine */
} GrantCall;

typedef struct GrantAnswer {
    int status;
    const char *body;
    size_t body_length;
    const char *content_type; /* these headers, or NULL */
    const char *date;         /* curl_getdate() reads it */
    const char *metadata_flavor;
} GrantAnswer;

/* What an answer was worth. */
typedef enum GrantResult {
    GRANT_DONE,    /* there is a token */
    GRANT_NEXT,    /* grant_call() has another call */
    GRANT_LATER,   /* the other side has a fault that passes */
    GRANT_REFUSED, /* the credential is no good there, until somebody does something */
    GRANT_CLOCK,   /* our clock is wrong: server_time_s is the other's */
    GRANT_NO_MEMORY,
} GrantResult;

typedef struct GrantOutcome {
    char *token;         /* GRANT_DONE: owned, a secret */
    uint64_t lifetime_s; /* of it, from when the call was made */
    int64_t server_time_s;
    char *problem; /* GRANT_LATER, GRANT_REFUSED, GRANT_CLOCK: a sentence for people without its full stop and
                      without secrets; owned; NULL: memory is out */
} GrantOutcome;

/* grant_init() - borrows @credential until grant_deinit(). @now_s: Unix time, as exactly as it is known.
 * @is_known_place: the metadata server has been found before. */
void grant_init(Grant *self, const Credential *credential, int64_t now_s, bool is_known_place);
void grant_deinit(Grant *self);

/* grant_call() - the next call. The caller deinits *ret. 0, -ENOMEM, or -EIO: the key does not sign. */
int grant_call(const Grant *self, GrantCall *ret);
void grant_call_deinit(GrantCall *call);

/* grant_answer() - to the last call; of a file, an answer with status 200 and its content. The caller deinits
 * *ret. */
GrantResult grant_answer(Grant *self, const GrantAnswer *answer, GrantOutcome *ret);
void grant_outcome_deinit(GrantOutcome *outcome);

#ifdef __cplusplus
}
#endif
