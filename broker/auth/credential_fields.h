/* What is in a Credential; for the files of this folder. */
#pragma once

#include <jansson.h>
#include <openssl/types.h>

#include "broker/auth/credential.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IMPERSONATION_LIFETIME_S     3600  /* google-auth's */
#define IMPERSONATION_LIFETIME_S_MIN 600   /* google-auth's, of external_account */
#define IMPERSONATION_LIFETIME_S_MAX 43200 /* IAM's */

/* Each text is owned, and NULL where the file has none. */
struct Credential {
    CredentialKind kind;
    char *path; /* where it was read; NULL: it cannot be read again */
    char *name;
    char *identity;
    char *project_id;
    char *quota_project_id;

    /* service_account */
    EVP_PKEY *key;
    char *key_id;
    char *client_email;
    char *token_uri;

    /* authorized_user; the first two also of external_account */
    char *client_id;
    char *client_secret;
    char *refresh_token;
    char *rapt_token;
    char *scopes; /* separated by spaces */

    /* external_account */
    char *audience;
    char *subject_token_type;
    char *token_url;
    char *workforce_project;
    char *subject_file; /* one of these two */
    char *subject_url;
    char **subject_headers; /* "Name: value"; ends with NULL; may be NULL */
    char *subject_field;    /* of a JSON object; NULL: the text is the token */

    /* impersonated_service_account; external_account, if impersonation_url is not NULL */
    char *impersonation_url;
    unsigned impersonation_lifetime_s;
    json_t *delegates;  /* an array, or NULL */
    Credential *source; /* of the first only */

    /* the metadata server */
    char *metadata_host; /* with a port, if it is not 80 */
    char *metadata_ping_host;
    bool is_metadata_certain; /* NO_GCE_CHECK: it is not looked for first */

    char *fixed_token;
};

#ifdef __cplusplus
}
#endif
