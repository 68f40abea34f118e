#include "broker/http/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace
{

struct Decoded {
    std::string body;
    bool is_good = true;
    bool is_done = false;
    size_t consumed = 0;
};

/* Feeds @text in pieces of @piece bytes. */
Decoded decode(const std::string &text, size_t piece)
{
    ChunkedDecoder decoder = {};
    Decoded result;

    while (result.consumed < text.size() && decoder.state != CHUNKED_DONE) {
        const char *data;
        size_t length;
        long step = chunked_step(&decoder, text.data() + result.consumed,
                                 std::min(piece, text.size() - result.consumed), &data, &length);

        if (step < 0) {
            result.is_good = false;
            return result;
        }
        EXPECT_GT(step, 0);
        result.body.append(data ? data : "", length);
        result.consumed += (size_t)step;
    }
    result.is_done = decoder.state == CHUNKED_DONE;
    return result;
}

TEST(ChunkedTest, DecodesWhateverTheSizesOfThePieces)
{
    const std::string text = "4\r\nWiki\r\n6;name=value\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\n";

    for (size_t piece = 1; piece <= text.size(); piece++) {
        Decoded decoded = decode(text + "GET", piece);

        EXPECT_TRUE(decoded.is_good && decoded.is_done) << piece;
        EXPECT_EQ(decoded.body, "Wikipedia in \r\n\r\nchunks.") << piece;
        EXPECT_EQ(decoded.consumed, text.size()) << piece;
    }
}

TEST(ChunkedTest, SkipsTrailersAndAcceptsBareLineFeeds)
{
    Decoded decoded = decode("1\na\n00\nX-Trailer: 1\nY: 2\n\n", 3);

    EXPECT_TRUE(decoded.is_good && decoded.is_done);
    EXPECT_EQ(decoded.body, "a");
}

TEST(ChunkedTest, IsNotDoneBeforeTheEnd)
{
    const std::string text = "1\r\na\r\n0\r\n\r\n";

    for (size_t length = 0; length < text.size(); length++)
        EXPECT_FALSE(decode(text.substr(0, length), 64).is_done) << length;
}

TEST(ChunkedTest, RefusesMalformedBodies)
{
    const std::string bodies[] = {
        "\r\n",     "x\r\n",    "-1\r\n", "1\r\nab\r\n",          "1\r\na0\r\n",  "1\ra\r\n",
        "1\r2\r\n", "1\r;\r\n", ";a\r\n", "1111111111111111\r\n", "1\r\na\r\r\n",
    };

    for (const std::string &body : bodies)
        for (size_t piece = 1; piece <= body.size(); piece++)
            EXPECT_FALSE(decode(body, piece).is_good) << body << piece;
}

TEST(ChunkedTest, BoundsExtensionsAndTrailers)
{
    EXPECT_FALSE(decode("1;" + std::string(10000, 'x') + "\r\na\r\n0\r\n\r\n", 512).is_good);
    EXPECT_FALSE(decode("0\r\n" + std::string(10000, 'x') + "\r\n\r\n", 512).is_good);
}

} // namespace
