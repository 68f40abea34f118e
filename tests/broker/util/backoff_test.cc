#include "broker/util/backoff.h"

#include <gtest/gtest.h>

namespace
{

TEST(BackoffTest, DoublesUpToTheLast)
{
    Backoff backoff = {500, 60000, 0};

    for (uint32_t most : {500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000})
        EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX), most);
    for (int i = 0; i < 1000; i++)
        EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX), 60000u);
}

TEST(BackoffTest, WaitsARandomPart)
{
    Backoff backoff = {1000, 60000, 0};

    EXPECT_EQ(backoff_next_ms(&backoff, 0), 0u);
    EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX / 2), 1000u);
    EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX / 4), 1000u);
}

TEST(BackoffTest, IsToldTheFailuresByWhoCountsThem)
{
    EXPECT_EQ(backoff_ms(500, 4000, 1, UINT32_MAX), 500u);
    EXPECT_EQ(backoff_ms(500, 4000, 3, UINT32_MAX), 2000u);
    EXPECT_EQ(backoff_ms(500, 4000, UINT32_MAX, UINT32_MAX), 4000u);
    EXPECT_EQ(backoff_ms(500, 300000, 20, UINT32_MAX), 300000u);
    EXPECT_EQ(backoff_ms(500, 4000, 3, UINT32_MAX / 4), 500u);
}

TEST(BackoffTest, BeginsAnewAfterASuccess)
{
    Backoff backoff = {500, 60000, 0};

    for (int i = 0; i < 9; i++)
        backoff_next_ms(&backoff, 1);
    backoff_reset(&backoff);
    EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX), 500u);
}

} // namespace
