#include "stub/native/backoff.h"
#include "stub/native/log_allowance.h"
#include "stub/native/token_bucket.h"

#include <gtest/gtest.h>

namespace
{

constexpr uint64_t kSecond = 1000000000;
constexpr uint64_t kStart = 5 * kSecond;

TEST(BackoffTest, DoublesUpToTheCap)
{
    Backoff backoff = {};
    uint32_t bounds[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
    for (uint32_t bound : bounds)
        EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX), bound);
    backoff_reset(&backoff);
    EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX), 500u);
}

TEST(BackoffTest, JitterIsFull)
{
    Backoff backoff = {};
    EXPECT_EQ(backoff_next_ms(&backoff, 0), 0u);
    EXPECT_EQ(backoff_next_ms(&backoff, UINT32_MAX / 2), 500u);
}

TEST(TokenBucketTest, HoldsABurstAndFillsWithTime)
{
    TokenBucket bucket;
    token_bucket_init(&bucket, 50, 250, kStart);
    for (int i = 0; i < 250; i++) {
        ASSERT_TRUE(token_bucket_has(&bucket, kStart)) << i;
        token_bucket_take(&bucket, 1);
    }
    EXPECT_FALSE(token_bucket_has(&bucket, kStart));
    EXPECT_FALSE(token_bucket_has(&bucket, kStart + kSecond / 51));
    EXPECT_TRUE(token_bucket_has(&bucket, kStart + kSecond / 50));
}

TEST(TokenBucketTest, FillsHoweverOftenItIsAsked)
{
    TokenBucket bucket;
    uint64_t now = kStart;
    token_bucket_init(&bucket, 50, 250, now);
    token_bucket_take(&bucket, 250);
    int num_taken = 0;
    for (; now < kStart + 10 * kSecond; now += 1000003) {
        if (token_bucket_has(&bucket, now)) {
            token_bucket_take(&bucket, 1);
            num_taken++;
        }
    }
    EXPECT_NEAR(num_taken, 500, 2);
}

TEST(TokenBucketTest, PaysBackWhatWasOverdrawn)
{
    TokenBucket bucket;
    token_bucket_init(&bucket, 1000, 1000, kStart);
    token_bucket_take(&bucket, 3000);
    EXPECT_FALSE(token_bucket_has(&bucket, kStart + 2 * kSecond));
    EXPECT_TRUE(token_bucket_has(&bucket, kStart + 2 * kSecond + kSecond / 1000));
}

TEST(TokenBucketTest, NeverHoldsMoreThanTheBurst)
{
    TokenBucket bucket;
    token_bucket_init(&bucket, 1000000000, 1ll << 40, kStart);
    token_bucket_take(&bucket, 1);
    ASSERT_TRUE(token_bucket_has(&bucket, UINT64_MAX / 2));
    EXPECT_EQ(bucket.level, 1ll << 40);
}

class LogAllowanceTest : public ::testing::Test
{
  protected:
    LogAllowanceTest()
    {
        log_allowance_init(&allowance_, kStart);
    }
    int count(uint64_t now, uint64_t bytes)
    {
        int number = 0;
        while (number < 10000 && log_allowance_has(&allowance_, now)) {
            log_allowance_spend(&allowance_, bytes);
            number++;
        }
        return number;
    }
    LogAllowance allowance_;
};

TEST_F(LogAllowanceTest, WithoutALeaseTheOriginalsNumbersHold)
{
    EXPECT_EQ(count(kStart, 1), 250);
    EXPECT_EQ(count(kStart + kSecond, 1), 50);
}

TEST_F(LogAllowanceTest, WithoutALeaseBytesCountToo)
{
    EXPECT_EQ(count(kStart, 1024), 40);
}

TEST_F(LogAllowanceTest, IsSilentForAWhileWhenUsedUp)
{
    EXPECT_EQ(count(kStart, 1), 250);
    EXPECT_FALSE(log_allowance_has(&allowance_, kStart + kSecond * 499 / 1000));
    EXPECT_TRUE(log_allowance_has(&allowance_, kStart + kSecond * 501 / 1000));
}

TEST_F(LogAllowanceTest, ALeaseIsWhatCounts)
{
    log_allowance_grant(&allowance_, 7, 70, false);
    EXPECT_EQ(count(kStart, 10), 7);
    EXPECT_EQ(count(kStart + 100 * kSecond, 10), 0);
    log_allowance_grant(&allowance_, 100, 25, false);
    EXPECT_EQ(count(kStart, 10), 3); /* the last one may cost more than is left */
    log_allowance_grant(&allowance_, 0, 10, false);
    EXPECT_EQ(count(kStart, 10), 1); /* what was overdrawn the broker has settled */
}

TEST_F(LogAllowanceTest, AnUnlimitedLeaseHasNoEnd)
{
    log_allowance_grant(&allowance_, 0, 0, true);
    EXPECT_EQ(count(kStart, 1000000), 10000);
    EXPECT_FALSE(log_allowance_must_ask(&allowance_, kStart));
}

TEST_F(LogAllowanceTest, AsksWhenLowAndNotAgainAtOnce)
{
    EXPECT_FALSE(log_allowance_must_ask(&allowance_, kStart)); /* nobody to ask */
    log_allowance_grant(&allowance_, 8, 1000, false);
    for (int i = 0; i < 5; i++)
        log_allowance_spend(&allowance_, 1);
    EXPECT_FALSE(log_allowance_must_ask(&allowance_, kStart));
    log_allowance_spend(&allowance_, 1);
    EXPECT_TRUE(log_allowance_must_ask(&allowance_, kStart));
    EXPECT_FALSE(log_allowance_must_ask(&allowance_, kStart + kSecond / 100));
    EXPECT_TRUE(log_allowance_must_ask(&allowance_, kStart + kSecond / 10));
    log_allowance_grant(&allowance_, 8, 0, false);
    EXPECT_FALSE(log_allowance_must_ask(&allowance_, kStart + kSecond));
}

TEST_F(LogAllowanceTest, EndsWithTheSession)
{
    log_allowance_grant(&allowance_, 0, 0, false);
    EXPECT_EQ(count(kStart, 1), 0);
    log_allowance_revoke(&allowance_);
    EXPECT_EQ(count(kStart, 1), 250);
}

} // namespace
