#include "broker/auth/grant_answer.h"

#include <ctype.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "broker/auth/secret.h"
#include "broker/util/clock.h"
#include "broker/util/text_buffer.h"
#include "broker/util/timestamp.h"

#define SHOWN_BYTES_MAX 200 /* of what an endpoint says; untuned */
#define WORD_BYTES_MAX  40  /* a longer word may be a token that is sent back; untuned */

GrantResult grant_fail(GrantResult result, const char *place, const char *what, GrantOutcome *ret)
{
    if (asprintf(&ret->problem, "%s: %s", place, what) < 0)
        ret->problem = NULL;
    return result;
}

/* -------------------------------------------------------------------------------------------- refusals */

/* What the endpoint says, but nothing that could be a secret of ours: long words, and words with digits in
 * them of more than half that length. */
static void add_quoted(TextBuffer *problem, const char *text)
{
    size_t shown = 0;

    while (*text && shown < SHOWN_BYTES_MAX) {
        size_t length = strcspn(text, " \t\r\n\"'(),;<>");
        size_t num_digits = 0;

        for (size_t i = 0; i < length; i++)
            num_digits += isdigit((unsigned char)text[i]) != 0;
        if (length > WORD_BYTES_MAX || (length > WORD_BYTES_MAX / 2 && num_digits))
            text_buffer_add_string(problem, "[...]");
        else
            text_buffer_add_printable(problem, text, length);
        text += length;
        shown += length + 1;
        if (*text)
            text_buffer_add_printable(problem, text++, 1);
    }
}

static const char *text_in(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : "";
}

/* Both forms: {"error": "code", "error_description": ".."}, {"error": {"status": "CODE", "message": ".."}}.
 */
static void read_error(const json_t *json, const char **ret_code, const char **ret_text)
{
    const json_t *error = json_object_get(json, "error");

    if (json_is_object(error)) {
        *ret_code = text_in(error, "status");
        *ret_text = text_in(error, "message");
    } else {
        *ret_code = text_in(json, "error");
        *ret_text = text_in(json, "error_description");
    }
}

static bool is_passing(int status, const char *code, const char *text)
{
    static const char *const words[] = {"internal_failure", "server_error", "temporarily_unavailable"};

    if (status == 408 || status == 429 || status >= 500 || status < 400)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(code, words[i]) == 0 || strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

/* The time there, if it is another than @now_s by so much that a JWT is refused for it. */
static bool is_skewed(const GrantAnswer *answer, int64_t now_s, int64_t *ret_server_time_s)
{
    time_t date = answer->date && now_s ? curl_getdate(answer->date, NULL) : -1;
    int64_t difference = (int64_t)date - now_s;

    if (date <= 0 || (difference <= GRANT_SKEW_S && difference >= -GRANT_SKEW_S))
        return false;
    *ret_server_time_s = (int64_t)date;
    return true;
}

GrantResult grant_read_refusal(const char *host, const GrantAnswer *answer, int64_t now_s, GrantOutcome *ret)
{
    AUTO_SECRET_JSON json_t *json = secret_json_load(answer->body, answer->body_length, NULL);
    GrantResult result = GRANT_REFUSED;
    TextBuffer problem = {0};
    const char *code, *text;

    read_error(json, &code, &text);
    text_buffer_printf(&problem, "%s answered %d", host, answer->status);
    if (*code) {
        text_buffer_add_string(&problem, ": ");
        add_quoted(&problem, code);
    }
    if (*text) {
        text_buffer_add_string(&problem, ": ");
        add_quoted(&problem, text);
    }
    if (is_passing(answer->status, code, text))
        result = GRANT_LATER;
    else if (strcmp(code, "invalid_grant") == 0 && is_skewed(answer, now_s, &ret->server_time_s))
        result = GRANT_CLOCK;
    if (strcmp(text_in(json, "error_subtype"), "rapt_required") == 0)
        text_buffer_add_string(&problem, " (the user must log in again)");
    ret->problem = text_buffer_take(&problem);
    return result;
}

/* ---------------------------------------------------------------------------------------------- tokens */

/* What can stand in a header. */
static bool is_token(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return length > 0 && length <= GRANT_TOKEN_BYTES_MAX;
}

/* Takes the token out of @json. False: there is none. */
static GrantResult take_token(const char *host, const json_t *json, const char *name, GrantOutcome *ret)
{
    const char *token = text_in(json, name);

    if (!is_token(token))
        return grant_fail(GRANT_LATER, host, "there is no token in the answer", ret);
    ret->token = secret_copy(token, strlen(token));
    return ret->token ? GRANT_DONE : GRANT_NO_MEMORY;
}

static GrantResult take_lifetime(const char *host, int64_t lifetime_s, int64_t max_s, GrantOutcome *ret)
{
    if (lifetime_s <= 0) {
        ret->token = secret_free(ret->token);
        return grant_fail(GRANT_LATER, host, "the token in the answer has expired", ret);
    }
    ret->lifetime_s = (uint64_t)(lifetime_s < max_s ? lifetime_s : max_s);
    return GRANT_DONE;
}

/* A number, or one in a text. */
static int64_t read_lifetime(const json_t *json)
{
    const json_t *value = json_object_get(json, "expires_in");
    long long seconds = 0;
    int end = 0;

    if (json_is_number(value)) {
        double number = json_number_value(value);

        return number >= GRANT_LIFETIME_S_MAX ? GRANT_LIFETIME_S_MAX : number <= 0 ? 0 : (int64_t)number;
    }
    if (!json_is_string(value))
        return GRANT_LIFETIME_S_UNKNOWN;
    if (sscanf(json_string_value(value), "%9lld%n", &seconds, &end) != 1 || json_string_value(value)[end])
        return GRANT_LIFETIME_S_UNKNOWN;
    return seconds;
}

GrantResult grant_read_token(const char *host, const GrantAnswer *answer, GrantOutcome *ret)
{
    AUTO_SECRET_JSON json_t *json = secret_json_load(answer->body, answer->body_length, NULL);
    GrantResult result;

    if (!json_is_object(json))
        return grant_fail(GRANT_LATER, host, "the answer is no JSON object", ret);
    result = take_token(host, json, "access_token", ret);
    return result == GRANT_DONE ? take_lifetime(host, read_lifetime(json), GRANT_LIFETIME_S_MAX, ret)
                                : result;
}

GrantResult grant_read_impersonation(const char *host, const GrantAnswer *answer, int64_t now_s,
                                     unsigned lifetime_max_s, GrantOutcome *ret)
{
    AUTO_SECRET_JSON json_t *json = secret_json_load(answer->body, answer->body_length, NULL);
    time_t date = answer->date ? curl_getdate(answer->date, NULL) : -1;
    uint64_t expires_us;
    GrantResult result;

    if (!json_is_object(json))
        return grant_fail(GRANT_LATER, host, "the answer is no JSON object", ret);
    if (timestamp_parse(text_in(json, "expireTime"), &expires_us) < 0)
        return grant_fail(GRANT_LATER, host, "there is no expireTime in the answer", ret);
    result = take_token(host, json, "accessToken", ret);
    if (result != GRANT_DONE)
        return result;
    return take_lifetime(host, (int64_t)(expires_us / US_PER_S) - (date > 0 ? (int64_t)date : now_s),
                         lifetime_max_s, ret);
}

GrantResult grant_read_subject(const char *place, const GrantAnswer *answer, const char *field,
                               GrantOutcome *ret)
{
    AUTO_SECRET_JSON json_t *json = NULL;
    const char *token = answer->body;
    size_t length = answer->body_length;

    if (field) {
        json = secret_json_load(answer->body, answer->body_length, NULL);
        if (!json_is_object(json))
            return grant_fail(GRANT_LATER, place, "there is no JSON object in it", ret);
        token = text_in(json, field);
        length = strlen(token);
    }
    if (length == 0 || strlen(token) != length)
        return grant_fail(GRANT_LATER, place, "there is no subject token in it", ret);
    ret->token = secret_copy(token, length);
    return ret->token ? GRANT_DONE : GRANT_NO_MEMORY;
}
