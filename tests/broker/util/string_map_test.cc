#include "broker/util/string_map.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace
{

class StringMapTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(string_map_new(&map_), 0);
    }

    void TearDown() override
    {
        EXPECT_EQ(string_map_free(map_), nullptr);
    }

    StringMap *map_ = nullptr;
    int a_ = 1, b_ = 2;
};

TEST_F(StringMapTest, FindsWhatWasAdded)
{
    EXPECT_EQ(string_map_get(map_, "a"), nullptr);
    EXPECT_EQ(string_map_add(map_, "a", &a_), 0);
    EXPECT_EQ(string_map_add(map_, "", &b_), 0);
    EXPECT_EQ(string_map_get(map_, "a"), &a_);
    EXPECT_EQ(string_map_get(map_, ""), &b_);
    EXPECT_EQ(string_map_get(map_, "ab"), nullptr);
    EXPECT_EQ(string_map_size(map_), 2u);
}

TEST_F(StringMapTest, KeepsTheFirstValueOfAKey)
{
    EXPECT_EQ(string_map_add(map_, "a", &a_), 0);
    EXPECT_EQ(string_map_add(map_, "a", &b_), -EEXIST);
    EXPECT_EQ(string_map_get(map_, "a"), &a_);
}

TEST_F(StringMapTest, CopiesItsKeys)
{
    std::string key = "key";

    EXPECT_EQ(string_map_add(map_, key.c_str(), &a_), 0);
    key[0] = 'x';
    EXPECT_EQ(string_map_get(map_, "key"), &a_);
}

TEST_F(StringMapTest, ForgetsWhatIsRemoved)
{
    EXPECT_EQ(string_map_remove(map_, "a"), nullptr);
    EXPECT_EQ(string_map_add(map_, "a", &a_), 0);
    EXPECT_EQ(string_map_remove(map_, "a"), &a_);
    EXPECT_EQ(string_map_get(map_, "a"), nullptr);
    EXPECT_EQ(string_map_size(map_), 0u);
    EXPECT_EQ(string_map_add(map_, "a", &b_), 0);
    EXPECT_EQ(string_map_get(map_, "a"), &b_);
}

TEST_F(StringMapTest, HoldsManyKeysWhileTheyComeAndGo)
{
    std::vector<int> values(5000);

    for (int i = 0; i < 5000; i++)
        ASSERT_EQ(string_map_add(map_, ("b-" + std::to_string(i)).c_str(), &values[i]), 0);
    for (int i = 0; i < 5000; i += 2)
        ASSERT_EQ(string_map_remove(map_, ("b-" + std::to_string(i)).c_str()), &values[i]);
    for (int i = 0; i < 5000; i++)
        ASSERT_EQ(string_map_get(map_, ("b-" + std::to_string(i)).c_str()), i % 2 ? &values[i] : nullptr);
    EXPECT_EQ(string_map_size(map_), 2500u);
}

} // namespace
