"""A repository of the CPythons that deploy/find-pythons finds.

It has one cc_library of headers per minor version, e.g. @pythons//:cp311, and interpreters.bzl with INTERPRETERS, a list
of structs (tag = "cp311", path = "/usr/bin/python3").
"""

_LIBRARY = """
cc_library(
    name = "{tag}",
    hdrs = glob(["{tag}/**/*.h"]),
    includes = ["{tag}", "{tag}/internal"],
)
"""

def _impl(ctx):
    search = ctx.execute([ctx.path(Label("//deploy:find-pythons"))])
    if search.return_code != 0:
        fail("No supported CPython with its headers was found. On Debian: apt install python3-dev. " + search.stderr)

    build = "package(default_visibility = [\"//visibility:public\"])\n"
    interpreters = ""
    for line in search.stdout.strip().split("\n"):
        tag, path, include = line.split("\t")
        ctx.symlink(include, tag)
        build += _LIBRARY.format(tag = tag)
        interpreters += "    struct(tag = \"%s\", path = \"%s\"),\n" % (tag, path)
    ctx.file("BUILD", build)
    ctx.file("interpreters.bzl", "INTERPRETERS = [\n" + interpreters + "]\n")

python_interpreters = repository_rule(
    implementation = _impl,
    environ = [
        "HOME",
        "PYENV_ROOT",
        "PYTHONS",
        "PYTHON_TAGS",
        "XDG_CACHE_HOME",
    ],
    local = True,
)
