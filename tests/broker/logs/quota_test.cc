#include "broker/logs/quota.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace
{

const uint64_t SECOND = 1000000;

using Tokens = std::pair<int64_t, int64_t>; /* entries, bytes */

/* The original's numbers. */
class QuotaTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        start({50, 250, 20480, 40960});
    }

    void start(LogQuotaRates rates)
    {
        quota_init(&quota_, &rates, now_);
    }

    Tokens available(const QuotaShare &share)
    {
        quota_fill(&quota_, now_);
        QuotaTokens there = quota_available(&share);
        return {there.entries, there.bytes};
    }

    bool log(QuotaShare *share, int64_t bytes = 1)
    {
        Tokens there = available(*share);

        quota_note_hits(share, 1);
        if (there.first <= 0 || there.second <= 0)
            return false;
        quota_take(share, {1, bytes});
        return true;
    }

    /* Entries of @bytes that one greedy claimant can log now. */
    int log_all(QuotaShare *share, int64_t bytes = 1)
    {
        int num = 0;

        while (log(share, bytes))
            num++;
        return num;
    }

    void join(QuotaShare *share)
    {
        quota_join(&quota_, share, now_);
    }

    Quota quota_;
    uint64_t now_ = 77 * SECOND;
};

TEST_F(QuotaTest, OneClaimantHasABurstAndThenTheAverage)
{
    QuotaShare share = {};

    join(&share);
    EXPECT_EQ(available(share), Tokens(250, 40960));
    EXPECT_EQ(log_all(&share), 250);
    now_ += SECOND / 2;
    EXPECT_EQ(log_all(&share), 25);
    for (int second = 0; second < 10; second++) {
        now_ += SECOND;
        EXPECT_EQ(log_all(&share), 50);
    }
    now_ += 3600 * SECOND;
    EXPECT_EQ(log_all(&share), 250) << "no more than a burst is saved up";
}

TEST_F(QuotaTest, BytesCountLikewise)
{
    QuotaShare share = {};

    join(&share);
    EXPECT_EQ(log_all(&share, 1024), 40);
    now_ += SECOND;
    EXPECT_EQ(log_all(&share, 1024), 20);
    now_ += SECOND / 2;
    EXPECT_EQ(log_all(&share, 1024), 10);
}

TEST_F(QuotaTest, TheLastEntryMayTakeMoreAndItsClaimantOwesIt)
{
    QuotaShare large = {}, small = {};

    join(&large);
    join(&small);
    EXPECT_TRUE(log(&large, 40960 + 20480 - 10240)) << "its own 10,240, the 20,480 in common, and more";
    EXPECT_EQ(available(large).second, 0);
    EXPECT_EQ(available(small), Tokens(187, 10240)) << "what others have is theirs";
    now_ += SECOND;
    EXPECT_EQ(available(large).second, 0);
    now_ += SECOND;
    EXPECT_EQ(available(large).second, 20480);
}

TEST_F(QuotaTest, HalfOfTheBurstIsDividedEvenlyAndTheRestIsForWhoComesFirst)
{
    std::vector<QuotaShare> shares(5);

    for (QuotaShare &share : shares)
        join(&share);
    EXPECT_EQ(available(shares[0]).first, 125 + 25);
    EXPECT_EQ(log_all(&shares[0]), 150);
    for (size_t i = 1; i < shares.size(); i++)
        EXPECT_EQ(log_all(&shares[i]), 25);
}

TEST_F(QuotaTest, WhoLeavesGivesBackWhatItHasAndWhatItOwes)
{
    QuotaShare first = {}, second = {};

    join(&first);
    join(&second);
    EXPECT_TRUE(log(&first, 40960 + 20480));
    quota_leave(&first);
    EXPECT_EQ(available(second), Tokens(249, 10240));
    quota_leave(&first); /* nothing more */
    join(&first);
    now_ += SECOND;
    EXPECT_EQ(available(first).second, 0) << "nobody escapes a debt by coming anew";
}

TEST_F(QuotaTest, NewTokensGoToWhoHasUsedSome)
{
    QuotaShare idle = {}, busy = {};

    join(&idle);
    join(&busy);
    EXPECT_EQ(log_all(&busy), 125 + 62);
    for (int second = 0; second < 100; second++) {
        now_ += SECOND;
        EXPECT_EQ(log_all(&busy), 50) << second;
    }
    EXPECT_EQ(log_all(&idle), 63);
}

TEST_F(QuotaTest, TwoThatFloodHaveHalfEach)
{
    QuotaShare first = {}, second = {};
    int num_first = 0, num_second = 0;

    join(&first);
    join(&second);
    for (int ms = 0; ms < 60000; ms++, now_ += 1000) {
        num_first += log_all(&first);
        num_second += log_all(&second);
    }
    EXPECT_NEAR(num_first + num_second, 250 + 60 * 50, 2);
    EXPECT_NEAR(num_first - 125, num_second, 3) << "the burst in common was the first's";
}

/* The promise: one logpoint at 10^6 hits per second, ten at 5 per second. */
TEST_F(QuotaTest, TenModestClaimantsGet95PercentBesideOneThatFloods)
{
    std::vector<QuotaShare> modest(10);
    std::vector<int> num_logged(modest.size());
    QuotaShare flood = {};
    int num_hits = 0, num_flood = 0;

    join(&flood);
    for (QuotaShare &share : modest)
        join(&share);
    for (int ms = 0; ms < 600 * 1000; ms++, now_ += 1000) {
        num_flood += log_all(&flood);
        quota_note_hits(&flood, 1000);
        if (ms % 200 == 0) {
            num_hits++;
            for (size_t i = 0; i < modest.size(); i++)
                num_logged[i] += log(&modest[i]);
        }
    }
    for (int num : num_logged) {
        EXPECT_GE(num, num_hits * 97 / 100);
        EXPECT_LE(num, num_hits * 99 / 100);
    }
    EXPECT_NEAR(num_flood, 125 + 600 * 50 / 41, 30) << "a quarter of an even part, and the first burst";
    int total = num_flood;
    for (int num : num_logged)
        total += num;
    EXPECT_LE(total, 250 + 600 * 50);
}

TEST_F(QuotaTest, OneThatFloodsAloneHasEverything)
{
    QuotaShare flood = {}, idle[20] = {};
    int num = 0;

    join(&flood);
    for (QuotaShare &share : idle)
        join(&share);
    num = log_all(&flood);
    EXPECT_EQ(num, 125 + 5);
    for (int ms = 0; ms < 10000; ms++) {
        now_ += 1000;
        num += log_all(&flood);
        quota_note_hits(&flood, 1000);
    }
    EXPECT_NEAR(num, 125 + 5 + 500, 1);
}

TEST_F(QuotaTest, LeasedTokensCountAgainstTheBurst)
{
    QuotaShare share = {};

    join(&share);
    quota_take(&share, {100, 10000});
    quota_lease(&share, {100, 10000});
    EXPECT_EQ(log_all(&share), 150);
    now_ += 3600 * SECOND;
    EXPECT_EQ(log_all(&share), 150) << "100 of the burst are in a lease";
    quota_lease(&share, {-100, -10000});
    quota_give(&share, {100, 10000});
    EXPECT_EQ(log_all(&share), 100);
}

TEST_F(QuotaTest, WhatAShareHasNoRoomForIsForAll)
{
    QuotaShare first = {}, second = {};

    join(&first);
    join(&second);
    EXPECT_EQ(log_all(&second), 125 + 62);
    quota_give(&first, {10, 0});
    EXPECT_EQ(available(second).first, 10);
}

TEST_F(QuotaTest, SmallStepsOfTheClockBringAsMuchAsLargeOnes)
{
    QuotaShare share = {};

    join(&share);
    int num = log_all(&share) - 250;
    for (int i = 0; i < 10000; i++) {
        now_ += 997; /* microseconds: less than a token each */
        num += log_all(&share);
    }
    EXPECT_NEAR(num, 9970000 * 50 / 1000000, 1);
}

TEST_F(QuotaTest, AClockThatStandsOrGoesBackBringsNothing)
{
    QuotaShare share = {};

    join(&share);
    EXPECT_EQ(log_all(&share), 250);
    now_ -= 10 * SECOND;
    EXPECT_EQ(log_all(&share), 0);
}

TEST_F(QuotaTest, ARateOfZeroIsNoLimit)
{
    QuotaShare share = {};

    start({0, 250, 0, 40960});
    join(&share);
    EXPECT_TRUE(quota_is_unlimited(&quota_));
    for (int i = 0; i < 100000; i++)
        ASSERT_TRUE(log(&share, 100000));

    start({0, 250, 20480, 40960});
    share = {};
    join(&share);
    EXPECT_FALSE(quota_is_unlimited(&quota_));
    EXPECT_EQ(available(share), Tokens(INT64_MAX, 40960));
}

/* Whatever claimants do, an hour brings no more than a burst and the average. */
TEST_F(QuotaTest, RandomClaimantsTogetherKeepTheAverage)
{
    std::mt19937 random(1);
    std::vector<QuotaShare> shares(16);
    std::vector<QuotaTokens> leases(shares.size());
    const uint64_t start_us = now_;
    uint64_t num = 0, bytes = 0;

    for (int step = 0; step < 200000; step++) {
        size_t i = random() % shares.size();
        QuotaShare *share = &shares[i];

        now_ += random() % 20000;
        if (!share->quota) {
            join(share);
        } else if (random() % 1000 == 0) {
            quota_lease(share, {-leases[i].entries, -leases[i].bytes});
            quota_give(share, leases[i]);
            leases[i] = {0, 0};
            quota_leave(share);
        } else if (random() % 10 == 0 && leases[i].entries == 0) {
            Tokens there = available(*share);

            leases[i] = {there.first / 2, there.second / 2};
            quota_take(share, leases[i]);
            quota_lease(share, leases[i]);
        } else if (random() % 10 == 1) {
            quota_lease(share, {-leases[i].entries, -leases[i].bytes});
            quota_give(share, leases[i]);
            leases[i] = {0, 0};
        } else {
            int64_t size = static_cast<int64_t>(random() % 1000);

            if (log(share, size)) {
                num++;
                bytes += static_cast<uint64_t>(size);
            }
        }
        double seconds = static_cast<double>(now_ - start_us) / SECOND;
        ASSERT_LE(num, 250 + 50 * seconds + 1);
        ASSERT_LE(bytes, 40960 + 20480 * seconds + 16 * 1000);
    }
    EXPECT_GT(num, 20000u) << "it is not the claimants that were shy";
}

} // namespace
