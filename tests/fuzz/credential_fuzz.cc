/* A credential file of any bytes, and then an answer of any bytes to each call that it leads to: there is a
 * credential or one line about the file, and a token or one line about the endpoint; what is sent has no line
 * breaks where headers have none. */
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <strings.h>

#include "broker/auth/credential.h"
#include "broker/auth/grant.h"
#include "broker/auth/secret.h"

namespace
{

void require(bool is_so)
{
    if (!is_so)
        abort();
}

/* For people: one line, and not endless. */
void check_problem(const char *problem)
{
    require(problem && *problem && strlen(problem) < 4096);
    for (; *problem; problem++)
        require(static_cast<unsigned char>(*problem) >= 0x20);
}

void check_token(const char *token)
{
    require(token && *token && strlen(token) <= GRANT_TOKEN_BYTES_MAX);
    for (; *token; token++)
        require(*token > ' ' && *token <= '~');
}

void check_call(const GrantCall *call)
{
    for (const char *const *header = call->headers; *header; header++)
        require(!strpbrk(*header, "\r\n"));
    if (!call->file)
        require(call->url &&
                (strncasecmp(call->url, "https://", 8) == 0 || strncasecmp(call->url, "http://", 7) == 0));
}

void check_outcome(GrantResult result, const GrantOutcome *outcome)
{
    switch (result) {
    case GRANT_DONE:
        check_token(outcome->token);
        require(outcome->lifetime_s > 0 && outcome->lifetime_s <= GRANT_LIFETIME_S_MAX);
        break;
    case GRANT_LATER:
    case GRANT_REFUSED:
    case GRANT_CLOCK:
        require(!outcome->token);
        check_problem(outcome->problem);
        break;
    case GRANT_NEXT:
    case GRANT_NO_MEMORY:
        break;
    }
}

/* @data is the answer to every call. */
void answer_all(const Credential *credential, const char *data, size_t size, int status)
{
    Grant grant;
    GrantResult result = GRANT_NEXT;

    grant_init(&grant, credential, 1800000000, false);
    while (result == GRANT_NEXT) {
        const GrantAnswer answer = {status, data, size, "application/json", "Fri, 15 Jan 2027 08:00:00 GMT",
                                    nullptr};
        GrantCall call;
        GrantOutcome outcome;

        require(grant_call(&grant, &call) == 0);
        check_call(&call);
        grant_call_deinit(&call);
        result = grant_answer(&grant, &answer, &outcome);
        check_outcome(result, &outcome);
        grant_outcome_deinit(&outcome);
    }
    grant_deinit(&grant);
}

void try_use(const char *data, size_t size, CredentialUse use)
{
    Credential *credential = nullptr;
    char *error = nullptr;

    if (credential_parse(data, size, "f", use, &credential, &error) < 0) {
        check_problem(error);
        free(error);
        return;
    }
    require(use == CREDENTIAL_OF_BROKER || credential_kind(credential) == CREDENTIAL_SERVICE_ACCOUNT);
    answer_all(credential, data, size, 200);
    answer_all(credential, data, size, 400);
    credential_free(credential);
}

/* Answers alone, to a credential that is good. */
void try_answer(const char *data, size_t size)
{
    static const char user[] =
        "{\"type\": \"impersonated_service_account\", \"service_account_impersonation_url\": "
        "\"https://a/b:generateAccessToken\", \"source_credentials\": {\"type\": "
        "\"authorized_user\", \"client_id\": \"a\", \"client_secret\": \"b\", "
        "\"refresh_token\": \"c\"}}";
    Credential *credential = nullptr;
    char *error = nullptr;

    require(credential_parse(user, sizeof user - 1, "f", CREDENTIAL_OF_BROKER, &credential, &error) == 0);
    answer_all(credential, data, size, 200);
    answer_all(credential, data, size, 403);
    credential_free(credential);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = reinterpret_cast<const char *>(data);
    char *text = secret_copy(size ? bytes : "", size); /* answers are terminated */

    secret_init();
    try_use(text, size, CREDENTIAL_OF_BROKER);
    try_use(text, size, CREDENTIAL_OF_APP);
    try_answer(text, size);
    secret_free(text);
    return 0;
}
