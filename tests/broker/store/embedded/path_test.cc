#include "broker/store/embedded/path.h"

#include <gtest/gtest.h>

#include <string>

namespace
{

/* The clean text and the depth, or the problem. */
std::string parse(const std::string &text)
{
    TreePath path;
    int result = path_parse_url(&path, text.c_str());

    if (result != 0)
        return result == PATH_BAD_TOKEN ? "bad token" : result == PATH_TOO_DEEP ? "too deep" : "?";
    std::string clean = std::string(path.text) + " " + std::to_string(path.depth);
    path_deinit(&path);
    return clean;
}

TEST(PathTest, CollapsesSlashesAndDecodesOnce)
{
    EXPECT_EQ(parse(""), " 0");
    EXPECT_EQ(parse("/"), " 0");
    EXPECT_EQ(parse("//cdbg//debuggees/"), "cdbg/debuggees 2");
    EXPECT_EQ(parse("/a%20b/%C3%A9"), "a b/\xc3\xa9 2");
    EXPECT_EQ(parse("/a+b"), "a+b 1");
    EXPECT_EQ(parse("/%2541"), "%41 1");
}

TEST(PathTest, RefusesBadTokens)
{
    for (const char *text : {"/a%2Fb", "/%00", "/a%01", "/..", "/.", "/a.b", "/$x", "/a[0]", "/%5B", "/%23",
                             "/%zz", "/%f", "/%ff", "/%7f"})
        EXPECT_EQ(parse(text), "bad token") << text;
    EXPECT_EQ(parse("/" + std::string(769, 'x')), "bad token");
}

TEST(PathTest, IsAtMost32LevelsDeep)
{
    std::string text;

    for (int i = 0; i < 32; i++)
        text += "/x";
    EXPECT_EQ(parse(text).substr(text.size() - 1), " 32");
    EXPECT_EQ(parse(text + "/x"), "too deep");
}

TEST(PathTest, ParsesPlainTextBelowAParent)
{
    TreePath root = {};
    TreePath parent;
    TreePath path;

    ASSERT_EQ(path_parse_url(&root, ""), 0);
    ASSERT_EQ(path_parse_below(&path, &root, "/a%20b//c/"), 0);
    EXPECT_STREQ(path.text, "a%20b/c");
    path_deinit(&path);
    ASSERT_EQ(path_parse_url(&parent, "x/y"), 0);
    ASSERT_EQ(path_parse_below(&path, &parent, "z/0"), 0);
    EXPECT_STREQ(path.text, "x/y/z/0");
    EXPECT_EQ(path.depth, 4u);
    path_deinit(&path);
    EXPECT_EQ(path_parse_below(&path, &parent, "a.b"), PATH_BAD_TOKEN);
    path_deinit(&parent);
    path_deinit(&root);
}

TEST(PathTest, KnowsWhatIsBelow)
{
    EXPECT_STREQ(path_relative("a/b", "a/b/c/d"), "c/d");
    EXPECT_STREQ(path_relative("a/b", "a/b"), "");
    EXPECT_STREQ(path_relative("", "a"), "a");
    EXPECT_STREQ(path_relative("", ""), "");
    EXPECT_EQ(path_relative("a/b", "a/bc"), nullptr);
    EXPECT_EQ(path_relative("a/b", "a"), nullptr);
    EXPECT_EQ(path_relative("a", ""), nullptr);
}

TEST(PathTest, WalksKeyByKey)
{
    const char *cursor = "a/bc";
    char key[KEY_BYTES_MAX + 1];

    EXPECT_TRUE(path_next_key(&cursor, key));
    EXPECT_STREQ(key, "a");
    EXPECT_TRUE(path_next_key(&cursor, key));
    EXPECT_STREQ(key, "bc");
    EXPECT_FALSE(path_next_key(&cursor, key));
}

} // namespace
