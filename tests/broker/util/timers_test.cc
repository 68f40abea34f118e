#include "broker/util/timers.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/broker/util/fake_clock.hh"

namespace
{

class TimersTest : public testing::Test
{
  protected:
    struct Named {
        TimersTest *test;
        std::string name;
        std::function<void()> also;
        Timer timer;
    };

    void SetUp() override
    {
        ASSERT_EQ(timers_new(
                      &clock_.clock, [](void *context) { ++*static_cast<int *>(context); }, &num_changes_,
                      &timers_),
                  0);
    }

    void TearDown() override
    {
        EXPECT_EQ(timers_free(timers_), nullptr);
    }

    Timer *timer(const std::string &name, std::function<void()> also = nullptr)
    {
        named_.push_back(std::make_unique<Named>());
        Named *named = named_.back().get();

        named->test = this;
        named->name = name;
        named->also = also;
        timer_init(
            &named->timer,
            [](void *context) {
                Named *self = static_cast<Named *>(context);

                self->test->fired_.push_back(self->name);
                if (self->also)
                    self->also();
            },
            named);
        return &named->timer;
    }

    uint64_t in(uint64_t us)
    {
        return clock_.now_us + us;
    }

    using Names = std::vector<std::string>;

    FakeClock clock_;
    Timers *timers_ = nullptr;
    int num_changes_ = 0;
    Names fired_;
    std::vector<std::unique_ptr<Named>> named_;
};

TEST_F(TimersTest, FireInTheOrderOfTheirDeadlines)
{
    timer_set(timers_, timer("late"), in(30));
    timer_set(timers_, timer("early"), in(10));
    timer_set(timers_, timer("middle"), in(20));
    timer_set(timers_, timer("middle too"), in(20));
    EXPECT_EQ(timers_next_us(timers_), in(10));

    timers_run(timers_);
    EXPECT_EQ(fired_, Names());
    clock_.pass_us(20);
    timers_run(timers_);
    EXPECT_EQ(fired_, (Names{"early", "middle", "middle too"}));
    clock_.pass_us(10);
    timers_run(timers_);
    EXPECT_EQ(fired_.back(), "late");
    EXPECT_EQ(timers_next_us(timers_), TIMERS_NEVER);
}

TEST_F(TimersTest, FireOnce)
{
    timer_set(timers_, timer("once"), in(10));
    clock_.pass_us(10);
    timers_run(timers_);
    timers_run(timers_);
    EXPECT_EQ(fired_, Names{"once"});
}

TEST_F(TimersTest, CanBeMovedAndUnset)
{
    Timer *moved = timer("moved");
    Timer *unset = timer("unset");

    timer_set(timers_, moved, in(10));
    timer_set(timers_, unset, in(10));
    timer_set(timers_, moved, in(50));
    timer_unset(unset);
    timer_unset(unset);
    clock_.pass_us(20);
    timers_run(timers_);
    EXPECT_EQ(fired_, Names());
    clock_.pass_us(30);
    timers_run(timers_);
    EXPECT_EQ(fired_, Names{"moved"});
}

TEST_F(TimersTest, SetByACallbackFireInTheNextRun)
{
    Timer *again = nullptr;

    again = timer("again", [&] { timer_set(timers_, again, 0); });
    timer_set(timers_, timer("other"), in(5));
    timer_set(timers_, again, in(1));
    clock_.pass_us(10);
    timers_run(timers_);
    EXPECT_EQ(fired_, (Names{"again", "other"}));
    timers_run(timers_);
    EXPECT_EQ(fired_, (Names{"again", "other", "again"}));
}

TEST_F(TimersTest, UnsetByACallbackDoNotFire)
{
    Timer *victim = timer("victim");

    timer_set(timers_, timer("killer", [&] { timer_unset(victim); }), in(1));
    timer_set(timers_, victim, in(2));
    clock_.pass_us(10);
    timers_run(timers_);
    EXPECT_EQ(fired_, Names{"killer"});
}

TEST_F(TimersTest, TellWhenTheFirstDeadlineChanges)
{
    Timer *first = timer("first");

    timer_set(timers_, first, in(10));
    EXPECT_EQ(num_changes_, 1);
    timer_set(timers_, timer("second"), in(20));
    EXPECT_EQ(num_changes_, 1);
    timer_unset(first);
    EXPECT_EQ(num_changes_, 2);
}

TEST_F(TimersTest, AreUnsetWhenAllIsFreed)
{
    Timer *orphan = timer("orphan");

    timer_set(timers_, orphan, in(10));
    timers_ = timers_free(timers_);
    EXPECT_EQ(orphan->timers, nullptr);
    timer_unset(orphan);
}

} // namespace
