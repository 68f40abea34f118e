/* What a credential file says, checked; and where the broker finds its own. Nothing here touches the network.
 *
 * The kinds are those of Google's libraries. What is secret in a Credential is wiped when it is freed: the
 * text that it was read from, the tree that the JSON became, and its own copies. Known limits: OpenSSL and
 * libcurl keep copies of their own while they work, which they clear (keys) or free (headers) themselves, and
 * pages may be swapped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CREDENTIAL_FILE_BYTES_MAX (64 * 1024) /* a service account's has 2.4 KiB */

typedef enum CredentialKind {
    CREDENTIAL_SERVICE_ACCOUNT,
    CREDENTIAL_AUTHORIZED_USER,
    CREDENTIAL_EXTERNAL_ACCOUNT,
    CREDENTIAL_IMPERSONATED,
    CREDENTIAL_METADATA, /* no file: the metadata server of Google's machines */
    CREDENTIAL_FIXED,    /* no file: a token that is no secret, "owner" of the database emulator */
} CredentialKind;

typedef struct Credential Credential;

/* credential_free() - wipes. NULL is nothing; returns NULL. */
Credential *credential_free(Credential *credential);

#ifdef __cplusplus
}
#endif
