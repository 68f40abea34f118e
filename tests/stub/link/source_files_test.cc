#include "stub/native/source_files.h"

#include "proto/snapshot.pb-c.h"
#include "tests/stub/link/folder.hh"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <map>
#include <string>
#include <vector>

namespace
{

bool never(void)
{
    return false;
}

bool always(void)
{
    return true;
}

class SourceFilesTest : public ::testing::Test
{
  protected:
    ~SourceFilesTest() override
    {
        source_files_deinit(&list_);
    }
    std::vector<std::string> collect()
    {
        EXPECT_EQ(source_files_collect(folder_.path().c_str(), never, &list_), 0);
        std::vector<std::string> paths;
        for (size_t i = 0; i < list_.num_files; i++)
            paths.push_back(list_.files[i].path);
        return paths;
    }
    Folder folder_;
    SourceFiles list_ = {};
};

using Paths = std::vector<std::string>;

TEST_F(SourceFilesTest, ListsPythonFilesOfTheRootAndOfPackagesInOrder)
{
    folder_.write("b.py", "");
    folder_.write("a.py", "");
    folder_.write("notes.txt", "");
    folder_.write("package/__init__.py", "");
    folder_.write("package/module.py", "");
    folder_.write("package/inner/__init__.py", "");
    folder_.write("no_package/hidden.py", "");
    folder_.write(".hidden/__init__.py", "");
    EXPECT_EQ(collect(), (Paths{"a.py", "b.py", "package/__init__.py", "package/inner/__init__.py",
                                "package/module.py"}));
}

TEST_F(SourceFilesTest, TellsSizeAndHash)
{
    folder_.write("a.py", "hello");
    folder_.write("b.py", "");
    collect();
    ASSERT_EQ(list_.num_files, 2u);
    EXPECT_EQ(list_.files[0].size_bytes, 5u);
    EXPECT_EQ(list_.files[0].content_hash, 0xa430d84680aabd0bull); /* FNV-1a of "hello" */
    EXPECT_EQ(list_.files[1].content_hash, 0xcbf29ce484222325ull);
}

TEST_F(SourceFilesTest, GoesTenDeep)
{
    std::string path;
    for (int depth = 2; depth <= 12; depth++) {
        path += "d/";
        folder_.write(path + "__init__.py", "");
    }
    EXPECT_EQ(collect().size(), 9u);
}

TEST_F(SourceFilesTest, SymbolicLinksThatLoopEnd)
{
    folder_.write("package/__init__.py", "");
    ASSERT_EQ(symlink(folder_.path().c_str(), (folder_ / "package/up").c_str()), 0);
    folder_.write("__init__.py", "");
    ASSERT_EQ(symlink((folder_ / "package").c_str(), (folder_ / "alias").c_str()), 0);
    ASSERT_EQ(symlink("nowhere", (folder_ / "dangling.py").c_str()), 0);
    EXPECT_EQ(collect(), (Paths{"__init__.py", "alias/__init__.py", "package/__init__.py"}));
}

TEST_F(SourceFilesTest, WhatIsNoFileIsLeftOut)
{
    ASSERT_EQ(mkfifo((folder_ / "pipe.py").c_str(), 0600), 0);
    ASSERT_EQ(mkdir((folder_ / "folder.py").c_str(), 0700), 0);
    EXPECT_EQ(collect(), Paths{});
}

TEST_F(SourceFilesTest, AMissingRootHasNoFiles)
{
    SourceFiles list = {};
    EXPECT_EQ(source_files_collect((folder_ / "missing").c_str(), never, &list), 0);
    EXPECT_EQ(list.num_files, 0u);
    EXPECT_EQ(source_files_collect("", never, &list), 0);
    EXPECT_EQ(list.num_files, 0u);
}

TEST_F(SourceFilesTest, CanBeStopped)
{
    folder_.write("a.py", "");
    SourceFiles list = {};
    EXPECT_EQ(source_files_collect(folder_.path().c_str(), always, &list), -ECANCELED);
    EXPECT_EQ(list.files, nullptr);
}

TEST_F(SourceFilesTest, IsPackedInPartsThatFit)
{
    for (int i = 0; i < 300; i++)
        folder_.write(std::string(100, 'm') + std::to_string(i) + ".py", std::to_string(i));
    collect();
    constexpr size_t kRoom = 4096;
    std::map<std::string, uint64_t> sizes;
    size_t first = 0;
    bool is_last = false;
    while (!is_last) {
        size_t len = 0, before = first;
        uint8_t *packet = source_files_pack(&list_, kRoom, &first, &len);
        ASSERT_NE(packet, nullptr);
        ASSERT_LE(len, kRoom);
        ASSERT_GT(first, before);
        Snapshot__StubMessage *message = snapshot__stub_message__unpack(nullptr, len, packet);
        free(packet);
        ASSERT_NE(message, nullptr);
        ASSERT_EQ(message->message_case, SNAPSHOT__STUB_MESSAGE__MESSAGE_SOURCE_FILES);
        for (size_t i = 0; i < message->source_files->n_files; i++) {
            const Snapshot__SourceFile *file = message->source_files->files[i];
            sizes[std::string(reinterpret_cast<char *>(file->path.data), file->path.len)] = file->size_bytes;
        }
        is_last = message->source_files->is_last;
        snapshot__stub_message__free_unpacked(message, nullptr);
    }
    EXPECT_EQ(sizes.size(), 300u);
    EXPECT_EQ(first, list_.num_files);
}

TEST_F(SourceFilesTest, AnEmptyListIsOneLastPart)
{
    size_t first = 0, len = 0;
    uint8_t *packet = source_files_pack(&list_, 4096, &first, &len);
    Snapshot__StubMessage *message = snapshot__stub_message__unpack(nullptr, len, packet);
    free(packet);
    ASSERT_NE(message, nullptr);
    EXPECT_TRUE(message->source_files->is_last);
    snapshot__stub_message__free_unpacked(message, nullptr);
}

} // namespace
