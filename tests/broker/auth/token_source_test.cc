#include "broker/auth/token_source.h"

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include "broker/auth/credential_fields.h"
#include "broker/auth/default_credentials.h"
#include "broker/auth/secret.h"
#include "tests/broker/auth/keys.hh"
#include "tests/broker/util/fake_clock.hh"

struct HttpCall {
    std::string url;
    std::string body;
    std::string token;
    void (*on_done)(void *context, const HttpAnswer *answer);
    void *context;
};

namespace
{

/* The calls that wait for an answer, and the headers of the answer that is being given. */
std::deque<HttpCall *> *calls;
std::string *date_header;

int begin_call(HttpClient *, const HttpCallRequest *request, HttpCall **ret)
{
    HttpCall *call = new HttpCall{request->url, request->body ? request->body : "",
                                  request->token ? request->token : "", request->on_done, request->context};

    free(request->body);
    calls->push_back(call);
    *ret = call;
    return 0;
}

HttpCall *cancel_call(HttpCall *call)
{
    for (size_t i = 0; i < calls->size(); i++) {
        if ((*calls)[i] != call)
            continue;
        calls->erase(calls->begin() + static_cast<long>(i));
        delete call;
    }
    return nullptr;
}

const char *header_of(const HttpAnswer *, const char *name)
{
    if (std::string(name) == "Content-Type")
        return "application/json";
    if (std::string(name) == "Metadata-Flavor")
        return "Google";
    return date_header->empty() ? nullptr : date_header->c_str();
}

const TokenTransport transport = {begin_call, cancel_call, header_of};

struct Waiter {
    TokenRequest request;
    std::vector<std::string> tokens;

    Waiter()
    {
        token_request_init(&request, done, this);
    }
    Waiter(const Waiter &) = delete;
    ~Waiter()
    {
        token_request_cancel(&request);
    }
    static void done(void *context, const char *token)
    {
        static_cast<Waiter *>(context)->tokens.push_back(token);
    }
};

class TokenSourceTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        secret_init();
        calls = &calls_;
        date_header = &date_;
        ASSERT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
    }

    void TearDown() override
    {
        token_source_free(source_);
        timers_free(timers_);
        EXPECT_TRUE(calls_.empty());
    }

    void make(Credential *credential)
    {
        TokenSourceOptions options = {nullptr, timers_, &metrics_, &transport};

        ASSERT_EQ(token_source_new(&options, credential, &source_), 0);
    }

    void make(const std::string &text)
    {
        Credential *credential = nullptr;
        char *error = nullptr;

        ASSERT_EQ(credential_parse(text.data(), text.size(), "f", CREDENTIAL_OF_BROKER, &credential, &error),
                  0)
            << error;
        make(credential);
    }

    void make_metadata()
    {
        char host[] = "GCE_METADATA_HOST=meta";
        char *environment[] = {host, nullptr};
        Credential *credential = nullptr;
        char *error = nullptr;

        ASSERT_EQ(default_credentials_find(environment, &credential, &error), 0);
        credential->is_metadata_certain = false; /* whatever machine this is */
        make(credential);
    }

    void ask(Waiter *waiter)
    {
        token_source_get(source_, &waiter->request);
        timers_run(timers_);
    }

    /* Time goes by, and the timers with it. */
    void pass_s(uint64_t seconds)
    {
        for (uint64_t i = 0; i < seconds; i++) {
            clock_.pass_us(US_PER_S);
            timers_run(timers_);
        }
    }

    /* The one call that waits. */
    HttpCall *call()
    {
        EXPECT_EQ(calls_.size(), 1u);
        return calls_.empty() ? nullptr : calls_.front();
    }

    void answer(int status, const std::string &body, int result = 0)
    {
        ASSERT_EQ(calls_.size(), 1u);
        HttpCall *call = calls_.front();
        std::string text = json_text(body);
        HttpAnswer answered = {};

        calls_.pop_front();
        answered.result = result;
        answered.problem = result < 0 ? "the-host: it does not answer" : "";
        answered.status = status;
        answered.body = text.c_str();
        answered.body_length = text.size();
        answered.retry_after_s = retry_after_s_;
        call->on_done(call->context, &answered);
        delete call;
        timers_run(timers_);
    }

    void give(const std::string &token, unsigned lifetime_s = 3600)
    {
        answer(200, "{'access_token': '" + token + "', 'expires_in': " + std::to_string(lifetime_s) + "}");
    }

    std::string peek()
    {
        const char *token = token_source_peek(source_);

        return token ? token : "(none)";
    }

    FakeClock clock_;
    Metrics metrics_ = {};
    Timers *timers_ = nullptr;
    TokenSource *source_ = nullptr;
    std::deque<HttpCall *> calls_;
    std::string date_;
    uint64_t retry_after_s_ = 0;
};

TEST_F(TokenSourceTest, AsksNothingUntilSomebodyWantsAToken)
{
    make(authorized_user_text());
    pass_s(10);
    EXPECT_EQ(peek(), "(none)");
    EXPECT_TRUE(calls_.empty());
}

TEST_F(TokenSourceTest, OneExchangeServesAllWhoAsk)
{
    Waiter first, second, third;

    make(authorized_user_text());
    ask(&first);
    ask(&second);
    EXPECT_EQ(calls_.size(), 1u);
    give("t1");
    EXPECT_EQ(first.tokens, std::vector<std::string>{"t1"});
    EXPECT_EQ(second.tokens, std::vector<std::string>{"t1"});
    ask(&third);
    EXPECT_EQ(third.tokens, std::vector<std::string>{"t1"});
    EXPECT_EQ(peek(), "t1");
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(metrics_get(&metrics_, METRIC_TOKENS_RECEIVED), 1);
}

TEST_F(TokenSourceTest, NothingIsGivenFromWithinGet)
{
    Waiter waiter, other;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    token_source_get(source_, &other.request);
    EXPECT_TRUE(other.tokens.empty());
    timers_run(timers_);
    EXPECT_EQ(other.tokens.size(), 1u);
}

TEST_F(TokenSourceTest, CancelledRequestIsForgotten)
{
    Waiter waiter, other;

    make(authorized_user_text());
    ask(&waiter);
    ask(&other);
    token_request_cancel(&other.request);
    token_request_cancel(&other.request);
    give("t1");
    EXPECT_EQ(waiter.tokens.size(), 1u);
    EXPECT_TRUE(other.tokens.empty());
}

TEST_F(TokenSourceTest, TokenIsRenewedAheadOfItsEndOnce)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    pass_s(3299);
    EXPECT_TRUE(calls_.empty());
    pass_s(2);
    EXPECT_EQ(calls_.size(), 1u);
    EXPECT_EQ(peek(), "t1"); /* meanwhile the old one serves */
    pass_s(100);
    EXPECT_EQ(calls_.size(), 1u);
    give("t2");
    EXPECT_EQ(peek(), "t2");
    pass_s(3000);
    EXPECT_TRUE(calls_.empty());
}

TEST_F(TokenSourceTest, TokenIsUsedNearlyToItsEndWhereThereIsNoNewOne)
{
    Waiter waiter, other;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    pass_s(3310);
    for (int i = 0; i < 3; i++) {
        answer(503, "");
        pass_s(60);
    }
    EXPECT_EQ(peek(), "t1");
    EXPECT_STREQ(token_source_problem(source_), "oauth2.googleapis.com answered 503");
    pass_s(100);
    EXPECT_EQ(peek(), "(none)");
    ask(&other);
    give("t2");
    EXPECT_EQ(other.tokens, std::vector<std::string>{"t2"});
    EXPECT_EQ(token_source_problem(source_), nullptr);
}

TEST_F(TokenSourceTest, RefusedTokenIsReplacedAtOnceAndOnce)
{
    Waiter first, second;

    make(authorized_user_text());
    ask(&first);
    give("t1");
    pass_s(600);
    token_source_refuse(source_, "t1");
    token_source_refuse(source_, "t1");
    EXPECT_EQ(peek(), "(none)");
    ask(&first);
    ask(&second);
    EXPECT_EQ(calls_.size(), 1u);
    give("t2");
    token_source_refuse(source_, "t1"); /* who was slower */
    EXPECT_EQ(peek(), "t2");
    EXPECT_EQ(second.tokens, std::vector<std::string>{"t2"});
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(metrics_get(&metrics_, METRIC_TOKENS_REFUSED), 1);
}

TEST_F(TokenSourceTest, RefusalDoesNotShortenWhatTheEndpointAskedFor)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    pass_s(3301);
    retry_after_s_ = 100;
    answer(429, "");
    token_source_refuse(source_, "t1");
    ask(&waiter);
    pass_s(99);
    EXPECT_TRUE(calls_.empty());
    pass_s(2);
    give("t2");
    EXPECT_EQ(waiter.tokens.back(), "t2");
}

TEST_F(TokenSourceTest, TokensThatAreRefusedAgainAndAgainAreAskedForWithBackoff)
{
    Waiter waiter;
    unsigned num_exchanges = 0;

    make(authorized_user_text());
    ask(&waiter);
    for (int second = 0; second < 600; second++) {
        if (!calls_.empty()) {
            give("t" + std::to_string(++num_exchanges));
            token_source_refuse(source_, ("t" + std::to_string(num_exchanges)).c_str());
            token_source_get(source_, &waiter.request);
        }
        pass_s(1);
    }
    EXPECT_GE(num_exchanges, 600000u / TOKEN_AGAIN_MS);
    EXPECT_LE(num_exchanges, 400u); /* 300 is what chance makes of it */
}

TEST_F(TokenSourceTest, HoweverLongTokensWereRefusedTheNextIsThereInAFewSeconds)
{
    Waiter waiter;
    std::string token;

    make(authorized_user_text());
    ask(&waiter);
    for (int i = 0; i < 50; i++) {
        token = "t" + std::to_string(i);
        give(token);
        ASSERT_EQ(waiter.tokens.back(), token);
        token_source_refuse(source_, token.c_str());
        token_source_get(source_, &waiter.request);
        pass_s(TOKEN_AGAIN_MS / 1000);
        ASSERT_EQ(calls_.size(), 1u);
    }
    give("good");
    EXPECT_EQ(waiter.tokens.back(), "good");
}

TEST_F(TokenSourceTest, TokenMayBeRefusedFromWithinDone)
{
    struct Refuser {
        TokenRequest request;
        TokenSource *source;
        static void done(void *context, const char *token)
        {
            token_source_refuse(static_cast<Refuser *>(context)->source, token);
        }
    } refuser;
    Waiter waiter;

    make(authorized_user_text());
    refuser.source = source_;
    token_request_init(&refuser.request, Refuser::done, &refuser);
    token_source_get(source_, &refuser.request);
    ask(&waiter);
    give("t1");
    EXPECT_TRUE(waiter.tokens.empty());
    give("t2");
    EXPECT_EQ(waiter.tokens, std::vector<std::string>{"t2"});
}

TEST_F(TokenSourceTest, WhoAsksAgainFromWithinDoneIsServedInTheNextTurn)
{
    struct Asker {
        TokenRequest request;
        TokenSource *source;
        int num = 0;
        static void done(void *context, const char *)
        {
            Asker *self = static_cast<Asker *>(context);

            self->num++;
            token_source_get(self->source, &self->request);
        }
    } asker;

    make(authorized_user_text());
    asker.source = source_;
    token_request_init(&asker.request, Asker::done, &asker);
    token_source_get(source_, &asker.request);
    timers_run(timers_);
    give("t1");
    EXPECT_EQ(asker.num, 1);
    timers_run(timers_);
    EXPECT_EQ(asker.num, 2);
    token_request_cancel(&asker.request);
}

TEST_F(TokenSourceTest, FailuresAreRepeatedWithBackoffUntilOneSucceeds)
{
    Waiter waiter;
    unsigned num_attempts = 0;

    make(authorized_user_text());
    ask(&waiter);
    for (int second = 0; second < 600; second++) {
        if (!calls_.empty()) {
            num_attempts++;
            answer(429, "");
        }
        pass_s(1);
    }
    EXPECT_GE(num_attempts, 8u);
    EXPECT_LE(num_attempts, 100u);
    EXPECT_TRUE(waiter.tokens.empty());
    while (calls_.empty())
        pass_s(1);
    give("t1");
    EXPECT_EQ(waiter.tokens.size(), 1u);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_TOKENS_FAILED), num_attempts);
}

TEST_F(TokenSourceTest, FaultsThatPassAreTriedEveryFewSeconds)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    for (int i = 0; i < 51; i++) {
        int waited_s = 0;

        if (i % 2)
            answer(503, "");
        else
            answer(0, "", -111);
        for (; calls_.empty(); waited_s++)
            pass_s(1);
        EXPECT_LE(waited_s, 5);
    }
    EXPECT_STREQ(token_source_problem(source_), "the-host: it does not answer");
    give("t1");
}

TEST_F(TokenSourceTest, RetryAfterIsHonouredWithinReason)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    retry_after_s_ = 100;
    answer(429, "");
    pass_s(99);
    EXPECT_TRUE(calls_.empty());
    pass_s(2);
    retry_after_s_ = 1000000;
    answer(503, "");
    pass_s(599);
    EXPECT_TRUE(calls_.empty());
    pass_s(2);
    EXPECT_EQ(calls_.size(), 1u);
}

TEST_F(TokenSourceTest, RefusedCredentialIsTriedEveryOtherMinute)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    EXPECT_FALSE(token_source_is_refused(source_));
    answer(400, "{'error': 'invalid_grant'}");
    EXPECT_TRUE(token_source_is_refused(source_));
    pass_s(59);
    EXPECT_TRUE(calls_.empty());
    pass_s(62);
    EXPECT_EQ(calls_.size(), 1u);
    give("t1");
    EXPECT_FALSE(token_source_is_refused(source_));
}

TEST_F(TokenSourceTest, RefusedCredentialIsReadAgainFromItsFile)
{
    Waiter waiter;
    Credential *credential = nullptr;
    char *error = nullptr;
    char path[] = "/tmp/user_XXXXXX";
    std::string text = authorized_user_text();

    close(mkstemp(path));
    std::ofstream(path) << text;
    ASSERT_EQ(credential_read(path, &credential, &error), 0);
    make(credential);
    ask(&waiter);
    for (const char *content : {"", "{}", text.c_str()}) {
        answer(400, "{'error': 'invalid_grant'}");
        std::ofstream(path) << content;
        pass_s(121);
        EXPECT_NE(call()->body.find("refresh_token=1%2F%2Frefresh-token"), std::string::npos) << content;
    }
    answer(400, "{'error': 'invalid_grant'}");
    text.replace(text.find("1//refresh-token"), 16, "1//another-token");
    std::ofstream(path) << text;
    pass_s(121);
    EXPECT_NE(call()->body.find("refresh_token=1%2F%2Fanother-token"), std::string::npos);
    give("t1");
    EXPECT_EQ(waiter.tokens.size(), 1u);
    unlink(path);
}

TEST_F(TokenSourceTest, ShortLivedTokensDoNotMakeABusyLoop)
{
    Waiter waiter;
    unsigned num_exchanges = 0;

    make(authorized_user_text());
    ask(&waiter);
    for (int step = 0; step < 200; step++) {
        if (!calls_.empty()) {
            num_exchanges++;
            give("t", 1);
        }
        token_source_get(source_, &waiter.request);
        clock_.pass_us(US_PER_S / 10);
        timers_run(timers_);
    }
    EXPECT_LE(num_exchanges, 21u);
    EXPECT_GE(num_exchanges, 10u);
}

/* -------------------------------------------------------------------------------------------------- clocks
 */

TEST_F(TokenSourceTest, FrozenProcessDoesNotUseADeadToken)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    clock_.pass_us(5 * 3600 * static_cast<uint64_t>(US_PER_S)); /* no timer has run */
    EXPECT_EQ(peek(), "(none)");
    EXPECT_EQ(calls_.size(), 1u);
    ask(&waiter);
    give("t2");
    EXPECT_EQ(waiter.tokens.back(), "t2");
}

TEST_F(TokenSourceTest, SuspendedMachineDoesNotUseADeadToken)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    pass_s(2);
    clock_.suspended_us += 2 * 3600 * static_cast<uint64_t>(US_PER_S);
    EXPECT_EQ(peek(), "(none)");
    EXPECT_EQ(calls_.size(), 1u);
}

TEST_F(TokenSourceTest, VirtualMachineThatDidNotExistDoesNotUseADeadToken)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    clock_.unix_now_us += 86400 * static_cast<uint64_t>(US_PER_S);
    EXPECT_EQ(peek(), "(none)");
}

TEST_F(TokenSourceTest, WallClockThatGoesBackKeepsNothingAlive)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    give("t1");
    clock_.unix_now_us -= 86400 * static_cast<uint64_t>(US_PER_S);
    EXPECT_EQ(peek(), "t1");
    pass_s(3305);
    EXPECT_EQ(calls_.size(), 1u);
    pass_s(300);
    EXPECT_EQ(peek(), "(none)");
}

TEST_F(TokenSourceTest, AgeOfATokenCountsFromItsRequest)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    clock_.pass_us(25 * US_PER_S);
    give("t1", 20);
    EXPECT_TRUE(waiter.tokens.empty());
}

std::string payload_of(const std::string &body)
{
    size_t first = body.find('.');
    std::string text = body.substr(first + 1, body.find('.', first + 1) - first - 1);
    std::string result(text.size() + 4, '\0');

    for (char &character : text)
        character = character == '-' ? '+' : character == '_' ? '/' : character;
    while (text.size() % 4)
        text += '=';
    EVP_DecodeBlock(reinterpret_cast<unsigned char *>(&result[0]),
                    reinterpret_cast<const unsigned char *>(text.data()), static_cast<int>(text.size()));
    return result;
}

TEST_F(TokenSourceTest, WrongClockIsCorrectedByTheServersDate)
{
    Waiter waiter;
    const uint64_t day_us = 86400 * static_cast<uint64_t>(US_PER_S);

    make(service_account_text());
    clock_.unix_now_us = (1800000000ull + 86400) * US_PER_S;
    ask(&waiter);
    EXPECT_NE(payload_of(call()->body).find("\"iat\":1800086400,"), std::string::npos);
    date_ = "Fri, 15 Jan 2027 08:00:00 GMT";
    answer(400, "{'error': 'invalid_grant', 'error_description': 'Invalid JWT'}");
    pass_s(1); /* the pause between exchanges */
    EXPECT_NE(payload_of(call()->body).find("\"iat\":1800000001,"), std::string::npos);
    give("t1");
    EXPECT_EQ(waiter.tokens, std::vector<std::string>{"t1"});

    /* Whatever our clock does now, the time there goes on. */
    clock_.unix_now_us -= day_us;
    pass_s(3400);
    EXPECT_NE(payload_of(call()->body).find("\"iat\":180000330"), std::string::npos);
}

TEST_F(TokenSourceTest, RefusalThatTheClockDoesNotExplainIsNotRepeatedAtOnce)
{
    Waiter waiter;
    unsigned num_attempts = 0;

    make(service_account_text());
    ask(&waiter);
    for (int second = 0; second < 120; second++) {
        if (!calls_.empty()) {
            num_attempts++;
            date_ = num_attempts % 2 ? "Sat, 16 Jan 2027 08:00:00 GMT" : "Thu, 14 Jan 2027 08:00:00 GMT";
            answer(400, "{'error': 'invalid_grant'}");
        }
        pass_s(1);
    }
    EXPECT_GE(num_attempts, 2u);
    EXPECT_LE(num_attempts, 60u);
}

/* ------------------------------------------------------------------------------------------- other kinds */

TEST_F(TokenSourceTest, FixedTokenIsThereAndStaysThere)
{
    Waiter waiter;

    make(credential_new_fixed("owner"));
    EXPECT_EQ(peek(), "owner");
    token_source_refuse(source_, "owner");
    ask(&waiter);
    EXPECT_EQ(waiter.tokens, std::vector<std::string>{"owner"});
}

TEST_F(TokenSourceTest, SubjectTokenIsReadAnewForEachExchange)
{
    Waiter waiter;
    char path[] = "/tmp/subject_XXXXXX";

    close(mkstemp(path));
    std::ofstream(path) << "one";
    make(external_account_text("{'file': '" + std::string(path) + "'}"));
    ask(&waiter);
    EXPECT_NE(call()->body.find("&subject_token=one&"), std::string::npos);
    give("t1");
    std::ofstream(path) << "two";
    pass_s(3301);
    EXPECT_NE(call()->body.find("&subject_token=two&"), std::string::npos);
    give("t2");
    unlink(path);
    token_source_refuse(source_, "t2");
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(token_source_problem(source_), std::string(path) + ": No such file or directory");
    std::ofstream(path) << "three";
    pass_s(5);
    EXPECT_NE(call()->body.find("&subject_token=three&"), std::string::npos);
    unlink(path);
}

TEST_F(TokenSourceTest, MetadataServerIsLookedForOnce)
{
    Waiter waiter;

    make_metadata();
    ask(&waiter);
    EXPECT_EQ(call()->url, "http://meta/");
    answer(200, "");
    EXPECT_EQ(call()->url.find("http://meta/computeMetadata/v1/instance/service-accounts/default/token?"),
              0u);
    give("t1");
    token_source_refuse(source_, "t1");
    EXPECT_EQ(call()->url.find("http://meta/computeMetadata/v1/instance/service-accounts/default/token?"),
              0u);
}

TEST_F(TokenSourceTest, ProjectOfTheFile)
{
    Waiter waiter;

    make(service_account_text());
    EXPECT_TRUE(token_source_can_tell_project(source_));
    EXPECT_STREQ(token_source_project_id(source_), "shop");
    token_source_get_project_id(source_, &waiter.request);
    timers_run(timers_);
    EXPECT_EQ(waiter.tokens, std::vector<std::string>{"shop"});
}

TEST_F(TokenSourceTest, ProjectOfTheMetadataServer)
{
    Waiter waiter;

    make_metadata();
    EXPECT_TRUE(token_source_can_tell_project(source_));
    token_source_get_project_id(source_, &waiter.request);
    EXPECT_EQ(call()->url, "http://meta/computeMetadata/v1/project/project-id");
    answer(500, "");
    while (calls_.empty())
        pass_s(1);
    answer(200, "<html>");
    while (calls_.empty())
        pass_s(1);
    answer(200, "example.com:my-project"); /* has no default database */
    while (calls_.empty())
        pass_s(1);
    answer(200, "my-project");
    EXPECT_EQ(waiter.tokens, std::vector<std::string>{"my-project"});
    EXPECT_STREQ(token_source_project_id(source_), "my-project");
}

TEST_F(TokenSourceTest, ProjectByItsNumber)
{
    Waiter waiter;
    char path[] = "/tmp/subject_XXXXXX";

    close(mkstemp(path));
    std::ofstream(path) << "one";
    make(external_account_text("{'file': '" + std::string(path) + "'}"));
    EXPECT_TRUE(token_source_can_tell_project(source_));
    token_source_get_project_id(source_, &waiter.request);
    timers_run(timers_);
    give("t1");
    EXPECT_EQ(call()->url, "https://cloudresourcemanager.googleapis.com/v1/projects/42");
    EXPECT_EQ(call()->token, "t1");
    answer(200, "{'projectId': 'my-project', 'projectNumber': '42'}");
    EXPECT_EQ(waiter.tokens, std::vector<std::string>{"my-project"});
    unlink(path);
}

TEST_F(TokenSourceTest, UserHasNoProject)
{
    make(authorized_user_text());
    EXPECT_FALSE(token_source_can_tell_project(source_));
}

TEST_F(TokenSourceTest, IsFreedWithAnExchangeUnderWay)
{
    Waiter waiter;

    make(authorized_user_text());
    ask(&waiter);
    EXPECT_EQ(calls_.size(), 1u);
    source_ = token_source_free(source_);
    EXPECT_EQ(waiter.request.source, nullptr);
}

} // namespace
