#include "broker/apps/limits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace
{

class LimitsTest : public testing::Test
{
  protected:
    LimitsTest()
    {
        snapshot__limits__init(&defaults_);
        defaults_.max_frames = 20;
        defaults_.max_items = 25;
        defaults_.max_depth = 5;
        defaults_.capture_budget_us = 5000;
    }

    Snapshot__Limits from_flags(std::vector<std::pair<std::string, std::string>> flags)
    {
        std::vector<Snapshot__Fact> facts(flags.size());
        std::vector<Snapshot__Fact *> pointers;

        for (size_t i = 0; i < flags.size(); i++) {
            snapshot__fact__init(&facts[i]);
            facts[i].name = flags[i].first.data();
            facts[i].value = flags[i].second.data();
            pointers.push_back(&facts[i]);
        }
        return limits_from_flags(&defaults_, pointers.data(), pointers.size());
    }

    Snapshot__Limits from_json(const char *text)
    {
        json_t *json = json_loads(text, JSON_DECODE_ANY, nullptr);
        Snapshot__Limits result = limits_from_json(&defaults_, json);

        json_decref(json);
        return result;
    }

    std::string problem(const char *text)
    {
        json_t *json = json_loads(text, JSON_DECODE_ANY, nullptr);
        const char *name = limits_problem(json);
        std::string result = name ? name : "";

        json_decref(json);
        return result;
    }

    Snapshot__Limits defaults_;
};

TEST_F(LimitsTest, AnAppAsksByItsFlags)
{
    Snapshot__Limits limits = from_flags({{"module", "shop"}, {"max_items", "100"}, {"max_frames", "3"}});

    EXPECT_EQ(limits.max_items, 100u);
    EXPECT_EQ(limits.max_frames, 3u);
    EXPECT_EQ(limits.max_depth, 5u);
}

TEST_F(LimitsTest, FlagsThatAreNoNumberFromOneAreIgnored)
{
    for (const char *value : {"", "0", "-1", "many", "1e3", " 7", "7 ", "99999999999999999999999"})
        EXPECT_EQ(from_flags({{"max_items", value}}).max_items, 25u) << value;
}

TEST_F(LimitsTest, WhatHasNoRoomIsCut)
{
    EXPECT_EQ(from_flags({{"max_items", "4294967297"}}).max_items, 131072u);
    EXPECT_EQ(from_flags({{"max_depth", "1000"}}).max_depth, 32u);
    EXPECT_EQ(from_json(R"({"maxFrames": 9223372036854775807})").max_frames, 1000u);
}

TEST_F(LimitsTest, AnOperatorsOwnLargerLimitIsNotCut)
{
    defaults_.max_items = 1000000;
    EXPECT_EQ(from_flags({{"max_items", "900000"}}).max_items, 900000u);
    EXPECT_EQ(from_flags({{"max_items", "2000000"}}).max_items, 1000000u);
}

TEST_F(LimitsTest, TimeCanOnlyBeShortened)
{
    EXPECT_EQ(from_flags({{"capture_budget_us", "1000"}}).capture_budget_us, 1000u);
    EXPECT_EQ(from_flags({{"capture_budget_us", "90000"}}).capture_budget_us, 5000u);
    EXPECT_EQ(from_json(R"({"captureBudgetUs": 90000})").capture_budget_us, 5000u);
}

TEST_F(LimitsTest, ABreakpointAsksInTheDatabase)
{
    Snapshot__Limits limits = from_json(R"({"maxItems": 7, "maxDepth": 2})");

    EXPECT_EQ(limits.max_items, 7u);
    EXPECT_EQ(limits.max_depth, 2u);
    EXPECT_EQ(limits.max_frames, 20u);
    EXPECT_EQ(limits_from_json(&defaults_, nullptr).max_items, 25u);
}

TEST_F(LimitsTest, WhatABreakpointCannotMeanIsNamed)
{
    EXPECT_EQ(limits_problem(nullptr), nullptr);
    EXPECT_EQ(problem("null"), "");
    EXPECT_EQ(problem(R"({"maxItems": 7})"), "");
    EXPECT_EQ(problem("5"), "limits");
    EXPECT_EQ(problem(R"({"maxItems": 0})"), "maxItems");
    EXPECT_EQ(problem(R"({"maxItems": "7"})"), "maxItems");
    EXPECT_EQ(problem(R"({"maxDepth": 3, "max_items": 7})"), "max_items");
}

} // namespace
