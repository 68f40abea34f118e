#include "broker/auth/project_id.h"

#include <gtest/gtest.h>

#include <string>

namespace
{

bool is_valid(const std::string &text)
{
    return project_id_is_valid(text.data(), text.size());
}

TEST(ProjectIdTest, IsWhatAHostIsNamedAfter)
{
    EXPECT_TRUE(is_valid("shop-42"));
    EXPECT_TRUE(is_valid(std::string(PROJECT_ID_BYTES_MAX, 'x')));
    EXPECT_FALSE(is_valid(std::string(PROJECT_ID_BYTES_MAX + 1, 'x')));
    for (const char *text : {"", "example.com:shop", "no.project", "a/b", "a b", "Shop", "<html>", "shop\n"})
        EXPECT_FALSE(is_valid(text)) << text;
    EXPECT_FALSE(is_valid(std::string("shop\0", 5)));
}

TEST(ProjectIdTest, NeedsNoEnd)
{
    EXPECT_TRUE(project_id_is_valid("shop/42", 4));
}

} // namespace
