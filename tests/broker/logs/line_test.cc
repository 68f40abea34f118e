#include "broker/logs/line.h"

#include <gtest/gtest.h>
#include <jansson.h>

#include <cstdlib>
#include <string>

namespace
{

class LogLineTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        record_.severity = "WARNING";
        record_.message = "LOGPOINT: total is 5";
        record_.path = "shop/views.py";
        record_.line = 42;
        record_.function = "Cart.total";
        record_.time_unix_us = 1800000000123456;
        record_.debuggee_id = "d-0123456789abcdef";
        record_.module = "shop";
        record_.version = "v2";
        record_.breakpoint_id = "b-1";
        record_.pid = 77;
        record_.thread_id = 140000000000001;
        record_.insert_id = "abc-1";
    }

    std::string json()
    {
        char *text = log_line_json(&record_);
        std::string result = text;

        free(text);
        return result;
    }

    std::string text()
    {
        char *line = log_line_text(&record_);
        std::string result = line;

        free(line);
        return result;
    }

    LogRecord record_ = {};
};

TEST_F(LogLineTest, JsonIsWhatCloudLoggingUnderstands)
{
    EXPECT_EQ(json(), "{\"severity\":\"WARNING\",\"timestamp\":\"2027-01-15T08:00:00.123456Z\","
                      "\"message\":\"LOGPOINT: total is 5\","
                      "\"logging.googleapis.com/sourceLocation\":{\"line\":\"42\",\"file\":\"shop/views.py\","
                      "\"function\":\"Cart.total\"},"
                      "\"logging.googleapis.com/labels\":{\"logger\":\"snapshot-broker\","
                      "\"debuggee\":\"d-0123456789abcdef\",\"module\":\"shop\",\"version\":\"v2\","
                      "\"breakpoint\":\"b-1\",\"pid\":\"77\",\"thread\":\"140000000000001\"},"
                      "\"logging.googleapis.com/insertId\":\"abc-1\"}\n");
}

TEST_F(LogLineTest, JsonHasTheTraceOfTheRequest)
{
    record_.trace_id = "0123456789abcdef0123456789abcdef";
    record_.span_id = "0123456789abcdef";
    EXPECT_NE(json().find("\"logging.googleapis.com/trace\":\"0123456789abcdef0123456789abcdef\","
                          "\"logging.googleapis.com/spanId\":\"0123456789abcdef\""),
              std::string::npos);
    record_.project_id = "my-project";
    EXPECT_NE(json().find("\"logging.googleapis.com/trace\":\"projects/my-project/traces/"
                          "0123456789abcdef0123456789abcdef\""),
              std::string::npos);
}

TEST_F(LogLineTest, JsonStaysOneValidLineWhateverTheAppSays)
{
    std::string hostile = "LOGPOINT: \"}\n{\"severity\":\"x\"}\r\n\x1b[2J\xff\xed\xa0\x80";

    record_.message = record_.path = record_.function = record_.module = record_.version =
        record_.breakpoint_id = record_.trace_id = record_.span_id = record_.project_id = hostile.c_str();
    std::string line = json();
    json_t *parsed = json_loads(line.c_str(), JSON_REJECT_DUPLICATES, nullptr);

    ASSERT_NE(parsed, nullptr) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_STREQ(json_string_value(json_object_get(parsed, "severity")), "WARNING");
    json_decref(parsed);
}

TEST_F(LogLineTest, LeavesOutWhatIsNotThere)
{
    LogRecord bare = {};

    bare.severity = "INFO";
    bare.message = "LOGPOINT: ";
    record_ = bare;
    EXPECT_EQ(
        json(),
        "{\"severity\":\"INFO\",\"timestamp\":\"1970-01-01T00:00:00.000000Z\",\"message\":\"LOGPOINT: \","
        "\"logging.googleapis.com/sourceLocation\":{\"line\":\"0\"},"
        "\"logging.googleapis.com/labels\":{\"logger\":\"snapshot-broker\",\"pid\":\"0\"}}\n");
    EXPECT_EQ(text(), "1970-01-01T00:00:00.000000Z INFO    LOGPOINT: \n");
}

TEST_F(LogLineTest, SaysHowManyWereSuppressed)
{
    record_.num_suppressed = 12;
    EXPECT_NE(json().find(",\"suppressed\":12}"), std::string::npos);
    EXPECT_NE(text().find(" [12 hits before it were suppressed]\n"), std::string::npos);
}

TEST_F(LogLineTest, TextIsOneLineForPeople)
{
    EXPECT_EQ(text(),
              "2027-01-15T08:00:00.123456Z WARNING shop/views.py:42 Cart.total LOGPOINT: total is 5\n");
    record_.message = "LOGPOINT: a\nb\x1b[2J";
    EXPECT_EQ(text(),
              "2027-01-15T08:00:00.123456Z WARNING shop/views.py:42 Cart.total LOGPOINT: a\\nb\\x1b[2J\n");
}

TEST_F(LogLineTest, TakesAnyTime)
{
    for (uint64_t time : {uint64_t{0}, UINT64_MAX, UINT64_MAX / 2}) {
        record_.time_unix_us = time;
        json_t *parsed = json_loads(json().c_str(), 0, nullptr);

        EXPECT_NE(parsed, nullptr);
        json_decref(parsed);
    }
}

} // namespace
