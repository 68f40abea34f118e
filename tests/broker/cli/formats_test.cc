// Small formats: timestamps, statuses, logpoint messages, tables, and lists that come back as objects.
#include "broker/cli/log_format.h"

#include <gtest/gtest.h>

#include "broker/cli/children.h"
#include "broker/cli/status_message.h"
#include "broker/cli/table.h"
#include "broker/cli/timestamps.h"
#include "tests/broker/cli/testing.hh"

static std::string timestamp(const char *milliseconds)
{
    return take(timestamp_text(json(milliseconds).get()));
}

TEST(Timestamps, AreSecondsOfUtc)
{
    EXPECT_EQ(timestamp("1649962215000"), "2022-04-14T18:50:15Z");
    EXPECT_EQ(timestamp("1649962215999"), "2022-04-14T18:50:15Z");
    EXPECT_EQ(timestamp("1649962215500.25"), "2022-04-14T18:50:15Z");
    EXPECT_EQ(timestamp("1"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(timestamp("-1"), "1969-12-31T23:59:59Z");
    EXPECT_EQ(timestamp("1999.9999999"), "1970-01-01T00:00:02Z");
}

TEST(Timestamps, SayWhatIsNotKnown)
{
    EXPECT_EQ(timestamp("0"), "not set");
    EXPECT_EQ(timestamp("'yesterday'"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(timestamp("1e300"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(timestamp("-1e300"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(timestamp("253402300800000"), "1970-01-01T00:00:00Z"); // the year 10000
}

TEST(Timestamps, AreAddedOnlyWhereTheyAreMissing)
{
    Json object = json("{'aMs': 1649962215000, 'b': 'kept', 'bMs': 1}");

    timestamp_add(object.get(), "a", "aMs");
    timestamp_add(object.get(), "b", "bMs");
    timestamp_add(object.get(), "c", "cMs");
    EXPECT_EQ(dump(object.get()),
              "{'aMs': 1649962215000, 'b': 'kept', 'bMs': 1, 'a': '2022-04-14T18:50:15Z'}");
}

static std::string split(const char *text)
{
    char *format = nullptr;
    json_t *expressions = nullptr;
    const char *problem = nullptr;

    if (log_format_split(text, &format, &expressions, &problem) < 0)
        return problem;
    std::string result = take(format) + " " + dump(expressions);
    json_decref(expressions);
    return result;
}

TEST(LogFormat, IsSplitIntoTextAndExpressions)
{
    EXPECT_EQ(split(""), " []");
    EXPECT_EQ(split("plain"), "plain []");
    EXPECT_EQ(split("a={a}, b={b+1}"), "a=$0, b=$1 ['a', 'b+1']");
    EXPECT_EQ(split("{a}{b}{a}"), "$0$1$0 ['a', 'b']");
    EXPECT_EQ(split("{ {1: {}}[1] }"), "$0 [' {1: {}}[1] ']");
    EXPECT_EQ(split("{}"), "$0 ['']");
    EXPECT_EQ(split("größe {größe}"), "größe $0 ['gr\\u00f6\\u00dfe']");
}

TEST(LogFormat, KeepsDollarsAndDigitsApartFromNumbers)
{
    EXPECT_EQ(split("costs $5"), "costs $$5 []");
    EXPECT_EQ(split("{a}5 {a}x5"), "$0 5 $0x5 ['a']");
    EXPECT_EQ(split("{$a}"), "$0 ['$a']");
}

TEST(LogFormat, SaysWhichBraceIsTooMany)
{
    EXPECT_EQ(split("a}"), "There are too many \"}\" characters in the log format string");
    EXPECT_EQ(split("{a}} {"), "There are too many \"}\" characters in the log format string");
    EXPECT_EQ(split("{a"), "There are too many \"{\" characters in the log format string");
    EXPECT_EQ(split("{{a}"), "There are too many \"{\" characters in the log format string");
}

static std::string merge(const char *format, const char *expressions)
{
    return take(log_format_merge(format, json(expressions).get()));
}

TEST(LogFormat, IsMergedBack)
{
    EXPECT_EQ(merge("a=$0, b=$1", "['a', 'b']"), "a={a}, b={b}");
    EXPECT_EQ(merge("$0$$0 $$$0 $ $x $", "['a']"), "{a}$0 ${a} $ $x $");
    EXPECT_EQ(merge("$1 $10 $99999999999999999999", "['a']"), "$1 $10 $99999999999999999999");
    EXPECT_EQ(merge("$0 $1", "{'0': 'a', '1': 2}"), "{a} {2}");
    EXPECT_EQ(merge("$0", "null"), "$0");
}

static std::string status(const char *parent)
{
    Json object = json(parent);
    StatusMessage message = status_message_read(object.get());
    std::string text = std::string(message.text ? message.text : "(none)") +
                       (message.is_error ? " error" : "") +
                       (status_message_refers_to(&message, "BREAKPOINT_AGE") ? " age" : "");

    status_message_deinit(&message);
    return text;
}

TEST(StatusMessage, FillsInParameters)
{
    EXPECT_EQ(
        status("{'status': {'description': {'format': '$0 of $1, $2 $$1 $x $', 'parameters': ['a', 'b']}}}"),
        "a of b, $2 $1 $x $");
    EXPECT_EQ(status("{'status': {'description': {'format': '$10', 'parameters': ['a', 'b']}}}"), "b0");
    EXPECT_EQ(status("{'status': {'description': {'format': '$0 $1', 'parameters': {'0': 1, '1': null}}}}"),
              "1 None");
}

TEST(StatusMessage, ShowsTheOneParameterThatTheTextHasNoPlaceFor)
{
    EXPECT_EQ(status("{'status': {'description': {'format': 'Only this', 'parameters': ['`a` is b']}}}"),
              "Only this: `a` is b");
    EXPECT_EQ(status("{'status': {'description': {'format': 'Only this', 'parameters': []}}}"), "Only this");
}

TEST(StatusMessage, TellsErrorsAndWhatTheyReferTo)
{
    EXPECT_EQ(status("{}"), "(none)");
    EXPECT_EQ(status("{'status': 'odd'}"), "(none)");
    EXPECT_EQ(status("{'status': {'isError': true, 'refersTo': 'BREAKPOINT_AGE'}}"), "(none) error age");
    EXPECT_EQ(status("{'status': {'isError': false, 'refersTo': 5, 'description': {'format': ''}}}"), "");
}

TEST(Table, AlignsByCharacters)
{
    static const char *const headers[] = {"Name", "ID"};
    Table table = {headers, 2, nullptr, 0};
    TestOutput test;

    for (const char *cell : {"größer", "1", "b", "longer"})
        table_add(&table, strdup(cell));
    table_print(&table, &test.output);
    table_deinit(&table);
    EXPECT_EQ(test.people.text(), "Name    ID    \n"
                                  "------  ------\n"
                                  "größer  1     \n"
                                  "b       longer\n\n");
}

TEST(Table, ShowsItsHeadersWithoutRows)
{
    static const char *const headers[] = {"Name", "ID"};
    Table table = {headers, 2, nullptr, 0};
    TestOutput test;

    table_print(&table, &test.output);
    EXPECT_EQ(test.people.text(), "Name  ID\n----  --\n\n");
}

TEST(Children, ReadArraysAndObjectsAlike)
{
    Json array = json("['a', null, {'b': 1}]"), object = json("{'0': 'a', '2': {'b': 1}}"),
         leaf = json("'text'");

    for (json_t *container : {array.get(), object.get()}) {
        Json as_object(children_object(container)), list(children_list(container));

        EXPECT_EQ(dump(as_object.get()), "{'0': 'a', '2': {'b': 1}}");
        EXPECT_EQ(dump(list.get()), "[{'b': 1}]");
        EXPECT_EQ(dump(children_at(container, 0)), "'a'");
        EXPECT_EQ(children_at(container, 3), nullptr);
        EXPECT_EQ(children_at(container, -1), nullptr);
    }
    EXPECT_EQ(children_count(leaf.get()), 0u);
    EXPECT_EQ(children_object(leaf.get()), nullptr);
    EXPECT_EQ(children_at(nullptr, 0), nullptr);
}
