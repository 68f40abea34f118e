/* What a credential file says, checked. The kinds are those of Google's libraries. Nothing here touches the
 * network.
 *
 * What is secret is wiped when it is freed: the text that it was read from, the tree that the JSON became,
 * the copies in the Credential. An error names the file and the field, never a value. Any thread; one owner.
 */
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

/* Who named the file, and so how far it is trusted. */
typedef enum CredentialUse {
    CREDENTIAL_OF_BROKER,
    /* A service account's alone, whose tokens come from Google: a file may name paths to read and addresses
     * to ask, which the broker does not do on an app's word. */
    CREDENTIAL_OF_APP,
} CredentialUse;

typedef struct Credential Credential;

/* credential_parse() - the content of a file. @origin is its name for people. Borrows all. The caller owns
 * *ret. Returns 0, -EINVAL (*ret_error is a sentence without its full stop, from malloc()) or -ENOMEM. */
int credential_parse(const char *text, size_t length, const char *origin, CredentialUse use, Credential **ret,
                     char **ret_error);

/* credential_read() - from a file of the broker's own; errors as above. Reads at most
 * CREDENTIAL_FILE_BYTES_MAX; may wait for the disk, so only at the start. */
int credential_read(const char *path, Credential **ret, char **ret_error);

/* credential_read_passed() - from the descriptor that a stub passed: a memfd, sealed against every change, so
 * that reading it never waits and never finds another content. Borrows @fd. Errors as above. */
int credential_read_passed(int fd, Credential **ret, char **ret_error);

/* credential_new_fixed() - for the emulator; @token is copied. NULL when memory is out. */
Credential *credential_new_fixed(const char *token);

/* credential_free() - wipes. NULL is nothing; returns NULL. */
Credential *credential_free(Credential *credential);

/* The following are borrowed until credential_free(). */
CredentialKind credential_kind(const Credential *credential);

/* credential_project_id() - NULL: the file names none. */
const char *credential_project_id(const Credential *credential);

/* credential_name() - kind, account and file, for people: no secrets. */
const char *credential_name(const Credential *credential);

/* credential_identity() - equal for the same content of a file, different for every other, so that nobody
 * gets the tokens of a credential by knowing its name. For keys of maps. */
const char *credential_identity(const Credential *credential);

#ifdef __cplusplus
}
#endif
