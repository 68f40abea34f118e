#include "stub/native/address.h"
#include "stub/native/appearance.h"

#include "tests/stub/link/folder.hh"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

namespace
{

int listen_at(const std::string &path)
{
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (bind(fd, reinterpret_cast<sockaddr *>(&name), sizeof(name)) != 0 || listen(fd, 8) != 0)
        ADD_FAILURE() << "cannot listen at " << path;
    return fd;
}

TEST(AddressTest, DefaultPlacesAreTheDocumentedOnes)
{
    Address address;
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    address_init(&address, nullptr);
    ASSERT_EQ(address.num_paths, 3u);
    EXPECT_STREQ(address.paths[0], "/run/snapshot-broker/broker.sock");
    EXPECT_STREQ(address.paths[1], "/run/user/7/snapshot-broker/broker.sock");
    EXPECT_EQ(address.paths[2], "/tmp/snapshot-broker-" + std::to_string(geteuid()) + "/broker.sock");
    EXPECT_FALSE(address.is_explicit);
    setenv("XDG_RUNTIME_DIR", "relative", 1);
    address_init(&address, nullptr);
    EXPECT_EQ(address.num_paths, 2u);
    unsetenv("XDG_RUNTIME_DIR");
    address_init(&address, nullptr);
    EXPECT_EQ(address.num_paths, 2u);
}

TEST(AddressTest, AnExplicitPathIsTheOnlyOne)
{
    Address address;
    address_init(&address, "/a/b.sock");
    ASSERT_EQ(address.num_paths, 1u);
    EXPECT_STREQ(address.paths[0], "/a/b.sock");
    EXPECT_TRUE(address.is_explicit);
    address_init(&address, std::string(108, 'x').c_str());
    EXPECT_EQ(address.num_paths, 0u);
    address_init(&address, std::string(107, 'x').c_str());
    EXPECT_EQ(address.num_paths, 1u);
}

TEST(AddressTest, ConnectsToTheFirstThatAnswers)
{
    Folder folder;
    setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
    mkdir((folder / "snapshot-broker").c_str(), 0700);
    int listener = listen_at(folder / "snapshot-broker/broker.sock");
    Address address;
    Descriptor socket;
    address_init(&address, nullptr);
    ASSERT_EQ(address_connect(&address, &socket), 0); /* the peer is this user */
    descriptor_close(&socket);
    close(listener);
    EXPECT_EQ(address_connect(&address, &socket), -ENOENT); /* nobody listens any more */
    unsetenv("XDG_RUNTIME_DIR");
}

/* The peer's user is fixed when it listens: a listener of another user needs root to be made here. */
TEST(AddressTest, ADefaultPlaceOfAnotherUserIsNotTrusted)
{
    if (geteuid() != 0)
        GTEST_SKIP() << "needs root to listen as somebody else";
    Folder folder;
    setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
    mkdir((folder / "snapshot-broker").c_str(), 0755);
    ASSERT_EQ(chown((folder / "snapshot-broker").c_str(), 65534, 65534), 0);
    ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
    ASSERT_EQ(seteuid(65534), 0);
    int listener = listen_at(folder / "snapshot-broker/broker.sock");
    ASSERT_EQ(seteuid(0), 0);
    Address address;
    Descriptor socket;
    address_init(&address, nullptr);
    EXPECT_EQ(address_connect(&address, &socket), -EPERM);
    address_init(&address, (folder / "snapshot-broker/broker.sock").c_str());
    EXPECT_EQ(address_connect(&address, &socket), 0); /* named by the app: trusted */
    descriptor_close(&socket);
    close(listener);
    unsetenv("XDG_RUNTIME_DIR");
}

class AppearanceTest : public ::testing::Test
{
  protected:
    AppearanceTest()
    {
        address_init(&address_, (folder_ / "broker.sock").c_str());
        appearance_look(&appearance_, &address_);
    }
    bool has_changed()
    {
        return appearance_has_changed(&appearance_, &address_);
    }
    Folder folder_;
    Address address_ = {};
    Appearance appearance_ = {};
};

TEST_F(AppearanceTest, SeesTheSocketThatIsMade)
{
    EXPECT_FALSE(has_changed());
    folder_.write("other", "");
    EXPECT_FALSE(has_changed());
    close(listen_at(folder_ / "broker.sock"));
    EXPECT_TRUE(has_changed());
}

TEST_F(AppearanceTest, SeesTheSocketThatTakesAnothersPlace)
{
    close(listen_at(folder_ / "broker.sock"));
    appearance_look(&appearance_, &address_);
    EXPECT_FALSE(has_changed());
    close(listen_at(folder_ / "broker.sock.new"));
    EXPECT_FALSE(has_changed());
    ASSERT_EQ(rename((folder_ / "broker.sock.new").c_str(), (folder_ / "broker.sock").c_str()), 0);
    EXPECT_TRUE(has_changed());
}

TEST_F(AppearanceTest, DoesNotCareForASocketThatGoes)
{
    close(listen_at(folder_ / "broker.sock"));
    appearance_look(&appearance_, &address_);
    unlink((folder_ / "broker.sock").c_str());
    EXPECT_FALSE(has_changed());
}

TEST_F(AppearanceTest, LooksOftenAtFirstAndSeldomLater)
{
    EXPECT_EQ(appearance_interval_ms(0), 50u);
    EXPECT_EQ(appearance_interval_ms(5000), 250u);
    EXPECT_EQ(appearance_interval_ms(3600000), 1000u);
}

} // namespace
