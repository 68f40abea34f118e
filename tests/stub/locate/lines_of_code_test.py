"""From a line to the code objects that have it, and to its neighbours if none has."""

import functools
import gc
import importlib
import os
import shutil
import sys
import tempfile
import textwrap
import threading
import unittest
import weakref

import hooktest

SOURCE = '''\
import functools


def plain(x):
    """Says something."""
    y = x + 1

    return y


def decorate(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper


class Decorate:
    def __init__(self, function):
        self.function = function


@decorate
def by_closure():
    return "by_closure"


@Decorate
def by_class():
    return "by_class"


@functools.lru_cache(maxsize=None)
def cached():
    return "cached"


class Outer:
    class Inner:
        def method(self):
            return "inner method"

    @property
    def attribute(self):
        return "attribute"

    @classmethod
    def of_class(cls):
        return "of_class"

    @staticmethod
    def static():
        return "static"


def factory():
    class Local:
        def method(self):
            return "local method"
    def closure():
        return "closure"
    return Local, closure


def comprehends(items):
    a = [i + 1 for i in items]
    b = sorted(items, key=lambda item: -item)
    c = sum(i for i in items)
    d = [
        i + 2
        for i in items
    ]
    e = (lambda:
         "on its own line")
    return a, b, c, d, e


async def coroutine():
    return "coroutine"


def generator():
    yield "generator"


table = {"held": [(lambda: "in a table",)]}
partial = functools.partial(lambda x:
                            "partial", 1)
'''


class LinesOfCodeTest(unittest.TestCase):
    def setUp(self):
        self.assertEqual(hooktest.init(), 0)
        self.addCleanup(hooktest.deinit)
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        sys.path.insert(0, self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        self.file = os.path.join(self.folder, "located.py")
        self.addCleanup(sys.modules.pop, "located", None)

    def load(self, source=SOURCE):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(source)
        sys.modules.pop("located", None)
        importlib.invalidate_caches()
        return importlib.import_module("located")

    def line_of(self, text):
        return 1 + [text in line for line in SOURCE.split("\n")].index(True)

    def names_at(self, text):
        found = hooktest.locate("located.py", self.line_of(text))
        self.assertIsInstance(found, list, (text, found))
        self.assertEqual(len({id(code) for code in found}), len(found))
        return sorted(code.co_name for code in found)

    def test_functions_of_all_kinds(self):
        module = self.load()
        self.assertIsNotNone(module)
        for text, name in (
            ("y = x + 1", "plain"),
            ("return function(*args)", "wrapper"),
            ('return "by_closure"', "by_closure"),
            ('return "by_class"', "by_class"),
            ('return "cached"', "cached"),
            ('return "inner method"', "method"),
            ('return "attribute"', "attribute"),
            ('return "of_class"', "of_class"),
            ('return "static"', "static"),
            ('return "local method"', "method"),
            ('return "closure"', "closure"),
            ('return "coroutine"', "coroutine"),
            ('yield "generator"', "generator"),
            ('(lambda: "in a table",)', "<lambda>"),
            ('"partial", 1)', "<lambda>"),
            ('"on its own line"', "<lambda>"),
        ):
            self.assertEqual(self.names_at(text), [name], text)

    def test_class_body_within_a_function(self):
        module = self.load()
        self.assertIsNotNone(module)
        line = self.line_of('return "local method"') - 1
        self.assertEqual([code.co_name for code in hooktest.locate("located.py", line)], ["Local"])

    def test_comprehension_within_a_line_belongs_to_its_function(self):
        self.load()
        self.assertEqual(self.names_at("a = [i + 1"), ["comprehends"])
        self.assertEqual(self.names_at("c = sum("), ["comprehends"])

    def test_comprehension_on_its_own_line(self):
        module = self.load()
        line = self.line_of("        i + 2")
        found = hooktest.locate("located.py", line)
        hits = []
        for context, code in enumerate(found):
            self.assertEqual(hooktest.arm(code, line, context), 0)
        module.comprehends([1, 2, 3])
        hits = sum(map(hooktest.hits, range(len(found))))
        for context in range(len(found)):
            hooktest.disarm(context)
        # Up to 3.7 a comprehension is said to begin where its element does: the line is the function's too, and it is hit there.
        self.assertEqual(hits, 3 if sys.version_info >= (3, 8) else 1)

    def test_line_within_a_line_is_hit_once(self):
        module = self.load()
        for text in ("a = [i + 1", "c = sum("):
            line = self.line_of(text)
            found = hooktest.locate("located.py", line)
            for context, code in enumerate(found):
                self.assertEqual(hooktest.arm(code, line, context), 0)
            module.comprehends([1, 2, 3])
            self.assertEqual(sum(map(hooktest.hits, range(len(found)))), 1, text)
            for context in range(len(found)):
                hooktest.disarm(context)

    def test_code_that_is_only_held_by_objects(self):
        module = self.load()

        class Holder:
            __slots__ = ("function",)

        holder = Holder()
        holder.function = module.plain
        del module.plain
        self.assertEqual(self.names_at("y = x + 1"), ["plain"])
        self.assertEqual(holder.function(1), 2)

    def test_module_with_a_big_cache_in_its_globals(self):
        module = self.load()
        module.cache = {i: [i] for i in range(20000)}
        self.assertEqual(self.names_at("y = x + 1"), ["plain"])

    def test_hooked_code_is_found_as_what_it_was(self):
        module = self.load()
        line = self.line_of("y = x + 1")
        code = module.plain.__code__
        self.assertEqual(hooktest.arm(code, line, 0), 0)
        self.addCleanup(hooktest.disarm, 0)
        found = hooktest.locate("located.py", line)
        self.assertEqual(len(found), 1)
        self.assertIs(found[0], code)

    def test_running_and_suspended_code(self):
        module = self.load(
            "def f(locate):\n    found = locate()\n    return found\ndef g():\n    yield 1\n    yield 2\n"
        )
        f, g = module.f, module.g()
        next(g)
        del module.f, module.g
        functions = [f]
        del f
        found = functions.pop()(lambda: [hooktest.locate("located.py", line) for line in (3, 6)])
        self.assertEqual([[code.co_name for code in codes] for codes in found], [["f"], ["g"]])

    def test_code_that_only_generators_and_other_threads_hold(self):
        module = self.load(
            "def waits(lock):\n    with lock:\n        return 1\n"
            "def never_started():\n    yield 1\n"
            "async def coroutine():\n    return 1\n"
            "async def asynchronous():\n    yield 1\n"
        )
        lock, names = threading.Lock(), ("waits", "never_started", "coroutine", "asynchronous")
        held = [module.never_started(), module.coroutine(), module.asynchronous()]
        started = threading.Event()

        class Lock:
            def __enter__(self):
                started.set()
                lock.acquire()

            def __exit__(self, *error):
                lock.release()

        with lock:
            thread = threading.Thread(target=module.waits, args=(Lock(),))
            thread.start()
            started.wait()
            del thread._target
            for name in names:
                delattr(module, name)
            found = [hooktest.locate("located.py", line) for line in (3, 5, 7, 9)]
        thread.join()
        held[1].close()
        self.assertEqual([[code.co_name for code in codes] for codes in found], [[name] for name in names])

    @unittest.skipIf(sys.version_info < (3, 7), "no gc.freeze()")
    def test_frozen_objects(self):
        module = self.load("def f():\n    return 1\n")
        gc.freeze()
        try:
            self.assertEqual(hooktest.locate("located.py", 2), [module.f.__code__])
        finally:
            gc.unfreeze()

    def check_missing(self, source, line, *expected):
        self.load(textwrap.dedent(source))
        self.assertEqual(hooktest.locate("located.py", line), expected)

    def test_no_code_and_neighbours_on_both_sides(self):
        source = "def f():\n    x = 1\n\n    return x\n"
        self.check_missing(
            source, 3, "No code found at line $0 in $1. Try lines $2 or $3.", "3", self.file, "2", "4"
        )

    def test_no_code_and_a_neighbour_before(self):
        source = "def f():\n    return 1\n\n\n"
        self.check_missing(source, 9, "No code found at line $0 in $1. Try line $2.", "9", self.file, "2")

    def test_no_code_and_a_neighbour_after(self):
        source = "\ndef f():\n    return 1\n"
        self.check_missing(source, 1, "No code found at line $0 in $1. Try line $2.", "1", self.file, "3")

    def test_no_code_at_all(self):
        self.check_missing("", 10, "No code found at line $0 in $1", "10", self.file)

    def test_line_of_a_def_is_not_in_the_function(self):
        source = "def f():\n    return 1\n"
        self.check_missing(source, 1, "No code found at line $0 in $1. Try line $2.", "1", self.file, "2")

    def codes_at(self, source, line):
        """In a module that is about to run; then its own code is there too."""
        found = hooktest.locate_in(compile(textwrap.dedent(source), self.file, "exec"), "located.py", line)
        return [code.co_name for code in found] if isinstance(found, list) else found

    def test_annotations_are_not_code_of_their_line(self):
        """From 3.14 on a function of its own evaluates them, when somebody asks."""
        source = """
            def f(
                    x: int,
                    y: "str" = 1) -> int:
                return x
            value: int = 3
            class C:
                attribute: int = 4
            """
        self.assertEqual(self.codes_at(source, 2), ["<module>"])
        self.assertEqual(self.codes_at(source, 5), ["f"])
        self.assertEqual(self.codes_at(source, 6), ["<module>"])
        self.assertEqual(self.codes_at(source, 8), ["C"])

    @unittest.skipIf(sys.version_info < (3, 14), "evaluated with the definition before 3.14")
    def test_line_that_has_an_annotation_alone(self):
        source = "def f(x,\n" "      y:\n" "      int):\n" "    return x\n"
        self.check_missing(source, 3, "No code found at line $0 in $1. Try line $2.", "3", self.file, "4")

    @unittest.skipIf(sys.version_info < (3, 12), "new in 3.12")
    def test_type_parameters_belong_to_the_line_around_them(self):
        source = """
            def f[T](x: T) -> T:
                return x
            class C[T]:
                def method[U](self, x: U) -> U:
                    return x
            type Alias[T] = list[T]
            async def g[T](
                    x: T = (
                        1)):
                return x
            """
        self.assertEqual(self.codes_at(source, 2), ["<module>"])
        self.assertEqual(self.codes_at(source, 3), ["f"])
        self.assertEqual(self.codes_at(source, 4), ["<module>"])
        self.assertEqual(self.codes_at(source, 5), ["C"])
        self.assertEqual(self.codes_at(source, 6), ["method"])
        self.assertEqual(self.codes_at(source, 11), ["g"])
        if sys.version_info >= (3, 14):
            self.assertEqual(self.codes_at(source, 7), ["<module>"])

    @unittest.skipIf(sys.version_info < (3, 12), "new in 3.12")
    def test_line_of_a_generic_definition_is_hit_once(self):
        source = textwrap.dedent("""
            def define():
                def f[T](x: T) -> T:
                    return x
                class C[T]:
                    value: int = 1
                return f, C
            """)
        module = self.load(source)
        for line in (3, 5):
            found = hooktest.locate("located.py", line)
            for context, code in enumerate(found):
                self.assertEqual(hooktest.arm(code, line, context), 0)
            module.define()
            self.assertEqual(sum(map(hooktest.hits, range(len(found)))), 1, line)
            for context in range(len(found)):
                hooktest.disarm(context)

    def test_lines_out_of_range(self):
        self.load()
        for line in (0, -1, 2**31 - 1):
            found = hooktest.locate("located.py", line)
            self.assertIsInstance(found, tuple)
            self.assertTrue(found[0].startswith("No code found at line $0 in $1"), found)

    def test_code_of_a_module_that_is_about_to_run(self):
        code = compile(SOURCE, self.file, "exec")
        found = hooktest.locate_in(code, "located.py", self.line_of("y = x + 1"))
        self.assertEqual([item.co_name for item in found], ["plain"])
        found = hooktest.locate_in(code, "located.py", self.line_of("class Outer"))
        self.assertEqual([item.co_name for item in found], ["<module>"])
        found = hooktest.locate_in(code, "located.py", 10**6)
        self.assertEqual(found[0], "No code found at line $0 in $1. Try line $2.")

    def test_empty_module_that_is_about_to_run(self):
        code = compile("", self.file, "exec")
        self.assertEqual(
            hooktest.locate_in(code, "located.py", 10), ("No code found at line $0 in $1", "10", self.file)
        )

    def test_nothing_is_kept_alive(self):
        module = self.load()
        line = self.line_of("y = x + 1")
        hooktest.locate("located.py", line)
        code = weakref.ref(module.plain.__code__)
        module.__dict__.clear()
        gc.collect()
        self.assertIsNone(code())

    def test_nothing_is_left_on_code_objects(self):
        module = self.load()
        before = sys.getsizeof(module.plain.__code__), sys.getrefcount(module.plain.__code__)
        for _ in range(10):
            hooktest.locate("located.py", self.line_of("y = x + 1"))
        self.assertEqual((sys.getsizeof(module.plain.__code__), sys.getrefcount(module.plain.__code__)), before)
        self.assertTrue(functools.partial)


if __name__ == "__main__":
    unittest.main()
