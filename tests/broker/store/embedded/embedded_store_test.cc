#include "broker/store/embedded/embedded_store.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <vector>

#include "broker/store/embedded/live_tree.h"
#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

namespace
{

class EmbeddedStoreTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        base_ = event_base_new();
        open(0);
    }

    void TearDown() override
    {
        store_unwatch(store(), watch_);
        embedded_store_free(store_);
        event_base_free(base_);
    }

    void open(uint64_t bytes_max)
    {
        const std::string directory = directory_ / "state";
        const EmbeddedStoreOptions options = {directory.c_str(), bytes_max};

        ASSERT_EQ(embedded_store_new(&options, base_, &store_), 0);
    }

    Store *store()
    {
        return embedded_store_interface(store_);
    }

    /* As if through HTTP. */
    void put(const char *path, const std::string &json)
    {
        ASSERT_EQ(live_tree_put(embedded_store_tree(store_), Path(path).get(), parse(json).get(), nullptr),
                  0);
    }

    void update(const char *path, const std::string &json)
    {
        ASSERT_EQ(live_tree_update(embedded_store_tree(store_), Path(path).get(), parse(json).get(), nullptr),
                  0);
    }

    std::string get(const char *path)
    {
        json_t *tree = nullptr;

        EXPECT_EQ(live_tree_read(embedded_store_tree(store_), path, &tree), 0);
        return text_of(Json(tree));
    }

    int finish(const std::string &breakpoint, const char *debuggee = "d")
    {
        outcomes_.clear();
        return store_finish(
            store(), debuggee, parse(breakpoint).release(),
            [](void *context, StoreFinish outcome) {
                static_cast<EmbeddedStoreTest *>(context)->outcomes_.push_back(outcome);
            },
            this);
    }

    void watch(const char *debuggee = "d")
    {
        static const StoreWatcher watcher = {
            [](void *context, const char *id, json_t *breakpoint) {
                auto *test = static_cast<EmbeddedStoreTest *>(context);
                AutoText text(breakpoint);
                bool is_refused = test->num_sets_to_refuse_ > 0;

                test->num_sets_to_refuse_ -= is_refused;
                test->told_.push_back((is_refused ? "no " : "set ") + std::string(id) + " " + text.text);
                test->on_told_();
                return is_refused ? -ENOMEM : 0;
            },
            [](void *context, const char *id) {
                auto *test = static_cast<EmbeddedStoreTest *>(context);
                test->told_.push_back(std::string("removed ") + id);
                test->on_told_();
            },
            [](void *context) {
                auto *test = static_cast<EmbeddedStoreTest *>(context);
                test->told_.push_back("in sync");
                test->on_told_();
            },
        };

        ASSERT_EQ(store_watch(store(), debuggee, &watcher, this, &watch_), 0);
    }

    /* What the loop tells until it has nothing to do. */
    std::vector<std::string> tell()
    {
        for (size_t before = SIZE_MAX; before != told_.size();) {
            before = told_.size();
            event_base_loop(base_, EVLOOP_NONBLOCK);
        }
        std::vector<std::string> told;
        told.swap(told_);
        return told;
    }

    struct AutoText {
        explicit AutoText(json_t *json)
        {
            char *dumped = json_dumps(json, JSON_COMPACT);

            text = dumped;
            free(dumped);
        }
        std::string text;
    };

    typedef std::vector<std::string> Told;

    TemporaryDirectory directory_;
    struct event_base *base_ = nullptr;
    EmbeddedStore *store_ = nullptr;
    StoreWatch *watch_ = nullptr;
    std::vector<std::string> told_;
    int num_sets_to_refuse_ = 0; /* breakpoints for which the watcher has no memory */
    std::vector<StoreFinish> outcomes_;
    std::function<void()> on_told_ = [] {};
};

TEST_F(EmbeddedStoreTest, HasASchemaVersionFromTheStart)
{
    EXPECT_EQ(get(""), R"({"cdbg":{"schema_version":"1"}})");
    put("cdbg/schema_version", "\"2\"");
    embedded_store_free(store_);
    open(0);
    EXPECT_EQ(get("cdbg/schema_version"), "\"2\"");
}

TEST_F(EmbeddedStoreTest, ExplainsItsErrors)
{
    EmbeddedStore *second = nullptr;
    const std::string directory = directory_ / "state";
    const EmbeddedStoreOptions options = {directory.c_str(), 0};

    EXPECT_EQ(embedded_store_new(&options, base_, &second), -EBUSY);
    EXPECT_STREQ(embedded_store_error_text(-EBUSY), "the state directory is in use by another process");
    EXPECT_NE(std::string(embedded_store_error_text(-EUCLEAN)).find("damaged"), std::string::npos);
    EXPECT_STREQ(embedded_store_error_text(-EACCES), "Permission denied");
}

TEST_F(EmbeddedStoreTest, RegistersADebuggeeOnce)
{
    ASSERT_EQ(store_register_debuggee(store(), parse(R"({"id":"d","labels":{"module":"m"},"x":[]})").get()),
              0);
    Json first = parse(get("cdbg/debuggees/d"));
    EXPECT_STREQ(json_string_value(json_object_get(first.get(), "id")), "d");
    json_int_t registered = json_integer_value(json_object_get(first.get(), "registrationTimeUnixMsec"));
    EXPECT_GT(registered, 1600000000000);
    EXPECT_EQ(json_integer_value(json_object_get(first.get(), "lastUpdateTimeUnixMsec")), registered);

    put("cdbg/debuggees/d/lastUpdateTimeUnixMsec", "5");
    ASSERT_EQ(store_register_debuggee(store(), parse(R"({"id":"d","labels":{"module":"other"}})").get()), 0);
    EXPECT_EQ(get("cdbg/debuggees/d/labels/module"), "\"m\"");
    EXPECT_EQ(get("cdbg/debuggees/d/registrationTimeUnixMsec"), std::to_string(registered));
    EXPECT_GE(std::stoll(get("cdbg/debuggees/d/lastUpdateTimeUnixMsec")), registered);
}

TEST_F(EmbeddedStoreTest, RefusesIdsThatAreNoKeys)
{
    StoreWatch *none = nullptr;
    const StoreWatcher watcher = {};

    EXPECT_EQ(store_register_debuggee(store(), parse("{}").get()), -EINVAL);
    EXPECT_EQ(store_register_debuggee(store(), parse(R"({"id":"a/b"})").get()), -EINVAL);
    EXPECT_EQ(store_watch(store(), "a.b", &watcher, nullptr, &none), -EINVAL);
    EXPECT_EQ(store_update(store(), "d", parse(R"({"id":"$"})").release()), -EINVAL);
    EXPECT_EQ(finish(R"({"id":""})"), -EINVAL);
    EXPECT_EQ(finish(R"({"id":"b"})", "a/b"), -EINVAL);
    EXPECT_TRUE(outcomes_.empty());
}

TEST_F(EmbeddedStoreTest, TellsWhatIsThereFirst)
{
    put("cdbg/breakpoints/d/active", R"({"b-1":{"id":"b-1","expressions":["a","b"]},"b-2":{"id":"b-2"}})");
    put("cdbg/breakpoints/other/active/b-3", R"({"id":"b-3"})");
    watch();
    EXPECT_TRUE(told_.empty()); /* nothing from within the call */
    Told told = tell();
    ASSERT_EQ(told.size(), 3u);
    EXPECT_EQ(told[0], R"(set b-1 {"expressions":["a","b"],"id":"b-1"})");
    EXPECT_EQ(told[1], R"(set b-2 {"id":"b-2"})");
    EXPECT_EQ(told[2], "in sync");
}

TEST_F(EmbeddedStoreTest, TellsOfWritesAtEveryDepth)
{
    watch();
    EXPECT_EQ(tell(), Told{"in sync"});
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1","line":1})");
    EXPECT_TRUE(told_.empty());
    EXPECT_EQ(tell(), Told{R"(set b-1 {"id":"b-1","line":1})"});
    put("cdbg/breakpoints/d/active/b-1/condition", "\"x\""); /* deep: the whole breakpoint */
    EXPECT_EQ(tell(), Told{R"(set b-1 {"condition":"x","id":"b-1","line":1})"});
    update("cdbg/breakpoints",
           R"({"d/active/b-1/line":2,"d/active/b-2":{"id":"b-2"},"e/active/b-9":{"id":"b-9"}})");
    EXPECT_EQ(tell().size(), 2u);
    put("cdbg/breakpoints/d/active/b-2", "null");
    EXPECT_EQ(tell(), Told{"removed b-2"});
    put("cdbg/breakpoints/d", "null"); /* the whole debuggee */
    EXPECT_EQ(tell(), Told{"removed b-1"});
    put("", R"({"cdbg":{"breakpoints":{"d":{"active":{"b-5":{"id":"b-5"}}}}}})");
    EXPECT_EQ(tell(), Told{R"(set b-5 {"id":"b-5"})"});
    update("", R"({"cdbg/breakpoints/d/active":null})");
    EXPECT_EQ(tell(), Told{"removed b-5"});
}

TEST_F(EmbeddedStoreTest, TellsNothingOfWhatDidNotChange)
{
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    watch();
    tell();
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    put("cdbg/breakpoints/d/final/b-1", R"({"id":"b-1"})");
    put("cdbg/breakpoints/d2/active/b-1", R"({"id":"b-1","x":1})");
    put("cdbg/breakpoints/d/active/b-7", R"({"id":"b-7"})");
    put("cdbg/breakpoints/d/active/b-7", "null"); /* came and went between two turns of the loop */
    put("cdbg/breakpoints/d/active/b-8", "5");    /* no breakpoint */
    EXPECT_EQ(tell(), Told{});
    put("cdbg/breakpoints/d/active/b-1", "5"); /* none any longer */
    EXPECT_EQ(tell(), Told{"removed b-1"});
}

TEST_F(EmbeddedStoreTest, TellsAgainWhatTheWatcherHadNoMemoryFor)
{
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    num_sets_to_refuse_ = 1;
    watch();
    EXPECT_EQ(tell(), Told{R"(no b-1 {"id":"b-1"})"}) << "it is not in sync";
    put("cdbg/breakpoints/d/active/b-2", R"({"id":"b-2"})"); /* else it would be in some seconds */
    EXPECT_EQ(tell(), (Told{R"(set b-2 {"id":"b-2"})", R"(set b-1 {"id":"b-1"})", "in sync"}));
}

TEST_F(EmbeddedStoreTest, TellsManyBreakpointsInTurns)
{
    for (int i = 0; i < 200; i++)
        put(("cdbg/breakpoints/d/active/b-" + std::to_string(i)).c_str(), R"({"x":1})");
    watch();
    event_base_loop(base_, EVLOOP_ONCE);
    EXPECT_GT(told_.size(), 0u);
    EXPECT_LT(told_.size(), 200u);
    EXPECT_EQ(tell().size(), 201u);
}

TEST_F(EmbeddedStoreTest, MayBeUsedFromWithinItsCallbacks)
{
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    on_told_ = [this] {
        if (told_.size() == 1) {
            EXPECT_EQ(finish(R"({"id":"b-1"})"), 0);
        }
    };
    watch();
    EXPECT_EQ(tell(), (Told{R"(set b-1 {"id":"b-1"})", "removed b-1", "in sync"}));
}

TEST_F(EmbeddedStoreTest, MayEndAWatchFromWithinItsCallbacks)
{
    put("cdbg/breakpoints/d/active", R"({"b-1":{"id":"b-1"},"b-2":{"id":"b-2"}})");
    on_told_ = [this] {
        store_unwatch(store(), watch_);
        watch_ = nullptr;
    };
    watch();
    EXPECT_EQ(tell().size(), 1u);
    put("cdbg/breakpoints/d/active/b-3", R"({"id":"b-3"})");
    EXPECT_EQ(tell(), Told{});

    put("cdbg/breakpoints/d/active", "null");
    watch();
    EXPECT_EQ(tell(), Told{"in sync"});
    EXPECT_EQ(watch_, nullptr);
}

TEST_F(EmbeddedStoreTest, EndsAWatchThatHasSomethingToTell)
{
    watch();
    tell();
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    store_unwatch(store(), watch_);
    watch_ = nullptr;
    EXPECT_EQ(tell(), Told{});
}

TEST_F(EmbeddedStoreTest, UpdatesWhatIsActive)
{
    EXPECT_EQ(store_update(store(), "d", parse(R"({"id":"b-1"})").release()), -ENOENT);
    EXPECT_EQ(get("cdbg/breakpoints"), "null");
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    EXPECT_EQ(store_update(store(), "d", parse(R"({"id":"b-1","status":{"isError":false}})").release()), 0);
    EXPECT_EQ(get("cdbg/breakpoints/d/active/b-1"), R"({"id":"b-1","status":{"isError":false}})");
    EXPECT_EQ(store_update(store(), "d", parse(R"({"id":"b-1","a.b":1})").release()), -EINVAL);
}

TEST_F(EmbeddedStoreTest, FinishesASnapshotOnce)
{
    const char *result =
        R"({"id":"b-1","action":"CAPTURE","location":{"line":1},"stackFrames":[{"function":"f"}],)"
        R"("variableTable":[{"value":"1"}],"evaluatedExpressions":[{"name":"x"}]})";

    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    EXPECT_EQ(finish(result), 0);
    EXPECT_EQ(outcomes_, std::vector<StoreFinish>{STORE_FINISH_DONE});
    EXPECT_EQ(get("cdbg/breakpoints/d/active"), "null");
    Json snapshot = parse(get("cdbg/breakpoints/d/snapshot/b-1"));
    Json final = parse(get("cdbg/breakpoints/d/final/b-1"));
    EXPECT_TRUE(json_is_true(json_object_get(snapshot.get(), "isFinalState")));
    EXPECT_GT(json_integer_value(json_object_get(final.get(), "finalTimeUnixMsec")), 1600000000000);
    for (const char *only : {"stackFrames", "variableTable", "evaluatedExpressions"}) {
        EXPECT_TRUE(json_object_get(snapshot.get(), only)) << only;
        EXPECT_FALSE(json_object_get(final.get(), only)) << only;
        json_object_del(snapshot.get(), only);
    }
    EXPECT_TRUE(json_equal(snapshot.get(), final.get()));

    const std::string before = get("");
    EXPECT_EQ(finish(R"({"id":"b-1","action":"CAPTURE","late":true})"), 0);
    EXPECT_EQ(outcomes_, std::vector<StoreFinish>{STORE_FINISH_LOST_RACE});
    EXPECT_EQ(get(""), before);
}

TEST_F(EmbeddedStoreTest, FinishesALogpointWithoutASnapshot)
{
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1","action":"LOG"})");
    EXPECT_EQ(finish(R"({"id":"b-1","action":"LOG"})"), 0);
    EXPECT_EQ(get("cdbg/breakpoints/d/snapshot"), "null");
    EXPECT_NE(get("cdbg/breakpoints/d/final/b-1"), "null");
}

TEST_F(EmbeddedStoreTest, RejectsAResultThatCannotBeStored)
{
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    EXPECT_EQ(finish(R"({"id":"b-1","labels":{"a.b":"x"}})"), 0);
    EXPECT_EQ(outcomes_, std::vector<StoreFinish>{STORE_FINISH_REJECTED});
    EXPECT_EQ(get("cdbg/breakpoints/d"), R"({"active":{"b-1":{"id":"b-1"}}})");
}

TEST_F(EmbeddedStoreTest, DoesNotTakeAResultThatDoesNotFit)
{
    embedded_store_free(store_);
    open(300000);
    put("cdbg/breakpoints/d/active/b-1", R"({"id":"b-1"})");
    EXPECT_EQ(finish(R"({"id":"b-1","stackFrames":[")" + std::string(1000000, 'x') + "\"]}"), -ENOSPC);
    EXPECT_TRUE(outcomes_.empty());
    EXPECT_EQ(get("cdbg/breakpoints/d"), R"({"active":{"b-1":{"id":"b-1"}}})");
    EXPECT_EQ(finish(R"({"id":"b-1"})"), 0);
    EXPECT_EQ(outcomes_, std::vector<StoreFinish>{STORE_FINISH_DONE});
}

} // namespace
