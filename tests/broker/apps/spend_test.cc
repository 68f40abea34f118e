/* Snapshots and the time of conditions: what the processes of an app use together on this host. */
#include "tests/broker/apps/registry_fixture.hh"

namespace
{

class SpendTest : public RegistryFixture
{
  protected:
    void SetUp() override
    {
        RegistryFixture::SetUp();
        options_.limits.condition_cost_permille = 10;
        options_.snapshot_rates = {10, 100, 0, 0};
    }

    void tell(Stub *stub, uint64_t num_snapshots, uint64_t condition_us)
    {
        Snapshot__QuotaRequest message = SNAPSHOT__QUOTA_REQUEST__INIT;

        message.num_snapshots = num_snapshots;
        message.condition_cost_us = condition_us;
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_QUOTA_REQUEST, &message);
    }

    static const Snapshot__QuotaLease *begun(const Stub *stub)
    {
        return stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME)[0]->welcome->quota;
    }

    static uint64_t snapshots(const Stub *stub)
    {
        uint64_t sum = 0;

        for (auto *message : stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_QUOTA_LEASE))
            sum += message->quota_lease->num_snapshots;
        return sum;
    }

    static uint64_t condition_us(const Stub *stub)
    {
        uint64_t sum = 0;

        for (auto *message : stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_QUOTA_LEASE))
            sum += message->quota_lease->condition_cost_us;
        return sum;
    }
};

TEST_F(SpendTest, WelcomeSaysWhatThereIsToBeginWith)
{
    start();
    EXPECT_EQ(begun(join())->num_snapshots, 100u);
    EXPECT_EQ(begun(join())->num_snapshots, 50u);
    EXPECT_EQ(begun(stubs_[0].get())->condition_cost_us, 25000u) << "half of 5 s of 1 %";
    EXPECT_EQ(begun(stubs_[1].get())->condition_cost_us, 12500u);
    for (int i = 0; i < 30; i++)
        join();
    EXPECT_EQ(begun(join())->num_snapshots, static_cast<uint64_t>(STANDING_SNAPSHOTS_MIN));
    EXPECT_EQ(begun(stubs_.back().get())->condition_cost_us,
              static_cast<uint64_t>(STANDING_CONDITION_US_MIN));
}

TEST_F(SpendTest, WhatIsUsedComesBackAtOnceWhileTheAppHasSome)
{
    start();
    Stub *stub = join();
    tell(stub, 3, 2000);
    EXPECT_EQ(snapshots(stub), 3u);
    EXPECT_EQ(condition_us(stub), 2000u);
}

TEST_F(SpendTest, ProcessesTogetherHaveOneQuotaAndTheRestComesWithTime)
{
    start();
    Stub *first = join(), *second = join();
    tell(first, 60, 30000);
    tell(second, 60, 30000);
    EXPECT_EQ(snapshots(first), 40u) << "60 are used of 100";
    tell(first, 0, 0);
    EXPECT_EQ(snapshots(second), 0u) << "more are used than there were";
    EXPECT_EQ(condition_us(first), 20000u);
    EXPECT_EQ(condition_us(second), 0u);
    pass_us(2 * US_PER_S);
    EXPECT_EQ(snapshots(first) + snapshots(second), 40u) << "the 20 too many come first";
    pass_us(9 * US_PER_S);
    EXPECT_EQ(snapshots(first), 60u);
    EXPECT_EQ(snapshots(second), 60u);
    EXPECT_EQ(condition_us(first), 30000u);
    EXPECT_EQ(condition_us(second), 30000u);
}

TEST_F(SpendTest, WhatComesIsDividedAmongThoseWhoWait)
{
    start();
    Stub *first = join(), *second = join(), *third = join();
    tell(first, 190, 60000); /* of 100, and of 50000 */
    tell(second, 40, 30000);
    tell(third, 40, 30000);
    pass_us(7000 * US_PER_MS);
    EXPECT_EQ(condition_us(first) + condition_us(second) + condition_us(third), 0u) << "70000 too many";
    pass_us(LEASE_RETRY_MS * US_PER_MS);
    EXPECT_EQ(condition_us(first), 334u) << "of 1000";
    EXPECT_EQ(condition_us(second), 333u);
    EXPECT_EQ(condition_us(third), 333u);
    tell(first, 0, 334);
    tell(second, 0, 333);
    tell(third, 0, 333);
    pass_us(LEASE_RETRY_MS * US_PER_MS);
    EXPECT_EQ(condition_us(first), 668u);
    EXPECT_EQ(condition_us(second), 666u);
    EXPECT_EQ(condition_us(third), 666u);
    pass_us(9800 * US_PER_MS);
    EXPECT_EQ(snapshots(first) + snapshots(second) + snapshots(third), 0u) << "170 too many";
    pass_us(LEASE_RETRY_MS * US_PER_MS);
    EXPECT_EQ(snapshots(first) + snapshots(second) + snapshots(third), 1u);
    pass_us(LEASE_RETRY_MS * US_PER_MS);
    EXPECT_EQ(snapshots(first), 1u) << "whoever was given one";
    EXPECT_EQ(snapshots(second), 1u);
    EXPECT_EQ(snapshots(third), 1u);
}

TEST_F(SpendTest, OneForManyGoesToEachInTurn)
{
    start();
    Stub *first = join(), *second = join(), *third = join();
    tell(first, 190, 0); /* of 100 */
    tell(third, 40, 0);
    pass_us(13000 * US_PER_MS);
    EXPECT_EQ(snapshots(first) + snapshots(third), 0u);
    for (int i = 0; i < 10; i++) {
        uint64_t before[] = {snapshots(first), snapshots(third)};

        pass_us(LEASE_RETRY_MS * US_PER_MS);
        tell(first, snapshots(first) - before[0], 0);
        tell(third, snapshots(third) - before[1], 0);
    }
    EXPECT_EQ(snapshots(first), 5u) << "of one for each tenth of a second";
    EXPECT_EQ(snapshots(third), 5u);
    EXPECT_EQ(snapshots(second), 0u);
}

TEST_F(SpendTest, WhoAsksWhileOthersWaitWaitsWithThem)
{
    start();
    Stub *first = join(), *second = join();
    tell(first, 0, 60000); /* of 50000, which takes a second to make up for */
    pass_us(1050 * US_PER_MS);
    tell(second, 0, 100);
    EXPECT_EQ(condition_us(second), 0u);
    pass_us(50 * US_PER_MS);
    EXPECT_EQ(condition_us(first), 450u) << "half of 900";
    EXPECT_EQ(condition_us(second), 100u) << "which is all that it has used";
}

TEST_F(SpendTest, NothingWakesTheBrokerWhenNobodyWaits)
{
    start();
    Stub *stub = join();
    uint64_t next = timers_next_us(timers_);
    tell(stub, 10, 100);
    EXPECT_EQ(timers_next_us(timers_), next);
}

TEST_F(SpendTest, WithoutARateNobodyCountsSnapshots)
{
    options_.snapshot_rates = {0, 100, 0, 0};
    start();
    EXPECT_EQ(begun(join())->num_snapshots, 0u);
}

TEST_F(SpendTest, AppsShareWhatTheHostAllows)
{
    options_.snapshot_rates = {0, 100, 0, 0};
    options_.total_snapshot_rates = {10, 100, 0, 0};
    start();
    Stub *first = join(), *second = join("other");
    EXPECT_EQ(begun(first)->num_snapshots, 100u);
    tell(first, 1000, 0);
    EXPECT_EQ(snapshots(first), 0u);
    tell(second, 20, 0);
    EXPECT_EQ(snapshots(second), 5u) << "its own 25";
}

} // namespace
