#include "broker/apps/text.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tests/broker/apps/failing_memory.hh"

namespace
{

class TextTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        text_init(&text_);
    }

    void TearDown() override
    {
        text_deinit(&text_);
    }

    std::string take()
    {
        char *taken = text_take(&text_);
        std::string result = taken ? taken : "(no memory)";

        free(taken);
        return result;
    }

    std::string repr_str(const std::string &value, bool is_cut = false)
    {
        text_append_repr_str(&text_, value.data(), value.size(), is_cut);
        return take();
    }

    std::string repr_bytes(const std::string &value, bool is_bytearray = false)
    {
        text_append_repr_bytes(&text_, value.data(), value.size(), false, is_bytearray);
        return take();
    }

    std::string repr_float(double value)
    {
        text_append_repr_float(&text_, value);
        return take();
    }

    std::string repr_complex(double real, double imaginary)
    {
        text_append_repr_complex(&text_, real, imaginary);
        return take();
    }

    std::string repr_big_int(const std::string &magnitude, bool is_negative = false)
    {
        text_append_repr_big_int(&text_, magnitude.data(), magnitude.size(), is_negative);
        return take();
    }

    std::string clean(const std::string &value)
    {
        text_append_clean(&text_, value.data(), value.size());
        return take();
    }

    /* The repr of @value as a value of at most @max_chars. */
    std::string limited(const std::string &value, size_t max_chars, bool is_cut = false)
    {
        TextLimit limit = text_begin_value(&text_, max_chars);

        text_append_repr_str(&text_, value.data(), value.size(), is_cut);
        text_end_value(&text_, limit);
        return take();
    }

    Text text_;
};

TEST_F(TextTest, EmptyTextIsAString)
{
    EXPECT_STREQ(text_string(&text_), "");
    EXPECT_EQ(text_len_bytes(&text_), 0u);
    EXPECT_EQ(take(), "");
}

TEST_F(TextTest, StrIsQuotedAsPythonDoes)
{
    EXPECT_EQ(repr_str(""), "''");
    EXPECT_EQ(repr_str("hello"), "'hello'");
    EXPECT_EQ(repr_str("it's"), "\"it's\"");
    EXPECT_EQ(repr_str("say \"hi\""), "'say \"hi\"'");
    EXPECT_EQ(repr_str("it's \"hi\""), "'it\\'s \"hi\"'");
}

TEST_F(TextTest, StrEscapesWhatIsNotPrintable)
{
    EXPECT_EQ(repr_str("a\n\r\t\\b"), "'a\\n\\r\\t\\\\b'");
    EXPECT_EQ(repr_str(std::string("\0\x1b\x7f", 3)), "'\\x00\\x1b\\x7f'");
    EXPECT_EQ(repr_str("\xc2\xa0\xc2\xad"), "'\\xa0\\xad'");  /* no-break space, soft hyphen */
    EXPECT_EQ(repr_str("\xe2\x80\xa8"), "'\\u2028'");         /* line separator */
    EXPECT_EQ(repr_str("\xf3\xa0\x80\x81"), "'\\U000e0001'"); /* language tag */
    EXPECT_EQ(repr_str("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'");
}

TEST_F(TextTest, LoneSurrogatesAreEscapedSoThatTheResultIsUtf8)
{
    EXPECT_EQ(repr_str("a\xed\xb2\x80z"), "'a\\udc80z'");
    EXPECT_EQ(repr_str("\xed\xa0\xbd\xed\xb8\x80"), "'\\ud83d\\ude00'");
}

TEST_F(TextTest, WhatIsNoUtf8IsReplaced)
{
    EXPECT_EQ(repr_str("a\xff\x80"), "'a\xef\xbf\xbd\xef\xbf\xbd'");
    EXPECT_EQ(repr_str("\xc0\xaf"), "'\xef\xbf\xbd\xef\xbf\xbd'");         /* overlong */
    EXPECT_EQ(repr_str("\xf4\x90\x80\x80").substr(0, 4), "'\xef\xbf\xbd"); /* past U+10FFFF */
    EXPECT_EQ(repr_str("abc\xe2\x82"), "'abc\xef\xbf\xbd\xef\xbf\xbd'");   /* ends too early */
}

TEST_F(TextTest, TextThatWasCutInACharacterLosesItAndStaysOpen)
{
    EXPECT_EQ(limited("abc\xe2\x82", 256, true), "'abc...");
    EXPECT_EQ(limited("abc\xf0", 256, true), "'abc...");
    EXPECT_EQ(limited("abc\xe2\x82\xac", 256, true), "'abc\xe2\x82\xac...");
    EXPECT_EQ(limited("", 256, true), "'...");
}

/* A29 */
TEST_F(TextTest, LongValueIsCutAfterOneCharacterMoreThanTheLimit)
{
    EXPECT_EQ(limited("123456789", 8), "'12345678...");
    EXPECT_EQ(limited("123456", 8), "'123456'");
    EXPECT_EQ(limited("1234567", 8), "'1234567'..."); /* the closing quote is the ninth character */
    EXPECT_EQ(limited("x", 0), "'...");
}

TEST_F(TextTest, LimitCountsCharactersNotBytes)
{
    EXPECT_EQ(limited("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 3),
              "'\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac...");
    EXPECT_EQ(limited("\n\n\n", 3), "'\\n\\...");
}

TEST_F(TextTest, LimitsNest)
{
    TextLimit outer = text_begin_value(&text_, 10);
    TextLimit inner;

    text_append(&text_, "ab");
    inner = text_begin_value(&text_, 2);
    text_append(&text_, "cdefgh");
    text_end_value(&text_, inner);
    text_append(&text_, "ij");
    EXPECT_FALSE(text_is_full(&text_));
    EXPECT_STREQ(text_string(&text_), "abcde...ij");
    inner = text_begin_value(&text_, 50);
    text_append(&text_, "klmnop");
    text_end_value(&text_, inner);
    EXPECT_TRUE(text_is_full(&text_));
    text_end_value(&text_, outer);
    EXPECT_EQ(take(), "abcde...ijk...");
}

TEST_F(TextTest, InnerCutDoesNotCutTheOuterValue)
{
    TextLimit outer = text_begin_value(&text_, 100);
    TextLimit inner = text_begin_value(&text_, 100);

    text_append_repr_str(&text_, "ab", 2, true);
    text_end_value(&text_, inner);
    text_append(&text_, ", 1");
    text_end_value(&text_, outer);
    EXPECT_EQ(take(), "'ab..., 1");
}

TEST_F(TextTest, BytesAreEscapedByByte)
{
    EXPECT_EQ(repr_bytes("abc"), "b'abc'");
    EXPECT_EQ(repr_bytes("\xe2\x82\n'"), "b\"\\xe2\\x82\\n'\"");
    EXPECT_EQ(repr_bytes(std::string("\0\"'", 3)), "b'\\x00\"\\''");
    EXPECT_EQ(repr_bytes("ab", true), "bytearray(b'ab')");
    EXPECT_EQ(repr_bytes("", true), "bytearray(b'')");
    EXPECT_EQ(repr_bytes("it's", true), "bytearray(b\"it\\'s\")");
}

TEST_F(TextTest, BytesThatWereCutStayOpen)
{
    TextLimit limit = text_begin_value(&text_, 256);

    text_append_repr_bytes(&text_, "ab", 2, true, true);
    text_end_value(&text_, limit);
    EXPECT_EQ(take(), "bytearray(b'ab...");
}

TEST_F(TextTest, IntegersOfAnySize)
{
    text_append_repr_int(&text_, std::numeric_limits<int64_t>::min());
    EXPECT_EQ(take(), "-9223372036854775808");
    EXPECT_EQ(repr_big_int(std::string(8, '\0') + "\x01"), "18446744073709551616");
    EXPECT_EQ(repr_big_int(std::string(8, '\0') + "\x01", true), "-18446744073709551616");
    EXPECT_EQ(repr_big_int(""), "0");
    EXPECT_EQ(repr_big_int(std::string(3, '\0'), true), "0");
    EXPECT_EQ(repr_big_int(std::string("\x0a\0\0", 3)), "10");
}

TEST_F(TextTest, IntegerTooLongForDecimalIsHexadecimal)
{
    std::string magnitude(TEXT_DECIMAL_BYTES_MAX, '\xab');

    EXPECT_EQ(repr_big_int(magnitude).size(), 4932u);
    magnitude += '\x05';
    EXPECT_EQ(repr_big_int(magnitude, true).substr(0, 8), "-0x5abab");
    EXPECT_EQ(repr_big_int(magnitude).size(), 3 + 2u * TEXT_DECIMAL_BYTES_MAX);
}

TEST_F(TextTest, FloatsHaveTheShortestDigits)
{
    EXPECT_EQ(repr_float(0.1), "0.1");
    EXPECT_EQ(repr_float(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(repr_float(1e16), "1e+16");
    EXPECT_EQ(repr_float(1e15), "1000000000000000.0");
    EXPECT_EQ(repr_float(123456789012345680.0), "1.2345678901234568e+17");
    EXPECT_EQ(repr_float(0.0001), "0.0001");
    EXPECT_EQ(repr_float(0.00001), "1e-05");
    EXPECT_EQ(repr_float(1.5e300), "1.5e+300");
    EXPECT_EQ(repr_float(5e-324), "5e-324");
    EXPECT_EQ(repr_float(std::ldexp(1, -44)), "5.684341886080802e-14");
    EXPECT_EQ(repr_float(-0.0), "-0.0");
    EXPECT_EQ(repr_float(INFINITY), "inf");
    EXPECT_EQ(repr_float(-INFINITY), "-inf");
    EXPECT_EQ(repr_float(-NAN), "nan");
}

TEST_F(TextTest, ComplexNumbers)
{
    EXPECT_EQ(repr_complex(0, 2), "2j");
    EXPECT_EQ(repr_complex(1, -2.5), "(1-2.5j)");
    EXPECT_EQ(repr_complex(-0.0, 2), "(-0+2j)");
    EXPECT_EQ(repr_complex(NAN, NAN), "(nan+nanj)");
    EXPECT_EQ(repr_complex(0, -0.0), "-0j");
}

TEST_F(TextTest, CleanTextKeepsEverythingThatIsACharacter)
{
    EXPECT_EQ(clean("a\n\xe2\x82\xac"), "a\n\xe2\x82\xac");
    EXPECT_EQ(clean(std::string("a\0b", 3)), "a\xef\xbf\xbd"
                                             "b");
    EXPECT_EQ(clean("\xed\xb2\x80"), "\xef\xbf\xbd");
    EXPECT_EQ(clean("\xff"), "\xef\xbf\xbd");
}

TEST_F(TextTest, ClearForgetsEverythingButTheMemory)
{
    char *before;

    (void)text_begin_value(&text_, 1);
    text_append(&text_, "abcdef");
    before = text_.buffer.text;
    text_clear(&text_);
    EXPECT_STREQ(text_string(&text_), "");
    text_append(&text_, "ghijkl");
    EXPECT_EQ(text_.buffer.text, before);
    EXPECT_EQ(take(), "ghijkl");
}

TEST_F(TextTest, BecomesAJsonString)
{
    json_t *string;

    text_append(&text_, "a\xe2\x82\xac");
    string = text_to_json(&text_);
    EXPECT_STREQ(json_string_value(string), "a\xe2\x82\xac");
    json_decref(string);
}

TEST_F(TextTest, OutOfMemoryIsRemembered)
{
    failing_memory::arm(0);
    text_append(&text_, "a");
    EXPECT_EQ(failing_memory::disarm(), failing_memory::Failure::OWN);
    text_append(&text_, "b");
    EXPECT_EQ(text_result(&text_), -ENOMEM);
    EXPECT_TRUE(text_is_full(&text_));
    EXPECT_EQ(text_to_json(&text_), nullptr);
    EXPECT_EQ(text_take(&text_), nullptr);
    EXPECT_EQ(text_result(&text_), 0);
}

TEST_F(TextTest, EveryFailedAllocationIsTold)
{
    failing_memory::expect_every_failure_is_told([this] {
        int result;

        text_append_repr_big_int(&text_, "\x12\x34\x56\x78\x9a\xbc\xde\xf0\x12", 9, false);
        text_append_repr_float(&text_, 1.5);
        text_append_repr_str(&text_, "abc\n", 4, false);
        result = text_result(&text_);
        text_deinit(&text_);
        return result;
    });
}

TEST(DatabaseKeyTest, WhatTheDatabaseTakes)
{
    EXPECT_TRUE(text_is_database_key("requestlogid"));
    EXPECT_TRUE(text_is_database_key("with space and \xe2\x82\xac"));
    EXPECT_TRUE(text_is_database_key(std::string(TEXT_DATABASE_KEY_BYTES_MAX, 'x').c_str()));
    EXPECT_FALSE(text_is_database_key(std::string(TEXT_DATABASE_KEY_BYTES_MAX + 1, 'x').c_str()));
    EXPECT_FALSE(text_is_database_key(""));
    for (char character : std::string(".$#[]/\n\x7f\xff"))
        EXPECT_FALSE(text_is_database_key((std::string("a") + character).c_str()))
            << static_cast<int>(character);
    EXPECT_FALSE(text_is_database_key("\xed\xb2\x80"));
}

} // namespace
