#include "stub/native/evaluate/functions/function_file.h"
#include "tests/stub/link/folder.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace
{

bool is_cached;
int num_wakes;
time_t later_s;

} // namespace

/* Instead of the C library's: whether the kernel has a file in memory is up to the test. */
extern "C" ssize_t preadv2(int fd, const struct iovec *parts, int num_parts, off_t offset, int flags)
{
    if ((flags & RWF_NOWAIT) && !is_cached) {
        errno = EAGAIN;
        return -1;
    }
    return preadv(fd, parts, num_parts, offset);
}

extern "C" int clock_gettime(clockid_t clock, struct timespec *ret)
{
    const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, ret));

    ret->tv_sec += clock == CLOCK_MONOTONIC ? later_s : 0;
    return result;
}

namespace
{

class FunctionFileTest : public ::testing::Test
{
  protected:
    FunctionFileTest()
    {
        function_file_serve(); /* what an earlier test has left, nobody takes */
        later_s += 2;
        is_cached = false;
        num_wakes = 0;
        function_file_init([] { num_wakes++; });
    }

    std::string write(const std::string &name) const
    {
        folder_.write(name, "text of " + name);
        return folder_ / name;
    }

    /* What read() gives, or the error's number. */
    static std::string read(const std::string &path)
    {
        char *bytes = nullptr;
        size_t len_bytes = 0;
        const int result = function_file_read(path.c_str(), &bytes, &len_bytes);

        if (result < 0)
            return strerror(-result);
        const std::string text(bytes, len_bytes);
        free(bytes);
        return text;
    }

    Folder folder_;
    const std::string waits_ = strerror(EAGAIN);
};

TEST_F(FunctionFileTest, AnotherThreadReadsIt)
{
    const std::string path = write("a");

    EXPECT_EQ(read(path), waits_);
    EXPECT_EQ(read(path), waits_);
    EXPECT_EQ(num_wakes, 1);
    function_file_serve();
    EXPECT_EQ(read(path), "text of a");
    EXPECT_EQ(read(path), waits_) << "what was taken is not kept";
}

TEST_F(FunctionFileTest, TwoThatWaitInTurnBothGetTheirs)
{
    const std::string a = write("a");
    const std::string b = write("b");

    EXPECT_EQ(read(a), waits_);
    function_file_serve();
    EXPECT_EQ(read(b), waits_);
    function_file_serve();
    EXPECT_EQ(read(a), "text of a");
    EXPECT_EQ(read(b), waits_);
    function_file_serve();
    EXPECT_EQ(read(a), waits_);
    EXPECT_EQ(read(b), "text of b");
}

TEST_F(FunctionFileTest, WhatNobodyTakesIsInTheWayForASecond)
{
    const std::string a = write("a");
    const std::string b = write("b");

    EXPECT_EQ(read(a), waits_);
    function_file_serve();
    EXPECT_EQ(read(b), waits_);
    EXPECT_EQ(num_wakes, 1);
    later_s += 1;
    EXPECT_EQ(read(b), waits_);
    EXPECT_EQ(num_wakes, 2);
    function_file_serve();
    EXPECT_EQ(read(b), "text of b");
}

TEST_F(FunctionFileTest, WhatTheKernelHasInMemoryIsReadAtOnce)
{
    const std::string path = write("a");

    is_cached = true;
    const std::string text = read(path);
    EXPECT_TRUE(text == "text of a" || text == waits_) << text; /* a sandbox may not know openat2() */
    EXPECT_EQ(num_wakes, text == waits_ ? 1 : 0);
}

TEST_F(FunctionFileTest, WithoutAnotherThreadItIsReadOnTheSpot)
{
    function_file_init(nullptr);
    EXPECT_EQ(read(write("a")), "text of a");
    EXPECT_EQ(read(folder_ / "missing"), strerror(ENOENT));
    EXPECT_EQ(read(folder_.path()), strerror(EINVAL));
}

} // namespace
