"""Runs a script with the debugger enabled from before its first line.

Usage: python -m googleclouddebugger [--FLAG=VALUE ...] -- SCRIPT [ARGUMENT ...]

Each --FLAG=VALUE is an argument of googleclouddebugger.enable(), e.g. --module=shop --version=1.0; a flag without a
value is true. SCRIPT is run as `python SCRIPT ARGUMENT ...` would run it: a file, a folder or a zip file with a
__main__.py.
"""

import io
import os
import runpy
import sys
import types
from importlib.machinery import SourceFileLoader

import googleclouddebugger

USAGE = "usage: python -m googleclouddebugger [--FLAG=VALUE ...] -- SCRIPT [ARGUMENT ...]"


def parse(arguments):
    """Splits the command line into (flags, [script, argument, ...])."""
    flags = {}
    for position, argument in enumerate(arguments):
        if argument == "--":
            return flags, arguments[position + 1 :]
        if not argument.startswith("-"):  # the script, its arguments being its own
            return flags, arguments[position:]
        name, equals, value = argument.lstrip("-").partition("=")
        if not name.replace("-", "_").isidentifier():
            raise ValueError("not a flag: %s" % argument)
        flags[name.replace("-", "_")] = value if equals else "True"
    return flags, []


def is_zip(path):
    with open(path, "rb") as file:
        return file.read(4) == b"PK\x03\x04"


def run_file(path):
    """What `python path` does, in a new module __main__ that stays: threads and atexit functions outlive the script."""
    if sys.version_info >= (3, 9):
        path = os.path.abspath(path)
    with getattr(io, "open_code", io.FileIO)(path) as file:  # since 3.8
        source = file.read()
    main_module = types.ModuleType("__main__")
    main_module.__file__ = path
    main_module.__builtins__ = __builtins__
    main_module.__loader__ = SourceFileLoader("__main__", path)
    main_module.__cached__ = None
    sys.modules["__main__"] = main_module
    exec(compile(source, path, "exec", dont_inherit=True), main_module.__dict__)


def main():
    try:
        flags, command = parse(sys.argv[1:])
    except ValueError as error:
        print("%s\n%s" % (error, USAGE), file=sys.stderr)
        return 2
    if not command:
        print(USAGE, file=sys.stderr)
        return 2
    script = command[0]
    try:
        is_file = not os.path.isdir(script) and not is_zip(script)
    except OSError as error:
        print("%s: can't open file '%s': %s" % (sys.executable, script, error), file=sys.stderr)
        return 2

    sys.argv[:] = command
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(script)) if is_file else os.path.abspath(script)
    googleclouddebugger.enable(**flags)
    if is_file:
        run_file(script)
    else:
        sys.path[:] = [entry for entry in sys.path if entry != os.path.abspath(script)]  # runpy puts it there
        runpy.run_path(script, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
