#include "broker/store/firebase/rtdb_outcome.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace
{

TEST(RtdbOutcomeTest, KnowsWhatIsForGood)
{
    for (int status : {200, 204})
        EXPECT_EQ(rtdb_outcome(0, status), RTDB_DONE) << status;
    EXPECT_EQ(rtdb_outcome(0, 412), RTDB_CONFLICT);
    for (int status : {400, 405, 411, 413, 414, 415, 422, 431})
        EXPECT_EQ(rtdb_outcome(0, status), RTDB_REFUSED) << status;
    for (int status : {301, 307, 401, 402, 403, 404, 408, 409, 421, 423, 425, 429, 500, 502, 503, 504, 599})
        EXPECT_EQ(rtdb_outcome(0, status), RTDB_TEMPORARY) << status;
    EXPECT_EQ(rtdb_outcome(-EIO, 200), RTDB_TEMPORARY); /* cut in the middle */
}

TEST(RtdbOutcomeTest, KnowsWhatSaysNothingOfTheDatabase)
{
    for (int result : {-ECONNREFUSED, -EHOSTUNREACH, -ETIMEDOUT, -EKEYREJECTED, -EIO})
        EXPECT_TRUE(rtdb_is_away(result, 0));
    for (int result : {0, -EACCES, -ELOOP, -EMSGSIZE, -ENOMEM})
        EXPECT_FALSE(rtdb_is_away(result, 0));
}

TEST(RtdbOutcomeTest, KnowsThatABrokenServerIsNoDatabase)
{
    for (int status : {500, 502, 503, 504})
        EXPECT_TRUE(rtdb_is_away(0, status)) << status;
    for (int status : {200, 400, 401, 404, 412, 429})
        EXPECT_FALSE(rtdb_is_away(0, status)) << status;
}

TEST(RtdbOutcomeTest, CountsByClass)
{
    EXPECT_EQ(rtdb_metric(0, 204), METRIC_DATABASE_REQUESTS_OK);
    EXPECT_EQ(rtdb_metric(0, 401), METRIC_DATABASE_REQUESTS_DENIED);
    EXPECT_EQ(rtdb_metric(0, 403), METRIC_DATABASE_REQUESTS_DENIED);
    EXPECT_EQ(rtdb_metric(0, 412), METRIC_DATABASE_REQUESTS_CONFLICT);
    EXPECT_EQ(rtdb_metric(0, 429), METRIC_DATABASE_REQUESTS_TOO_MANY);
    EXPECT_EQ(rtdb_metric(0, 503), METRIC_DATABASE_REQUESTS_SERVER);
    EXPECT_EQ(rtdb_metric(0, 400), METRIC_DATABASE_REQUESTS_OTHER);
    EXPECT_EQ(rtdb_metric(-ETIMEDOUT, 0), METRIC_DATABASE_REQUESTS_NETWORK);
    EXPECT_EQ(rtdb_metric(-EACCES, 307), METRIC_DATABASE_REQUESTS_OTHER);
}

TEST(RtdbOutcomeTest, ReadsTheTextOfAnError)
{
    json_t *body = json_pack("{s:s}", "error", std::string(1000, 'x').c_str());
    char text[300];

    rtdb_error_text(body, text, sizeof text);
    EXPECT_EQ(std::string(text), std::string(200, 'x'));
    rtdb_error_text(nullptr, text, sizeof text);
    EXPECT_STREQ(text, "");
    json_object_set_new(body, "error", json_integer(3));
    rtdb_error_text(body, text, sizeof text);
    EXPECT_STREQ(text, "");
    json_decref(body);
}

} // namespace
