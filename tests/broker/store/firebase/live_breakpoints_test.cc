#include "broker/store/firebase/live_breakpoints.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <set>
#include <string>

namespace
{

typedef std::set<std::string> News;

class LiveBreakpointsTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(live_breakpoints_new(&live_), 0);
    }

    void TearDown() override
    {
        live_breakpoints_free(live_);
    }

    int apply(int (*function)(LiveBreakpoints *, const char *, const json_t *), const char *path,
              const char *data)
    {
        json_t *json = json_loads(data, JSON_DECODE_ANY, nullptr);
        int result;

        EXPECT_NE(json, nullptr) << data;
        result = function(live_, path, json);
        json_decref(json);
        return result;
    }

    int put(const char *path, const char *data)
    {
        return apply(live_breakpoints_put, path, data);
    }

    int patch(const char *path, const char *data)
    {
        return apply(live_breakpoints_patch, path, data);
    }

    /* "+id {...}" and "-id". */
    News news()
    {
        News news;
        int result;

        for (;;) {
            char *id = nullptr;
            json_t *breakpoint = nullptr;

            result = live_breakpoints_next(live_, &id, &breakpoint);
            if (result <= 0)
                break;
            char *text = breakpoint ? json_dumps(breakpoint, JSON_COMPACT | JSON_SORT_KEYS) : nullptr;
            news.insert(result == LIVE_SET ? std::string("+") + id + " " + text : std::string("-") + id);
            free(text);
            free(id);
            json_decref(breakpoint);
        }
        EXPECT_EQ(result, 0);
        return news;
    }

    LiveBreakpoints *live_ = nullptr;
};

TEST_F(LiveBreakpointsTest, TellsWhatIsThereOnce)
{
    EXPECT_EQ(put("/", "{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2}}"), 0);
    EXPECT_EQ(news(), (News{"+b-1 {\"x\":1}", "+b-2 {\"x\":2}"}));
    EXPECT_EQ(news(), News{});
}

TEST_F(LiveBreakpointsTest, TellsTheDifferenceAfterAReconnect)
{
    put("/", "{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2},\"b-3\":{\"x\":3}}");
    news();
    put("/", "{\"b-1\":{\"x\":1},\"b-2\":{\"x\":9},\"b-4\":{\"x\":4}}");
    EXPECT_EQ(news(), (News{"+b-2 {\"x\":9}", "+b-4 {\"x\":4}", "-b-3"}));
}

TEST_F(LiveBreakpointsTest, TellsAgainWhatWasWithheldOnceItIsLookedAt)
{
    put("/", "{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2}}");
    news();
    live_breakpoints_withhold(live_, "b-1");
    EXPECT_EQ(news(), News{});
    put("/", "{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2}}");
    EXPECT_EQ(news(), (News{"+b-1 {\"x\":1}"}));
    live_breakpoints_withhold(live_, "b-1");
    put("/b-1", "null");
    EXPECT_EQ(news(), News{"-b-1"});
}

TEST_F(LiveBreakpointsTest, AppliesPutsAtAnyDepth)
{
    put("/", "{\"b-1\":{\"location\":{\"line\":1},\"expressions\":[\"a\",\"b\"]}}");
    news();
    put("/b-1/condition", "\"x == 1\"");
    put("/b-1/location/line", "2");
    put("/b-1/expressions/1", "\"c\"");
    EXPECT_EQ(
        news(),
        News{"+b-1 {\"condition\":\"x == 1\",\"expressions\":[\"a\",\"c\"],\"location\":{\"line\":2}}"});
    put("/b-1/expressions", "null");
    put("/b-1/location", "null");
    EXPECT_EQ(news(), News{"+b-1 {\"condition\":\"x == 1\"}"});
    put("/b-1/condition", "null"); /* nothing is left of it */
    EXPECT_EQ(news(), News{"-b-1"});
}

TEST_F(LiveBreakpointsTest, AppliesPatchesWithPathsForKeys)
{
    put("/", "{\"b-1\":{\"x\":1,\"y\":1},\"b-2\":{\"x\":2}}");
    news();
    EXPECT_EQ(patch("/", "{\"b-1/x\":5,\"b-2\":null,\"b-3/location/line\":7}"), 0);
    EXPECT_EQ(news(), (News{"+b-1 {\"x\":5,\"y\":1}", "-b-2", "+b-3 {\"location\":{\"line\":7}}"}));
    EXPECT_EQ(patch("/b-1", "{\"x\":null,\"z\":[1,null,3]}"), 0);
    EXPECT_EQ(news(), News{"+b-1 {\"y\":1,\"z\":[1,null,3]}"});
}

TEST_F(LiveBreakpointsTest, ForgetsAllWithPutNull)
{
    put("/", "{\"b-1\":{\"x\":1},\"b-2\":{\"x\":2}}");
    news();
    put("/", "null");
    EXPECT_EQ(news(), (News{"-b-1", "-b-2"}));
    put("/", "null");
    EXPECT_EQ(news(), News{});
}

TEST_F(LiveBreakpointsTest, TakesAnArrayForNumberedBreakpoints)
{
    put("/", "[null,{\"x\":1}]");
    EXPECT_EQ(news(), News{"+1 {\"x\":1}"});
    put("/1/x", "2");
    EXPECT_EQ(news(), News{"+1 {\"x\":2}"});
}

TEST_F(LiveBreakpointsTest, TellsNothingOfWhatWasThereAndGoneBetween)
{
    put("/b-1", "{\"x\":1}");
    put("/b-1", "null");
    EXPECT_EQ(news(), News{});
    put("/b-1", "{\"x\":1}");
    news();
    put("/b-1", "null");
    put("/b-1", "{\"x\":1}");
    EXPECT_EQ(news(), News{});
}

TEST_F(LiveBreakpointsTest, TakesWhatIsNoObjectForNoBreakpoint)
{
    put("/", "{\"b-1\":\"text\",\"b-2\":[],\"b-3\":7,\"b-4\":{}}");
    EXPECT_EQ(news(), News{});
    put("/", "17");
    EXPECT_EQ(news(), News{});
    put("/b-1", "{\"x\":1}"); /* a primitive gives way */
    EXPECT_EQ(news(), News{"+b-1 {\"x\":1}"});
    put("/b-1", "\"text\"");
    EXPECT_EQ(news(), News{"-b-1"});
}

TEST_F(LiveBreakpointsTest, RefusesWhatMakesNoSense)
{
    EXPECT_EQ(put("/b-1", "{\"a.b\":1}"), -EBADMSG);
    EXPECT_EQ(put("/a$b", "1"), -EBADMSG);
    EXPECT_EQ(patch("/", "[1]"), -EBADMSG);
    EXPECT_EQ(patch("/", "null"), -EBADMSG);
    EXPECT_EQ(news(), News{});
}

TEST_F(LiveBreakpointsTest, DoesNotMindTheOrderOfMembers)
{
    put("/", "{\"b-1\":{\"x\":1,\"y\":2}}");
    news();
    put("/", "{\"b-1\":{\"y\":2,\"x\":1.0}}");
    EXPECT_EQ(news(), News{});
}

} // namespace
