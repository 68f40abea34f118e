#include "broker/store/embedded/json_input.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "tests/broker/store/embedded/testing.hh"

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
    EXPECT_EQ(bad_key(R"({"/":1})", true), "1:2");
    EXPECT_EQ(bad_key(R"({".sv":"timestamp"})", true), "1:2");
}

/* A key is found if and only if the tree refuses one, in texts made at random from what JSON is made of. */
TEST(JsonInputTest, FindsABadKeyWhereTheTreeRefusesOne)
{
    const char *const pieces[] = {"{",     "}",       "[",           "]",       ",",     ":",
                                  "\"a\"", "\"b.c\"", "\"\"",        "1",       "null",  "\"x\\\"\"",
                                  " ",     "\n",      "\"\\u002e\"", "{\"k\":", "\"$\":"};
    std::mt19937 random(1);
    unsigned num_parsed = 0;
    unsigned num_refused = 0;

    for (int i = 0; i < 300000; i++) {
        std::string text = random() % 2 ? "{" : "[";

        for (unsigned length = random() % 9; length > 0; length--)
            text += pieces[random() % (sizeof pieces / sizeof pieces[0])];
        text += text[0] == '{' ? "}" : "]";
        json_t *json = nullptr;
        if (json_input_parse(text.data(), text.size(), &json) != 0) {
            (void)bad_key(text); /* must only be harmless */
            continue;
        }
        Json owned(json);
        json_t *tree = nullptr;
        bool is_refused = tree_from_json(json, 0, 0, nullptr, &tree) == TREE_BAD_KEY;
        json_decref(tree);
        EXPECT_EQ(bad_key(text) != "none", is_refused) << text;
        num_parsed++;
        num_refused += is_refused;
    }
    EXPECT_GT(num_parsed, 1000u);
    EXPECT_GT(num_refused, 100u);
}

} // namespace
