/* Whatever bytes come, the decoders end, stay within their input (AddressSanitizer) and keep their promises.
 */
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "broker/http/chunked.h"
#include "broker/http/head.h"
#include "broker/http/host.h"
#include "broker/http/query.h"

namespace
{

const int ROUNDS = 30000;

/* A few random changes of @text. */
std::string mutate(std::string text, std::mt19937 &random)
{
    static const char interesting[] = "\0\r\n \t:/?%=&;,[]#\x7f\xff"
                                      "0a";
    const size_t num_interesting = sizeof interesting - 1;

    for (unsigned changes = 1 + random() % 4; changes > 0 && !text.empty(); changes--) {
        size_t at = random() % text.size();

        switch (random() % 4) {
        case 0:
            text.erase(at, 1 + random() % 3);
            break;
        case 1:
            text.insert(at, 1, interesting[random() % num_interesting]);
            break;
        case 2:
            text[at] = interesting[random() % num_interesting];
            break;
        default:
            text.insert(at, text.substr(random() % text.size(), random() % 20));
        }
    }
    return text;
}

TEST(MutationTest, OfHeads)
{
    const std::string good = "PUT http://localhost/a%20b.json?x=1&y HTTP/1.1\r\nHost: localhost:9000\r\n"
                             "Content-Length: 12\r\nConnection: close, x\r\nExpect: 100-continue\r\n\r\n";
    std::mt19937 random(1);
    int num_good = 0;

    for (int i = 0; i < ROUNDS; i++) {
        std::string text = mutate(good, random);
        /* On the heap and to the byte, so that a step outside is seen. */
        std::unique_ptr<char[]> bytes(new char[text.size() + 1]);
        HttpHead head;

        memcpy(bytes.get(), text.data(), text.size());
        int status = http_head_parse(bytes.get(), text.size(), &head);
        if (status != 0) {
            EXPECT_TRUE(status >= 400 && status < 600);
            continue;
        }
        num_good++;
        EXPECT_TRUE(head.path[0] == '/' || strcmp(head.path, "*") == 0);
        EXPECT_FALSE(head.is_chunked && head.content_length > 0);
        for (size_t j = 0; j < head.num_headers; j++)
            EXPECT_EQ(strpbrk(head.headers[j].value, "\r\n"), nullptr);
    }
    EXPECT_GT(num_good, ROUNDS / 100);
}

TEST(MutationTest, OfChunks)
{
    std::mt19937 random(2);

    for (int i = 0; i < ROUNDS; i++) {
        const std::string text = mutate("4\r\nWiki\r\n6;n=v\r\npedia \r\n0\r\nT: 1\r\n\r\n", random);
        ChunkedDecoder decoder = {};
        size_t consumed = 0;
        size_t num_data = 0;

        while (consumed < text.size() && decoder.state != CHUNKED_DONE) {
            const size_t piece = 1 + random() % (text.size() - consumed);
            std::unique_ptr<char[]> bytes(new char[piece]);
            const char *data;
            size_t length;

            memcpy(bytes.get(), text.data() + consumed, piece);
            long step = chunked_step(&decoder, bytes.get(), piece, &data, &length);
            if (step < 0)
                break;
            ASSERT_GT(step, 0);
            ASSERT_LE((size_t)step, piece);
            ASSERT_LE(length, (size_t)step);
            num_data += length;
            consumed += (size_t)step;
        }
        EXPECT_LE(num_data, text.size());
    }
}

TEST(MutationTest, OfQueriesAndHosts)
{
    std::mt19937 random(3);

    for (int i = 0; i < ROUNDS; i++) {
        const std::string text = mutate("orderBy=%22a%2Fb%22&limitToFirst=2&x", random);
        HttpQuery query;

        if (http_query_init(&query, text.c_str()) == 0)
            http_query_deinit(&query);

        const std::string address = mutate("[2001:db8::1]:9000", random);
        struct sockaddr_storage parsed;
        socklen_t length = 0;
        if (host_parse_address(address.c_str(), &parsed, &length) == 0) {
            EXPECT_GT(length, 0u);
        }
    }
}

} // namespace
