#include "broker/auth/grant.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/auth/credential_fields.h"
#include "broker/auth/default_credentials.h"
#include "broker/auth/secret.h"
#include "tests/broker/auth/keys.hh"

namespace
{

constexpr int64_t NOW_S = 1800000000;

struct Call {
    std::string file, method, url, token, body;
    std::vector<std::string> headers;
    bool is_plain = false;
};

class GrantTest : public testing::Test
{
  protected:
    void begin(const std::string &text, bool is_known_place = false)
    {
        char *error = nullptr;

        secret_init();
        ASSERT_EQ(credential_parse(text.data(), text.size(), "f", CREDENTIAL_OF_BROKER, &credential_, &error),
                  0)
            << error;
        grant_init(&grant_, credential_, NOW_S, is_known_place);
        begun_ = true;
    }

    void begin_metadata(bool is_known_place = false)
    {
        char host[] = "GCE_METADATA_HOST=meta:1", ip[] = "GCE_METADATA_IP=ping:2";
        char *environment[] = {host, ip, nullptr};
        char *error = nullptr;

        ASSERT_EQ(default_credentials_find(environment, &credential_, &error), 0);
        credential_->is_metadata_certain = false;
        grant_init(&grant_, credential_, NOW_S, is_known_place);
        begun_ = true;
    }

    void TearDown() override
    {
        if (begun_)
            grant_deinit(&grant_);
        grant_outcome_deinit(&outcome_);
        credential_free(credential_);
    }

    Call call()
    {
        GrantCall made;
        Call result;

        EXPECT_EQ(grant_call(&grant_, &made), 0);
        result.file = made.file ? made.file : "";
        result.method = made.method ? made.method : "";
        result.url = made.url ? made.url : "";
        result.token = made.token ? made.token : "";
        result.body = made.body ? made.body : "";
        for (const char *const *header = made.headers; *header; header++)
            result.headers.push_back(*header);
        result.is_plain = made.is_plain;
        grant_call_deinit(&made);
        return result;
    }

    GrantResult answer(int status, const std::string &body, const char *date = nullptr,
                       const char *content_type = "application/json; charset=UTF-8",
                       const char *flavor = nullptr)
    {
        std::string text = json_text(body);
        GrantAnswer answered = {status, text.c_str(), text.size(), content_type, date, flavor};

        grant_outcome_deinit(&outcome_);
        return grant_answer(&grant_, &answered, &outcome_);
    }

    std::string problem() const
    {
        return outcome_.problem ? outcome_.problem : "";
    }

    Credential *credential_ = nullptr;
    Grant grant_ = {};
    bool begun_ = false;
    GrantOutcome outcome_ = {};
};

/* --------------------------------------------------------------------------------------------- the kinds */

TEST_F(GrantTest, ServiceAccountSendsAnAssertion)
{
    begin(service_account_text());
    Call made = call();

    EXPECT_EQ(made.method, "POST");
    EXPECT_EQ(made.url, "https://oauth2.googleapis.com/token");
    EXPECT_EQ(made.headers, std::vector<std::string>{"Content-Type: application/x-www-form-urlencoded"});
    EXPECT_EQ(made.body.find("assertion=ey"), 0u);
    EXPECT_NE(made.body.find("&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"),
              std::string::npos);
    ASSERT_EQ(answer(200, "{'access_token': 'ya29.a', 'expires_in': 3599, 'token_type': 'Bearer'}"),
              GRANT_DONE);
    EXPECT_STREQ(outcome_.token, "ya29.a");
    EXPECT_EQ(outcome_.lifetime_s, 3599u);
}

TEST_F(GrantTest, AuthorizedUserRefreshes)
{
    begin(authorized_user_text());
    Call made = call();

    EXPECT_EQ(made.url, "https://oauth2.googleapis.com/token");
    EXPECT_EQ(made.body, "grant_type=refresh_token&client_id=client1&client_secret=client-secret"
                         "&refresh_token=1%2F%2Frefresh-token");
    ASSERT_EQ(answer(200, "{'access_token': 'ya29.a', 'expires_in': '3599'}"), GRANT_DONE);
    EXPECT_EQ(outcome_.lifetime_s, 3599u);
}

TEST_F(GrantTest, ExternalAccountReadsAFileAndExchanges)
{
    begin(external_account_text("{'file': '/run/token'}"));
    EXPECT_EQ(call().file, "/run/token");
    ASSERT_EQ(answer(200, "subject.token\n"), GRANT_NEXT);
    Call made = call();

    EXPECT_EQ(made.url, "https://sts.googleapis.com/v1/token");
    EXPECT_EQ(
        made.body,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
        "&audience=%2F%2Fiam.googleapis.com%2Fprojects%2F42%2Flocations%2Fglobal%2FworkloadIdentityPools%2Fp"
        "%2Fproviders%2Fx"
        "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email%20"
        "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Ffirebase.database"
        "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
        "&subject_token=subject.token%0A" /* as it is: google-auth trims nothing */
        "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt");
    ASSERT_EQ(answer(200, "{'access_token': 'sts', 'expires_in': 3600}"), GRANT_DONE);
    EXPECT_STREQ(outcome_.token, "sts");
}

TEST_F(GrantTest, ExternalAccountAsksAnUrlForAFieldAndImpersonates)
{
    begin(external_account_text("{'url': 'http://169.254.169.254/t', 'headers': {'Metadata': 'True'}, "
                                "'format': {'type': 'json', 'subject_token_field_name': 'value'}}",
                                ", 'service_account_impersonation_url': '" IMPERSONATION_URL "'"));
    Call made = call();
    EXPECT_EQ(made.method, "GET");
    EXPECT_EQ(made.url, "http://169.254.169.254/t");
    EXPECT_EQ(made.headers, std::vector<std::string>{"Metadata: True"});
    EXPECT_TRUE(made.is_plain);
    ASSERT_EQ(answer(200, "{'value': 'subject'}"), GRANT_NEXT);

    made = call();
    EXPECT_NE(made.body.find("&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fiam&"), std::string::npos);
    EXPECT_NE(made.body.find("&subject_token=subject&"), std::string::npos);
    EXPECT_EQ(made.token, "");
    ASSERT_EQ(answer(200, "{'access_token': 'sts', 'expires_in': 3600}"), GRANT_NEXT);

    made = call();
    EXPECT_EQ(made.url, IMPERSONATION_URL);
    EXPECT_EQ(made.token, "sts");
    EXPECT_EQ(made.body,
              json_text("{'delegates':null,'scope':['https://www.googleapis.com/auth/userinfo.email',"
                        "'https://www.googleapis.com/auth/firebase.database'],'lifetime':'3600s'}"));
    ASSERT_EQ(answer(200, "{'accessToken': 'imp', 'expireTime': '2027-01-15T08:50:00Z'}",
                     "Fri, 15 Jan 2027 08:00:00 GMT"),
              GRANT_DONE);
    EXPECT_STREQ(outcome_.token, "imp");
    EXPECT_EQ(outcome_.lifetime_s, 3000u);
}

TEST_F(GrantTest, ClientOfAnExternalAccountAuthenticatesItself)
{
    begin(external_account_text("{'file': 'a'}", ", 'client_id': 'me', 'client_secret': 'you'"));
    ASSERT_EQ(answer(200, "s"), GRANT_NEXT);
    EXPECT_EQ(call().headers, (std::vector<std::string>{"Authorization: Basic bWU6eW91",
                                                        "Content-Type: application/x-www-form-urlencoded"}));
}

TEST_F(GrantTest, WorkforcePoolNamesItsProject)
{
    begin(external_account_text("{'file': 'a'}", ", 'workforce_pool_user_project': '7'"));
    ASSERT_EQ(answer(200, "s"), GRANT_NEXT);
    EXPECT_NE(call().body.find("&options=%257B%2522userProject%2522%253A%2520%25227%2522%257D"),
              std::string::npos);
}

TEST_F(GrantTest, ImpersonatedAccountUsesItsSource)
{
    begin(impersonated_text(service_account_text(), ", 'delegates': ['a@b']"));
    EXPECT_EQ(call().url, "https://oauth2.googleapis.com/token");
    ASSERT_EQ(answer(200, "{'access_token': 'source'}"), GRANT_NEXT);
    Call made = call();
    EXPECT_EQ(made.url, IMPERSONATION_URL);
    EXPECT_EQ(made.token, "source");
    EXPECT_NE(made.body.find(json_text("'delegates':['a@b']")), std::string::npos);
}

TEST_F(GrantTest, ExternalSourceThatImpersonatesIsImpersonatedFrom)
{
    begin(impersonated_text(external_account_text(
        "{'file': 'a'}",
        ", 'service_account_impersonation_url': 'https://iam.example.com/x:generateAccessToken'")));
    ASSERT_EQ(answer(200, "s"), GRANT_NEXT);
    ASSERT_EQ(answer(200, "{'access_token': 'sts'}"), GRANT_NEXT);
    EXPECT_EQ(call().url, "https://iam.example.com/x:generateAccessToken");
    EXPECT_NE(call().body.find("auth/iam"), std::string::npos);
    ASSERT_EQ(answer(200, "{'accessToken': 'first', 'expireTime': '2027-01-15T08:50:00Z'}"), GRANT_NEXT);
    EXPECT_EQ(call().url, IMPERSONATION_URL);
    EXPECT_EQ(call().token, "first");
}

TEST_F(GrantTest, MetadataServerIsLookedForThenAsked)
{
    begin_metadata();
    Call made = call();
    EXPECT_EQ(made.url, "http://ping:2/");
    EXPECT_EQ(made.headers, std::vector<std::string>{"Metadata-Flavor: Google"});
    EXPECT_TRUE(made.is_plain);
    ASSERT_EQ(answer(200, "", nullptr, "text/plain", "Google"), GRANT_NEXT);
    made = call();
    EXPECT_EQ(made.url, "http://meta:1/computeMetadata/v1/instance/service-accounts/default/token"
                        "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email%2C"
                        "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Ffirebase.database");
    EXPECT_EQ(made.headers, std::vector<std::string>{"Metadata-Flavor: Google"});
    ASSERT_EQ(answer(200, "{'access_token': 'm', 'expires_in': 300}", nullptr, "application/json"),
              GRANT_DONE);
    EXPECT_EQ(outcome_.lifetime_s, 300u);
}

TEST_F(GrantTest, MetadataServerThatIsKnownIsAskedAtOnce)
{
    begin_metadata(true);
    EXPECT_EQ(call().url.find("http://meta:1/"), 0u);
}

TEST_F(GrantTest, WhoAnswersWithoutTheFlavorIsNoMetadataServer)
{
    for (const char *flavor : {static_cast<const char *>(nullptr), "", "google", "Amazon"}) {
        begin_metadata();
        EXPECT_EQ(answer(200, "", nullptr, "text/html", flavor), GRANT_LATER);
        EXPECT_NE(problem().find("there are no credentials"), std::string::npos);
        credential_ = credential_free(credential_);
    }
}

TEST_F(GrantTest, MetadataServersTokenIsJsonByItsType)
{
    begin_metadata(true);
    EXPECT_EQ(answer(200, "{'access_token': 'm'}", nullptr, "text/plain"), GRANT_LATER);
    EXPECT_EQ(answer(200, "{'access_token': 'm'}", nullptr, "application/jsonp"), GRANT_LATER);
    EXPECT_EQ(answer(200, "{'access_token': 'm'}", nullptr, nullptr), GRANT_LATER);
}

TEST_F(GrantTest, MachineWithoutAServiceAccountIsRefused)
{
    begin_metadata(true);
    EXPECT_EQ(answer(404, "<html>", nullptr, "text/html"), GRANT_REFUSED);
    EXPECT_EQ(problem(), "the metadata server answered 404");
}

/* ------------------------------------------------------------------------------------------------ answers */

TEST_F(GrantTest, FaultsThatPass)
{
    begin(authorized_user_text());
    for (int status : {302, 408, 429, 500, 502, 503, 504})
        EXPECT_EQ(answer(status, ""), GRANT_LATER) << status;
    for (const char *word : {"internal_failure", "server_error", "temporarily_unavailable"})
        EXPECT_EQ(answer(400, "{'error': '" + std::string(word) + "'}"), GRANT_LATER) << word;
    EXPECT_EQ(answer(400, "{'error': 'x', 'error_description': 'server_error'}"), GRANT_LATER);
}

TEST_F(GrantTest, AnswersThatAreNone)
{
    begin(authorized_user_text());
    for (const char *body :
         {"", "<html>", "[]", "{}", "{'access_token': ''}", "{'access_token': 7}", "{'access_token': 'a b'}",
          "{'access_token': 'a\\r\\nX: y'}", "{'access_token': '\xc3\xa4'}", "{'access_token': 'a'"})
        EXPECT_EQ(answer(200, body), GRANT_LATER) << body;
    EXPECT_EQ(answer(200, "{'access_token': '" + std::string(20000, 'a') + "'}"), GRANT_LATER);
    EXPECT_EQ(problem(), "oauth2.googleapis.com: there is no token in the answer");
}

TEST_F(GrantTest, ExpiredTokenIsNone)
{
    begin(authorized_user_text());
    for (const char *seconds : {"0", "-1", "'0'", "-1e300", "'-5'"})
        EXPECT_EQ(answer(200, "{'access_token': 'a', 'expires_in': " + std::string(seconds) + "}"),
                  GRANT_LATER);
    EXPECT_EQ(problem(), "oauth2.googleapis.com: the token in the answer has expired");
}

TEST_F(GrantTest, LifetimesThatAreStrange)
{
    begin(authorized_user_text());
    for (const char *seconds : {"null", "[]", "'x'", "''", "'12x'"}) {
        EXPECT_EQ(answer(200, "{'access_token': 'a', 'expires_in': " + std::string(seconds) + "}"),
                  GRANT_DONE);
        EXPECT_EQ(outcome_.lifetime_s, static_cast<uint64_t>(GRANT_LIFETIME_S_UNKNOWN)) << seconds;
    }
    for (const char *seconds : {"1e300", "999999999", "'999999999'"}) {
        EXPECT_EQ(answer(200, "{'access_token': 'a', 'expires_in': " + std::string(seconds) + "}"),
                  GRANT_DONE);
        EXPECT_EQ(outcome_.lifetime_s, static_cast<uint64_t>(GRANT_LIFETIME_S_MAX)) << seconds;
    }
}

TEST_F(GrantTest, ImpersonationThatHasExpiredOrNeverDoes)
{
    begin(impersonated_text(authorized_user_text()));
    ASSERT_EQ(answer(200, "{'access_token': 'source'}"), GRANT_NEXT);
    EXPECT_EQ(answer(200, "{'accessToken': 'a', 'expireTime': '2020-01-01T00:00:00Z'}"), GRANT_LATER);
    EXPECT_EQ(answer(200, "{'accessToken': 'a', 'expireTime': 'soon'}"), GRANT_LATER);
    EXPECT_EQ(answer(200, "{'accessToken': 'a'}"), GRANT_LATER);
    EXPECT_EQ(answer(200, "{'accessToken': 'a', 'expireTime': '2099-01-01T00:00:00Z'}"), GRANT_DONE);
    EXPECT_EQ(outcome_.lifetime_s, 3600u); /* no longer than was asked for, whatever our clock says */
}

TEST_F(GrantTest, RefusalIsToldInBothForms)
{
    begin(authorized_user_text());
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant', 'error_description': 'Bad Request'}"), GRANT_REFUSED);
    EXPECT_EQ(problem(), "oauth2.googleapis.com answered 400: invalid_grant: Bad Request");
    EXPECT_EQ(answer(403, "{'error': {'code': 403, 'message': 'No way.', 'status': 'PERMISSION_DENIED'}}"),
              GRANT_REFUSED);
    EXPECT_EQ(problem(), "oauth2.googleapis.com answered 403: PERMISSION_DENIED: No way.");
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant', 'error_subtype': 'rapt_required'}"), GRANT_REFUSED);
    EXPECT_EQ(problem(), "oauth2.googleapis.com answered 400: invalid_grant (the user must log in again)");
}

TEST_F(GrantTest, RefusalThatQuotesASecretIsNotQuoted)
{
    const std::string secret = "1//0gAbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdef";

    begin(authorized_user_text());
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant', 'error_description': 'Token " + secret + " is bad'}"),
              GRANT_REFUSED);
    EXPECT_EQ(problem(), "oauth2.googleapis.com answered 400: invalid_grant: Token [...] is bad");
    EXPECT_EQ(answer(400, "{'error': '" + secret + "'}"), GRANT_REFUSED);
    EXPECT_EQ(problem(), "oauth2.googleapis.com answered 400: [...]");
    EXPECT_EQ(answer(400, "{'error': 'x', 'error_description': 'a\\nb" + std::string(5000, ' ') + "c'}"),
              GRANT_REFUSED);
    EXPECT_LT(problem().size(), 400u);
}

/* -------------------------------------------------------------------------------------------------- clock */

TEST_F(GrantTest, RefusedAssertionTellsThatOurClockIsWrong)
{
    begin(service_account_text());
    EXPECT_EQ(answer(400,
                     "{'error': 'invalid_grant', 'error_description': 'Invalid JWT: reasonable timeframe'}",
                     "Sat, 16 Jan 2027 08:00:00 GMT"),
              GRANT_CLOCK);
    EXPECT_EQ(outcome_.server_time_s, NOW_S + 86400);
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant'}", "Thu, 14 Jan 2027 08:00:00 GMT"), GRANT_CLOCK);
    EXPECT_EQ(outcome_.server_time_s, NOW_S - 86400);
}

TEST_F(GrantTest, ClockThatIsRightIsNotBlamed)
{
    begin(service_account_text());
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant'}", "Fri, 15 Jan 2027 08:00:59 GMT"), GRANT_REFUSED);
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant'}", "garbage"), GRANT_REFUSED);
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant'}"), GRANT_REFUSED);
    EXPECT_EQ(answer(400, "{'error': 'invalid_client'}", "Sat, 16 Jan 2027 08:00:00 GMT"), GRANT_REFUSED);
}

TEST_F(GrantTest, ClockDoesNotMatterToAUser)
{
    begin(authorized_user_text());
    EXPECT_EQ(answer(400, "{'error': 'invalid_grant'}", "Sat, 16 Jan 2027 08:00:00 GMT"), GRANT_REFUSED);
}

} // namespace
