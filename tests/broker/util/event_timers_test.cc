#include "broker/util/event_timers.h"

#include <gtest/gtest.h>

namespace
{

class EventTimersTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        base_ = event_base_new();
        ASSERT_EQ(event_timers_new(base_, &clock_system, &event_timers_), 0);
        timer_init(
            &timer_, [](void *context) { static_cast<EventTimersTest *>(context)->num_fired_++; }, this);
    }

    void TearDown() override
    {
        EXPECT_EQ(event_timers_free(event_timers_), nullptr);
        event_base_free(base_);
    }

    struct event_base *base_ = nullptr;
    EventTimers *event_timers_ = nullptr;
    Timer timer_;
    int num_fired_ = 0;
};

TEST_F(EventTimersTest, FireFromTheLoopAndThenLetItEnd)
{
    uint64_t start = clock_monotonic_us();

    timer_set(event_timers_get(event_timers_), &timer_, start + 20000);
    EXPECT_EQ(event_base_dispatch(base_), 1) << "no event is pending at the end";
    EXPECT_EQ(num_fired_, 1);
    EXPECT_GE(clock_monotonic_us(), start + 20000);
}

TEST_F(EventTimersTest, LeaveNothingPendingWhenNoneIsSet)
{
    timer_set(event_timers_get(event_timers_), &timer_, clock_monotonic_us() + 3600 * (uint64_t)US_PER_S);
    EXPECT_EQ(event_base_get_num_events(base_, EVENT_BASE_COUNT_ADDED), 1);
    timer_unset(&timer_);
    EXPECT_EQ(event_base_get_num_events(base_, EVENT_BASE_COUNT_ADDED), 0);
}

TEST_F(EventTimersTest, FireAtOnceWhenTheDeadlineIsPast)
{
    timer_set(event_timers_get(event_timers_), &timer_, 0);
    EXPECT_EQ(event_base_dispatch(base_), 1);
    EXPECT_EQ(num_fired_, 1);
}

} // namespace
