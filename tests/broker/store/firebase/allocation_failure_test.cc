/* Every allocation of what reads streams may fail: it is told, and nothing leaks or breaks. */
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "broker/store/embedded/tree_hash.h"
#include "broker/store/firebase/live_breakpoints.h"
#include "broker/store/firebase/rtdb_url.h"
#include "broker/store/firebase/sse_parser.h"
#include "tests/broker/apps/failing_memory.hh"

namespace
{

const char *const STREAM = "event: put\ndata: {\"path\":\"/\",\"data\":\n"
                           "data: {\"b-1\":{\"x\":[1,2],\"y\":{\"z\":true}}}}\n\n"
                           "event: keep-alive\ndata: null\n\n";

int parse()
{
    const std::string text = std::string(STREAM) + "data: " + std::string(3000, 'x') + "\n\n";
    const char *bytes = text.data();
    size_t length = text.size();
    SseParser *parser = nullptr;
    SseEvent event;
    int result = sse_parser_new(10000, &parser);

    if (result == 0)
        while ((result = sse_parser_next(parser, &bytes, &length, &event)) > 0)
            ;
    sse_parser_free(parser);
    return result;
}

/* Which of b-1 to b-3 are there by what was told. No container: that would need memory of its own. */
struct Shown {
    bool is_there[4];
};

int take_all(LiveBreakpoints *live, Shown *shown)
{
    int result;

    do {
        char *id = nullptr;
        json_t *breakpoint = nullptr;

        result = live_breakpoints_next(live, &id, &breakpoint);
        if (result > 0)
            shown->is_there[id[2] - '0'] = result == LIVE_SET;
        free(id);
        json_decref(breakpoint);
    } while (result > 0);
    return result;
}

class LiveFailureTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        char hash[TREE_HASH_BYTES];

        all_ = json_loads("{\"b-1\":{\"x\":[1,2],\"y\":{\"z\":true}},\"b-2\":{\"x\":1.5}}", 0, nullptr);
        some_ = json_loads("{\"b-1/x/1\":null,\"b-2\":null,\"b-3\":{\"x\":\"text\"}}", 0, nullptr);
        /* What OpenSSL sets up with the first of all hashes is lost for good where it fails. */
        ASSERT_EQ(tree_hash(all_, hash), 0);
    }

    void TearDown() override
    {
        json_decref(all_);
        json_decref(some_);
    }

    json_t *all_ = nullptr;
    json_t *some_ = nullptr;
};

TEST(StreamFailureTest, Parsing)
{
    failing_memory::expect_every_failure_is_told(parse);
}

/* A failure is told, or made up for: where there is no memory to note what changed, all is looked at. */
TEST_F(LiveFailureTest, EventsAndNews)
{
    failing_memory::Failure failure = failing_memory::Failure::OWN;

    for (size_t index = 0; failure != failing_memory::Failure::NONE; index++) {
        LiveBreakpoints *live = nullptr;
        Shown shown = {};
        int result;

        failing_memory::arm(index);
        result = live_breakpoints_new(&live);
        if (result == 0)
            result = live_breakpoints_put(live, "/", all_);
        if (result == 0)
            result = take_all(live, &shown);
        if (result == 0)
            result = live_breakpoints_patch(live, "/", some_);
        if (result == 0)
            result = take_all(live, &shown);
        failure = failing_memory::disarm();
        EXPECT_TRUE(result == 0 || result == -ENOMEM) << "allocation " << index;
        if (result == 0) {
            EXPECT_TRUE(shown.is_there[3]);
            EXPECT_FALSE(shown.is_there[2]);
        }
        live_breakpoints_free(live);
    }
}

/* What failed for want of memory is told in the end, if it is asked for again. */
TEST_F(LiveFailureTest, NothingIsForgotten)
{
    for (size_t index = 0; index < 200; index++) {
        LiveBreakpoints *live = nullptr;
        int num_told = 0;
        int result;

        ASSERT_EQ(live_breakpoints_new(&live), 0);
        ASSERT_EQ(live_breakpoints_put(live, "/", all_), 0);
        failing_memory::arm(index);
        do {
            char *id = nullptr;
            json_t *breakpoint = nullptr;

            result = live_breakpoints_next(live, &id, &breakpoint);
            num_told += result > 0;
            free(id);
            json_decref(breakpoint);
        } while (result != 0);
        failing_memory::disarm();
        EXPECT_EQ(num_told, 2) << "allocation " << index;
        live_breakpoints_free(live);
    }
}

TEST(UrlFailureTest, MakingAnAddress)
{
    RtdbUrl url = {};

    ASSERT_EQ(rtdb_url_parse("https://x.firebaseio.com?ns=y", &url), 0);
    failing_memory::expect_every_failure_is_told([&] {
        char *address = nullptr;
        int result = rtdb_url_make(&url, "cdbg/a b/\xc3\xa9", "print=silent", &address);

        free(address);
        return result;
    });
    rtdb_url_deinit(&url);
}

} // namespace
