/* Log entries, their quota, and the leases of the sessions. */
#include "tests/broker/apps/registry_fixture.hh"

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

    void request(Stub *stub, uint64_t entries, uint64_t bytes, uint64_t num_suppressed = 0)
    {
        Snapshot__QuotaRequest message = SNAPSHOT__QUOTA_REQUEST__INIT;

        message.num_log_entries = entries;
        message.log_bytes = bytes;
        message.num_suppressed = num_suppressed;
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_QUOTA_REQUEST, &message);
    }

    /* All that @stub was leased, its Welcome included. */
    static uint64_t leased_entries(const Stub *stub)
    {
        uint64_t sum = 0;

        for (auto *message : stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME))
            sum += message->welcome->quota->num_log_entries;
        for (auto *message : stub->all(LEASE))
            sum += message->quota_lease->num_log_entries;
        return sum;
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

TEST_F(LogpointTest, TheFirstLeaseIsAShareAndMoreComesOnRequest)
{
    begin();
    EXPECT_EQ(leased_entries(stub_), 125u);
    const Snapshot__QuotaLease *lease =
        stub_->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME)[0]->welcome->quota;
    EXPECT_EQ(lease->log_bytes, 20480u);
    EXPECT_FALSE(lease->is_unlimited);
    request(stub_, 1000, 100000);
    EXPECT_EQ(leased_entries(stub_), 250u);
    EXPECT_EQ(leased_entries(join()), 0u);
    EXPECT_EQ(leased_entries(join("another app")), 125u) << "each app has its own";
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

TEST_F(LogpointTest, ASessionThatIgnoresItsLeaseIsHeldToIt)
{
    begin();
    for (int i = 0; i < 1000; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 125);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_DROPPED_QUOTA), 875);
    ASSERT_EQ(num_notices(), 1u) << "it is said once";
    EXPECT_EQ(lines_.back().message, PAUSED);
    EXPECT_EQ(lines_.back().severity, "WARNING");
    EXPECT_EQ(lines_.back().path, "a.py");
    EXPECT_EQ(lines_.back().line, 3u);
    pass_us(LOG_QUOTA_PAUSE_MS * US_PER_MS);
    log(stub_, "b-1", 1);
    EXPECT_EQ(num_notices(), 2u) << "the next pause";
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
    EXPECT_EQ(stub_->all(LEASE)[0]->quota_lease->num_log_entries, 25u);
    EXPECT_EQ(num_notices(), 1u);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_SUPPRESSED), 7);
    log(stub_, "b-1", 1, 7);
    EXPECT_EQ(lines_.back().num_suppressed, 7u);
}

TEST_F(LogpointTest, DividesWhatHasComeAmongThoseWhoWait)
{
    begin();
    Stub *second = join(), *third = join();

    request(stub_, 1000, 100000);
    for (Stub *stub : {stub_, second, third}) {
        for (uint64_t i = leased_entries(stub); i > 0; i--)
            log(stub, "b-1", 1);
        stub->forget();
        request(stub, 1000, 1000, 1);
    }
    EXPECT_EQ(num_entries_, 250);
    pass_us(LOG_QUOTA_PAUSE_MS * US_PER_MS);
    EXPECT_EQ(leased_entries(stub_), 9u);
    EXPECT_EQ(leased_entries(second), 8u);
    EXPECT_EQ(leased_entries(third), 8u);
}

TEST_F(LogpointTest, TheLeaseOfADeadSessionComesBack)
{
    begin();
    request(stub_, 1000, 100000);
    Stub *second = join();
    EXPECT_EQ(leased_entries(second), 0u);
    stub_->leave();
    request(second, 1000, 100000);
    EXPECT_EQ(leased_entries(second), 250u);
}

TEST_F(LogpointTest, NothingWakesTheBrokerWhenNobodyWaits)
{
    begin();
    store_.remove(debuggee_, "b-1");
    uint64_t registration = timers_next_us(timers_);
    request(stub_, 10, 10);
    EXPECT_EQ(timers_next_us(timers_), registration);
}

TEST_F(LogpointTest, WithoutALimitThereIsNoLease)
{
    options_.log_rates = {0, 250, 0, 40960};
    begin();
    EXPECT_TRUE(stub_->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME)[0]->welcome->quota->is_unlimited);
    for (int i = 0; i < 5000; i++)
        log(stub_, "b-1", i);
    EXPECT_EQ(num_entries_, 5000);
    request(stub_, 1, 1, 1);
    EXPECT_EQ(stub_->all(LEASE).size(), 0u);
}

TEST_F(LogpointTest, APauseOfALogpointThatIsGoneIsNotAnnounced)
{
    begin();
    request(stub_, 250, 40960);
    for (int i = 0; i < 250; i++)
        log(stub_, "b-1", i);
    store_.remove(debuggee_, "b-1");
    request(stub_, 10, 10, 1);
    EXPECT_EQ(num_notices(), 0u);
}

} // namespace
