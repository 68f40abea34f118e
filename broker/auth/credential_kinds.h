/* The kinds of credential files, each with its fields; for the files of this folder. */
#pragma once

#include "broker/auth/credential_fields.h"
#include "broker/util/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One object of the file. */
typedef struct CredentialReader {
    const json_t *object;
    const char *origin;
    const char *prefix; /* of its fields' names: "source_credentials." */
    CredentialUse use;
    TextBuffer *error;
} CredentialReader;

/* credential_read_kind() - a credential from the object, whatever its type; as credential_parse(), with the
 * sentence in the reader's error, and without an identity. */
int credential_read_kind(const CredentialReader *reader, Credential **ret);

#ifdef __cplusplus
}
#endif
