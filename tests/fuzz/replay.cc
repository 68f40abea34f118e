/* Runs a fuzz target over every file that is named, and over every beginning of it: the corpus as a unit
 * test. */
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        std::ifstream file(argv[i], std::ios::binary);
        const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};

        if (!file.good() && !file.eof()) {
            fprintf(stderr, "%s cannot be read\n", argv[i]);
            return 1;
        }
        for (size_t size = text.size() > 2000 ? text.size() - 2000 : 0; size <= text.size(); size++) {
            const std::vector<char> copy(text.begin(), text.begin() + static_cast<long>(size));

            LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(copy.data()), copy.size());
        }
    }
    printf("%d files replayed\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
