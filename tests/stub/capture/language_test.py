"""What newer versions of the language have brought: captured as it is, and no code is run to look at it."""

import sys
import textwrap
import types
import unittest

import _capture
from captured import by_name, capture

REFUSED = 2


def run(source):
    """The names of a program that only some versions can compile."""
    names = {"__name__": "program", "capture": capture, "evaluate": _capture.evaluate}
    exec(compile(textwrap.dedent(source), "/nowhere/program.py", "exec"), names)
    return names


@unittest.skipIf(sys.version_info < (3, 15), "new in 3.15")
class LazyImportTest(unittest.TestCase):
    UNUSED = "xml.dom.pulldom"  # of the standard library, and nobody's

    def setUp(self):
        sys.modules.pop(self.UNUSED, None)

    def tearDown(self):
        self.assertNotIn(self.UNUSED, sys.modules)

    def test_in_a_module_that_is_captured(self):
        names = run("lazy import xml.dom.pulldom as late\nresult = capture()\n")
        late = by_name(names["result"]["frames"][0]["locals"])["late"]
        shown = names["result"]["table"][late["varTableIndex"]]
        self.assertEqual(shown["value"], "<class 'lazy_import'>")

    def test_as_a_member_of_a_module_that_is_captured(self):
        module = types.ModuleType("module")
        exec("lazy import xml.dom.pulldom as late", module.__dict__)
        self.assertTrue(capture())

    def test_in_an_expression_of_its_module(self):
        names = run("lazy import xml.dom.pulldom as late\nresult = evaluate('late')\n")
        self.assertEqual(names["result"][0], REFUSED)

    def test_in_an_expression_of_a_function(self):
        names = run("""
            lazy from xml.dom.pulldom import parse
            def f(evaluate):
                return [evaluate(source) for source in ('parse', 'parse.__name__', 'parse is None', 'parse("x")')]
            """)
        self.assertEqual([answer[0] for answer in names["f"](_capture.evaluate)], [REFUSED] * 4)

    def test_as_an_attribute_of_a_module(self):
        module = types.ModuleType("module")
        exec("lazy import xml.dom.pulldom as late", module.__dict__)
        self.assertEqual(_capture.evaluate("module.late")[0], REFUSED)
        self.assertEqual(_capture.evaluate("module.late.parse")[0], REFUSED)
        self.assertEqual(_capture.evaluate("getattr(module, 'late')")[0], REFUSED)
        self.assertEqual(_capture.evaluate("hasattr(module, 'late')")[0], REFUSED)

    def test_in_a_dictionary(self):
        namespace = {}
        exec("lazy import xml.dom.pulldom as late", namespace)
        outcome, value = _capture.evaluate("namespace['late']")
        self.assertEqual((outcome, type(value).__name__), (0, "lazy_import"))
        self.assertEqual(_capture.evaluate("namespace['late'].resolve()")[0], REFUSED)
        self.assertTrue(capture())


@unittest.skipIf(sys.version_info < (3, 15), "new in 3.15")
class FrozenDictTest(unittest.TestCase):
    def test_captured_as_a_mapping(self):
        value = frozendict(a=1, b="two")  # noqa: F821
        self.assertTrue(value)
        self.assertEqual(
            by_name(capture()["frames"][0]["locals"])["value"],
            {
                "type": "frozendict",
                "members": [
                    {"name": "'a'", "value": "1", "type": "int"},
                    {"name": "'b'", "value": "'two'", "type": "str"},
                ],
            },
        )

    def test_in_expressions(self):
        value = frozendict(a=1, b="two")  # noqa: F821
        self.assertTrue(value)
        for source in ("value['a']", "'a' in value", "'c' in value", "len(value)", "[key for key in value]", "bool(value)"):
            self.assertEqual(_capture.evaluate(source), (0, eval(source)), source)
        self.assertEqual(_capture.evaluate("value['c']")[1][2], ["'c'"])

    def test_keys_that_would_be_asked(self):
        class Key:
            def __hash__(self):
                return hash("a")

            def __eq__(self, other):
                raise AssertionError("was asked")

        value = frozendict({Key(): 1})  # noqa: F821
        self.assertTrue(value)
        self.assertEqual(_capture.evaluate("value['a']")[0], REFUSED)
        self.assertTrue(capture())


@unittest.skipIf(sys.version_info < (3, 14), "new in 3.14")
class TemplateStringTest(unittest.TestCase):
    def test_captured_without_a_look_inside(self):
        names = run("def f(x):\n    value = t'{x} and {x!r}'\n    return capture(), value\n")
        self.assertIn("value", by_name(names["f"](1)[0]["frames"][0]["locals"]))

    def test_refused_in_an_expression(self):
        x = 1
        self.assertEqual(x, 1)
        for source in ("t'{x}'", "t''", "rt'\\d{x}'", "t'{x}' + t''", "f'{t\"{x}\"}'"):
            self.assertEqual(_capture.evaluate(source)[0], REFUSED, source)


@unittest.skipIf(sys.version_info < (3, 15), "new in 3.15")
class UnpackingComprehensionTest(unittest.TestCase):
    def test_refused_in_an_expression(self):
        lists, dicts = [[1], [2]], [{"a": 1}]
        self.assertTrue(lists and dicts)
        for source in ("[*x for x in lists]", "{*x for x in lists}", "{**x for x in dicts}", "list(*x for x in lists)"):
            self.assertEqual(_capture.evaluate(source)[0], REFUSED, source)


class MarkedLocalsTest(unittest.TestCase):
    """Since 3.14 the slots of locals carry a mark, and the stack may borrow from them: neither may show."""

    def test_all_kinds_of_slots(self):
        def outer(argument, unset=None):
            cell = ["cell"]
            deleted = 1
            del deleted
            small, big, text = 1, 10**30, "".join(["t", "ext"])

            def inner(self, other):
                for item in (self, other):
                    result = capture()
                    break
                late = cell
                return result, late, item

            return inner(text, [small, big, argument])[0]

        inner, frame_of_outer = outer({"a": 1})["frames"][:2]
        shown = by_name(inner["arguments"])
        self.assertEqual(shown["self"], {"value": "'text'", "type": "str"})
        self.assertEqual(by_name(inner["locals"])["item"], {"value": "'text'", "type": "str"})
        self.assertNotIn("late", by_name(inner["locals"]))
        shown = by_name(frame_of_outer["locals"])
        self.assertNotIn("deleted", shown)
        self.assertEqual(shown["big"], {"value": str(10**30), "type": "int"})

    def test_reference_counts_are_as_before(self):
        value = ["value"]

        def f(argument):
            before = sys.getrefcount(argument)
            capture()
            _capture.evaluate("argument[0]")
            return sys.getrefcount(argument) - before

        self.assertEqual(f(value), 0)

    def test_generator_and_coroutine_frames(self):
        def generator(argument):
            local = argument
            yield capture()
            yield local

        async def coroutine(argument):
            local = [argument]
            return capture(), local

        frame = next(generator("first"))["frames"][0]
        self.assertEqual(by_name(frame["arguments"])["argument"]["value"], "'first'")
        with self.assertRaises(StopIteration) as stop:
            coroutine("second").send(None)
        frame = stop.exception.value[0]["frames"][0]
        self.assertEqual(by_name(frame["arguments"])["argument"]["value"], "'second'")


if __name__ == "__main__":
    unittest.main()
