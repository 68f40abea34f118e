#include "broker/store/embedded/database.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <vector>

#include "broker/store/embedded/live_tree.h"
#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

/* SQLite's syncs come here: who waits for the disk? */
static std::atomic<unsigned> num_syncs_of_this_thread;
static std::atomic<unsigned> num_syncs_of_others;

static void count_sync()
{
    (syscall(SYS_gettid) == getpid() ? num_syncs_of_this_thread : num_syncs_of_others)++;
}

extern "C" int fsync(int fd)
{
    count_sync();
    return (int)syscall(SYS_fsync, fd);
}

extern "C" int fdatasync(int fd)
{
    count_sync();
    return (int)syscall(SYS_fdatasync, fd);
}

namespace
{

class DatabaseTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        open();
    }

    void TearDown() override
    {
        database_ = database_close(database_);
    }

    int try_open(uint64_t bytes_max = 0)
    {
        const std::string directory = directory_ / "state";
        const DatabaseOptions options = {directory.c_str(), bytes_max};

        return database_open(&options, &database_);
    }

    void open(uint64_t bytes_max = 0)
    {
        ASSERT_EQ(try_open(bytes_max), 0);
    }

    void reopen(uint64_t bytes_max = 0)
    {
        database_ = database_close(database_);
        open(bytes_max);
    }

    int try_put(const char *path, const Json &tree)
    {
        int result = database_begin(database_);

        if (result == 0)
            result = database_put(database_, path, tree.get());
        if (result == 0)
            result = database_commit(database_);
        if (result < 0)
            database_rollback(database_);
        return result;
    }

    void put(const char *path, const std::string &json)
    {
        ASSERT_EQ(try_put(path, tree_of(json)), 0) << path;
    }

    std::string get(const char *path)
    {
        json_t *tree = nullptr;
        int result = database_read(database_, path, &tree);

        return result == 0 ? text_of(Json(tree)) : std::to_string(result);
    }

    std::string keys(const char *path)
    {
        json_t *tree = nullptr;
        int result = database_read_keys(database_, path, &tree);

        return result == 0 ? text_of(Json(tree)) : std::to_string(result);
    }

    TemporaryDirectory directory_;
    Database *database_ = nullptr;
};

TEST_F(DatabaseTest, IsEmptyAtFirst)
{
    EXPECT_EQ(get(""), "null");
    EXPECT_EQ(get("a/b/c/d/e/f"), "null");
    EXPECT_EQ(keys(""), "null");
}

/* The value looks the same wherever it is read or written, above, at and below the cut. */
TEST_F(DatabaseTest, ReadsAtEveryDepth)
{
    const std::string value = R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":1}},"e2":"x"}},"c2":true}}})";

    put("", value);
    EXPECT_EQ(get(""), value);
    EXPECT_EQ(get("a/b/c/d"), R"({"e":{"f":{"g":1}},"e2":"x"})");
    EXPECT_EQ(get("a/b/c/d/e"), R"({"f":{"g":1}})");
    EXPECT_EQ(get("a/b/c/d/e/f/g"), "1");
    EXPECT_EQ(get("a/b/c2"), "true");
    EXPECT_EQ(get("a/b/c2/x"), "null");
    EXPECT_EQ(get("a/b/c/d/e2/f"), "null");
    EXPECT_EQ(get("a/bc"), "null");
}

TEST_F(DatabaseTest, WritesAtEveryDepth)
{
    put("a/b/c/d/e/f/g", "1");
    EXPECT_EQ(get(""), R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}})");
    put("a/b/c/d/e/f/h", "2");
    put("a/b/x", R"({"y":{"z":{"q":{"r":3}}}})");
    EXPECT_EQ(get("a/b"), R"({"c":{"d":{"e":{"f":{"g":1,"h":2}}}},"x":{"y":{"z":{"q":{"r":3}}}}})");
    put("a/b/c/d/e/f", "null");
    EXPECT_EQ(get("a"), R"({"b":{"x":{"y":{"z":{"q":{"r":3}}}}}})");
    put("a/b", "5");
    EXPECT_EQ(get(""), R"({"a":{"b":5}})");
    put("a", "null");
    EXPECT_EQ(get(""), "null");
}

TEST_F(DatabaseTest, LetsPrimitivesGiveWayToChildrenOnly)
{
    put("a/b", "5");
    put("a/b/c/d/e/f/g", "null");
    EXPECT_EQ(get(""), R"({"a":{"b":5}})");
    put("a/b/c/d/e/f/g", "1");
    EXPECT_EQ(get("a/b"), R"({"c":{"d":{"e":{"f":{"g":1}}}}})");
    put("", "7");
    EXPECT_EQ(get(""), "7");
    EXPECT_EQ(get("a"), "null");
    put("a", "1");
    EXPECT_EQ(get(""), R"({"a":1})");
}

TEST_F(DatabaseTest, TellsNeighboursApart)
{
    put("a/b", R"({"b":1,"b!":2,"b0":3,"b-1":{"x":4},"b-1!":{"x":5}})");
    put("a/b-2", "6");
    put("a/b/b-1", "null");
    EXPECT_EQ(get("a"), R"({"b":{"b":1,"b!":2,"b-1!":{"x":5},"b0":3},"b-2":6})");
    put("a/b", "null");
    EXPECT_EQ(get("a"), R"({"b-2":6})");
}

TEST_F(DatabaseTest, ListsKeysAtEveryDepth)
{
    put("", R"({"a":{"k":{"x":1,"y":{"z":{"q":{"r":1}}}},"k!":2,"k0":{"x":1},"k-1":3},"b":1})");
    EXPECT_EQ(keys(""), R"({"a":true,"b":true})");
    EXPECT_EQ(keys("a"), R"({"k":true,"k!":true,"k-1":true,"k0":true})");
    EXPECT_EQ(keys("a/k"), R"({"x":true,"y":true})");
    EXPECT_EQ(keys("a/k/y/z"), R"({"q":true})");
    EXPECT_EQ(keys("a/k/y/z/q"), R"({"r":true})");
    EXPECT_EQ(keys("a/k/y/z/q/r"), "1");
    EXPECT_EQ(keys("b"), "1");
    EXPECT_EQ(keys("c"), "null");
    EXPECT_EQ(keys("b/x"), "null");
}

TEST_F(DatabaseTest, RollsBackWhole)
{
    put("a", "1");
    ASSERT_EQ(database_begin(database_), 0);
    ASSERT_EQ(database_put(database_, "a", tree_of("2").get()), 0);
    ASSERT_EQ(database_put(database_, "b/c", tree_of("3").get()), 0);
    database_rollback(database_);
    EXPECT_EQ(get(""), R"({"a":1})");
}

TEST_F(DatabaseTest, SurvivesReopening)
{
    put("cdbg/x", R"({"s":"\u0000\u00e9","n":1.5,"i":9007199254740993})");
    reopen();
    EXPECT_EQ(get("cdbg/x"), "{\"i\":9007199254740993,\"n\":1.5,\"s\":\"\\u0000\xc3\xa9\"}");
}

TEST_F(DatabaseTest, KeepsItsFilesToItself)
{
    struct stat status;

    put("a", "1");
    ASSERT_EQ(stat((directory_ / "state").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700u);
    for (const char *file : {"store.db", "store.db-wal", "store.db-shm", "store.lock"}) {
        ASSERT_EQ(stat((directory_ / "state/").append(file).c_str(), &status), 0) << file;
        EXPECT_EQ(status.st_mode & 07777, 0600u) << file;
    }
}

TEST_F(DatabaseTest, RefusesASecondOwner)
{
    Database *first = database_;
    pid_t child;
    int status;

    EXPECT_EQ(try_open(), -EBUSY); /* in this process */
    child = fork();
    if (child == 0) {
        Database *mine = nullptr;
        const std::string directory = directory_ / "state";
        const DatabaseOptions options = {directory.c_str(), 0};

        _exit(database_open(&options, &mine) == -EBUSY ? 0 : 1); /* in another */
    }
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    database_ = first;
    put("a", "1");
}

TEST_F(DatabaseTest, SaysThatAFileIsNoDatabase)
{
    database_ = database_close(database_);
    {
        std::ofstream file(directory_ / "state/store.db", std::ios::trunc);
        file << std::string(8192, 'x');
    }
    EXPECT_EQ(try_open(), -EUCLEAN);
    EXPECT_EQ(database_, nullptr);
}

TEST_F(DatabaseTest, LeavesAForeignDatabaseAlone)
{
    sqlite3 *foreign;

    database_ = database_close(database_);
    unlink((directory_ / "state/store.db").c_str());
    ASSERT_EQ(sqlite3_open((directory_ / "state/store.db").c_str(), &foreign), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(foreign, "CREATE TABLE mine (x)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(foreign);
    EXPECT_EQ(try_open(), -EUCLEAN);
}

TEST_F(DatabaseTest, LeavesANewerFormatAlone)
{
    sqlite3 *newer;

    database_ = database_close(database_);
    ASSERT_EQ(sqlite3_open((directory_ / "state/store.db").c_str(), &newer), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(newer, "PRAGMA user_version = 2", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(newer);
    EXPECT_EQ(try_open(), -EPROTONOSUPPORT);
}

/* Damage behind the header shows when the page is read: an error, no crash, and what is whole is still
 * served. */
TEST_F(DatabaseTest, SaysThatARowIsDamaged)
{
    sqlite3 *other;

    put("cdbg/a", "1");
    put("cdbg/b", R"({"c":{"d":{"e":1}}})");
    database_ = database_close(database_);
    ASSERT_EQ(sqlite3_open((directory_ / "state/store.db").c_str(), &other), SQLITE_OK);
    ASSERT_EQ(
        sqlite3_exec(other, "UPDATE node SET value = '{' WHERE path = 'cdbg/a'", nullptr, nullptr, nullptr),
        SQLITE_OK);
    sqlite3_close(other);
    open();
    EXPECT_EQ(get("cdbg/a"), std::to_string(-EUCLEAN));
    EXPECT_EQ(get("cdbg"), std::to_string(-EUCLEAN));
    EXPECT_EQ(get("cdbg/b/c"), R"({"d":{"e":1}})");
    put("cdbg/a", "2");
    EXPECT_EQ(get("cdbg/a"), "2");
}

TEST_F(DatabaseTest, SaysThatPagesAreDamaged)
{
    for (int i = 0; i < 200; i++)
        put(("cdbg/" + std::to_string(i)).c_str(), "\"" + std::string(500, 'x') + "\"");
    database_ = database_close(database_);
    {
        std::fstream file(directory_ / "state/store.db", std::ios::in | std::ios::out | std::ios::binary);
        const std::string garbage(4096, '\xa5');

        file.seekg(0, std::ios::end);
        for (std::streamoff at = 4096; at < file.tellg(); at += 4096) {
            file.seekp(at);
            file << garbage;
            file.seekg(0, std::ios::end);
        }
    }
    int result = try_open();
    if (result == 0)
        EXPECT_EQ(get("cdbg"), std::to_string(-EUCLEAN));
    else
        EXPECT_EQ(result, -EUCLEAN);
}

TEST_F(DatabaseTest, SaysThatItsDirectoryIsUnusable)
{
    Database *database = nullptr;
    const std::string file = directory_ / "file";
    DatabaseOptions options = {file.c_str(), 0};

    std::ofstream(file) << "x";
    EXPECT_EQ(database_open(&options, &database), -ENOTDIR);
    const std::string below = file + "/x/y";
    options.directory = below.c_str();
    EXPECT_EQ(database_open(&options, &database), -ENOTDIR);
}

TEST_F(DatabaseTest, DoesNotFollowALinkPutInItsPlace)
{
    database_ = database_close(database_);
    unlink((directory_ / "state/store.db").c_str());
    ASSERT_EQ(symlink("/dev/null", (directory_ / "state/store.db").c_str()), 0);
    EXPECT_EQ(try_open(), -ELOOP);
}

/* The write that does not fit leaves everything as it was; when there is room again, writing works. */
TEST_F(DatabaseTest, RefusesWritesBeyondItsLimit)
{
    const Json large = tree_of("\"" + std::string(100000, 'x') + "\"");
    int result = 0;
    int count = 0;

    reopen(1000000);
    for (; count < 100 && result == 0; count++)
        result = try_put(("cdbg/" + std::to_string(count)).c_str(), large);
    EXPECT_EQ(result, -ENOSPC);
    EXPECT_GT(count, 5);
    for (int i = 0; i < count - 1; i++)
        EXPECT_EQ(get(("cdbg/" + std::to_string(i)).c_str()).size(), 100002u);
    EXPECT_EQ(get(("cdbg/" + std::to_string(count - 1)).c_str()), "null");
    put("cdbg/0", "null");
    put("cdbg/again", text_of(large));
    EXPECT_EQ(get("cdbg/again").size(), 100002u);
}

/* A transaction that runs out of space in its middle is undone whole. */
TEST_F(DatabaseTest, UndoesAnUpdateThatDoesNotFit)
{
    reopen(1000000);
    put("cdbg/a", "1");
    ASSERT_EQ(database_begin(database_), 0);
    EXPECT_EQ(database_put(database_, "cdbg/a", tree_of("2").get()), 0);
    int result = database_put(database_, "cdbg/b", tree_of("\"" + std::string(3000000, 'x') + "\"").get());
    if (result == 0)
        result = database_commit(database_);
    EXPECT_EQ(result, -ENOSPC);
    database_rollback(database_);
    EXPECT_EQ(get("cdbg"), R"({"a":1})");
}

/* What was acknowledged before the process was killed is there afterwards, each write whole. */
TEST_F(DatabaseTest, LosesNothingWhenKilled)
{
    int pipe_fds[2];
    pid_t child;
    int status;
    uint32_t acknowledged = 0;
    uint32_t number;

    database_ = database_close(database_);
    ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        open();
        for (uint32_t i = 1;; i++) {
            const std::string value = "\"" + std::to_string(i) + std::string(20000, 'x') + "\"";

            if (database_begin(database_) != 0 ||
                database_put(database_, "cdbg/a", tree_of(value).get()) != 0 ||
                database_put(database_, "cdbg/breakpoints/d/active/b", tree_of(value).get()) != 0 ||
                database_commit(database_) != 0 || write(pipe_fds[1], &i, sizeof i) != (ssize_t)sizeof i)
                _exit(1);
        }
    }
    close(pipe_fds[1]);
    /* Enough for several checkpoints to fall into it. */
    while (acknowledged < 600 && read(pipe_fds[0], &number, sizeof number) == (ssize_t)sizeof number)
        acknowledged = number;
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed";
    while (read(pipe_fds[0], &number, sizeof number) == (ssize_t)sizeof number)
        acknowledged = number;
    close(pipe_fds[0]);

    open();
    const std::string value = get("cdbg/a");
    EXPECT_GE(std::stoul(value.substr(1)), acknowledged);
    EXPECT_LE(std::stoul(value.substr(1)), acknowledged + 1);
    EXPECT_EQ(get("cdbg/breakpoints/d/active/b"), value);
}

/* The log is moved into the file by the thread, and begun anew, so that it does not grow with what is
 * written. */
TEST_F(DatabaseTest, BoundsItsLog)
{
    const std::string value = "\"" + std::string(50000, 'x') + "\"";
    struct stat status = {};
    off_t largest = 0;

    for (int i = 0; i < 1000; i++) { /* 50 MB */
        put("cdbg/a", value);
        ASSERT_EQ(stat((directory_ / "state/store.db-wal").c_str(), &status), 0);
        largest = std::max(largest, status.st_size);
    }
    EXPECT_LT(largest, 40 * 1000 * 1000);
    EXPECT_EQ(database_num_sync_failures(database_), 0u);
}

/* Neither a commit, nor the one after a checkpoint, which would begin the log anew and sync its header. */
TEST_F(DatabaseTest, NeverWaitsForTheDiskInAWrite)
{
    const std::string log = directory_ / "state/store.db-wal";
    const auto header = [&log] {
        char bytes[32] = {};

        std::ifstream(log, std::ios::binary).read(bytes, sizeof bytes);
        return std::string(bytes, sizeof bytes);
    };

    reopen();
    num_syncs_of_this_thread = 0;
    num_syncs_of_others = 0;
    put("cdbg/a", "1");
    const std::string before = header();
    put("cdbg/a", "\"" + std::string(5000000, 'x') + "\""); /* past CHECKPOINT_PAGES at once */
    for (int i = 0; i < 10000 && header() == before; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_NE(header(), before); /* the thread has begun the log anew */
    for (int i = 0; i < 10; i++)
        put("cdbg/a", "2");
    EXPECT_EQ(num_syncs_of_this_thread, 0u);
    EXPECT_GE(num_syncs_of_others, 3u); /* the log, the file, the new header */
}

} // namespace
