/* Outputs beside files and pipes: syslog, journald, the app's own log. */
#include "broker/logs/datagram.h"
#include "broker/logs/sink_app.h"
#include "broker/logs/sink_journald.h"
#include "broker/logs/sink_syslog.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "tests/broker/stubs/scratch_folder.hh"
#include "tests/broker/util/fake_clock.hh"

namespace
{

LogRecord record_of(const char *message)
{
    LogRecord record = {};

    record.severity = "WARNING";
    record.message = message;
    record.path = "shop/a.py";
    record.line = 7;
    record.function = "Cart.add";
    record.time_unix_us = 1800000000123456;
    record.debuggee_id = "d-1";
    record.module = "shop";
    record.version = "3";
    record.breakpoint_id = "b-1";
    record.pid = 42;
    record.thread_id = 99;
    record.insert_id = "i-1";
    return record;
}

TEST(SyslogLineTest, IsWhatSyslogWritesToDevLog)
{
    setenv("TZ", "UTC", 1);
    tzset();
    LogRecord record = record_of("LOGPOINT: two\nlines");
    char *line = syslog_line(&record);
    EXPECT_STREQ(line, "<12>Jan 15 08:00:00 snapshot-broker[42]: shop/a.py:7 Cart.add LOGPOINT: two\\nlines");
    free(line);

    record.severity = "ERROR";
    record.num_suppressed = 5;
    line = syslog_line(&record);
    EXPECT_EQ(std::string(line).substr(0, 4), "<11>");
    EXPECT_NE(std::string(line).find("[5 hits before it were suppressed]"), std::string::npos);
    free(line);
}

TEST(JournaldEntryTest, HasTheRecordInFields)
{
    LogRecord record = record_of("LOGPOINT: x");
    size_t length;

    record.trace_id = "0123";
    record.span_id = "45";
    char *entry = journald_entry(&record, &length);
    EXPECT_EQ(std::string(entry, length),
              "MESSAGE=LOGPOINT: x\nPRIORITY=4\nSYSLOG_IDENTIFIER=snapshot-broker\n"
              "CODE_FILE=shop/a.py\nCODE_LINE=7\nCODE_FUNC=Cart.add\n"
              "SNAPSHOT_DEBUGGEE=d-1\nSNAPSHOT_MODULE=shop\nSNAPSHOT_VERSION=3\n"
              "SNAPSHOT_BREAKPOINT=b-1\nSNAPSHOT_PID=42\nSNAPSHOT_THREAD=99\n"
              "SNAPSHOT_TIME_USEC=1800000000123456\nSNAPSHOT_TRACE=0123\n"
              "SNAPSHOT_SPAN=45\nSNAPSHOT_INSERT_ID=i-1\n");
    free(entry);
}

TEST(JournaldEntryTest, AValueOfSeveralLinesHasItsLength)
{
    LogRecord record = record_of("a\nFAKE=1");
    size_t length;
    char *entry = journald_entry(&record, &length);

    EXPECT_EQ(std::string(entry, length).substr(0, 25),
              std::string("MESSAGE\n\x08\0\0\0\0\0\0\0a\nFAKE=1\n", 25));
    free(entry);
}

class DatagramsTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        base_ = event_base_new();
        ASSERT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
        options_ = {base_, timers_, &metrics_, 4000, METRIC_LOG_OUTPUT_DROPPED_SYSLOG};
        path_ = folder_.path("log");
    }

    void TearDown() override
    {
        (void)datagrams_free(datagrams_);
        stop_reader();
        EXPECT_EQ(metrics_get(&metrics_, METRIC_LOG_ENTRIES_QUEUED), 0);
        timers_ = timers_free(timers_);
        event_base_free(base_);
    }

    void start_reader()
    {
        sockaddr_un address = {};

        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        reader_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        ASSERT_EQ(bind(reader_, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
    }

    void stop_reader()
    {
        if (reader_ >= 0)
            close(reader_);
        reader_ = -1;
        unlink(path_.c_str());
    }

    bool give(const std::string &data)
    {
        return datagrams_write(datagrams_, OUTPUT_LOG_ENTRY, data.data(), data.size());
    }

    std::vector<std::string> read_all()
    {
        std::vector<std::string> all;
        char buffer[5000];
        ssize_t size;

        while ((size = recv(reader_, buffer, sizeof buffer, 0)) >= 0)
            all.emplace_back(buffer, static_cast<size_t>(size));
        return all;
    }

    void pass_ms(uint64_t ms)
    {
        clock_.pass_us(ms * 1000);
        timers_run(timers_);
    }

    int64_t count(Metric metric) const
    {
        return metrics_get(&metrics_, metric);
    }

    ScratchFolder folder_;
    std::string path_;
    FakeClock clock_;
    event_base *base_ = nullptr;
    Timers *timers_ = nullptr;
    Metrics metrics_ = {};
    OutputOptions options_ = {};
    Datagrams *datagrams_ = nullptr;
    int reader_ = -1;
};

TEST_F(DatagramsTest, ArriveWholeAndInOrder)
{
    start_reader();
    ASSERT_EQ(datagrams_new(&options_, path_.c_str(), false, &datagrams_), 0);
    EXPECT_TRUE(give("one"));
    EXPECT_TRUE(give("two"));
    EXPECT_EQ(read_all(), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_WRITTEN), 2);
}

TEST_F(DatagramsTest, WaitForASlowReaderUpToTheBound)
{
    start_reader();
    ASSERT_EQ(datagrams_new(&options_, path_.c_str(), false, &datagrams_), 0);
    int num_taken = 0;
    std::vector<std::string> expected;
    for (int i = 0; i < 1000; i++) {
        std::string line = std::to_string(i) + std::string(100, 'x');
        if (give(line)) {
            num_taken++;
            expected.push_back(line);
        }
    }
    EXPECT_LT(num_taken, 1000);
    EXPECT_FALSE(datagrams_are_sent(datagrams_));
    EXPECT_EQ(count(METRIC_LOG_OUTPUT_DROPPED_SYSLOG), 1000 - num_taken);
    std::vector<std::string> all;
    while (!datagrams_are_sent(datagrams_)) {
        for (auto &line : read_all())
            all.push_back(line);
        event_base_loop(base_, EVLOOP_NONBLOCK);
    }
    for (auto &line : read_all())
        all.push_back(line);
    EXPECT_EQ(all, expected);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_WRITTEN), num_taken);
}

TEST_F(DatagramsTest, FindAReaderThatComesLaterOrAnew)
{
    ASSERT_EQ(datagrams_new(&options_, path_.c_str(), false, &datagrams_), 0);
    EXPECT_TRUE(give("early"));
    EXPECT_TRUE(datagrams_are_sent(datagrams_)) << "nobody is there to wait for";
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_QUEUED), 1);
    start_reader();
    pass_ms(DATAGRAM_RETRY_MS);
    EXPECT_EQ(read_all(), std::vector<std::string>{"early"});

    stop_reader();
    start_reader();
    pass_ms(DATAGRAM_RETRY_MS);
    EXPECT_TRUE(give("anew"));
    EXPECT_EQ(read_all(), std::vector<std::string>{"anew"});
}

TEST_F(DatagramsTest, WithoutAReaderTheBoundHoldsAndTheEndIsCounted)
{
    ASSERT_EQ(datagrams_new(&options_, path_.c_str(), false, &datagrams_), 0);
    for (int i = 0; i < 100; i++)
        give(std::string(100, 'x'));
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_QUEUED), 40);
    datagrams_ = datagrams_free(datagrams_);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_DROPPED_OUTPUT), 40) << "of those that were taken";
    EXPECT_EQ(count(METRIC_LOG_OUTPUT_DROPPED_SYSLOG), 100);
}

TEST_F(DatagramsTest, WhatIsTooLargeComesInAMemoryFileWhereTheReaderKnowsThem)
{
    const std::string large(1 << 20, 'y');
    char control[CMSG_SPACE(sizeof(int))];
    char byte;
    iovec part = {&byte, 1};
    msghdr header = {};

    options_.queue_bytes_max = 4 << 20;
    start_reader();
    ASSERT_EQ(datagrams_new(&options_, path_.c_str(), true, &datagrams_), 0);
    ASSERT_TRUE(give(large));
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    EXPECT_EQ(recvmsg(reader_, &header, 0), 0);
    ASSERT_NE(CMSG_FIRSTHDR(&header), nullptr);
    int fd = *reinterpret_cast<int *>(CMSG_DATA(CMSG_FIRSTHDR(&header)));
    std::string text(large.size() + 1, '\0');
    EXPECT_EQ(pread(fd, &text[0], text.size(), 0), static_cast<ssize_t>(large.size()));
    EXPECT_EQ(text.substr(0, large.size()), large);
    EXPECT_NE(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE, 0);
    close(fd);
}

TEST_F(DatagramsTest, WhatIsTooLargeForOthersIsDropped)
{
    options_.queue_bytes_max = 4 << 20;
    start_reader();
    ASSERT_EQ(datagrams_new(&options_, path_.c_str(), false, &datagrams_), 0);
    EXPECT_FALSE(give(std::string(1 << 20, 'y')));
    EXPECT_TRUE(give("small"));
    EXPECT_EQ(read_all(), std::vector<std::string>{"small"});
}

TEST_F(DatagramsTest, APathThatIsTooLongIsRefused)
{
    EXPECT_EQ(datagrams_new(&options_, std::string(200, 'p').c_str(), false, &datagrams_), -EINVAL);
}

struct Session {
    bool has_room = true;
    std::vector<std::string> messages;
};

bool send_to(void *origin, const Snapshot__BrokerMessage *message)
{
    Session *session = static_cast<Session *>(origin);
    const Snapshot__AppLog *log = message->app_log;

    EXPECT_EQ(message->message_case, SNAPSHOT__BROKER_MESSAGE__MESSAGE_APP_LOG);
    EXPECT_EQ(log->level, 30u);
    EXPECT_EQ(log->line, 7u);
    if (session->has_room)
        session->messages.emplace_back(reinterpret_cast<char *>(log->message.data), log->message.len);
    return session->has_room;
}

TEST_F(DatagramsTest, TheAppGetsItsOwnLines)
{
    Session session;
    LogRecord record = record_of("LOGPOINT: x");
    Sink *sink;

    options_.dropped = METRIC_LOG_OUTPUT_DROPPED_APP;
    ASSERT_EQ(sink_app_new(&options_, send_to, &sink), 0);
    EXPECT_FALSE(sink_write(sink, OUTPUT_LOG_ENTRY, &record)) << "of nobody knows whom";
    record.origin = &session;
    EXPECT_TRUE(sink_write(sink, OUTPUT_LOG_ENTRY, &record));
    session.has_room = false;
    EXPECT_FALSE(sink_write(sink, OUTPUT_LOG_ENTRY_COPY, &record));
    EXPECT_EQ(session.messages, std::vector<std::string>{"LOGPOINT: x"});
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_WRITTEN), 1);
    EXPECT_EQ(count(METRIC_LOG_OUTPUT_DROPPED_APP), 2);
    EXPECT_TRUE(sink_is_empty(sink));
    EXPECT_EQ(sink_reopen(sink), 0);
    EXPECT_EQ(sink_free(sink), nullptr);
}

} // namespace
