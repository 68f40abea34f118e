#include "broker/http/query.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace
{

std::string decode(std::string text, bool is_plus_space = false)
{
    long length = http_percent_decode(&text[0], text.size(), is_plus_space);

    return length < 0 ? "(malformed)" : text.substr(0, (size_t)length);
}

TEST(QueryTest, DecodesOnce)
{
    EXPECT_EQ(decode("a%20b%2fc%2F%C3%A9"), "a b/c/\xc3\xa9");
    EXPECT_EQ(decode("%2525"), "%25");
    EXPECT_EQ(decode("a+b"), "a+b");
    EXPECT_EQ(decode("a+b", true), "a b");
    EXPECT_EQ(decode("a%00b"), std::string("a\0b", 3));
    for (const char *text : {"%", "%2", "%zz", "%2z", "a%", "%%41"})
        EXPECT_EQ(decode(text), "(malformed)") << text;
}

TEST(QueryTest, SplitsAndDecodes)
{
    HttpQuery query;

    ASSERT_EQ(http_query_init(&query, "orderBy=%22%24key%22&&limit=2&flag&empty=&limit=3&a%3Db=c=d"), 0);
    EXPECT_EQ(query.num_parameters, 6u);
    EXPECT_STREQ(http_query_get(&query, "orderBy"), "\"$key\"");
    EXPECT_STREQ(http_query_get(&query, "limit"), "2"); /* the first */
    EXPECT_STREQ(http_query_get(&query, "flag"), "");
    EXPECT_STREQ(http_query_get(&query, "empty"), "");
    EXPECT_STREQ(http_query_get(&query, "a=b"), "c=d");
    EXPECT_EQ(http_query_get(&query, "missing"), nullptr);
    http_query_deinit(&query);
}

TEST(QueryTest, RefusesMalformedQueries)
{
    HttpQuery query;
    std::string many;

    for (int i = 0; i < HTTP_NUM_PARAMETERS_MAX + 1; i++)
        many += "a&";
    EXPECT_EQ(http_query_init(&query, "a=%"), -EINVAL);
    EXPECT_EQ(http_query_init(&query, "%4=a"), -EINVAL);
    EXPECT_EQ(http_query_init(&query, "a=%00"), -EINVAL);
    EXPECT_EQ(http_query_init(&query, many.c_str()), -EINVAL);
    ASSERT_EQ(http_query_init(&query, ""), 0);
    EXPECT_EQ(query.num_parameters, 0u);
    http_query_deinit(&query);
}

} // namespace
