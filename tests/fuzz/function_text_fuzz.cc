/* The text of a function is cut out of any file, at any of its lines. */
#include "tests/stub/evaluate/cut_everywhere.hh"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const std::string wrong = cut_everywhere(std::string(reinterpret_cast<const char *>(data), size));

    if (!wrong.empty()) {
        fprintf(stderr, "%s\n", wrong.c_str());
        abort();
    }
    return 0;
}
