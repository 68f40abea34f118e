/* Every allocation of the outbox fails once: what was taken arrives all the same, exactly once. */
#include <cerrno>

#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/store/outbox/simulated_database.hh"
#include "tests/broker/util/fake_clock.hh"

using failing_memory::Failure;
using namespace testing_store;
using outbox_test::SimulatedDatabase;

namespace
{

/* One life of an outbox. Of its calls into the code under test, number @call has its allocation number @index
 * fail. */
class Life
{
  public:
    Life(size_t call, size_t index) : call_(call), index_(index)
    {
        database_.guard = [this](const std::function<void()> &done) { guarded(done); };
        database_.values["active/b-1"] = R"({"id":"b-1"})";
        database_.values["active/b-2"] = R"({"id":"b-2"})";
        database_.values["active/b-3"] = R"({"id":"b-3"})";
        database_.values["snapshot/b-3"] = R"({"deliveryId":"another","id":"b-3"})";
        EXPECT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
    }

    ~Life()
    {
        outbox_detach(lane_);
        outbox_free(outbox_);
        timers_free(timers_);
    }

    void run()
    {
        open();
        bool is_taken[] = {add("CAPTURE", "b-1"), add("LOG", "b-2"), add("CAPTURE", "b-3")};
        for (int i = 0; i < 14; i++) {
            guarded([&] { timers_run(timers_); });
            while (!database_.requests.empty())
                database_.answer();
            clock_.pass_us(65 * static_cast<uint64_t>(US_PER_S));
        }
        EXPECT_EQ(metrics_get(&metrics_, METRIC_OUTBOX_ENTRIES), 0);
        EXPECT_EQ(database_.get("snapshot/b-1") != "null", is_taken[0]);
        EXPECT_EQ(database_.get("final/b-1") != "null", is_taken[0]);
        EXPECT_EQ(database_.get("final/b-2") != "null", is_taken[1]);
        EXPECT_EQ(database_.get("final/b-3") != "null", is_taken[2]);
    }

    Failure failure = Failure::NONE;
    size_t num_calls = 0;

  private:
    void guarded(const std::function<void()> &call)
    {
        if (num_calls++ != call_) {
            call();
            return;
        }
        failing_memory::arm(index_);
        call();
        failure = failing_memory::disarm();
    }

    void open()
    {
        const std::string directory = directory_ / "state";
        const OutboxOptions options = {directory.c_str(), 1 << 20, timers_, &metrics_, [] { return 0u; }};
        int result = 0;

        guarded([&] { result = outbox_new(&options, &outbox_); });
        if (result < 0) {
            EXPECT_EQ(result, -ENOMEM);
            ASSERT_EQ(outbox_new(&options, &outbox_), 0);
        }
        guarded(
            [&] { result = outbox_attach(outbox_, "db", SimulatedDatabase::link(), &database_, &lane_); });
        if (result < 0) {
            EXPECT_EQ(result, -ENOMEM);
            ASSERT_EQ(outbox_attach(outbox_, "db", SimulatedDatabase::link(), &database_, &lane_), 0);
        }
    }

    bool add(const char *action, const char *id)
    {
        json_t *result = json_pack("{s:s, s:s, s:[s]}", "action", action, "id", id, "stackFrames", "f");
        int error = 0;

        guarded([&] { error = outbox_add(outbox_, "db", "d-1", result, nullptr, nullptr); });
        EXPECT_TRUE(error == 0 || error == -ENOMEM) << error;
        return error == 0;
    }

    size_t call_;
    size_t index_;
    TemporaryDirectory directory_;
    FakeClock clock_;
    Timers *timers_ = nullptr;
    Metrics metrics_ = {};
    SimulatedDatabase database_;
    Outbox *outbox_ = nullptr;
    OutboxLane *lane_ = nullptr;
};

TEST(OutboxMemoryTest, EveryFailureIsSurvived)
{
    size_t num_calls = 1;
    size_t num_failures = 0;

    for (size_t call = 0; call < num_calls && !testing::Test::HasFailure(); call++) {
        for (size_t index = 0; !testing::Test::HasFailure(); index++) {
            Life life(call, index);

            SCOPED_TRACE("call " + std::to_string(call) + ", allocation " + std::to_string(index));
            life.run();
            if (call == 0)
                num_calls = life.num_calls;
            if (life.failure == Failure::NONE)
                break;
            num_failures++;
        }
    }
    EXPECT_GT(num_failures, 50u);
}

} // namespace
