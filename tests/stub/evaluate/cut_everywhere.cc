#include "tests/stub/evaluate/cut_everywhere.hh"

#include "stub/native/evaluate/functions/function_text.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

namespace
{

constexpr unsigned kLinesMax = 200;
constexpr size_t kHeaderBytesMax = 8192; /* of the classes, functions and imports around it */

std::string check(int result, const char *cut, unsigned line)
{
    if (result < 0)
        return result == -ENOENT || result == -EFBIG || result == -EINVAL ? "" : "an unknown error";
    const std::string text = cut;
    const auto num_lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    if (text.size() > line + FUNCTION_TEXT_BYTES_MAX + kHeaderBytesMax)
        return "it is too long";
    if (text.find('\r') != std::string::npos)
        return "a line end is not '\\n'";
    if (num_lines < line)
        return "the line is not in it";
    return "";
}

} // namespace

std::string cut_everywhere(const std::string &text)
{
    const std::vector<char> bytes(text.begin(), text.end()); /* without a NUL: a byte too far is seen */
    const auto num_lines =
        std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r');
    const unsigned last = std::min(kLinesMax, static_cast<unsigned>(num_lines) + 2);

    for (unsigned line = 0; line <= last && !bytes.empty(); line++) {
        char *cut = nullptr;
        const int result = function_text_cut(bytes.data(), bytes.size(), line, "free, names", &cut);
        const std::string wrong = check(result, cut, line);

        free(cut);
        if (!wrong.empty())
            return "line " + std::to_string(line) + ": " + wrong;
    }
    return "";
}
