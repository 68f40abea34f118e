"""What the tests of hooks share: a program whose lines have names, and a test case that cleans up after itself."""

import dis
import itertools
import re
import sys
import textwrap
import types
import unittest

import hooktest

NO_LINE = 1
UNPATCHABLE = 2

_serial = itertools.count()


def all_codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from all_codes(constant)


def lines_of(code):
    """The lines that instructions of the code object itself are on."""
    if hasattr(code, "co_lines"):
        return {line for _, _, line in code.co_lines() if line}
    return {line for _, line in dis.findlinestarts(code)}


class Program:
    """Python source that has been run. A line is named by a comment `#: name` at its end."""

    def __init__(self, source, **names):
        source = textwrap.dedent(source)
        self.filename = "/nowhere/program_%d.py" % next(_serial)
        self.lines = {
            match.group(1): number
            for number, line in enumerate(source.split("\n"), 1)
            for match in [re.search(r"#: (\w+)", line)]
            if match
        }
        self.code = compile(source, self.filename, "exec")
        self.codes = list(all_codes(self.code))
        self.names = {"__name__": "program", **names}
        exec(self.code, self.names)

    def __getattr__(self, name):
        try:
            return self.names[name]
        except KeyError:
            raise AttributeError(name) from None

    def codes_with(self, line):
        return [code for code in self.codes if line in lines_of(code)]


class HookCase(unittest.TestCase):
    """Hooks are initialised before each test and given back after it; contexts count up from 0."""

    def setUp(self):
        self.assertEqual(hooktest.init(), 0)
        self.addCleanup(hooktest.deinit)
        self.contexts = []

    def tearDown(self):
        hooktest.on_hit(None)
        hooktest.record_into(None)
        for context in self.contexts:
            hooktest.disarm(context)

    def arm_code(self, code, line, once=False):
        """Arms one code object; returns the context, which must be given by HookCase alone."""
        context = len(self.contexts)
        outcome = hooktest.arm(code, line, context, once)
        self.assertEqual(outcome, 0, "%s line %d" % (code.co_name, line))
        self.contexts.append(context)
        return context

    def arm(self, program, name, once=False):
        """Arms the named line in every code object that has it; returns the contexts."""
        contexts = []
        line = program.lines[name]
        for code in program.codes_with(line):
            context = len(self.contexts)
            outcome = hooktest.arm(code, line, context, once)
            if outcome == NO_LINE:
                continue
            self.assertEqual(outcome, 0, "%s line %s" % (code.co_name, name))
            self.contexts.append(context)
            contexts.append(context)
        self.assertTrue(contexts, "no code object has the line %s" % name)
        return contexts

    def hits(self, contexts):
        return sum(map(hooktest.hits, contexts))

    def assertHits(self, program, name, number, run):
        """Arms the named line, runs, and expects so many hits; then disarms, runs, and expects none."""
        contexts = self.arm(program, name)
        run()
        self.assertEqual(self.hits(contexts), number, name)
        for context in contexts:
            hooktest.disarm(context)
        run()
        self.assertEqual(self.hits(contexts), number, "%s after it was disarmed" % name)


def run_coroutine(coroutine):
    """Runs a coroutine that awaits nothing that waits."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


IS_MONITORED = sys.version_info >= (3, 12)
IS_COPIED = (3, 11) <= sys.version_info < (3, 12)
IS_IN_PLACE = sys.version_info < (3, 11)


def while_hits(turns):
    """How often the line of `while n: n -= 1` begins to run. From 3.10 to 3.13 the compiler puts a second test at the end
    of the loop, so that the last one is not jumped back to."""
    return turns if (3, 10) <= sys.version_info < (3, 14) else turns + 1
