"""Finds the CPythons of this machine: those named in PYTHONS, the system's, and pyenv's.

The repository has one cc_library per minor version, e.g. @pythons//:cp311 (the headers), and interpreters.bzl with
INTERPRETERS, a list of structs (tag = "cp311", path = "/usr/bin/python3"). Of two with the same minor version the first
in the order above is taken.
"""

# What the stub is built for.
_OLDEST = (3, 11)
_NEWEST = (3, 13)

_PROBE = """
import sys, sysconfig
print(sys.implementation.name, sys.version_info[0], sys.version_info[1], sysconfig.get_paths()['include'], sys.executable)
"""

def _candidates(ctx):
    env = ctx.os.environ
    named = [p for p in env.get("PYTHONS", "").replace(",", " ").replace(":", " ").split(" ") if p]
    system = ["/usr/bin/python3"] + ["/usr/bin/python3.%d" % minor for minor in range(_OLDEST[1], _NEWEST[1] + 1)]
    pyenv = []
    root = env.get("PYENV_ROOT") or env.get("HOME", "/nonexistent") + "/.pyenv"
    versions = ctx.path(root + "/versions")
    if versions.exists:
        pyenv = [str(version) + "/bin/python3" for version in versions.readdir()]
    return [p for p in named + system + sorted(pyenv) if ctx.path(p).exists]

def _impl(ctx):
    found = {}
    for path in _candidates(ctx):
        probe = ctx.execute([path, "-c", _PROBE])
        if probe.return_code != 0:
            continue
        implementation, major, minor, include, executable = probe.stdout.strip().split(" ")
        version = (int(major), int(minor))
        tag = "cp%s%s" % (major, minor)
        if implementation != "cpython" or version < _OLDEST or version > _NEWEST or tag in found:
            continue
        if not ctx.path(include + "/Python.h").exists:
            continue
        ctx.symlink(include, tag)
        found[tag] = executable

    build = "package(default_visibility = [\"//visibility:public\"])\n"
    for tag in found:
        build += """
cc_library(
    name = "{tag}",
    hdrs = glob(["{tag}/**/*.h"]),
    includes = ["{tag}", "{tag}/internal"],
)
""".format(tag = tag)
    ctx.file("BUILD", build)
    ctx.file("interpreters.bzl", "INTERPRETERS = [\n" + "".join([
        "    struct(tag = \"%s\", path = \"%s\"),\n" % (tag, path)
        for tag, path in sorted(found.items())
    ]) + "]\n")

python_interpreters = repository_rule(
    implementation = _impl,
    environ = ["HOME", "PYENV_ROOT", "PYTHONS"],
    local = True,
)
