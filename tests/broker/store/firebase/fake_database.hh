/* A database that a test plays: what was asked is noted, what is answered is what the test says. It shares
 * one loop with the client. */
#pragma once

#include <event2/event.h>
#include <gtest/gtest.h>
#include <jansson.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "broker/http/client.h"
#include "broker/http/server.h"
#include "broker/store/firebase/rtdb.h"
#include "broker/util/event_timers.h"
#include "tests/broker/store/firebase/fake_tokens.hh"

/* One request as it came. */
struct Asked {
    std::string line; /* "GET /a.json?print=silent" */
    std::string body;
    std::string token; /* the Authorization header */
    std::string if_match;
    std::string accept;
    std::string wants_etag;
};

/* The system's monotonic clock, which a test can put on. */
struct OffsetClock {
    Clock clock = {monotonic, unix_time, boottime};
    uint64_t offset_us = 0;

  private:
    static uint64_t monotonic(const Clock *clock)
    {
        return clock_monotonic_us() + reinterpret_cast<const OffsetClock *>(clock)->offset_us;
    }

    static uint64_t unix_time(const Clock *clock)
    {
        return clock_unix_us() + reinterpret_cast<const OffsetClock *>(clock)->offset_us;
    }

    static uint64_t boottime(const Clock *clock)
    {
        return clock_boottime_us() + reinterpret_cast<const OffsetClock *>(clock)->offset_us;
    }
};

class FakeDatabase : public testing::Test
{
  protected:
    static const int WAIT_MS_MAX = 20000;

    void SetUp() override
    {
        HttpClientOptions http = {};

        signal(SIGPIPE, SIG_IGN);
        base_ = event_base_new();
        ASSERT_EQ(event_timers_new(base_, &clock_.clock, &event_timers_), 0);
        timers_ = event_timers_get(event_timers_);
        start_server(0);
        http.base = base_;
        http.user_agent = "test";
        ASSERT_EQ(http_client_new(&http, &http_), 0);
    }

    void TearDown() override
    {
        http_client_free(http_);
        http_server_free(server_);
        event_timers_free(event_timers_);
        event_base_free(base_);
    }

    void start_server(uint16_t port)
    {
        std::string address = "127.0.0.1:" + std::to_string(port);
        HttpServerOptions options = {};

        options.listen_address = address.c_str();
        options.context = this;
        options.handler = [](void *context, HttpRequest *request) {
            static_cast<FakeDatabase *>(context)->take(request);
        };
        ASSERT_EQ(http_server_new(base_, &options, &server_), 0);
        port_ = http_server_port(server_);
    }

    void stop_server()
    {
        server_ = http_server_free(server_);
    }

    std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(port_);
    }

    int new_rtdb(const std::string &address, TokenSource *tokens, Rtdb **ret, uint64_t timeout_ms = 0)
    {
        const RtdbOptions options = {http_, tokens, timers_, &metrics_, nullptr, address.c_str(), timeout_ms};

        return rtdb_new(&options, ret);
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

    /* Time passes at once. */
    void pass_ms(uint64_t ms)
    {
        clock_.offset_us += ms * US_PER_MS;
        timers_run(timers_);
        settle();
    }

    /* What is under way gets its turns. */
    void settle()
    {
        for (int i = 0; i < 5; i++) {
            const struct timeval slice = {0, 10000};

            event_base_loopexit(base_, &slice);
            event_base_dispatch(base_);
        }
    }

    /* Answers with a stream, which is `stream_` until its client leaves. */
    void begin_stream(HttpRequest *request)
    {
        stream_ = request;
        http_request_on_closed(
            request,
            [](void *context, HttpRequest *closed) {
                FakeDatabase *self = static_cast<FakeDatabase *>(context);

                if (self->stream_ == closed)
                    self->stream_ = nullptr;
            },
            this);
        http_request_begin_stream(request, 200, "text/event-stream; charset=utf-8");
    }

    void send_event(const std::string &name, const std::string &data)
    {
        std::string text = "event: " + name + "\ndata: " + data + "\n\n";

        ASSERT_NE(stream_, nullptr);
        ASSERT_EQ(http_request_send(stream_, text.data(), text.size()), 0);
    }

    void end_stream()
    {
        HttpRequest *stream = stream_;

        stream_ = nullptr;
        http_request_end_stream(stream);
    }

    size_t num_asked(const std::string &line) const
    {
        size_t count = 0;

        for (const Asked &asked : asked_)
            count += asked.line == line;
        return count;
    }

    static std::string header(HttpRequest *request, const char *name)
    {
        const char *value = http_request_header(request, name);

        return value ? value : "";
    }

    void take(HttpRequest *request)
    {
        size_t length = 0;
        const char *body = http_request_body(request, &length);
        const char *query = http_request_query(request);

        asked_.push_back({std::string(http_request_method(request)) + " " + http_request_path(request) +
                              (*query ? "?" : "") + query,
                          std::string(body ? body : "", length), header(request, "authorization"),
                          header(request, "if-match"), header(request, "accept"),
                          header(request, "x-firebase-etag")});
        answer_(request);
    }

    static void reply(HttpRequest *request, int status, const std::string &body)
    {
        http_request_reply(request, status, "application/json", body.data(), body.size());
    }

    OffsetClock clock_;
    HttpRequest *stream_ = nullptr;
    struct event_base *base_ = nullptr;
    EventTimers *event_timers_ = nullptr;
    Timers *timers_ = nullptr;
    HttpServer *server_ = nullptr;
    HttpClient *http_ = nullptr;
    Metrics metrics_ = {};
    uint16_t port_ = 0;
    std::vector<Asked> asked_;
    std::function<void(HttpRequest *)> answer_ = [](HttpRequest *request) { reply(request, 200, "null"); };
};
