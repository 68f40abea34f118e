"""Runs test modules of CPython with every line of them, and of what they test, hooked. Used by under_fire_test, under_fire.

Usage: fire.py MODE MODULE...

MODE is "plain" (no hooks), "armed", or "tested" (not in the test modules themselves). Prints one line for each module: its
name, tests run, failures, skips; and one for all: hits, lines armed, and lines that cannot be hooked.
"""

import collections
import importlib
import io
import sys
import types
import unittest

import hooktest
from hooked import IS_MONITORED, all_codes, lines_of

CONTEXTS = 65536
outcomes = collections.Counter()


def functions_of(names):
    import gc

    return [
        function
        for function in gc.get_objects()
        if isinstance(function, types.FunctionType) and function.__module__ in names
    ]


def arm_modules(names, context):
    """Arms every line of all functions of the modules; returns the next context."""
    seen = set()
    for function in functions_of(names):
        for code in all_codes(hooktest.original(function.__code__)):
            if code in seen:
                continue
            seen.add(code)
            for line in sorted(lines_of(code)):
                if context == CONTEXTS:
                    return context
                outcome = hooktest.arm(code, line, context)
                outcomes[outcome] += 1
                if outcome == 0:
                    context += 1
    return context


def names_under_test(module):
    """test.test_json tests json and what is in it; test.test_asyncio.test_locks tests asyncio.locks."""
    tested = ".".join(part.replace("test_", "", 1) for part in module.__name__.split(".")[1:])
    return {name for name in sys.modules if name == tested or name.startswith(tested + ".")}


def shows_hooks(test):
    """Up to 3.11 hooks stand in code objects, and these tests print the code objects of dis."""
    return not IS_MONITORED and test.endswith(("BytecodeTests.test_info", "CodeInfoTests.test_code_info", "CodeInfoTests.test_show_code"))


def main():
    mode = sys.argv[1]
    context = 0
    if hooktest.init() != 0:
        raise SystemExit("no hooks")
    for name in sys.argv[2:]:
        module = importlib.import_module("test." + name)
        if mode != "plain":
            context = arm_modules(names_under_test(module) | ({module.__name__} if mode == "armed" else set()), context)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        result = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(suite)
        failed = sorted(test.id() for test, _ in result.failures + result.errors if not shows_hooks(test.id()))
        print("RESULT", name, result.testsRun, failed, len(result.skipped))
    print("HITS", sum(map(hooktest.hits, range(context))), "ARMED", outcomes[0], "REFUSED", outcomes[2])


if __name__ == "__main__":
    main()
