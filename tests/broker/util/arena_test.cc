#include "broker/util/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace
{

class ArenaTest : public testing::Test
{
  protected:
    void start(size_t limit)
    {
        ASSERT_EQ(arena_new(limit, &arena_), 0);
    }

    void TearDown() override
    {
        EXPECT_EQ(arena_free(arena_), nullptr);
    }

    Arena *arena_ = nullptr;
};

TEST_F(ArenaTest, GivesAlignedMemoryThatDoesNotOverlap)
{
    start(1 << 20);
    unsigned char *pieces[100];

    for (int i = 0; i < 100; i++) {
        pieces[i] = static_cast<unsigned char *>(arena_take(arena_, 1 + i * 37));
        ASSERT_NE(pieces[i], nullptr);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces[i]) % alignof(max_align_t), 0u);
        memset(pieces[i], i, 1 + i * 37);
    }
    for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 1 + i * 37; j++)
            ASSERT_EQ(pieces[i][j], i);
    }
}

TEST_F(ArenaTest, StopsAtTheLimitAndNotBefore)
{
    start(160);
    for (int i = 0; i < 10; i++)
        EXPECT_NE(arena_take(arena_, 16), nullptr);
    EXPECT_EQ(arena_num_bytes(arena_), 160u);
    EXPECT_EQ(arena_take(arena_, 1), nullptr);
    EXPECT_NE(arena_take(arena_, 0), nullptr);
}

TEST_F(ArenaTest, RefusesSizesThatOverflow)
{
    start(1 << 20);
    EXPECT_EQ(arena_take(arena_, SIZE_MAX), nullptr);
    EXPECT_EQ(arena_take(arena_, SIZE_MAX - 8), nullptr);
    EXPECT_EQ(arena_num_bytes(arena_), 0u);
}

TEST_F(ArenaTest, IsWholeAgainAfterReset)
{
    start(1 << 20);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 16; i++)
            ASSERT_NE(arena_take(arena_, 1 << 16), nullptr);
        EXPECT_EQ(arena_take(arena_, 1), nullptr);
        arena_reset(arena_);
        EXPECT_EQ(arena_num_bytes(arena_), 0u);
    }
}

TEST_F(ArenaTest, TakesAPieceLargerThanABlock)
{
    start(10 << 20);
    void *piece = arena_take(arena_, 5 << 20);

    ASSERT_NE(piece, nullptr);
    memset(piece, 1, 5 << 20);
    EXPECT_NE(arena_take(arena_, 100), nullptr);
}

TEST(ArenaFree, TakesNull)
{
    EXPECT_EQ(arena_free(nullptr), nullptr);
}

} // namespace
