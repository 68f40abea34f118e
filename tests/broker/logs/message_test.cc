/* The text of log entries, by the rules of the original agent (A42 to A45 of its description). */
#include "broker/logs/message.h"

#include <stdlib.h>

#include <string>

#include <gtest/gtest.h>

#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/apps/wire.hh"

namespace
{

constexpr auto VALUE = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE;
constexpr auto NAME = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME;

class MessageTest : public ::testing::Test
{
  protected:
    /* The message without its prefix. */
    std::string message(const char *format, const Wire::Variables &values = {})
    {
        Snapshot__LogEntry entry = wire_.log_entry(values);
        char *text = nullptr;
        std::string result;

        EXPECT_EQ(message_format(format, &entry, &text), 0);
        result = text ? text : "";
        free(text);
        EXPECT_EQ(result.substr(0, 10), "LOGPOINT: ");
        return result.substr(std::min<size_t>(10, result.size()));
    }

    std::string value(Wire::Variable *variable)
    {
        return message("$0", {variable});
    }

    Wire::Variable *many(size_t num)
    {
        Wire::Variables members;

        for (size_t i = 0; i < num; i++)
            members.push_back(wire_.integer(static_cast<int64_t>(i)));
        return wire_.list(members);
    }

    Wire wire_;
};

TEST_F(MessageTest, A42PrefixComesFirst)
{
    EXPECT_STREQ(MESSAGE_PREFIX, "LOGPOINT: ");
    EXPECT_EQ(message("hello"), "hello");
    EXPECT_EQ(message(""), "");
    EXPECT_EQ(message(nullptr), "");
}

TEST_F(MessageTest, A43DollarsAndParameters)
{
    EXPECT_EQ(message("$ $$ $$$ $$$$ $0 $$0 $$$0 $$$$0 $1 hello", {wire_.integer(12345)}),
              "$ $ $$ $$ 12345 $0 $12345 $$0 <N/A> hello");
}

TEST_F(MessageTest, A43IndexesHaveAnyNumberOfDigits)
{
    Wire::Variables values;

    for (int i = 0; i < 12; i++)
        values.push_back(wire_.integer(i * 100));
    EXPECT_EQ(message("$11 $1 $12 $007 $99999999999999999999999", values), "1100 100 <N/A> 700 <N/A>");
    EXPECT_EQ(message("$1x$", values), "100x$");
}

TEST_F(MessageTest, A44ErrorsAreInTheirPlace)
{
    EXPECT_EQ(value(wire_.status_variable(
                  wire_.status("Exception occurred: $0", {"list index out of range"}, VALUE))),
              "<Exception occurred: list index out of range>");
    EXPECT_EQ(value(wire_.status_variable(
                  wire_.status("Expression could not be compiled: $0", {"invalid syntax"}, NAME))),
              "<Expression could not be compiled: invalid syntax>");
    EXPECT_EQ(value(wire_.status_variable(wire_.status("$0 $1 $$", {"x"}, VALUE))), "<x <N/A> $>");
}

TEST_F(MessageTest, A45SimpleValuesAreTheirRepr)
{
    EXPECT_EQ(value(wire_.text("it's")), "\"it's\"");
    EXPECT_EQ(value(wire_.text("two\nlines")), "'two\\nlines'");
    EXPECT_EQ(value(wire_.none()), "None");
    EXPECT_EQ(value(wire_.real(0.5)), "0.5");
    EXPECT_EQ(value(wire_.literal("2014-06-11 02:30:00")), "2014-06-11 02:30:00");
    EXPECT_EQ(value(wire_.literal("function f")), "function f");
}

TEST_F(MessageTest, A45LongValueIsCut)
{
    EXPECT_EQ(value(wire_.text(std::string(300, 'x'))), "'" + std::string(256, 'x') + "...");
    EXPECT_EQ(value(wire_.list({wire_.text(std::string(300, 'x')), wire_.integer(1)})),
              "['" + std::string(256, 'x') + "..., 1]");
}

TEST_F(MessageTest, A45Containers)
{
    EXPECT_EQ(value(wire_.list({})), "[]");
    EXPECT_EQ(value(wire_.dict({})), "{}");
    EXPECT_EQ(value(wire_.tuple({})), "()");
    EXPECT_EQ(value(wire_.set({})), "{}");
    EXPECT_EQ(value(wire_.list({wire_.integer(1), wire_.text("a")})), "[1, 'a']");
    EXPECT_EQ(value(wire_.tuple({wire_.integer(1)})), "(1)"); /* no comma, as the original */
    EXPECT_EQ(value(wire_.set({wire_.integer(1), wire_.integer(2)})), "{1, 2}");
    EXPECT_EQ(value(wire_.set({wire_.integer(1)}, "frozenset")), "frozenset({1})");
    EXPECT_EQ(value(wire_.dict({wire_.keyed(wire_.text("a"), wire_.integer(1)),
                                wire_.keyed(wire_.tuple({wire_.integer(2)}), wire_.none())})),
              "{'a': 1, (2): None}");
}

TEST_F(MessageTest, A45ObjectIsItsFields)
{
    EXPECT_EQ(value(wire_.object({wire_.named("some", wire_.text("thing"))}, "m.C")), "{'some': 'thing'}");
    EXPECT_EQ(value(wire_.object({}, "m.C")), "<class 'm.C'>");
}

TEST_F(MessageTest, A45ThirdLevelIsTheLast)
{
    Wire::Variable *deepest = wire_.list({wire_.integer(3)});
    Wire::Variable *list =
        wire_.list({wire_.integer(1), wire_.list({wire_.list({wire_.integer(2), deepest}), wire_.integer(4)}),
                    wire_.integer(5)});

    EXPECT_EQ(value(list), "[1, [[2, <class 'list'>], 4], 5]");
    EXPECT_EQ(value(wire_.list({wire_.list({wire_.list({wire_.literal("<class 'm.C'>")})})})),
              "[[[<class 'm.C'>]]]");
    EXPECT_EQ(value(wire_.dict({wire_.keyed(
                  wire_.integer(1),
                  wire_.dict({wire_.keyed(wire_.integer(2),
                                          wire_.dict({wire_.keyed(wire_.integer(3), wire_.dict({}))}))}))})),
              "{1: {2: {3: <class 'dict'>}}}");
}

TEST_F(MessageTest, A45TenItemsThenFive)
{
    EXPECT_EQ(value(many(10)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
    EXPECT_EQ(value(many(11)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]");
    EXPECT_EQ(value(wire_.list({many(5)})), "[[0, 1, 2, 3, 4]]");
    EXPECT_EQ(value(wire_.list({many(6)})), "[[0, 1, 2, 3, 4, ...]]");
}

TEST_F(MessageTest, A45WhatTheStubCutHasDotsToo)
{
    Wire::Variable *cut = many(10);
    Wire::Variable *nothing = wire_.list({});

    cut->num_shown = 10;
    nothing->num_shown = 1;
    EXPECT_EQ(value(cut), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]");
    EXPECT_EQ(value(nothing), "[...]");
}

TEST_F(MessageTest, A45TenItemsOfADictOnEveryLevel)
{
    Wire::Variables items;
    std::string text;

    for (int i = 0; i < 12; i++) {
        items.push_back(wire_.keyed(wire_.integer(i), wire_.none()));
        if (i < 10)
            text += std::to_string(i) + ": None, ";
    }
    EXPECT_EQ(value(wire_.list({wire_.dict(items)})), "[{" + text + "...}]");
}

TEST_F(MessageTest, ValuesThatTheWireDoesNotDescribe)
{
    EXPECT_EQ(value(wire_.reference(3)), "...");
    EXPECT_EQ(value(wire_.variable(SNAPSHOT__VARIABLE__VALUE__NOT_SET)), "...");
    EXPECT_EQ(value(wire_.container(SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE, {wire_.text("x")},
                                    wire_.type("ValueError"))),
              "ValueError('x')");
}

TEST_F(MessageTest, TextOfAnyBytesIsUtf8)
{
    EXPECT_EQ(message("\xff $0", {wire_.literal(std::string("a\0\xed\xb2\x80", 5))}),
              "\xef\xbf\xbd a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_F(MessageTest, ControlCharactersOfTheFormatStay)
{
    EXPECT_EQ(message("a\n\tb"), "a\n\tb");
}

TEST_F(MessageTest, MessageIsBounded)
{
    std::string format;
    std::string text;

    for (int i = 0; i < 1000; i++)
        format += "$0";
    text = message(format.c_str(), {wire_.text(std::string(250, 'x'))});
    EXPECT_EQ(text.size(), MESSAGE_CHARS_MAX + 1 + 3 - std::string(MESSAGE_PREFIX).size());
    EXPECT_EQ(text.substr(text.size() - 4), "x...");
}

TEST_F(MessageTest, EveryFailedAllocationIsTold)
{
    Snapshot__LogEntry entry = wire_.log_entry({wire_.text("x"), wire_.real(1.5)});

    failing_memory::expect_every_failure_is_told([&] {
        char *text = nullptr;
        int result = message_format("a $0 $1", &entry, &text);

        free(text);
        return result;
    });
}

} // namespace
