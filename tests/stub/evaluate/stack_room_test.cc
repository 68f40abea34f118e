#include "stub/native/evaluate/stack_room.h"

#include <gtest/gtest.h>

#include <functional>
#include <pthread.h>
#include <sys/resource.h>

namespace
{

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;
constexpr size_t kGiB = 1024 * kMiB;
constexpr size_t kTiB = 1024 * kGiB;

void *call(void *function)
{
    (*static_cast<std::function<void()> *>(function))();
    return nullptr;
}

void in_thread(size_t stack_bytes, std::function<void()> function)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, stack_bytes), 0);
    ASSERT_EQ(pthread_create(&thread, &attributes, call, &function), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

void expect_half_a_mebibyte()
{
    EXPECT_TRUE(stack_room_is_at_least(256 * kKiB));
    EXPECT_FALSE(stack_room_is_at_least(512 * kKiB));
    EXPECT_FALSE(stack_room_is_at_least(kGiB));
}

TEST(StackRoomTest, OfTheFirstThread)
{
    EXPECT_TRUE(stack_room_is_at_least(256 * kKiB));
    EXPECT_FALSE(stack_room_is_at_least(16 * kMiB)) << "more than is relied on";
}

TEST(StackRoomTest, OfAnotherThread)
{
    in_thread(512 * kKiB, expect_half_a_mebibyte);
}

TEST(StackRoomTest, AnotherThreadIsNoneOfTheFirstWhateverLimitIsSetNow)
{
    struct rlimit before;

    ASSERT_EQ(getrlimit(RLIMIT_STACK, &before), 0);
    const struct rlimit large = {64 * kTiB, before.rlim_max};
    if (setrlimit(RLIMIT_STACK, &large) != 0)
        GTEST_SKIP() << "no such limit may be set";
    in_thread(512 * kKiB, expect_half_a_mebibyte);
    EXPECT_EQ(setrlimit(RLIMIT_STACK, &before), 0);
}

} // namespace
