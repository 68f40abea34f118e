#include "broker/stubs/listener.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <set>
#include <string>

#include "tests/broker/stubs/client.hh"
#include "tests/broker/stubs/scratch_folder.hh"

namespace
{

size_t count_descriptors()
{
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

mode_t mode_of(const std::string &path)
{
    struct stat status;

    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::set<std::string> names_in(const std::string &path)
{
    std::set<std::string> names;
    DIR *folder = opendir(path.c_str());

    while (struct dirent *entry = readdir(folder))
        names.insert(entry->d_name);
    closedir(folder);
    names.erase(".");
    names.erase("..");
    return names;
}

class ListenerTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        num_descriptors_ = count_descriptors();
    }

    void TearDown() override
    {
        EXPECT_EQ(listener_free(listener_), nullptr);
        EXPECT_EQ(count_descriptors(), num_descriptors_);
    }

    int open(const std::string &path, Listener **ret, mode_t mode = 0660, bool is_private = false)
    {
        ListenerOptions options = {path.c_str(), mode, is_private};

        return listener_new(&options, error_, sizeof error_, ret);
    }

    ScratchFolder folder_;
    std::string path_ = folder_.path("run/broker.sock");
    Listener *listener_ = nullptr;
    char error_[256] = "";
    size_t num_descriptors_ = 0;
};

TEST_F(ListenerTest, MakesItsFolderAndASocketThatAccepts)
{
    ASSERT_EQ(open(path_, &listener_, 0600), 0) << error_;
    ASSERT_EQ(listener_start(listener_), 0);
    EXPECT_EQ(mode_of(folder_.path("run")), 0755u);
    EXPECT_EQ(mode_of(path_), 0600u);
    EXPECT_EQ(Client(path_).error(), 0);
    EXPECT_NE(fcntl(listener_fd(listener_), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(fcntl(listener_fd(listener_), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ListenerTest, GivesTheSocketTheModeThatIsWantedWhateverTheUmask)
{
    mode_t umask_before = umask(0077);
    int result = open(path_, &listener_, 0666);

    umask(umask_before);
    ASSERT_EQ(result, 0) << error_;
    ASSERT_EQ(listener_start(listener_), 0);
    EXPECT_EQ(mode_of(path_), 0666u);
    EXPECT_EQ(mode_of(folder_.path("run")), 0755u) << "apps of other users must get there";
}

TEST_F(ListenerTest, IsNotSeenBeforeItAccepts)
{
    ASSERT_EQ(open(path_, &listener_), 0);
    EXPECT_EQ(Client(path_).error(), ENOENT);
    EXPECT_EQ(names_in(folder_.path("run")).count("broker.sock"), 0u);
}

TEST_F(ListenerTest, LeavesOnlyItsLockBehind)
{
    ASSERT_EQ(open(path_, &listener_), 0);
    ASSERT_EQ(listener_start(listener_), 0);
    listener_ = listener_free(listener_);
    EXPECT_EQ(names_in(folder_.path("run")), std::set<std::string>{"broker.sock.lock"});

    ASSERT_EQ(open(path_, &listener_), 0) << "one that did not start";
    listener_ = listener_free(listener_);
    EXPECT_EQ(names_in(folder_.path("run")), std::set<std::string>{"broker.sock.lock"});
}

TEST_F(ListenerTest, RefusesASecondOneAndLeavesTheFirstAlone)
{
    Listener *second = nullptr;

    ASSERT_EQ(open(path_, &listener_), 0);
    EXPECT_EQ(open(path_, &second), LISTENER_E_IN_USE) << "also before the first one listens";
    ASSERT_EQ(listener_start(listener_), 0);
    EXPECT_EQ(open(path_, &second), LISTENER_E_IN_USE);
    EXPECT_NE(std::string(error_).find(path_), std::string::npos);
    EXPECT_NE(std::string(error_).find("another broker"), std::string::npos);
    EXPECT_EQ(Client(path_).error(), 0);
}

TEST_F(ListenerTest, RefusesWhereAnotherProgramAccepts)
{
    struct sockaddr_un address = {};
    int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    mkdir(folder_.path("run").c_str(), 0755);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, path_.c_str());
    ASSERT_EQ(bind(other, reinterpret_cast<struct sockaddr *>(&address), sizeof address), 0);
    ASSERT_EQ(listen(other, 1), 0);
    EXPECT_EQ(open(path_, &listener_), LISTENER_E_IN_USE);
    close(other);
}

TEST_F(ListenerTest, ReplacesTheSocketOfAKilledBroker)
{
    pid_t child = fork();

    if (child == 0) {
        Listener *dead = nullptr;

        if (open(path_, &dead) == 0 && listener_start(dead) == 0)
            raise(SIGKILL);
        _exit(1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(Client(path_).error(), ECONNREFUSED);

    ASSERT_EQ(open(path_, &listener_), 0) << error_;
    ASSERT_EQ(listener_start(listener_), 0);
    EXPECT_EQ(Client(path_).error(), 0);
}

TEST_F(ListenerTest, DoesNotReplaceWhatIsNoSocket)
{
    mkdir(folder_.path("run").c_str(), 0755);
    std::ofstream(path_) << "precious";
    EXPECT_EQ(open(path_, &listener_), -EEXIST);
    std::string text;
    std::ifstream(path_) >> text;
    EXPECT_EQ(text, "precious");
}

TEST_F(ListenerTest, DoesNotRemoveTheSocketOfItsSuccessor)
{
    ASSERT_EQ(open(path_, &listener_), 0);
    ASSERT_EQ(listener_start(listener_), 0);
    ASSERT_EQ(unlink(path_.c_str()), 0);
    std::ofstream(path_) << "of somebody else";
    listener_ = listener_free(listener_);
    EXPECT_EQ(names_in(folder_.path("run")).count("broker.sock"), 1u);
}

TEST_F(ListenerTest, RefusesAPathThatIsTooLong)
{
    EXPECT_EQ(open(folder_.path(std::string(200, 'x')), &listener_), -EINVAL);
    EXPECT_NE(std::string(error_).find("107"), std::string::npos) << error_;
}

TEST_F(ListenerTest, TakesTheLongestPath)
{
    std::string path = folder_.path("");

    path += std::string(107 - path.size(), 'x');
    ASSERT_EQ(open(path, &listener_), 0) << error_;
    ASSERT_EQ(listener_start(listener_), 0);
    EXPECT_EQ(Client(path).error(), 0);
}

TEST_F(ListenerTest, SaysWhatIsWrongWithAFolder)
{
    EXPECT_EQ(open(folder_.path("no/such/broker.sock"), &listener_), -ENOENT);
    EXPECT_NE(std::string(error_).find("folder"), std::string::npos) << error_;
    EXPECT_EQ(open(folder_.path("run/"), &listener_), -EISDIR);
    std::ofstream(folder_.path("file")) << "x";
    EXPECT_EQ(open(folder_.path("file/broker.sock"), &listener_), -ENOTDIR);
}

TEST_F(ListenerTest, WantsAPrivateFolderToItself)
{
    ASSERT_EQ(open(path_, &listener_, 0600, true), 0) << error_;
    EXPECT_EQ(mode_of(folder_.path("run")), 0700u);
    listener_ = listener_free(listener_);

    ASSERT_EQ(chmod(folder_.path("run").c_str(), 0755), 0);
    EXPECT_EQ(open(path_, &listener_, 0600, true), -EPERM);
    ASSERT_EQ(symlink("run", folder_.path("link").c_str()), 0);
    ASSERT_EQ(chmod(folder_.path("run").c_str(), 0700), 0);
    EXPECT_LT(open(folder_.path("link/broker.sock"), &listener_, 0600, true), 0)
        << "a link that anybody may make";
}

} // namespace
