#include "broker/store/firebase/rtdb.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tests/broker/store/firebase/fake_database.hh"

namespace
{

const char *const PROBE = "GET /cdbg/schema_version.json";

/* What became of one call. */
struct Outcome {
    bool is_done = false;
    RtdbOutcome outcome = RTDB_TEMPORARY;
    int status = -1;
    std::string value;
    std::string etag;
    std::string problem;
    uint64_t retry_after_ms = 0;
    std::string streamed;
};

void take_answer(void *context, const RtdbAnswer *answer)
{
    Outcome *outcome = static_cast<Outcome *>(context);
    char *value = answer->value ? json_dumps(answer->value, JSON_ENCODE_ANY | JSON_COMPACT) : nullptr;

    EXPECT_FALSE(outcome->is_done);
    outcome->is_done = true;
    outcome->outcome = answer->outcome;
    outcome->status = answer->status;
    outcome->value = value ? value : "";
    outcome->etag = answer->etag ? answer->etag : "";
    outcome->problem = answer->problem;
    outcome->retry_after_ms = answer->retry_after_ms;
    free(value);
}

void take_bytes(void *context, const char *bytes, size_t length)
{
    static_cast<Outcome *>(context)->streamed.append(bytes, length);
}

class RtdbTest : public FakeDatabase
{
  protected:
    void SetUp() override
    {
        FakeDatabase::SetUp();
        ASSERT_EQ(new_rtdb(url(), &tokens_, &rtdb_), 0);
    }

    void TearDown() override
    {
        rtdb_free(rtdb_);
        FakeDatabase::TearDown();
        EXPECT_TRUE(tokens_.waiting.empty());
    }

    RtdbCall *begin(Outcome *outcome, const char *method, const char *path, const char *body = nullptr,
                    const char *if_match = nullptr)
    {
        json_t *json = body ? json_loads(body, JSON_DECODE_ANY, nullptr) : nullptr;
        RtdbRequest request = {};
        RtdbCall *call = nullptr;

        request.method = method;
        request.path = path;
        request.body = json;
        request.if_match = if_match;
        request.is_silent = is_silent_;
        request.is_etag_wanted = is_etag_wanted_;
        request.done = take_answer;
        request.context = outcome;
        EXPECT_EQ(rtdb_call(rtdb_, &request, &call), 0);
        json_decref(json);
        return call;
    }

    Outcome ask(const char *method, const char *path, const char *body = nullptr,
                const char *if_match = nullptr)
    {
        Outcome outcome;

        begin(&outcome, method, path, body, if_match);
        EXPECT_FALSE(outcome.is_done);
        loop_until([&] { return outcome.is_done; });
        return outcome;
    }

    bool is_silent_ = false;
    bool is_etag_wanted_ = false;
    TokenSource tokens_;
    Rtdb *rtdb_ = nullptr;
};

TEST_F(RtdbTest, Reads)
{
    answer_ = [](HttpRequest *request) { reply(request, 200, "{\"a\":[1,null]}"); };
    Outcome outcome = ask("GET", "cdbg/x");
    EXPECT_EQ(outcome.outcome, RTDB_DONE);
    EXPECT_EQ(outcome.value, "{\"a\":[1,null]}");
    EXPECT_EQ(outcome.problem, "");
    EXPECT_EQ(asked_[0].line, "GET /cdbg/x.json");
    EXPECT_EQ(asked_[0].token, "Bearer t1");
    EXPECT_EQ(metrics_get(&metrics_, METRIC_DATABASE_REQUESTS_OK), 1);
}

TEST_F(RtdbTest, KnowsTheDatabasesTime)
{
    answer_ = [](HttpRequest *request) { reply(request, 200, "1"); };
    EXPECT_EQ(rtdb_unix_us(rtdb_), 0u);
    (void)ask("GET", "cdbg/x");
    EXPECT_NEAR(static_cast<double>(rtdb_unix_us(rtdb_)), static_cast<double>(clock_unix_us()),
                60.0 * US_PER_S);
}

TEST_F(RtdbTest, WritesSilently)
{
    answer_ = [](HttpRequest *request) { reply(request, 204, ""); };
    is_silent_ = true;
    Outcome outcome = ask("PATCH", "cdbg/x", "{\"a/b\":null}");
    EXPECT_EQ(outcome.outcome, RTDB_DONE);
    EXPECT_EQ(outcome.value, "");
    EXPECT_EQ(asked_[0].line, "PATCH /cdbg/x.json?print=silent");
    EXPECT_EQ(asked_[0].body, "{\"a/b\":null}");
}

TEST_F(RtdbTest, ClaimsConditionally)
{
    answer_ = [](HttpRequest *request) {
        http_request_add_header(request, "ETag", "other");
        reply(request, 412, "{\"first\":true}");
    };
    Outcome outcome = ask("PUT", "cdbg/x", "1", RTDB_ABSENT);
    EXPECT_EQ(outcome.outcome, RTDB_CONFLICT);
    EXPECT_EQ(outcome.value, "{\"first\":true}");
    EXPECT_EQ(outcome.etag, "other");
    EXPECT_EQ(asked_[0].if_match, "null_etag");
    EXPECT_EQ(metrics_get(&metrics_, METRIC_DATABASE_REQUESTS_CONFLICT), 1);
}

TEST_F(RtdbTest, AsksForTheEtag)
{
    answer_ = [](HttpRequest *request) {
        http_request_add_header(request, "ETag", "tag");
        reply(request, 200, "null");
    };
    is_etag_wanted_ = true;
    Outcome outcome = ask("GET", "cdbg/x");
    EXPECT_EQ(asked_[0].wants_etag, "true");
    EXPECT_EQ(outcome.etag, "tag");
    EXPECT_EQ(outcome.value, "null");
}

TEST_F(RtdbTest, RepeatsOnceWithAnotherTokenAfter401)
{
    answer_ = [this](HttpRequest *request) {
        if (asked_.back().token == "Bearer t1")
            reply(request, 401, "{\"error\":\"Auth token is expired\"}");
        else
            reply(request, 200, "1");
    };
    Outcome outcome = ask("PUT", "cdbg/x", "{\"a\":1}");
    EXPECT_EQ(outcome.outcome, RTDB_DONE);
    ASSERT_EQ(asked_.size(), 2u);
    EXPECT_EQ(asked_[1].token, "Bearer t2");
    EXPECT_EQ(asked_[1].body, "{\"a\":1}");
    EXPECT_EQ(tokens_.refused, std::vector<std::string>{"t1"});
}

TEST_F(RtdbTest, GivesUpAfterTheSecond401)
{
    answer_ = [](HttpRequest *request) { reply(request, 401, "{\"error\":\"Permission denied\"}"); };
    Outcome outcome = ask("GET", "cdbg/x");
    EXPECT_EQ(outcome.outcome, RTDB_TEMPORARY);
    EXPECT_EQ(outcome.status, 401);
    EXPECT_NE(outcome.problem.find("answered 401: Permission denied"), std::string::npos);
    EXPECT_EQ(outcome.problem.find("t1"), std::string::npos);
    EXPECT_EQ(asked_.size(), 2u);
    EXPECT_EQ(tokens_.refused, std::vector<std::string>{"t1"}) << "a new token is not to blame";
    EXPECT_EQ(metrics_get(&metrics_, METRIC_DATABASE_REQUESTS_DENIED), 2);
    EXPECT_STREQ(rtdb_problem(rtdb_), outcome.problem.c_str());
}

TEST_F(RtdbTest, WaitsForAToken)
{
    Outcome outcome;

    tokens_.is_away = true;
    begin(&outcome, "GET", "cdbg/x");
    EXPECT_EQ(tokens_.waiting.size(), 1u);
    EXPECT_STREQ(rtdb_problem(rtdb_), "no token");
    tokens_.give();
    loop_until([&] { return outcome.is_done; });
    EXPECT_EQ(outcome.outcome, RTDB_DONE);
}

TEST_F(RtdbTest, ForgetsACallThatWaitsForAToken)
{
    Outcome outcome;

    tokens_.is_away = true;
    rtdb_cancel(begin(&outcome, "GET", "cdbg/x"));
    EXPECT_TRUE(tokens_.waiting.empty());
    begin(&outcome, "GET", "cdbg/x");
    rtdb_ = rtdb_free(rtdb_);
    EXPECT_TRUE(tokens_.waiting.empty());
}

TEST_F(RtdbTest, TellsRetryAfter)
{
    answer_ = [](HttpRequest *request) {
        http_request_add_header(request, "Retry-After", "3");
        reply(request, 429, "");
    };
    Outcome outcome = ask("GET", "cdbg/x");
    EXPECT_EQ(outcome.outcome, RTDB_TEMPORARY);
    EXPECT_EQ(outcome.retry_after_ms, 3000u);
}

TEST_F(RtdbTest, RefusesRedirectsToOthers)
{
    answer_ = [](HttpRequest *request) {
        http_request_add_header(request, "Location", "https://evil.example/x.json");
        reply(request, 307, "");
    };
    Outcome outcome = ask("GET", "cdbg/x");
    EXPECT_EQ(outcome.outcome, RTDB_TEMPORARY);
    EXPECT_NE(outcome.problem.find("not trusted"), std::string::npos) << outcome.problem;
}

TEST_F(RtdbTest, FollowsRedirectsOfTheDatabase)
{
    answer_ = [this](HttpRequest *request) {
        if (asked_.size() == 1) {
            http_request_add_header(request, "Location", (url() + "/y.json").c_str());
            reply(request, 307, "");
        } else {
            reply(request, 200, "7");
        }
    };
    Outcome outcome = ask("PUT", "cdbg/x", "7");
    EXPECT_EQ(outcome.value, "7");
    EXPECT_EQ(asked_[1].line, "PUT /y.json");
    EXPECT_EQ(asked_[1].token, "Bearer t1");
}

TEST_F(RtdbTest, TakesNoForeignPageForAnAnswer)
{
    answer_ = [](HttpRequest *request) { reply(request, 200, "<html>Log in to this network</html>"); };
    EXPECT_EQ(ask("GET", "cdbg/x").outcome, RTDB_TEMPORARY);
}

TEST_F(RtdbTest, Listens)
{
    Outcome outcome;
    RtdbCall *call = nullptr;
    HttpRequest *stream = nullptr;

    answer_ = [&](HttpRequest *request) {
        stream = request;
        http_request_begin_stream(request, 200, "text/event-stream");
        http_request_send(request, "event: put\n", 11);
    };
    ASSERT_EQ(rtdb_listen(rtdb_, "cdbg/a", take_bytes, take_answer, &outcome, &call), 0);
    loop_until([&] { return outcome.streamed == "event: put\n"; });
    EXPECT_EQ(asked_[0].accept, "text/event-stream");
    EXPECT_EQ(asked_[0].token, "Bearer t1");
    rtdb_refuse_token(call);
    EXPECT_EQ(tokens_.refused, std::vector<std::string>{"t1"});
    http_request_end_stream(stream);
    loop_until([&] { return outcome.is_done; });
    EXPECT_EQ(outcome.outcome, RTDB_DONE);
}

TEST_F(RtdbTest, TellsThatTheDatabaseIsBack)
{
    int num_back = 0;
    RtdbWait wait = {};
    uint16_t port = port_;

    stop_server();
    EXPECT_EQ(ask("GET", "cdbg/x").status, 0);
    EXPECT_FALSE(rtdb_is_reachable(rtdb_));
    rtdb_wait_init(
        &wait, [](void *context) { ++*static_cast<int *>(context); }, &num_back);
    rtdb_wait(rtdb_, &wait);
    start_server(port);
    loop_until([&] { return num_back == 1; });
    EXPECT_TRUE(rtdb_is_reachable(rtdb_));
    EXPECT_EQ(rtdb_problem(rtdb_), nullptr);
    EXPECT_EQ(asked_[0].line, "GET /cdbg/schema_version.json");
}

TEST_F(RtdbTest, TellsThatWhatWasRefusedIsGranted)
{
    int num_back = 0;
    RtdbWait wait = {};

    answer_ = [](HttpRequest *request) { reply(request, 403, "{\"error\":\"no\"}"); };
    EXPECT_EQ(ask("GET", "cdbg/x").status, 403);
    rtdb_wait_init(
        &wait, [](void *context) { ++*static_cast<int *>(context); }, &num_back);
    rtdb_wait(rtdb_, &wait);
    for (size_t num_probes = 1; num_probes < 10; num_probes++) { /* however long it refuses */
        loop_until([&] { return num_asked(PROBE) >= num_probes; });
        settle();
        pass_ms(RTDB_PROBE_LAST_MS);
    }
    EXPECT_EQ(num_back, 0);
    answer_ = [](HttpRequest *request) { reply(request, 200, "1"); };
    pass_ms(RTDB_PROBE_LAST_MS);
    loop_until([&] { return num_back == 1; });
}

TEST_F(RtdbTest, ACallThatIsRefusedAloneIsNoOutage)
{
    int num_back = 0;
    RtdbWait wait = {};

    answer_ = [this](HttpRequest *request) {
        reply(request, asked_.back().line == PROBE ? 200 : 403, "{\"error\":\"no\"}");
    };
    rtdb_wait_init(
        &wait, [](void *context) { ++*static_cast<int *>(context); }, &num_back);
    EXPECT_EQ(ask("GET", "cdbg/x").status, 403);
    rtdb_wait(rtdb_, &wait);
    pass_ms(RTDB_PROBE_FIRST_MS);
    loop_until([&] { return num_asked(PROBE) == 1; });
    settle();
    rtdb_wait_cancel(&wait);
    EXPECT_EQ(ask("GET", "cdbg/x").status, 403);
    rtdb_wait(rtdb_, &wait);
    pass_ms(RTDB_PROBE_LAST_MS - 1000); /* so soon nobody asks again whose fault it is */
    EXPECT_EQ(num_asked(PROBE), 1u);
    pass_ms(1000 + RTDB_PROBE_FIRST_MS);
    loop_until([&] { return num_asked(PROBE) == 2; });
    settle();
    EXPECT_EQ(num_back, 0);
}

TEST_F(RtdbTest, RetryAfterHoldsForTheProbeWhateverComesAfterIt)
{
    RtdbWait wait = {};

    answer_ = [](HttpRequest *request) {
        http_request_add_header(request, "Retry-After", "30");
        reply(request, 429, "");
    };
    EXPECT_EQ(ask("GET", "cdbg/x").status, 429);
    answer_ = [](HttpRequest *request) { reply(request, 403, ""); };
    EXPECT_EQ(ask("GET", "cdbg/x").status, 403);
    rtdb_wait_init(
        &wait, [](void *) {}, nullptr);
    rtdb_wait(rtdb_, &wait);
    pass_ms(28000);
    EXPECT_EQ(num_asked(PROBE), 0u);
    pass_ms(2000 + RTDB_PROBE_FIRST_MS);
    loop_until([&] { return num_asked(PROBE) >= 1; });
}

TEST_F(RtdbTest, RefusesUrlsAndPathsThatAreNone)
{
    Rtdb *rtdb = nullptr;
    RtdbRequest request = {};

    EXPECT_EQ(new_rtdb("http://example.com", &tokens_, &rtdb), -EINVAL);
    request.method = "GET";
    request.path = "cdbg//x";
    request.done = take_answer;
    EXPECT_EQ(rtdb_call(rtdb_, &request, nullptr), -EINVAL);
    request.path = "cdbg";
    request.method = "TRACE";
    EXPECT_EQ(rtdb_call(rtdb_, &request, nullptr), -EINVAL);
}

} // namespace
