"""An evaluation that finds no memory, wherever that is, fails and leaves nothing; many evaluations leave nothing either."""

import ast
import gc
import os
import re
import subprocess
import sys
import unittest

import _capture

try:
    import _testcapi

    can_fail = hasattr(_testcapi, "set_nomemory") and sys.version_info[:2] != (3, 9)  # whose parser does not survive it
except ImportError:
    can_fail = False

SOURCES = [
    "number + 1", "10**40 * number", "text + 'a'", "text.upper()", "text.split('e')", "','.join(texts)", "[x for x in items]", "{x: str(x) for x in items}", "{x for x in items}",
    "any(x == 2 for x in items)", "sorted(items)", "sum(items)", "max(items)", "f'{number:>5}|{text!r}'", "'%s %d' % (text, number)", "items[1:]", "items + [1]", "mapping['a']", "mapping.get('z', [1])",
    "list(mapping.items())", "user.name", "user.title", "user.is_adult()", "user == user", "helper(number)", "user.missing", "missing", "1 / 0", "items[10]", "mapping['zz']", "getattr(user, 'zz', 5)",
    "hasattr(user, 'zz')", "(lambda x: x + 1)(5)", "items.append(1)", "print(1)", "str([1, 2.5, None])", "repr(mapping)", "isinstance(number, (int, str))", "range(5)[2]", "(number, [text, {1: 2}])",
    "{*items}", "[*items, 1]", "{**mapping}", "2+", "x = 1", "number if text else 0", "1 < number < 10", "not items", "day.year", "day.isoformat()", "fails(number)", "builds(items)",
    "re.match('(?P<word>[a-z]+) (x)?', text).groupdict()", "re.search('h(e|x)', text)", "re.match('(?P<n>a)(', text)", "re.search('(h)(e)', text).group(1, 2)",
]  # fmt: skip

WAITING = 5  # the source of a function is being read

NUM_PASSES = 8
NUM_PLACES = 200

# CPython's own parser does not survive a failure in an f-string up to 3.11, nor where it reports an error.
FAILING = [source for source in SOURCES if source not in ("2+", "x = 1") and (not source.startswith("f'") or sys.version_info >= (3, 12))]


def helper(value):
    total = [value]
    for i in range(3):
        total.append(i * 10**20)
    return sum(total)


def fails(value):
    try:
        raise ValueError(value)
    except ValueError as error:
        return [error.args[0]]


def builds(value):
    result = {}
    for i in value:
        result[i] = str(i)
    return result


class User:
    def __init__(self):
        self.name, self.age = "bob", 42

    @property
    def title(self):
        return "%s of %d" % (self.name, self.age)

    def is_adult(self):
        return self.age >= 18

    def __eq__(self, other):
        return self.age == other.age


def make_scope():
    import datetime

    return {
        "number": 7, "text": "text here", "texts": ["a", "bc"], "items": [3, 1, 2], "mapping": {"a": 1, "b": [1]}, "user": User(), "helper": helper, "fails": fails, "builds": builds,
        "day": datetime.date(2020, 1, 2), "re": re, "evaluate": _capture.evaluate, "condition": _capture.condition,
    }  # fmt: skip


CODE = compile("answer = None\nbegin(n, n + 1)\ntry:\n    answer = probe(source)\nexcept (MemoryError, SyntaxError):\n    pass\nend()", "app.py", "exec")


def compile_only(source):
    return compile(source, "<expression>", "eval", ast.PyCF_ONLY_AST)  # may fail without an exception


def grown_by_failures(scope, probe):
    """Blocks that are left by passes that fail in the same places again and again."""
    scope["probe"] = probe
    for i in range(NUM_PASSES):
        for scope["n"] in range(1, NUM_PLACES):
            exec(CODE, scope)
        scope["answer"] = None
        gc.collect()
        if i == 1:
            blocks = sys.getallocatedblocks()
    return sys.getallocatedblocks() - blocks


def fail_each_allocation(sources):
    """Fails the n-th allocation of an evaluation, for each n, until the answer is the right one."""
    scope = dict(make_scope(), begin=_testcapi.set_nomemory, end=_testcapi.remove_mem_hooks, MemoryError=MemoryError, SyntaxError=SyntaxError)
    num_failed = 0
    for source in sources:
        scope.update(source=source, n=10**9, probe=_capture.evaluate)
        exec(CODE, scope)
        while scope["answer"][0] == WAITING:  # the sources of its functions are read in steps
            exec(CODE, scope)
        wanted = repr(scope["answer"])
        num_right = 0
        for scope["n"] in range(1, 3000):
            exec(CODE, scope)
            num_right = num_right + 1 if repr(scope["answer"]) == wanted else 0
            num_failed += num_right == 0
            if num_right == 12:
                break
    print("failed", num_failed)


def leak_by_failures(sources):
    scope = dict(make_scope(), begin=_testcapi.set_nomemory, end=_testcapi.remove_mem_hooks, MemoryError=MemoryError, SyntaxError=Exception)
    for source in sources:
        scope["source"] = source
        # What is kept for good, such as names, is there after some of them.
        for _ in range(20):
            grown = grown_by_failures(scope, _capture.evaluate) - grown_by_failures(scope, compile_only)
            if grown < NUM_PASSES - 2:
                break
        else:
            print("%s: %d blocks more" % (source, grown))
    print("failed", len(sources))


class AllocationTest(unittest.TestCase):
    def run_apart(self, call):
        program = "import allocation_test as test; test.%s" % call
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in [os.path.dirname(os.path.abspath(__file__))] + sys.path if path), PYTHONFAULTHANDLER="1")
        if "SANITIZER_PRELOAD" in os.environ:
            environment["LD_PRELOAD"] = os.environ["SANITIZER_PRELOAD"]
        found = subprocess.run([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        print(found.stdout.strip())
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)
        lines = found.stdout.strip().splitlines()
        self.assertEqual(lines[:-1], [])
        return int(lines[-1].split()[-1])

    @unittest.skipUnless(can_fail, "this CPython cannot be made to fail")
    def test_each_allocation_fails_once(self):
        self.assertGreater(self.run_apart("fail_each_allocation(test.FAILING)"), 1000)

    @unittest.skipUnless(can_fail, "this CPython cannot be made to fail")
    def test_failures_leave_nothing(self):
        self.run_apart("leak_by_failures(test.FAILING[::4])")

    def test_many_evaluations_leave_nothing(self):
        gc.collect()
        scope = make_scope()
        code = compile("for source in sources:\n    condition(source, repeat=repeat)", "app.py", "exec")
        scope.update(sources=SOURCES, repeat=10)
        exec(code, scope)
        exec(code, scope)
        gc.collect()
        values = [scope[name] for name in ("text", "texts", "items", "mapping", "user", "helper", "fails", "builds", "day")] + [User]
        references = [sys.getrefcount(value) for value in values]
        objects, blocks = len(gc.get_objects()), sys.getallocatedblocks()
        scope["repeat"] = 100000 // len(SOURCES)
        exec(code, scope)
        gc.collect()
        self.assertLess(sys.getallocatedblocks() - blocks, 1000)  # of 100,000
        self.assertLess(len(gc.get_objects()) - objects, 50)
        self.assertEqual([now - was for now, was in zip([sys.getrefcount(value) for value in values], references) if abs(now - was) > 3], [])


if __name__ == "__main__":
    unittest.main()
