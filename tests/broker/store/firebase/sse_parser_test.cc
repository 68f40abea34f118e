#include "broker/store/firebase/sse_parser.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace
{

typedef std::vector<std::string> Events;

/* "name|data" of each event, "error N" at an error; the text comes in pieces of @step bytes. */
Events parse(const std::string &text, size_t step = 1000000, size_t event_bytes_max = 1000)
{
    SseParser *parser = nullptr;
    Events events;

    EXPECT_EQ(sse_parser_new(event_bytes_max, &parser), 0);
    for (size_t at = 0; at < text.size(); at += step) {
        std::string piece = text.substr(at, step);
        const char *bytes = piece.data();
        size_t length = piece.size();
        SseEvent event;
        int result;

        while ((result = sse_parser_next(parser, &bytes, &length, &event)) == 1) {
            EXPECT_EQ(event.data[event.length], '\0');
            events.push_back(std::string(event.name) + "|" + std::string(event.data, event.length));
        }
        if (result < 0) {
            events.push_back("error " + std::to_string(-result));
            break;
        }
        EXPECT_EQ(length, 0u);
    }
    sse_parser_free(parser);
    return events;
}

const char *const SAMPLE = "event: put\ndata: {\"path\":\"/\",\"data\":null}\n\n"
                           "event: keep-alive\ndata: null\n\n"
                           "event: auth_revoked\ndata: credential is no longer valid\n\n";

TEST(SseParserTest, ReadsEvents)
{
    EXPECT_EQ(parse(SAMPLE), (Events{"put|{\"path\":\"/\",\"data\":null}", "keep-alive|null",
                                     "auth_revoked|credential is no longer valid"}));
}

TEST(SseParserTest, DoesNotMindWhereBytesAreCut)
{
    for (size_t step = 1; step < 40; step++)
        EXPECT_EQ(parse(SAMPLE, step), parse(SAMPLE)) << step;
}

TEST(SseParserTest, TakesEveryEndOfLine)
{
    const Events expected = {"a|1", "b|2"};

    for (const char *end : {"\n", "\r", "\r\n"}) {
        std::string line = end;
        std::string text =
            "event: a" + line + "data: 1" + line + line + "event:b" + line + "data:2" + line + line;

        for (size_t step = 1; step < 10; step++)
            EXPECT_EQ(parse(text, step), expected) << step;
    }
}

TEST(SseParserTest, JoinsLinesOfData)
{
    EXPECT_EQ(parse("data: a\ndata\ndata:  b\n\n"), (Events{"message|a\n\n b"}));
}

TEST(SseParserTest, IgnoresCommentsAndOtherFields)
{
    EXPECT_EQ(parse(": ping\n\nid: 3\nretry: 5\ndatabase: x\nevents: y\nevent: put\ndata: 1\n\n"),
              (Events{"put|1"}));
}

TEST(SseParserTest, ForgetsEventsWithoutData)
{
    EXPECT_EQ(parse("event: put\n\ndata: 1\n\n"), (Events{"message|1"}));
    EXPECT_EQ(parse("event: put\ndata: 1\n"), Events{});
}

TEST(SseParserTest, BoundsAnEvent)
{
    std::string longest(999, 'x');

    EXPECT_EQ(parse("data: " + longest + "\n\n"), (Events{"message|" + longest}));
    EXPECT_EQ(parse("data: " + longest + "y\n\n"), (Events{"error " + std::to_string(EMSGSIZE)}));
    EXPECT_EQ(parse("data: " + std::string(2000, 'x'), 7), (Events{"error " + std::to_string(EMSGSIZE)}));
    EXPECT_EQ(parse("data: " + longest + "\ndata: 1\n\n"), (Events{"error " + std::to_string(EMSGSIZE)}));
}

TEST(SseParserTest, CutsALongName)
{
    EXPECT_EQ(parse("event: " + std::string(100, 'e') + "\ndata: 1\n\n"),
              (Events{std::string(SSE_NAME_BYTES_MAX, 'e') + "|1"}));
}

TEST(SseParserTest, KeepsNulsInData)
{
    EXPECT_EQ(parse(std::string("data: a\0b\n\n", 11)), (Events{std::string("message|a\0b", 11)}));
}

} // namespace
