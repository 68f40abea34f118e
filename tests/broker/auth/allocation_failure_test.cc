/* Every allocation that can fail is told as such, and leaves nothing behind (with the address sanitizer). */
#include <gtest/gtest.h>

#include <string>

#include "broker/auth/credential.h"
#include "broker/auth/default_credentials.h"
#include "broker/auth/grant.h"
#include "broker/auth/secret.h"
#include "broker/auth/token_source.h"
#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/auth/keys.hh"

namespace
{

using failing_memory::expect_every_failure_is_told;

int parse(const std::string &text, Credential **ret)
{
    char *error = nullptr;
    int result = credential_parse(text.data(), text.size(), "f", CREDENTIAL_OF_BROKER, ret, &error);

    EXPECT_NE(result, -EINVAL) << error;
    free(error);
    return result;
}

class AllocationFailure : public testing::Test
{
  protected:
    void SetUp() override
    {
        secret_init();
    }
};

TEST_F(AllocationFailure, OfCredentials)
{
    const std::string texts[] = {
        authorized_user_text(),
        external_account_text("{'url': 'https://a/', 'headers': {'A': 'b'}, 'format': {'type': 'json', "
                              "'subject_token_field_name': 'c'}}"),
        impersonated_text(authorized_user_text(), ", 'delegates': ['a']"),
    };

    for (const std::string &text : texts) {
        expect_every_failure_is_told([&] {
            Credential *credential = nullptr;
            int result = parse(text, &credential);

            credential_free(credential);
            return result;
        });
    }
}

TEST_F(AllocationFailure, OfErrors)
{
    expect_every_failure_is_told([] {
        Credential *credential = nullptr;
        char *error = nullptr;
        int result = credential_parse("{}", 2, "f", CREDENTIAL_OF_BROKER, &credential, &error);

        EXPECT_EQ(result == -EINVAL, error != nullptr);
        free(error);
        return result == -EINVAL ? 0 : result;
    });
}

TEST_F(AllocationFailure, OfCallsAndAnswers)
{
    const std::string texts[] = {
        authorized_user_text(),
        external_account_text("{'file': 'a'}",
                              ", 'client_id': 'b', 'client_secret': 'c', "
                              "'service_account_impersonation_url': '" IMPERSONATION_URL "'"),
    };
    const std::string body = json_text("{'access_token': 'a', 'accessToken': 'b', 'expires_in': 5, "
                                       "'expireTime': '2027-01-15T08:50:00Z'}");

    for (const std::string &text : texts) {
        Credential *credential = nullptr;

        ASSERT_EQ(parse(text, &credential), 0);
        expect_every_failure_is_told([&] {
            const GrantAnswer answer = {200, body.c_str(), body.size(), nullptr, nullptr, nullptr};
            GrantResult result = GRANT_NEXT;
            Grant grant;

            grant_init(&grant, credential, 1800000000, false);
            while (result == GRANT_NEXT) {
                GrantOutcome outcome;
                GrantCall call;

                if (grant_call(&grant, &call) < 0) {
                    result = GRANT_NO_MEMORY;
                    break;
                }
                grant_call_deinit(&call);
                result = grant_answer(&grant, &answer, &outcome);
                grant_outcome_deinit(&outcome);
            }
            grant_deinit(&grant);
            return result == GRANT_DONE ? 0 : -ENOMEM; /* an answer that cannot be read is as good as none */
        });
        credential_free(credential);
    }
}

TEST_F(AllocationFailure, OfTheMetadataServersName)
{
    expect_every_failure_is_told([] {
        char *environment[] = {nullptr};
        Credential *credential = nullptr;
        char *error = nullptr;
        int result = default_credentials_find(environment, &credential, &error);

        credential_free(credential);
        free(error);
        return result;
    });
}

TEST_F(AllocationFailure, OfASource)
{
    expect_every_failure_is_told([] {
        Credential *credential = credential_new_fixed("owner");
        TokenSourceOptions options = {};
        TokenSource *source = nullptr;

        if (!credential)
            return -ENOMEM;
        int result = token_source_new(&options, credential, &source);

        /* It has no call under way and no timers, which token_source_free() would look for. */
        EXPECT_EQ(result == 0, source != nullptr);
        if (source)
            token_source_free(source);
        return result;
    });
}

} // namespace
