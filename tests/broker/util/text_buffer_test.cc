#include "broker/util/text_buffer.h"

#include <gtest/gtest.h>
#include <jansson.h>

#include <cstdlib>
#include <string>

namespace
{

std::string taken(TextBuffer *buffer)
{
    char *text = text_buffer_take(buffer);
    std::string result = text ? text : "(null)";

    free(text);
    return result;
}

std::string json_of(const std::string &text)
{
    TextBuffer buffer = {};

    text_buffer_add_json(&buffer, text.data(), text.size());
    return taken(&buffer);
}

std::string printable_of(const std::string &text)
{
    TextBuffer buffer = {};

    text_buffer_add_printable(&buffer, text.data(), text.size());
    return taken(&buffer);
}

TEST(TextBuffer, Grows)
{
    TextBuffer buffer = {};
    std::string expected;

    for (int i = 0; i < 1000; i++) {
        text_buffer_printf(&buffer, "%d,", i);
        expected += std::to_string(i) + ",";
    }
    EXPECT_EQ(buffer.length, expected.size());
    EXPECT_EQ(taken(&buffer), expected);
    EXPECT_EQ(taken(&buffer), "") << "it is empty again";
}

TEST(TextBuffer, EscapesForJson)
{
    EXPECT_EQ(json_of(""), "\"\"");
    EXPECT_EQ(json_of("plain"), "\"plain\"");
    EXPECT_EQ(json_of("a\"b\\c\nd\te\x7f"), R"("a\"b\\c\nd\u0009e\u007f")");
    EXPECT_EQ(json_of(std::string("\0", 1)), R"("\u0000")");
    EXPECT_EQ(json_of("caf\xc3\xa9 \xf0\x9f\x90\x8d"), "\"caf\xc3\xa9 \xf0\x9f\x90\x8d\"");
}

TEST(TextBuffer, ReplacesWhatIsNoUtf8)
{
    EXPECT_EQ(json_of("a\xff"
                      "b"),
              "\"a\xef\xbf\xbd"
              "b\"");
    EXPECT_EQ(json_of("cut \xe2\x82"), "\"cut \xef\xbf\xbd\xef\xbf\xbd\"");
    EXPECT_EQ(json_of("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"") << "a surrogate";
}

TEST(TextBuffer, EveryByteMakesJsonThatParses)
{
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            std::string text = json_of({static_cast<char>(first), static_cast<char>(second)});
            json_t *parsed = json_loads(text.c_str(), JSON_DECODE_ANY | JSON_ALLOW_NUL, nullptr);

            ASSERT_NE(parsed, nullptr) << text;
            json_decref(parsed);
        }
    }
}

TEST(TextBuffer, MakesControlCharactersVisible)
{
    EXPECT_EQ(printable_of("a\x1b[2J\r\n\tb \"q\" \\"), "a\\x1b[2J\\r\\n\\tb \"q\" \\");
    EXPECT_EQ(printable_of("\xc2\x9b[2J \xc2\xa0 \xc3\xa9"), "\\x9b[2J \xc2\xa0 \xc3\xa9");
}

TEST(Utf8Length, KnowsWhatIsACharacter)
{
    auto length = [](const std::string &text) { return utf8_length(text.data(), text.size()); };

    EXPECT_EQ(length(""), 0u);
    EXPECT_EQ(length("a"), 1u);
    EXPECT_EQ(length("\xc3\xa9"), 2u);
    EXPECT_EQ(length("\xe2\x82\xac"), 3u);
    EXPECT_EQ(length("\xf0\x9f\x90\x8d"), 4u);
    EXPECT_EQ(length("\xf4\x8f\xbf\xbf"), 4u);
    for (const char *bad :
         {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf",
          "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
        EXPECT_EQ(length(bad), 0u) << bad;
}

} // namespace
