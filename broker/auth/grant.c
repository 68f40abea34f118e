#include "broker/auth/grant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "broker/auth/credential_fields.h"
#include "broker/auth/endpoint.h"
#include "broker/auth/grant_answer.h"
#include "broker/auth/jwt.h"
#include "broker/auth/secret.h"

/* Always this one, whatever the file of an authorized user says (google-auth 2.48). */
#define USER_TOKEN_URL "https://oauth2.googleapis.com/token"

#define FORM_HEADER   "Content-Type: application/x-www-form-urlencoded"
#define JSON_HEADER   "Content-Type: application/json"
#define FLAVOR_HEADER "Metadata-Flavor: Google"

/* --------------------------------------------------------------------------------------------- the plan */

static void add_step(Grant *self, GrantStep step)
{
    self->steps[self->num_steps++] = step;
}

void grant_init(Grant *self, const Credential *credential, int64_t now_s, bool is_known_place)
{
    *self = (Grant){.credential = credential, .leaf = credential, .now_s = now_s};
    if (credential->kind == CREDENTIAL_IMPERSONATED)
        self->leaf = credential->source;
    switch (self->leaf->kind) {
    case CREDENTIAL_SERVICE_ACCOUNT:
        add_step(self, GRANT_ASSERTION);
        break;
    case CREDENTIAL_AUTHORIZED_USER:
        add_step(self, GRANT_REFRESH);
        break;
    case CREDENTIAL_EXTERNAL_ACCOUNT:
        add_step(self, self->leaf->subject_file ? GRANT_SUBJECT_FILE : GRANT_SUBJECT_URL);
        add_step(self, GRANT_EXCHANGE);
        if (self->leaf->impersonation_url)
            add_step(self, GRANT_IMPERSONATION);
        break;
    case CREDENTIAL_METADATA:
        if (!is_known_place && !self->leaf->is_metadata_certain)
            add_step(self, GRANT_PING);
        add_step(self, GRANT_METADATA_TOKEN);
        break;
    case CREDENTIAL_IMPERSONATED: /* is nobody's source */
    case CREDENTIAL_FIXED:        /* is not asked for */
        break;
    }
    if (credential->kind == CREDENTIAL_IMPERSONATED)
        add_step(self, GRANT_IMPERSONATION);
}

void grant_deinit(Grant *self)
{
    self->carried = secret_free(self->carried);
}

static bool is_last_step(const Grant *self)
{
    return self->step + 1 == self->num_steps;
}

/* Whose account it is that is impersonated in this step. */
static const Credential *impersonator(const Grant *self)
{
    return is_last_step(self) ? self->credential : self->leaf;
}

/* What the token of this step is for: the database, or only to impersonate with. */
static const char *scopes_of(const Grant *self)
{
    return is_last_step(self) ? GRANT_SCOPES : GRANT_SCOPE_IAM;
}

/* ------------------------------------------------------------------------------------------------ calls */

static void add_header(GrantCall *call, const char *header)
{
    size_t i = 0;

    while (call->headers[i])
        i++;
    if (i < GRANT_NUM_HEADERS_MAX)
        call->headers[i] = header;
}

static int add_owned_header(GrantCall *call, char *header)
{
    size_t i = 0;

    if (!header)
        return -ENOMEM;
    while (call->owned[i])
        i++;
    call->owned[i] = header;
    add_header(call, header);
    return 0;
}

static int set_url(GrantCall *call, const char *url)
{
    call->url = strdup(url);
    return call->url ? 0 : -ENOMEM;
}

static int set_form(GrantCall *call, const char *url, SecretText *form)
{
    call->method = "POST";
    call->timeout_ms = GRANT_TIMEOUT_MS;
    add_header(call, FORM_HEADER);
    call->body = secret_text_take(form);
    return call->body ? set_url(call, url) : -ENOMEM;
}

static int call_assertion(const Grant *self, GrantCall *call)
{
    const Credential *account = self->leaf;
    JwtClaims claims = {.key_id = account->key_id,
                        .issuer = account->client_email,
                        .scope = scopes_of(self),
                        .issued_at_s = self->now_s};
    AUTO_SECRET char *jwt = NULL;
    SecretText form = {0};
    int result = jwt_sign(&claims, account->key, &jwt);

    if (result < 0)
        return result;
    secret_text_add_field(&form, "assertion", jwt);
    secret_text_add_field(&form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    return set_form(call, account->token_uri, &form);
}

/* Without scopes of its own the token has all that the user has granted; those of ours may not be among them
 * by name (gcloud's login grants cloud-platform, which includes them), and then would be refused. */
static int call_refresh(const Grant *self, GrantCall *call)
{
    const Credential *user = self->leaf;
    SecretText form = {0};

    secret_text_add_field(&form, "grant_type", "refresh_token");
    secret_text_add_field(&form, "client_id", user->client_id);
    secret_text_add_field(&form, "client_secret", user->client_secret);
    secret_text_add_field(&form, "refresh_token", user->refresh_token);
    secret_text_add_field(&form, "scope", user->scopes);
    secret_text_add_field(&form, "rapt", user->rapt_token);
    return set_form(call, USER_TOKEN_URL, &form);
}

static int call_subject_url(const Grant *self, GrantCall *call)
{
    Endpoint endpoint;
    const char *why;

    call->method = "GET";
    call->timeout_ms = GRANT_TIMEOUT_MS;
    for (char **header = self->leaf->subject_headers; header && *header; header++)
        add_header(call, *header);
    if (endpoint_parse_source(self->leaf->subject_url, &endpoint, &why) == 0)
        call->is_plain = !endpoint.is_https;
    return set_url(call, self->leaf->subject_url);
}

static int add_basic_auth(const Credential *account, GrantCall *call)
{
    SecretText pair = {0};
    SecretText header = {0};

    secret_text_add_string(&pair, account->client_id);
    secret_text_add_string(&pair, ":");
    if (account->client_secret)
        secret_text_add_string(&pair, account->client_secret);
    secret_text_add_string(&header, "Authorization: Basic ");
    if (pair.result == 0)
        secret_text_add_base64(&header, pair.text, pair.length);
    else
        header.result = pair.result;
    secret_text_deinit(&pair);
    return add_owned_header(call, secret_text_take(&header));
}

static int call_exchange(const Grant *self, GrantCall *call)
{
    const Credential *account = self->leaf;
    SecretText form = {0};
    AUTO_JSON json_t *options = NULL;
    AUTO_FREE char *options_text = NULL;

    secret_text_add_field(&form, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
    secret_text_add_field(&form, "audience", account->audience);
    secret_text_add_field(&form, "scope", scopes_of(self));
    secret_text_add_field(&form, "requested_token_type", "urn:ietf:params:oauth:token-type:access_token");
    secret_text_add_field(&form, "subject_token", self->carried);
    secret_text_add_field(&form, "subject_token_type", account->subject_token_type);
    if (account->workforce_project && !account->client_id) {
        SecretText encoded = {0};

        /* Percent-encoded once more inside the form, as google-auth sends it. */
        options = json_pack("{s:s}", "userProject", account->workforce_project);
        options_text = options ? json_dumps(options, 0) : NULL;
        secret_text_add_field(&encoded, "", options_text);
        secret_text_add_field(&form, "options", encoded.length ? encoded.text + 1 : NULL);
        secret_text_deinit(&encoded);
    }
    if (account->client_id && add_basic_auth(account, call) < 0) {
        secret_text_deinit(&form);
        return -ENOMEM;
    }
    return set_form(call, account->token_url, &form);
}

static int call_impersonation(const Grant *self, GrantCall *call)
{
    const Credential *account = impersonator(self);
    AUTO_JSON json_t *body = NULL;
    AUTO_JSON json_t *scopes = NULL;
    char lifetime[16];

    scopes = is_last_step(self) ? json_pack("[s, s]", GRANT_SCOPE_EMAIL, GRANT_SCOPE_DATABASE)
                                : json_pack("[s]", GRANT_SCOPE_IAM);
    (void)snprintf(lifetime, sizeof lifetime, "%us", account->impersonation_lifetime_s);
    body = json_pack("{s:o, s:O, s:s}", "delegates",
                     account->delegates ? json_incref(account->delegates) : json_null(), "scope", scopes,
                     "lifetime", lifetime);
    call->method = "POST";
    call->timeout_ms = GRANT_TIMEOUT_MS;
    call->token = self->carried;
    add_header(call, JSON_HEADER);
    call->body = body ? json_dumps(body, JSON_COMPACT) : NULL;
    return call->body ? set_url(call, account->impersonation_url) : -ENOMEM;
}

/* Past any proxy: it is this machine's own. */
static int call_metadata(GrantCall *call, const char *host, const char *path)
{
    call->method = "GET";
    call->timeout_ms = GRANT_METADATA_TIMEOUT_MS;
    call->is_plain = true;
    add_header(call, FLAVOR_HEADER);
    return asprintf(&call->url, "http://%s/%s", host, path) < 0 ? -ENOMEM : 0;
}

static int call_metadata_token(const Grant *self, GrantCall *call)
{
    SecretText query = {0};
    AUTO_FREE char *path = NULL;
    int length;

    secret_text_add_field(&query, "scopes", GRANT_SCOPE_EMAIL "," GRANT_SCOPE_DATABASE);
    if (query.result < 0)
        return -ENOMEM;
    length = asprintf(&path, "computeMetadata/v1/instance/service-accounts/default/token?%s", query.text);
    secret_text_deinit(&query);
    if (length < 0) {
        path = NULL;
        return -ENOMEM;
    }
    return call_metadata(call, self->leaf->metadata_host, path);
}

static int fill_call(const Grant *self, GrantCall *call)
{
    switch (self->steps[self->step]) {
    case GRANT_ASSERTION:
        return call_assertion(self, call);
    case GRANT_REFRESH:
        return call_refresh(self, call);
    case GRANT_SUBJECT_FILE:
        call->file = self->leaf->subject_file;
        return 0;
    case GRANT_SUBJECT_URL:
        return call_subject_url(self, call);
    case GRANT_EXCHANGE:
        return call_exchange(self, call);
    case GRANT_IMPERSONATION:
        return call_impersonation(self, call);
    case GRANT_PING:
        return call_metadata(call, self->leaf->metadata_ping_host, "");
    case GRANT_METADATA_TOKEN:
        return call_metadata_token(self, call);
    }
    return -EIO;
}

int grant_call(const Grant *self, GrantCall *ret)
{
    int result;

    *ret = (GrantCall){0};
    result = fill_call(self, ret);
    if (result < 0)
        grant_call_deinit(ret);
    return result;
}

void grant_call_deinit(GrantCall *call)
{
    for (char **header = call->owned; *header; header++)
        (void)secret_free(*header);
    (void)secret_free(call->url);
    (void)secret_free(call->body);
    *call = (GrantCall){0};
}

/* ---------------------------------------------------------------------------------------------- answers */

/* The host of a URL, for people. */
static const char *host_of(const char *url, Endpoint *endpoint)
{
    const char *why;

    return endpoint_parse_source(url, endpoint, &why) == 0 ? endpoint->host : "the token endpoint";
}

/* Who answers in this step. */
static const char *place_of(const Grant *self, Endpoint *endpoint)
{
    switch (self->steps[self->step]) {
    case GRANT_ASSERTION:
        return host_of(self->leaf->token_uri, endpoint);
    case GRANT_REFRESH:
        return host_of(USER_TOKEN_URL, endpoint);
    case GRANT_SUBJECT_FILE:
        return self->leaf->subject_file;
    case GRANT_SUBJECT_URL:
        return host_of(self->leaf->subject_url, endpoint);
    case GRANT_EXCHANGE:
        return host_of(self->leaf->token_url, endpoint);
    case GRANT_IMPERSONATION:
        return host_of(impersonator(self)->impersonation_url, endpoint);
    case GRANT_PING:
    case GRANT_METADATA_TOKEN:
        break;
    }
    return "the metadata server";
}

static GrantResult answer_to_ping(const GrantAnswer *answer, GrantOutcome *ret)
{
    if (answer->status == 200 && answer->metadata_flavor && strcmp(answer->metadata_flavor, "Google") == 0)
        return GRANT_DONE;
    return grant_fail(GRANT_LATER, "there are no credentials",
                      "no file is named, and what answers as a metadata server is not Google's", ret);
}

static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";

    return content_type && strncasecmp(content_type, json, sizeof json - 1) == 0 &&
           (content_type[sizeof json - 1] == '\0' || strchr(" ;", content_type[sizeof json - 1]));
}

static GrantResult read_answer(const Grant *self, const char *place, const GrantAnswer *answer,
                               GrantOutcome *ret)
{
    GrantStep step = self->steps[self->step];

    if (step == GRANT_PING)
        return answer_to_ping(answer, ret);
    if (answer->status != 200)
        return grant_read_refusal(place, answer, step == GRANT_ASSERTION ? self->now_s : 0, ret);
    switch (step) {
    case GRANT_SUBJECT_FILE:
    case GRANT_SUBJECT_URL:
        return grant_read_subject(place, answer, self->leaf->subject_field, ret);
    case GRANT_IMPERSONATION:
        return grant_read_impersonation(place, answer, self->now_s,
                                        impersonator(self)->impersonation_lifetime_s, ret);
    case GRANT_METADATA_TOKEN:
        if (!is_json(answer->content_type))
            return grant_fail(GRANT_LATER, place, "the answer is no JSON object", ret);
        break;
    default:
        break;
    }
    return grant_read_token(place, answer, ret);
}

GrantResult grant_answer(Grant *self, const GrantAnswer *answer, GrantOutcome *ret)
{
    Endpoint endpoint;
    GrantResult result;

    *ret = (GrantOutcome){0};
    result = read_answer(self, place_of(self, &endpoint), answer, ret);
    if (result != GRANT_DONE || is_last_step(self))
        return result;
    self->carried = secret_free(self->carried);
    self->carried = TAKE(ret->token);
    self->step++;
    return GRANT_NEXT;
}

void grant_outcome_deinit(GrantOutcome *outcome)
{
    outcome->token = secret_free(outcome->token);
    free(outcome->problem);
    *outcome = (GrantOutcome){0};
}
