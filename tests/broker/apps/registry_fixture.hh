/* A registry with a fake store, a clock that the test turns, and sessions that remember what they are sent.
 */
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "broker/apps/registry.h"
#include "tests/broker/apps/fake_store.hh"
#include "tests/broker/apps/wire.hh"
#include "tests/broker/util/fake_clock.hh"

class RegistryFixture : public testing::Test
{
  protected:
    using Message = std::unique_ptr<Snapshot__BrokerMessage, void (*)(Snapshot__BrokerMessage *)>;
    using Case = Snapshot__BrokerMessage__MessageCase;

    /* A session, from the registry's side of it. */
    struct Stub {
        RegistryFixture *test;
        Member *member = nullptr;
        std::vector<Message> messages;
        std::string refusal;
        bool is_refused = false;
        bool is_refused_for_good = false;

        ~Stub()
        {
            leave();
        }

        void leave()
        {
            member = member_free(member);
        }

        /* The messages of one kind since the last forget(). */
        std::vector<const Snapshot__BrokerMessage *> all(Case message_case) const
        {
            std::vector<const Snapshot__BrokerMessage *> found;

            for (const Message &message : messages) {
                if (message->message_case == message_case)
                    found.push_back(message.get());
            }
            return found;
        }

        std::vector<std::string> set() const
        {
            std::vector<std::string> ids;

            for (auto *message : all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_SET_BREAKPOINT))
                ids.push_back(message->set_breakpoint->breakpoint->id);
            return ids;
        }

        std::vector<std::string> cleared() const
        {
            std::vector<std::string> ids;

            for (auto *message : all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_CLEAR_BREAKPOINT))
                ids.push_back(message->clear_breakpoint->id);
            return ids;
        }

        std::vector<uint64_t> acknowledged() const
        {
            std::vector<uint64_t> sequences;

            for (auto *message : all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_ACKNOWLEDGE))
                sequences.push_back(message->acknowledge->sequence);
            return sequences;
        }

        void forget()
        {
            messages.clear();
        }
    };

    using Ids = std::vector<std::string>;
    using Sequences = std::vector<uint64_t>;

    void SetUp() override
    {
        link_.send = [](void *session, const Snapshot__BrokerMessage *message) {
            static_cast<Stub *>(session)->messages.push_back(copy_of(message));
        };
        link_.refuse = [](void *session, const char *reason, bool is_permanent) {
            Stub *stub = static_cast<Stub *>(session);

            EXPECT_FALSE(stub->is_refused) << "twice";
            stub->is_refused = true;
            stub->refusal = reason;
            stub->is_refused_for_good = is_permanent;
        };
        ASSERT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
        options_.store = &store_;
        options_.timers = timers_;
        options_.metrics = &metrics_;
        options_.link = &link_;
        options_.log_writer = [](void *context, const LogRecord *record) {
            static_cast<RegistryFixture *>(context)->write(record);
        };
        options_.log_context = this;
        options_.broker_version = "1.2.3";
        snapshot__limits__init(&options_.limits);
        options_.limits.max_frames = 20;
        options_.log_rates = {50, 250, 20480, 40960};
        options_.num_breakpoints_max = 10;
        options_.waiting_bytes_max = 1 << 20;
    }

    void start()
    {
        ASSERT_EQ(registry_new(&options_, &registry_), 0);
    }

    void TearDown() override
    {
        for (auto &stub : stubs_)
            stub->leave();
        EXPECT_EQ(registry_free(registry_), nullptr);
        timers_ = timers_free(timers_);
        EXPECT_EQ(count(METRIC_DEBUGGEES), 0);
        EXPECT_EQ(count(METRIC_BREAKPOINTS_ACTIVE), 0);
        EXPECT_EQ(count(METRIC_BREAKPOINTS_ARMED), 0);
        EXPECT_EQ(count(METRIC_STORE_IN_SYNC), 0);
        EXPECT_EQ(count(METRIC_CAPTURES_QUEUED_BYTES), 0);
        expect_conservation();
    }

    /* received = delivered + dropped + rejected + queued. */
    void expect_conservation()
    {
        int64_t dropped = 0;

        for (int metric = METRIC_CAPTURES_DROPPED_LATE; metric <= METRIC_CAPTURES_DROPPED_SHUTDOWN; metric++)
            dropped += count(static_cast<Metric>(metric));
        EXPECT_EQ(count(METRIC_CAPTURES_RECEIVED), count(METRIC_CAPTURES_DELIVERED) + dropped +
                                                       count(METRIC_CAPTURES_REJECTED) +
                                                       count(METRIC_CAPTURES_QUEUED));
        EXPECT_EQ(count(METRIC_LOG_ENTRIES_RECEIVED), num_entries_ + count(METRIC_LOG_ENTRIES_DROPPED_LATE) +
                                                          count(METRIC_LOG_ENTRIES_DROPPED_QUOTA) +
                                                          count(METRIC_LOG_ENTRIES_REJECTED));
    }

    /* A session of the app @module whose first packet says all that is needed. */
    Stub *join(const std::string &module = "shop")
    {
        Snapshot__Fact facts[2];
        Snapshot__Fact *flags[2] = {&facts[0], &facts[1]};
        Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;

        fact(&facts[0], "module", module.c_str());
        fact(&facts[1], "minorversion", "7");
        hello.protocol_version = 1;
        hello.pid = 42;
        hello.flags = flags;
        hello.n_flags = 2;
        return join(hello);
    }

    Stub *join(const Snapshot__Hello &hello, uint32_t pid = 4711)
    {
        stubs_.push_back(std::make_unique<Stub>());
        Stub *stub = stubs_.back().get();

        stub->test = this;
        EXPECT_EQ(registry_join(registry_, &hello, pid, stub, &stub->member) < 0, stub->is_refused);
        return stub;
    }

    static void fact(Snapshot__Fact *ret, const char *name, const char *value)
    {
        snapshot__fact__init(ret);
        ret->name = const_cast<char *>(name);
        ret->value = const_cast<char *>(value);
    }

    static std::string debuggee_of(const Stub *stub)
    {
        auto welcomes = stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME);

        EXPECT_EQ(welcomes.size(), 1u);
        return welcomes.empty() ? "" : welcomes[0]->welcome->debuggee_id;
    }

    static std::string snapshot_at(int line, const std::string &more = "")
    {
        return R"({"action": "CAPTURE", "location": {"path": "a.py", "line": )" + std::to_string(line) + "}" +
               (more.empty() ? "" : ", " + more) + "}";
    }

    static std::string logpoint_at(int line, const std::string &format, const std::string &more = "")
    {
        return R"({"action": "LOG", "location": {"path": "a.py", "line": )" + std::to_string(line) +
               R"(}, "logMessageFormat": ")" + format + "\"" + (more.empty() ? "" : ", " + more) + "}";
    }

    void handle(Stub *stub, Snapshot__StubMessage__MessageCase message_case, void *part)
    {
        Snapshot__StubMessage message = SNAPSHOT__STUB_MESSAGE__INIT;

        message.message_case = message_case;
        message.hello = static_cast<Snapshot__Hello *>(part); /* all members of the union are pointers */
        member_handle(stub->member, &message, snapshot__stub_message__get_packed_size(&message));
    }

    void capture(Stub *stub, const std::string &id, uint64_t sequence, const std::string &function = "f")
    {
        Wire wire;
        Snapshot__Capture message = wire.capture({wire.frame(function, "/app/a.py", 3)});

        message.breakpoint_id = const_cast<char *>(id.c_str());
        message.sequence = sequence;
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE, &message);
    }

    void state(Stub *stub, const std::string &id, Snapshot__BreakpointState__State value,
               const char *status_format = nullptr,
               Snapshot__StatusMessage__RefersTo refers_to =
                   SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION)
    {
        Snapshot__BreakpointState message = SNAPSHOT__BREAKPOINT_STATE__INIT;
        Snapshot__StatusMessage status = SNAPSHOT__STATUS_MESSAGE__INIT;

        message.id = const_cast<char *>(id.c_str());
        message.state = value;
        if (status_format) {
            status.is_error = true;
            status.refers_to = refers_to;
            status.format = const_cast<char *>(status_format);
            message.status = &status;
        }
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_BREAKPOINT_STATE, &message);
    }

    void pass_s(uint64_t seconds)
    {
        pass_us(seconds * US_PER_S);
    }

    /* Time goes on, and what falls due comes in its order. */
    void pass_us(uint64_t us)
    {
        uint64_t end = clock_.now_us + us;

        while (timers_next_us(timers_) <= end) {
            if (timers_next_us(timers_) > clock_.now_us)
                clock_.pass_us(timers_next_us(timers_) - clock_.now_us);
            timers_run(timers_);
        }
        clock_.pass_us(end - clock_.now_us);
    }

    int64_t count(Metric metric) const
    {
        return metrics_get(&metrics_, metric);
    }

    static std::string text_at(const json_t *json, const std::vector<const char *> &path)
    {
        for (const char *name : path)
            json = json_object_get(json, name);
        return json_is_string(json) ? json_string_value(json) : "(none)";
    }

    static std::string status_text(const json_t *breakpoint)
    {
        return text_at(breakpoint, {"status", "description", "format"});
    }

    struct Line {
        std::string severity, message, path, function, breakpoint, insert_id;
        uint32_t line, pid;
        uint64_t num_suppressed;
        bool is_notice;
    };

    void write(const LogRecord *record)
    {
        auto text = [](const char *value) { return std::string(value ? value : ""); };

        lines_.push_back({text(record->severity), text(record->message), text(record->path),
                          text(record->function), text(record->breakpoint_id), text(record->insert_id),
                          record->line, record->pid, record->num_suppressed, record->is_notice});
        num_entries_ += !record->is_notice;
        EXPECT_STRNE(record->debuggee_id, "");
    }

    FakeStore store_;
    FakeClock clock_;
    Timers *timers_ = nullptr;
    Metrics metrics_ = {};
    MemberLink link_ = {};
    RegistryOptions options_ = {};
    Registry *registry_ = nullptr;
    std::deque<std::unique_ptr<Stub>> stubs_;
    std::vector<Line> lines_;
    int64_t num_entries_ = 0;

  private:
    static Message copy_of(const Snapshot__BrokerMessage *message)
    {
        std::vector<uint8_t> packet(snapshot__broker_message__get_packed_size(message));

        snapshot__broker_message__pack(message, packet.data());
        return {
            snapshot__broker_message__unpack(nullptr, packet.size(), packet.data()),
            [](Snapshot__BrokerMessage *copy) { snapshot__broker_message__free_unpacked(copy, nullptr); }};
    }
};
