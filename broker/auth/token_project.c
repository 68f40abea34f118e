#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/auth/credential_fields.h"
#include "broker/auth/project_id.h"
#include "broker/auth/token_source_parts.h"
#include "broker/util/cleanup.h"

#define PROJECT_URL "https://cloudresourcemanager.googleapis.com/v1/projects/"

static void make_call(TokenSource *source, const char *token);

/* The number in "//iam.googleapis.com/projects/NUMBER/...", or in the URL that stands for it; NULL: there is
 * none. */
static const char *project_number(const Credential *credential, int *ret_length)
{
    const char *audience =
        credential->kind == CREDENTIAL_IMPERSONATED ? credential->source->audience : credential->audience;
    const char *number = audience ? strstr(audience, "/projects/") : NULL;

    if (!number)
        return NULL;
    number += strlen("/projects/");
    *ret_length = (int)strspn(number, "0123456789");
    return *ret_length > 0 && number[*ret_length] == '/' ? number : NULL;
}

const char *token_source_project_id(const TokenSource *source)
{
    return source->project_id ? source->project_id : source->credential->project_id;
}

bool token_source_can_tell_project(const TokenSource *source)
{
    int length;

    return token_source_project_id(source) || source->credential->kind == CREDENTIAL_METADATA ||
           project_number(source->credential, &length);
}

/* ------------------------------------------------------------------------------------------------ answers */

/* From malloc(), or NULL: there is none in it. */
static char *read_project_id(const TokenSource *source, const HttpAnswer *answer)
{
    AUTO_JSON json_t *json = NULL;
    const char *text = answer->body;
    size_t length = answer->body_length;

    if (source->credential->kind != CREDENTIAL_METADATA) {
        json = json_loadb(answer->body, answer->body_length, 0, NULL);
        text = json_string_value(json_object_get(json, "projectId"));
        length = text ? strlen(text) : 0;
    }
    return text && project_id_is_valid(text, length) ? strndup(text, length) : NULL;
}

static void try_again(TokenSource *source, uint32_t last_ms)
{
    const Clock *clock = token_source_clock(source);

    timer_set(source->options.timers, &source->next_project_call,
              clock->monotonic_us(clock) + token_backoff_us(++source->num_project_failures, last_ms));
}

static void on_answer(void *context, const HttpAnswer *answer)
{
    TokenSource *source = context;
    AUTO_FREE char *problem = NULL;

    source->project_call = NULL;
    if (answer->result == 0 && answer->status == 200)
        source->project_id = read_project_id(source, answer);
    if (source->project_id) {
        token_source_set_problem(source, NULL);
        token_source_deliver_soon(source);
        return;
    }
    if (asprintf(&problem, "the project of the credentials is not known (--project-id says it): %s %d",
                 answer->result < 0 ? answer->problem : "the answer was", answer->status) < 0)
        problem = NULL;
    token_source_set_problem(source, problem ? problem : "out of memory");
    try_again(source,
              answer->result < 0 || answer->status >= 500 ? TOKEN_BACKOFF_SOON_MS : TOKEN_BACKOFF_LAST_MS);
}

/* ------------------------------------------------------------------------------------------------- calls */

static int make_url(const TokenSource *source, char **ret)
{
    const Credential *credential = source->credential;
    int length = 0;
    const char *number = project_number(credential, &length);

    if (credential->kind == CREDENTIAL_METADATA)
        return asprintf(ret, "http://%s/computeMetadata/v1/project/project-id", credential->metadata_host);
    return asprintf(ret, PROJECT_URL "%.*s", length, number ? number : "");
}

/* @token: NULL for the metadata server, which wants none. */
static void make_call(TokenSource *source, const char *token)
{
    static const char *const headers[] = {"Metadata-Flavor: Google", NULL};
    bool is_metadata = source->credential->kind == CREDENTIAL_METADATA;
    AUTO_FREE char *url = NULL;
    HttpCallRequest request = {
        .method = "GET",
        .headers = is_metadata ? headers : NULL,
        .token = token,
        .timeout_ms = is_metadata ? GRANT_METADATA_TIMEOUT_MS : GRANT_TIMEOUT_MS,
        .body_bytes_max = GRANT_ANSWER_BYTES_MAX,
        .is_plain_allowed = is_metadata,
        .is_direct = is_metadata,
        .on_done = on_answer,
        .context = source,
    };

    if (make_url(source, &url) < 0)
        url = NULL;
    request.url = url;
    if (!url || source->options.transport->call(source->options.http, &request, &source->project_call) < 0)
        try_again(source, TOKEN_BACKOFF_LAST_MS);
}

static void on_token(void *context, const char *token)
{
    make_call(context, token);
}

static void on_next_call(void *context)
{
    token_project_ask(context);
}

void token_project_ask(TokenSource *source)
{
    if (token_source_project_id(source))
        token_source_deliver_soon(source);
    else if (source->project_call || source->project_token.source || source->next_project_call.timers)
        return;
    else if (source->credential->kind == CREDENTIAL_METADATA)
        make_call(source, NULL);
    else if (token_source_can_tell_project(source))
        token_source_get(source, &source->project_token);
}

void token_project_init(TokenSource *source)
{
    token_request_init(&source->project_token, on_token, source);
    timer_init(&source->next_project_call, on_next_call, source);
}

void token_project_deinit(TokenSource *source)
{
    token_request_cancel(&source->project_token);
    timer_unset(&source->next_project_call);
    source->project_call = source->options.transport->cancel(source->project_call);
    free(source->project_id);
}
