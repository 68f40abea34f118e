/* The C code and CPython about the same random values; see make_repr_vectors.py. */
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "broker/apps/render.h"
#include "broker/apps/text.h"
#include "broker/apps/value.h"

namespace
{

using Fields = std::vector<std::string>;

std::string from_hexadecimal(const std::string &digits)
{
    std::string bytes;

    for (size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return bytes;
}

/* The lines that begin with @kind. */
std::vector<Fields> vectors(const std::string &kind)
{
    std::ifstream file("tests/broker/apps/repr_vectors.txt");
    std::vector<Fields> result;
    std::string line;

    while (std::getline(file, line)) {
        std::istringstream stream(line);
        Fields fields;
        std::string field;

        while (std::getline(stream, field, '\t'))
            fields.push_back(field);
        if (!fields.empty() && fields[0] == kind)
            result.push_back(fields);
    }
    return result;
}

std::string repr(const std::string &encoded, size_t max_chars)
{
    static char tuple[] = "tuple";
    static char frozenset[] = "frozenset";
    ProtobufCBinaryData strings[] = {{5, reinterpret_cast<uint8_t *>(tuple)},
                                     {9, reinterpret_cast<uint8_t *>(frozenset)}};
    Snapshot__Variable *variable = snapshot__variable__unpack(
        nullptr, encoded.size(), reinterpret_cast<const uint8_t *>(encoded.data()));
    Text text;

    if (!variable)
        return "(not decoded)";
    text_init(&text);
    value_append(&text, variable, {strings, 2}, max_chars, VALUE_STYLE_REPR);
    snapshot__variable__free_unpacked(variable, nullptr);
    std::string result(text_string(&text), text_len_bytes(&text));
    text_deinit(&text);
    return result;
}

TEST(ReprVectorsTest, ValuesLookAsInPython)
{
    std::vector<Fields> values = vectors("value");

    ASSERT_GT(values.size(), 5000u);
    for (const Fields &fields : values) {
        ASSERT_EQ(fields.size(), 4u);
        ASSERT_EQ(repr(from_hexadecimal(fields[2]), std::stoul(fields[1])), from_hexadecimal(fields[3]))
            << fields[2];
    }
}

TEST(ReprVectorsTest, PrintableCharactersAreThoseOfPython)
{
    size_t num_checked = 0;

    for (const char *kind : {"printable", "unprintable"}) {
        for (const Fields &fields : vectors(kind)) {
            for (unsigned long point = std::stoul(fields[1]); point <= std::stoul(fields[2]); point++) {
                ASSERT_EQ(text_is_printable(static_cast<uint32_t>(point)), kind == std::string("printable"))
                    << point;
                num_checked++;
            }
        }
    }
    EXPECT_GT(num_checked, 140000u); /* all that are assigned */
    EXPECT_FALSE(text_is_printable(0x110000));
}

TEST(ReprVectorsTest, PathsAreNormalisedAsPythonDoes)
{
    std::vector<Fields> paths = vectors("path");

    ASSERT_GT(paths.size(), 1000u);
    for (const Fields &fields : paths) {
        std::string path = from_hexadecimal(fields[1]);
        ProtobufCBinaryData data = {path.size(), reinterpret_cast<uint8_t *>(path.data())};
        char *normal = render_path(&data, nullptr, 0);

        ASSERT_EQ(std::string(normal), from_hexadecimal(fields[2])) << path;
        free(normal);
    }
}

} // namespace
