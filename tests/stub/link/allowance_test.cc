#include "stub/native/backoff.h"
#include "stub/native/log_allowance.h"
#include "stub/native/snapshot_allowance.h"
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
        log_terms_init(&terms_);
    }

    int count(uint64_t now, uint64_t bytes)
    {
        int number = 0;

        while (number < 10000 && log_allowance_has(&allowance_, &terms_, now)) {
            log_allowance_spend(&allowance_, &terms_, bytes, now);
            number++;
        }
        return number;
    }

    void grant(uint64_t entries, uint64_t bytes, uint64_t now = kStart)
    {
        log_allowance_grant(&allowance_, &terms_, entries, bytes, 1000, now);
    }

    bool asks(uint64_t now)
    {
        return log_allowance_must_ask(&allowance_, &terms_, now, &request_);
    }

    LogTerms terms_ = {};
    LogAllowance allowance_ = {};
    LogRequest request_ = {};
};

TEST_F(LogAllowanceTest, WithoutABrokerThereIsALittle)
{
    EXPECT_EQ(count(kStart, 1), 20);
    EXPECT_EQ(count(kStart + kSecond, 1), 2);
    EXPECT_EQ(count(kStart + 100 * kSecond, 1), 20);
    EXPECT_FALSE(asks(kStart + 100 * kSecond)) << "there is nobody to ask";
}

TEST_F(LogAllowanceTest, BytesCountToo)
{
    EXPECT_EQ(count(kStart, 1024), 8);
    EXPECT_EQ(count(kStart + kSecond, 1024), 1);
    EXPECT_EQ(count(kStart + 1000 * kSecond, 100000), 1) << "the last one may cost more than is left";
}

TEST_F(LogAllowanceTest, TheBrokerSaysHowMuchMayBeSentOnCredit)
{
    log_terms_set(&terms_, 250, 40960, false);
    EXPECT_EQ(count(kStart, 1), 250);
    EXPECT_EQ(count(kStart + kSecond, 1), 2);
    log_terms_set(&terms_, 4, 40960, false);
    EXPECT_EQ(count(kStart + kSecond, 1), 4);
    log_terms_init(&terms_);
    EXPECT_EQ(count(kStart + kSecond, 1), 20) << "the session is over";
}

TEST_F(LogAllowanceTest, ALeaseIsUsedBeforeTheCredit)
{
    log_terms_set(&terms_, 4, 40960, false);
    grant(7, 70);
    EXPECT_EQ(count(kStart, 10), 7 + 4);
    grant(100, 25);
    EXPECT_EQ(count(kStart, 10), 3);
    grant(0, 10);
    EXPECT_EQ(count(kStart, 10), 1) << "what was overdrawn the broker has settled";
    grant(UINT64_MAX, UINT64_MAX);
    EXPECT_EQ(count(kStart, 1), 10000);
}

TEST_F(LogAllowanceTest, ALeaseEndsIfItIsNotUsed)
{
    log_terms_set(&terms_, 4, 40960, false);
    EXPECT_EQ(count(kStart, 1), 4);
    grant(100, 1000);
    EXPECT_EQ(count(kStart + kSecond, 1), 2);
    grant(3, 1000, kStart + 2 * kSecond);
    EXPECT_EQ(count(kStart + 2 * kSecond, 1), 3 + 2) << "the old one is void";
}

TEST_F(LogAllowanceTest, AnUnlimitedOneHasNoEnd)
{
    log_terms_set(&terms_, 0, 0, true);
    EXPECT_EQ(count(kStart, 1000000), 10000);
    EXPECT_FALSE(asks(kStart));
}

TEST_F(LogAllowanceTest, SilenceBeginsWithNothingLeftAndEndsWithTimeOrAGrant)
{
    EXPECT_FALSE(log_allowance_may_be_silent(&allowance_, &terms_));
    count(kStart, 1);
    EXPECT_TRUE(log_allowance_may_be_silent(&allowance_, &terms_));
    EXPECT_TRUE(log_allowance_is_silent(&allowance_, kStart + kSecond / 10 - 1));
    EXPECT_FALSE(log_allowance_is_silent(&allowance_, kStart + kSecond / 10));
    log_terms_set(&terms_, 4, 40960, false);
    EXPECT_FALSE(log_allowance_may_be_silent(&allowance_, &terms_)) << "what was said before is void";
    count(kStart, 1);
    grant(1, 1);
    EXPECT_FALSE(log_allowance_may_be_silent(&allowance_, &terms_));
}

TEST_F(LogAllowanceTest, AsksWhenLowAndNotAgainAtOnce)
{
    log_terms_set(&terms_, 100, 40960, false);
    for (int i = 0; i < 50; i++) {
        ASSERT_TRUE(log_allowance_has(&allowance_, &terms_, kStart));
        EXPECT_FALSE(asks(kStart)) << i;
        log_allowance_spend(&allowance_, &terms_, 300, kStart);
    }
    ASSERT_TRUE(asks(kStart));
    EXPECT_EQ(request_.entries, 100u);
    EXPECT_EQ(request_.bytes, 30000u);
    EXPECT_EQ(request_.num_refused, 0u);
    EXPECT_FALSE(asks(kStart + kSecond / 100));
    EXPECT_TRUE(asks(kStart + kSecond / 10));
    EXPECT_EQ(request_.entries, static_cast<uint64_t>(LOG_REQUEST_ENTRIES_MIN)) << "none since";
    grant(8, 40000, kStart + kSecond);
    for (int i = 0; i < 6; i++) {
        EXPECT_FALSE(asks(kStart + kSecond)) << i;
        log_allowance_spend(&allowance_, &terms_, 1, kStart + kSecond);
    }
    EXPECT_TRUE(asks(kStart + kSecond));
}

TEST_F(LogAllowanceTest, TellsWhatWasRefused)
{
    log_terms_set(&terms_, 4, 40960, false);
    EXPECT_EQ(count(kStart, 10), 4);
    for (int i = 0; i < 1000; i++)
        log_allowance_refuse(&allowance_);
    EXPECT_EQ(log_allowance_num_refused(&allowance_), 1000u);
    ASSERT_TRUE(asks(kStart));
    EXPECT_EQ(request_.num_refused, 1000u);
    EXPECT_EQ(request_.entries, static_cast<uint64_t>(LOG_REQUEST_ENTRIES_MAX));
    log_allowance_refuse(&allowance_);
    ASSERT_TRUE(asks(kStart + kSecond));
    EXPECT_EQ(request_.num_refused, 1u) << "since it asked last";
    log_allowance_forget_request(&allowance_, &request_);
    ASSERT_TRUE(asks(kStart + 2 * kSecond));
    EXPECT_EQ(request_.num_refused, 1u);
    EXPECT_EQ(log_allowance_num_refused(&allowance_), 1001u) << "since the last entry";
    grant(1, 100, kStart + kSecond);
    EXPECT_EQ(log_allowance_num_refused(&allowance_), 1001u);
    log_allowance_spend(&allowance_, &terms_, 1, kStart + kSecond);
    EXPECT_EQ(log_allowance_num_refused(&allowance_), 0u);
}

TEST_F(LogAllowanceTest, ARequestThatCouldNotBeSentIsMadeAgainForAsMuch)
{
    log_terms_set(&terms_, 100, 40960, false);
    EXPECT_EQ(count(kStart, 10), 100);
    ASSERT_TRUE(asks(kStart));
    EXPECT_EQ(request_.entries, 200u);
    log_allowance_forget_request(&allowance_, &request_);
    ASSERT_TRUE(asks(kStart + kSecond));
    EXPECT_EQ(request_.entries, 200u);
    ASSERT_TRUE(asks(kStart + 2 * kSecond));
    EXPECT_EQ(request_.entries, static_cast<uint64_t>(LOG_REQUEST_ENTRIES_MIN)) << "nothing was sent since";
}

TEST(SnapshotAllowanceTest, WithoutABrokerThereAreAFew)
{
    SnapshotAllowance allowance;
    int number = 0;

    snapshot_allowance_init(&allowance, kStart);
    while (snapshot_allowance_has(&allowance, kStart)) {
        snapshot_allowance_spend(&allowance);
        number++;
    }
    EXPECT_EQ(number, 20);
    EXPECT_TRUE(snapshot_allowance_has(&allowance, kStart + kSecond / 2));
    EXPECT_EQ(allowance.num_used, 0u) << "nobody is told";
}

TEST(SnapshotAllowanceTest, GivesBackWhatTheBrokerAllows)
{
    SnapshotAllowance allowance;

    snapshot_allowance_init(&allowance, kStart);
    snapshot_allowance_begin(&allowance, 2);
    for (int i = 0; i < 2; i++) {
        ASSERT_TRUE(snapshot_allowance_has(&allowance, kStart));
        snapshot_allowance_spend(&allowance);
    }
    EXPECT_FALSE(snapshot_allowance_has(&allowance, kStart + 1000 * kSecond));
    EXPECT_EQ(allowance.num_used, 2u);
    snapshot_allowance_give(&allowance, 1);
    EXPECT_TRUE(snapshot_allowance_has(&allowance, kStart));
    snapshot_allowance_give(&allowance, UINT64_MAX);
    EXPECT_EQ(allowance.left, 2) << "no more than it began with";
}

TEST(SnapshotAllowanceTest, ABrokerThatDoesNotCountAllowsAny)
{
    SnapshotAllowance allowance;

    snapshot_allowance_init(&allowance, kStart);
    snapshot_allowance_begin(&allowance, 0);
    for (int i = 0; i < 1000; i++) {
        ASSERT_TRUE(snapshot_allowance_has(&allowance, kStart));
        snapshot_allowance_spend(&allowance);
    }
    EXPECT_EQ(allowance.num_used, 0u);
}

} // namespace
