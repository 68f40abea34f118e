#include "broker/store/embedded/push_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace
{

const uint8_t RANDOM[PUSH_ID_RANDOM_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 62, 255};

TEST(PushIdTest, BeginsWithTheTime)
{
    PushIdMaker maker = {};
    char id[PUSH_ID_BYTES];

    push_id_next(&maker, 1700000000000, RANDOM, id);
    EXPECT_STREQ(id, "-NjEtLV-"
                     "-012345678yz");
    EXPECT_EQ(std::string(id).size(), 20u);
}

TEST(PushIdTest, CountsWithinAMillisecondWithCarry)
{
    PushIdMaker maker = {};
    char first[PUSH_ID_BYTES];
    char second[PUSH_ID_BYTES];

    push_id_next(&maker, 5, RANDOM, first);
    push_id_next(&maker, 5, RANDOM, second);
    EXPECT_EQ(std::string(first).substr(18), "yz");
    EXPECT_EQ(std::string(second).substr(18), "z-");
    EXPECT_LT(std::string(first), std::string(second));
    for (int i = 0; i < 64; i++) {
        std::copy(second, second + PUSH_ID_BYTES, first);
        push_id_next(&maker, 5, RANDOM, second);
        EXPECT_LT(std::string(first), std::string(second));
    }
}

TEST(PushIdTest, SortsByTime)
{
    PushIdMaker maker = {};
    char first[PUSH_ID_BYTES];
    char second[PUSH_ID_BYTES];

    push_id_next(&maker, 1700000000063, RANDOM, first);
    push_id_next(&maker, 1700000000064, RANDOM, second);
    EXPECT_LT(std::string(first), std::string(second));
}

} // namespace
