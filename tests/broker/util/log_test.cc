#include "broker/util/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <jansson.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace
{

class LogTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        log_init(LOG_FORMAT_JSON);
        log_set_writer(
            [](void *context, const char *line, size_t length) {
                static_cast<LogTest *>(context)->lines_.emplace_back(line, length);
            },
            this);
    }

    void TearDown() override
    {
        log_set_writer(nullptr, nullptr);
    }

    std::string member(const std::string &line, const char *name)
    {
        json_t *json = json_loads(line.c_str(), 0, nullptr);
        const char *text = json_string_value(json_object_get(json, name));
        std::string result = text ? text : "(none)";

        json_decref(json);
        return result;
    }

    std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneJsonObjectPerLine)
{
    log_warning("something_odd", "user %d said \"%s\"", 7, "a\nb\x1b");
    ASSERT_EQ(lines_.size(), 1u);
    EXPECT_EQ(lines_[0].find('\n'), lines_[0].size() - 1);
    EXPECT_EQ(member(lines_[0], "severity"), "WARNING");
    EXPECT_EQ(member(lines_[0], "event"), "something_odd");
    EXPECT_EQ(member(lines_[0], "message"), "user 7 said \"a\nb\x1b\"");
}

TEST_F(LogTest, TextHasNoControlCharacters)
{
    log_init(LOG_FORMAT_TEXT);
    log_info("text", "a\nb\x1b[2J");
    ASSERT_EQ(lines_.size(), 1u);
    EXPECT_NE(lines_[0].find("INFO    text: a\\x0ab\\x1b[2J\n"), std::string::npos) << lines_[0];
}

TEST_F(LogTest, TakesWhatIsNoUtf8)
{
    log_info("bytes", "caf\xc3\xa9 \xff");
    EXPECT_EQ(member(lines_.at(0), "message"), "caf?? ?");
}

TEST_F(LogTest, CutsLongMessagesToWhatAPipeTakesAtOnce)
{
    log_info("long", "%s", std::string(100000, '\x01').c_str());
    EXPECT_LT(lines_.at(0).size(), 4096u);
    EXPECT_EQ(lines_[0].back(), '\n');
}

TEST_F(LogTest, SuppressesAFloodOfOneEventAlone)
{
    for (int i = 0; i < 1000; i++)
        log_info("flood", "again");
    log_info("other", "still heard");
    EXPECT_GE(lines_.size(), 21u);
    EXPECT_LE(lines_.size(), 30u) << "a line per second may pass in addition";
    EXPECT_EQ(member(lines_.back(), "event"), "other");
}

TEST_F(LogTest, NeverWaitsForTheReaderOfStdout)
{
    log_set_writer(nullptr, nullptr);
    int pipe_fds[2];
    int saved = dup(STDOUT_FILENO);
    uint64_t dropped = log_num_dropped();

    ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
    fflush(stdout);
    fcntl(pipe_fds[1], F_SETPIPE_SZ, 4096);
    ASSERT_GE(dup2(pipe_fds[1], STDOUT_FILENO), 0);
    for (int i = 0; i < 64; i++) /* would hang here; each event has a limit of its own */
        log_info(i % 2 ? "full_a" : "full_b", "%s", std::string(500, 'x').c_str());
    ASSERT_GE(dup2(saved, STDOUT_FILENO), 0);
    close(saved);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    EXPECT_GT(log_num_dropped(), dropped);
}

} // namespace
