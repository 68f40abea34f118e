/* A folder of one test, removed with all that is in it. */
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

class ScratchFolder
{
  public:
    ScratchFolder()
    {
        std::string pattern = "/tmp/broker-test-XXXXXX"; /* short: socket paths have 107 characters */

        path_ = mkdtemp(&pattern[0]);
    }

    ScratchFolder(const ScratchFolder &) = delete;
    ScratchFolder &operator=(const ScratchFolder &) = delete;

    ~ScratchFolder()
    {
        std::filesystem::remove_all(path_);
    }

    std::string path(const std::string &name) const
    {
        return path_ + "/" + name;
    }

  private:
    std::string path_;
};
