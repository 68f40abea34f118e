#include "broker/http/head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace
{

/* Parses a copy with room for the terminator, and keeps it alive. */
struct Parsed {
    std::vector<char> text;
    HttpHead head;
    int status;

    explicit Parsed(const std::string &request) : text(request.begin(), request.end())
    {
        text.push_back('x');
        status = http_head_parse(text.data(), request.size(), &head);
    }
};

std::string request(const std::string &line, const std::string &headers = "")
{
    return line + "\r\nHost: localhost\r\n" + headers + "\r\n";
}

TEST(HeadTest, TakesARequestApart)
{
    Parsed parsed("PUT /a/b.json?print=silent HTTP/1.1\r\nHost: localhost:9000\r\ncontent-length: 12\r\n"
                  "X-Blank:  \t\r\nX-Padded: \t a b \r\n\r\n");

    ASSERT_EQ(parsed.status, 0);
    EXPECT_STREQ(parsed.head.method, "PUT");
    EXPECT_STREQ(parsed.head.path, "/a/b.json");
    EXPECT_STREQ(parsed.head.query, "print=silent");
    EXPECT_EQ(parsed.head.authority, nullptr);
    EXPECT_EQ(parsed.head.content_length, 12u);
    EXPECT_FALSE(parsed.head.is_chunked);
    EXPECT_TRUE(parsed.head.is_keep_alive);
    EXPECT_STREQ(http_head_get(&parsed.head, "HOST"), "localhost:9000");
    EXPECT_STREQ(http_head_get(&parsed.head, "x-blank"), "");
    EXPECT_STREQ(http_head_get(&parsed.head, "x-padded"), "a b");
    EXPECT_EQ(http_head_get(&parsed.head, "x-missing"), nullptr);
}

TEST(HeadTest, EndsLinesWithLineFeedAlone)
{
    Parsed parsed("GET / HTTP/1.1\nHost: a\n\n");

    ASSERT_EQ(parsed.status, 0);
    EXPECT_STREQ(http_head_get(&parsed.head, "host"), "a");
}

TEST(HeadTest, UnderstandsTheAbsoluteForm)
{
    Parsed parsed(request("GET http://evil.example:80/x.json?y HTTP/1.1"));

    ASSERT_EQ(parsed.status, 0);
    EXPECT_STREQ(parsed.head.authority, "evil.example:80");
    EXPECT_STREQ(parsed.head.path, "/x.json");
    EXPECT_STREQ(parsed.head.query, "y");
}

TEST(HeadTest, KnowsWhenTheConnectionEnds)
{
    EXPECT_TRUE(Parsed(request("GET / HTTP/1.1")).head.is_keep_alive);
    EXPECT_FALSE(Parsed(request("GET / HTTP/1.1", "Connection: close\r\n")).head.is_keep_alive);
    EXPECT_FALSE(Parsed(request("GET / HTTP/1.1", "Connection: foo, Close\r\n")).head.is_keep_alive);
    EXPECT_TRUE(Parsed(request("GET / HTTP/1.1", "Connection: closed\r\n")).head.is_keep_alive);
    EXPECT_FALSE(Parsed(request("GET / HTTP/1.0")).head.is_keep_alive);
    EXPECT_TRUE(Parsed(request("GET / HTTP/1.0", "Connection: Keep-Alive\r\n")).head.is_keep_alive);
}

TEST(HeadTest, KnowsChunksAndExpectations)
{
    Parsed parsed(request("PUT / HTTP/1.1", "Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n"));

    ASSERT_EQ(parsed.status, 0);
    EXPECT_TRUE(parsed.head.is_chunked);
    EXPECT_TRUE(parsed.head.is_continue_expected);
}

TEST(HeadTest, RefusesWhatCouldBeReadInTwoWays)
{
    const std::string headers[] = {
        "Content-Length: 1\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: 1a\r\n",
        "Content-Length: -1\r\n",
        "Content-Length:\r\n",
        "Content-Length: 9999999999999999999999\r\n",
        "Host: other\r\n",
        "Origin: http://a\r\nOrigin: http://b\r\n",
        "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
        "X : y\r\n",
        "X\r\n",
        ": y\r\n",
        "X: a\r\n folded\r\n",
        "X: a\001b\r\n",
        "X\xc3\xa9: b\r\n",
    };

    for (const std::string &header : headers)
        EXPECT_EQ(Parsed(request("GET / HTTP/1.1", header)).status, 400) << header;
}

TEST(HeadTest, RefusesMalformedRequestLines)
{
    const std::string lines[] = {
        "",
        "GET",
        "GET /",
        "GET  / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET a HTTP/1.1",
        "GET /#x HTTP/1.1",
        "G(T / HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTX/1.1",
        "GET http://host HTTP/1.1",
        "GET /\x7f HTTP/1.1",
    };

    for (const std::string &line : lines)
        EXPECT_EQ(Parsed(request(line)).status, 400) << line;
}

TEST(HeadTest, NamesWhatIsNotSupported)
{
    EXPECT_EQ(Parsed(request("GET / HTTP/2.0")).status, 505);
    EXPECT_EQ(Parsed(request("GET / HTTP/1.2")).status, 505);
    EXPECT_EQ(Parsed(request("GET / HTTP/1.1", "Transfer-Encoding: gzip\r\n")).status, 501);
    EXPECT_EQ(Parsed(request("GET / HTTP/1.1", "Expect: 200-ok\r\n")).status, 417);
    EXPECT_EQ(Parsed("GET / HTTP/1.1\r\n\r\n").status, 400); /* no Host */
    EXPECT_EQ(Parsed("GET / HTTP/1.0\r\n\r\n").status, 0);
}

TEST(HeadTest, RefusesTooManyHeaders)
{
    std::string headers;

    for (int i = 0; i < HTTP_NUM_HEADERS_MAX - 1; i++) /* beside Host */
        headers += "X: y\r\n";
    EXPECT_EQ(Parsed(request("GET / HTTP/1.1", headers)).status, 0);
    EXPECT_EQ(Parsed(request("GET / HTTP/1.1", headers + "X: y\r\n")).status, 431);
}

TEST(HeadTest, RefusesNulAndMissingEnd)
{
    EXPECT_EQ(Parsed(std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29)).status, 400);
    EXPECT_EQ(Parsed("GET / HTTP/1.1\r\nHost: a\r\n").status, 400);
    EXPECT_EQ(Parsed("").status, 400);
}

} // namespace
