#include "broker/store/embedded/tree_text.h"

#include <gtest/gtest.h>

#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

namespace
{

std::string compact(const std::string &json)
{
    return text_of(tree_of(json));
}

TEST(TreeTextTest, MakesArraysByTheRule)
{
    EXPECT_EQ(compact(R"({"0":"a","1":"b"})"), R"(["a","b"])");
    EXPECT_EQ(compact(R"({"1":"a"})"), R"([null,"a"])");
    EXPECT_EQ(compact(R"({"2":"a"})"), R"({"2":"a"})");
    EXPECT_EQ(compact(R"({"0":1,"3":1})"), "[1,null,null,1]");
    EXPECT_EQ(compact(R"({"0":1,"4":1})"), R"({"0":1,"4":1})");
    EXPECT_EQ(compact(R"({"0":1,"a":1})"), R"({"0":1,"a":1})");
    EXPECT_EQ(compact(R"({"00":1})"), R"({"00":1})");
    EXPECT_EQ(compact(R"({"x":{"0":{"0":1}}})"), R"({"x":[[1]]})");
    EXPECT_EQ(compact(R"({"999999999":1})"), R"({"999999999":1})");
}

TEST(TreeTextTest, KeepsObjectsWhereAsked)
{
    Json tree = tree_of(R"(["a",["b"]])");

    EXPECT_EQ(text_of(tree, {.is_pretty = false, .keeps_objects = true, .keeps_outer_object = false}),
              R"({"0":"a","1":{"0":"b"}})");
    EXPECT_EQ(text_of(tree, {.is_pretty = false, .keeps_objects = false, .keeps_outer_object = true}),
              R"({"0":"a","1":["b"]})");
}

TEST(TreeTextTest, SortsKeys)
{
    EXPECT_EQ(compact(R"({"b":1,"a":2,"10":3,"9":4})"), R"({"9":4,"10":3,"a":2,"b":1})");
}

TEST(TreeTextTest, EscapesStrings)
{
    EXPECT_EQ(compact(R"({"k\"\\":"\u0000\u0001\b\f\n\r\t\"\\/\u007f\u00e9\ud83d\ude00"})"),
              "{\"k\\\"\\\\\":\"\\u0000\\u0001\\b\\f\\n\\r\\t\\\"\\\\/\x7f\xc3\xa9\xf0\x9f\x98\x80\"}");
}

TEST(TreeTextTest, PrintsPretty)
{
    EXPECT_EQ(text_of(tree_of(R"({"b":{"c":["x",1]},"a":true})"),
                      {.is_pretty = true, .keeps_objects = false, .keeps_outer_object = false}),
              "{\n  \"a\" : true,\n  \"b\" : {\n    \"c\" : [ \"x\", 1 ]\n  }\n}");
    EXPECT_EQ(text_of(nullptr, {.is_pretty = true, .keeps_objects = false, .keeps_outer_object = false}),
              "null");
}

TEST(TreeTextTest, PrintsNullForWhatAnUpdateRemoves)
{
    EXPECT_EQ(text_of(parse(R"({"a":null,"b/c":1})")), R"({"a":null,"b/c":1})");
    EXPECT_EQ(text_of(parse("{}")), "{}");
}

TEST(TreeTextTest, GoesBackToJsonWithArrays)
{
    Json json(tree_to_json(tree_of(R"({"expressions":["a","b"],"n":1.5,"z":"\u0000"})").get()));

    ASSERT_TRUE(json);
    EXPECT_TRUE(json_is_array(json_object_get(json.get(), "expressions")));
    EXPECT_TRUE(json_equal(json.get(), parse(R"({"expressions":["a","b"],"n":1.5,"z":"\u0000"})").get()));
    EXPECT_EQ(tree_to_json(nullptr), nullptr);
}

} // namespace
