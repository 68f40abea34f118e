"""Warnings are errors, in gcc and in clang."""

_COMMON = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
    "-Wpointer-arith",
    "-Wwrite-strings",
    "-Wformat=2",
    "-Wundef",
    "-Wvla",
    "-fno-strict-aliasing",
    "-D_GNU_SOURCE",
]

COPTS = _COMMON + [
    "-std=gnu11",
    "-Wstrict-prototypes",
    "-Wmissing-prototypes",
    "-Wold-style-definition",
]

CXXOPTS = _COMMON + ["-std=gnu++17"]
