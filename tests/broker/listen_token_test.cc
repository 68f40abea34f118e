#include "broker/listen_token.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/broker/stubs/scratch_folder.hh"

namespace
{

class ListenTokenTest : public testing::Test
{
  protected:
    int read(const std::string &content)
    {
        std::ofstream(folder_.path("token"), std::ios::binary) << content;
        return read_path(folder_.path("token"));
    }

    int read_path(const std::string &path)
    {
        char *token = nullptr;
        int result = listen_token_read(path.c_str(), &token);

        token_ = token ? token : "";
        free(token);
        return result;
    }

    ScratchFolder folder_;
    std::string token_;
};

TEST_F(ListenTokenTest, IsTheFilesOneWord)
{
    for (const char *content : {"s3cret", "s3cret\n", "s3cret \r\n\n"}) {
        EXPECT_EQ(read(content), 0);
        EXPECT_EQ(token_, "s3cret");
    }
    EXPECT_EQ(read(std::string(LISTEN_TOKEN_BYTES_MAX, 'x')), 0);
    EXPECT_EQ(token_.size(), static_cast<size_t>(LISTEN_TOKEN_BYTES_MAX));
}

TEST_F(ListenTokenTest, RefusesWhatIsNoToken)
{
    for (const std::string &content :
         {std::string(""), std::string("\n"), std::string("two words"), std::string("a\nb"),
          std::string("caf\xc3\xa9"), std::string("a\0b", 3), std::string(4097, 'x')})
        EXPECT_EQ(read(content), -EINVAL);
    EXPECT_EQ(read_path(folder_.path("none")), -ENOENT);
    EXPECT_EQ(read_path(folder_.path("")), -EISDIR);
    EXPECT_NE(std::string(listen_token_error_text(-EINVAL)), listen_token_error_text(-ENOENT));
}

} // namespace
