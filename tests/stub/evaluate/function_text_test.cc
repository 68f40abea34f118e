#include "stub/native/evaluate/functions/function_text.h"
#include "tests/stub/evaluate/cut_everywhere.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

namespace
{

/* What is cut out, or the error's number. */
std::string cut(const std::string &file, unsigned first_line, const char *free_names = "")
{
    char *text = nullptr;
    const int result = function_text_cut(file.data(), file.size(), first_line, free_names, &text);

    if (result < 0)
        return strerror(-result);
    const std::string copy = text;
    free(text);
    return copy;
}

TEST(FunctionTextTest, OfAModule)
{
    EXPECT_EQ(cut("x = 1\ndef f(a):\n    return a\ny = 2\n", 2), "\ndef f(a):\n    return a\n\n");
}

TEST(FunctionTextTest, WithItsDecoratorsAndComments)
{
    EXPECT_EQ(cut("@one\n@two(3)\n# why\ndef f():\n    pass\nx = 1\n", 1),
              "@one\n@two(3)\n# why\ndef f():\n    pass\n\n");
}

TEST(FunctionTextTest, OfAClassInAFunction)
{
    EXPECT_EQ(
        cut("def make(a):\n\n    class C(Base):\n        x = 1\n        def f(self):\n            return a\n",
            5, "a"),
        "\n\ndef make(a):\n    class C:\n        def f(self):\n            return a\n\n");
}

TEST(FunctionTextTest, WithImportsThatAreBehindIt)
{
    EXPECT_EQ(cut("\ndef f():\n    import re\n    return ds.x()\nif 1:\n    from . import data as ds\n", 2),
              "import ds\ndef f():\n    import re\n    return ds.x()\n\n");
}

TEST(FunctionTextTest, InAnIfAndWithImportsThatItUses)
{
    EXPECT_EQ(cut("import os, sys as system\nif True:\n    pass\n    def f():\n        return os\n", 4),
              "import os\n\nif 1:\n    def f():\n        return os\n\n");
}

TEST(FunctionTextTest, AnyLineEnds)
{
    EXPECT_EQ(cut("x\r\ndef f():\r\n    pass\r\ny\r\n", 2), "\ndef f():\n    pass\n\n");
    EXPECT_EQ(cut("x\rdef f():\r    pass\ry\r", 2), "\ndef f():\n    pass\n\n");
}

TEST(FunctionTextTest, LinesThatGoOn)
{
    const char *const text = "def f(a=(1,\n2), b='''\ndef g(): '''):\n    return a + \\\nb\n";

    EXPECT_EQ(cut(std::string(text) + "x = 1\n", 1), std::string(text) + "\n");
}

TEST(FunctionTextTest, WhatCannotBeCut)
{
    const std::string long_text(FUNCTION_TEXT_BYTES_MAX, 'x');
    std::string deep;

    for (int i = 0; i < 40; i++)
        deep += std::string(static_cast<size_t>(i), ' ') + "if x:\n";
    EXPECT_EQ(cut("x = 1\n", 7), strerror(ENOENT));
    EXPECT_EQ(cut(std::string("x = 1\0\n", 7), 1), strerror(EINVAL));
    EXPECT_EQ(cut("x = '" + long_text + "'\n", 1), strerror(EFBIG));
    EXPECT_EQ(cut(deep, 40), strerror(EINVAL));
}

const char *const kSource = R"(# -*- coding: utf-8 -*-
import os, sys
from a.b import (c as d,
                 e)

class Outer(Base, metaclass=Meta):
    """Doc 'string'.

    It has lines.
    """
    items = [(1, 2), {"a": '''b
    c'''}]

    @property
    def value(self): return self._value if 1 else "it's"

    @staticmethod
    async def make(number: int = (3 +
        4), *rest, key=lambda x: x ** 2) -> "Outer":
        if number > 3 and \
                rest:
            def inner():
                nonlocal number
                return f'{number!r:>{key}}'
            return inner
	# a tab
        return [y for y in rest if (lambda z: z)(y)]

try:
    from fast import speed
except ImportError:
    def speed(): # slow
        return b"\"\\" r'\'
)";

/* Bits of Python that matter to where a line ends. */
const char *const kBits[] = {
    "\n",       "\r",         "\r\n",    "\\",    "'",    "\"",       "'''",  "\"\"\"",
    "(",        ")",          "[",       "]",     "{",    "}",        "#",    "@",
    "\t",       "\f",         " ",       "    ",  ":",    ";",        ",",    "def ",
    "class ",   "async def ", "import ", "from ", " as ", "lambda: ", "\\\n", "\xEF\xBB\xBF",
    "\xC3\xA9", "\xFF",       "x"};

std::string mutate(std::string text, std::mt19937 &random)
{
    const unsigned num_changes = 1 + random() % 8;

    for (unsigned i = 0; i < num_changes; i++) {
        const size_t place = random() % (text.size() + 1);
        const size_t length = random() % 12;

        if (random() % 3 == 0)
            text.erase(place, length);
        else if (random() % 8 == 0)
            text.resize(place);
        else if (random() % 8 == 0)
            text.insert(place, text.substr(random() % (text.size() + 1), 30));
        else
            text.insert(place, kBits[random() % (sizeof(kBits) / sizeof(kBits[0]))]);
    }
    return text;
}

TEST(FunctionTextTest, MutatedSources)
{
    std::mt19937 random(20261125);

    for (int i = 0; i < 5000; i++) {
        const std::string text = mutate(kSource, random);

        ASSERT_EQ(cut_everywhere(text), "") << i << ":\n" << text;
    }
}

TEST(FunctionTextTest, RandomText)
{
    std::mt19937 random(20261126);

    for (int i = 0; i < 5000; i++) {
        std::string text;

        for (unsigned length = random() % 120; length > 0; length--)
            text += random() % 2 ? std::string(1, static_cast<char>(random()))
                                 : kBits[random() % (sizeof(kBits) / sizeof(kBits[0]))];
        ASSERT_EQ(cut_everywhere(text), "") << i << ":\n" << text;
    }
}

} // namespace
