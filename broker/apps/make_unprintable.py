"""Writes unprintable.h: the code points that repr() escapes.

Run it with the newest supported interpreter, which knows the most characters:
    python3.13 make_unprintable.py > unprintable.h
"""

import sys
import unicodedata


def unprintable_ranges():
    first = None
    for code_point in range(sys.maxunicode + 2):
        is_printable = code_point > sys.maxunicode or chr(code_point).isprintable()
        if not is_printable and first is None:
            first = code_point
        elif is_printable and first is not None:
            yield first, code_point - 1
            first = None


def main():
    print("/* Written by make_unprintable.py, from str.isprintable() of CPython %d.%d, Unicode %s." % (
        sys.version_info[0], sys.version_info[1], unicodedata.unidata_version))
    print(" * Ranges of code points that are not printable, first and last, in their order. */")
    print("#pragma once\n\n#include <stdint.h>\n\n/* clang-format off */")
    print("static const uint32_t unprintable_ranges[][2] = {")
    line = "   "
    for first, last in unprintable_ranges():
        item = " {0x%x, 0x%x}," % (first, last)
        if len(line) + len(item) > 110:
            print(line)
            line = "   "
        line += item
    print(line)
    print("};\n/* clang-format on */")


if __name__ == "__main__":
    main()
