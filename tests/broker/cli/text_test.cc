#include "broker/cli/text.h"

#include <gtest/gtest.h>

#include "tests/broker/cli/testing.hh"

static std::string printable(const std::string &text, TextLines lines = TEXT_ONE_LINE)
{
    return take(text_printable(text.data(), text.size(), lines));
}

TEST(Text, GrowsAndIsTaken)
{
    Text text = {};

    for (int i = 0; i < 1000; i++)
        text_append_format(&text, "%d,", i % 10);
    text_append_repeated(&text, '-', 3);
    std::string taken = take(text_take(&text));

    EXPECT_EQ(taken.size(), 2003u);
    EXPECT_EQ(taken.substr(1998), "9,---");
    EXPECT_EQ(text.length, 0u);
    EXPECT_EQ(take(text_take(&text)), "");
}

TEST(Text, WritesUtf8OfEveryLength)
{
    Text text = {};

    for (uint32_t code_point : {0x24u, 0xE9u, 0x65E5u, 0x1F600u})
        text_append_utf8(&text, code_point);
    EXPECT_EQ(take(text_take(&text)), "$é日😀");
}

TEST(Text, CountsCharactersNotBytes)
{
    EXPECT_EQ(utf8_count(""), 0u);
    EXPECT_EQ(utf8_count("aé日😀"), 4u);
}

TEST(Text, KnowsWhatIsNotUtf8)
{
    for (std::string good : {"", "a", "é", "日", "😀", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(utf8_is_valid(good.data(), good.size())) << good;
    for (std::string bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                            "\xFF", "a\xE2\x82", "\xF0\x9F\x98z"})
        EXPECT_FALSE(utf8_is_valid(bad.data(), bad.size())) << bad;
}

TEST(Text, LeavesWhatATerminalShowsAlone)
{
    EXPECT_EQ(printable("plain \\ 'quoted' größe 日本 😀"), "plain \\ 'quoted' größe 日本 😀");
}

TEST(Text, KeepsControlCharactersFromTheTerminal)
{
    EXPECT_EQ(printable("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
    EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(printable("\r\n\t\x7f"), "\\r\\n\\t\\x7f");
    EXPECT_EQ(printable("\u009b31m"), "\\x9b31m"); // the one-character form of ESC [
    EXPECT_EQ(printable("if admin\u202e"), "if admin\\u202e");
    EXPECT_EQ(printable("\u2066\u200f"), "\\u2066\\u200f");
}

TEST(Text, ReplacesBytesThatAreNoUtf8)
{
    EXPECT_EQ(printable("a\x9b\x31m"), "a\uFFFD1m");
}

TEST(Text, KeepsLineFeedsOnRequest)
{
    EXPECT_EQ(printable("a\nb\x1b", TEXT_KEEP_LINES), "a\nb\\x1b");
}

TEST(Output, EscapesWhatSlipsThrough)
{
    TestOutput test;

    output_line(&test.output, "a %s", "\x1b[31m\n");
    output_text(&test.output, "b\nc %s", "\x1b[31m");
    output_error(&test.output, "two\nlines");
    output_debug(&test.output, "not shown");
    EXPECT_EQ(test.people.text(), "a \\x1b[31m\\n\nb\nc \\x1b[31m\nsnapdbg: two\\nlines\n");
    EXPECT_EQ(test.data.text(), "");
}

TEST(Output, TellsOfAFullDisk)
{
    Stream people;
    FILE *full = fopen("/dev/full", "w");
    Output output = {people.file, full, false};

    ASSERT_NE(full, nullptr);
    output_json(&output, json("[1]").get(), OUTPUT_FORMAT_JSON);
    EXPECT_EQ(output_flush(&output), -ENOSPC);
    fclose(full);
}
