#include "broker/store/firebase/subscription.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/store/firebase/retrier.h"
#include "tests/broker/store/firebase/fake_database.hh"

namespace
{

const char *const STREAM = "GET /a/active.json";

uint32_t chosen_random;

uint32_t random_of_test()
{
    return chosen_random;
}

class SubscriptionTest : public FakeDatabase
{
  protected:
    void SetUp() override
    {
        FakeDatabase::SetUp();
        chosen_random = 0; /* every wait is over at once */
        ASSERT_EQ(new_rtdb(url(), &tokens_, &rtdb_), 0);
        options_ = {rtdb_, timers_, &metrics_, random_of_test};
        answer_ = [this](HttpRequest *request) { begin_stream(request); };
        subscribe();
    }

    void subscribe()
    {
        SubscriptionHandler handler = {};

        handler.put = [](void *context, const char *path, const json_t *data) {
            return static_cast<SubscriptionTest *>(context)->take("put", path, data);
        };
        handler.patch = [](void *context, const char *path, const json_t *data) {
            return static_cast<SubscriptionTest *>(context)->take("patch", path, data);
        };
        handler.lost = [](void *context, const char *problem) {
            static_cast<SubscriptionTest *>(context)->lost_.push_back(problem);
        };
        handler.context = this;
        ASSERT_EQ(subscription_new(&options_, "a/active", &handler, &subscription_), 0);
    }

    void TearDown() override
    {
        subscription_free(subscription_);
        rtdb_free(rtdb_);
        FakeDatabase::TearDown();
        EXPECT_EQ(metrics_get(&metrics_, METRIC_DATABASE_STREAMS), 0);
    }

    int take(const char *name, const char *path, const json_t *data)
    {
        char *text = json_dumps(data, JSON_ENCODE_ANY | JSON_COMPACT);

        told_.push_back(std::string(name) + " " + path + " " + text);
        free(text);
        return result_;
    }

    void wait_streams(size_t count)
    {
        loop_until([=] { return num_asked(STREAM) == count && stream_; });
    }

    void open()
    {
        size_t before = told_.size();

        loop_until([this] { return stream_ != nullptr; });
        send_event("put", "{\"path\":\"/\",\"data\":null}");
        loop_until([=] { return told_.size() > before; });
    }

    int result_ = 0;
    TokenSource tokens_;
    Rtdb *rtdb_ = nullptr;
    SubscriptionOptions options_ = {};
    Subscription *subscription_ = nullptr;
    std::vector<std::string> told_;
    std::vector<std::string> lost_;
};

TEST_F(SubscriptionTest, TellsPutsAndPatches)
{
    open();
    send_event("keep-alive", "null");
    send_event("patch", "{\"path\":\"/b\",\"data\":{\"c\":1}}");
    send_event("unheard-of", "{}");
    send_event("put", "{\"path\":\"/b\",\"data\":[1]}");
    loop_until([&] { return told_.size() == 3; });
    EXPECT_EQ(told_, (std::vector<std::string>{"put / null", "patch /b {\"c\":1}", "put /b [1]"}));
    EXPECT_EQ(asked_[0].accept, "text/event-stream");
    EXPECT_EQ(metrics_get(&metrics_, METRIC_DATABASE_STREAMS), 1);
    EXPECT_TRUE(lost_.empty());
}

TEST_F(SubscriptionTest, OpensAnewWhenItEnds)
{
    open();
    end_stream();
    open();
    EXPECT_EQ(told_.size(), 2u);
    EXPECT_EQ(lost_, std::vector<std::string>{""});
    EXPECT_EQ(metrics_get(&metrics_, METRIC_DATABASE_STREAMS_OPENED), 2);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_DATABASE_STREAMS_LOST), 1);
}

TEST_F(SubscriptionTest, WaitsLongerAfterEachFailure)
{
    chosen_random = UINT32_MAX;
    loop_until([this] { return stream_ != nullptr; });
    for (uint64_t wait_ms : {500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000}) {
        size_t before = num_asked(STREAM);

        end_stream();
        loop_until([&] { return metrics_get(&metrics_, METRIC_DATABASE_STREAMS_LOST) == (int64_t)before; });
        pass_ms(wait_ms - 300);
        EXPECT_EQ(num_asked(STREAM), before) << wait_ms;
        pass_ms(300);
        wait_streams(before + 1);
    }
}

TEST_F(SubscriptionTest, BeginsWithShortWaitsAgainOnceAStreamWentWell)
{
    chosen_random = UINT32_MAX;
    loop_until([this] { return stream_ != nullptr; });
    for (int i = 0; i < 5; i++) {
        end_stream();
        settle();
        pass_ms(60000);
        loop_until([this] { return stream_ != nullptr; });
    }
    open();
    pass_ms(SUBSCRIPTION_STABLE_MS);
    end_stream();
    settle();
    pass_ms(500);
    loop_until([this] { return stream_ != nullptr; });
}

TEST_F(SubscriptionTest, GivesUpAStreamThatFallsSilent)
{
    open();
    pass_ms(SUBSCRIPTION_SILENCE_MS - 1000);
    EXPECT_TRUE(lost_.empty());
    send_event("keep-alive", "null");
    settle();
    pass_ms(SUBSCRIPTION_SILENCE_MS - 1000);
    EXPECT_TRUE(lost_.empty());
    pass_ms(1000);
    EXPECT_TRUE(lost_.empty()); /* it has a grace */
    pass_ms(SUBSCRIPTION_GRACE_MS);
    EXPECT_EQ(lost_, std::vector<std::string>{"the stream of events has fallen silent"});
    wait_streams(2);
}

/* A subscription, and beside it a request that is not answered. */
class TimeoutTest : public SubscriptionTest
{
  protected:
    void SetUp() override
    {
        SubscriptionTest::SetUp();
        subscription_ = subscription_free(subscription_);
        rtdb_ = rtdb_free(rtdb_);
        ASSERT_EQ(new_rtdb(url(), &tokens_, &rtdb_, 500), 0);
        options_.rtdb = rtdb_;
        subscribe();
        answer_ = [this](HttpRequest *request) {
            if (asked_.back().line == STREAM)
                begin_stream(request);
            else if (asked_.back().line == "GET /stalls.json")
                http_request_begin_stream(request, 200, "application/json");
            else
                reply(request, 200, "\"2\"");
        };
        open();
    }

    void begin_stalled_call()
    {
        RtdbRequest request = {};

        request.method = "GET";
        request.path = "stalls";
        request.done = [](void *context, const RtdbAnswer *answer) {
            EXPECT_EQ(answer->status, 200);
            *static_cast<bool *>(context) = true;
        };
        request.context = &is_over_;
        ASSERT_EQ(rtdb_call(rtdb_, &request, nullptr), 0);
        loop_until([this] { return num_asked("GET /stalls.json") == 1; });
    }

    bool is_over_ = false;
};

TEST_F(TimeoutTest, AStreamThatWasSilentMeanwhileIsOpenedAnew)
{
    begin_stalled_call();
    loop_until([this] { return is_over_; });
    EXPECT_EQ(lost_, std::vector<std::string>{"the connection seems to be dead"});
    pass_ms(RTDB_PROBE_LAST_MS);
    wait_streams(2);
}

TEST_F(TimeoutTest, WhateverElseIsUnderWayEndsWithIt)
{
    std::string problem;
    RtdbRequest request = {};

    begin_stalled_call();
    settle(); /* it is the first to time out */
    request.method = "GET";
    request.path = "stalls";
    request.done = [](void *context, const RtdbAnswer *answer) {
        *static_cast<std::string *>(context) = answer->problem;
    };
    request.context = &problem;
    ASSERT_EQ(rtdb_call(rtdb_, &request, nullptr), 0);
    loop_until([this] { return is_over_; });
    EXPECT_EQ(problem, "the connection seems to be dead");
}

TEST_F(TimeoutTest, AStreamThatHasSaidSomethingMeanwhileGoesOn)
{
    begin_stalled_call();
    send_event("keep-alive", "null");
    loop_until([this] { return is_over_; });
    settle();
    EXPECT_TRUE(lost_.empty());
    EXPECT_EQ(num_asked(STREAM), 1u);
}

TEST_F(SubscriptionTest, AFreezeOfTheProcessIsNoSilence)
{
    open();
    send_event("keep-alive", "null"); /* it waits in the socket meanwhile */
    pass_ms(10 * SUBSCRIPTION_SILENCE_MS);
    settle();
    pass_ms(SUBSCRIPTION_GRACE_MS);
    EXPECT_TRUE(lost_.empty());
}

TEST_F(SubscriptionTest, TheHourlyEndOfTheTokenIsNoFailure)
{
    open();
    pass_ms(SUBSCRIPTION_STABLE_MS);
    send_event("auth_revoked", "credential is no longer valid");
    wait_streams(2);
    EXPECT_EQ(tokens_.refused, std::vector<std::string>{"t1"});
    EXPECT_EQ(asked_[1].token, "Bearer t2");
    EXPECT_TRUE(lost_.empty());
}

TEST_F(SubscriptionTest, ATokenThatIsRevokedAtOnceIs)
{
    chosen_random = UINT32_MAX;
    open();
    send_event("auth_revoked", "credential is no longer valid");
    loop_until([this] { return !lost_.empty(); });
    settle();
    EXPECT_EQ(num_asked(STREAM), 1u);
    pass_ms(500);
    wait_streams(2);
}

TEST_F(SubscriptionTest, TriesAgainAfterCancel)
{
    open();
    send_event("cancel", "null");
    wait_streams(2);
    EXPECT_EQ(lost_.size(), 1u);
}

/* However long a database refused everything: once it does not, streams are there at once. */
TEST_F(SubscriptionTest, AwaitsTheEndOfRefusals)
{
    chosen_random = UINT32_MAX;
    for (int status : {401, 403, 404, 429}) {
        answer_ = [=](HttpRequest *request) { reply(request, status, "{\"error\":\"no\"}"); };
        if (stream_)
            end_stream();
        lost_.clear();
        for (size_t failures = 1; failures < 12; failures++) {
            loop_until([&] { return lost_.size() >= failures; });
            settle();
            pass_ms(RETRIER_LAST_MS);
        }
        answer_ = [this](HttpRequest *request) {
            if (asked_.back().line == STREAM)
                begin_stream(request);
            else
                reply(request, 200, "\"2\"");
        };
        pass_ms(RTDB_PROBE_LAST_MS);
        loop_until([this] { return stream_ != nullptr; });
    }
}

TEST_F(SubscriptionTest, WaitsLongerAndLongerWhereOnlyTheStreamIsRefused)
{
    chosen_random = UINT32_MAX;
    answer_ = [this](HttpRequest *request) {
        reply(request, asked_.back().line == STREAM ? 403 : 200, "{\"error\":\"no\"}");
    };
    loop_until([this] { return num_asked(STREAM) == 1; });
    for (uint64_t wait_ms : {500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000}) {
        size_t before = num_asked(STREAM);

        loop_until([&] { return lost_.size() == before; });
        pass_ms(wait_ms / 2);
        if (wait_ms >= 4000) { /* else this machine may be too slow */
            EXPECT_EQ(num_asked(STREAM), before) << wait_ms;
        }
        pass_ms(wait_ms / 2);
        loop_until([&] { return num_asked(STREAM) == before + 1; });
    }
}

TEST_F(SubscriptionTest, HonoursRetryAfter)
{
    answer_ = [](HttpRequest *request) {
        http_request_add_header(request, "Retry-After", "30");
        reply(request, 429, "{\"error\":\"slow down\"}");
    };
    loop_until([this] { return !lost_.empty(); });
    EXPECT_NE(lost_[0].find("429: slow down"), std::string::npos);
    pass_ms(29000);
    EXPECT_EQ(num_asked(STREAM), 1u);
    pass_ms(1000);
    loop_until([this] { return num_asked(STREAM) == 2; });
}

TEST_F(SubscriptionTest, HonoursRetryAfterOfABrokenServer)
{
    answer_ = [](HttpRequest *request) {
        http_request_add_header(request, "Retry-After", "30");
        reply(request, 503, "");
    };
    loop_until([this] { return !lost_.empty(); });
    pass_ms(29000);
    EXPECT_EQ(asked_.size(), 1u); /* not even a look whether it is back */
    pass_ms(1000);
    loop_until([this] { return asked_.size() >= 2; });
}

TEST_F(SubscriptionTest, BeginsAnewAfterNonsense)
{
    for (const char *data : {"{", "[]", "{\"path\":1,\"data\":2}", "{\"path\":\"/\"}", "{\"data\":1}"}) {
        open();
        size_t before = num_asked(STREAM);
        send_event("put", data);
        wait_streams(before + 1);
    }
    EXPECT_EQ(lost_.size(), 5u);
}

TEST_F(SubscriptionTest, BeginsAnewWhenAnEventIsRefused)
{
    loop_until([this] { return stream_ != nullptr; });
    result_ = -ENOMEM;
    send_event("put", "{\"path\":\"/\",\"data\":null}");
    loop_until([this] { return lost_.size() == 1; });
    result_ = 0;
    open();
    EXPECT_EQ(lost_, std::vector<std::string>{"memory is out"});
}

TEST_F(SubscriptionTest, WaitsForTheReturnOfADatabaseThatIsAway)
{
    uint16_t port = port_;

    open();
    stop_server();
    loop_until([this] { return !lost_.empty(); });
    settle();
    start_server(port);
    loop_until([this] { return stream_ != nullptr; });
}

TEST_F(SubscriptionTest, SilenceBeforeATokenIsNone)
{
    subscription_ = subscription_free(subscription_);
    tokens_.is_away = true;
    subscribe();
    settle();
    pass_ms(10 * SUBSCRIPTION_SILENCE_MS);
    EXPECT_TRUE(lost_.empty());
    tokens_.give();
    loop_until([this] { return stream_ != nullptr; });
}

} // namespace
