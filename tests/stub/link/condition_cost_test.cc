#include "stub/native/condition_cost.h"

#include <gtest/gtest.h>

namespace
{

constexpr uint64_t kMs = 1000000;
constexpr uint64_t kSecond = 1000 * kMs;
constexpr uint64_t kStart = 5 * kSecond;

class ConditionCostTest : public ::testing::Test
{
  protected:
    ConditionCostTest()
    {
        condition_cost_set_rate(&cost_, 0, kStart);
        condition_meter_init(&meter_, &cost_, kStart);
        condition_meter_init(&other_, &cost_, kStart);
    }
    ConditionCost cost_ = {};
    ConditionMeter meter_;
    ConditionMeter other_;
};

TEST_F(ConditionCostTest, TheDefaultIsOnePercentOfACore)
{
    EXPECT_EQ(cost_.permille, 10u);
    EXPECT_EQ(cost_.left.per_second, 10 * kMs);
}

TEST_F(ConditionCostTest, OneConditionMayTakeHalf)
{
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 24 * kMs, kStart), 0);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 1 * kMs, kStart), CONDITION_COST_E_OWN);
    EXPECT_EQ(condition_cost_charge(&cost_, &other_, 1 * kMs, kStart), 0);
}

TEST_F(ConditionCostTest, AllTogetherEndTheOneThatUsesItUp)
{
    ConditionMeter third;
    condition_meter_init(&third, &cost_, kStart);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 24 * kMs, kStart), 0);
    EXPECT_EQ(condition_cost_charge(&cost_, &other_, 24 * kMs, kStart), 0);
    EXPECT_EQ(condition_cost_charge(&cost_, &third, 3 * kMs, kStart), CONDITION_COST_E_ALL);
}

TEST_F(ConditionCostTest, TimePaysBack)
{
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 24 * kMs, kStart), 0);
    /* 5 ms a second come back: 20 ms more are there after 4 s, and not after 3. */
    ConditionMeter early = meter_;
    EXPECT_EQ(condition_cost_charge(&cost_, &early, 20 * kMs, kStart + 3 * kSecond), CONDITION_COST_E_OWN);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 20 * kMs, kStart + 4 * kSecond), 0);
}

TEST_F(ConditionCostTest, ASteadyConditionWithinItsRateNeverEnds)
{
    uint64_t now = kStart;
    for (int i = 0; i < 10000; i++, now += kSecond / 100)
        ASSERT_EQ(condition_cost_charge(&cost_, &meter_, 49 * kMs / 1000, now), 0) << i;
}

TEST_F(ConditionCostTest, OneAboveItsRateEnds)
{
    uint64_t now = kStart;
    int result = 0;
    for (int i = 0; i < 100000 && result == 0; i++, now += kSecond / 100)
        result = condition_cost_charge(&cost_, &meter_, 60 * kMs / 1000, now);
    EXPECT_EQ(result, CONDITION_COST_E_OWN);
    EXPECT_GT(now, kStart + 20 * kSecond); /* the burst of 25 ms lasts so long */
}

TEST_F(ConditionCostTest, TheMeasuredStandForTheOthers)
{
    uint32_t sum = 0;
    int num_measured = 0;
    for (int i = 0; i < 1600; i++) {
        uint32_t weight = condition_meter_begin(&meter_);
        sum += weight;
        num_measured += weight > 0;
        if (i < CONDITION_COST_NUM_MEASURED_FIRST) {
            ASSERT_EQ(weight, 1u);
        }
    }
    EXPECT_EQ(sum, 1600u);
    EXPECT_EQ(num_measured, 16 + 99);
}

TEST_F(ConditionCostTest, ANewRateStartsFull)
{
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 1000 * kMs, kStart), CONDITION_COST_E_OWN);
    condition_cost_set_rate(&cost_, 1000, kStart);
    condition_meter_init(&meter_, &cost_, kStart);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 2000 * kMs, kStart), 0);
    condition_cost_set_rate(&cost_, 1000, kStart); /* the same again changes nothing */
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 600 * kMs, kStart), CONDITION_COST_E_OWN);
}

TEST_F(ConditionCostTest, AnAbsurdTimeDoesNotOverflow)
{
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, UINT64_MAX, kStart), CONDITION_COST_E_OWN);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, UINT64_MAX, kStart), CONDITION_COST_E_OWN);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 0, kStart + 100000000 * kSecond), 0);
}

TEST_F(ConditionCostTest, ALeaseIsPaidBackByTheBrokerAndNotByTime)
{
    uint64_t us = 0;

    condition_cost_lease(&cost_, 20000, kStart);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 4 * kMs, kStart), 0);
    EXPECT_FALSE(condition_cost_must_tell(&cost_, &us)) << "it is not worth a packet";
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 2 * kMs, kStart), 0);
    EXPECT_TRUE(condition_cost_must_tell(&cost_, &us));
    EXPECT_EQ(us, 6000u);
    EXPECT_FALSE(condition_cost_must_tell(&cost_, &us));
    EXPECT_EQ(condition_cost_charge(&cost_, &other_, 13 * kMs, kStart + 1000 * kSecond), 0);
    condition_cost_give(&cost_, 6000);
    EXPECT_EQ(condition_cost_charge(&cost_, &other_, 6 * kMs, kStart + 1000 * kSecond), 0);
    EXPECT_EQ(condition_cost_charge(&cost_, &other_, 1 * kMs, kStart + 1000 * kSecond), CONDITION_COST_E_ALL);
    condition_cost_give(&cost_, UINT64_MAX);
    EXPECT_EQ(cost_.left.level, static_cast<int64_t>(20 * kMs));
}

TEST_F(ConditionCostTest, WithoutALeaseTheRateHoldsAgain)
{
    uint64_t us;

    condition_cost_lease(&cost_, 20000, kStart);
    EXPECT_EQ(condition_cost_charge(&cost_, &meter_, 19 * kMs, kStart), 0);
    condition_cost_lease(&cost_, 0, kStart);
    EXPECT_EQ(condition_cost_charge(&cost_, &other_, 20 * kMs, kStart), 0);
    EXPECT_FALSE(condition_cost_must_tell(&cost_, &us)) << "there is nobody";
    condition_cost_give(&cost_, 1000000);
    EXPECT_EQ(cost_.left.level, static_cast<int64_t>(30 * kMs));
}

} // namespace
