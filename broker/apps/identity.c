#include "broker/apps/identity.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "broker/apps/text.h"
#include "broker/util/cleanup.h"

#define DIGEST_BYTES              32 /* SHA-256 */
#define ID_DIGITS                 16
#define SOURCE_CONTEXT_LEVELS_MAX 16 /* untuned; the database takes 32, five of which are the way to it */

struct Identity {
    json_t *debuggee; /* all but uniquifier and id, until it is complete */
    bool needs_source_files;
    bool has_bad_source_context;
    uint8_t files[DIGEST_BYTES]; /* sum of the digests of the files: the same in any order */
    size_t num_files;
};

/* ----------------------------------------------------------------------------------------------------
 * digests */

static int digest(const void *data, size_t len, uint8_t *ret)
{
    return EVP_Digest(data, len, ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

static void to_hexadecimal(const uint8_t *bytes, size_t num_digits, char *ret)
{
    for (size_t i = 0; i < num_digits; i += 2)
        (void)sprintf(ret + i, "%02x", bytes[i / 2]);
}

/* Modulo 2^256. Two files that are the same do not cancel out, as they would with exclusive or. */
static void add_digest(uint8_t *sum, const uint8_t *addend)
{
    unsigned carry = 0;

    for (size_t i = DIGEST_BYTES; i-- > 0;) {
        carry += (unsigned)sum[i] + addend[i];
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

/* -----------------------------------------------------------------------------------------------------
 * labels */

/* Where a label comes from: the first of these variables that has a value. */
typedef struct LabelSource {
    const char *label; /* also the name of the flag, which wins */
    const char *variables[5];
} LabelSource;

static const LabelSource label_sources[] = {
    {"module", {"GAE_SERVICE", "GAE_MODULE_NAME", "K_SERVICE", "FUNCTION_NAME"}},
    {"version", {"GAE_VERSION", "GAE_MODULE_VERSION", "K_REVISION", "X_GOOGLE_FUNCTION_VERSION"}},
    {"minorversion", {"GAE_DEPLOYMENT_ID", "GAE_MINOR_VERSION"}},
};

static const char *find_fact(Snapshot__Fact *const *facts, size_t num_facts, const char *name)
{
    for (size_t i = 0; i < num_facts; i++) {
        if (strcmp(facts[i]->name, name) == 0)
            return facts[i]->value;
    }
    return NULL;
}

static const char *find_variable(const Snapshot__Hello *hello, const char *name)
{
    return find_fact(hello->environment, hello->n_environment, name);
}

static bool is_function(const Snapshot__Hello *hello)
{
    return find_variable(hello, "FUNCTION_NAME") || find_variable(hello, "FUNCTION_TARGET");
}

static const char *label_from_environment(const Snapshot__Hello *hello, const LabelSource *source)
{
    for (const char *const *name = source->variables; *name; name++) {
        const char *value = find_variable(hello, *name);

        if (!value || *value == '\0')
            continue;
        /* The default module of App Engine goes without a name; the other variables are not asked then. */
        if (strcmp(source->label, "module") == 0 && strcmp(value, "default") == 0)
            return NULL;
        return value;
    }
    if (strcmp(source->label, "version") == 0 && find_variable(hello, "FUNCTION_NAME"))
        return "unversioned";
    return NULL;
}

/* A text of the app, cleaned and cut. */
static json_t *clean_string(const char *value)
{
    CLEANUP(text_deinit) Text text;
    TextLimit limit;

    text_init(&text);
    limit = text_begin_value(&text, IDENTITY_LABEL_CHARS_MAX);
    text_append_clean(&text, value, strlen(value));
    text_end_value(&text, limit);
    return text_to_json(&text);
}

/* NULL: no such label. */
static int set_label(json_t *labels, const char *name, const char *value)
{
    if (!value)
        return 0;
    return json_object_set_new(labels, name, clean_string(value)) < 0 ? -ENOMEM : 0;
}

static const char *project_id(const Snapshot__Hello *hello, const char *default_project_id)
{
    const char *flag = find_fact(hello->flags, hello->n_flags, "project_id");

    return flag && *flag ? flag : default_project_id;
}

static json_t *make_labels(const Snapshot__Hello *hello, const char *default_project_id)
{
    AUTO_JSON json_t *labels = json_object();
    const char *region = is_function(hello) ? find_variable(hello, "FUNCTION_REGION") : NULL;

    for (size_t i = 0; i < ARRAY_SIZE(label_sources); i++) {
        const char *value = find_fact(hello->flags, hello->n_flags, label_sources[i].label);

        if (!value)
            value = label_from_environment(hello, &label_sources[i]);
        if (set_label(labels, label_sources[i].label, value) < 0)
            return NULL;
    }
    if (set_label(labels, "projectid", project_id(hello, default_project_id)) < 0 ||
        set_label(labels, "platform", is_function(hello) ? "cloud_function" : "default") < 0 ||
        set_label(labels, "region", region && *region ? region : NULL) < 0)
        return NULL;
    return TAKE(labels);
}

/* ----------------------------------------------------------------------------------------- description,
 * version */

static json_t *make_description(const json_t *labels)
{
    static const char *const parts[] = {"projectid", "module", "version"};
    CLEANUP(text_deinit) Text text;

    text_init(&text);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        const json_t *label = json_object_get(labels, parts[i]);

        if (!label)
            continue;
        if (text.num_chars > 0)
            text_append(&text, "-");
        text_append(&text, json_string_value(label));
    }
    return text_to_json(&text);
}

/* The number at *@version, and what is after it and its dot; -1 if there is none. */
static int read_number(const char **version)
{
    int number = -1;

    for (; **version >= '0' && **version <= '9'; (*version)++)
        number = number < 0 ? **version - '0' : (number * 10 + **version - '0') % 10000;
    if (**version == '.')
        (*version)++;
    return number;
}

/* "google.com/python311-gcp/v1" for CPython 3.11 and a stub 1.x; what is no version counts as 0. */
static json_t *make_agent_version(const Snapshot__Hello *hello)
{
    const char *python = hello->python_version;
    const char *stub = hello->stub_version;
    int major = read_number(&python);
    int minor = read_number(&python);
    int stub_major = read_number(&stub);
    char version[64];

    (void)snprintf(version, sizeof(version), "google.com/python%d%d-gcp/v%d", major < 0 ? 0 : major,
                   minor < 0 ? 0 : minor, stub_major < 0 ? 0 : stub_major);
    return json_string(version);
}

/* --------------------------------------------------------------------------------------------- source
 * context */

/* Whether the database takes @value: one bad name, and it refuses the whole debuggee. */
static bool is_storable(json_t *value, unsigned num_levels)
{
    const char *key;
    json_t *child;
    size_t i;

    if (num_levels > SOURCE_CONTEXT_LEVELS_MAX)
        return false;
    if (json_is_object(value)) {
        json_object_foreach(value, key, child)
        {
            if (!text_is_database_key(key) || !is_storable(child, num_levels + 1))
                return false;
        }
    }
    json_array_foreach(value, i, child)
    {
        if (!is_storable(child, num_levels + 1))
            return false;
    }
    return true;
}

/* NULL: there is none, or it is bad. */
static json_t *parse_source_context(Identity *identity, const ProtobufCBinaryData *text)
{
    AUTO_JSON json_t *context = NULL;

    if (text->len == 0)
        return NULL;
    if (text->len <= IDENTITY_SOURCE_CONTEXT_BYTES)
        context = json_loadb((const char *)text->data, text->len, 0, NULL);
    if (!json_is_object(context) || !is_storable(context, 1)) {
        identity->has_bad_source_context = true;
        return NULL;
    }
    return json_object_size(context) > 0 ? TAKE(context) : NULL;
}

static int set_source_contexts(Identity *identity, const Snapshot__Hello *hello)
{
    AUTO_JSON json_t *context = parse_source_context(identity, &hello->source_context);
    json_t *contexts;

    if (!context)
        return 0;
    contexts = json_pack("[O]", context);
    return json_object_set_new(identity->debuggee, "sourceContexts", contexts) < 0 ? -ENOMEM : 0;
}

/* ---------------------------------------------------------------------------------------------------- the
 * whole */

static int add_to_digest(const char *data, size_t len, void *context)
{
    return EVP_DigestUpdate(context, data, len) == 1 ? 0 : -1;
}

/* SHA-256 of the JSON with its keys in order. It is not made a string before: json_dumps() returns one with a
 * key missing when memory is out in the wrong moment, and the app would be another debuggee. */
static int digest_canonical(const json_t *json, uint8_t *ret)
{
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    bool is_done = state && EVP_DigestInit_ex(state, EVP_sha256(), NULL) == 1 &&
                   json_dump_callback(json, add_to_digest, state, JSON_SORT_KEYS | JSON_COMPACT) == 0 &&
                   EVP_DigestFinal_ex(state, ret, NULL) == 1;

    EVP_MD_CTX_free(state);
    return is_done ? 0 : -ENOMEM;
}

static int set_id(Identity *identity)
{
    uint8_t hash[DIGEST_BYTES];
    char id[2 + ID_DIGITS + 1] = "d-";

    if (digest_canonical(identity->debuggee, hash) < 0)
        return -ENOMEM;
    to_hexadecimal(hash, ID_DIGITS, id + 2);
    return json_object_set_new(identity->debuggee, "id", json_string(id)) < 0 ? -ENOMEM : 0;
}

static int complete(Identity *identity)
{
    char uniquifier[2 * DIGEST_BYTES + 1];

    to_hexadecimal(identity->files, 2 * DIGEST_BYTES, uniquifier);
    if (json_object_set_new(identity->debuggee, "uniquifier", json_string(uniquifier)) < 0 ||
        set_id(identity) < 0)
        return -ENOMEM;
    identity->needs_source_files = false;
    return 0;
}

static int set_facts(Identity *identity, const Snapshot__Hello *hello, const char *default_project_id)
{
    json_t *labels = make_labels(hello, default_project_id);

    if (json_object_set_new(identity->debuggee, "labels", labels) < 0 ||
        json_object_set_new(identity->debuggee, "description", make_description(labels)) < 0 ||
        json_object_set_new(identity->debuggee, "agentVersion", make_agent_version(hello)) < 0 ||
        set_source_contexts(identity, hello) < 0)
        return -ENOMEM;
    identity->needs_source_files =
        !json_object_get(labels, "minorversion") && !json_object_get(identity->debuggee, "sourceContexts");
    return identity->needs_source_files ? 0 : complete(identity);
}

static void free_identity(Identity **identity)
{
    (void)identity_free(*identity); /* always NULL */
}

int identity_new(const Snapshot__Hello *hello, const char *default_project_id, Identity **ret_identity)
{
    CLEANUP(free_identity) Identity *identity = calloc(1, sizeof(*identity));

    if (!identity)
        return -ENOMEM;
    identity->debuggee = json_object();
    if (!identity->debuggee || set_facts(identity, hello, default_project_id) < 0)
        return -ENOMEM;
    *ret_identity = TAKE(identity);
    return 0;
}

Identity *identity_free(Identity *identity)
{
    if (identity) {
        json_decref(identity->debuggee);
        free(identity);
    }
    return NULL;
}

bool identity_needs_source_files(const Identity *identity)
{
    return identity->needs_source_files;
}

bool identity_has_bad_source_context(const Identity *identity)
{
    return identity->has_bad_source_context;
}

static void put_little_endian(uint8_t *bytes, uint64_t number)
{
    for (size_t i = 0; i < sizeof(number); i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static int add_file(Identity *identity, const Snapshot__SourceFile *file)
{
    uint8_t record[DIGEST_BYTES + 2 * sizeof(uint64_t)];
    uint8_t hash[DIGEST_BYTES];

    if (digest(file->path.data, file->path.len, record) < 0)
        return -ENOMEM;
    put_little_endian(record + DIGEST_BYTES, file->size_bytes);
    put_little_endian(record + DIGEST_BYTES + sizeof(uint64_t), file->content_hash);
    if (digest(record, sizeof(record), hash) < 0)
        return -ENOMEM;
    add_digest(identity->files, hash);
    return 0;
}

int identity_add_source_files(Identity *identity, const Snapshot__SourceFiles *part)
{
    if (!identity->needs_source_files)
        return 0;
    if (part->n_files > IDENTITY_FILES_MAX - identity->num_files)
        return -E2BIG;
    for (size_t i = 0; i < part->n_files; i++) {
        if (add_file(identity, part->files[i]) < 0)
            return -ENOMEM;
    }
    identity->num_files += part->n_files;
    return part->is_last ? complete(identity) : IDENTITY_NEEDS_MORE;
}

const char *identity_debuggee_id(const Identity *identity)
{
    return identity->needs_source_files ? NULL : json_string_value(json_object_get(identity->debuggee, "id"));
}

json_t *identity_to_debuggee(const Identity *identity)
{
    return identity->needs_source_files ? NULL : json_deep_copy(identity->debuggee);
}
