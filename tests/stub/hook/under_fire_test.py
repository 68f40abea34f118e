"""Programs do what they do without hooks while every line of them is hooked."""

import argparse
import ast
import collections
import configparser
import csv
import difflib
import fractions
import heapq
import importlib.util
import io
import json
import os
import random
import re
import shlex
import statistics
import string
import subprocess
import sys
import textwrap
import tokenize
import unittest

import hooktest
from hooked import HookCase, all_codes, lines_of

# Quick ones, of what is hard for hooks: generators, coroutines, exceptions, closures, tracing.
CPYTHON_TESTS = [
    "test_asyncgen",
    "test_contextlib",
    "test_coroutines",
    "test_dataclasses",
    "test_exceptions",
    "test_functools",
    "test_generators",
    "test_grammar",
    "test_heapq",
    "test_sys_settrace",
    "test_textwrap",
    "test_with",
]
if (3, 9) <= sys.version_info < (3, 10):
    # Where a debugger cannot jump to, this version gives another reason when code is hooked.
    CPYTHON_TESTS.remove("test_sys_settrace")


def run_json():
    value = {"a": [1, 2.5, None, True, "text\n"], "b": {"c": [{}, []]}}
    encoder = json.JSONEncoder(indent=2, sort_keys=True)
    # The decoder and encoder in Python, not those in C.
    text = "".join(encoder.iterencode(value, _one_shot=False))
    return text, json.loads(text) == value


def run_text():
    words = textwrap.wrap("the quick brown fox jumps over the lazy dog " * 5, 30)
    return words, textwrap.dedent("   a\n     b\n"), string.Template("$x ${y}").substitute(x=1, y=2)


def run_difflib():
    a, b = [str(i) for i in range(60)], [str(i * 7 % 60) for i in range(60)]
    return list(difflib.unified_diff(a, b)), list(difflib.ndiff(a[:20], b[:20]))


def run_argparse():
    parser = argparse.ArgumentParser(prog="p")
    parser.add_argument("--number", type=int, default=3)
    parser.add_argument("names", nargs="*")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("-a", action="store_true")
    group.add_argument("-b", action="store_true")
    return vars(parser.parse_args(["--number", "5", "-a", "x", "y"])), parser.format_help()


def run_parsers():
    config = configparser.ConfigParser()
    config.read_string("[a]\nx = 1\ny = %(x)s2\n[b]\nz: 3\n")
    rows = list(csv.DictReader(io.StringIO("a,b\n1,2\n3,4\n")))
    return {s: dict(config[s]) for s in config}, rows, shlex.split("a 'b c' \"d\\\" e\" f\\ g")


def run_syntax():
    source = "def f(x, *y, z=1, **w):\n    return [i for i in x if i] or {**w}\n"
    tokens = [token[:2] for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    tree = ast.parse(source)
    tree = ast.fix_missing_locations(ast.NodeTransformer().visit(tree))
    return tokens, ast.dump(tree), [type(node).__name__ for node in ast.walk(tree)]


def run_numbers():
    chance = random.Random(3)
    data = [chance.gauss(5, 2) for _ in range(50)]
    exact = sum((fractions.Fraction(i, 7) for i in range(20)), fractions.Fraction())
    return statistics.stdev(data), statistics.median(data), exact, list(heapq.merge([1, 4], [2, 3]))


def run_collections():
    counter = collections.Counter("abracadabra")
    chain = collections.ChainMap({"a": 1}, {"b": 2})
    ordered = collections.OrderedDict(sorted(counter.items()))
    return counter.most_common(), dict(chain), list(reversed(ordered)), re.sub(r"(a)(b)", r"\2\1", "abab")


WORK = {
    run_json: [json.encoder, json.decoder, json],
    run_text: [textwrap, string],
    run_difflib: [difflib],
    run_argparse: [argparse],
    run_parsers: [configparser, csv, shlex],
    run_syntax: [ast, tokenize],
    run_numbers: [random, statistics, fractions, heapq],
    run_collections: [collections],
}


def codes_of(module):
    """All code objects of the functions and methods that the module defines."""
    found = {}
    names = list(vars(module).values())
    for item in names + [member for item in names if isinstance(item, type) for member in vars(item).values()]:
        item = getattr(item, "__func__", getattr(item, "fget", item))
        code = getattr(getattr(item, "__wrapped__", item), "__code__", None)
        if code is not None and code.co_filename == module.__file__:
            found.update((id(nested), nested) for nested in all_codes(hooktest.original(code)))
    return list(found.values())


class UnderFireTest(HookCase):
    def arm_everything(self, modules):
        for module in modules:
            for code in codes_of(module):
                for line in sorted(lines_of(code)):
                    outcome = hooktest.arm(code, line, len(self.contexts))
                    self.assertIn(outcome, (0, 1), (code, line))
                    if outcome == 0:
                        self.contexts.append(len(self.contexts))

    def test_library_modules(self):
        for run, modules in WORK.items():
            with self.subTest(run.__name__):
                expected = run()
                self.arm_everything(modules)
                self.assertEqual(run(), expected)
                self.assertGreater(self.hits(self.contexts), 20)
                for context in self.contexts:
                    hooktest.disarm(context)
                self.contexts.clear()
                self.assertEqual(run(), expected)

    def test_cpythons_own_tests(self):
        tests = [name for name in CPYTHON_TESTS if importlib.util.find_spec("test." + name)]
        if "test_grammar" not in tests:
            self.skipTest("this interpreter comes without its test suite")

        def results(mode):
            fire = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fire.py")
            environment = dict(os.environ, PYTHONPATH=os.pathsep.join([os.path.dirname(fire)] + sys.path))
            done = subprocess.run(
                [sys.executable, "-X", "faulthandler", fire, mode] + tests,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
            self.assertEqual(done.returncode, 0, done.stderr[-3000:])
            return [line for line in done.stdout.split("\n") if line.startswith("RESULT")], done.stdout

        plain, _ = results("plain")
        armed, output = results("armed")
        self.assertEqual(len(plain), len(tests))
        self.assertEqual(armed, plain)
        hits, lines, refused = map(int, re.search(r"HITS (\d+) ARMED (\d+) REFUSED (\d+)", output).groups())
        self.assertGreater(hits, 1000000)
        self.assertLessEqual(refused, lines // 1000)


if __name__ == "__main__":
    unittest.main()
