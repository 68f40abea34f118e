/* Every allocation of the apps layer fails once: what cannot be done is refused or counted, and nothing
 * breaks. */
#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/apps/registry_fixture.hh"

namespace
{

class RegistryMemoryTest : public RegistryFixture
{
  protected:
    void SetUp() override
    {
        const RedactorOptions redactor = {};

        RegistryFixture::SetUp();
        ASSERT_EQ(redactor_new(&redactor, &redactor_), 0);
        options_.redactor = redactor_;
        snapshot_ =
            json_loads(snapshot_at(3, R"("expressions": ["x", "user.password"])").c_str(), 0, nullptr);
        refused_ = json_loads(snapshot_at(3, R"("condition": "token == 1")").c_str(), 0, nullptr);
        logpoint_ = json_loads(logpoint_at(3, "$0").c_str(), 0, nullptr);
        expired_ = json_loads(logpoint_at(3, "$0", R"("createTimeUnixMsec": 1)").c_str(), 0, nullptr);
        malformed_ = json_loads(R"({"action": "CAPTURE"})", 0, nullptr);
    }

    void TearDown() override
    {
        json_decref(snapshot_);
        json_decref(logpoint_);
        json_decref(expired_);
        json_decref(malformed_);
        json_decref(refused_);
        RegistryFixture::TearDown();
        redactor_ = redactor_free(redactor_);
    }

    /* One of everything. */
    void live()
    {
        Stub *stub = join();

        if (!stub->member)
            return;
        std::string debuggee = debuggee_of(stub);
        capture(stub, "b-0", 1);
        store_.set(debuggee, "b-1", snapshot_);
        store_.set(debuggee, "b-2", logpoint_);
        store_.set(debuggee, "b-3", malformed_);
        store_.set(debuggee, "b-4", snapshot_);
        store_.set(debuggee, "b-5", snapshot_);
        store_.set(debuggee, "b-6", refused_);
        store_.in_sync(debuggee);
        state(stub, "b-1", SNAPSHOT__BREAKPOINT_STATE__STATE__ARMED);
        state(stub, "b-1", SNAPSHOT__BREAKPOINT_STATE__STATE__NOTE, "note");
        state(stub, "b-4", SNAPSHOT__BREAKPOINT_STATE__STATE__FAILED, "failed");
        capture(stub, "b-1", 2);
        log(stub, "b-2");
        store_.finish_result = -ENOSPC;
        capture(stub, "b-5", 3);
        store_.finish_result = 0;
        pass_s(1);
    }

    void log(Stub *stub, const char *id)
    {
        Snapshot__LogEntry entry = SNAPSHOT__LOG_ENTRY__INIT;

        entry.breakpoint_id = const_cast<char *>(id);
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY, &entry);
    }

    /* No member of the definition is missing in what the store was given since @first. */
    void expect_whole_results(size_t first) const
    {
        for (size_t i = first; i < store_.finishes.size(); i++) {
            const json_t *result = store_.finishes[i].breakpoint;
            const std::string id = json_string_value(json_object_get(result, "id"));

            if (id != "b-1" && id != "b-4" && id != "b-5")
                continue;
            for (const char *key : {"action", "location", "expressions"})
                EXPECT_TRUE(json_equal(json_object_get(result, key), json_object_get(snapshot_, key)))
                    << key << " of " << id;
            EXPECT_TRUE(json_object_get(result, "status") || json_object_get(result, "stackFrames")) << id;
        }
    }

    json_t *snapshot_ = nullptr, *logpoint_ = nullptr, *malformed_ = nullptr, *refused_ = nullptr,
           *expired_ = nullptr;
    Redactor *redactor_ = nullptr;
};

TEST_F(RegistryMemoryTest, SurvivesEveryFailedAllocation)
{
    size_t index = 0;

    for (bool has_failed = true; has_failed; index++) {
        SCOPED_TRACE("allocation " + std::to_string(index));
        size_t num_finishes = store_.finishes.size();

        start();
        failing_memory::arm(index);
        live();
        has_failed = failing_memory::disarm() != failing_memory::Failure::NONE;
        stubs_.clear();
        registry_ = registry_free(registry_);
        expect_conservation();
        expect_whole_results(num_finishes);
        EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
        EXPECT_EQ(count(METRIC_CAPTURES_QUEUED_BYTES), 0);
        EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 0);
        EXPECT_EQ(count(METRIC_DEBUGGEES), 0);
        EXPECT_EQ(timers_next_us(timers_), TIMERS_NEVER);
        EXPECT_TRUE(store_.watches.empty());
    }
    EXPECT_GT(index, 100u) << "nothing failed";
}

TEST_F(RegistryMemoryTest, BreakpointIsToldToBeLostOrIsThere)
{
    std::string debuggee;
    size_t num_lost = 0;

    start();
    debuggee = debuggee_of(join());
    for (json_t *breakpoint : {snapshot_, logpoint_, malformed_, refused_}) {
        bool has_failed = true;

        for (size_t index = 0; has_failed; index++) {
            size_t num_finishes = store_.finishes.size();

            failing_memory::arm(index);
            store_.set(debuggee, "b-1", breakpoint);
            has_failed = failing_memory::disarm() != failing_memory::Failure::NONE;
            pass_s(1); /* a result that the store could not be given is tried again */
            EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE) > 0 || store_.finishes.size() > num_finishes,
                      store_.set_result == 0)
                << "allocation " << index;
            num_lost += store_.set_result < 0;
            store_.remove(debuggee, "b-1");
        }
    }
    EXPECT_GT(num_lost, 10u);
}

/* It is active until there is memory for its end, and entries may come. */
TEST_F(RegistryMemoryTest, ExpiredLogpointThatCannotBeEndedYetTakesEntries)
{
    Stub *stub;
    std::string debuggee;
    bool has_failed = true;
    size_t num_active = 0;

    start();
    stub = join();
    debuggee = debuggee_of(stub);
    for (size_t index = 0; has_failed; index++) {
        failing_memory::arm(index);
        store_.set(debuggee, "b-1", expired_);
        has_failed = failing_memory::disarm() != failing_memory::Failure::NONE;
        num_active += count(METRIC_BREAKPOINTS_ACTIVE) > 0;
        log(stub, "b-1");
        pass_s(EXPIRY_RETRY_S);
        EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 0) << "allocation " << index;
        store_.remove(debuggee, "b-1");
    }
    EXPECT_GT(num_active, 0u);
}

} // namespace
