/* A database in memory, with the link of an outbox to it: what the embedded store's REST face would do, on
 * the test's command. Requests wait until the test answers them, unless it says otherwise. */
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "broker/store/outbox/outbox.h"
#include "tests/broker/store/embedded/testing.hh"

namespace outbox_test
{

using testing_store::Json;

struct SimulatedDatabase {
    struct Request {
        std::string method;
        std::string path;
        Json body;
        std::string if_match;
        OutboxDone done;
        void *done_context;
    };

    /* "cdbg/breakpoints/d/active/b" and so on, as text. */
    std::map<std::string, std::string> values;
    std::list<Request> requests; /* not answered yet */
    std::deque<std::string> log; /* "PUT snapshot/b" */
    unsigned num_cancelled = 0;
    unsigned num_kept = 0; /* answers that somebody held on to */
    /* Around each call of done(). */
    std::function<void(const std::function<void()> &)> guard = [](const std::function<void()> &call) {
        call();
    };
    int send_result = 0;

    static const OutboxLink *link()
    {
        static const OutboxLink functions = {send, cancel};

        return &functions;
    }

    static std::string place(const std::string &path)
    {
        const std::string prefix = "cdbg/breakpoints/d-1";

        if (path == prefix)
            return "";
        return path.compare(0, prefix.size() + 1, prefix + "/") == 0 ? path.substr(prefix.size() + 1) : path;
    }

    std::string get(const std::string &place) const
    {
        auto found = values.find(place);

        return found == values.end() ? "null" : found->second;
    }

    /* The first request takes place; its answer. */
    std::pair<OutboxResult, std::string> apply(const Request &request)
    {
        const std::string at = place(request.path);
        const size_t mark = at.rfind("/" OUTBOX_MARK_KEY);

        if (request.method == "GET" && mark != std::string::npos) {
            Json record = testing_store::parse(get(at.substr(0, mark)));
            json_t *value = json_object_get(record.get(), OUTBOX_MARK_KEY);

            return {OUTBOX_DONE, value ? dump(value) : "null"};
        }
        if (request.method == "GET")
            return {OUTBOX_DONE, get(at)};
        if (!request.if_match.empty() && request.if_match != etag_of(get(at)))
            return {OUTBOX_CONFLICT, get(at)};
        if (request.method == "PUT") {
            values[at] = dump(request.body.get());
            return {OUTBOX_DONE, values[at]};
        }
        if (request.method == "DELETE") {
            values.erase(at);
            return {OUTBOX_DONE, "null"};
        }
        const char *key;
        json_t *member;
        json_object_foreach(request.body.get(), key, member)
        {
            if (json_is_null(member))
                values.erase(key);
            else
                values[key] = dump(member);
        }
        return {OUTBOX_DONE, ""};
    }

    /* Answers the oldest request with what it does. */
    void answer()
    {
        Request request = take();
        auto [result, text] = apply(request);

        tell(request, result, text, 0);
    }

    /* It does nothing, or it does what it is to, and nobody hears of it. */
    void fail(OutboxResult result = OUTBOX_FAILED, uint64_t retry_after_ms = 0)
    {
        tell(take(), result, "", retry_after_ms);
    }
    void lose()
    {
        Request request = take();

        (void)apply(request);
        tell(request, OUTBOX_FAILED, "", 0);
    }
    void answer_with(OutboxResult result, const std::string &text)
    {
        tell(take(), result, text, 0);
    }

    static std::string dump(const json_t *json)
    {
        char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        std::string result = text ? text : "";

        free(text);
        return result;
    }

  private:
    static std::string etag_of(const std::string &text)
    {
        return text == "null" ? "null_etag" : std::to_string(std::hash<std::string>()(text));
    }

    Request take()
    {
        EXPECT_FALSE(requests.empty());
        Request request = std::move(requests.front());

        requests.pop_front();
        return request;
    }

    void tell(const Request &request, OutboxResult result, const std::string &text, uint64_t retry_after_ms)
    {
        Json value = text.empty() ? nullptr : testing_store::parse(text);
        const std::string etag = etag_of(get(place(request.path)));
        const OutboxAnswer told = {result, value.get(), etag.c_str(), retry_after_ms, ""};

        guard([&] { request.done(request.done_context, &told); });
        num_kept += json_is_object(value.get()) && value.get()->refcount > 1;
    }

    static int send(void *context, const OutboxRequest *request, OutboxDone done, void *done_context,
                    void **ret_call)
    {
        auto *self = static_cast<SimulatedDatabase *>(context);

        if (self->send_result < 0)
            return self->send_result;
        self->log.push_back(std::string(request->method) + " " + place(request->path));
        self->requests.push_back({request->method, request->path,
                                  Json(json_incref(const_cast<json_t *>(request->body))),
                                  request->if_match ? request->if_match : "", done, done_context});
        *ret_call = &self->requests.back();
        return 0;
    }

    static void cancel(void *context, void *call)
    {
        auto *self = static_cast<SimulatedDatabase *>(context);

        self->num_cancelled++;
        self->requests.remove_if([call](const Request &request) { return &request == call; });
    }
};

} // namespace outbox_test
