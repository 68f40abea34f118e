#include "stub/native/credentials.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/stub/link/folder.hh"

namespace
{

class CredentialsTest : public testing::Test
{
  protected:
    void TearDown() override
    {
        if (copy_ >= 0)
            close(copy_);
    }

    std::string copy(const std::string &path)
    {
        const char *why = "";

        copy_ = credentials_copy(path.c_str(), &why);
        return why;
    }

    std::string content()
    {
        std::string text(CREDENTIALS_BYTES_MAX + 1, '\0');
        ssize_t length = pread(copy_, &text[0], text.size(), 0);

        text.resize(length > 0 ? static_cast<size_t>(length) : 0);
        return text;
    }

    Folder folder_;
    std::string path_ = folder_ / "key.json";
    int copy_ = -1;
};

TEST_F(CredentialsTest, CopyHasTheContent)
{
    const std::string text(5000, 'k');

    std::ofstream(path_) << text;
    EXPECT_EQ(copy(path_), "");
    EXPECT_EQ(content(), text);
    EXPECT_NE(fcntl(copy_, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(CredentialsTest, NobodyCanChangeTheCopy)
{
    std::ofstream(path_) << "key";
    ASSERT_EQ(copy(path_), "");
    EXPECT_EQ(fcntl(copy_, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    EXPECT_EQ(pwrite(copy_, "x", 1, 0), -1);
    EXPECT_EQ(ftruncate(copy_, 0), -1);
    EXPECT_EQ(content(), "key");
}

TEST_F(CredentialsTest, LargestFile)
{
    std::ofstream(path_) << std::string(CREDENTIALS_BYTES_MAX, 'k');
    EXPECT_EQ(copy(path_), "");
    EXPECT_EQ(content().size(), static_cast<size_t>(CREDENTIALS_BYTES_MAX));
}

TEST_F(CredentialsTest, FileThatIsTooLarge)
{
    std::ofstream(path_) << std::string(CREDENTIALS_BYTES_MAX + 1, 'k');
    EXPECT_EQ(copy(path_), "it is larger than 64 KiB");
    EXPECT_EQ(copy_, -1);
}

TEST_F(CredentialsTest, WhatIsNoFile)
{
    EXPECT_EQ(copy(path_), "No such file or directory");
    EXPECT_EQ(copy("/"), "it is no regular file");
    EXPECT_EQ(copy("/dev/zero"), "it is no regular file");
    ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(copy(path_), "it is no regular file"); /* without waiting for who writes */
}

TEST_F(CredentialsTest, LeavesNoDescriptorBehind)
{
    std::ofstream(path_) << std::string(CREDENTIALS_BYTES_MAX + 1, 'k');
    int before = dup(0);

    close(before);
    for (int i = 0; i < 10; i++)
        copy(i % 2 ? path_ : "/");
    int after = dup(0);
    close(after);
    EXPECT_EQ(after, before);
}

} // namespace
