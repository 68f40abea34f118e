/* Breakpoints from the database to the sessions, their failures and their expiry. */
#include "tests/broker/apps/registry_fixture.hh"

namespace
{

const auto ARMED = SNAPSHOT__BREAKPOINT_STATE__STATE__ARMED;
const auto PENDING = SNAPSHOT__BREAKPOINT_STATE__STATE__PENDING;
const auto FAILED = SNAPSHOT__BREAKPOINT_STATE__STATE__FAILED;
const auto NOTE = SNAPSHOT__BREAKPOINT_STATE__STATE__NOTE;
const auto LIST = SNAPSHOT__BROKER_MESSAGE__MESSAGE_BREAKPOINT_LIST;

class BreakpointTest : public RegistryFixture
{
  protected:
    void SetUp() override
    {
        RegistryFixture::SetUp();
        start();
        stub_ = join();
        debuggee_ = debuggee_of(stub_);
        stub_->forget();
    }

    void set(const std::string &id, const std::string &text)
    {
        store_.set(debuggee_, id, text);
    }

    /* The ids of the last list that @stub was sent. */
    static Ids last_list(const Stub *stub)
    {
        auto lists = stub->all(LIST);

        EXPECT_FALSE(lists.empty());
        const Snapshot__BreakpointList *list = lists.back()->breakpoint_list;
        return Ids(list->ids, list->ids + list->n_ids);
    }

    std::string created(uint64_t seconds_ago)
    {
        return "\"createTimeUnixMsec\": " + std::to_string(clock_.unix_now_us / 1000 - seconds_ago * 1000);
    }

    Stub *stub_ = nullptr;
    std::string debuggee_;
};

TEST_F(BreakpointTest, GoesToEverySessionOfItsApp)
{
    Stub *second = join("shop"), *other = join("bank");

    set("b-1", snapshot_at(3, R"("condition": "x > 1", "expressions": ["x"])"));
    for (Stub *stub : {stub_, second}) {
        auto messages = stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_SET_BREAKPOINT);
        ASSERT_EQ(messages.size(), 1u);
        const Snapshot__Breakpoint *wire = messages[0]->set_breakpoint->breakpoint;
        EXPECT_STREQ(wire->id, "b-1");
        EXPECT_STREQ(wire->path, "a.py");
        EXPECT_EQ(wire->line, 3u);
        EXPECT_STREQ(wire->condition, "x > 1");
        EXPECT_EQ(wire->n_expressions, 1u);
    }
    EXPECT_EQ(other->set(), Ids());
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 1);
}

TEST_F(BreakpointTest, ANewSessionIsToldAllAndThenTheList)
{
    set("b-1", snapshot_at(3));
    set("b-2", logpoint_at(4, "x"));
    Stub *early = join();
    EXPECT_EQ(early->set(), (Ids{"b-1", "b-2"}));
    EXPECT_TRUE(early->all(LIST).empty()) << "it is not known yet whether that is all";

    store_.in_sync(debuggee_);
    EXPECT_EQ(last_list(stub_), (Ids{"b-1", "b-2"}));
    EXPECT_EQ(last_list(early), (Ids{"b-1", "b-2"}));
    EXPECT_EQ(count(METRIC_STORE_IN_SYNC), 1);

    Stub *late = join();
    EXPECT_EQ(late->messages.at(0)->message_case, SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME);
    EXPECT_EQ(late->set(), (Ids{"b-1", "b-2"}));
    EXPECT_EQ(late->messages.back()->message_case, LIST);
    EXPECT_EQ(last_list(late), (Ids{"b-1", "b-2"}));
}

TEST_F(BreakpointTest, TheListHasOnlyWhatIsActive)
{
    store_.is_outcome_told_at_once = false;
    set("b-1", snapshot_at(3));
    set("b-2", snapshot_at(4));
    set("b-3", snapshot_at(5));
    capture(stub_, "b-1", 1);
    capture(stub_, "b-3", 2);
    store_.tell(1, STORE_FINISH_DONE);
    store_.in_sync(debuggee_);
    EXPECT_EQ(last_list(stub_), Ids{"b-2"});
    EXPECT_EQ(join()->set(), Ids{"b-2"});
    store_.tell(0, STORE_FINISH_DONE);
}

TEST_F(BreakpointTest, IsClearedWhenItsUserDeletesIt)
{
    set("b-1", snapshot_at(3));
    state(stub_, "b-1", ARMED);
    store_.remove(debuggee_, "b-1");
    EXPECT_EQ(stub_->cleared(), Ids{"b-1"});
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 0);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ARMED), 0);
    EXPECT_TRUE(store_.finishes.empty());

    set("b-1", snapshot_at(3));
    EXPECT_EQ(stub_->set(), (Ids{"b-1", "b-1"})) << "it never came to an end, so it may come again";
}

TEST_F(BreakpointTest, RemovalOfWhatIsUnknownIsNothing)
{
    store_.remove(debuggee_, "b-1");
    EXPECT_TRUE(stub_->messages.empty());
}

TEST_F(BreakpointTest, AChangeInTheDatabaseIsNotSentAgain)
{
    set("b-1", snapshot_at(3));
    set("b-1", snapshot_at(4));
    EXPECT_EQ(stub_->set(), Ids{"b-1"});
    capture(stub_, "b-1", 1);
    EXPECT_EQ(json_integer_value(
                  json_object_get(json_object_get(store_.finishes.at(0).breakpoint, "location"), "line")),
              3);
}

TEST_F(BreakpointTest, AFailureInOneSessionIsFinalForAll)
{
    Stub *second = join();

    set("b-1", snapshot_at(3, R"("userEmail": "me@example.com")"));
    state(stub_, "b-1", ARMED);
    state(second, "b-1", FAILED, "No code found at line $0 in $1");
    ASSERT_EQ(store_.finishes.size(), 1u);
    const json_t *result = store_.finishes[0].breakpoint;
    EXPECT_EQ(store_.finishes[0].debuggee, debuggee_);
    EXPECT_EQ(status_text(result), "No code found at line $0 in $1");
    EXPECT_EQ(text_at(result, {"status", "refersTo"}), "BREAKPOINT_SOURCE_LOCATION");
    EXPECT_TRUE(json_is_true(json_object_get(json_object_get(result, "status"), "isError")));
    EXPECT_EQ(text_at(result, {"userEmail"}), "me@example.com");
    EXPECT_EQ(text_at(result, {"id"}), "b-1");
    EXPECT_EQ(stub_->cleared(), Ids{"b-1"});
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 0);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_FINISHED_FAILED), 1);

    state(stub_, "b-1", FAILED, "again");
    EXPECT_EQ(store_.finishes.size(), 1u);
}

TEST_F(BreakpointTest, AFailureWithoutReasonHasOne)
{
    set("b-1", snapshot_at(3));
    state(stub_, "b-1", FAILED);
    EXPECT_EQ(status_text(store_.finishes.at(0).breakpoint), "The breakpoint could not be set");
    EXPECT_TRUE(
        json_is_true(json_object_get(json_object_get(store_.finishes[0].breakpoint, "status"), "isError")));
}

TEST_F(BreakpointTest, PendingIsQuiet)
{
    set("b-1", snapshot_at(3));
    state(stub_, "b-1", PENDING);
    EXPECT_TRUE(store_.finishes.empty());
    EXPECT_TRUE(store_.updates.empty());
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 1);
}

TEST_F(BreakpointTest, CountsBreakpointsThatAreArmedSomewhere)
{
    Stub *second = join();

    set("b-1", snapshot_at(3));
    set("b-2", snapshot_at(4));
    for (Stub *stub : {stub_, second, stub_})
        state(stub, "b-1", ARMED);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ARMED), 1);
    state(second, "b-2", ARMED);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ARMED), 2);
    second->leave();
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ARMED), 1);
    state(stub_, "b-1", PENDING);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ARMED), 0);
    state(stub_, "b-1", ARMED);
    stub_->leave();
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ARMED), 0);
}

TEST_F(BreakpointTest, ANoteIsShownOnceWhileTheBreakpointStays)
{
    Stub *second = join();

    set("b-1", snapshot_at(3));
    state(stub_, "b-1", NOTE, "The condition raised",
          SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION);
    state(second, "b-1", NOTE, "The condition raised",
          SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION);
    ASSERT_EQ(store_.updates.size(), 1u);
    EXPECT_EQ(store_.updates[0].debuggee, debuggee_);
    EXPECT_EQ(status_text(store_.updates[0].breakpoint), "The condition raised");
    EXPECT_EQ(text_at(store_.updates[0].breakpoint, {"location", "path"}), "a.py");
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 1);

    state(stub_, "b-1", NOTE, "Something else");
    EXPECT_EQ(store_.updates.size(), 2u);
    for (int i = 0; i < 20; i++)
        state(stub_, "b-1", NOTE, ("note " + std::to_string(i)).c_str());
    EXPECT_EQ(store_.updates.size(), static_cast<size_t>(BREAKPOINT_NUM_NOTES_MAX));
    state(stub_, "b-1", NOTE);

    capture(stub_, "b-1", 1);
    EXPECT_EQ(status_text(store_.finishes.at(0).breakpoint), "(none)") << "the result has no old note";
}

TEST_F(BreakpointTest, ANoteThatTheStoreRefusesIsCounted)
{
    set("b-1", snapshot_at(3));
    store_.update_result = -ENOENT;
    state(stub_, "b-1", NOTE, "one");
    EXPECT_EQ(count(METRIC_STORE_ERRORS), 0) << "it was deleted meanwhile";
    store_.update_result = -EIO;
    state(stub_, "b-1", NOTE, "two");
    EXPECT_EQ(count(METRIC_STORE_ERRORS), 1);
}

TEST_F(BreakpointTest, StatesOfUnknownBreakpointsAndUnknownStatesAreNothing)
{
    state(stub_, "b-1", ARMED);
    state(stub_, "b-1", FAILED, "x");
    set("b-1", snapshot_at(3));
    state(stub_, "b-1", static_cast<Snapshot__BreakpointState__State>(77));
    EXPECT_EQ(count(METRIC_PACKETS_UNKNOWN), 1);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 1);
}

/* ------------------------------------------------------------------------------------------------- wrong
 * input */

TEST_F(BreakpointTest, AMalformedOneEndsWithAStatusAndNoSessionHearsOfIt)
{
    set("b-1", R"({"action": "CAPTURE", "userEmail": "me@example.com", "stackFrames": [1]})");
    ASSERT_EQ(store_.finishes.size(), 1u);
    const json_t *result = store_.finishes[0].breakpoint;
    EXPECT_EQ(status_text(result), "The breakpoint has no location");
    EXPECT_EQ(text_at(result, {"id"}), "b-1");
    EXPECT_EQ(text_at(result, {"userEmail"}), "me@example.com");
    EXPECT_EQ(json_object_get(result, "stackFrames"), nullptr);
    EXPECT_TRUE(stub_->messages.empty());
    EXPECT_EQ(count(METRIC_BREAKPOINTS_FINISHED_INVALID), 1);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 0);
}

TEST_F(BreakpointTest, WhatIsNoBreakpointIsIgnoredAndCounted)
{
    set("b-1", "\"text\"");
    set("b-2", "17");
    EXPECT_EQ(count(METRIC_BREAKPOINTS_IGNORED), 2);
    EXPECT_TRUE(store_.finishes.empty());
    set("b-1", snapshot_at(3));
    EXPECT_EQ(stub_->set(), Ids{"b-1"});
}

TEST_F(BreakpointTest, OneAppHasOnlySoMany)
{
    for (int i = 0; i < 12; i++)
        set("b-" + std::to_string(i), snapshot_at(i + 1));
    EXPECT_EQ(stub_->set().size(), 10u);
    ASSERT_EQ(store_.finishes.size(), 2u);
    EXPECT_EQ(status_text(store_.finishes[0].breakpoint),
              "The app has $0 active breakpoints already, and may have no more");
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 10);

    store_.remove(debuggee_, "b-3");
    set("b-20", snapshot_at(3));
    EXPECT_EQ(stub_->set().back(), "b-20");
}

/* ------------------------------------------------------------------------------------------------------
 * expiry */

TEST_F(BreakpointTest, ExpiresADayAfterItsCreation)
{
    set("b-1", snapshot_at(3, created(3600)));
    set("b-2", logpoint_at(3, "x", created(3600)));
    set("b-3", snapshot_at(3));
    pass_s(23 * 3600 - 1);
    EXPECT_TRUE(store_.finishes.empty());
    pass_s(1);
    ASSERT_EQ(store_.finishes.size(), 2u);
    EXPECT_EQ(status_text(store_.finishes[0].breakpoint), "The snapshot has expired");
    EXPECT_EQ(text_at(store_.finishes[0].breakpoint, {"status", "refersTo"}), "BREAKPOINT_AGE");
    EXPECT_EQ(status_text(store_.finishes[1].breakpoint), "The logpoint has expired");
    EXPECT_EQ(stub_->cleared(), (Ids{"b-1", "b-2"}));
    EXPECT_EQ(count(METRIC_BREAKPOINTS_FINISHED_EXPIRED), 2);
    pass_s(3600);
    EXPECT_EQ(store_.finishes.size(), 3u) << "one without a time counts from when it was seen";
}

TEST_F(BreakpointTest, ExpiresAtOnceIfItIsOldAlready)
{
    set("b-1", snapshot_at(3, created(24 * 3600)));
    set("b-2", snapshot_at(3, R"("createTime": "2014-06-11T02:30:00Z")"));
    EXPECT_EQ(store_.finishes.size(), 2u);
    EXPECT_EQ(stub_->set(), Ids());
}

TEST_F(BreakpointTest, DoesNotReadSecondsAsDays)
{
    set("b-1", snapshot_at(3, created(60)));
    pass_s(3600);
    EXPECT_TRUE(store_.finishes.empty());
}

TEST_F(BreakpointTest, AJumpOfTheWallClockExpiresNothing)
{
    set("b-1", snapshot_at(3, created(0)));
    clock_.unix_now_us += 10 * US_PER_DAY;
    pass_s(3600);
    EXPECT_TRUE(store_.finishes.empty());
    clock_.unix_now_us -= 20 * US_PER_DAY;
    pass_s(22 * 3600);
    EXPECT_TRUE(store_.finishes.empty());
    pass_s(3600);
    EXPECT_EQ(store_.finishes.size(), 1u);
}

/* The clock that dated the breakpoint tells its age, however wrong this host's is. */
TEST_F(BreakpointTest, AWrongWallClockExpiresNothingIfTheDatabaseHasOne)
{
    store_.now_us = clock_.unix_now_us;
    clock_.unix_now_us += 10 * US_PER_DAY;
    set("b-1", snapshot_at(3, "\"createTimeUnixMsec\": " + std::to_string(store_.now_us / 1000 - 3600000)));
    pass_s(23 * 3600 - 1);
    EXPECT_TRUE(store_.finishes.empty());
    pass_s(1);
    EXPECT_EQ(store_.finishes.size(), 1u);
}

TEST_F(BreakpointTest, OneFromTheFutureLivesADay)
{
    set("b-1",
        snapshot_at(3, "\"createTimeUnixMsec\": " + std::to_string(clock_.unix_now_us / 1000 + 86400000)));
    pass_s(24 * 3600 - 1);
    EXPECT_TRUE(store_.finishes.empty());
    pass_s(1);
    EXPECT_EQ(store_.finishes.size(), 1u);
}

TEST_F(BreakpointTest, ACompletedIdIsIgnoredUntilItWasAbsent)
{
    set("b-1", snapshot_at(3));
    capture(stub_, "b-1", 1);
    stub_->forget();
    set("b-1", snapshot_at(3));
    EXPECT_EQ(stub_->set(), Ids());
    EXPECT_EQ(count(METRIC_BREAKPOINTS_IGNORED), 1);
    store_.in_sync(debuggee_);
    EXPECT_EQ(last_list(stub_), Ids());

    store_.remove(debuggee_, "b-1");
    set("b-1", snapshot_at(3));
    EXPECT_EQ(stub_->set(), Ids{"b-1"});
}

TEST_F(BreakpointTest, IsForgottenWithItsAppAndToldAgainByTheStore)
{
    set("b-1", snapshot_at(3));
    stub_->leave();
    pass_us(1);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 0);
    Stub *again = join();
    EXPECT_EQ(again->set(), Ids());
    set("b-1", snapshot_at(3));
    EXPECT_EQ(again->set(), Ids{"b-1"});
}

} // namespace
