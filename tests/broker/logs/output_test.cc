#include "broker/logs/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>

#include "tests/broker/stubs/scratch_folder.hh"
#include "tests/broker/util/fake_clock.hh"

namespace
{

size_t count_descriptors()
{
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

class OutputTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        num_descriptors_ = count_descriptors();
        base_ = event_base_new();
        ASSERT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
        options_ = {base_, timers_, &metrics_, 100000, METRIC_LOG_OUTPUT_DROPPED_FILE};
    }

    void TearDown() override
    {
        EXPECT_EQ(output_free(output_), nullptr);
        EXPECT_EQ(metrics_get(&metrics_, METRIC_LOG_ENTRIES_QUEUED), 0);
        EXPECT_EQ(written() + dropped(), num_given_) << "no line is lost uncounted";
        for (int fd : pipe_) {
            if (fd >= 0)
                close(fd);
        }
        timers_ = timers_free(timers_);
        event_base_free(base_);
        EXPECT_EQ(count_descriptors(), num_descriptors_);
    }

    void start_pipe()
    {
        ASSERT_EQ(pipe2(pipe_, O_CLOEXEC), 0);
        ASSERT_EQ(fcntl(pipe_[1], F_SETPIPE_SZ, 4096), 4096);
        ASSERT_EQ(output_new_descriptor(&options_, pipe_[1], &output_), 0);
    }

    void give(const std::string &line)
    {
        num_given_++;
        if (!output_write(output_, OUTPUT_LOG_ENTRY, line.data(), line.size()))
            metrics_count(&metrics_, METRIC_LOG_ENTRIES_DROPPED_OUTPUT); /* as no other output takes it */
    }

    static std::string numbered(int number, size_t size = 100)
    {
        std::string line = std::to_string(number) + " ";

        return line + std::string(size - line.size() - 1, 'x') + "\n";
    }

    int64_t written()
    {
        return metrics_get(&metrics_, METRIC_LOG_ENTRIES_WRITTEN);
    }

    int64_t dropped()
    {
        return metrics_get(&metrics_, METRIC_LOG_ENTRIES_DROPPED_OUTPUT);
    }

    int64_t queued()
    {
        return metrics_get(&metrics_, METRIC_LOG_ENTRIES_QUEUED);
    }

    /* Reads all that comes, with the loop turning, until nothing is queued any more. */
    std::string read_all(int fd)
    {
        std::string text;
        char part[3000];
        ssize_t size;

        fcntl(fd, F_SETFL, O_NONBLOCK);
        do {
            event_base_loop(base_, EVLOOP_NONBLOCK);
            while ((size = read(fd, part, sizeof part)) > 0)
                text.append(part, static_cast<size_t>(size));
        } while (!output_is_empty(output_));
        while ((size = read(fd, part, sizeof part)) > 0)
            text.append(part, static_cast<size_t>(size));
        return text;
    }

    static std::string content_of(const std::string &path)
    {
        std::ifstream file(path);

        return {std::istreambuf_iterator<char>(file), {}};
    }

    struct event_base *base_ = nullptr;
    FakeClock clock_;
    Timers *timers_ = nullptr;
    Metrics metrics_ = {};
    OutputOptions options_ = {};
    Output *output_ = nullptr;
    int pipe_[2] = {-1, -1};
    int64_t num_given_ = 0;
    size_t num_descriptors_ = 0;
    ScratchFolder folder_;
};

TEST_F(OutputTest, WritesAtOnceWhereThereIsRoom)
{
    start_pipe();
    give("one\n");
    give("two\n");
    EXPECT_EQ(written(), 2);
    EXPECT_EQ(read_all(pipe_[0]), "one\ntwo\n");
}

TEST_F(OutputTest, AStoppedReaderCostsNothingButCountedLines)
{
    start_pipe();
    for (int i = 0; i < 5000; i++)
        give(numbered(i));
    EXPECT_GT(dropped(), 0);
    EXPECT_EQ(queued(), 1000) << "100,000 bytes";
    EXPECT_EQ(written() + dropped() + queued(), 5000);

    std::istringstream lines(read_all(pipe_[0]));
    std::string line;
    int number = 0;
    while (std::getline(lines, line)) {
        EXPECT_EQ(line.size(), 99u) << "a line is whole";
        EXPECT_EQ(std::stoi(line), number) << "in its order";
        number++;
    }
    EXPECT_EQ(number, written());
    EXPECT_EQ(queued(), 0);
}

TEST_F(OutputTest, ALineLargerThanThePipeArrivesWhole)
{
    start_pipe();
    give(numbered(1, 50000));
    give(numbered(2, 20000));
    EXPECT_EQ(read_all(pipe_[0]), numbered(1, 50000) + numbered(2, 20000));
    EXPECT_EQ(written(), 2);
}

TEST_F(OutputTest, ALineThatHasBegunIsFinishedAlsoPastTheBound)
{
    options_.queue_bytes_max = 10;
    start_pipe();
    give(numbered(1, 50000));
    give(numbered(2));
    EXPECT_EQ(dropped(), 1);
    EXPECT_EQ(read_all(pipe_[0]), numbered(1, 50000));
}

TEST_F(OutputTest, LeavesTheFlagsOfTheDescriptorAsTheyAre)
{
    ASSERT_EQ(pipe2(pipe_, O_CLOEXEC), 0);
    int before = fcntl(pipe_[1], F_GETFL);

    ASSERT_EQ(output_new_descriptor(&options_, pipe_[1], &output_), 0);
    give("line\n");
    EXPECT_EQ(fcntl(pipe_[1], F_GETFL), before);
    output_ = output_free(output_);
    EXPECT_EQ(write(pipe_[1], "x", 1), 1) << "it is still open";
}

TEST_F(OutputTest, AReaderThatHasGoneCostsCountedLines)
{
    signal(SIGPIPE, SIG_IGN);
    start_pipe();
    for (int i = 0; i < 100; i++)
        give(numbered(i));
    EXPECT_GT(queued(), 0);
    close(pipe_[0]);
    pipe_[0] = -1;
    give(numbered(100));
    event_base_loop(base_, EVLOOP_NONBLOCK);
    EXPECT_EQ(queued(), 0);
    give(numbered(101));
    EXPECT_EQ(written() + dropped(), 102);
}

TEST_F(OutputTest, WritesToASocketWithoutWaiting)
{
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pipe_), 0);
    ASSERT_EQ(output_new_descriptor(&options_, pipe_[1], &output_), 0);
    for (int i = 0; i < 20000; i++)
        give(numbered(i));
    EXPECT_GT(dropped(), 0);
    std::string text = read_all(pipe_[0]);
    EXPECT_EQ(text.size(), static_cast<size_t>(written()) * 100);
    EXPECT_EQ(text.compare(0, 2, "0 "), 0);
}

TEST_F(OutputTest, WritesToDevNull)
{
    pipe_[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ASSERT_EQ(output_new_descriptor(&options_, pipe_[1], &output_), 0);
    for (int i = 0; i < 1000; i++)
        give(numbered(i));
    EXPECT_EQ(written(), 1000);
}

TEST_F(OutputTest, RefusesAClosedDescriptor)
{
    EXPECT_EQ(output_new_descriptor(&options_, 1000, &output_), -EBADF);
}

TEST_F(OutputTest, AppendsToAFile)
{
    std::string path = folder_.path("log");

    ASSERT_EQ(output_new_file(&options_, path.c_str(), &output_), 0);
    give("one\n");
    output_ = output_free(output_);
    ASSERT_EQ(output_new_file(&options_, path.c_str(), &output_), 0);
    give("two\n");
    EXPECT_EQ(content_of(path), "one\ntwo\n");
    struct stat status;
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0137, 0u) << "at most 0640";
}

TEST_F(OutputTest, OpensAFileAnewThatWasMovedAway)
{
    std::string path = folder_.path("log");

    ASSERT_EQ(output_new_file(&options_, path.c_str(), &output_), 0);
    give("one\n");
    ASSERT_EQ(rename(path.c_str(), folder_.path("log.1").c_str()), 0);
    give("two\n");
    EXPECT_EQ(output_reopen(output_), 0);
    give("three\n");
    EXPECT_EQ(content_of(folder_.path("log.1")), "one\ntwo\n");
    EXPECT_EQ(content_of(path), "three\n");
}

TEST_F(OutputTest, KeepsTheOldFileIfTheNewOneCannotBeOpened)
{
    std::string path = folder_.path("log");

    ASSERT_EQ(output_new_file(&options_, path.c_str(), &output_), 0);
    ASSERT_EQ(rename(path.c_str(), folder_.path("log.1").c_str()), 0);
    ASSERT_EQ(mkdir(path.c_str(), 0755), 0);
    EXPECT_EQ(output_reopen(output_), -EISDIR);
    give("one\n");
    EXPECT_EQ(content_of(folder_.path("log.1")), "one\n");
}

TEST_F(OutputTest, FollowsNoLink)
{
    ASSERT_EQ(symlink("/dev/null", folder_.path("log").c_str()), 0);
    EXPECT_EQ(output_new_file(&options_, folder_.path("log").c_str(), &output_), -ELOOP);
    EXPECT_EQ(output_new_file(&options_, folder_.path("no/such").c_str(), &output_), -ENOENT);
}

/* /dev/full is a disk without room, for ever. */
TEST_F(OutputTest, AFullDiskCostsCountedLinesAndIsTriedAgain)
{
    ASSERT_EQ(output_new_file(&options_, "/dev/full", &output_), 0);
    for (int i = 0; i < 2000; i++)
        give(numbered(i));
    EXPECT_EQ(queued(), 1000);
    EXPECT_EQ(dropped(), 1000);
    EXPECT_EQ(timers_next_us(timers_), clock_.now_us + OUTPUT_RETRY_MS * US_PER_MS);
    clock_.pass_us(OUTPUT_RETRY_MS * US_PER_MS);
    timers_run(timers_);
    EXPECT_EQ(queued(), 1000);
    EXPECT_NE(timers_next_us(timers_), TIMERS_NEVER);
}

TEST_F(OutputTest, ALineThatTheDiskTookInPartIsFinishedLater)
{
    std::string path = folder_.path("log");
    struct rlimit before, small;

    signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(output_new_file(&options_, path.c_str(), &output_), 0);
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 250;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small),
              0); /* EFBIG instead of ENOSPC, but a short write all the same */
    for (int i = 0; i < 3; i++)
        give(numbered(i));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(content_of(path).size(), 250u);
    EXPECT_EQ(written(), 2);
    EXPECT_EQ(queued(), 1);
    clock_.pass_us(OUTPUT_RETRY_MS * US_PER_MS);
    timers_run(timers_);
    EXPECT_EQ(content_of(path), numbered(0) + numbered(1) + numbered(2));
}

TEST_F(OutputTest, CountsLinesOfTheBrokersOwnLogApart)
{
    ASSERT_EQ(output_new_file(&options_, "/dev/full", &output_), 0);
    for (int i = 0; i < 2000; i++)
        output_write(output_, OUTPUT_LOG_LINE, numbered(i).data(), 100);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_LOG_LINES_DROPPED), 1000);
    EXPECT_EQ(queued(), 0);
    EXPECT_EQ(dropped(), 0);
}

} // namespace
