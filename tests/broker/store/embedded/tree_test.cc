#include "broker/store/embedded/tree.h"

#include <gtest/gtest.h>

#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

namespace
{

const uint64_t NOW_MS = 1700000000000;

/* What @json becomes, or the number of the problem. */
std::string from(const std::string &json, const std::string &existing = "null", size_t depth = 0)
{
    Json input = parse(json);
    Json there = tree_of(existing);
    json_t *tree = nullptr;
    int result = tree_from_json(input.get(), depth, NOW_MS, there.get(), &tree);
    Json owned(tree);

    return result == 0 ? text_of(owned) : "problem " + std::to_string(result);
}

std::string set(const std::string &before, const char *path, const std::string &value)
{
    Json tree = tree_of(before);
    json_t *root = tree.release();

    EXPECT_EQ(tree_set(&root, path, tree_of(value).release()), 0);
    return text_of(Json(root));
}

TEST(TreeTest, PrunesWhatDoesNotExist)
{
    EXPECT_EQ(from("null"), "null");
    EXPECT_EQ(from("{}"), "null");
    EXPECT_EQ(from("[]"), "null");
    EXPECT_EQ(from(R"({"a":{"b":[{},null,[]]},"c":1,"d":null})"), R"({"c":1})");
    EXPECT_EQ(from(R"([{},"a",{}])"), R"([null,"a"])");
    EXPECT_EQ(from(R"({"a":"","b":false,"c":0})"), R"({"a":"","b":false,"c":0})");
}

TEST(TreeTest, MakesArraysObjects)
{
    Json tree = tree_of(R"(["a",{"x":[1]}])");

    EXPECT_EQ(text_of(tree, {.is_pretty = false, .keeps_objects = true, .keeps_outer_object = false}),
              R"({"0":"a","1":{"x":{"0":1}}})");
}

TEST(TreeTest, KeepsNumbers)
{
    EXPECT_EQ(from("9007199254740993"), "9007199254740993");
    EXPECT_EQ(from("-9223372036854775808"), "-9223372036854775808");
    EXPECT_EQ(from("1.0"), "1");
    EXPECT_EQ(from("-0.0"), "0");
    EXPECT_EQ(from("0.1"), "0.1");
    EXPECT_EQ(from("1e300"), "1e+300");
    EXPECT_EQ(from("3.141592653589793"), "3.141592653589793");
}

TEST(TreeTest, RefusesBadKeysAndDepths)
{
    const std::string bad = "problem " + std::to_string(TREE_BAD_KEY);
    const std::string deep = "problem " + std::to_string(TREE_TOO_DEEP);

    for (const char *json : {R"({"a.b":1})", R"({"":1})", R"({"a":{"$x":1}})", R"([{"a/b":1}])",
                             R"({".value":1})", R"({".priority":1})", R"({"a\u0001":1})"})
        EXPECT_EQ(from(json), bad) << json;
    EXPECT_EQ(from("1", "null", 32), "1");
    EXPECT_EQ(from(R"({"a":1})", "null", 31), R"({"a":1})");
    EXPECT_EQ(from(R"({"a":1})", "null", 32), deep);
    EXPECT_EQ(from("[[[1]]]", "null", 30), deep);
}

TEST(TreeTest, BoundsStrings)
{
    const std::string longest(TREE_STRING_BYTES_MAX, 'x');

    EXPECT_EQ(from("\"" + longest + "\"").size(), longest.size() + 2);
    EXPECT_EQ(from("[\"" + longest + "x\"]"), "problem " + std::to_string(TREE_STRING_TOO_LONG));
}

TEST(TreeTest, ResolvesTimestamps)
{
    EXPECT_EQ(from(R"({"a":{".sv":"timestamp"},"b":[{".sv":"timestamp"}]})"),
              R"({"a":1700000000000,"b":[1700000000000]})");
}

TEST(TreeTest, Increments)
{
    EXPECT_EQ(from(R"({".sv":{"increment":2}})", "40"), "42");
    EXPECT_EQ(from(R"({".sv":{"increment":-2}})"), "-2");
    EXPECT_EQ(from(R"({".sv":{"increment":2.5}})", "\"text\""), "2.5");
    EXPECT_EQ(from(R"({".sv":{"increment":0.5}})", "1"), "1.5");
    EXPECT_EQ(from(R"({".sv":{"increment":1}})", "1.5"), "2.5");
    EXPECT_EQ(from(R"({".sv":{"increment":1}})", "9223372036854775807"), "9.223372036854776e+18");
    EXPECT_EQ(from(R"({"a":{"b":{".sv":{"increment":1}}}})", R"({"a":{"b":4,"c":1}})"), R"({"a":{"b":5}})");
    EXPECT_TRUE(tree_needs_existing(parse(R"([{"a":{".sv":{"increment":1}}}])").get()));
    EXPECT_FALSE(tree_needs_existing(parse(R"([{"a":{".sv":"timestamp"}}])").get()));
}

TEST(TreeTest, RefusesUnknownServerValues)
{
    const std::string bad = "problem " + std::to_string(TREE_BAD_SERVER_VALUE);

    for (const char *json : {R"({".sv":"other"})", R"({".sv":1})", R"({".sv":"timestamp","a":1})",
                             R"({".sv":{"increment":"1"}})", R"({".sv":{"increment":1,"x":1}})",
                             R"({".sv":{}})", R"({".sv":null})"})
        EXPECT_EQ(from(json), bad) << json;
    EXPECT_EQ(from(R"({".sv":{"increment":1.7e308}})", "1.7e308"), bad);
}

TEST(TreeTest, GetsByPath)
{
    Json tree = tree_of(R"({"a":{"b":["x","y"]},"s":"text"})");

    EXPECT_EQ(text_of(tree_get(tree.get(), "a/b/1")), "\"y\"");
    EXPECT_EQ(tree_get(tree.get(), ""), tree.get());
    EXPECT_EQ(tree_get(tree.get(), "a/c"), nullptr);
    EXPECT_EQ(tree_get(tree.get(), "s/x"), nullptr);
    EXPECT_EQ(tree_get(nullptr, "a"), nullptr);
}

TEST(TreeTest, Sets)
{
    EXPECT_EQ(set("null", "a/b", "1"), R"({"a":{"b":1}})");
    EXPECT_EQ(set("null", "", "1"), "1");
    EXPECT_EQ(set(R"({"a":{"b":1},"c":2})", "a/b", "3"), R"({"a":{"b":3},"c":2})");
    EXPECT_EQ(set(R"({"a":{"b":1}})", "a", R"({"x":1})"), R"({"a":{"x":1}})");
    EXPECT_EQ(set(R"({"a":5})", "a/b/c", "1"), R"({"a":{"b":{"c":1}}})");
    EXPECT_EQ(set("5", "a", "1"), R"({"a":1})");
}

TEST(TreeTest, RemovesAndPrunesUpwards)
{
    EXPECT_EQ(set(R"({"a":{"b":{"c":1}},"d":2})", "a/b/c", "null"), R"({"d":2})");
    EXPECT_EQ(set(R"({"a":{"b":{"c":1}}})", "a/b/c", "null"), "null");
    EXPECT_EQ(set(R"({"a":{"b":1,"c":2}})", "a/b", "null"), R"({"a":{"c":2}})");
    EXPECT_EQ(set(R"({"a":5})", "a/b", "null"), R"({"a":5})");
    EXPECT_EQ(set(R"({"a":5})", "x/y", "null"), R"({"a":5})");
    EXPECT_EQ(set(R"({"a":5})", "", "null"), "null");
    EXPECT_EQ(set("null", "a/b", "null"), "null");
}

} // namespace
