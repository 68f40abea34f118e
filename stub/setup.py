"""Builds snapshot-debugger-stub: the package googleclouddebugger with its native module.

From a checkout (`pip install ./stub`) and from an sdist alike. Needs a C compiler, protoc-c and the static library
libprotobuf-c.a, which becomes part of the module: it needs libc alone, and exports its init function alone.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

HERE = os.path.dirname(os.path.abspath(__file__))

# How lines are hooked, by the minor version of CPython: the files hook_<mechanism>*. native/mechanisms.bzl has the same.
MECHANISMS = {
    (3, 6): "trampoline",
    (3, 7): "trampoline",
    (3, 8): "trampoline",
    (3, 9): "trampoline",
    (3, 10): "trampoline",
    (3, 11): "clone",
    (3, 12): "monitoring",
    (3, 13): "monitoring",
    (3, 14): "monitoring",
    (3, 15): "monitoring",
}


def version():
    with open(os.path.join(HERE, "googleclouddebugger", "_version.py"), encoding="utf-8") as file:
        return re.search(r'^__version__ = "([^"]+)"', file.read(), re.MULTILINE).group(1)


def python_requires():
    oldest, newest = min(MECHANISMS), max(MECHANISMS)
    # 3.6.0 and 3.6.1 keep the extra data of code objects once per thread.
    return ">=%d.%d.2,<%d.%d" % (oldest + (newest[0], newest[1] + 1))


def sources():
    """Every C file, except those of the mechanisms that are not this interpreter's."""
    mechanism = MECHANISMS.get(sys.version_info[:2])
    if mechanism is None or sys.implementation.name != "cpython":
        raise SystemExit(
            "snapshot-debugger-stub supports CPython %s"
            % ", ".join("%d.%d" % minor_version for minor_version in sorted(MECHANISMS))
        )
    others = ["hook_" + other for other in set(MECHANISMS.values()) - {mechanism}]
    # Audit events came with 3.8.
    others.append("import_source_" + ("eval" if sys.version_info >= (3, 8) else "audit"))
    found = glob.glob(os.path.join(HERE, "native", "**", "*.c"), recursive=True)
    return sorted(
        os.path.relpath(path, HERE) for path in found if not os.path.basename(path).startswith(tuple(others))
    )


def shared_path(name):
    """A file that the stub shares with the broker: in the folder of an sdist, else beside the folder of the stub."""
    for folder in (HERE, os.path.dirname(HERE)):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    raise SystemExit("%s is missing: build from a checkout or from an sdist" % name)


class BuildExtension(build_ext):
    """Makes the folder of headers that the sources expect: stub/ is this folder, proto/ is generated."""

    def build_extension(self, extension):
        include = os.path.abspath(os.path.join(self.build_temp, "include"))
        generated = os.path.join(include, "proto")
        shutil.rmtree(include, ignore_errors=True)
        os.makedirs(generated)
        os.symlink(HERE, os.path.join(include, "stub"))

        proto = shared_path("proto/snapshot.proto")
        command = ["protoc-c", "--proto_path=" + os.path.dirname(proto), "--c_out=" + generated, proto]
        try:
            subprocess.run(command, check=True)
        except FileNotFoundError:
            raise SystemExit(
                "protoc-c is missing; on Debian: apt install protobuf-c-compiler libprotobuf-c-dev"
            )
        extension.include_dirs.insert(0, include)
        extension.sources = sources() + [os.path.relpath(os.path.join(generated, "snapshot.pb-c.c"))]
        super().build_extension(extension)


class SourceDistribution(sdist):
    """Adds what lies outside of this folder."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for name in ("proto/snapshot.proto", "LICENSE"):
            path = os.path.join(base_dir, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(shared_path(name), path)


with open(os.path.join(HERE, "README.md"), encoding="utf-8") as readme:
    LONG_DESCRIPTION = readme.read()

setup(
    name="snapshot-debugger-stub",
    version=version(),
    description="Production snapshot debugger for Python: the part that runs in the app",
    long_description=LONG_DESCRIPTION,
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=python_requires(),
    packages=["googleclouddebugger"],
    package_data={"googleclouddebugger": ["py.typed", "*.pyi"]},
    ext_modules=[
        Extension(
            "googleclouddebugger._native",
            sources=["native/module.c"],  # and the rest: BuildExtension
            extra_compile_args=[
                "-std=gnu11",
                "-O2",
                "-fvisibility=hidden",
                "-fno-strict-aliasing",
                "-ffunction-sections",
                # Without the padding between functions and loops it is 4 % smaller.
                "-falign-functions=1",
                "-falign-jumps=1",
                "-falign-loops=1",
                "-D_GNU_SOURCE",
            ],
            extra_link_args=[
                "-l:libprotobuf-c.a",
                "-Wl,--version-script=" + os.path.join(HERE, "native", "exports.lds"),
                "-Wl,--as-needed",
                "-Wl,--gc-sections",
                "-Wl,-z,noseparate-code",
                "-Wl,--strip-all",
            ],
        )
    ],
    cmdclass={"build_ext": BuildExtension, "sdist": SourceDistribution},
    zip_safe=False,
)
