/* What a stub may do in a session: send any packets in any order, to an app that has a snapshot and a
 * logpoint. The input is packets, each after its length in two bytes. Nothing breaks, and every capture and
 * log entry is counted where it ended. */
#include <cstdint>
#include <cstdlib>
#include <string>

#include "broker/apps/registry.h"
#include "broker/stubs/packet.h"
#include "tests/broker/apps/fake_store.hh"
#include "tests/broker/util/fake_clock.hh"

namespace
{

const MemberLink LINK = {
    [](void *, const Snapshot__BrokerMessage *message) {
        if (snapshot__broker_message__get_packed_size(message) == 0)
            abort();
    },
    [](void *is_refused, const char *, bool) { *static_cast<bool *>(is_refused) = true; },
    [](void *, const Snapshot__BrokerMessage *) { return true; },
};

struct World {
    FakeStore store;
    FakeClock clock;
    Metrics metrics = {};
    Timers *timers = nullptr;
    Redactor *redactor = nullptr;
    Registry *registry = nullptr;
    Arena *arena = nullptr;
    int64_t num_lines = 0;

    World()
    {
        const RedactorOptions redactor_options = {};
        RegistryOptions options = {};

        if (timers_new(&clock.clock, nullptr, nullptr, &timers) < 0 ||
            arena_new(PACKET_MEMORY_BYTES_MAX, &arena) < 0 || redactor_new(&redactor_options, &redactor) < 0)
            abort();
        options.redactor = redactor;
        options.store = &store;
        options.timers = timers;
        options.metrics = &metrics;
        options.link = &LINK;
        options.log_writer = [](void *context, const LogRecord *record) {
            char *lines[] = {log_line_json(record), log_line_text(record)};

            for (char *line : lines) {
                if (!line || std::string(line).find('\n') != std::string(line).size() - 1)
                    abort();
                free(line);
            }
            static_cast<World *>(context)->num_lines += !record->is_notice;
        };
        options.log_context = this;
        options.broker_version = "1";
        snapshot__limits__init(&options.limits);
        options.log_rates = {50, 250, 20480, 40960};
        options.num_breakpoints_max = 10;
        options.waiting_bytes_max = 1 << 20;
        if (registry_new(&options, &registry) < 0)
            abort();
    }

    ~World()
    {
        registry_free(registry);
        redactor_free(redactor);
        timers_free(timers);
        arena_free(arena);
        check();
    }

    int64_t count(Metric metric) const
    {
        return metrics_get(&metrics, metric);
    }

    void check() const
    {
        int64_t dropped = 0;

        for (int metric = METRIC_CAPTURES_DROPPED_LATE; metric <= METRIC_CAPTURES_DROPPED_SHUTDOWN; metric++)
            dropped += count(static_cast<Metric>(metric));
        if (count(METRIC_CAPTURES_RECEIVED) != count(METRIC_CAPTURES_DELIVERED) + dropped +
                                                   count(METRIC_CAPTURES_REJECTED) +
                                                   count(METRIC_CAPTURES_QUEUED) ||
            count(METRIC_LOG_ENTRIES_RECEIVED) != num_lines + count(METRIC_LOG_ENTRIES_DROPPED_LATE) +
                                                      count(METRIC_LOG_ENTRIES_DROPPED_QUOTA) +
                                                      count(METRIC_LOG_ENTRIES_REJECTED))
            abort();
    }

    void tell_breakpoints()
    {
        if (store.watches.empty())
            return;
        std::string debuggee = store.watches.front().debuggee;

        store.set(
            debuggee, "b-1",
            R"({"action": "CAPTURE", "location": {"path": "a.py", "line": 3}, "expressions": ["x", "password"]})");
        store.set(
            debuggee, "b-2",
            R"({"action": "LOG", "location": {"path": "a.py", "line": 3}, "logMessageFormat": "$0 $1 $$"})");
        store.in_sync(debuggee);
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    World world;
    Member *member = nullptr;
    bool is_refused = false, is_told = false;

    while (size >= 2 && !is_refused) {
        size_t length = static_cast<size_t>(data[0]) << 8 | data[1];
        Snapshot__StubMessage *message = nullptr;

        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        if (packet_decode(data, length, world.arena, &message) == 0) {
            if (message->message_case != SNAPSHOT__STUB_MESSAGE__MESSAGE_HELLO && member)
                member_handle(member, message, length);
            else if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_HELLO && !member)
                (void)registry_join(world.registry, message->hello, 1, &is_refused, &member);
        }
        if (!is_told && !world.store.watches.empty()) {
            world.tell_breakpoints();
            is_told = true;
        }
        world.clock.pass_us(10000);
        timers_run(world.timers);
        data += length;
        size -= length;
    }
    member_free(member);
    return 0;
}
