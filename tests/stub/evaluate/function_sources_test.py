"""The source of a function counts only if compiling it gives the code that runs."""

import gc
import importlib.util
import linecache
import marshal
import os
import resource
import shutil
import sys
import tempfile
import textwrap
import types
import unittest
import weakref

import _capture

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5
NEWEST = sys.version_info >= (3, 11)


def evaluate(source, **names):
    """In a frame that has these names."""
    namespace = dict(names, _evaluate=_capture.evaluate, _source=source)
    while True:
        exec("_answer = _evaluate(_source, 0, 1000000)", namespace)
        if namespace["_answer"][0] != WAITING:
            return namespace["_answer"]


class SourcesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "module.py")

    def write(self, text, encoding="utf-8", path=None):
        with open(path or self.path, "wb") as file:
            file.write(text.encode(encoding))

    def load(self, text, encoding="utf-8"):
        """A module of this source, imported as any is."""
        self.write(text, encoding)
        return self.import_again()

    def import_again(self):
        sys.dont_write_bytecode = True
        spec = importlib.util.spec_from_file_location("module", self.path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def check(self, answer, outcome, text=""):
        self.assertEqual(answer[0], outcome, answer)
        if text:
            self.assertIn(text, answer[1][2][0])

    # ------------------------------------------------------------------------------ other source than code

    def test_source_that_was_edited(self):
        module = self.load("def function(x):\n    return x + 1\n")
        self.write("def function(x):\n    return x + 2\n")
        self.check(evaluate("m.function(1)", m=module), REFUSED, "as it runs")

    def test_source_that_was_shifted_by_a_line(self):
        module = self.load("def function(x):\n    return x + 1\n")
        self.write("\ndef function(x):\n    return x + 1\n")
        self.check(evaluate("m.function(1)", m=module), REFUSED, "as it runs")

    def test_source_whose_lines_differ_within(self):
        module = self.load("def function(x):\n    x = x\n    return x + 1\n")
        self.write("def function(x):\n    x = x\n\n    return x + 1\n")
        self.check(evaluate("m.function(1)", m=module), REFUSED, "as it runs")

    def test_names_that_were_edited(self):
        module = self.load("a, b = 1, 2\ndef function(x):\n    return a\n")
        self.write("a, b = 1, 2\ndef function(x):\n    return b\n")
        self.check(evaluate("m.function(1)", m=module), REFUSED)

    def test_constants_that_are_equal_but_not_the_same(self):
        for number, (old, new) in enumerate([("1", "1.0"), ("1", "True"), ("0.0", "-0.0"), ("'a'", "b'a'"), ("(1, 2)", "(1, 2.0)")]):
            with self.subTest(old=old):
                module = self.load("def function%d():\n    return %s\n" % (number, old))
                self.write("def function%d():\n    return %s\n" % (number, new))
                self.check(evaluate("m.function%d()" % number, m=module), REFUSED)

    def test_defaults_in_the_source_do_not_count(self):
        module = self.load("def function(x=1):\n    return x\n")
        self.write("def function(x=2):\n    return x\n")
        self.assertEqual(evaluate("m.function()", m=module), (ACCEPTED, 1))

    def test_same_text_elsewhere(self):
        module = self.load("class A:\n    def f(self):\n        return 1\n\n\nclass B:\n    def f(self):\n        return 1\n")
        self.assertEqual(evaluate("m.A().f() if False else a.f() + b.f()", m=module, a=module.A(), b=module.B()), (ACCEPTED, 2))

    def test_source_that_vanished(self):
        module = self.load("def function():\n    return 1\n")
        os.unlink(self.path)
        self.check(evaluate("m.function()", m=module), REFUSED, "cannot be read")

    def test_source_that_became_something_else(self):
        for make in (lambda path: os.mkdir(path), lambda path: os.mkfifo(path), lambda path: self.write("\0" * 100), lambda path: self.write("")):
            module = self.load("def function():\n    return 1\n")
            os.unlink(self.path)
            make(self.path)
            self.check(evaluate("m.function()", m=module), REFUSED)
            (os.rmdir if os.path.isdir(self.path) else os.unlink)(self.path)

    def test_source_that_cannot_be_opened_for_a_moment(self):
        module = self.load("def function():\n    return 1\n")
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        try:
            answer = _capture.evaluate("module.function()", 0, 1000000)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        self.check(answer, WAITING, "cannot be read now")
        self.assertEqual(evaluate("m.function()", m=module), (ACCEPTED, 1))

    def test_syntax_that_is_wrong_now(self):
        module = self.load("def function():\n    return 1\n")
        self.write("def function():\n    return ((1\n")
        self.check(evaluate("m.function()", m=module), REFUSED, "as it runs")

    # -------------------------------------------------------------------------------------- code that changes

    def test_code_that_is_replaced(self):
        module = self.load("def function():\n    return 1\n\n\ndef other():\n    return 2\n")
        self.assertEqual(evaluate("m.function()", m=module), (ACCEPTED, 1))
        module.function.__code__ = module.other.__code__
        self.assertEqual(evaluate("m.function()", m=module), (ACCEPTED, 2))

    def test_defaults_globals_and_cells_are_those_of_now(self):
        module = self.load(
            textwrap.dedent(
                """
                level = 1

                def function(x=1, *, y=[1]):
                    return x, y, level

                def outer():
                    value = 1
                    def inner():
                        return value
                    def change():
                        nonlocal value
                        value = 2
                    return inner, change

                inner, change = outer()
                """
            )
        )
        self.assertEqual(evaluate("m.function(), m.inner()", m=module), (ACCEPTED, ((1, [1], 1), 1)))
        module.function.__defaults__ = (5,)
        module.function.__kwdefaults__["y"] = [6]
        module.level = 7
        module.change()
        self.assertEqual(evaluate("m.function(), m.inner()", m=module), (ACCEPTED, ((5, [6], 7), 2)))
        module.function.__defaults__ = None
        del module.level
        self.check(evaluate("m.function()", m=module), RAISED)
        self.check(evaluate("m.function(1)", m=module), RAISED)

    def test_builtins_that_are_replaced(self):
        module = self.load("def function(x):\n    return len(x)\n")
        self.assertEqual(evaluate("m.function('abc')", m=module), (ACCEPTED, 3))
        calls = []
        module.len = calls.append
        self.check(evaluate("m.function('abc')", m=module), REFUSED)
        self.assertEqual(calls, [])

    @unittest.skipIf(sys.version_info < (3, 8), "code objects have no replace()")
    def test_code_made_by_hand(self):
        module = self.load("def function(x):\n    return x + 1\n\n\ndef other(x):\n    return x - 1\n")
        code = module.function.__code__
        for changed in (
            code.replace(co_code=module.other.__code__.co_code),
            code.replace(co_consts=(None, 2)),
            code.replace(co_firstlineno=5),
            code.replace(co_varnames=("y",)),
            code.replace(co_name="other"),
            code.replace(co_filename=__file__),
        ):
            function = types.FunctionType(changed, module.__dict__)
            answer = evaluate("f(1)", f=function)
            self.check(answer, REFUSED)
        same = types.FunctionType(code.replace(), {"__builtins__": {}})
        if sys.version_info < (3, 14):  # there a copy says less of the kinds of its variables
            self.assertEqual(evaluate("f(1)", f=same), (ACCEPTED, 2))

    def test_code_from_a_cache_file(self):
        text = (
            "class C:\n    def f(self, x, *a, y={1, 2}, **k):\n        'doc'\n"
            "        return x in {'a', 'b', 1.5} or [i for i in (1, 2.0, None)]\n"
            "    @property\n    def p(self): return 10 ** 5, -0.0, 1j, b'x', ..., self.__class__.__name__\n"
        )
        self.write(text)
        namespace = {"__name__": "module"}
        exec(marshal.loads(marshal.dumps(compile(text, self.path, "exec"))), namespace)
        c = namespace["C"]()
        self.assertEqual(evaluate("c.f('a'), c.f('z'), c.p", c=c), (ACCEPTED, (True, [1, 2.0, None], c.p)))

    # ------------------------------------------------------------------------------------ code without source

    def test_code_without_a_file(self):
        namespace = {}
        exec("def function():\n    return 1", namespace)
        self.check(evaluate("f()", f=namespace["function"]), REFUSED, "has no source file")
        exec(compile("def function():\n    return 1", self.path + "missing", "exec"), namespace)
        self.check(evaluate("f()", f=namespace["function"]), REFUSED, "cannot be read")

    def test_code_that_names_a_file_of_others(self):
        namespace = {}
        exec(compile("\n" * 20 + "def function():\n    return 1", __file__, "exec"), namespace)
        self.check(evaluate("f()", f=namespace["function"]), REFUSED)

    def test_linecache_and_loaders_are_not_asked(self):
        module = self.load("def function():\n    return 1\n")
        asked = []
        module.__loader__ = types.SimpleNamespace(get_source=asked.append)
        linecache.cache[self.path] = (10, None, ["def function():\n", "    return 2\n"], self.path)
        self.assertEqual(evaluate("m.function()", m=module), (ACCEPTED, 1))
        self.assertEqual(asked, [])

    # --------------------------------------------------------------------------------------- forms of source

    def test_line_ends_encodings_and_indentation(self):
        text = "# line\nclass C:\n    def f(self):\n        '''x\n        y'''\n        return '\u00e9\u20ac'\n"
        for number, (encoding, change) in enumerate(
            [
                ("utf-8", lambda text: text),
                ("utf-8", lambda text: text.replace("\n", "\r\n")),
                ("utf-8", lambda text: text.replace("\n", "\r")),
                ("utf-8-sig", lambda text: text),
                ("utf-8", lambda text: text.replace("    ", "\t")),
                ("utf-8", lambda text: text[:-1]),
                ("utf-8", lambda text: text.replace("# line", "#-*- coding: UTF_8 -*-")),
            ]
        ):
            with self.subTest(number=number):
                module = self.load(change(text), encoding)
                self.assertEqual(evaluate("c.f()", c=module.C()), (ACCEPTED, "\u00e9\u20ac"))

    def test_other_encodings(self):
        module = self.load("# coding: latin-1\ndef f(): return '\u00e9'\n", "latin-1")
        self.assertEqual(evaluate("m.f()", m=module), (ACCEPTED, "\u00e9"))
        module = self.load("# coding: cp1252\ndef f(): return '\u20ac'\n", "cp1252")
        self.check(evaluate("m.f()", m=module), REFUSED, "encoding")

    def test_places_of_functions(self):
        module = self.load(
            textwrap.dedent(
                '''
                import functools
                text = """
                def not_a_function(self):
                    return 0
                """
                if text:
                    try:
                        def in_blocks(x): return x + 1
                    except (NameError,
                            ValueError):
                        pass
                class Outer(object,
                            metaclass=type):
                    """Don't be confused."""
                    class __Inner:
                        __private = 5
                        def __init__(self): self.__own = 6
                        @property
                        # a comment (with a bracket
                        def values(self):
                            x = [
                        1,
                    2]
                # a comment at the left
                            return self.__private, self.__own, x, \\
                        "#"
                        @staticmethod
                        def local():
                            def inner(y): return y * 2
                            return inner
                    Inner = __Inner
                table = {"first": lambda x: x + 1,
                         "second": lambda x: x + 2,
                         "third": lambda x, y=(lambda: 4): x + 3}
                async def around():
                    pass
                def make(a, b):
                    def one(x):
                        def two(y):
                            return a + b + x + y
                        return two
                    return one
                def one_line(x): return x if x else "none"
                def with_future(x: "int") -> "str": return x
                '''
            )
        )
        inner = module.Outer.Inner()
        for source, value in {
            "m.in_blocks(1)": 2,
            "inner.values": (5, 6, [1, 2], "#"),
            "m.table['first'](1)": 2,
            "m.table['second'](1)": 3,
            "m.table['third'](1)": 4,
            "two(4)": 10,
            "local(4)": 8,
            "m.one_line(0)": "none",
            "m.with_future(3)": 3,
        }.items():
            with self.subTest(source=source):
                answer = evaluate(source, m=module, inner=inner, two=module.make(1, 2)(3), local=inner.local())
                self.assertEqual(answer, (ACCEPTED, value))

    def test_methods_of_what_the_module_imports(self):
        module = self.load(
            "import collections, os.path, string as letters\nfrom textwrap import dedent as unindent, (wrap)\n".replace(", (wrap)", "")
            + "from textwrap import (  # comment, with (signs\n    wrap,\n    fill as filled,\n)\n"
            "try:\n    import math; import json\nexcept ImportError:\n    import nothing\n\n\n"
            "class C:\n    import operator\n    def f(self, x):\n"
            "        if x: collections.abc(); os.sep(); letters.capwords(x); unindent.x(); wrap.y(); filled.z()\n"
            "        return math.floor.__name__ if not x else json.dumps(nothing.x(), operator.y())\n"
        )
        self.assertEqual(evaluate("c.f(0)", c=module.C()), (ACCEPTED, "floor"))

    def test_methods_of_what_the_module_imports_behind_the_function(self):
        module = self.load(
            "LIMIT = 1\n\n\ndef function(x):\n    return [data.JSONDecoder(x), tool.y()] if x else math.floor.__name__\n\n\n"
            "import math\n\nif math:\n    import json as data\n    import json.tool as tool\n\n\ndef other():\n    import function\n"
        )
        self.assertEqual(evaluate("m.function(0)", m=module), (ACCEPTED, "floor"))

    def test_future_statements(self):
        module = self.load("from __future__ import generator_stop\n\n\ndef function(x: int) -> str:\n    return x\n")
        self.assertEqual(evaluate("m.function(1)", m=module), (ACCEPTED, 1))
        if sys.version_info >= (3, 7):
            module = self.load("from __future__ import annotations\n\n\ndef other(x: int) -> str:\n    y: int = x\n    return y\n")
            self.assertEqual(evaluate("m.other(1)", m=module), (ACCEPTED, 1))

    def test_lambdas_that_cannot_be_told_apart(self):
        module = self.load("pair = [lambda x: x + 1, lambda x: x + 2]\n")
        self.check(evaluate("m.pair[1](1)", m=module), REFUSED)

    def test_lambda_in_a_function_with_free_variables(self):
        module = self.load("def outer(a):\n    b = a + 1\n    return [\n        lambda x: x + a,\n        lambda x: x + b,\n    ]\n")
        self.assertEqual(evaluate("[f(1) for f in pair]", pair=module.outer(10)), (ACCEPTED, [11, 12]))

    def test_long_functions_and_deep_ones(self):
        module = self.load("def function(x):\n" + "    x = x + 1\n" * 3000 + "    return x\n")
        self.check(evaluate("m.function(1)", m=module), REFUSED, "too long")
        module = self.load("def function(x):\n" + "".join("    " * (i + 1) + "if x:\n" for i in range(30)) + "    " * 31 + "return x\n")
        self.assertIn(evaluate("m.function(1)", m=module)[0], (ACCEPTED, REFUSED))
        module = self.load("def function(x):\n    return " + "(" * 80 + "x" + ",)" * 80 + "\n")
        self.check(evaluate("m.function(1)", m=module), REFUSED)

    def test_sets_of_many_constants(self):
        """Each is compared with each, but for those of which equal ones are the same."""
        kinds = {"'n%d'": ACCEPTED, "%d": ACCEPTED, "b'%d'": ACCEPTED, "%d.5": REFUSED, "(%d, 1)": REFUSED}
        for number, (kind, outcome) in enumerate(sorted(kinds.items())):
            with self.subTest(kind=kind):
                literal = ", ".join(kind % i for i in range(500))
                module = self.load("def function%d(x):\n    return x in {%s}\n" % (number, literal))
                self.check(evaluate("m.function%d(%s)" % (number, kind % 7), m=module), outcome)

    def test_sets_whose_constants_are_equal_but_not_the_same(self):
        for number, (old, new) in enumerate([("1, 2", "1.0, 2"), ("1, 2", "True, 2"), ("(1,), 2", "(1.0,), 2"), ("'a', 'b'", "'a', 'c'"), ("1", "1, 2")]):
            with self.subTest(old=old):
                module = self.load("def function%d(x):\n    return x in {%s, 9}\n" % (number, old))
                self.write("def function%d(x):\n    return x in {%s, 9}\n" % (number, new))
                self.check(evaluate("m.function%d(1)" % number, m=module), REFUSED)

    def test_what_the_compiler_would_warn_about(self):
        warned = []
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = self.load(
                "def escape():\n    return '\\d'\n\n\ndef identity(x):\n    return x is 5\n\n\ndef asserted(x):\n    assert (x, 'text')\n"
                "\n\ndef fine():\n    return r'\\d', b'\\x00', '''\\\n''', x is None\n"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = lambda *arguments, **named: warned.append(arguments)
            for source in ("m.escape()", "m.identity(5)", "m.asserted(1)"):
                self.check(evaluate(source, m=module), REFUSED, "warns of")
        module.x = None
        self.assertEqual(evaluate("m.fine()", m=module), (ACCEPTED, ("\\d", b"\0", "", True)))
        self.assertEqual(warned, [])

    # ------------------------------------------------------------------------------------------------ traces

    def test_nothing_is_kept_alive(self):
        module = self.load("def function():\n    return 1\n")
        self.assertEqual(evaluate("m.function()", m=module), (ACCEPTED, 1))
        code, dead = module.function.__code__, weakref.ref(module)
        dead_code = weakref.ref(code)
        references = sys.getrefcount(code)
        self.assertEqual(evaluate("m.function()", m=module), (ACCEPTED, 1))
        self.assertEqual(sys.getrefcount(code), references)
        del module, code
        gc.collect()
        self.assertEqual((dead(), dead_code()), (None, None))

    def test_many_functions(self):
        module = self.load("".join("def function%d(x):\n    return x + %d\n" % (i, i) for i in range(1200)))
        for i in list(range(1200)) + [0, 1199, 600]:
            self.assertEqual(evaluate("f(1)", f=getattr(module, "function%d" % i)), (ACCEPTED, 1 + i))

    @unittest.skipIf(sys.version_info < (3, 8), "no audit events")
    def test_no_audit_event(self):
        module = self.load("def function():\n    return 1\n")
        events = []
        recording = [True]
        sys.addaudithook(lambda name, arguments: events.append(name) if recording else None)
        del events[:]
        namespace = {"m": module, "evaluate": _capture.evaluate, "answer": None}
        answer = _capture.evaluate("module.function()", 0, 1000000)
        names = list(events)
        del recording[:]
        self.assertEqual(answer, (ACCEPTED, 1))
        self.assertEqual(names, [])
        self.assertIsNotNone(namespace)


if __name__ == "__main__":
    unittest.main()
