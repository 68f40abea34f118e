#include "broker/store/embedded/key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace
{

bool is_valid(const std::string &key)
{
    return key_is_valid(key.data(), key.size());
}

TEST(KeyTest, AllowsTextWithoutTheReservedCharacters)
{
    for (const char *key :
         {"a", "b-1795421517", "0", " ", "!", "a b", "%2F", "\xc3\xa9", "\xf0\x9f\x98\x80", "\"", "\\"})
        EXPECT_TRUE(is_valid(key)) << key;
    EXPECT_TRUE(is_valid(std::string(KEY_BYTES_MAX, 'x')));
}

TEST(KeyTest, RefusesEverythingElse)
{
    for (const char *key : {"", "a.b", "$", "a#", "[", "]", "a/b", "\x01", "a\x1f", "\x7f", "\n", ".."})
        EXPECT_FALSE(is_valid(key)) << key;
    EXPECT_FALSE(is_valid(std::string("a\0b", 3)));
    EXPECT_FALSE(is_valid(std::string(KEY_BYTES_MAX + 1, 'x')));
}

TEST(KeyTest, RefusesWhatIsNotUtf8)
{
    for (const char *key : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                            "\xff", "\xf0\x9f\x98", "a\xc3"})
        EXPECT_FALSE(is_valid(key)) << key;
}

TEST(KeyTest, SortsIntegersFirstAndTheRestByUtf16)
{
    const std::vector<std::string> sorted = {"-2147483648",
                                             "-1",
                                             "0",
                                             "00",
                                             "1",
                                             "01",
                                             "2",
                                             "9",
                                             "10",
                                             "2147483647",
                                             "",
                                             "!",
                                             "-",
                                             "--1",
                                             "-2147483649",
                                             "1.5",
                                             "2147483648",
                                             "A",
                                             "a",
                                             "a1",
                                             "b",
                                             "\xf0\x9f\x98\x80" /* U+1F600, in UTF-16 a surrogate pair */,
                                             "\xee\x80\x80" /* U+E000 */,
                                             "\xef\xbf\xbd"};
    std::vector<std::string> keys = sorted;

    std::reverse(keys.begin(), keys.end());
    std::stable_sort(keys.begin(), keys.end(), [](const std::string &left, const std::string &right) {
        return key_compare(left.c_str(), right.c_str()) < 0;
    });
    EXPECT_EQ(keys, sorted);
    for (const std::string &key : keys)
        EXPECT_EQ(key_compare(key.c_str(), key.c_str()), 0);
}

TEST(KeyTest, KnowsIndices)
{
    uint32_t index = 7;

    EXPECT_TRUE(key_is_index("0", &index));
    EXPECT_EQ(index, 0u);
    EXPECT_TRUE(key_is_index("123456789", &index));
    EXPECT_EQ(index, 123456789u);
    for (const char *key : {"", "00", "01", "-1", "1a", "1234567890", " 1"})
        EXPECT_FALSE(key_is_index(key, &index)) << key;
}

} // namespace
