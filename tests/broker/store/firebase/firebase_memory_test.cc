/* Every allocation fails once while a database is found, watched and given a result: what cannot be done at
 * once is done later, without a new beginning. */
#include "broker/store/firebase/firebase_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>

#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/store/firebase/fake_database.hh"

namespace
{

const char *const ACTIVE = "/cdbg/breakpoints/d-1/active.json";

uint32_t no_random()
{
    return 0; /* every wait is over at once */
}

class FirebaseMemoryTest : public FakeDatabase
{
  protected:
    void SetUp() override
    {
        FakeDatabase::SetUp();
        ASSERT_NE(mkdtemp(folder_), nullptr);
        const OutboxOptions outbox = {folder_, 1 << 20, timers_, &metrics_, no_random};
        ASSERT_EQ(outbox_new(&outbox, &outbox_), 0);
        watcher_.set = [](void *context, const char *id, json_t *) {
            static_cast<FirebaseMemoryTest *>(context)->told_ = id;
            return 0;
        };
        watcher_.removed = [](void *, const char *) {};
        watcher_.in_sync = [](void *context) {
            static_cast<FirebaseMemoryTest *>(context)->is_in_sync_ = true;
        };
        answer_ = [this](HttpRequest *request) { answer(request); };
    }

    void TearDown() override
    {
        outbox_free(outbox_);
        FakeDatabase::TearDown();
        EXPECT_EQ(system((std::string("rm -r ") + folder_).c_str()), 0);
    }

    /* The database: what was written at a path is what is read there. */
    void answer(HttpRequest *request)
    {
        const std::string method = http_request_method(request);
        const std::string path = http_request_path(request);
        size_t length = 0;
        const char *body = http_request_body(request, &length);

        if (method == "GET" && path == ACTIVE) {
            const std::string event =
                "event: put\ndata: {\"path\":\"/\",\"data\":{\"" + id_ + "\":{\"action\":\"CAPTURE\"}}}\n\n";

            http_request_begin_stream(request, 200, "text/event-stream; charset=utf-8");
            (void)http_request_send(request, event.data(), event.size());
        } else if (method == "GET") {
            reply(request, 200, values_.count(path) ? values_[path] : "null");
        } else {
            values_[path] = std::string(body ? body : "", length);
            reply(request, 200, method == "PUT" ? values_[path] : "{}");
        }
    }

    /* -ENOMEM: it could not be begun. */
    int open()
    {
        const std::string address = url();
        FirebaseStoreOptions options = {};
        int result;

        options.http = http_;
        options.tokens = &tokens_;
        options.outbox = outbox_;
        options.timers = timers_;
        options.metrics = &metrics_;
        options.random = no_random;
        options.url = address.c_str();
        result = firebase_store_new(&options, &firebase_);
        if (result == 0)
            result = store_watch(firebase_store_interface(firebase_), "d-1", &watcher_, this, &watch_);
        return result;
    }

    void close()
    {
        if (watch_)
            store_unwatch(firebase_store_interface(firebase_), watch_);
        watch_ = nullptr;
        firebase_ = firebase_store_free(firebase_);
    }

    /* As loop_until(), while time flies. */
    void hurry_until(const std::function<bool()> &is_done)
    {
        bool is_over = is_done();

        for (int i = 0; i < 2000 && !is_over; i++) {
            const struct timeval slice = {0, 1000};

            event_base_loopexit(base_, &slice);
            event_base_dispatch(base_);
            if (i > 20)
                clock_.offset_us += 100 * US_PER_MS;
            timers_run(timers_);
            is_over = is_done();
        }
        ASSERT_TRUE(is_over);
    }

    int finish()
    {
        json_t *result =
            json_pack("{s:s,s:s,s:[s]}", "id", id_.c_str(), "action", "CAPTURE", "stackFrames", "f");

        if (!result)
            return -ENOMEM;
        return store_finish(
            firebase_store_interface(firebase_), "d-1", result,
            [](void *context, StoreFinish outcome) {
                static_cast<FirebaseMemoryTest *>(context)->is_delivered_ = outcome == STORE_FINISH_DONE;
            },
            this);
    }

    /* All of it with the allocation @index failing. False: there were fewer. Nothing is left over from the
     * run before: what is allocated when is always the same. */
    bool run(size_t index)
    {
        id_ = "b-" + std::to_string(index);
        values_.clear();
        values_["/cdbg/schema_version.json"] = "\"1\"";
        values_["/cdbg/breakpoints/d-1/active/" + id_ + ".json"] = "{\"id\":\"" + id_ + "\"}";
        told_.clear();
        is_in_sync_ = is_delivered_ = false;

        failing_memory::arm(index);
        if (open() == 0) {
            hurry_until([this] { return is_in_sync_; });
            EXPECT_EQ(told_, id_);
            hurry_until([this] { return finish() == 0; });
            hurry_until([this] { return is_delivered_; });
            clock_.offset_us += 130 * static_cast<uint64_t>(US_PER_S); /* the last look */
            hurry_until([this] { return metrics_get(&metrics_, METRIC_OUTBOX_ENTRIES) == 0; });
        }
        close();
        return failing_memory::disarm() != failing_memory::Failure::NONE;
    }

    char folder_[40] = "/tmp/firebase_memory.XXXXXX";
    std::map<std::string, std::string> values_;
    TokenSource tokens_;
    Outbox *outbox_ = nullptr;
    FirebaseStore *firebase_ = nullptr;
    StoreWatch *watch_ = nullptr;
    StoreWatcher watcher_ = {};
    std::string id_, told_;
    bool is_in_sync_ = false, is_delivered_ = false;
};

TEST_F(FirebaseMemoryTest, WhateverFailsIsDoneLater)
{
    size_t index = 0;

    while (!HasFatalFailure() && run(index))
        index++;
    EXPECT_GT(index, 100u);
    RecordProperty("allocations", static_cast<int>(index));
}

} // namespace
