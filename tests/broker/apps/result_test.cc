/* Captures on their way to the store: races, a full disk, deletion meanwhile, the end of the broker. */
#include "tests/broker/apps/registry_fixture.hh"

namespace
{

class ResultTest : public RegistryFixture
{
  protected:
    void begin()
    {
        start();
        first_ = join();
        second_ = join();
        third_ = join();
        debuggee_ = debuggee_of(first_);
        store_.set(debuggee_, "b-1", snapshot_at(3));
        store_.in_sync(debuggee_);
        forget();
    }

    void forget()
    {
        for (Stub *stub : {first_, second_, third_})
            stub->forget();
    }

    Stub *first_ = nullptr, *second_ = nullptr, *third_ = nullptr;
    std::string debuggee_;
};

TEST_F(ResultTest, TheFirstHitWinsAndTheOthersAreClearedAndDropped)
{
    begin();
    capture(second_, "b-1", 7, "winner");
    ASSERT_EQ(store_.finishes.size(), 1u);
    EXPECT_EQ(store_.finishes[0].debuggee, debuggee_);
    const json_t *frame = json_array_get(json_object_get(store_.finishes[0].breakpoint, "stackFrames"), 0);
    EXPECT_EQ(text_at(frame, {"function"}), "winner");
    EXPECT_EQ(second_->acknowledged(), Sequences{7});
    EXPECT_EQ(second_->cleared(), Ids()) << "it has cleared it itself";
    EXPECT_EQ(first_->cleared(), Ids{"b-1"});
    EXPECT_EQ(third_->cleared(), Ids{"b-1"});

    capture(first_, "b-1", 3, "loser");
    EXPECT_EQ(store_.finishes.size(), 1u);
    EXPECT_EQ(first_->acknowledged(), Sequences{3}) << "it may forget it, too";
    EXPECT_EQ(count(METRIC_CAPTURES_RECEIVED), 2);
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_LATE), 1);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_FINISHED_CAPTURED), 1);
    EXPECT_TRUE(registry_is_settled(registry_));
}

TEST_F(ResultTest, ManyWorkersManyTimesOneResultEach)
{
    options_.num_breakpoints_max = 900;
    begin();
    for (int i = 2; i < 300; i++) {
        std::string id = "b-" + std::to_string(i);

        store_.set(debuggee_, id, snapshot_at(3));
        Stub *stubs[] = {first_, second_, third_};
        for (int j = 0; j < 3; j++)
            capture(stubs[(i + j) % 3], id, static_cast<uint64_t>(i));
    }
    EXPECT_EQ(store_.finishes.size(), 298u);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_LATE), 2 * 298);
}

TEST_F(ResultTest, IsAcknowledgedOnceOnDiskAndCountedOnceDelivered)
{
    store_.is_outcome_told_at_once = false;
    begin();
    capture(first_, "b-1", 1);
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 0);
    EXPECT_FALSE(registry_is_settled(registry_));
    EXPECT_TRUE(registry_is_kept(registry_));
    expect_conservation();

    capture(second_, "b-1", 5);
    EXPECT_EQ(second_->acknowledged(), Sequences{5});
    store_.tell(0, STORE_FINISH_DONE);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 1);
    EXPECT_TRUE(registry_is_settled(registry_));
}

TEST_F(ResultTest, OfAnotherHostMayHaveBeenFirst)
{
    store_.outcome_at_once = STORE_FINISH_LOST_RACE;
    begin();
    capture(first_, "b-1", 1);
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_LOST_RACE), 1);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_FINISHED_CAPTURED), 0);
}

TEST_F(ResultTest, MayBeRefusedByTheDatabase)
{
    store_.outcome_at_once = STORE_FINISH_REJECTED;
    begin();
    capture(first_, "b-1", 1);
    EXPECT_EQ(count(METRIC_CAPTURES_REJECTED), 1);
    ASSERT_EQ(store_.finishes.size(), 2u) << "its user is told instead";
    EXPECT_EQ(json_object_get(store_.finishes[1].breakpoint, "stackFrames"), nullptr);
    EXPECT_EQ(status_text(store_.finishes[1].breakpoint),
              "The snapshot was taken, but the database refused it");
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_TRUE(registry_is_settled(registry_));
    store_.set(debuggee_, "b-1", snapshot_at(3));
    EXPECT_EQ(first_->set(), Ids()) << "it is over all the same";
}

TEST_F(ResultTest, TheRemovalByTheStoreMayComeBeforeOrAfterTheOutcome)
{
    store_.is_outcome_told_at_once = false;
    begin();
    store_.set(debuggee_, "b-2", snapshot_at(3));
    capture(first_, "b-1", 1);
    capture(first_, "b-2", 2);
    store_.remove(debuggee_, "b-1");
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 2) << "the outcome tells what became of it";
    store_.tell(0, STORE_FINISH_DONE);
    store_.tell(1, STORE_FINISH_DONE);
    store_.remove(debuggee_, "b-2");
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 2);
    forget();
    store_.set(debuggee_, "b-1", snapshot_at(3));
    store_.set(debuggee_, "b-2", snapshot_at(3));
    EXPECT_EQ(first_->set(), (Ids{"b-1", "b-2"})) << "both were absent";
}

TEST_F(ResultTest, OfALogpointOrOfNothingIsNoCapture)
{
    begin();
    store_.set(debuggee_, "b-log", logpoint_at(3, "x"));
    capture(first_, "b-log", 1);
    capture(first_, "b-never", 2);
    capture(first_, "", 3);
    EXPECT_TRUE(store_.finishes.empty());
    EXPECT_EQ(count(METRIC_CAPTURES_REJECTED), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_LATE), 2);
    EXPECT_EQ(first_->acknowledged(), (Sequences{1, 2, 3}));
    EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 2);
}

TEST_F(ResultTest, SurvivesTheSessionThatSentIt)
{
    store_.is_outcome_told_at_once = false;
    begin();
    capture(first_, "b-1", 1);
    for (Stub *stub : {first_, second_, third_})
        stub->leave();
    pass_us(1);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 1) << "its result is on the way";
    store_.tell(0, STORE_FINISH_DONE);
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 1);
    pass_us(1);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 0);
}

TEST_F(ResultTest, FollowsTheUsersWishIfSessionsComeAgainMeanwhile)
{
    store_.is_outcome_told_at_once = false;
    begin();
    capture(first_, "b-1", 1);
    for (Stub *stub : {first_, second_, third_})
        stub->leave();
    Stub *again = join();
    EXPECT_EQ(again->set(), Ids()) << "it has its result";
    store_.tell(0, STORE_FINISH_DONE);
    pass_us(1);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 1);
}

/* -------------------------------------------------------------------------------------------------- a full
 * disk */

TEST_F(ResultTest, WaitsForADiskThatIsFullAndIsNotLost)
{
    begin();
    store_.finish_result = -ENOSPC;
    capture(first_, "b-1", 1, "precious");
    EXPECT_EQ(first_->acknowledged(), Sequences()) << "the stub keeps it, too";
    EXPECT_EQ(second_->cleared(), Ids{"b-1"}) << "no other capture is needed";
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 1);
    EXPECT_GT(count(METRIC_CAPTURES_QUEUED_BYTES), 0);
    EXPECT_FALSE(registry_is_settled(registry_));
    EXPECT_FALSE(registry_is_kept(registry_)) << "it is in memory alone";

    pass_us(RESULT_RETRY_FIRST_MS * US_PER_MS);
    EXPECT_EQ(store_.num_finishes_refused, 2);
    store_.finish_result = 0;
    pass_us(2 * RESULT_RETRY_FIRST_MS * US_PER_MS);
    ASSERT_EQ(store_.finishes.size(), 1u);
    EXPECT_EQ(text_at(json_array_get(json_object_get(store_.finishes[0].breakpoint, "stackFrames"), 0),
                      {"function"}),
              "precious");
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED_BYTES), 0);
}

TEST_F(ResultTest, WaitsForADiskThatIsSlowAndIsNotLost)
{
    begin();
    store_.finish_result = -EBUSY;
    capture(first_, "b-1", 1);
    EXPECT_EQ(first_->acknowledged(), Sequences());
    EXPECT_EQ(count(METRIC_CAPTURES_REJECTED), 0);
    store_.finish_result = 0;
    pass_us(RESULT_RETRY_FIRST_MS * US_PER_MS);
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 1);
}

TEST_F(ResultTest, IsTriedAgainLessAndLessOften)
{
    begin();
    store_.finish_result = -EIO;
    capture(first_, "b-1", 1);
    pass_s(63);
    EXPECT_EQ(store_.num_finishes_refused, 1 + 6) << "after 1, 3, 7, 15, 31 and 63 s";
    pass_s(600);
    EXPECT_EQ(store_.num_finishes_refused, 1 + 6 + 10) << "and then every minute";
    EXPECT_EQ(count(METRIC_STORE_ERRORS), 17);
}

TEST_F(ResultTest, IsDroppedIfItsUserDeletesTheBreakpointMeanwhile)
{
    begin();
    store_.finish_result = -ENOSPC;
    capture(first_, "b-1", 1);
    store_.remove(debuggee_, "b-1");
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_DELETED), 1);
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED_BYTES), 0);
    store_.finish_result = 0;
    pass_s(600);
    EXPECT_TRUE(store_.finishes.empty()) << "what was deleted stays deleted";
}

TEST_F(ResultTest, OfADeadSessionIsTakenOverByTheOneThatSendsItAgain)
{
    begin();
    store_.finish_result = -ENOSPC;
    capture(first_, "b-1", 1);
    first_->leave();
    Stub *again = join();
    capture(again, "b-1", 1);
    EXPECT_EQ(again->acknowledged(), Sequences()) << "it is not on disk yet";
    capture(second_, "b-1", 9);
    EXPECT_EQ(second_->acknowledged(), Sequences{9}) << "another one is not needed";
    store_.finish_result = 0;
    pass_s(1);
    EXPECT_EQ(again->acknowledged(), Sequences{1});
    EXPECT_EQ(count(METRIC_CAPTURES_DELIVERED), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_LATE), 2);
}

TEST_F(ResultTest, WithoutMemoryForItTheUserIsToldAtLeast)
{
    options_.waiting_bytes_max = 10;
    begin();
    store_.finish_result = -ENOSPC;
    capture(first_, "b-1", 1);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_FULL), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED_BYTES), 0);
    store_.finish_result = 0;
    pass_s(1);
    ASSERT_EQ(store_.finishes.size(), 1u);
    const json_t *result = store_.finishes[0].breakpoint;
    EXPECT_EQ(status_text(result), "The snapshot was taken, but the broker had no room to store it");
    EXPECT_EQ(json_object_get(result, "stackFrames"), nullptr);
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
}

TEST_F(ResultTest, ManyThatWaitStayWithinTheMemoryForThem)
{
    options_.num_breakpoints_max = 900;
    options_.waiting_bytes_max = 20000;
    begin();
    store_.finish_result = -ENOSPC;
    for (int i = 0; i < 200; i++) {
        std::string id = "b-w" + std::to_string(i);

        store_.set(debuggee_, id, snapshot_at(3));
        capture(first_, id, 1);
        EXPECT_LE(count(METRIC_CAPTURES_QUEUED_BYTES), 20000);
    }
    EXPECT_GT(count(METRIC_CAPTURES_QUEUED), 2);
    EXPECT_GT(count(METRIC_CAPTURES_DROPPED_FULL), 100);
    store_.finish_result = 0;
    pass_s(120);
    EXPECT_EQ(store_.finishes.size(), 200u);
    EXPECT_TRUE(registry_is_settled(registry_));
}

TEST_F(ResultTest, ThatTheStoreCannotHoldBecomesAStatus)
{
    begin();
    store_.finish_result = -EINVAL;
    capture(first_, "b-1", 1);
    EXPECT_EQ(store_.num_finishes_refused, 2) << "the capture, and the status instead";
    EXPECT_EQ(count(METRIC_CAPTURES_REJECTED), 1);
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_TRUE(registry_is_settled(registry_));
    store_.set(debuggee_, "b-1", snapshot_at(3));
    EXPECT_EQ(first_->set(), Ids()) << "no endless loop";
}

TEST_F(ResultTest, FailuresAndExpiriesWaitForTheDiskToo)
{
    begin();
    store_.set(debuggee_, "b-2", R"({"action": "CAPTURE"})");
    EXPECT_EQ(store_.finishes.size(), 1u);
    store_.finish_result = -ENOSPC;
    store_.set(debuggee_, "b-3", R"({"action": "CAPTURE"})");
    state(first_, "b-1", SNAPSHOT__BREAKPOINT_STATE__STATE__FAILED, "No code");
    EXPECT_EQ(store_.finishes.size(), 1u);
    store_.finish_result = 0;
    pass_s(1);
    EXPECT_EQ(store_.finishes.size(), 3u);
    EXPECT_EQ(count(METRIC_CAPTURES_RECEIVED), 0);
}

TEST_F(ResultTest, IsTriedOnceMoreAtTheEndAndThenCountedAsLost)
{
    begin();
    store_.set(debuggee_, "b-2", snapshot_at(3));
    store_.finish_result = -ENOSPC;
    capture(first_, "b-1", 1);
    registry_retry_now(registry_);
    EXPECT_EQ(store_.num_finishes_refused, 1);
    timers_run(timers_);
    EXPECT_EQ(store_.num_finishes_refused, 2);
    for (Stub *stub : {first_, second_, third_})
        stub->leave();
    registry_ = registry_free(registry_);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_SHUTDOWN), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
}

TEST_F(ResultTest, HasPathsWithoutThePrefixOfTheSessionThatSentIt)
{
    begin();
    std::string entries[] = {"/app", ""};
    ProtobufCBinaryData data[2];
    Snapshot__SysPath sys_path = SNAPSHOT__SYS_PATH__INIT;

    for (int i = 0; i < 2; i++)
        data[i] = {entries[i].size(), reinterpret_cast<uint8_t *>(&entries[i][0])};
    sys_path.entries = data;
    sys_path.n_entries = 2;
    handle(first_, SNAPSHOT__STUB_MESSAGE__MESSAGE_SYS_PATH, &sys_path);
    capture(first_, "b-1", 1);
    EXPECT_EQ(text_at(json_array_get(json_object_get(store_.finishes.at(0).breakpoint, "stackFrames"), 0),
                      {"location", "path"}),
              "a.py");
}

/* The outbox is full of what waits for the database. */
TEST_F(ResultTest, RefusedForWantOfRoomItsUserIsToldInstead)
{
    begin();
    store_.finish_capture_result = -ENOBUFS;
    capture(first_, "b-1", 1, "f");
    ASSERT_EQ(store_.finishes.size(), 1u);
    EXPECT_EQ(json_object_get(store_.finishes[0].breakpoint, "stackFrames"), nullptr);
    EXPECT_EQ(text_at(store_.finishes[0].breakpoint, {"status", "description", "format"}),
              "The snapshot was taken, but too many results wait for the database already");
    EXPECT_EQ(first_->acknowledged(), Sequences{1});
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_FULL), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
}

TEST_F(ResultTest, RefusedByTheDatabaseItsUserIsToldInstead)
{
    store_.is_outcome_told_at_once = false;
    begin();
    capture(first_, "b-1", 1, "f");
    store_.tell(0, STORE_FINISH_REJECTED);
    ASSERT_EQ(store_.finishes.size(), 2u);
    EXPECT_EQ(json_object_get(store_.finishes[1].breakpoint, "stackFrames"), nullptr);
    EXPECT_EQ(text_at(store_.finishes[1].breakpoint, {"status", "description", "format"}),
              "The snapshot was taken, but the database refused it");
    EXPECT_EQ(count(METRIC_CAPTURES_REJECTED), 1);
    store_.tell(1, STORE_FINISH_REJECTED); /* not even that: it ends */
    EXPECT_EQ(store_.finishes.size(), 2u);
    EXPECT_EQ(count(METRIC_CAPTURES_REJECTED), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
    EXPECT_TRUE(registry_is_settled(registry_));
}

TEST_F(ResultTest, DeletedMeanwhileIsCountedSo)
{
    store_.is_outcome_told_at_once = false;
    begin();
    capture(first_, "b-1", 1, "f");
    store_.remove(debuggee_, "b-1");
    store_.tell(0, STORE_FINISH_DELETED);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_DELETED), 1);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
    EXPECT_TRUE(registry_is_settled(registry_));
}

} // namespace
