#include "broker/store/embedded/json_input.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/broker/store/embedded/testing.h"

using namespace testing_store;

namespace
{

std::string parse_input(const std::string &text)
{
    json_t *json = nullptr;

    if (json_input_parse(text.data(), text.size(), &json) != 0)
        return "refused";
    Json owned(json);
    json_t *tree = nullptr;
    EXPECT_EQ(tree_from_json(json, 0, 0, nullptr, &tree), 0);
    return text_of(Json(tree));
}

std::string bad_key(const std::string &text, bool may_be_path = false)
{
    size_t line = 0;
    size_t column = 0;

    if (!json_input_find_bad_key(text.data(), text.size(), may_be_path, &line, &column))
        return "none";
    return std::to_string(line) + ":" + std::to_string(column);
}

TEST(JsonInputTest, ParsesAnyValue)
{
    EXPECT_EQ(parse_input(" 1 "), "1");
    EXPECT_EQ(parse_input("\"a\\u0000b\""), "\"a\\u0000b\"");
    EXPECT_EQ(parse_input("[true,null]"), "[true]");
    EXPECT_EQ(parse_input("123456789012345678901234567890"), "1.2345678901234568e+29");
    EXPECT_EQ(parse_input("[123456789012345678901234567890,5]"), "[1.2345678901234568e+29,5]");
}

TEST(JsonInputTest, RefusesWhatIsNotJson)
{
    for (const char *text : {"", "{", "{'a':1}", "{\"a\":1,}", "nul", "NaN", "1 2", "1e999", "\"\xff\"",
                             "{\"a\\u0000\":1}", "\"\\ud800\"", "[1]x"})
        EXPECT_EQ(parse_input(text), "refused") << text;
    EXPECT_EQ(parse_input(std::string(100000, '[')), "refused");
}

TEST(JsonInputTest, FindsBadKeys)
{
    EXPECT_EQ(bad_key(R"({"a.b":1})"), "1:2");
    EXPECT_EQ(bad_key("{\n  \"a\" : {\"\" : 1}}"), "2:10");
    EXPECT_EQ(bad_key(R"({"a":"b.c","x\"y":["$", {"ok":1}], "\u0024":1})"), "1:36");
    EXPECT_EQ(bad_key(R"({"a":{".sv":"timestamp"}})"), "none");
    EXPECT_EQ(bad_key(R"("a.b")"), "none");
    EXPECT_EQ(bad_key(R"({"a/b":1})"), "1:2");
}

TEST(JsonInputTest, AllowsPathsInTheOutermostObjectOfAnUpdate)
{
    EXPECT_EQ(bad_key(R"({"a/b":1,"c":2})", true), "none");
    EXPECT_EQ(bad_key(R"({"a/b":{"c/d":2}})", true), "1:9");
    EXPECT_EQ(bad_key(R"({"a/b.c":1})", true), "1:2");
}

} // namespace
