#include "broker/util/json_whole.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "tests/broker/apps/failing_memory.hh"

namespace
{

class JsonWholeTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        object_ = json_object();
        for (char key[] = "a"; key[0] <= 'z'; key[0]++)
            json_object_set_new(object_, key, json_pack("{s:[i,f]}", "x", 1, 0.5));
    }

    void TearDown() override
    {
        json_decref(object_);
    }

    json_t *object_ = nullptr;
};

TEST_F(JsonWholeTest, NothingIsMissingInACopy)
{
    failing_memory::expect_every_failure_is_told([this] {
        json_t *copy = json_whole_copy(object_);
        bool is_whole = json_equal(copy, object_);

        json_decref(copy);
        return copy ? (is_whole ? 0 : -EUCLEAN) : -ENOMEM;
    });
    EXPECT_EQ(json_whole_copy(nullptr), nullptr);
}

TEST_F(JsonWholeTest, NothingIsMissingInAText)
{
    char *expected = json_dumps(object_, JSON_COMPACT);

    failing_memory::expect_every_failure_is_told([this, expected] {
        char *text = nullptr;
        int result = json_whole_text(object_, &text);

        if (result == 0 && strcmp(text, expected) != 0)
            result = -EUCLEAN;
        free(text);
        return result;
    });
    free(expected);
}

TEST_F(JsonWholeTest, AnyValueHasAText)
{
    json_t *number = json_integer(42);
    char *text = nullptr;

    ASSERT_EQ(json_whole_text(number, &text), 0);
    EXPECT_STREQ(text, "42");
    free(text);
    json_decref(number);
    ASSERT_EQ(json_whole_text(nullptr, &text), 0);
    EXPECT_EQ(text, nullptr);
}

} // namespace
