/* A store that a test speaks for: it remembers what it was asked, and says what the test wants. */
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "broker/store/store.h"

struct FakeStore : Store {
    struct Finish {
        std::string debuggee;
        json_t *breakpoint;
        StoreFinishCallback callback;
        void *context;
        bool is_told;
    };

    struct Update {
        std::string debuggee;
        json_t *breakpoint;
    };

    FakeStore()
    {
        static const StoreInterface functions = {register_debuggee, watch,  unwatch, update, finish,
                                                 unix_us,           nullptr};

        interface = &functions;
    }

    FakeStore(const FakeStore &) = delete;
    FakeStore &operator=(const FakeStore &) = delete;

    ~FakeStore()
    {
        EXPECT_TRUE(watches.empty()) << "every watch must be ended";
        for (Finish &call : finishes)
            json_decref(call.breakpoint);
        for (Update &call : updates)
            json_decref(call.breakpoint);
    }

    /* ---- what the database does ---- */

    void set(const std::string &debuggee, const std::string &id, const std::string &text)
    {
        json_t *json = json_loads(text.c_str(), JSON_DECODE_ANY, nullptr);

        ASSERT_NE(json, nullptr) << text;
        set(debuggee, id, json);
        json_decref(json);
    }

    void set(const std::string &debuggee, const std::string &id, json_t *json)
    {
        for (StoreWatch *watch : watches_of(debuggee))
            set_result = watch->watcher->set(watch->context, id.c_str(), json);
    }

    void remove(const std::string &debuggee, const std::string &id)
    {
        for (StoreWatch *watch : watches_of(debuggee))
            watch->watcher->removed(watch->context, id.c_str());
    }

    void in_sync(const std::string &debuggee)
    {
        for (StoreWatch *watch : watches_of(debuggee))
            watch->watcher->in_sync(watch->context);
    }

    /* Tells the outcome of a result that was taken. */
    void tell(size_t index, StoreFinish outcome)
    {
        Finish &call = finishes.at(index);

        ASSERT_FALSE(call.is_told);
        call.is_told = true;
        call.callback(call.context, outcome);
    }

    /* ---- what it answers ---- */

    uint64_t now_us = 0; /* by the database's clock; 0: it has none */
    int register_result = 0;
    int watch_result = 0;
    int update_result = 0;
    int finish_result = 0;               /* of store_finish() */
    int finish_capture_result = 0;       /* the same, of what holds a capture */
    bool is_outcome_told_at_once = true; /* from within store_finish(), as the embedded store does */
    StoreFinish outcome_at_once = STORE_FINISH_DONE;

    /* ---- what it was asked ---- */

    int set_result = 0; /* of what was told last */
    std::vector<std::string> registrations;
    std::vector<Update> updates;
    std::vector<Finish> finishes; /* those that were taken */
    int num_finishes_refused = 0;

    struct Watch {
        FakeStore *store;
        std::string debuggee;
        const StoreWatcher *watcher;
        void *context;
    };

    std::list<Watch> watches;

  private:
    using StoreWatch = Watch;

    std::vector<Watch *> watches_of(const std::string &debuggee)
    {
        std::vector<Watch *> found;

        for (Watch &watch : watches) {
            if (watch.debuggee == debuggee)
                found.push_back(&watch);
        }
        EXPECT_FALSE(found.empty()) << "nobody watches " << debuggee;
        return found;
    }

    static FakeStore *self_of(Store *store)
    {
        return static_cast<FakeStore *>(store);
    }

    static int register_debuggee(Store *store, const json_t *debuggee)
    {
        self_of(store)->registrations.push_back(json_string_value(json_object_get(debuggee, "id")));
        return self_of(store)->register_result;
    }

    static uint64_t unix_us(Store *store)
    {
        return self_of(store)->now_us;
    }

    static int watch(Store *store, const char *debuggee_id, const StoreWatcher *watcher, void *context,
                     ::StoreWatch **ret_watch)
    {
        FakeStore *self = self_of(store);

        if (self->watch_result < 0)
            return self->watch_result;
        self->watches.push_back({self, debuggee_id, watcher, context});
        *ret_watch = reinterpret_cast<::StoreWatch *>(&self->watches.back());
        return 0;
    }

    static void unwatch(::StoreWatch *pointer)
    {
        Watch *watch = reinterpret_cast<Watch *>(pointer);

        watch->store->watches.remove_if([=](const Watch &other) { return &other == watch; });
    }

    static int update(Store *store, const char *debuggee_id, json_t *breakpoint)
    {
        self_of(store)->updates.push_back({debuggee_id, breakpoint});
        return self_of(store)->update_result;
    }

    static int finish(Store *store, const char *debuggee_id, json_t *breakpoint, StoreFinishCallback callback,
                      void *context)
    {
        FakeStore *self = self_of(store);
        int result = self->finish_result;

        if (json_object_get(breakpoint, "stackFrames") && self->finish_capture_result < 0)
            result = self->finish_capture_result;
        if (result < 0) {
            self->num_finishes_refused++;
            json_decref(breakpoint);
            return result;
        }
        self->finishes.push_back({debuggee_id, breakpoint, callback, context, self->is_outcome_told_at_once});
        if (self->is_outcome_told_at_once)
            callback(context, self->outcome_at_once);
        return 0;
    }
};
