#include "broker/admin/admin.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "broker/util/clock.h"

namespace
{

const uint64_t WAIT_US_MAX = 20 * static_cast<uint64_t>(US_PER_S);

class AdminTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        base_ = event_base_new();
        options_.base = base_;
        options_.listen_address = "127.0.0.1:0";
        options_.metrics = &metrics_;
        options_.version = "1.2.3";
        options_.is_ready = [](void *context) { return static_cast<AdminTest *>(context)->is_ready_; };
        options_.context = this;
    }

    void TearDown() override
    {
        EXPECT_EQ(admin_free(admin_), nullptr);
        event_base_free(base_);
    }

    void start()
    {
        ASSERT_EQ(admin_new(&options_, &admin_), 0);
    }

    /* The whole answer to one request. */
    std::string ask(const std::string &method, const std::string &path, const std::string &host = "localhost")
    {
        std::string request =
            method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
        struct sockaddr_in address = {};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        uint64_t end = clock_monotonic_us() + WAIT_US_MAX;
        std::string answer;
        char part[4096];

        address.sin_family = AF_INET;
        address.sin_port = htons(admin_port(admin_));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(fd, reinterpret_cast<struct sockaddr *>(&address), sizeof address), 0);
        EXPECT_EQ(send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
        fcntl(fd, F_SETFL, O_NONBLOCK);
        for (;;) {
            ssize_t size = recv(fd, part, sizeof part, 0);

            if (size > 0)
                answer.append(part, static_cast<size_t>(size));
            if (size == 0 || (size < 0 && errno != EAGAIN) || clock_monotonic_us() > end)
                break;
            event_base_loop(base_, EVLOOP_NONBLOCK);
        }
        close(fd);
        return answer;
    }

    static void refresh(void *context)
    {
        AdminTest *self = static_cast<AdminTest *>(context);

        self->num_refreshes_++;
        metrics_set(&self->metrics_, METRIC_DEBUGGEES, 9);
    }

    static std::string status_of(const std::string &answer)
    {
        return answer.substr(0, 12);
    }

    struct event_base *base_ = nullptr;
    Metrics metrics_ = {};
    AdminOptions options_ = {};
    Admin *admin_ = nullptr;
    bool is_ready_ = false;
    int num_refreshes_ = 0;
};

TEST_F(AdminTest, IsStartedAndLiveWhateverElse)
{
    start();
    EXPECT_EQ(status_of(ask("GET", "/startup")), "HTTP/1.1 200");
    EXPECT_EQ(status_of(ask("GET", "/live")), "HTTP/1.1 200");
    EXPECT_EQ(status_of(ask("HEAD", "/live")), "HTTP/1.1 200");
}

TEST_F(AdminTest, IsReadyWhenTheBrokerSaysSo)
{
    start();
    EXPECT_EQ(status_of(ask("GET", "/ready")), "HTTP/1.1 503");
    is_ready_ = true;
    EXPECT_EQ(status_of(ask("GET", "/ready")), "HTTP/1.1 200");
}

TEST_F(AdminTest, ShowsMetrics)
{
    options_.refresh = refresh;
    start();
    metrics_set(&metrics_, METRIC_SESSIONS, 3);
    std::string answer = ask("GET", "/metrics");

    EXPECT_EQ(status_of(answer), "HTTP/1.1 200");
    EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4"), std::string::npos);
    EXPECT_NE(answer.find("\nsnapshot_broker_sessions 3\n"), std::string::npos);
    EXPECT_NE(answer.find("\nsnapshot_broker_debuggees 9\n"), std::string::npos);
    EXPECT_NE(answer.find("snapshot_broker_build_info{version=\"1.2.3\"} 1\n"), std::string::npos);
    EXPECT_EQ(num_refreshes_, 1);
    EXPECT_GT(metrics_get(&metrics_, METRIC_RESIDENT_BYTES), 1 << 20);
    EXPECT_GT(metrics_get(&metrics_, METRIC_OPEN_DESCRIPTORS), 2);
}

TEST_F(AdminTest, SaysWhatThereIs)
{
    start();
    EXPECT_EQ(status_of(ask("GET", "/")), "HTTP/1.1 404");
    EXPECT_EQ(status_of(ask("GET", "/metrics/")), "HTTP/1.1 404");
    std::string answer = ask("POST", "/metrics");
    EXPECT_EQ(status_of(answer), "HTTP/1.1 405");
    EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos);
}

TEST_F(AdminTest, RefusesForeignHosts)
{
    start();
    EXPECT_EQ(status_of(ask("GET", "/metrics", "evil.example")), "HTTP/1.1 403");
}

TEST_F(AdminTest, BindsLoopbackUnlessTold)
{
    options_.listen_address = "0.0.0.0:0";
    EXPECT_EQ(admin_new(&options_, &admin_), -EPERM);
    options_.is_remote_allowed = true;
    start();
    EXPECT_EQ(status_of(ask("GET", "/live", "10.1.2.3")), "HTTP/1.1 200") << "a probe of Kubernetes";
}

} // namespace
