/* What a stream of events may hold: anything. Parsing ends, wherever the bytes are cut the events are the
 * same, and what is told of breakpoints fits together: nothing is removed that was not set. */
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "broker/store/firebase/live_breakpoints.h"
#include "broker/store/firebase/sse_parser.h"

namespace
{

const size_t EVENT_BYTES_MAX = 4096;

/* The events, "name\0data" each; "!" at the end: the parser has given up. */
std::vector<std::string> parse(const uint8_t *data, size_t size, size_t step)
{
    SseParser *parser = nullptr;
    std::vector<std::string> events;
    int result = 0;

    if (sse_parser_new(EVENT_BYTES_MAX, &parser) < 0)
        abort();
    for (size_t at = 0; at < size && result >= 0; at += step) {
        std::vector<char> piece(data + at, data + (size - at < step ? size : at + step));
        const char *bytes = piece.data();
        size_t length = piece.size();
        SseEvent event;

        while ((result = sse_parser_next(parser, &bytes, &length, &event)) == 1) {
            if (event.length > EVENT_BYTES_MAX || event.data[event.length] != '\0' ||
                strlen(event.name) > SSE_NAME_BYTES_MAX)
                abort();
            events.push_back(std::string(event.name) + '\0' + std::string(event.data, event.length));
        }
    }
    if (result < 0)
        events.push_back("!");
    sse_parser_free(parser);
    return events;
}

void tell(LiveBreakpoints *live, std::map<std::string, bool> &told)
{
    for (;;) {
        char *id = nullptr;
        json_t *breakpoint = nullptr;
        int news = live_breakpoints_next(live, &id, &breakpoint);

        if (news == LIVE_NOTHING)
            return;
        if (news < 0 || (news == LIVE_SET) != (breakpoint != nullptr) || (news == LIVE_REMOVED && !told[id]))
            abort();
        told[id] = news == LIVE_SET;
        free(id);
        json_decref(breakpoint);
    }
}

void apply(LiveBreakpoints *live, const std::string &event)
{
    size_t end = event.find('\0');
    std::string name = event.substr(0, end);
    json_t *json = end == std::string::npos
                       ? nullptr
                       : json_loadb(event.data() + end + 1, event.size() - end - 1, 0, nullptr);
    const char *path = json_string_value(json_object_get(json, "path"));
    const json_t *data = json_object_get(json, "data");

    if (path && data && name == "put")
        (void)live_breakpoints_put(live, path, data);
    else if (path && data && name == "patch")
        (void)live_breakpoints_patch(live, path, data);
    json_decref(json);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    std::vector<std::string> events = parse(data, size, size + 1);
    std::map<std::string, bool> told;
    LiveBreakpoints *live = nullptr;
    json_t *nothing = json_null();

    if (parse(data, size, 1) != events || parse(data, size, 7) != events)
        abort();
    if (live_breakpoints_new(&live) < 0)
        abort();
    for (const std::string &event : events) {
        apply(live, event);
        tell(live, told);
    }
    if (live_breakpoints_put(live, "/", nothing) < 0)
        abort();
    tell(live, told);
    for (const auto &entry : told) {
        if (entry.second) /* it was never told that it is gone */
            abort();
    }
    live_breakpoints_free(live);
    return 0;
}
