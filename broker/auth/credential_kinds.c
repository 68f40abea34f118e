#include "broker/auth/credential_kinds.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "broker/auth/endpoint.h"
#include "broker/auth/jwt.h"
#include "broker/auth/secret.h"

typedef CredentialReader Reader;

static void cleanup_credential(Credential **credential)
{
    (void)credential_free(*credential);
}

/* ------------------------------------------------------------------------------------------- reading */

/* What a field may be. */
enum {
    OPTIONAL = 1 << 0,
    IS_URL = 1 << 1,
    MANY_LINES = 1 << 2,
    IS_SOURCE_URL =
        1 << 3, /* as IS_URL, and http also to link-local addresses, where clouds have their agents */
};

typedef struct Field {
    const char *name;
    size_t offset; /* of the text in Credential */
    unsigned flags;
} Field;

#define FIELD(name, member, flags)                                                                           \
    {                                                                                                        \
        name, offsetof(Credential, member), flags                                                            \
    }

/* Says what is wrong with a field. */
static int fail(const Reader *reader, const char *name, const char *what)
{
    text_buffer_add_printable(reader->error, reader->origin, strlen(reader->origin));
    text_buffer_printf(reader->error, ": \"%s%s\" %s", reader->prefix, name, what);
    return -EINVAL;
}

static int check_characters(const Reader *reader, const char *name, const char *text, unsigned flags)
{
    for (; *text && !(flags & MANY_LINES); text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return fail(reader, name, "has control characters");
    }
    return 0;
}

static int check_url(const Reader *reader, const char *name, const char *url, unsigned flags)
{
    Endpoint endpoint;
    const char *why;
    int result = flags & IS_SOURCE_URL ? endpoint_parse_source(url, &endpoint, &why)
                                       : endpoint_parse(url, &endpoint, &why);

    if (result < 0)
        return fail(reader, name, why);
    if (reader->use == CREDENTIAL_OF_APP && !endpoint_is_google_api(&endpoint))
        return fail(reader, name, "is not of Google, which an app's must be");
    return 0;
}

/* A text of the object; *ret is untouched if there is none, which is an error unless it is optional. */
static int read_text(const Reader *reader, const char *name, unsigned flags, char **ret)
{
    const json_t *value = json_object_get(reader->object, name);
    int result;

    if (!value || json_is_null(value))
        return flags & OPTIONAL ? 0 : fail(reader, name, "is missing");
    if (!json_is_string(value))
        return fail(reader, name, "is no text");
    if (json_string_length(value) == 0)
        return flags & OPTIONAL ? 0 : fail(reader, name, "is empty");
    result = check_characters(reader, name, json_string_value(value), flags);
    if (result == 0 && flags & (IS_URL | IS_SOURCE_URL))
        result = check_url(reader, name, json_string_value(value), flags);
    if (result < 0)
        return result;
    *ret = secret_copy(json_string_value(value), json_string_length(value));
    return *ret ? 0 : -ENOMEM;
}

static int read_fields(const Reader *reader, const Field *fields, size_t num_fields, Credential *credential)
{
    int result = 0;

    for (size_t i = 0; i < num_fields && result == 0; i++)
        result = read_text(reader, fields[i].name, fields[i].flags,
                           (char **)((char *)credential + fields[i].offset));
    return result;
}

/* An object in the object; *ret is NULL if there is none, which is an error unless it is optional. */
static int read_object(const Reader *reader, const char *name, unsigned flags, const json_t **ret)
{
    const json_t *value = json_object_get(reader->object, name);

    *ret = NULL;
    if (!value || json_is_null(value))
        return flags & OPTIONAL ? 0 : fail(reader, name, "is missing");
    if (!json_is_object(value))
        return fail(reader, name, "is no object");
    *ret = value;
    return 0;
}

/* ------------------------------------------------------------------------------------------ the kinds */

static int read_service_account(const Reader *reader, Credential *credential)
{
    static const Field fields[] = {
        FIELD("client_email", client_email, 0),
        FIELD("token_uri", token_uri, IS_URL),
        FIELD("private_key_id", key_id, OPTIONAL),
        FIELD("project_id", project_id, OPTIONAL),
        FIELD("quota_project_id", quota_project_id, OPTIONAL),
    };
    AUTO_SECRET char *pem = NULL;
    const char *why;
    int result = read_fields(reader, fields, ARRAY_SIZE(fields), credential);

    if (result == 0)
        result = read_text(reader, "private_key", MANY_LINES, &pem);
    if (result == 0 && jwt_key_load(pem, &credential->key, &why) < 0)
        result = fail(reader, "private_key", why);
    return result;
}

/* A list of texts, or one text. */
static int read_scopes(const Reader *reader, Credential *credential)
{
    const json_t *value = json_object_get(reader->object, "scopes");
    TextBuffer scopes = {0};

    if (!value || !json_is_array(value))
        return read_text(reader, "scopes", OPTIONAL, &credential->scopes);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *scope = json_string_value(json_array_get(value, i));

        if (!scope || check_characters(reader, "scopes", scope, 0) < 0) {
            text_buffer_deinit(&scopes);
            return scope ? -EINVAL : fail(reader, "scopes", "is no list of texts");
        }
        text_buffer_printf(&scopes, "%s%s", i ? " " : "", scope);
    }
    if (json_array_size(value) == 0)
        return 0;
    credential->scopes = text_buffer_take(&scopes);
    return credential->scopes ? 0 : -ENOMEM;
}

/* Its token_uri, if there is one, counts for nothing (google-auth 2.48). */
static int read_authorized_user(const Reader *reader, Credential *credential)
{
    static const Field fields[] = {
        FIELD("client_id", client_id, 0),          FIELD("client_secret", client_secret, 0),
        FIELD("refresh_token", refresh_token, 0),  FIELD("rapt_token", rapt_token, OPTIONAL),
        FIELD("project_id", project_id, OPTIONAL), FIELD("quota_project_id", quota_project_id, OPTIONAL),
    };
    int result = read_fields(reader, fields, ARRAY_SIZE(fields), credential);

    return result == 0 ? read_scopes(reader, credential) : result;
}

static int add_header(const Reader *reader, const char *name, const json_t *value, char **ret)
{
    SecretText line = {0};

    if (!json_is_string(value) || !*name || strpbrk(name, " :\t"))
        return fail(reader, "headers", "is no object of headers");
    if (check_characters(reader, "headers", name, 0) < 0 ||
        check_characters(reader, "headers", json_string_value(value), 0) < 0)
        return -EINVAL;
    secret_text_add_string(&line, name);
    secret_text_add_string(&line, ": ");
    secret_text_add_string(&line, json_string_value(value));
    *ret = secret_text_take(&line);
    return *ret ? 0 : -ENOMEM;
}

static int read_headers(const Reader *reader, Credential *credential)
{
    const json_t *headers;
    const char *name;
    json_t *value;
    size_t num = 0;
    int result = read_object(reader, "headers", OPTIONAL, &headers);

    if (result < 0 || !headers)
        return result;
    credential->subject_headers = calloc(json_object_size(headers) + 1, sizeof(char *));
    if (!credential->subject_headers)
        return -ENOMEM;
    json_object_foreach((json_t *)headers, name, value)
    {
        if (result == 0)
            result = add_header(reader, name, value, &credential->subject_headers[num++]);
    }
    return result;
}

static int read_format(const Reader *source, Credential *credential)
{
    AUTO_SECRET char *type = NULL;
    Reader format = *source;
    int result = read_object(source, "format", OPTIONAL, &format.object);

    if (result < 0 || !format.object)
        return result;
    format.prefix = "credential_source.format.";
    result = read_text(&format, "type", OPTIONAL, &type);
    if (result < 0 || !type || strcmp(type, "text") == 0)
        return result;
    if (strcmp(type, "json") != 0)
        return fail(&format, "type", "is neither text nor json");
    return read_text(&format, "subject_token_field_name", 0, &credential->subject_field);
}

static int read_source(const Reader *reader, Credential *credential)
{
    static const Field fields[] = {
        FIELD("file", subject_file, OPTIONAL),
        FIELD("url", subject_url, OPTIONAL | IS_SOURCE_URL),
    };
    Reader source = *reader;
    int result = read_object(reader, "credential_source", 0, &source.object);

    if (result < 0)
        return result;
    source.prefix = "credential_source.";
    if (json_object_get(source.object, "executable"))
        return fail(&source, "executable", "is not supported: the broker runs no programs");
    if (json_object_get(source.object, "environment_id"))
        return fail(&source, "environment_id", "is not supported: only files and URLs are, not AWS");
    if (json_object_get(source.object, "certificate"))
        return fail(&source, "certificate", "is not supported: only files and URLs are");
    result = read_fields(&source, fields, ARRAY_SIZE(fields), credential);
    if (result == 0 && !credential->subject_file == !credential->subject_url)
        result = fail(reader, "credential_source", "has not exactly one of \"file\" and \"url\"");
    if (result == 0)
        result = read_headers(&source, credential);
    return result == 0 ? read_format(&source, credential) : result;
}

static int read_lifetime(const Reader *reader, Credential *credential)
{
    Reader impersonation = *reader;
    const json_t *seconds;
    int result = read_object(reader, "service_account_impersonation", OPTIONAL, &impersonation.object);

    credential->impersonation_lifetime_s = IMPERSONATION_LIFETIME_S;
    if (result < 0 || !impersonation.object)
        return result;
    impersonation.prefix = "service_account_impersonation.";
    seconds = json_object_get(impersonation.object, "token_lifetime_seconds");
    if (!seconds)
        return 0;
    if (!json_is_integer(seconds) || json_integer_value(seconds) < IMPERSONATION_LIFETIME_S_MIN ||
        json_integer_value(seconds) > IMPERSONATION_LIFETIME_S_MAX)
        return fail(&impersonation, "token_lifetime_seconds", "is no number from 600 to 43200");
    credential->impersonation_lifetime_s = (unsigned)json_integer_value(seconds);
    return 0;
}

/* The service account is named in the URL alone. */
static int check_impersonation_url(const Reader *reader, const Credential *credential)
{
    static const char end[] = ":generateAccessToken";
    const char *url = credential->impersonation_url;
    size_t length = url ? strlen(url) : 0;

    if (!url || (length > sizeof end && strcmp(url + length - (sizeof end - 1), end) == 0))
        return 0;
    return fail(reader, "service_account_impersonation_url", "does not end with \":generateAccessToken\"");
}

static int read_external_account(const Reader *reader, Credential *credential)
{
    static const Field fields[] = {
        FIELD("audience", audience, 0),
        FIELD("subject_token_type", subject_token_type, 0),
        FIELD("token_url", token_url, IS_URL),
        FIELD("service_account_impersonation_url", impersonation_url, OPTIONAL | IS_URL),
        FIELD("client_id", client_id, OPTIONAL),
        FIELD("client_secret", client_secret, OPTIONAL),
        FIELD("workforce_pool_user_project", workforce_project, OPTIONAL),
        FIELD("quota_project_id", quota_project_id, OPTIONAL),
    };
    int result = read_fields(reader, fields, ARRAY_SIZE(fields), credential);

    if (result == 0)
        result = check_impersonation_url(reader, credential);
    if (result == 0)
        result = read_lifetime(reader, credential);
    return result == 0 ? read_source(reader, credential) : result;
}

static int read_delegates(const Reader *reader, Credential *credential)
{
    json_t *delegates = json_object_get(reader->object, "delegates");

    if (!delegates || json_is_null(delegates))
        return 0;
    for (size_t i = 0; i < json_array_size(delegates); i++) {
        if (!json_is_string(json_array_get(delegates, i)))
            return fail(reader, "delegates", "is no list of texts");
    }
    if (!json_is_array(delegates))
        return fail(reader, "delegates", "is no list of texts");
    credential->delegates = json_deep_copy(delegates);
    return credential->delegates ? 0 : -ENOMEM;
}

static int read_impersonated(const Reader *reader, Credential *credential)
{
    static const Field fields[] = {
        FIELD("service_account_impersonation_url", impersonation_url, IS_URL),
        FIELD("project_id", project_id, OPTIONAL),
        FIELD("quota_project_id", quota_project_id, OPTIONAL),
    };
    Reader source = *reader;
    int result = read_fields(reader, fields, ARRAY_SIZE(fields), credential);

    credential->impersonation_lifetime_s = IMPERSONATION_LIFETIME_S;
    if (result == 0)
        result = check_impersonation_url(reader, credential);
    if (result == 0)
        result = read_delegates(reader, credential);
    if (result == 0)
        result = read_object(reader, "source_credentials", 0, &source.object);
    source.prefix = "source_credentials.";
    return result == 0 ? credential_read_kind(&source, &credential->source) : result;
}

/* ---------------------------------------------------------------------------------------- any of them */

static const struct {
    const char *type;
    CredentialKind kind;
    int (*read)(const Reader *reader, Credential *credential);
} kinds[] = {
    {"service_account", CREDENTIAL_SERVICE_ACCOUNT, read_service_account},
    {"authorized_user", CREDENTIAL_AUTHORIZED_USER, read_authorized_user},
    {"external_account", CREDENTIAL_EXTERNAL_ACCOUNT, read_external_account},
    {"impersonated_service_account", CREDENTIAL_IMPERSONATED, read_impersonated},
};

static int find_kind(const Reader *reader, const char *type, size_t *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i].type, type) != 0)
            continue;
        if (kinds[i].kind == CREDENTIAL_IMPERSONATED && *reader->prefix)
            return fail(reader, "type", "is impersonated_service_account, which cannot be its own source");
        *ret = i;
        return 0;
    }
    return fail(
        reader, "type",
        "is none of service_account, authorized_user, external_account and impersonated_service_account");
}

/* The text between the last "/" and ":generateAccessToken". */
static void add_impersonated_name(TextBuffer *name, const char *url)
{
    const char *slash = strrchr(url, '/');

    text_buffer_add(name, slash + 1, strcspn(slash + 1, ":"));
}

static int name_it(const Reader *reader, Credential *self, const char *type)
{
    TextBuffer name = {0};

    text_buffer_printf(&name, "%s ", type);
    if (self->impersonation_url)
        add_impersonated_name(&name, self->impersonation_url);
    else if (self->client_email)
        text_buffer_add_string(&name, self->client_email);
    else
        text_buffer_add_string(&name, self->audience ? self->audience : self->client_id);
    text_buffer_printf(&name, " of %s", reader->origin);
    self->name = text_buffer_take(&name);
    return self->name ? 0 : -ENOMEM;
}

int credential_read_kind(const Reader *reader, Credential **ret)
{
    CLEANUP(cleanup_credential) Credential *credential = NULL;
    AUTO_FREE char *type = NULL;
    size_t i = 0;
    int result = read_text(reader, "type", 0, &type);

    if (result == 0)
        result = find_kind(reader, type, &i);
    if (result == 0 && reader->use == CREDENTIAL_OF_APP && kinds[i].kind != CREDENTIAL_SERVICE_ACCOUNT)
        result = fail(reader, "type", "is not service_account, which an app's must be");
    if (result < 0)
        return result;
    credential = calloc(1, sizeof *credential);
    if (!credential)
        return -ENOMEM;
    credential->kind = kinds[i].kind;
    result = kinds[i].read(reader, credential);
    if (result == 0)
        result = name_it(reader, credential, type);
    if (result == 0)
        *ret = TAKE(credential);
    return result;
}
