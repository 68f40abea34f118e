#include "broker/store/outbox/outbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <vector>

#include "tests/broker/store/outbox/simulated_database.hh"
#include "tests/broker/util/fake_clock.hh"

using namespace testing_store;
using outbox_test::SimulatedDatabase;

namespace
{

uint32_t longest()
{
    return UINT32_MAX; /* the whole of each backoff */
}

class OutboxTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
        open();
    }

    void TearDown() override
    {
        close();
        timers_free(timers_);
    }

    int try_open()
    {
        const std::string directory = directory_ / "state";
        OutboxOptions options = {directory.c_str(), bytes_max_, timers_, &metrics_, longest};

        return outbox_new(&options, &outbox_);
    }

    void open()
    {
        metrics_ = {};
        ASSERT_EQ(try_open(), 0);
    }

    void close()
    {
        lane_ = outbox_detach(lane_);
        outbox_ = outbox_free(outbox_);
    }

    /* As after a kill and a new start: what was asked is forgotten. */
    void restart()
    {
        close();
        database_.requests.clear();
        open();
        attach();
    }

    void attach()
    {
        ASSERT_EQ(outbox_attach(outbox_, "db", SimulatedDatabase::link(), &database_, &lane_), 0);
    }

    static json_t *result_of(const std::string &id, const std::string &more = "")
    {
        return json_loads(
            (R"({"action":"CAPTURE","location":{"path":"a.py","line":1},"id":")" + id + "\"" + more + "}")
                .c_str(),
            0, nullptr);
    }

    int add(const std::string &id, const std::string &more = R"(,"stackFrames":[{"function":"f"}])")
    {
        database_.values["active/" + id] = R"({"id":")" + id + "\"}";
        return outbox_add(
            outbox_, "db", "d-1", result_of(id, more),
            [](void *context, StoreFinish outcome) {
                static_cast<OutboxTest *>(context)->outcomes_.push_back(outcome);
            },
            this);
    }

    void run()
    {
        timers_run(timers_);
    }

    void pass_ms(uint64_t ms)
    {
        clock_.pass_us(ms * US_PER_MS);
        run();
    }

    /* Everything that is asked is answered, at once. */
    void settle()
    {
        run();
        while (!database_.requests.empty()) {
            database_.answer();
            run();
        }
    }

    /* Also what is waited for. */
    void settle_long()
    {
        settle();
        for (int i = 0; i < 50 && metrics_get(&metrics_, METRIC_OUTBOX_ENTRIES) > 0; i++) {
            clock_.pass_us(30 * static_cast<uint64_t>(US_PER_S));
            settle();
        }
    }

    std::vector<std::string> log()
    {
        std::vector<std::string> result(database_.log.begin(), database_.log.end());

        database_.log.clear();
        return result;
    }

    int64_t metric(Metric metric) const
    {
        return metrics_get(&metrics_, metric);
    }

    TemporaryDirectory directory_;
    FakeClock clock_;
    Timers *timers_ = nullptr;
    Metrics metrics_ = {};
    uint64_t bytes_max_ = 1024 * 1024;
    SimulatedDatabase database_;
    Outbox *outbox_ = nullptr;
    OutboxLane *lane_ = nullptr;
    std::vector<StoreFinish> outcomes_;
};

using Log = std::vector<std::string>;
using Outcomes = std::vector<StoreFinish>;

TEST_F(OutboxTest, SnapshotIsClaimedThenFinishedInOneUpdate)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    EXPECT_TRUE(outcomes_.empty());
    settle();
    EXPECT_EQ(log(), (Log{"PUT snapshot/b-1", "GET active/b-1", "PATCH "}));
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_DONE});
    EXPECT_EQ(database_.get("active/b-1"), "null");

    Json snapshot = parse(database_.get("snapshot/b-1"));
    Json final = parse(database_.get("final/b-1"));
    EXPECT_TRUE(json_is_true(json_object_get(snapshot.get(), "isFinalState")));
    EXPECT_NE(json_object_get(snapshot.get(), "stackFrames"), nullptr);
    EXPECT_EQ(json_object_get(final.get(), "stackFrames"), nullptr);
    EXPECT_EQ(SimulatedDatabase::dump(json_object_get(final.get(), "finalTimeUnixMsec")),
              R"({".sv":"timestamp"})");
    EXPECT_STREQ(json_string_value(json_object_get(final.get(), OUTBOX_MARK_KEY)),
                 json_string_value(json_object_get(snapshot.get(), OUTBOX_MARK_KEY)));
}

TEST_F(OutboxTest, EntryIsForgottenAfterALastLook)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    settle();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 1);
    EXPECT_EQ(metric(METRIC_OUTBOX_BYTES), OUTBOX_ENTRY_BYTES);
    settle_long();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
    EXPECT_EQ(metric(METRIC_OUTBOX_BYTES), 0);
    restart();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
}

TEST_F(OutboxTest, LogpointHasNoSnapshot)
{
    attach();
    database_.values["active/b-1"] = "{\"id\":\"b-1\"}";
    json_t *result = json_loads(R"({"action":"LOG","id":"b-1"})", 0, nullptr);
    ASSERT_EQ(outbox_add(outbox_, "db", "d-1", result, nullptr, nullptr), 0);
    settle();
    EXPECT_EQ(log(), (Log{"PUT final/b-1", "GET active/b-1", "PATCH "}));
    EXPECT_EQ(database_.get("snapshot/b-1"), "null");
    EXPECT_NE(database_.get("final/b-1"), "null");
    EXPECT_EQ(database_.get("active/b-1"), "null");
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
}

TEST_F(OutboxTest, EntriesOfADatabaseThatIsNotThereWait)
{
    ASSERT_EQ(add("b-1"), 0);
    pass_ms(100000);
    EXPECT_TRUE(database_.requests.empty());
    attach();
    settle();
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_DONE});
}

/* The files of one account are names with an end of their own. */
TEST_F(OutboxTest, AdoptsWhatWaitsUnderTheAccountsOtherNames)
{
    const auto add_to = [this](const char *name, const std::string &id) {
        database_.values["active/" + id] = R"({"id":")" + id + "\"}";
        ASSERT_EQ(outbox_add(outbox_, name, "d-1", result_of(id), nullptr, nullptr), 0);
    };

    add_to("db a #1", "b-1");
    add_to("db a #2", "b-2");
    add_to("db b #1", "b-3");
    add_to("db a #1 #2", "b-4");
    add_to("db a #3", "b-5");
    ASSERT_EQ(outbox_attach(outbox_, "db a #2", SimulatedDatabase::link(), &database_, &lane_), 0);
    settle();
    EXPECT_EQ(database_.values.count("final/b-1"), 0u);
    outbox_adopt(lane_, strlen("db a #"));
    EXPECT_TRUE(outbox_has(outbox_, "db a #2", "d-1", "b-1"));
    settle();
    for (const char *id : {"b-1", "b-2", "b-5"})
        EXPECT_EQ(database_.values.count(std::string("final/") + id), 1u) << id;
    for (const char *id : {"b-3", "b-4"})
        EXPECT_EQ(database_.values.count(std::string("final/") + id), 0u) << id;
    settle_long();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 2);
}

TEST_F(OutboxTest, AdoptsNothingOfADatabaseThatIsAttached)
{
    OutboxLane *other = nullptr;

    ASSERT_EQ(outbox_attach(outbox_, "db #1", SimulatedDatabase::link(), &database_, &other), 0);
    ASSERT_EQ(outbox_attach(outbox_, "db #2", SimulatedDatabase::link(), &database_, &lane_), 0);
    ASSERT_EQ(outbox_add(outbox_, "db #1", "d-1", result_of("b-1"), nullptr, nullptr), 0);
    outbox_adopt(lane_, strlen("db #"));
    EXPECT_TRUE(outbox_has(outbox_, "db #1", "d-1", "b-1"));
    EXPECT_FALSE(outbox_has(outbox_, "db #2", "d-1", "b-1"));
    (void)outbox_detach(other);
}

TEST_F(OutboxTest, CountsItselfWhatNobodyIsToldOf)
{
    ASSERT_EQ(add("b-1"), 0);
    attach();
    run();
    outbox_disown(lane_);
    lane_ = outbox_detach(lane_);
    attach();
    settle();
    EXPECT_TRUE(outcomes_.empty());
    EXPECT_EQ(metric(METRIC_CAPTURES_DELIVERED), 1);
}

TEST_F(OutboxTest, WhatWasAdoptedOutlivesARestart)
{
    ASSERT_EQ(outbox_add(outbox_, "db #1", "d-1", result_of("b-1"), nullptr, nullptr), 0);
    ASSERT_EQ(outbox_add(outbox_, "db #2", "d-1", result_of("b-2"), nullptr, nullptr), 0);
    ASSERT_EQ(outbox_attach(outbox_, "db #2", SimulatedDatabase::link(), &database_, &lane_), 0);
    outbox_adopt(lane_, strlen("db #"));
    close();
    open();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 2);
    EXPECT_TRUE(outbox_has(outbox_, "db #1", "d-1", "b-1"));
    EXPECT_TRUE(outbox_has(outbox_, "db #2", "d-1", "b-2"));
}

TEST_F(OutboxTest, ResultsOutliveARestart)
{
    ASSERT_EQ(add("b-1"), 0);
    ASSERT_EQ(add("b-2"), 0);
    restart();
    EXPECT_TRUE(outbox_has(outbox_, "db", "d-1", "b-1"));
    EXPECT_FALSE(outbox_has(outbox_, "db", "d-1", "b-3"));
    EXPECT_FALSE(outbox_has(outbox_, "other", "d-1", "b-1"));
    EXPECT_EQ(metric(METRIC_CAPTURES_RECEIVED), 2);
    EXPECT_EQ(metric(METRIC_CAPTURES_QUEUED), 2);
    settle();
    EXPECT_EQ(metric(METRIC_CAPTURES_QUEUED), 0);
    EXPECT_EQ(metric(METRIC_CAPTURES_DELIVERED), 2);
    EXPECT_NE(database_.get("snapshot/b-2"), "null");
    EXPECT_TRUE(outcomes_.empty()); /* whom it was told to is gone */
}

/* Killed after each request, with its effect and without it. */
TEST_F(OutboxTest, WhateverWasUnderWayIsFinishedAfterARestart)
{
    for (unsigned num_steps = 0; num_steps < 4; num_steps++) {
        for (bool is_lost : {false, true}) {
            const std::string id = "b-" + std::to_string(num_steps) + (is_lost ? "x" : "");

            if (!lane_)
                attach();
            ASSERT_EQ(add(id), 0);
            run();
            for (unsigned i = 0; i < num_steps && !database_.requests.empty(); i++)
                database_.answer();
            if (is_lost && !database_.requests.empty())
                (void)database_.apply(database_.requests.front());
            restart();
            settle_long();
            EXPECT_EQ(database_.get("active/" + id), "null");
            EXPECT_NE(database_.get("snapshot/" + id), "null") << id;
            EXPECT_NE(database_.get("final/" + id), "null") << id;
            EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
            EXPECT_LE(metric(METRIC_CAPTURES_RECEIVED), 1);
            EXPECT_EQ(metric(METRIC_CAPTURES_RECEIVED), metric(METRIC_CAPTURES_DELIVERED));
        }
    }
}

TEST_F(OutboxTest, AnotherHostsResultWins)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    database_.values["snapshot/b-1"] = R"({"id":"b-1","deliveryId":"another"})";
    settle();
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_LOST_RACE});
    EXPECT_TRUE(outbox_has(outbox_, "db", "d-1", "b-1")); /* it is not active for us */
    database_.values["final/b-1"] = R"({"id":"b-1","deliveryId":"another"})";
    database_.values.erase("active/b-1");
    settle_long();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
    EXPECT_EQ(database_.get("snapshot/b-1"), R"({"id":"b-1","deliveryId":"another"})");
}

TEST_F(OutboxTest, ClaimOfAHostThatIsGoneIsFinished)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    database_.values["snapshot/b-1"] = R"({"deliveryId":"another","id":"b-1","stackFrames":[1]})";
    settle_long();
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_LOST_RACE});
    EXPECT_EQ(database_.get("active/b-1"), "null");
    EXPECT_EQ(database_.get("final/b-1"), R"({"deliveryId":"another","id":"b-1"})");
    EXPECT_EQ(database_.num_kept, 0u) << "it may be large, and the entry stays for long";
}

TEST_F(OutboxTest, WhatItsUserHasDeletedStaysDeleted)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    database_.answer(); /* the claim */
    database_.values.erase("active/b-1");
    settle();
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_DELETED});
    EXPECT_TRUE(database_.values.empty());
    settle_long();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
}

TEST_F(OutboxTest, DeletionThatTheUpdateFellIntoIsFinished)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    database_.answer();
    database_.answer(); /* active/b-1 was seen */
    database_.values.clear();
    settle_long();
    EXPECT_TRUE(database_.values.empty());
}

TEST_F(OutboxTest, OldestGoFirstAndAFewAtATime)
{
    attach();
    for (int i = 0; i < 20; i++)
        ASSERT_EQ(add("b-" + std::to_string(i)), 0);
    run();
    EXPECT_EQ(database_.requests.size(), static_cast<size_t>(OUTBOX_NUM_PARALLEL));
    EXPECT_EQ(log().front(), "PUT snapshot/b-0");
    settle();
    EXPECT_EQ(outcomes_.size(), 20u);
}

TEST_F(OutboxTest, OneRequestProbesAfterAFailure)
{
    attach();
    for (int i = 0; i < 20; i++)
        ASSERT_EQ(add("b-" + std::to_string(i)), 0);
    run();
    while (!database_.requests.empty())
        database_.fail();
    run();
    EXPECT_TRUE(database_.requests.empty());
    pass_ms(OUTBOX_BACKOFF_FIRST_MS);
    ASSERT_EQ(database_.requests.size(), 1u);
    EXPECT_EQ(database_.requests.front().method, "GET"); /* small, and it changes nothing */
    settle();
    EXPECT_EQ(outcomes_, Outcomes(20, STORE_FINISH_DONE));
}

TEST_F(OutboxTest, BackoffGrowsToItsLimit)
{
    std::vector<uint64_t> waits;

    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    for (int i = 0; i < 6; i++) {
        database_.fail();
        uint64_t begin = clock_.now_us;
        while (database_.requests.empty())
            pass_ms(100);
        waits.push_back((clock_.now_us - begin) / US_PER_MS);
    }
    EXPECT_EQ(waits, (std::vector<uint64_t>{500, 1000, 2000, 4000, 4000, 4000}));
    EXPECT_EQ(metric(METRIC_OUTBOX_RETRIES), 6);
}

TEST_F(OutboxTest, KickEndsABackoffButNotWhatWasAskedFor)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    database_.fail();
    outbox_kick(lane_);
    pass_ms(500); /* its own wait */
    ASSERT_EQ(database_.requests.size(), 1u);
    database_.fail(OUTBOX_FAILED, 7000);
    outbox_kick(lane_);
    pass_ms(6900);
    EXPECT_TRUE(database_.requests.empty());
    pass_ms(200);
    EXPECT_EQ(database_.requests.size(), 1u);
}

TEST_F(OutboxTest, EntryThatAlwaysFailsHoldsUpNoOther)
{
    attach();
    ASSERT_EQ(add("b-bad"), 0);
    for (int i = 0; i < 5; i++)
        ASSERT_EQ(add("b-" + std::to_string(i)), 0);
    for (int i = 0; i < 100; i++) {
        run();
        while (!database_.requests.empty()) {
            if (database_.requests.front().path.find("b-bad") != std::string::npos)
                database_.fail();
            else
                database_.answer();
            run();
        }
        clock_.pass_us(200 * US_PER_MS);
    }
    EXPECT_EQ(outcomes_, Outcomes(5, STORE_FINISH_DONE));
    EXPECT_LT(metric(METRIC_OUTBOX_RETRIES), 12);
    settle_long();
    EXPECT_EQ(outcomes_.size(), 6u);
}

/* It fails before there was another: as the only one, it makes the lane fail. */
TEST_F(OutboxTest, EntryThatAlwaysFailsHoldsUpNoneThatComesLater)
{
    attach();
    ASSERT_EQ(add("b-bad"), 0);
    for (int i = 0; i < 100; i++) {
        run();
        while (!database_.requests.empty()) {
            if (database_.requests.front().path.find("b-bad") != std::string::npos)
                database_.fail();
            else
                database_.answer();
            run();
        }
        if (i == 20) {
            ASSERT_EQ(add("b-1"), 0);
        }
        clock_.pass_us(200 * US_PER_MS);
    }
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_DONE});
    EXPECT_NE(database_.get("final/b-1"), "null");
}

TEST_F(OutboxTest, RefusedForGoodEndsWithItsOutcome)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    database_.fail(OUTBOX_REFUSED);
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_REJECTED});
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
}

TEST_F(OutboxTest, NotFoundIsTriedAgainUnlessTheDebuggeeIsGone)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    database_.fail(OUTBOX_NOT_FOUND);
    ASSERT_EQ(log().back(), "GET cdbg/debuggees/d-1/id");
    database_.fail(OUTBOX_NOT_FOUND);
    EXPECT_TRUE(outcomes_.empty());
    pass_ms(1000);
    database_.fail(OUTBOX_NOT_FOUND);
    database_.answer(); /* there is no such debuggee */
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_REJECTED});
}

/* A page of a portal with status 200, and a 412 of something that is no database. */
TEST_F(OutboxTest, AnswersThatShowNothingAreNotBelieved)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    database_.answer_with(OUTBOX_DONE, "");
    pass_ms(500);
    database_.answer();
    database_.answer_with(OUTBOX_CONFLICT, R"({"error":"no"})");
    database_.answer(); /* the read: nothing is there */
    EXPECT_TRUE(outcomes_.empty());
    settle_long();
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_DONE});
}

TEST_F(OutboxTest, FullOutboxRefusesSnapshotsButNotStatuses)
{
    int result = 0;
    int count = 0;
    const std::string large = R"(,"stackFrames":[")" + std::string(100000, 'x') + "\"]";

    for (; count < 100 && result == 0; count++)
        result = add("b-" + std::to_string(count), large);
    EXPECT_EQ(result, -ENOBUFS);
    EXPECT_EQ(count, 11);
    EXPECT_LE(metric(METRIC_OUTBOX_BYTES), static_cast<int64_t>(bytes_max_));
    EXPECT_EQ(add("b-status", R"(,"status":{"isError":true})"), 0);
    EXPECT_EQ(add("b-small"), 0);
    attach();
    settle();
    EXPECT_EQ(add("b-again", large), 0);
}

TEST_F(OutboxTest, DatabasesOfAppsOwnLeaveRoomForTheOthers)
{
    const std::string large = R"(,"stackFrames":[")" + std::string(100000, 'x') + "\"]";
    const auto add_to = [&](const char *name, int number) {
        return outbox_add(outbox_, name, "d-1", result_of("b-" + std::to_string(number), large), nullptr,
                          nullptr);
    };
    int count = 0;

    while (count < 100 && add_to(count % 2 ? "db a #1" : "db fixed", count) == 0)
        count++;
    EXPECT_EQ(count, 5);
    restart();
    EXPECT_EQ(add_to("db c #3", count), -ENOBUFS);
    while (count < 100 && add_to("db", count) == 0)
        count++;
    EXPECT_EQ(count, 10);
    settle();
    EXPECT_EQ(add_to("db c #3", count), -ENOBUFS) << "its part is full still";
    EXPECT_EQ(add_to("db", count), 0);
}

TEST_F(OutboxTest, ASecondResultOfABreakpointIsRefused)
{
    ASSERT_EQ(add("b-1"), 0);
    EXPECT_EQ(add("b-1"), -EEXIST);
    attach();
    settle();
    EXPECT_FALSE(outbox_has(outbox_, "db", "d-1", "b-1"));
}

TEST_F(OutboxTest, WhatIsNoKeyIsRefused)
{
    EXPECT_EQ(add("a/b"), -EINVAL);
    EXPECT_EQ(add(""), -EINVAL);
    EXPECT_EQ(outbox_add(outbox_, "db", "d-1", json_object(), nullptr, nullptr), -EINVAL);
}

TEST_F(OutboxTest, DetachedInTheMiddleItGoesOnLater)
{
    attach();
    ASSERT_EQ(add("b-1"), 0);
    run();
    database_.answer();
    lane_ = outbox_detach(lane_);
    EXPECT_EQ(database_.num_cancelled, 1u);
    EXPECT_TRUE(database_.requests.empty());
    pass_ms(10000);
    attach();
    settle();
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_DONE});
}

TEST_F(OutboxTest, RequestThatCannotBeMadeIsTriedAgain)
{
    attach();
    database_.send_result = -ENOMEM;
    ASSERT_EQ(add("b-1"), 0);
    pass_ms(10000);
    database_.send_result = 0;
    pass_ms(10000);
    settle();
    EXPECT_EQ(outcomes_, Outcomes{STORE_FINISH_DONE});
}

/* ---- The file ---- */

TEST_F(OutboxTest, KeepsItsFilesToItself)
{
    struct stat status;

    ASSERT_EQ(add("b-1"), 0);
    for (const char *file : {"outbox.db", "outbox.db-wal", "outbox.db-shm", "store.lock"}) {
        ASSERT_EQ(stat((directory_ / "state/").append(file).c_str(), &status), 0) << file;
        EXPECT_EQ(status.st_mode & 07777, 0600u) << file;
    }
}

TEST_F(OutboxTest, RefusesASecondOwner)
{
    Outbox *first = outbox_;

    EXPECT_EQ(try_open(), -EBUSY);
    outbox_ = first;
}

TEST_F(OutboxTest, DamagedFileIsMovedAside)
{
    ASSERT_EQ(add("b-1"), 0);
    close();
    {
        std::ofstream file(directory_ / "state/outbox.db", std::ios::trunc);
        file << std::string(8192, 'x');
    }
    open();
    EXPECT_EQ(metric(METRIC_OUTBOX_ENTRIES), 0);
    EXPECT_EQ(access((directory_ / "state/outbox.db.damaged").c_str(), F_OK), 0);
    EXPECT_EQ(add("b-2"), 0);
}

/* Damage behind the header: either it is found at the start, or what is whole is served. */
TEST_F(OutboxTest, DamagedPagesCrashNothing)
{
    for (int i = 0; i < 50; i++)
        ASSERT_EQ(add("b-" + std::to_string(i), R"(,"stackFrames":[")" + std::string(5000, 'x') + "\"]"), 0);
    close();
    {
        std::fstream file(directory_ / "state/outbox.db", std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096 * 3);
        file << std::string(4096 * 20, '\xa5');
    }
    open();
    attach();
    settle();
    EXPECT_EQ(add("b-after"), 0);
    settle_long();
    EXPECT_NE(database_.get("final/b-after"), "null");
}

TEST_F(OutboxTest, NewerFormatIsLeftAlone)
{
    sqlite3 *newer;

    close();
    ASSERT_EQ(sqlite3_open((directory_ / "state/outbox.db").c_str(), &newer), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(newer, "PRAGMA user_version = 2", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(newer);
    EXPECT_EQ(try_open(), -EPROTONOSUPPORT);
    outbox_ = nullptr;
}

TEST_F(OutboxTest, FileGetsSmallerWhenItIsEmpty)
{
    struct stat before, after;
    const std::string path = directory_ / "state/outbox.db";

    bytes_max_ = 100 * 1024 * 1024;
    restart();
    for (int i = 0; i < 50; i++)
        ASSERT_EQ(add("b-" + std::to_string(i), R"(,"stackFrames":[")" + std::string(100000, 'x') + "\"]"),
                  0);
    restart();
    ASSERT_EQ(stat(path.c_str(), &before), 0);
    settle_long();
    restart();
    ASSERT_EQ(stat(path.c_str(), &after), 0);
    EXPECT_GT(before.st_size, 4 * 1024 * 1024);
    EXPECT_LT(after.st_size, before.st_size / 4);
}

TEST_F(OutboxTest, LosesNothingWhenKilled)
{
    int pipe_fds[2];
    int num_acknowledged = 0;
    int number;
    pid_t child;

    close();
    ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        bytes_max_ = 100 * 1024 * 1024;
        open();
        for (int i = 0;; i++)
            if (add("b-" + std::to_string(i), R"(,"stackFrames":[")" + std::string(20000, 'x') + "\"]") < 0 ||
                write(pipe_fds[1], &i, sizeof i) != (ssize_t)sizeof i)
                _exit(1);
    }
    ::close(pipe_fds[1]);
    while (num_acknowledged < 300 && read(pipe_fds[0], &number, sizeof number) == (ssize_t)sizeof number)
        num_acknowledged = number + 1;
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(pipe_fds[0], &number, sizeof number) == (ssize_t)sizeof number)
        num_acknowledged = number + 1;
    ::close(pipe_fds[0]);
    open();
    EXPECT_GE(metric(METRIC_OUTBOX_ENTRIES), num_acknowledged);
    EXPECT_LE(metric(METRIC_OUTBOX_ENTRIES), num_acknowledged + 1);
}

} // namespace
