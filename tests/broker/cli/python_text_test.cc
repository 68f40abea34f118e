#include "broker/cli/python_text.h"

#include <gtest/gtest.h>

#include "tests/broker/cli/testing.hh"

static std::string number(double value)
{
    Json real(json_real(value));

    return take(python_json(real.get(), JSON_LAYOUT_RAW));
}

static std::string string_as_json(const std::string &text)
{
    Json string(json_stringn(text.data(), text.size()));

    return take(python_json(string.get(), JSON_LAYOUT_RAW));
}

static std::string repr(const std::string &text)
{
    Json string(json_stringn(text.data(), text.size()));

    return take(python_repr(string.get()));
}

// What Python 3.11 prints, value by value.
TEST(PythonText, WritesRealNumbersAsPython)
{
    EXPECT_EQ(number(0.0), "0.0");
    EXPECT_EQ(number(-0.0), "-0.0");
    EXPECT_EQ(number(1.0), "1.0");
    EXPECT_EQ(number(1.1), "1.1");
    EXPECT_EQ(number(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(number(-12.5), "-12.5");
    EXPECT_EQ(number(100.0), "100.0");
    EXPECT_EQ(number(1e15), "1000000000000000.0");
    EXPECT_EQ(number(9999999999999998.0), "9999999999999998.0");
    EXPECT_EQ(number(1e16), "1e+16");
    EXPECT_EQ(number(1.25e100), "1.25e+100");
    EXPECT_EQ(number(0.0001), "0.0001");
    EXPECT_EQ(number(0.00012), "0.00012");
    EXPECT_EQ(number(0.00001), "1e-05");
    EXPECT_EQ(number(5e-324), "5e-324");
    EXPECT_EQ(number(1.7976931348623157e308), "1.7976931348623157e+308");
}

TEST(PythonText, WritesStringsInAscii)
{
    EXPECT_EQ(string_as_json("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
    EXPECT_EQ(string_as_json("\n\r\t\f\b"), "\"\\n\\r\\t\\f\\b\"");
    EXPECT_EQ(string_as_json(std::string("\0\x1b\x7f", 3)), "\"\\u0000\\u001b\\u007f\"");
    EXPECT_EQ(string_as_json("é日😀"), "\"\\u00e9\\u65e5\\ud83d\\ude00\"");
}

TEST(PythonText, WritesContainersOnOneLine)
{
    EXPECT_EQ(take(python_json(json("{'b': [1, null, true, false, 'x'], 'a': {}, 'c': []}").get(),
                               JSON_LAYOUT_RAW)),
              "{\"b\": [1, null, true, false, \"x\"], \"a\": {}, \"c\": []}");
}

TEST(PythonText, IndentsContainers)
{
    EXPECT_EQ(take(python_json(json("{'b': [1, {'c': 2}], 'a': {}, 'd': []}").get(), JSON_LAYOUT_PRETTY)),
              "{\n  \"b\": [\n    1,\n    {\n      \"c\": 2\n    }\n  ],\n  \"a\": {},\n  \"d\": []\n}");
}

TEST(PythonText, QuotesAsPython)
{
    EXPECT_EQ(repr("plain"), "'plain'");
    EXPECT_EQ(repr("it's"), "\"it's\"");
    EXPECT_EQ(repr("say \"hi\""), "'say \"hi\"'");
    EXPECT_EQ(repr("'both\""), "'\\'both\"'");
    EXPECT_EQ(repr("\\ \n\r\t\x1b\x7f"), "'\\\\ \\n\\r\\t\\x1b\\x7f'");
    EXPECT_EQ(repr("ü\u00a0\u202e\U000e0001"), "'ü\\xa0\\u202e\\U000e0001'");
}

TEST(PythonText, WritesContainersAsPython)
{
    EXPECT_EQ(take(python_repr(json("{'a': [1, 2.0, null, true], 'b': {'c': false}, 'd': []}").get())),
              "{'a': [1, 2.0, None, True], 'b': {'c': False}, 'd': []}");
}

TEST(PythonText, DisplaysOneLineOfHarmlessText)
{
    EXPECT_EQ(take(python_display(nullptr)), "None");
    EXPECT_EQ(take(python_display(json("17").get())), "17");
    EXPECT_EQ(take(python_display(json("'a b'").get())), "a b");
    EXPECT_EQ(take(python_display(json("'a\\nb\\u001b[1m'").get())), "a\\nb\\x1b[1m");
    EXPECT_EQ(take(python_display(json("['a\\nb']").get())), "['a\\nb']");
}

TEST(PythonText, KnowsWhatIsTrue)
{
    for (const char *text : {"true", "1", "-0.5", "'x'", "[0]", "{'a': null}"})
        EXPECT_TRUE(python_is_true(json(text).get())) << text;
    for (const char *text : {"false", "null", "0", "0.0", "''", "[]", "{}"})
        EXPECT_FALSE(python_is_true(json(text).get())) << text;
    EXPECT_FALSE(python_is_true(nullptr));
}
