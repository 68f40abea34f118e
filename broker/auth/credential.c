#include "broker/auth/credential.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "broker/auth/credential_kinds.h"
#include "broker/auth/secret.h"

static void free_list(char **list)
{
    for (char **text = list; text && *text; text++)
        (void)secret_free(*text);
    free(list);
}

Credential *credential_free(Credential *self)
{
    if (!self)
        return NULL;
    {
        char *const texts[] = {
            self->path,
            self->name,
            self->identity,
            self->project_id,
            self->quota_project_id,
            self->key_id,
            self->client_email,
            self->token_uri,
            self->client_id,
            self->client_secret,
            self->refresh_token,
            self->rapt_token,
            self->scopes,
            self->audience,
            self->subject_token_type,
            self->token_url,
            self->workforce_project,
            self->subject_file,
            self->subject_url,
            self->subject_field,
            self->impersonation_url,
            self->metadata_host,
            self->metadata_ping_host,
            self->fixed_token,
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
            (void)secret_free(texts[i]);
    }
    free_list(self->subject_headers);
    EVP_PKEY_free(self->key);
    json_decref(self->delegates);
    self->source = credential_free(self->source);
    free(self);
    return NULL;
}

static void cleanup_credential(Credential **credential)
{
    (void)credential_free(*credential);
}

/* 128 bits of SHA-256 of the file. */
static int identify(const char *text, size_t length, Credential *credential)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * 16 + 1];

    if (EVP_Digest(text, length, digest, NULL, EVP_sha256(), NULL) != 1)
        return -ENOMEM;
    for (size_t i = 0; i < 16; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return asprintf(&credential->identity, "%s #%s", credential->name, hex) < 0 ? -ENOMEM : 0;
}

/* jansson's own words quote the file. It has none if memory is out. */
static int fail_to_parse(const json_error_t *error, const char *origin, TextBuffer *message)
{
    if (!error->text[0])
        return -ENOMEM;
    text_buffer_add_printable(message, origin, strlen(origin));
    text_buffer_printf(message, ": line %d, column %d: %s", error->line, error->column,
                       json_error_code(error) == json_error_duplicate_key ? "a field is there twice"
                                                                          : "it is not valid JSON");
    return -EINVAL;
}

int credential_parse(const char *text, size_t length, const char *origin, CredentialUse use, Credential **ret,
                     char **ret_error)
{
    CLEANUP(cleanup_credential) Credential *credential = NULL;
    AUTO_SECRET_JSON json_t *json = NULL;
    TextBuffer message = {0};
    CredentialReader reader = {.origin = origin, .prefix = "", .use = use, .error = &message};
    json_error_t error;
    int result;

    json = secret_json_load(text, length, &error);
    reader.object = json;
    if (!json) {
        result = fail_to_parse(&error, origin, &message);
    } else if (!json_is_object(json)) {
        text_buffer_add_printable(&message, origin, strlen(origin));
        text_buffer_add_string(&message, ": it is no JSON object");
        result = -EINVAL;
    } else {
        result = credential_read_kind(&reader, &credential);
    }
    OPENSSL_cleanse(&error, sizeof error);
    if (result == 0)
        result = identify(text, length, credential);
    if (result == -EINVAL) {
        *ret_error = text_buffer_take(&message);
        return *ret_error ? -EINVAL : -ENOMEM;
    }
    text_buffer_deinit(&message);
    if (result == 0)
        *ret = TAKE(credential);
    return result;
}

Credential *credential_new_fixed(const char *token)
{
    CLEANUP(cleanup_credential) Credential *credential = calloc(1, sizeof *credential);

    if (!credential)
        return NULL;
    credential->kind = CREDENTIAL_FIXED;
    credential->fixed_token = strdup(token);
    credential->name = strdup("a fixed token");
    credential->identity = strdup("fixed");
    return credential->fixed_token && credential->name && credential->identity ? TAKE(credential) : NULL;
}

CredentialKind credential_kind(const Credential *credential)
{
    return credential->kind;
}

const char *credential_project_id(const Credential *credential)
{
    return credential->project_id;
}

const char *credential_name(const Credential *credential)
{
    return credential->name;
}

const char *credential_identity(const Credential *credential)
{
    return credential->identity;
}
