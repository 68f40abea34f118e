#include "broker/store/embedded/tree_hash.h"

#include <gtest/gtest.h>

#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

namespace
{

std::string hash_of(const std::string &json)
{
    char hash[TREE_HASH_BYTES];

    EXPECT_EQ(tree_hash(tree_of(json).get(), hash), 0);
    return hash;
}

/* What the JavaScript SDK computes. */
TEST(TreeHashTest, IsThatOfTheSdk)
{
    EXPECT_EQ(hash_of("1"), "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ=");
    EXPECT_EQ(hash_of("0"), "7ysMph9WPitGP7poMnMHMVPtUlI=");
    EXPECT_EQ(hash_of("-2"), "WAZzDfnhK/4ijD914ZHLE1hou/I=");
    EXPECT_EQ(hash_of("1.5"), "4MftviR9Z/2MQCMkjh2RNbvlLJc=");
    EXPECT_EQ(hash_of("12345678901"), "tQYYp5kNQ/LsMuleLSDKXYDYA4E=");
    EXPECT_EQ(hash_of("true"), "E5z61QM0lN/U2WsOnusszCTkR8M=");
    EXPECT_EQ(hash_of("false"), "aSSNoqcS4oQwJ2xxH20rvpp3zP0=");
    EXPECT_EQ(hash_of("\"a\""), "eMfSk0nU+CieTkCbO5r7cKNp7qU=");
    EXPECT_EQ(hash_of("\"\""), "Ki0Xy0V6morg0TO3Sxi/jwugYDQ=");
    EXPECT_EQ(hash_of("\"h\xc3\xa9\\\"x\""), "uZsLLlt2tr2pC4e4Hr5He4hAROI=");
    EXPECT_EQ(hash_of(R"({"a":1})"), "gIphxiFGusLh2VwSNVKSvNu90m4=");
    EXPECT_EQ(hash_of(R"({"a":1,"b":"x"})"), "jRI9dwRS9sb4SWm8uuoN7+xBk4g=");
    EXPECT_EQ(hash_of(R"({"a":2,"b":1,"9":4,"10":3})"), "TGvn+e6qlVLQpUieYzMAtR6kwgo=");
    EXPECT_EQ(hash_of(R"(["a","b"])"), "9pd8bwzSKh8DgCCY40kglZj3SLU=");
    EXPECT_EQ(hash_of(R"({"a":{"b":{"c":true}}})"), "pmWQZosLZcmOAI2E0uzAv0YR+pY=");
}

TEST(TreeHashTest, OfNothingIsEmpty)
{
    EXPECT_EQ(hash_of("null"), "");
    EXPECT_EQ(hash_of("{}"), "");
}

} // namespace
