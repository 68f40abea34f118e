"""Runs test modules of CPython with every line of them, and of what they test, hooked. Used by under_fire_test.

Usage: fire.py plain|armed MODULE...     prints one line for each module: its name, tests run, failures, skips; and one
                                         for all: hits, lines armed, and lines that cannot be hooked
"""

import collections
import importlib
import io
import sys
import types
import unittest

import hooktest
from hooked import all_codes, lines_of

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
    tested = module.__name__.rpartition(".")[2].replace("test_", "", 1)
    return {name for name in sys.modules if name == tested or name.startswith(tested + ".")} | {module.__name__}


def main():
    is_armed = sys.argv[1] == "armed"
    context = 0
    if hooktest.init() != 0:
        raise SystemExit("no hooks")
    for name in sys.argv[2:]:
        module = importlib.import_module("test." + name)
        if is_armed:
            context = arm_modules(names_under_test(module), context)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        result = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(suite)
        failed = sorted(test.id() for test, _ in result.failures + result.errors)
        print("RESULT", name, result.testsRun, failed, len(result.skipped))
    print("HITS", sum(map(hooktest.hits, range(context))), "ARMED", outcomes[0], "REFUSED", outcomes[2])


if __name__ == "__main__":
    main()
