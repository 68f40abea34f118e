#include "broker/util/timestamp.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace
{

struct Example {
    const char *text;
    uint64_t unix_us;
};

class TimestampTest : public testing::TestWithParam<Example>
{
};

TEST_P(TimestampTest, IsRead)
{
    uint64_t unix_us = 1;

    EXPECT_EQ(timestamp_parse(GetParam().text, &unix_us), 0);
    EXPECT_EQ(unix_us, GetParam().unix_us);
}

INSTANTIATE_TEST_SUITE_P(Examples, TimestampTest,
                         testing::Values(Example{"1970-01-01T00:00:00Z", 0},
                                         Example{"2014-06-11T02:30:00Z", 1402453800000000},
                                         Example{"2014-06-11T02:30:00.5Z", 1402453800500000},
                                         Example{"2014-06-11T02:30:00.123456Z", 1402453800123456},
                                         Example{"2014-06-11T02:30:00.123456789Z", 1402453800123456},
                                         Example{"2014-06-11T02:30:00", 1402453800000000},
                                         Example{"2014-06-11 02:30:00Z", 1402453800000000},
                                         Example{"2014-06-11t02:30:00z", 1402453800000000},
                                         Example{"2014-06-11T04:30:00+02:00", 1402453800000000},
                                         Example{"2014-06-10T21:00:00-05:30", 1402453800000000},
                                         Example{"2016-02-29T00:00:00Z", 1456704000000000},
                                         Example{"2000-02-29T00:00:00Z", 951782400000000},
                                         Example{"2016-12-31T23:59:60Z", 1483228800000000},
                                         Example{"9999-12-31T23:59:59Z", 253402300799000000}));

TEST(Timestamp, IsRefusedWhereItIsNone)
{
    for (const char *text : {"",
                             "now",
                             "2014",
                             "2014-06-11",
                             "2014-06-11T02:30",
                             "2014-06-11T02:30:00.Z",
                             "2014-06-11T02:30:00Zx",
                             "2014-06-11T02:30:00+2",
                             "2014-06-11T02:30:00+24:00",
                             "2014-06-11T02:30:00+02:60",
                             "2014-00-11T02:30:00Z",
                             "2014-13-11T02:30:00Z",
                             "2014-06-00T02:30:00Z",
                             "2014-06-31T02:30:00Z",
                             "2015-02-29T00:00:00Z",
                             "1900-02-29T00:00:00Z",
                             "2014-06-11T24:00:00Z",
                             "2014-06-11T02:60:00Z",
                             "2014-06-11T02:30:61Z",
                             "1969-12-31T23:59:59Z",
                             "1970-01-01T00:00:00+00:01",
                             "-014-06-11T02:30:00Z",
                             " 2014-06-11T02:30:00Z",
                             "2014/06/11T02:30:00Z",
                             "1402453800000"}) {
        uint64_t unix_us = 7;

        EXPECT_EQ(timestamp_parse(text, &unix_us), -EINVAL) << text;
        EXPECT_EQ(unix_us, 7u);
    }
}

/* The same whatever the time zone of the broker, unlike in the original. */
TEST(Timestamp, IsUtc)
{
    uint64_t unix_us;

    setenv("TZ", "America/New_York", 1);
    EXPECT_EQ(timestamp_parse("2014-06-11T02:30:00", &unix_us), 0);
    EXPECT_EQ(unix_us, 1402453800000000u);
    unsetenv("TZ");
}

} // namespace
