#include "broker/store/outbox/delivery.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace
{

/* The names of what the machine asks for, one after another. */
std::vector<std::string> run(Delivery *delivery, const std::vector<DeliveryEvent> &events)
{
    std::vector<std::string> names;

    for (DeliveryEvent event : events)
        names.push_back(delivery_action_name(delivery_step(delivery, event)));
    return names;
}

using Names = std::vector<std::string>;

TEST(DeliveryTest, NewSnapshotIsClaimedCheckedAndFinished)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_WRITTEN, DELIVERY_PRESENT, DELIVERY_WRITTEN}),
              (Names{"claim", "read_active", "finish", "wait"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_DONE);
    EXPECT_EQ(delivery.wait_ms, static_cast<uint32_t>(DELIVERY_CONFIRM_MS));
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_OURS, DELIVERY_OURS}),
              (Names{"read_mark", "read_final", "end"}));
}

TEST(DeliveryTest, NewLogpointHasNothingToConfirm)
{
    Delivery delivery;

    delivery_init(&delivery, true);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_WRITTEN, DELIVERY_PRESENT, DELIVERY_WRITTEN}),
              (Names{"claim", "read_active", "finish", "end"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_DONE);
}

TEST(DeliveryTest, AfterARestartItLooksBeforeItWrites)
{
    Delivery delivery;

    delivery_restore(&delivery, false, DELIVERY_DELIVERING, DELIVERY_OPEN, false);
    EXPECT_EQ(
        run(&delivery, {DELIVERY_BEGIN, DELIVERY_PRESENT, DELIVERY_OURS, DELIVERY_PRESENT, DELIVERY_WRITTEN}),
        (Names{"read_active", "claim", "read_active", "finish", "wait"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_DONE);
}

TEST(DeliveryTest, UpdateWhoseAnswerWasLostIsRecognised)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    (void)run(&delivery, {DELIVERY_BEGIN, DELIVERY_WRITTEN, DELIVERY_PRESENT});
    EXPECT_EQ(run(&delivery, {DELIVERY_FAILED, DELIVERY_BEGIN, DELIVERY_ABSENT, DELIVERY_OURS}),
              (Names{"pause", "read_active", "read_final", "wait"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_DONE);
}

TEST(DeliveryTest, DeletedBreakpointHasItsClaimTakenBack)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_WRITTEN, DELIVERY_ABSENT, DELIVERY_ABSENT,
                              DELIVERY_OURS, DELIVERY_WRITTEN}),
              (Names{"claim", "read_active", "read_final", "read_claim", "remove_claim", "wait"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_DELETED);
}

TEST(DeliveryTest, DeletedWhileTheUpdateFellBetweenIsCleanedLater)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    (void)run(&delivery, {DELIVERY_BEGIN, DELIVERY_WRITTEN, DELIVERY_PRESENT, DELIVERY_WRITTEN});
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_ABSENT, DELIVERY_OURS, DELIVERY_WRITTEN}),
              (Names{"read_mark", "read_final", "remove_final", "end"}));
}

TEST(DeliveryTest, AnotherHostsEarlierResultWins)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_CONFLICT, DELIVERY_THEIRS}),
              (Names{"claim", "read_claim", "wait"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_LOST);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_ABSENT}), (Names{"read_active", "wait"}));
}

TEST(DeliveryTest, HostThatIsGoneIsHelped)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    (void)run(&delivery, {DELIVERY_BEGIN, DELIVERY_CONFLICT, DELIVERY_THEIRS});
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_PRESENT}), (Names{"read_active", "wait"}));
    EXPECT_EQ(delivery.wait_ms, static_cast<uint32_t>(DELIVERY_HELP_MS));
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_PRESENT, DELIVERY_THEIRS, DELIVERY_WRITTEN}),
              (Names{"read_active", "read_claim", "help", "wait"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_LOST);
}

TEST(DeliveryTest, ConflictThatIsNoneIsTriedAgain)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_CONFLICT, DELIVERY_ABSENT, DELIVERY_BEGIN}),
              (Names{"claim", "read_claim", "pause", "read_active"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_OPEN);
}

TEST(DeliveryTest, WhatIsRefusedForGoodEnds)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_REFUSED}), (Names{"claim", "end"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_REJECTED);
}

TEST(DeliveryTest, NotFoundEndsItOnlyIfTheDebuggeeIsGone)
{
    Delivery delivery;

    delivery_init(&delivery, false);
    EXPECT_EQ(run(&delivery, {DELIVERY_BEGIN, DELIVERY_NOT_FOUND, DELIVERY_NOT_FOUND, DELIVERY_BEGIN}),
              (Names{"claim", "read_debuggee", "pause", "read_active"}));
    EXPECT_EQ(run(&delivery, {DELIVERY_NOT_FOUND, DELIVERY_ABSENT}), (Names{"read_debuggee", "end"}));
    EXPECT_EQ(delivery.outcome, DELIVERY_REJECTED);
}

/* Whatever comes, in whatever order, it asks for something that it can be answered. */
TEST(DeliveryTest, NoSequenceOfEventsLeadsAstray)
{
    uint32_t random = 1;

    for (int i = 0; i < 2000; i++) {
        Delivery delivery;

        delivery_init(&delivery, i % 2 == 1);
        for (int step = 0; step < 60; step++) {
            random = random * 1664525 + 1013904223;
            DeliveryAction action =
                delivery_step(&delivery, static_cast<DeliveryEvent>((random >> 16) % (DELIVERY_REFUSED + 1)));
            ASSERT_LE(action, DELIVERY_END);
            if (action == DELIVERY_END) {
                ASSERT_NE(delivery.outcome, DELIVERY_OPEN);
                break;
            }
        }
    }
}

} // namespace
