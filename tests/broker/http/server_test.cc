#include "broker/http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace
{

const int WAIT_MS_MAX = 10000;

size_t count_descriptors()
{
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* A server in this process, and clients on blocking sockets; the loop turns while a client waits. */
class ServerTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        signal(SIGPIPE, SIG_IGN);
        num_descriptors_ = count_descriptors();
        base_ = event_base_new();
    }

    void TearDown() override
    {
        for (int fd : clients_)
            close(fd);
        http_server_free(server_);
        event_base_free(base_);
        EXPECT_EQ(count_descriptors(), num_descriptors_);
    }

    int try_start(HttpServerOptions options, const char *address = "127.0.0.1:0")
    {
        options.listen_address = address;
        options.handler = [](void *context, HttpRequest *request) {
            static_cast<ServerTest *>(context)->handler_(request);
        };
        options.context = this;
        return http_server_new(base_, &options, &server_);
    }

    void start(const HttpServerOptions &options = {})
    {
        ASSERT_EQ(try_start(options), 0);
    }

    int connect_client()
    {
        struct sockaddr_in address = {};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        address.sin_family = AF_INET;
        address.sin_port = htons(http_server_port(server_));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
        clients_.push_back(fd);
        return fd;
    }

    void send_all(int fd, const std::string &text)
    {
        size_t sent = 0;

        while (sent < text.size()) {
            ssize_t step = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

            if (step > 0)
                sent += (size_t)step;
            else if (errno != EAGAIN)
                return; /* the server closed; the test looks at its answer */
            event_base_loop(base_, EVLOOP_NONBLOCK);
        }
    }

    /* Turns the loop until @is_done, or fails. */
    void loop_until(const std::function<bool()> &is_done)
    {
        for (int i = 0; i < WAIT_MS_MAX / 10 && !is_done(); i++) {
            const struct timeval slice = {0, 10000};

            event_base_loopexit(base_, &slice);
            event_base_dispatch(base_);
        }
        EXPECT_TRUE(is_done());
    }

    /* What arrives until @end stands in it, or until the server closes if @end is empty. */
    /* What comes, without the dates. */
    std::string receive(int fd, const std::string &end)
    {
        std::string text;
        bool is_closed = false;

        loop_until([&] {
            char bytes[65536];
            ssize_t length = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

            if (length > 0)
                text.append(bytes, (size_t)length);
            is_closed = is_closed || length == 0 || (length < 0 && errno != EAGAIN);
            return is_closed || (!end.empty() && text.find(end) != std::string::npos);
        });
        return without_dates(text);
    }

    static std::string without_dates(std::string text)
    {
        static const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        static const size_t num_last = strlen(" GMT\r\n");

        for (size_t at; (at = text.find("Date: ")) != std::string::npos;) {
            if (text.compare(at + date.size() - num_last, num_last, " GMT\r\n") != 0)
                return text; /* in another form, which the test shows */
            text.erase(at, date.size());
        }
        return text;
    }

    std::string ask(const std::string &text)
    {
        int fd = connect_client();

        send_all(fd, text);
        return receive(fd, "");
    }

    static std::string get(const std::string &path = "/",
                           const std::string &headers = "Connection: close\r\n")
    {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }

    static void reply(HttpRequest *request, const std::string &body)
    {
        http_request_reply(request, 200, "text/plain", body.data(), body.size());
    }

    struct event_base *base_ = nullptr;
    HttpServer *server_ = nullptr;
    std::vector<int> clients_;
    size_t num_descriptors_ = 0;
    std::function<void(HttpRequest *)> handler_ = [](HttpRequest *request) {
        size_t length;
        const char *body = http_request_body(request, &length);

        reply(request, std::string(http_request_method(request)) + " " + http_request_path(request) + "?" +
                           http_request_query(request) + " " + std::string(body ? body : "", length));
    };
};

TEST_F(ServerTest, AnswersARequest)
{
    start();
    EXPECT_EQ(ask(get("/a%20b?c=d")), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                                      "Content-Length: 15\r\n\r\nGET /a%20b?c=d ");
    EXPECT_EQ(http_server_stats(server_)->num_requests, 1u);
}

TEST_F(ServerTest, KeepsAConnection)
{
    int fd;

    start();
    fd = connect_client();
    for (int i = 0; i < 3; i++) {
        send_all(fd, get("/x", ""));
        EXPECT_NE(receive(fd, "GET /x? ").find("200 OK"), std::string::npos);
    }
    EXPECT_EQ(http_server_stats(server_)->num_accepted, 1u);
}

TEST_F(ServerTest, AnswersRequestsThatAreSentAtOnceInOrder)
{
    std::string text;
    std::string answer;

    start();
    for (int i = 0; i < 20; i++)
        text += get("/" + std::to_string(i) + ".", i == 19 ? "Connection: close\r\n" : "");
    answer = ask(text);
    for (size_t i = 0, position = 0; i < 20; i++) {
        position = answer.find("GET /" + std::to_string(i) + ".", position);
        ASSERT_NE(position, std::string::npos) << i;
    }
}

TEST_F(ServerTest, ReadsARequestThatComesByteByByte)
{
    int fd;

    start();
    fd = connect_client();
    for (char byte : std::string("\r\nPUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"))
        send_all(fd, std::string(1, byte));
    EXPECT_NE(receive(fd, "PUT /x? abc").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, ReadsChunks)
{
    start();
    EXPECT_NE(
        ask("PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            "3\r\nabc\r\n2;x\r\nde\r\n0\r\nTrailer: 1\r\n\r\n")
            .find("PUT /? abcde"),
        std::string::npos);
}

TEST_F(ServerTest, ReadsALargeBody)
{
    std::string body(5 * 1024 * 1024, 'x');
    size_t received = 0;

    handler_ = [&](HttpRequest *request) {
        (void)http_request_body(request, &received);
        reply(request, "");
    };
    start();
    ask("PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(received, body.size());
}

TEST_F(ServerTest, TellsToContinue)
{
    int fd;

    start();
    fd = connect_client();
    send_all(fd, "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(receive(fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    send_all(fd, "ab");
    EXPECT_NE(receive(fd, "PUT /? ab").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, SendsNoBodyWhereNoneBelongs)
{
    start();
    EXPECT_EQ(
        ask("HEAD /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 9\r\n\r\n");
    handler_ = [](HttpRequest *request) { http_request_reply(request, 204, "text/plain", "x", 1); };
    EXPECT_EQ(ask(get()), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerTest, AnswersLater)
{
    HttpRequest *held = nullptr;
    int fd;

    handler_ = [&](HttpRequest *request) { held = request; };
    start();
    fd = connect_client();
    send_all(fd, get("/1", "") + get("/2"));
    loop_until([&] { return held != nullptr; });
    HttpRequest *first = held;
    held = nullptr;
    reply(first, "one");
    loop_until([&] { return held != nullptr; });
    reply(held, "two");
    std::string answer = receive(fd, "");
    EXPECT_LT(answer.find("one"), answer.find("two"));
}

TEST_F(ServerTest, TellsAHandlerWhosePeerHasGone)
{
    HttpRequest *held = nullptr;
    bool is_closed = false;
    int fd;

    handler_ = [&](HttpRequest *request) {
        held = request;
        http_request_on_closed(
            request, [](void *context, HttpRequest *) { *static_cast<bool *>(context) = true; }, &is_closed);
    };
    start();
    fd = connect_client();
    send_all(fd, get());
    loop_until([&] { return held != nullptr; });
    const struct linger reset = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    clients_.clear();
    loop_until([&] { return is_closed; });
}

TEST_F(ServerTest, AnswersAPeerThatHasShutItsWriteSide)
{
    int fd;

    start();
    fd = connect_client();
    send_all(fd, get("/x", ""));
    shutdown(fd, SHUT_WR);
    EXPECT_NE(receive(fd, "").find("GET /x?"), std::string::npos);
}

TEST_F(ServerTest, RefusesForeignHostsAndOrigins)
{
    bool is_handled = false;

    handler_ = [&](HttpRequest *request) {
        is_handled = true;
        reply(request, "");
    };
    start();
    const std::string requests[] = {
        "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        get("/", "Origin: http://evil.example\r\n"),
        get("/", "Origin: null\r\n"),
    };
    for (const std::string &request : requests) {
        std::string answer = ask(request);

        EXPECT_EQ(answer.find("HTTP/1.1 403 Forbidden\r\n"), 0u) << request;
        EXPECT_NE(answer.find("{\n  \"error\" : \"This host or origin is not allowed here.\"\n}\n"),
                  std::string::npos);
        EXPECT_EQ(answer.find("Access-Control"), std::string::npos);
    }
    EXPECT_FALSE(is_handled);
    EXPECT_EQ(http_server_stats(server_)->num_foreign, 4u);
    EXPECT_EQ(ask(get("/", "Origin: http://localhost:3000\r\nConnection: close\r\n")).find("HTTP/1.1 200"),
              0u);
}

TEST_F(ServerTest, AnswersGarbage)
{
    start();
    EXPECT_EQ(ask("\x16\x03\x01 nonsense\r\n\r\n").find("HTTP/1.1 400 Bad Request\r\n"), 0u);
    EXPECT_EQ(ask("GET / HTTP/3.0\r\nHost: a\r\n\r\n").find("HTTP/1.1 505 "), 0u);
    EXPECT_EQ(ask("PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
                  .find("HTTP/1.1 400"),
              0u);
    EXPECT_EQ(http_server_stats(server_)->num_bad_requests, 3u);
}

TEST_F(ServerTest, BoundsHeads)
{
    HttpServerOptions options = {};

    options.head_bytes_max = 1000;
    start(options);
    EXPECT_EQ(ask(get("/", "X: " + std::string(1000, 'x') + "\r\n")).find("HTTP/1.1 431 "), 0u);
    EXPECT_EQ(ask(std::string(1500, 'x')).find("HTTP/1.1 431 "), 0u);
}

/* The answer arrives although the peer is still sending. */
TEST_F(ServerTest, BoundsBodies)
{
    HttpServerOptions options = {};
    const std::string head = "PUT / HTTP/1.1\r\nHost: localhost\r\n";

    options.body_bytes_max = 1000;
    start(options);
    std::string answer = ask(head + "Content-Length: 3000000\r\n\r\n" + std::string(3000000, 'x'));
    EXPECT_EQ(answer.find("HTTP/1.1 413 "), 0u);
    EXPECT_NE(answer.find("{\n  \"error\" : \"Payload is too large\"\n}\n"), std::string::npos);
    EXPECT_EQ(ask(head + "Transfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x'))
                  .find("HTTP/1.1 413 "),
              0u);
    EXPECT_EQ(ask(head + "Content-Length: 2000\r\nExpect: 100-continue\r\n\r\n").find("HTTP/1.1 413 "), 0u);
    EXPECT_EQ(ask(head + "Content-Length: 1000\r\nConnection: close\r\n\r\n" + std::string(1000, 'x'))
                  .find("HTTP/1.1 200"),
              0u);
}

TEST_F(ServerTest, ClosesAConnectionThatSaysNothing)
{
    HttpServerOptions options = {};

    options.idle_timeout_ms = 50;
    start(options);
    EXPECT_EQ(receive(connect_client(), ""), "");
    EXPECT_EQ(http_server_stats(server_)->num_timeouts, 1u);
    EXPECT_EQ(http_server_stats(server_)->num_connections, 0u);
}

TEST_F(ServerTest, ClosesAConnectionThatTakesTooLong)
{
    HttpServerOptions options = {};
    int fd;

    options.request_timeout_ms = 50;
    start(options);
    fd = connect_client();
    send_all(fd, "GET / HT");
    EXPECT_EQ(receive(fd, "").find("HTTP/1.1 408 "), 0u);
}

TEST_F(ServerTest, BoundsConnections)
{
    HttpServerOptions options = {};

    options.num_connections_max = 3;
    start(options);
    for (int i = 0; i < 3; i++)
        connect_client();
    loop_until([&] { return http_server_stats(server_)->num_connections == 3; });
    std::string answer = ask(get());
    EXPECT_EQ(answer.find("HTTP/1.1 503 Service Unavailable\r\n"), 0u);
    EXPECT_NE(answer.find("{\n  \"error\" : \"Too many connections\"\n}\n"), std::string::npos);
    EXPECT_EQ(http_server_stats(server_)->num_refused, 1u);
    close(clients_[0]);
    clients_.erase(clients_.begin());
    loop_until([&] { return http_server_stats(server_)->num_connections < 3; });
    EXPECT_EQ(ask(get()).find("HTTP/1.1 200"), 0u);
}

TEST_F(ServerTest, RefusesOtherAddressesUnlessTold)
{
    HttpServerOptions options = {};

    EXPECT_EQ(try_start(options, "0.0.0.0:0"), -EPERM);
    EXPECT_EQ(try_start(options, "nonsense"), -EINVAL);
    EXPECT_EQ(try_start(options, "192.0.2.1:0"), -EPERM);
    options.is_remote_allowed = true;
    EXPECT_EQ(try_start(options, "192.0.2.1:0"), -EADDRNOTAVAIL);
    EXPECT_EQ(try_start(options, "0.0.0.0:0"), 0);
}

TEST_F(ServerTest, SaysThatAPortIsInUse)
{
    HttpServer *first;
    HttpServerOptions options = {};

    start(options);
    first = server_;
    EXPECT_EQ(try_start(options, ("127.0.0.1:" + std::to_string(http_server_port(first))).c_str()),
              -EADDRINUSE);
    EXPECT_EQ(server_, first);
}

/* ---- Streams ---- */

class StreamTest : public ServerTest
{
  protected:
    StreamTest()
    {
        handler_ = [this](HttpRequest *request) {
            stream_ = request;
            http_request_on_closed(
                request,
                [](void *context, HttpRequest *) {
                    static_cast<StreamTest *>(context)->stream_ = nullptr;
                    static_cast<StreamTest *>(context)->num_closed_++;
                },
                this);
            http_request_begin_stream(request, 200, "text/event-stream");
        };
    }

    int open_stream()
    {
        int fd = connect_client();

        send_all(fd, get());
        loop_until([this] { return stream_ != nullptr; });
        return fd;
    }

    HttpRequest *stream_ = nullptr;
    int num_closed_ = 0;
};

TEST_F(StreamTest, SendsPlainBytesUntilItEnds)
{
    int fd;

    start();
    fd = open_stream();
    EXPECT_EQ(receive(fd, "\r\n\r\n"),
              "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(http_request_send(stream_, "a\n\n", 3), 0);
    EXPECT_EQ(receive(fd, "\n\n"), "a\n\n");
    EXPECT_EQ(http_request_send(stream_, "b", 1), 0);
    http_request_end_stream(stream_);
    EXPECT_EQ(receive(fd, ""), "b");
    EXPECT_EQ(num_closed_, 0);
}

TEST_F(StreamTest, OutlivesTheIdleTimeout)
{
    HttpServerOptions options = {};
    const struct timeval longer = {0, 100000};
    int fd;

    options.idle_timeout_ms = options.request_timeout_ms = 20;
    start(options);
    fd = open_stream();
    event_base_loopexit(base_, &longer);
    event_base_dispatch(base_);
    EXPECT_EQ(http_request_send(stream_, "a", 1), 0);
    EXPECT_NE(receive(fd, "a").find("a"), std::string::npos);
}

TEST_F(StreamTest, SeesItsReaderGo)
{
    start();
    close(open_stream());
    clients_.clear();
    loop_until([this] { return num_closed_ == 1; });
    EXPECT_EQ(http_server_stats(server_)->num_connections, 0u);
}

TEST_F(StreamTest, ClosesASlowReader)
{
    HttpServerOptions options = {};
    const std::string piece(65536, 'x');
    int result = 0;

    options.stream_queue_bytes_max = 1000000;
    start(options);
    open_stream();
    for (int i = 0; i < 10000 && result == 0; i++) {
        result = http_request_send(stream_, piece.data(), piece.size());
        event_base_loop(base_, EVLOOP_NONBLOCK);
    }
    EXPECT_EQ(result, -ENOBUFS);
    loop_until([this] { return num_closed_ == 1; });
    EXPECT_EQ(http_server_stats(server_)->num_slow_readers, 1u);
}

/* One piece may be larger than the queue: the first value of a stream. */
TEST_F(StreamTest, SendsALargePieceWhole)
{
    HttpServerOptions options = {};
    const std::string piece(3000000, 'x');
    int fd;

    options.stream_queue_bytes_max = 1000;
    start(options);
    fd = open_stream();
    ASSERT_EQ(http_request_send(stream_, (piece + "END").data(), piece.size() + 3), 0);
    EXPECT_GT(receive(fd, "END").size(), piece.size());
}

TEST_F(StreamTest, ClosesAReaderThatTakesNothing)
{
    HttpServerOptions options = {};
    const std::string piece(20000000, 'x');

    options.write_timeout_ms = 50;
    start(options);
    open_stream();
    ASSERT_EQ(http_request_send(stream_, piece.data(), piece.size()), 0);
    loop_until([this] { return num_closed_ == 1; });
    EXPECT_EQ(http_server_stats(server_)->num_slow_readers, 1u);
}

TEST_F(StreamTest, IsClosedWithTheServer)
{
    start();
    open_stream();
    server_ = http_server_free(server_);
    EXPECT_EQ(num_closed_, 1);
}

TEST_F(StreamTest, EndsInTheCallThatBeganIt)
{
    handler_ = [](HttpRequest *request) {
        http_request_begin_stream(request, 200, "text/plain");
        EXPECT_EQ(http_request_send(request, "all", 3), 0);
        http_request_end_stream(request);
    };
    start();
    EXPECT_NE(ask(get()).find("\r\n\r\nall"), std::string::npos);
}

} // namespace
