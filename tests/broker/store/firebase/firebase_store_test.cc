/* The store against a database that is played: watches, registrations, interim statuses, and finding it. */
#include "broker/store/firebase/firebase_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "broker/store/firebase/locator.h"
#include "tests/broker/store/firebase/fake_database.hh"

namespace
{

const char *const STREAM = "GET /cdbg/breakpoints/d-1/active.json";
const char *const SCHEMA = "GET /cdbg/schema_version.json";

uint32_t chosen_random;

uint32_t random_of_test()
{
    return chosen_random;
}

class FirebaseStoreTest : public FakeDatabase
{
  protected:
    void SetUp() override
    {
        FakeDatabase::SetUp();
        chosen_random = 0; /* every wait is over at once */
        ASSERT_NE(mkdtemp(folder_), nullptr);
        const OutboxOptions outbox = {folder_, 1 << 20, timers_, &metrics_, nullptr};
        ASSERT_EQ(outbox_new(&outbox, &outbox_), 0);
        watcher_.set = [](void *context, const char *id, json_t *breakpoint) {
            char *text = json_dumps(breakpoint, JSON_COMPACT | JSON_SORT_KEYS);

            FirebaseStoreTest *self = static_cast<FirebaseStoreTest *>(context);
            bool is_refused = self->num_sets_to_refuse_ > 0;

            self->num_sets_to_refuse_ -= is_refused;
            self->note(std::string(is_refused ? "?" : "+") + id + " " + text);
            free(text);
            return is_refused ? -ENOMEM : 0;
        };
        watcher_.removed = [](void *context, const char *id) {
            static_cast<FirebaseStoreTest *>(context)->note(std::string("-") + id);
        };
        watcher_.in_sync = [](void *context) { static_cast<FirebaseStoreTest *>(context)->note("in sync"); };
        answer_ = [this](HttpRequest *request) { answer(request); };
    }

    void TearDown() override
    {
        if (watch_)
            store_unwatch(store_, watch_);
        firebase_store_free(firebase_);
        outbox_free(outbox_);
        FakeDatabase::TearDown();
        EXPECT_EQ(system((std::string("rm -r ") + folder_).c_str()), 0);
    }

    int open()
    {
        std::string address = url();
        FirebaseStoreOptions options = {};
        int result;

        options.http = http_;
        options.tokens = &tokens_;
        options.outbox = outbox_;
        options.timers = timers_;
        options.metrics = &metrics_;
        options.random = random_of_test;
        options.url = address.c_str();
        result = firebase_store_new(&options, &firebase_);
        if (result == 0)
            store_ = firebase_store_interface(firebase_);
        return result;
    }

    void watch()
    {
        ASSERT_EQ(store_watch(store_, "d-1", &watcher_, this, &watch_), 0);
    }

    void open_and_watch(const std::string &data)
    {
        ASSERT_EQ(open(), 0);
        watch();
        loop_until([this] { return stream_ != nullptr; });
        send_event("put", "{\"path\":\"/\",\"data\":" + data + "}");
        loop_until([this] { return !told_.empty() && told_.back() == "in sync"; });
    }

    void note(const std::string &text)
    {
        told_.push_back(text);
        if (on_note_)
            on_note_();
    }

    /* The database: what the test has put in `places_`, by path; streams; every write is well. */
    void answer(HttpRequest *request)
    {
        std::string path = http_request_path(request);
        bool is_read = strcmp(http_request_method(request), "GET") == 0;

        if (header(request, "accept") == "text/event-stream") {
            begin_stream(request);
        } else if (is_read && path == "/cdbg/schema_version.json") {
            reply(request, 200, schema_);
        } else if (is_read) {
            http_request_add_header(request, "ETag", "tag");
            reply(request, 200, value_);
        } else {
            reply(request, write_status_, write_status_ == 200 ? "{}" : "{\"error\":\"no\"}");
        }
    }

    void register_debuggee()
    {
        json_t *debuggee = json_pack("{s:s,s:s}", "id", "d-1", "description", "x");

        EXPECT_EQ(store_register_debuggee(store_, debuggee), 0);
        json_decref(debuggee);
    }

    int update()
    {
        return store_update(store_, "d-1", json_pack("{s:s,s:s}", "id", "b-1", "status", "s"));
    }

    size_t num_writes() const
    {
        size_t count = 0;

        for (const Asked &asked : asked_)
            count += asked.line.compare(0, 3, "GET") != 0;
        return count;
    }

    char folder_[40] = "/tmp/firebase_store_test.XXXXXX";
    std::string schema_ = "\"1\"";
    std::string value_ = "null";
    int write_status_ = 200;
    int num_sets_to_refuse_ = 0; /* breakpoints for which the watcher has no memory */
    TokenSource tokens_;
    Outbox *outbox_ = nullptr;
    FirebaseStore *firebase_ = nullptr;
    Store *store_ = nullptr;
    StoreWatch *watch_ = nullptr;
    StoreWatcher watcher_ = {};
    std::vector<std::string> told_;
    std::function<void()> on_note_;
};

/* ---- where it is ---- */

TEST_F(FirebaseStoreTest, LooksForTheSchemaFirst)
{
    open_and_watch("null");
    EXPECT_EQ(asked_[0].line, SCHEMA);
    EXPECT_EQ(asked_[1].line, STREAM);
    EXPECT_TRUE(firebase_store_is_reachable(firebase_));
    EXPECT_EQ(firebase_store_problem(firebase_), nullptr);
}

TEST_F(FirebaseStoreTest, WaitsUntilTheDatabaseIsSetUp)
{
    schema_ = "null";
    ASSERT_EQ(open(), 0);
    watch();
    register_debuggee();
    EXPECT_EQ(update(), -ENOENT);
    loop_until([this] { return num_asked(SCHEMA) >= 3; });
    EXPECT_NE(std::string(firebase_store_problem(firebase_)).find("is not set up"), std::string::npos);
    EXPECT_FALSE(firebase_store_is_reachable(firebase_));
    EXPECT_EQ(num_asked(STREAM), 0u);
    schema_ = "\"1\"";
    loop_until([this] { return num_asked(STREAM) == 1 && num_writes() == 1; });
    EXPECT_EQ(firebase_store_problem(firebase_), nullptr);
}

TEST_F(FirebaseStoreTest, FindsADatabaseThatIsAwayAtFirst)
{
    uint16_t port = port_;

    stop_server();
    ASSERT_EQ(open(), 0);
    watch();
    loop_until([this] { return firebase_store_problem(firebase_) != nullptr; });
    start_server(port);
    loop_until([this] { return stream_ != nullptr; });
}

TEST_F(FirebaseStoreTest, FindsADatabaseThatRefusedForLong)
{
    chosen_random = UINT32_MAX;
    for (int status : {403, 404, 429}) {
        size_t before = asked_.size();

        answer_ = [=](HttpRequest *request) { reply(request, status, "{\"error\":\"no\"}"); };
        firebase_ = firebase_store_free(firebase_);
        ASSERT_EQ(open(), 0);
        for (size_t count = 1; count < 12; count++) {
            loop_until([&] { return asked_.size() >= before + count; });
            settle();
            pass_ms(LOCATOR_LAST_MS);
        }
        answer_ = [this](HttpRequest *request) { answer(request); };
        pass_ms(LOCATOR_SOON_LAST_MS);
        loop_until([this] { return firebase_store_is_reachable(firebase_); });
    }
}

TEST_F(FirebaseStoreTest, RefusesAddressesThatAreNone)
{
    FirebaseStoreOptions options = {};

    options.http = http_;
    options.outbox = outbox_;
    options.timers = timers_;
    options.metrics = &metrics_;
    options.url = "http://example.com";
    EXPECT_EQ(firebase_store_new(&options, &firebase_), -EINVAL);
    options.url = nullptr;
    options.project_id = "no.project";
    EXPECT_EQ(firebase_store_new(&options, &firebase_), -EINVAL);
    EXPECT_EQ(firebase_, nullptr);
}

TEST_F(FirebaseStoreTest, AProjectWithoutDefaultDatabasesIsToldAndAskedForAgain)
{
    std::vector<std::string> problems;
    LocatorOptions options = {};
    Locator *locator = nullptr;

    options.rtdb = {http_, &tokens_, timers_, &metrics_, random_of_test, nullptr, 0};
    options.not_found = [](void *context, const char *problem) {
        static_cast<std::vector<std::string> *>(context)->push_back(problem);
    };
    options.context = &problems;
    ASSERT_EQ(locator_new(&options, &locator), 0);
    tokens_.token = "example.com:shop";
    for (size_t num_told = 1; num_told <= 3; num_told++) {
        ASSERT_EQ(tokens_.waiting.size(), 1u);
        tokens_.give();
        EXPECT_EQ(problems.size(), num_told);
        EXPECT_NE(problems.back().find("no project that has a default database"), std::string::npos);
        EXPECT_EQ(locator_problem(locator), problems.back());
        pass_ms(LOCATOR_LAST_MS);
    }
    locator_free(locator);
    EXPECT_TRUE(tokens_.waiting.empty());
}

/* ---- watches ---- */

TEST_F(FirebaseStoreTest, TellsBreakpointsAndThatItIsInSync)
{
    open_and_watch("{\"b-1\":{\"x\":1},\"b-2\":{\"x\":[1,2]}}");
    EXPECT_EQ(told_, (std::vector<std::string>{"+b-1 {\"x\":1}", "+b-2 {\"x\":[1,2]}", "in sync"}));
    told_.clear();
    send_event("put", "{\"path\":\"/b-1\",\"data\":null}");
    send_event("patch", "{\"path\":\"/\",\"data\":{\"b-3/x\":3}}");
    loop_until([this] { return told_.size() == 2; });
    EXPECT_EQ(told_, (std::vector<std::string>{"-b-1", "+b-3 {\"x\":3}"}));
}

TEST_F(FirebaseStoreTest, TellsTheDifferenceAfterAReconnect)
{
    open_and_watch("{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2}}");
    told_.clear();
    end_stream();
    loop_until([this] { return stream_ != nullptr; });
    EXPECT_TRUE(told_.empty());
    send_event("put", "{\"path\":\"/\",\"data\":{\"b-1\":{\"x\":1},\"b-3\":{\"x\":3}}}");
    loop_until([this] { return told_.size() == 3; });
    EXPECT_EQ(told_, (std::vector<std::string>{"-b-2", "+b-3 {\"x\":3}", "in sync"}));
}

TEST_F(FirebaseStoreTest, TellsManyInSeveralTurns)
{
    std::string data = "{";

    for (int i = 0; i < 500; i++)
        data += (i ? ",\"b-" : "\"b-") + std::to_string(i) + "\":{\"x\":1}";
    open_and_watch(data + "}");
    EXPECT_EQ(told_.size(), 501u);
}

TEST_F(FirebaseStoreTest, TellsAgainWhatTheWatcherHadNoMemoryFor)
{
    ASSERT_EQ(open(), 0);
    watch();
    num_sets_to_refuse_ = 1;
    loop_until([this] { return stream_ != nullptr; });
    send_event("put", "{\"path\":\"/\",\"data\":{\"b-1\":{\"x\":1}}}");
    loop_until([this] { return told_.size() == 1; });
    settle();
    EXPECT_EQ(told_, std::vector<std::string>{"?b-1 {\"x\":1}"})
        << "what early captures are for is not known";
    pass_ms(5000);
    loop_until([this] { return told_.size() == 3; });
    EXPECT_EQ(told_[1], "+b-1 {\"x\":1}");
    EXPECT_EQ(told_[2], "in sync");
}

TEST_F(FirebaseStoreTest, AWatchMayBeEndedByItsCallbacks)
{
    ASSERT_EQ(open(), 0);
    watch();
    on_note_ = [this] {
        store_unwatch(store_, watch_);
        watch_ = nullptr;
    };
    loop_until([this] { return stream_ != nullptr; });
    send_event("put", "{\"path\":\"/\",\"data\":{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2}}}");
    loop_until([this] { return stream_ == nullptr; });
    EXPECT_EQ(told_.size(), 1u);
}

TEST_F(FirebaseStoreTest, DoesNotTellAnewWhatHasItsResultAlready)
{
    open_and_watch("{\"b-1\":{\"x\":1}}");
    write_status_ = 503;
    ASSERT_EQ(store_finish(
                  store_, "d-1", json_pack("{s:s,s:s}", "id", "b-1", "action", "CAPTURE"),
                  [](void *, StoreFinish) {}, nullptr),
              0);
    store_unwatch(store_, watch_); /* as after a restart */
    told_.clear();
    watch();
    loop_until([this] { return stream_ != nullptr && num_asked(STREAM) == 2; });
    send_event("put", "{\"path\":\"/\",\"data\":{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2}}}");
    loop_until([this] { return !told_.empty() && told_.back() == "in sync"; });
    EXPECT_EQ(told_, (std::vector<std::string>{"+b-2 {\"x\":2}", "in sync"}));
}

TEST_F(FirebaseStoreTest, TellsAnewWhatHadAResultThatCameToNothing)
{
    open_and_watch("{\"b-1\":{\"x\":1}}");
    write_status_ = 503;
    value_ = "{\"x\":1}";
    ASSERT_EQ(store_finish(
                  store_, "d-1", json_pack("{s:s,s:s}", "id", "b-1", "action", "CAPTURE"),
                  [](void *, StoreFinish) {}, nullptr),
              0);
    store_unwatch(store_, watch_); /* as after a restart */
    told_.clear();
    watch();
    loop_until([this] { return stream_ != nullptr && num_asked(STREAM) == 2; });
    send_event("put", "{\"path\":\"/\",\"data\":{\"b-1\":{\"x\":1}}}");
    loop_until([this] { return !told_.empty(); });
    EXPECT_EQ(told_, std::vector<std::string>{"in sync"});
    write_status_ = 400; /* it is refused for good */
    loop_until([this] { return metrics_get(&metrics_, METRIC_OUTBOX_ENTRIES) == 0; });
    told_.clear();
    end_stream();
    loop_until([this] { return stream_ != nullptr && num_asked(STREAM) == 3; });
    send_event("put", "{\"path\":\"/\",\"data\":{\"b-1\":{\"x\":1}}}");
    loop_until([this] { return !told_.empty() && told_.back() == "in sync"; });
    EXPECT_EQ(told_, (std::vector<std::string>{"+b-1 {\"x\":1}", "in sync"}));
}

/* ---- registrations ---- */

TEST_F(FirebaseStoreTest, WritesADebuggeeThatIsNotThere)
{
    ASSERT_EQ(open(), 0);
    register_debuggee();
    loop_until([this] { return num_writes() == 1; });
    EXPECT_EQ(asked_[1].line, "GET /cdbg/debuggees/d-1/registrationTimeUnixMsec.json");
    EXPECT_EQ(asked_[2].line, "PUT /cdbg/debuggees/d-1.json?print=silent");
    EXPECT_EQ(asked_[2].body, "{\"id\":\"d-1\",\"description\":\"x\",\"registrationTimeUnixMsec\":{\".sv\":"
                              "\"timestamp\"},\"lastUpdateTimeUnixMsec\":{\".sv\":\"timestamp\"}}");
}

TEST_F(FirebaseStoreTest, RefreshesADebuggeeThatIsThere)
{
    value_ = "1795421517651";
    ASSERT_EQ(open(), 0);
    register_debuggee();
    loop_until([this] { return num_writes() == 1; });
    EXPECT_EQ(asked_[2].line, "PUT /cdbg/debuggees/d-1/lastUpdateTimeUnixMsec.json?print=silent");
    EXPECT_EQ(asked_[2].body, "{\".sv\":\"timestamp\"}");
}

TEST_F(FirebaseStoreTest, RegistersUntilItWorks)
{
    write_status_ = 429;
    ASSERT_EQ(open(), 0);
    register_debuggee();
    loop_until([this] { return num_writes() >= 3; });
    write_status_ = 200;
    register_debuggee(); /* it is being tried already */
    settle();
    size_t before = num_writes();
    settle();
    EXPECT_EQ(num_writes(), before);
}

TEST_F(FirebaseStoreTest, RegistersAFewAtATime)
{
    std::vector<HttpRequest *> held;

    ASSERT_EQ(open(), 0);
    loop_until([this] { return firebase_store_is_reachable(firebase_); });
    answer_ = [&](HttpRequest *request) { held.push_back(request); };
    for (int i = 0; i < 30; i++) {
        json_t *debuggee = json_pack("{s:s}", "id", ("d-" + std::to_string(i)).c_str());

        EXPECT_EQ(store_register_debuggee(store_, debuggee), 0);
        json_decref(debuggee);
    }
    settle();
    EXPECT_EQ(held.size(), 8u);
    answer_ = [this](HttpRequest *request) { answer(request); };
    reply(held[0], 500, "");
    for (size_t i = 1; i < held.size(); i++)
        reply(held[i], 200, "null");
    loop_until([this] { return num_writes() == 30; });
}

TEST_F(FirebaseStoreTest, GivesUpARegistrationThatIsRefused)
{
    write_status_ = 400;
    ASSERT_EQ(open(), 0);
    register_debuggee();
    loop_until([this] { return metrics_get(&metrics_, METRIC_STORE_ERRORS) == 1; });
    settle();
    EXPECT_EQ(num_writes(), 1u);
}

/* ---- interim statuses ---- */

TEST_F(FirebaseStoreTest, ReplacesABreakpointThatIsThere)
{
    open_and_watch("null");
    value_ = "{\"id\":\"b-1\"}";
    EXPECT_EQ(update(), 0);
    loop_until([this] { return num_writes() == 1; });
    EXPECT_EQ(asked_.back().line, "PUT /cdbg/breakpoints/d-1/active/b-1.json");
    EXPECT_EQ(asked_.back().if_match, "tag");
    EXPECT_EQ(asked_.back().body, "{\"id\":\"b-1\",\"status\":\"s\"}");
}

TEST_F(FirebaseStoreTest, ABreakpointThatIsDeletedStaysDeleted)
{
    open_and_watch("null");
    EXPECT_EQ(update(), 0); /* nothing is there */
    loop_until([this] { return num_asked("GET /cdbg/breakpoints/d-1/active/b-1.json") == 1; });
    settle();
    EXPECT_EQ(num_writes(), 0u);
}

TEST_F(FirebaseStoreTest, LooksAgainWhenSomebodyElseWasFaster)
{
    open_and_watch("null");
    value_ = "{\"id\":\"b-1\"}";
    write_status_ = 412;
    EXPECT_EQ(update(), 0);
    loop_until([this] { return num_writes() >= 2; });
    value_ = "null";
    settle();
    size_t before = num_writes();
    settle();
    EXPECT_EQ(num_writes(), before);
}

TEST_F(FirebaseStoreTest, TheNewestStatusTakesTheOthersPlace)
{
    open_and_watch("null");
    value_ = "{\"id\":\"b-1\"}";
    EXPECT_EQ(update(), 0);
    EXPECT_EQ(store_update(store_, "d-1", json_pack("{s:s,s:s}", "id", "b-1", "status", "t")), 0);
    loop_until([this] { return num_writes() == 1; });
    settle();
    EXPECT_EQ(num_writes(), 1u);
    EXPECT_EQ(asked_.back().body, "{\"id\":\"b-1\",\"status\":\"t\"}");
}

TEST_F(FirebaseStoreTest, RefusesIdsThatAreNone)
{
    open_and_watch("null");
    EXPECT_EQ(store_update(store_, "d-1", json_pack("{s:s}", "id", "a/b")), -EINVAL);
    EXPECT_EQ(store_update(store_, "d-1", json_pack("{}")), -EINVAL);
    EXPECT_EQ(store_watch(store_, "a.b", &watcher_, this, &watch_), -EINVAL);
}

} // namespace
