#include "broker/store/embedded/tree_query.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

namespace
{

const char *const VALUES =
    R"({"f":false,"n":2,"o":{"x":1},"s":"b","t":true,"m":1.5,"r":"a","k":{"y":null,"z":1}})";

/* The keys that are found, in the order of the query's limits; or the problem. */
std::string ask(const std::string &json, const TreeQueryParameters &parameters)
{
    TreeQuery query;
    const char *problem = nullptr;
    json_t *part = nullptr;
    int error = tree_query_init(&query, &parameters, &problem);

    if (error != 0)
        return error == -EINVAL ? problem : "?";
    EXPECT_EQ(tree_query_apply(&query, tree_of(json).get(), &part), 0);
    tree_query_deinit(&query);
    Json owned(part);
    std::string keys;
    const char *key;
    json_t *child;
    json_object_foreach(owned.get(), key, child) keys += std::string(keys.empty() ? "" : " ") + key;
    return keys;
}

TreeQueryParameters order(const char *order_by)
{
    TreeQueryParameters parameters = {};

    parameters.order_by = order_by;
    return parameters;
}

TEST(TreeQueryTest, OrdersValuesByTheirTypes)
{
    EXPECT_EQ(ask(VALUES, order("\"$value\"")), "f t m n r s k o");
}

TEST(TreeQueryTest, OrdersByKey)
{
    EXPECT_EQ(ask(R"({"b":1,"10":1,"a":1,"9":1})", order("\"$key\"")), "9 10 a b");
    EXPECT_EQ(ask(R"({"b":1,"a":1})", order("\"$priority\"")), "a b");
}

TEST(TreeQueryTest, OrdersByChildAndThenByKey)
{
    const char *json = R"({"c":{"h":{"i":2}},"b":{"h":{"i":1}},"a":{"h":{"i":2}},"d":{"x":1},"e":5})";

    EXPECT_EQ(ask(json, order("\"h/i\"")), "d e b a c");
}

TEST(TreeQueryTest, FindsRanges)
{
    TreeQueryParameters parameters = order("\"$value\"");
    const char *json = R"({"a":1,"b":2,"c":3,"d":4,"e":"x","f":true})";

    parameters.start_at = "2";
    EXPECT_EQ(ask(json, parameters), "b c d e");
    parameters.end_at = "3";
    EXPECT_EQ(ask(json, parameters), "b c");
    parameters.start_at = nullptr;
    EXPECT_EQ(ask(json, parameters), "f a b c");
    parameters.end_at = nullptr;
    parameters.start_after = "2";
    parameters.end_before = "4";
    EXPECT_EQ(ask(json, parameters), "c");
    parameters = order("\"$value\"");
    parameters.equal_to = "2.0";
    EXPECT_EQ(ask(json, parameters), "b");
    parameters.equal_to = "\"x\"";
    EXPECT_EQ(ask(json, parameters), "e");
    parameters.equal_to = "7";
    EXPECT_EQ(ask(json, parameters), "");
}

TEST(TreeQueryTest, FindsWhatHasNoSuchChild)
{
    TreeQueryParameters parameters = order("\"x\"");

    parameters.equal_to = "null";
    EXPECT_EQ(ask(R"({"a":{"x":1},"b":{"y":1}})", parameters), "b");
    parameters.equal_to = nullptr;
    parameters.start_after = "null";
    EXPECT_EQ(ask(R"({"a":{"x":1},"b":{"y":1}})", parameters), "a");
}

TEST(TreeQueryTest, FindsRangesOfKeys)
{
    TreeQueryParameters parameters = order("\"$key\"");

    parameters.start_at = "\"10\"";
    parameters.end_before = "\"b\"";
    EXPECT_EQ(ask(R"({"9":1,"10":1,"11":1,"a":1,"b":1})", parameters), "10 11 a");
}

TEST(TreeQueryTest, Limits)
{
    TreeQueryParameters parameters = order("\"$key\"");
    const char *json = R"({"c":1,"a":1,"b":1})";

    parameters.limit_to_first = "2";
    EXPECT_EQ(ask(json, parameters), "a b");
    parameters.limit_to_first = "9";
    EXPECT_EQ(ask(json, parameters), "a b c");
    parameters.limit_to_first = nullptr;
    parameters.limit_to_last = "2";
    EXPECT_EQ(ask(json, parameters), "b c");
}

TEST(TreeQueryTest, FindsNothingInAPrimitive)
{
    EXPECT_EQ(ask("5", order("\"$key\"")), "");
    EXPECT_EQ(ask("null", order("\"$key\"")), "");
}

TEST(TreeQueryTest, SaysWhatIsWrong)
{
    TreeQueryParameters parameters = {};

    parameters.limit_to_first = "1";
    EXPECT_TRUE(tree_query_is_present(&parameters));
    EXPECT_EQ(ask("1", parameters), "orderBy must be defined when other query parameters are defined");
    for (const char *by : {"", "$key", "1", "\"\"", "\"/\"", "\"a.b\"", "\"$other\"", "\"a\\u0000\"", "null"})
        EXPECT_EQ(ask("1", order(by)), "orderBy must be a valid JSON encoded path") << by;
    for (const char *limit : {"0", "-1", "x", "", "1x", " 1", "99999999999999999999"}) {
        parameters = order("\"a\"");
        parameters.limit_to_last = limit;
        EXPECT_EQ(ask("1", parameters), "limitToFirst and limitToLast must be positive integers") << limit;
    }
    parameters.limit_to_first = parameters.limit_to_last = "1";
    EXPECT_NE(ask("1", parameters).find("only one of"), std::string::npos);
    for (const char *value : {"{}", "[1]", "abc", ""}) {
        parameters = order("\"a\"");
        parameters.start_at = value;
        EXPECT_NE(ask("1", parameters).find("must be JSON encoded"), std::string::npos) << value;
    }
    parameters = order("\"$key\"");
    parameters.end_at = "5";
    EXPECT_NE(ask("1", parameters).find("must be strings"), std::string::npos);
    parameters = order("\"a\"");
    parameters.equal_to = parameters.end_before = "5";
    EXPECT_NE(ask("1", parameters).find("may not be combined"), std::string::npos);
    parameters = order("\"a\"");
    parameters.start_at = parameters.start_after = "5";
    EXPECT_NE(ask("1", parameters).find("two bounds of one side"), std::string::npos);
}

} // namespace
