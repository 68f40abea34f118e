#include "broker/cli/breakpoints.h"

#include <gtest/gtest.h>

#include "broker/cli/debuggees.h"
#include "tests/broker/cli/testing.hh"

static std::string location(const char *text)
{
    json_t *parsed = nullptr;

    if (breakpoint_location_parse(text, &parsed) < 0)
        return "wrong";
    Json owned(parsed);
    return dump(owned.get());
}

TEST(Breakpoints, ReadLocations)
{
    EXPECT_EQ(location("a.py:1"), "{'path': 'a.py', 'line': 1}");
    EXPECT_EQ(location("dir/a b.py:2147483647"), "{'path': 'dir/a b.py', 'line': 2147483647}");
    for (const char *wrong : {"", "a.py", ":1", "a.py:", "a.py:0", "a.py:01", "a.py:-1", "a.py:1x",
                              "a.py:1:2", "a.py: 1", "a.py:2147483648", "a.py:99999999999999999999"})
        EXPECT_EQ(location(wrong), "wrong") << wrong;
}

TEST(Breakpoints, ShowLocations)
{
    EXPECT_EQ(take(breakpoint_location_text(json("{'path': 'a\\u001b.py', 'line': 3}").get())),
              "a\\x1b.py:3");
    EXPECT_EQ(breakpoint_location_text(json("{'path': 'a.py'}").get()), nullptr);
    EXPECT_EQ(breakpoint_location_text(nullptr), nullptr);
}

TEST(Breakpoints, AreCompleted)
{
    Json minimal = json("{'location': {'path': 'a.py', 'line': 1}}");

    EXPECT_TRUE(breakpoint_normalize(minimal.get(), "b-1"));
    EXPECT_EQ(dump(minimal.get()),
              "{'location': {'path': 'a.py', 'line': 1}, 'id': 'b-1', 'action': 'CAPTURE', "
              "'isFinalState': false, 'createTimeUnixMsec': 0, 'userEmail': 'unknown', "
              "'createTime': 'not set'}");
}

TEST(Breakpoints, FinalOnesAndLogpointsHaveMore)
{
    Json logpoint =
        json("{'id': 'x', 'location': {'path': 'a.py', 'line': 1}, 'action': 'LOG', 'isFinalState': true, "
             "'logMessageFormat': 'a=$0', 'expressions': ['a']}");

    EXPECT_TRUE(breakpoint_normalize(logpoint.get(), "b-1"));
    EXPECT_STREQ(json_string_value(json_object_get(logpoint.get(), "id")), "x");
    EXPECT_STREQ(json_string_value(json_object_get(logpoint.get(), "finalTime")), "not set");
    EXPECT_STREQ(json_string_value(json_object_get(logpoint.get(), "logLevel")), "INFO");
    EXPECT_STREQ(json_string_value(json_object_get(logpoint.get(), "logMessageFormatString")), "a={a}");
}

TEST(Breakpoints, OddShapesAreNoBreakpoints)
{
    for (const char *odd :
         {"null", "true", "'text'", "[]", "{}", "{'id': 'b'}", "{'id': 'b', 'location': true}",
          "{'id': 'b', 'location': {'path': 'a.py'}}", "{'id': 'b', 'location': ['path', 'line']}"}) {
        Json value = json(odd);

        EXPECT_FALSE(breakpoint_normalize(value.get(), "b-1")) << odd;
    }
    EXPECT_FALSE(breakpoint_normalize(nullptr, "b-1"));
    EXPECT_FALSE(breakpoint_normalize(json("{'location': {'path': 'a.py', 'line': 1}}").get(), nullptr));
}

TEST(Breakpoints, StateOfSnapshots)
{
    EXPECT_STREQ(breakpoint_snapshot_state(json("{'status': {'isError': true}}").get()), "ACTIVE");
    EXPECT_STREQ(breakpoint_snapshot_state(json("{'isFinalState': true}").get()), "COMPLETED");
    EXPECT_STREQ(breakpoint_snapshot_state(json("{'isFinalState': true, 'status': {'isError': true}}").get()),
                 "FAILED");
    EXPECT_STREQ(
        breakpoint_snapshot_state(
            json("{'isFinalState': true, 'status': {'isError': true, 'refersTo': 'BREAKPOINT_AGE'}}").get()),
        "EXPIRED");
}

static std::string logpoint_state(const char *logpoint)
{
    return take(breakpoint_logpoint_state(json(logpoint).get()));
}

TEST(Breakpoints, StateOfLogpoints)
{
    EXPECT_EQ(logpoint_state("{'isFinalState': false}"), "ACTIVE");
    EXPECT_EQ(logpoint_state("{'isFinalState': true}"), "COMPLETED");
    EXPECT_EQ(
        logpoint_state("{'isFinalState': true, 'status': {'isError': true, 'refersTo': 'BREAKPOINT_AGE'}}"),
        "EXPIRED");
    EXPECT_EQ(logpoint_state("{'isFinalState': true, 'status': {'isError': true}}"),
              "FAILED: Unknown failure reason");
    EXPECT_EQ(logpoint_state("{'isFinalState': true, 'status': {'isError': true, 'refersTo': "
                             "'BREAKPOINT_SOURCE_LOCATION', 'description': {'format': 'no\\ncode'}}}"),
              "SOURCE_LOCATION: no\\ncode");
}

constexpr int64_t kHourMs = 3600 * 1000;
constexpr int64_t kNowMs = 1795421517651;

static Json debuggee(const std::string &id, int64_t idle_ms, const std::string &more = "")
{
    Json value = json("{'id': '" + id + "', 'lastUpdateTimeUnixMsec': " + std::to_string(kNowMs - idle_ms) +
                      more + "}");

    EXPECT_TRUE(debuggee_normalize(value.get(), kNowMs));
    return value;
}

TEST(Debuggees, AreCompleted)
{
    Json minimal = json("{'id': 'd-1'}");

    EXPECT_TRUE(debuggee_normalize(minimal.get(), kNowMs));
    EXPECT_EQ(dump(minimal.get()),
              "{'id': 'd-1', 'description': '', 'displayName': 'default - ', 'activeDebuggeeEnabled': false, "
              "'registrationTimeUnixMsec': 0, 'lastUpdateTimeUnixMsec': 0, 'registrationTime': 'not set', "
              "'lastUpdateTime': 'not set', 'isActive': false, 'isStale': true}");
}

TEST(Debuggees, OddShapesAreNoDebuggees)
{
    for (const char *odd : {"null", "'text'", "[]", "{}", "{'description': 'no id'}"})
        EXPECT_FALSE(debuggee_normalize(json(odd).get(), kNowMs)) << odd;
}

TEST(Debuggees, StateIsTheAgeOfTheLastSignOfLife)
{
    EXPECT_STREQ(debuggee_state(debuggee("d", 0).get()), "ACTIVE");
    EXPECT_STREQ(debuggee_state(debuggee("d", 6 * kHourMs).get()), "ACTIVE");
    EXPECT_STREQ(debuggee_state(debuggee("d", 6 * kHourMs + 1).get()), "INACTIVE");
    EXPECT_STREQ(debuggee_state(debuggee("d", 7 * 24 * kHourMs).get()), "INACTIVE");
    EXPECT_STREQ(debuggee_state(debuggee("d", 7 * 24 * kHourMs + 1).get()), "STALE");
    Json silent = json("{'id': 'd-1'}");
    EXPECT_TRUE(debuggee_normalize(silent.get(), kNowMs));
    EXPECT_STREQ(debuggee_state(silent.get()), "UNKNOWN");
}

TEST(Debuggees, TheLatestComesFirst)
{
    Records records = {};
    std::string order;
    int number = 0;

    for (const Json &value :
         {debuggee("d", 5), debuggee("d", 1, ", 'labels': {'module': 'a'}"), debuggee("d", 9),
          debuggee("d", 1, ", 'labels': {'module': 'b'}"), debuggee("d", 5)})
        records_add(&records, std::to_string(number++).c_str(), value.get());
    debuggees_sort(&records);
    for (size_t i = 0; i < records.count; i++)
        order += records.items[i].key;
    records_deinit(&records);
    EXPECT_EQ(order, "31042");
}
