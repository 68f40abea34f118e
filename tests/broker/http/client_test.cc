#include "broker/http/client.h"

#include <event2/event.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "broker/http/server.h"

namespace
{

const int WAIT_MS_MAX = 10000;

/* What became of one call. */
struct Outcome {
    bool is_done = false;
    int result = 1;
    int status = 0;
    std::string body;
    std::string problem;
    std::string etag;
    uint64_t retry_after_s = 0;
    std::string streamed;
    HttpRedirect verdict = HTTP_REDIRECT_FOLLOW_WITH_TOKEN;
    std::vector<std::string> redirects;
    std::function<void()> on_bytes;
    std::function<void()> on_done;
};

void take_bytes(void *context, const char *bytes, size_t length)
{
    Outcome *outcome = static_cast<Outcome *>(context);

    outcome->streamed.append(bytes, length);
    if (outcome->on_bytes)
        outcome->on_bytes();
}

void take_answer(void *context, const HttpAnswer *answer)
{
    Outcome *outcome = static_cast<Outcome *>(context);
    const char *etag = http_answer_header(answer, "etag");

    EXPECT_FALSE(outcome->is_done);
    outcome->is_done = true;
    outcome->result = answer->result;
    outcome->status = answer->status;
    outcome->body.assign(answer->body, answer->body_length);
    outcome->problem = answer->problem;
    outcome->etag = etag ? etag : "";
    outcome->retry_after_s = answer->retry_after_s;
    if (outcome->on_done)
        outcome->on_done();
}

HttpRedirect decide(void *context, const char *url)
{
    Outcome *outcome = static_cast<Outcome *>(context);

    outcome->redirects.push_back(url);
    return outcome->verdict;
}

size_t count_descriptors()
{
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* A client and a server of ours on one loop. The server tells of each request what came. */
class ClientTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        HttpServerOptions server = {};
        HttpClientOptions options = {};
        char problem[200];

        signal(SIGPIPE, SIG_IGN);
        ASSERT_EQ(http_client_check(problem, sizeof problem), 0) << problem;
        num_descriptors_ = count_descriptors();
        base_ = event_base_new();
        server.listen_address = "127.0.0.1:0";
        server.context = this;
        server.handler = [](void *context, HttpRequest *request) {
            static_cast<ClientTest *>(context)->handler_(request);
        };
        ASSERT_EQ(http_server_new(base_, &server, &server_), 0);
        options.base = base_;
        options.user_agent = "test/1";
        ASSERT_EQ(http_client_new(&options, &client_), 0);
    }

    void TearDown() override
    {
        http_client_free(client_);
        http_server_free(server_);
        event_base_free(base_);
        EXPECT_EQ(count_descriptors(), num_descriptors_);
    }

    std::string url(const std::string &path) const
    {
        return "http://127.0.0.1:" + std::to_string(http_server_port(server_)) + path;
    }

    HttpCallRequest request(Outcome *outcome, const char *method = "GET") const
    {
        HttpCallRequest request = {};

        request.method = method;
        request.timeout_ms = WAIT_MS_MAX;
        request.on_done = take_answer;
        request.context = outcome;
        return request;
    }

    HttpCall *call(HttpCallRequest request, const std::string &address)
    {
        HttpCall *call = nullptr;

        request.url = address.c_str();
        EXPECT_EQ(http_client_call(client_, &request, &call), 0);
        return call;
    }

    void loop_until(const std::function<bool()> &is_done)
    {
        for (int i = 0; i < WAIT_MS_MAX / 10 && !is_done(); i++) {
            const struct timeval slice = {0, 10000};

            event_base_loopexit(base_, &slice);
            event_base_dispatch(base_);
        }
        ASSERT_TRUE(is_done());
    }

    void wait(Outcome *outcome)
    {
        loop_until([=] { return outcome->is_done; });
    }

    static std::string header(HttpRequest *request, const char *name)
    {
        const char *value = http_request_header(request, name);

        return value ? value : "-";
    }

    static void reply(HttpRequest *request, int status, const std::string &body)
    {
        http_request_reply(request, status, "text/plain", body.data(), body.size());
    }

    static void redirect(HttpRequest *request, const std::string &location)
    {
        http_request_add_header(request, "Location", location.c_str());
        reply(request, 307, "go on");
    }

    struct event_base *base_ = nullptr;
    HttpServer *server_ = nullptr;
    HttpClient *client_ = nullptr;
    size_t num_descriptors_ = 0;
    std::function<void(HttpRequest *)> handler_ = [](HttpRequest *request) {
        size_t length;
        const char *body = http_request_body(request, &length);

        http_request_add_header(request, "ETag", "tag1");
        reply(request, 200,
              std::string(http_request_method(request)) + " " + http_request_path(request) + "?" +
                  http_request_query(request) + " " + std::string(body ? body : "", length) + " " +
                  header(request, "authorization") + " " + header(request, "x-extra") + " " +
                  header(request, "user-agent"));
    };
};

TEST_F(ClientTest, GetsAnAnswer)
{
    Outcome outcome;

    call(request(&outcome), url("/a.json?b=c"));
    EXPECT_FALSE(outcome.is_done);
    wait(&outcome);
    EXPECT_EQ(outcome.result, 0);
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.body, "GET /a.json?b=c  - - test/1");
    EXPECT_EQ(outcome.etag, "tag1");
    EXPECT_EQ(outcome.problem, "");
}

TEST_F(ClientTest, SendsBodyTokenAndHeaders)
{
    const char *const headers[] = {"X-Extra: yes", nullptr};

    for (const char *method : {"PUT", "POST", "PATCH", "DELETE"}) {
        Outcome outcome;
        HttpCallRequest put = request(&outcome, method);

        put.headers = headers;
        put.token = "secret";
        put.body = strdup("{}");
        put.body_length = 2;
        call(put, url("/a"));
        wait(&outcome);
        EXPECT_EQ(outcome.body, std::string(method) + " /a? {} Bearer secret yes test/1");
    }
}

TEST_F(ClientTest, RefusesPlainHttpToOtherHosts)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);

    for (const char *address : {"http://example.com/", "ftp://127.0.0.1/", "file:///etc/passwd", "",
                                "http://user@127.0.0.1/", "http://127.0.0.1.example.com/"}) {
        get.url = address;
        EXPECT_EQ(http_client_call(client_, &get, nullptr), -EINVAL) << address;
    }
    EXPECT_TRUE(http_url_is_loopback("http://localhost:9000/x"));
    EXPECT_TRUE(http_url_is_loopback("https://[::1]/"));
    EXPECT_FALSE(http_url_is_loopback("http://localhost.example.com/"));
}

TEST_F(ClientTest, SaysThatThereIsNoConnection)
{
    Outcome outcome;

    call(request(&outcome), "http://127.0.0.1:1/path?secret=1");
    wait(&outcome);
    EXPECT_EQ(outcome.result, -ECONNREFUSED);
    EXPECT_NE(outcome.problem.find("http://127.0.0.1:1: "), std::string::npos) << outcome.problem;
    EXPECT_EQ(outcome.problem.find("secret"), std::string::npos);
}

TEST_F(ClientTest, WhoWaitsForAConnectionFailsWithIt)
{
    Outcome outcomes[3];
    Outcome cancelled;
    HttpCall *waiting;

    call(request(&outcomes[0]), "https://127.0.0.1:1/a?secret=1");
    waiting = call(request(&cancelled), "https://127.0.0.1:1/b");
    call(request(&outcomes[1]), "https://127.0.0.1:1/c?secret=1");
    call(request(&outcomes[2]), "https://127.0.0.1:1/d?secret=1");
    http_call_cancel(waiting);
    for (Outcome &outcome : outcomes) {
        wait(&outcome);
        EXPECT_EQ(outcome.result, -ECONNREFUSED);
        EXPECT_NE(outcome.problem.find("https://127.0.0.1:1: "), std::string::npos) << outcome.problem;
        EXPECT_EQ(outcome.problem.find("secret"), std::string::npos);
    }
    EXPECT_FALSE(cancelled.is_done);
}

TEST_F(ClientTest, WhoBeginsAnewAtAFailureWaitsForTheNextTry)
{
    Outcome first;
    Outcome second;
    Outcome again;

    second.on_done = [&] { call(request(&again), "https://127.0.0.1:1/"); };
    call(request(&first), "https://127.0.0.1:1/");
    call(request(&second), "https://127.0.0.1:1/");
    wait(&again);
    EXPECT_TRUE(first.is_done);
    EXPECT_TRUE(second.is_done);
    EXPECT_EQ(again.result, -ECONNREFUSED);
}

TEST_F(ClientTest, AWaitingCallMayCancelTheOneThatItWaitsFor)
{
    Outcome first;
    Outcome second;
    HttpCall *opener;

    opener = call(request(&first), "https://127.0.0.1:1/");
    second.on_done = [&] { http_call_cancel(opener); };
    call(request(&second), "https://127.0.0.1:1/");
    wait(&second);
    EXPECT_FALSE(first.is_done);
}

TEST_F(ClientTest, TheNextGoesOnWhereTheOpenerIsCancelled)
{
    Outcome first;
    Outcome second;
    HttpCall *opener = call(request(&first), "https://127.0.0.1:1/");

    call(request(&second), "https://127.0.0.1:1/");
    http_call_cancel(opener);
    wait(&second);
    EXPECT_FALSE(first.is_done);
    EXPECT_EQ(second.result, -ECONNREFUSED);
}

TEST_F(ClientTest, EndsACallThatTakesTooLong)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);

    handler_ = [](HttpRequest *) {};
    get.timeout_ms = 50;
    call(get, url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.result, -ETIMEDOUT);
}

TEST_F(ClientTest, BoundsTheAnswer)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);

    handler_ = [](HttpRequest *request) { reply(request, 200, std::string(1000, 'x')); };
    get.body_bytes_max = 999;
    call(get, url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.result, -EMSGSIZE);

    outcome = Outcome();
    get.body_bytes_max = 1000;
    call(get, url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.body.size(), 1000u);
}

TEST_F(ClientTest, TellsRetryAfter)
{
    Outcome outcome;

    handler_ = [](HttpRequest *request) {
        http_request_add_header(request, "Retry-After", "7");
        reply(request, 503, "later");
    };
    call(request(&outcome), url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.result, 0);
    EXPECT_EQ(outcome.status, 503);
    EXPECT_EQ(outcome.retry_after_s, 7u);
}

TEST_F(ClientTest, FollowsARedirectAsToldWithMethodAndBody)
{
    const auto echo = handler_;

    handler_ = [&](HttpRequest *request) {
        if (strcmp(http_request_path(request), "/there") == 0)
            echo(request);
        else
            redirect(request, url("/there"));
    };
    for (HttpRedirect verdict : {HTTP_REDIRECT_FOLLOW_WITH_TOKEN, HTTP_REDIRECT_FOLLOW}) {
        Outcome outcome;
        HttpCallRequest put = request(&outcome, "PUT");
        bool is_with_token = verdict == HTTP_REDIRECT_FOLLOW_WITH_TOKEN;

        outcome.verdict = verdict;
        put.on_redirect = decide;
        put.token = "secret";
        put.body = strdup("{}");
        put.body_length = 2;
        call(put, url("/here"));
        wait(&outcome);
        EXPECT_EQ(outcome.redirects, std::vector<std::string>{url("/there")});
        EXPECT_EQ(outcome.body,
                  std::string("PUT /there? {} ") + (is_with_token ? "Bearer secret" : "-") + " - test/1");
    }
}

TEST_F(ClientTest, RefusesARedirectAsTold)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);

    handler_ = [&](HttpRequest *request) { redirect(request, "http://evil.example/?x=1"); };
    outcome.verdict = HTTP_REDIRECT_REFUSE;
    get.on_redirect = decide;
    call(get, url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.result, -EACCES);
    EXPECT_EQ(outcome.body, "");
}

TEST_F(ClientTest, RefusesPlainHttpAfterARedirectToo)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);

    handler_ = [&](HttpRequest *request) { redirect(request, "http://evil.example/"); };
    get.on_redirect = decide;
    call(get, url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.result, -EACCES);
}

TEST_F(ClientTest, EndsARedirectLoop)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);

    handler_ = [&](HttpRequest *request) { redirect(request, url("/again")); };
    get.on_redirect = decide;
    call(get, url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.result, -ELOOP);
    EXPECT_EQ(outcome.redirects.size(), (size_t)HTTP_CALL_NUM_HOPS_MAX);
}

TEST_F(ClientTest, HandsOutARedirectThatNobodyAskedFor)
{
    Outcome outcome;

    handler_ = [&](HttpRequest *request) { redirect(request, url("/there")); };
    call(request(&outcome), url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.status, 307);
    EXPECT_EQ(outcome.body, "go on");
}

TEST_F(ClientTest, StreamsAnAnswer)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);
    HttpRequest *stream = nullptr;

    handler_ = [&](HttpRequest *request) {
        stream = request;
        http_request_begin_stream(request, 200, "text/event-stream");
        http_request_send(request, "one ", 4);
    };
    get.timeout_ms = 0;
    get.on_bytes = take_bytes;
    call(get, url("/"));
    loop_until([&] { return outcome.streamed == "one "; });
    EXPECT_FALSE(outcome.is_done);
    http_request_send(stream, "two", 3);
    loop_until([&] { return outcome.streamed == "one two"; });
    http_request_end_stream(stream);
    wait(&outcome);
    EXPECT_EQ(outcome.result, 0);
    EXPECT_EQ(outcome.body, "");
}

TEST_F(ClientTest, CollectsTheBodyOfAStreamThatIsRefused)
{
    Outcome outcome;
    HttpCallRequest get = request(&outcome);

    handler_ = [](HttpRequest *request) { reply(request, 401, "no"); };
    get.on_bytes = take_bytes;
    call(get, url("/"));
    wait(&outcome);
    EXPECT_EQ(outcome.status, 401);
    EXPECT_EQ(outcome.body, "no");
    EXPECT_EQ(outcome.streamed, "");
}

TEST_F(ClientTest, CallsAndCancelsFromCallbacks)
{
    Outcome stream;
    Outcome other;
    Outcome next;
    HttpCallRequest get = request(&stream);
    HttpCall *stream_call = nullptr;
    HttpCall *other_call = nullptr;

    handler_ = [&](HttpRequest *request) {
        if (strcmp(http_request_path(request), "/stream") == 0) {
            http_request_begin_stream(request, 200, "text/event-stream");
            http_request_send(request, "x", 1);
        } else if (strcmp(http_request_path(request), "/next") == 0) {
            reply(request, 200, "next");
        }
    };
    get.timeout_ms = 0;
    get.on_bytes = take_bytes;
    stream.on_bytes = [&] {
        http_call_cancel(stream_call);
        http_call_cancel(other_call);
        call(request(&next), url("/next"));
    };
    other_call = call(request(&other), url("/never"));
    stream_call = call(get, url("/stream"));
    wait(&next);
    EXPECT_EQ(next.body, "next");
    EXPECT_FALSE(stream.is_done);
    EXPECT_FALSE(other.is_done);
}

TEST_F(ClientTest, FreesItselfWithCallsOnTheirWay)
{
    Outcome first;
    Outcome second;

    handler_ = [](HttpRequest *) {};
    call(request(&first), url("/"));
    loop_until([&] { return http_server_stats(server_)->num_requests == 1; });
    call(request(&second), url("/"));
    client_ = http_client_free(client_);
    EXPECT_FALSE(first.is_done);
    EXPECT_FALSE(second.is_done);
}

TEST_F(ClientTest, KeepsAConnection)
{
    for (int i = 0; i < 4; i++) {
        Outcome outcome;

        call(request(&outcome), url("/"));
        wait(&outcome);
    }
    EXPECT_EQ(http_server_stats(server_)->num_accepted, 1u);
}

TEST_F(ClientTest, UsesOtherConnectionsOnceOneIsSuspected)
{
    const auto echo = handler_;
    Outcome silent;
    Outcome first;
    Outcome second;
    HttpCallRequest get = request(&silent);
    HttpCall *silent_call;

    call(request(&first), url("/")); /* leaves an idle connection behind */
    wait(&first);
    handler_ = [](HttpRequest *) {};
    get.timeout_ms = 0;
    silent_call = call(get, url("/"));
    loop_until([&] { return http_server_stats(server_)->num_requests == 2; });
    EXPECT_EQ(http_server_stats(server_)->num_accepted, 1u);
    http_call_suspect(silent_call);
    http_call_suspect(silent_call);
    handler_ = echo;
    for (int i = 0; i < 3; i++) {
        second = Outcome();
        call(request(&second), url("/"));
        wait(&second);
    }
    EXPECT_EQ(http_server_stats(server_)->num_accepted, 2u);
    EXPECT_FALSE(silent.is_done);
}

TEST_F(ClientTest, CountsWhatGoesOverTheWire)
{
    HttpClientStats stats;
    Outcome outcome;

    call(request(&outcome), url("/"));
    http_client_stats(client_, &stats);
    EXPECT_EQ(stats.num_active, 1u);
    wait(&outcome);
    http_client_stats(client_, &stats);
    EXPECT_EQ(stats.num_active, 0u);
    EXPECT_EQ(stats.num_calls, 1u);
    EXPECT_EQ(stats.num_connections, 1u);
    EXPECT_GT(stats.bytes_sent, 50u);
    EXPECT_GT(stats.bytes_received, 50u);
}

TEST(ClientOptionsTest, ReadsTheFileOfCertificatesFirst)
{
    struct event_base *base = event_base_new();
    HttpClientOptions options = {base, "test", "/nowhere/ca.pem"};
    HttpClient *client = nullptr;

    EXPECT_EQ(http_client_new(&options, &client), -ENOENT);
    options.ca_file = "/dev/null";
    EXPECT_EQ(http_client_new(&options, &client), -EINVAL);
    EXPECT_EQ(client, nullptr);
    event_base_free(base);
}

} // namespace
