#include "broker/logs/quota.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace
{

const uint64_t SECOND = 1000000;
using Tokens = std::pair<uint64_t, uint64_t>;

/* The original's numbers. */
class LogQuotaTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        start({50, 250, 20480, 40960});
    }

    void start(LogQuotaRates rates)
    {
        log_quota_init(&quota_, &rates, now_);
    }

    Tokens grant(LogLease *lease, uint64_t entries, uint64_t bytes)
    {
        uint64_t granted_entries, granted_bytes;

        log_quota_grant(&quota_, lease, entries, bytes, now_, &granted_entries, &granted_bytes);
        return {granted_entries, granted_bytes};
    }

    Tokens available()
    {
        uint64_t entries, bytes;

        log_quota_available(&quota_, now_, &entries, &bytes);
        return {entries, bytes};
    }

    bool pay(LogLease *lease, uint64_t bytes)
    {
        return log_quota_pay(&quota_, lease, bytes, bytes, now_);
    }

    /* Entries of @bytes that one greedy session can log now. */
    int pay_all(LogLease *lease, uint64_t bytes)
    {
        int num = 0;

        for (;;) {
            if (!pay(lease, bytes)) {
                grant(lease, 1000000, 1000000);
                if (!pay(lease, bytes))
                    return num;
            }
            num++;
        }
    }

    LogQuota quota_;
    uint64_t now_ = 77 * SECOND;
};

TEST_F(LogQuotaTest, ABurstIs250EntriesAndThen50PerSecond)
{
    LogLease lease = {};

    EXPECT_EQ(pay_all(&lease, 1), 250);
    now_ += SECOND / 2;
    EXPECT_EQ(pay_all(&lease, 1), 25);
    for (int second = 0; second < 10; second++) {
        now_ += SECOND;
        EXPECT_EQ(pay_all(&lease, 1), 50);
    }
    now_ += 5 * SECOND;
    EXPECT_EQ(pay_all(&lease, 1), 250);
    now_ += 3600 * SECOND;
    EXPECT_EQ(pay_all(&lease, 1), 250) << "no more than a burst is saved up";
}

TEST_F(LogQuotaTest, ABurstIs40960BytesAndThen20480PerSecond)
{
    LogLease lease = {};

    EXPECT_EQ(pay_all(&lease, 1024), 40);
    now_ += SECOND;
    EXPECT_EQ(pay_all(&lease, 1024), 20);
    now_ += SECOND / 2;
    EXPECT_EQ(pay_all(&lease, 1024), 10);
}

TEST_F(LogQuotaTest, SmallStepsOfTheClockBringAsMuchAsLargeOnes)
{
    LogLease lease = {};
    int num = pay_all(&lease, 1) - 250;

    for (int i = 0; i < 10000; i++) {
        now_ += 997; /* microseconds: less than a token each */
        num += pay_all(&lease, 1);
    }
    EXPECT_EQ(num, 9970000 * 50 / 1000000);
}

TEST_F(LogQuotaTest, TheLastEntryOfALeaseMayTakeMoreAndTheNextGrantMakesUpForIt)
{
    LogLease lease = {};

    EXPECT_EQ(grant(&lease, 10, 100), Tokens(10, 100));
    EXPECT_TRUE(pay(&lease, 1100));
    EXPECT_EQ(lease.bytes, -1000);
    EXPECT_FALSE(pay(&lease, 1));
    EXPECT_EQ(grant(&lease, 0, 100), Tokens(0, 100)) << "the session knows what it owes, too";
    EXPECT_EQ(lease.bytes, -900);
    EXPECT_EQ(grant(&lease, 0, 1000), Tokens(0, 1000));
    EXPECT_EQ(lease.bytes, 100);
    EXPECT_EQ(available().second, 40960u - 100 - 100 - 1000);
    EXPECT_TRUE(pay(&lease, 100));
}

TEST_F(LogQuotaTest, PacketsThatAreLargerThanTheirMessagesGiveTheRestBack)
{
    LogLease lease = {};

    EXPECT_EQ(grant(&lease, 250, 1000), Tokens(250, 1000));
    EXPECT_TRUE(log_quota_pay(&quota_, &lease, 150, 30, now_));
    EXPECT_EQ(lease.bytes, 850) << "as the session sees it";
    EXPECT_EQ(available().second, 40960u - 1000 + 120);
    EXPECT_TRUE(log_quota_pay(&quota_, &lease, 850, 0, now_));
    EXPECT_EQ(available().second, 40960u - 30);
}

TEST_F(LogQuotaTest, MessagesThatAreLargerThanTheirPacketsCostTheRest)
{
    LogLease lease = {};

    EXPECT_EQ(grant(&lease, 250, 40960), Tokens(250, 40960));
    for (int i = 0; i < 10; i++)
        EXPECT_TRUE(log_quota_pay(&quota_, &lease, 100, 4096, now_));
    EXPECT_EQ(lease.bytes, 40960 - 1000);
    EXPECT_EQ(available().second, 0u);
    now_ += SECOND;
    EXPECT_EQ(available().second, 0u) << "39,960 are owed";
    log_quota_return(&quota_, &lease, now_);
    EXPECT_EQ(available().second, 20480u);
}

/* An hour of entries whose packets are much larger than their messages, and of ones that are smaller. */
TEST_F(LogQuotaTest, NeverStarvesWhateverPacketsCost)
{
    for (uint64_t spent : {uint64_t{20}, uint64_t{100}, uint64_t{300}}) {
        LogLease lease = {};
        uint64_t num = 0;

        start({50, 250, 20480, 40960});
        const uint64_t end_us = now_ + 3600 * SECOND;
        for (; now_ < end_us; now_ += SECOND / 20) {
            grant(&lease, 250, 40960);
            while (log_quota_pay(&quota_, &lease, spent, 100, now_))
                num++;
        }
        EXPECT_GE(num, 3600u * 50) << spent;
        EXPECT_LE(num, 3600u * 50 + 250) << spent;
        log_quota_return(&quota_, &lease, now_);
    }
}

TEST_F(LogQuotaTest, AVeryLongEntrySilencesForAsLongAsItIsWorth)
{
    LogLease lease = {};

    grant(&lease, 250, 40960);
    EXPECT_TRUE(pay(&lease, 40960 + 3 * 20480));
    now_ += SECOND * 2;
    EXPECT_EQ(grant(&lease, 0, 40960).second, 2 * 20480u);
    EXPECT_FALSE(pay(&lease, 1));
    now_ += SECOND * 2;
    EXPECT_EQ(grant(&lease, 0, 40960).second, 2 * 20480u);
    EXPECT_EQ(lease.bytes, 20480);
    EXPECT_TRUE(pay(&lease, 1));
}

TEST_F(LogQuotaTest, GrantsNoMoreThanThereIs)
{
    LogLease first = {}, second = {};

    EXPECT_EQ(grant(&first, 200, 30000), Tokens(200, 30000));
    EXPECT_EQ(grant(&second, 200, 30000), Tokens(50, 10960));
    EXPECT_EQ(grant(&second, 1, 1), Tokens(0, 0));
}

TEST_F(LogQuotaTest, LeasedTokensCountAgainstTheBurst)
{
    LogLease idle = {}, busy = {};

    grant(&idle, 100, 10000);
    EXPECT_EQ(pay_all(&busy, 1), 150);
    now_ += 3600 * SECOND;
    EXPECT_EQ(pay_all(&busy, 1), 150) << "100 of the burst are with the idle session";
    log_quota_return(&quota_, &idle, now_);
    EXPECT_EQ(pay_all(&busy, 1), 100);
}

TEST_F(LogQuotaTest, ASessionDoesNotEscapeItsDebtByReconnecting)
{
    LogLease lease = {};

    grant(&lease, 250, 40960);
    EXPECT_TRUE(pay(&lease, 40960 + 20480));
    log_quota_return(&quota_, &lease, now_);
    EXPECT_EQ(lease.bytes, 0);
    EXPECT_EQ(available(), Tokens(249, 0));
    now_ += SECOND;
    EXPECT_EQ(available().second, 0u);
    now_ += SECOND;
    EXPECT_EQ(available().second, 20480u);
}

TEST_F(LogQuotaTest, SharesHalfTheBurstEvenly)
{
    uint64_t entries, bytes;

    log_quota_share(&quota_, 1, &entries, &bytes);
    EXPECT_EQ(Tokens(entries, bytes), Tokens(125, 20480));
    log_quota_share(&quota_, 8, &entries, &bytes);
    EXPECT_EQ(Tokens(entries, bytes), Tokens(15, 2560));
    log_quota_share(&quota_, 1000, &entries, &bytes);
    EXPECT_EQ(Tokens(entries, bytes), Tokens(1, 20));
}

TEST_F(LogQuotaTest, AClockThatStandsOrGoesBackBringsNothing)
{
    LogLease lease = {};

    EXPECT_EQ(pay_all(&lease, 1), 250);
    now_ -= 10 * SECOND;
    EXPECT_EQ(pay_all(&lease, 1), 0);
}

TEST_F(LogQuotaTest, ARateOfZeroIsNoLimit)
{
    LogLease lease = {};

    start({0, 250, 0, 40960});
    EXPECT_TRUE(log_quota_is_unlimited(&quota_));
    for (int i = 0; i < 100000; i++)
        ASSERT_TRUE(pay(&lease, 100000));

    start({0, 250, 20480, 40960});
    EXPECT_FALSE(log_quota_is_unlimited(&quota_));
    EXPECT_EQ(grant(&lease, 5000, 1024), Tokens(5000, 1024));
    EXPECT_TRUE(pay(&lease, 1024));
    EXPECT_FALSE(pay(&lease, 1024));
}

/* Whatever the sessions do, an hour brings no more than a burst and the average. */
TEST_F(LogQuotaTest, RandomSessionsTogetherKeepTheAverage)
{
    std::mt19937 random(1);
    std::vector<LogLease> leases(16);
    const uint64_t start_us = now_;
    uint64_t num = 0, bytes = 0;

    for (int step = 0; step < 200000; step++) {
        LogLease *lease = &leases[random() % leases.size()];

        now_ += random() % 20000;
        switch (random() % 4) {
        case 0:
            grant(lease, random() % 300, random() % 50000);
            break;
        case 1:
            if (random() % 100 == 0)
                log_quota_return(&quota_, lease, now_);
            break;
        default:
            uint64_t size = random() % 1000;
            if (pay(lease, size)) {
                num++;
                bytes += size;
            }
        }
        double seconds = static_cast<double>(now_ - start_us) / SECOND;
        ASSERT_LE(num, 250 + 50 * seconds + 1);
        ASSERT_LE(bytes, 40960 + 20480 * seconds + 16 * 1000);
    }
    EXPECT_GT(num, 20000u) << "it is not the sessions that were shy";
}

} // namespace
