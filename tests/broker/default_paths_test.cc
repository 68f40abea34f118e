#include "broker/default_paths.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/broker/stubs/scratch_folder.hh"

namespace
{

class DefaultPathsTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        places_.run_dir = run_.c_str();
        places_.lib_dir = lib_.c_str();
        places_.uid = 1234;
    }

    std::string socket_path(bool *is_private)
    {
        char *path = default_socket_path(&places_, is_private);
        std::string result = path;

        free(path);
        return result;
    }

    std::string state_dir()
    {
        char *path = default_state_dir(&places_);
        std::string result = path;

        free(path);
        return result;
    }

    ScratchFolder folder_;
    std::string run_ = folder_.path("run"), lib_ = folder_.path("lib"), user_ = folder_.path("user");
    DefaultPlaces places_ = {};
};

TEST_F(DefaultPathsTest, TheSocketIsInTheFirstFolderThatIsWritable)
{
    bool is_private = false;

    EXPECT_EQ(socket_path(&is_private), "/tmp/snapshot-broker-1234/broker.sock");
    EXPECT_TRUE(is_private) << "anybody may write to /tmp";

    mkdir(user_.c_str(), 0700);
    places_.runtime_dir = user_.c_str();
    EXPECT_EQ(socket_path(&is_private), user_ + "/snapshot-broker/broker.sock");
    EXPECT_FALSE(is_private);

    mkdir(run_.c_str(), 0755);
    EXPECT_EQ(socket_path(&is_private), run_ + "/snapshot-broker/broker.sock");
    mkdir((run_ + "/snapshot-broker").c_str(), 0755);
    EXPECT_EQ(socket_path(&is_private), run_ + "/snapshot-broker/broker.sock");
}

TEST_F(DefaultPathsTest, TheStateIsInTheFirstFolderThatIsThere)
{
    EXPECT_EQ(state_dir(), "");
    places_.home = "/home/me";
    EXPECT_EQ(state_dir(), "/home/me/.local/state/snapshot-broker");
    places_.state_home = "/home/me/state";
    EXPECT_EQ(state_dir(), "/home/me/state/snapshot-broker");
    mkdir(lib_.c_str(), 0755);
    EXPECT_EQ(state_dir(), lib_ + "/snapshot-broker");
}

TEST_F(DefaultPathsTest, RelativeFoldersOfTheEnvironmentDoNotCount)
{
    bool is_private = false;

    places_.runtime_dir = ".";
    places_.state_home = "state";
    places_.home = "";
    EXPECT_EQ(socket_path(&is_private), "/tmp/snapshot-broker-1234/broker.sock");
    EXPECT_EQ(state_dir(), "");
}

TEST_F(DefaultPathsTest, AFolderOfAnotherUserIsPassedOver)
{
    if (geteuid() == 0)
        GTEST_SKIP() << "root may write everywhere";
    bool is_private = false;

    mkdir(run_.c_str(), 0755);
    mkdir((run_ + "/snapshot-broker").c_str(), 0555);
    EXPECT_EQ(socket_path(&is_private), "/tmp/snapshot-broker-1234/broker.sock");
}

} // namespace
