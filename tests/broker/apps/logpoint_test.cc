/* Log entries, their quota, and the leases of the sessions. */
#include "tests/broker/apps/registry_fixture.hh"

#include <map>

namespace
{

const auto LEASE = SNAPSHOT__BROKER_MESSAGE__MESSAGE_QUOTA_LEASE;
const char PAUSED[] = "LOGPOINT: Logpoint is paused due to high log rate until log quota is restored";

class LogpointTest : public RegistryFixture
{
  protected:
    void begin()
    {
        start();
        stub_ = join();
        debuggee_ = debuggee_of(stub_);
        store_.set(debuggee_, "b-1", logpoint_at(3, "n is $0, $$5", R"("logLevel": "WARNING")"));
    }

    void log(Stub *stub, const std::string &id, int64_t number, uint32_t num_suppressed = 0)
    {
        Wire wire;
        Snapshot__LogEntry entry = SNAPSHOT__LOG_ENTRY__INIT;
        Snapshot__Variable *values[] = {wire.integer(number)};
        std::string function = "f", path = "/app/a.py";

        entry.breakpoint_id = const_cast<char *>(id.c_str());
        entry.time_unix_us = clock_.unix_now_us;
        entry.values = values;
        entry.n_values = 1;
        entry.function = {function.size(), reinterpret_cast<uint8_t *>(&function[0])};
        entry.path = {path.size(), reinterpret_cast<uint8_t *>(&path[0])};
        entry.line = 3;
        entry.num_suppressed = num_suppressed;
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY, &entry);
    }

    void request(Stub *stub, uint64_t entries, uint64_t bytes, uint64_t num_suppressed = 0,
                 const std::string &id = "b-1")
    {
        Snapshot__QuotaRequest message = SNAPSHOT__QUOTA_REQUEST__INIT;

        message.breakpoint_id = const_cast<char *>(id.c_str());

        message.num_log_entries = entries;
        message.log_bytes = bytes;
        message.num_suppressed = num_suppressed;
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_QUOTA_REQUEST, &message);
    }

    /* All that @stub was leased for @id. */
    static uint64_t leased_entries(const Stub *stub, const std::string &id = "b-1")
    {
        uint64_t sum = 0;

        for (auto *message : stub->all(LEASE))
            sum += message->quota_lease->breakpoint_id == id ? message->quota_lease->num_log_entries : 0;
        return sum;
    }

    static const Snapshot__QuotaLease *credit(const Stub *stub)
    {
        return stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME)[0]->welcome->quota;
    }

    size_t num_notices() const
    {
        size_t num = 0;

        for (const Line &line : lines_)
            num += line.is_notice;
        return num;
    }

    Stub *stub_ = nullptr;
    std::string debuggee_;
};

TEST_F(LogpointTest, EveryHitIsALine)
{
    begin();
    for (int i = 1; i <= 3; i++)
        log(stub_, "b-1", i);
    ASSERT_EQ(lines_.size(), 3u);
    EXPECT_EQ(lines_[0].message, "LOGPOINT: n is 1, $5");
    EXPECT_EQ(lines_[2].message, "LOGPOINT: n is 3, $5");
    EXPECT_EQ(lines_[0].severity, "WARNING");
    EXPECT_EQ(lines_[0].path, "/app/a.py");
    EXPECT_EQ(lines_[0].line, 3u);
    EXPECT_EQ(lines_[0].function, "f");
    EXPECT_EQ(lines_[0].breakpoint, "b-1");
    EXPECT_EQ(lines_[0].pid, 4711u);
    EXPECT_NE(lines_[0].insert_id, lines_[1].insert_id);
    EXPECT_TRUE(store_.finishes.empty()) << "a logpoint stays";
}

TEST_F(LogpointTest, EntriesOfWhatIsOverOrNoLogpointAreCounted)
{
    begin();
    store_.set(debuggee_, "b-2", snapshot_at(3));
    log(stub_, "b-2", 1);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_REJECTED), 1);
    store_.remove(debuggee_, "b-1");
    log(stub_, "b-1", 1);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_DROPPED_LATE), 1);
    EXPECT_TRUE(lines_.empty());
}

TEST_F(LogpointTest, WelcomeSaysWhatMayBeSentOnCredit)
{
    begin();
    EXPECT_EQ(credit(stub_)->num_log_entries, 250u);
    EXPECT_EQ(credit(stub_)->log_bytes, 40960u);
    EXPECT_FALSE(credit(stub_)->is_unlimited);
    EXPECT_EQ(credit(join())->num_log_entries, 125u);
    EXPECT_EQ(credit(join("another app"))->num_log_entries, 250u) << "each app has its own";
    for (int i = 0; i < 100; i++)
        join();
    EXPECT_EQ(credit(join())->num_log_entries, static_cast<uint64_t>(CREDIT_ENTRIES_MIN));
}

TEST_F(LogpointTest, LeasesAreGrantedOnRequestAsFarAsThereIsSomething)
{
    begin();
    request(stub_, 100, 10000);
    EXPECT_EQ(leased_entries(stub_), 100u);
    EXPECT_EQ(stub_->all(LEASE)[0]->quota_lease->log_bytes, 10000u);
    EXPECT_EQ(stub_->all(LEASE)[0]->quota_lease->lifetime_ms, static_cast<uint32_t>(LEASE_LIFE_MS));
    request(join(), 1000, 100000);
    EXPECT_EQ(leased_entries(stubs_.back().get()), 150u);
    EXPECT_EQ(num_notices(), 0u) << "nobody was refused anything";
}

TEST_F(LogpointTest, AGreedySessionLogsABurstAndThenTheAverage)
{
    begin();
    for (int second = 0; second < 10; second++) {
        for (int i = 0; i < 1000; i++) { /* a hit each millisecond */
            if (leased_entries(stub_) > static_cast<uint64_t>(num_entries_))
                log(stub_, "b-1", i);
            else
                request(stub_, 100, 100000, 1);
            pass_us(1000);
        }
    }
    EXPECT_GE(num_entries_, 250 + 9 * 50);
    EXPECT_LE(num_entries_, 250 + 10 * 50);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_DROPPED_QUOTA), 0);
    EXPECT_GT(num_notices(), 0u);
    EXPECT_LE(num_notices(), 21u) << "one per pause of 500 ms";
}

TEST_F(LogpointTest, SessionsThatIgnoreTheQuotaAreHeldToIt)
{
    begin();
    Stub *second = join();
    for (int i = 0; i < 1000; i++)
        log(i % 2 ? stub_ : second, "b-1", i);
    EXPECT_EQ(num_entries_, 250);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_DROPPED_QUOTA), 750);
    ASSERT_EQ(num_notices(), 1u) << "it is said once";
    EXPECT_EQ(lines_.back().message, PAUSED);
    EXPECT_EQ(lines_.back().severity, "WARNING");
    EXPECT_EQ(lines_.back().path, "a.py");
    EXPECT_EQ(lines_.back().line, 3u);
    pass_us(LOG_QUOTA_PAUSE_MS * US_PER_MS - 1);
    log(stub_, "b-1", 1);
    EXPECT_EQ(num_entries_, 250) << "silence";
    pass_us(1);
    log(stub_, "b-1", 1, 9);
    EXPECT_EQ(num_entries_, 251);
    EXPECT_EQ(lines_.back().num_suppressed, 750u + 1 + 9) << "here and there";
}

TEST_F(LogpointTest, PausesForHalfASecondAndThenGrantsWhatHasCome)
{
    begin();
    request(stub_, 250, 40960);
    for (int i = 0; i < 250; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 250);
    stub_->forget();

    request(stub_, 100, 10000, 3);
    EXPECT_EQ(num_notices(), 1u);
    EXPECT_EQ(lines_.back().message, PAUSED);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_SUPPRESSED), 3);
    pass_us(LOG_QUOTA_PAUSE_MS * US_PER_MS - 1);
    request(stub_, 100, 10000, 4);
    EXPECT_EQ(stub_->all(LEASE).size(), 0u) << "silence";
    pass_us(1);
    ASSERT_EQ(stub_->all(LEASE).size(), 1u);
    EXPECT_NEAR(static_cast<double>(stub_->all(LEASE)[0]->quota_lease->num_log_entries), 25, 1);
    EXPECT_EQ(num_notices(), 1u);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_SUPPRESSED), 7);
    log(stub_, "b-1", 1, 7);
    EXPECT_EQ(lines_.back().num_suppressed, 7u);
}

TEST_F(LogpointTest, DividesWhatHasComeAmongThoseWhoWait)
{
    begin();
    Stub *second = join(), *third = join();

    for (int i = 0; i < 250; i++)
        log(stub_, "b-1", 1);
    for (Stub *stub : {stub_, second, third})
        request(stub, 1000, 1000, 1);
    EXPECT_EQ(num_entries_, 250);
    pass_us(LOG_QUOTA_PAUSE_MS * US_PER_MS);
    EXPECT_EQ(leased_entries(stub_), 9u);
    EXPECT_EQ(leased_entries(second), 8u);
    EXPECT_EQ(leased_entries(third), 8u);
}

TEST_F(LogpointTest, WhatAnIdleSessionDoesNotUseGoesToOthers)
{
    begin();
    Stub *second = join();

    request(stub_, 1000, 100000);
    EXPECT_EQ(leased_entries(stub_), 250u);
    request(second, 1000, 100000, 1);
    EXPECT_EQ(leased_entries(second), 0u);
    pass_us((LEASE_LIFE_MS + LEASE_GRACE_MS) * US_PER_MS + LEASE_RETRY_MS * US_PER_MS);
    EXPECT_EQ(leased_entries(second), 250u);
}

TEST_F(LogpointTest, OneForManyGoesToEachInTurn)
{
    options_.log_rates.entries_per_s = 10;
    begin();
    Stub *others[] = {join(), join()};
    for (int i = 0; i < 250; i++) /* all that there is */
        log(stub_, "b-1", i);
    for (int i = 0; i < 15; i++) {
        for (Stub *stub : {stub_, others[0], others[1]})
            request(stub, 1, 100); /* again and again */
        pass_us(LEASE_RETRY_MS * US_PER_MS);
    }
    EXPECT_EQ(leased_entries(stub_), 5u) << "of one for each tenth of a second";
    EXPECT_EQ(leased_entries(others[0]), 5u);
    EXPECT_EQ(leased_entries(others[1]), 5u);
}

TEST_F(LogpointTest, AnEntryThatComesAfterItsLeaseIsPaidLikeAnyOther)
{
    begin();
    request(stub_, 10, 10000);
    pass_us(10 * US_PER_S);
    for (int i = 0; i < 1000; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 250);
}

TEST_F(LogpointTest, TheLeaseOfADeadSessionComesBack)
{
    begin();
    request(stub_, 1000, 100000);
    Stub *second = join();
    stub_->leave();
    request(second, 1000, 100000);
    EXPECT_EQ(leased_entries(second), 250u);
}

TEST_F(LogpointTest, ALogpointThatFloodsLeavesTheOthersTheirs)
{
    begin();
    store_.set(debuggee_, "b-2", logpoint_at(4, "other"));
    for (int i = 0; i < 1000; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 125 + 62);
    for (int i = 0; i < 62; i++)
        log(stub_, "b-2", i);
    EXPECT_EQ(num_entries_, 125 + 2 * 62);
    EXPECT_EQ(num_notices(), 1u);
    store_.remove(debuggee_, "b-2");
    pass_us(10 * US_PER_S);
    for (int i = 0; i < 1000; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 125 + 2 * 62 + 250);
}

TEST_F(LogpointTest, AnAppThatFloodsLeavesTheOthersTheirs)
{
    options_.log_rates = {0, 250, 0, 40960};
    options_.total_log_rates = {50, 250, 20480, 40960};
    begin();
    Stub *other = join("other");
    std::string other_id = debuggee_of(other);
    store_.set(other_id, "b-1", logpoint_at(3, "n is $0"));

    EXPECT_FALSE(credit(stub_)->is_unlimited);
    for (int i = 0; i < 1000; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 125 + 62);
    for (int i = 0; i < 1000; i++)
        log(other, "b-1", i);
    EXPECT_EQ(num_entries_, 250);
    EXPECT_EQ(num_notices(), 2u);
}

/* The promise, over the wire: one logpoint at 10,000 hits per second in one session, ten at 5 per second
 * spread over eight. */
TEST_F(LogpointTest, TenModestLogpointsLog95PercentBesideOneThatFloods)
{
    std::vector<Stub *> stubs;
    std::map<std::string, int> logged;
    int num_hits = 0;

    options_.num_breakpoints_max = 20;
    begin();
    stubs.push_back(stub_);
    while (stubs.size() < 8)
        stubs.push_back(join());
    for (int i = 0; i < 10; i++)
        store_.set(debuggee_, "m-" + std::to_string(i), logpoint_at(4 + i, "modest"));
    for (int ms = 0; ms < 300 * 1000; ms++) {
        if (ms % 100 == 0)
            request(stub_, 250, 40960, 1000);
        if (leased_entries(stub_) > 0) {
            for (uint64_t i = leased_entries(stub_); i > 0; i--)
                log(stub_, "b-1", 1);
            stub_->forget();
        }
        if (ms % 200 == 0) {
            num_hits++;
            for (int i = 0; i < 10; i++)
                log(stubs[static_cast<size_t>(num_hits + i) % stubs.size()], "m-" + std::to_string(i), 1);
        }
        pass_us(1000);
    }
    for (const Line &line : lines_)
        logged[line.breakpoint] += !line.is_notice;
    for (int i = 0; i < 10; i++)
        EXPECT_GE(logged["m-" + std::to_string(i)], num_hits * 95 / 100) << i;
    EXPECT_GT(logged["b-1"], 300) << "it is not silenced";
    EXPECT_LE(num_entries_, 250 + 300 * 50);
}

TEST_F(LogpointTest, NothingWakesTheBrokerWhenNobodyWaits)
{
    begin();
    uint64_t next = timers_next_us(timers_);
    request(stub_, 10, 10);
    EXPECT_EQ(timers_next_us(timers_), next);
    store_.remove(debuggee_, "b-1");
    next = timers_next_us(timers_);
    request(stub_, 10, 10);
    EXPECT_EQ(timers_next_us(timers_), next);
}

TEST_F(LogpointTest, WithoutALimitThereIsNoLease)
{
    options_.log_rates = {0, 250, 0, 40960};
    begin();
    EXPECT_TRUE(credit(stub_)->is_unlimited);
    for (int i = 0; i < 5000; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 5000);
    request(stub_, 1, 1, 1);
    EXPECT_EQ(stub_->all(LEASE).size(), 0u);
}

TEST_F(LogpointTest, RequestsForWhatIsNoLogpointAreIgnored)
{
    begin();
    store_.set(debuggee_, "b-2", snapshot_at(3));
    for (const char *id : {"b-2", "", "unknown"})
        request(stub_, 10, 10, 1, id);
    EXPECT_EQ(stub_->all(LEASE).size(), 0u);
    EXPECT_EQ(num_notices(), 0u);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_SUPPRESSED), 3);
}

} // namespace
