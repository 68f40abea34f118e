#include "stub/native/wakeup.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace
{

bool is_readable(const Wakeup &wakeup)
{
    pollfd file = {wakeup.readable.fd, POLLIN, 0};
    return poll(&file, 1, 0) == 1;
}

TEST(WakeupTest, EndsAPollUntilItIsCleared)
{
    Wakeup wakeup;
    ASSERT_EQ(wakeup_init(&wakeup), 0);
    EXPECT_FALSE(is_readable(wakeup));
    EXPECT_TRUE(wakeup_send(&wakeup));
    EXPECT_TRUE(wakeup_send(&wakeup));
    EXPECT_TRUE(is_readable(wakeup));
    EXPECT_TRUE(wakeup_clear(&wakeup));
    EXPECT_FALSE(is_readable(wakeup));
    wakeup_deinit(&wakeup);
}

TEST(WakeupTest, NeverWaitsHoweverOftenItIsSent)
{
    Wakeup wakeup;
    ASSERT_EQ(wakeup_init(&wakeup), 0);
    for (int i = 0; i < 100000; i++)
        ASSERT_TRUE(wakeup_send(&wakeup));
    EXPECT_TRUE(wakeup_clear(&wakeup));
    EXPECT_FALSE(is_readable(wakeup));
    wakeup_deinit(&wakeup);
}

TEST(WakeupTest, LeavesAloneWhatTheAppPutUnderItsNumber)
{
    Wakeup wakeup;
    int ends[2];
    ASSERT_EQ(wakeup_init(&wakeup), 0);
    ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
    ASSERT_EQ(dup2(ends[1], wakeup.writable.fd), wakeup.writable.fd); /* the app reuses the number */
    int reused = wakeup.writable.fd;

    EXPECT_FALSE(wakeup_send(&wakeup));
    EXPECT_FALSE(wakeup_clear(&wakeup));
    wakeup_deinit(&wakeup);
    char byte;
    EXPECT_EQ(read(ends[0], &byte, 1), -1);
    EXPECT_EQ(fcntl(reused, F_GETFD), 0);
    close(reused);
    close(ends[0]);
    close(ends[1]);
}

} // namespace
