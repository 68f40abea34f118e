#include "broker/http/host.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace
{

/* A guard for what is bound at @address. */
class Guard
{
  public:
    explicit Guard(const char *address, std::initializer_list<const char *> allowed = {})
    {
        const char *hosts[4] = {};
        struct sockaddr_storage storage;
        socklen_t length;
        size_t i = 0;

        for (const char *host : allowed)
            hosts[i++] = host;
        EXPECT_EQ(host_parse_address(address, &storage, &length), 0);
        EXPECT_EQ(host_guard_init(&guard_, &storage, hosts), 0);
    }
    ~Guard()
    {
        host_guard_deinit(&guard_);
    }
    bool host(const char *text) const
    {
        return host_guard_allows_host(&guard_, text);
    }
    bool origin(const char *text) const
    {
        return host_guard_allows_origin(&guard_, text);
    }

  private:
    HostGuard guard_;
};

TEST(HostTest, ParsesAddresses)
{
    struct sockaddr_storage address;
    socklen_t length;

    ASSERT_EQ(host_parse_address("127.0.0.1:9000", &address, &length), 0);
    EXPECT_EQ(address.ss_family, AF_INET);
    EXPECT_EQ(ntohs(((struct sockaddr_in *)&address)->sin_port), 9000);
    EXPECT_TRUE(host_is_loopback(&address));

    ASSERT_EQ(host_parse_address("[::1]:0", &address, &length), 0);
    EXPECT_EQ(address.ss_family, AF_INET6);
    EXPECT_TRUE(host_is_loopback(&address));

    ASSERT_EQ(host_parse_address("localhost:65535", &address, &length), 0);
    EXPECT_TRUE(host_is_loopback(&address));

    ASSERT_EQ(host_parse_address("0.0.0.0:1", &address, &length), 0);
    EXPECT_FALSE(host_is_loopback(&address));
    ASSERT_EQ(host_parse_address("[::]:1", &address, &length), 0);
    EXPECT_FALSE(host_is_loopback(&address));
}

TEST(HostTest, RefusesWhatIsNoAddress)
{
    const char *const texts[] = {"",           ":9000",           "9000",         "127.0.0.1",
                                 "127.0.0.1:", "127.0.0.1:65536", "1.2.3:80",     "::1:9000",
                                 "[::1]",      "[::1:9000",       "name.org:80",  "127.0.0.1:-1",
                                 "[]:1",       "[::1]x:1",        "127.0.0.1:1x", "127.0.0.1:123456"};
    struct sockaddr_storage address;
    socklen_t length;

    for (const char *text : texts)
        EXPECT_EQ(host_parse_address(text, &address, &length), -EINVAL) << text;
}

TEST(HostTest, AllowsLoopbackNames)
{
    Guard guard("127.0.0.1:9000");

    for (const char *host : {"localhost", "LOCALHOST:9000", "127.0.0.1", "127.0.0.1:9000", "127.1.2.3",
                             "[::1]", "[::1]:80", "localhost:"})
        EXPECT_TRUE(guard.host(host)) << host;
}

TEST(HostTest, RefusesForeignNames)
{
    Guard guard("127.0.0.1:9000");

    for (const char *host : {"", "evil.example", "evil.example:9000", "localhost.evil.example",
                             "localhost@evil.example", "127.0.0.1.nip.io", "8.8.8.8", "[::2]", "localhost:x",
                             "localhost:123456", "[::1", "[::1]x", "0.0.0.0"})
        EXPECT_FALSE(guard.host(host)) << host;
}

TEST(HostTest, AllowsTheBoundAddressAndNamedHosts)
{
    Guard guard("192.0.2.7:9000", {"build.example"});

    EXPECT_TRUE(guard.host("192.0.2.7:9000"));
    EXPECT_FALSE(guard.host("192.0.2.8:9000"));
    EXPECT_TRUE(guard.host("Build.Example:1"));
    EXPECT_FALSE(guard.host("x.build.example"));
    EXPECT_TRUE(Guard("[2001:db8::1]:9").host("[2001:db8:0:0::1]:9"));
}

/* DNS rebinding needs a name; a browser that was told an address shows it. */
TEST(HostTest, AllowsEveryAddressWhereAllAreBound)
{
    Guard guard("0.0.0.0:9000");

    EXPECT_TRUE(guard.host("10.1.2.3:9000"));
    EXPECT_TRUE(guard.host("[2001:db8::1]:9000"));
    EXPECT_FALSE(guard.host("evil.example:9000"));
}

TEST(HostTest, ChecksOrigins)
{
    Guard guard("127.0.0.1:9000", {"ide.example"});

    for (const char *origin :
         {"http://localhost:3000", "https://127.0.0.1", "http://[::1]:1", "https://ide.example"})
        EXPECT_TRUE(guard.origin(origin)) << origin;
    for (const char *origin :
         {"null", "", "http://evil.example", "file://", "localhost", "http://localhost.evil.example"})
        EXPECT_FALSE(guard.origin(origin)) << origin;
}

} // namespace
