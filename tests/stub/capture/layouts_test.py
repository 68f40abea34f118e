"""Values in every form in which a version of CPython keeps them: each is shown, and found, as Python has it."""

import collections
import enum
import gc
import operator
import random
import sys
import types
import unittest

import _capture
import legacy_text
from captured import by_name, capture, render, show

ACCEPTED, REFUSED = 0, 2


class Plain:
    pass


def members(value):
    """(name, value) of what a capture shows of an object's attributes."""
    return [(m["name"], m["value"]) for m in show(value).get("members", ()) if "name" in m]


class Telling:
    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text

    __repr__ = __str__


class Empty(enum.Enum):
    pass


@unittest.skipIf(sys.version_info >= (3, 12), "every str is ready")
class UnreadyText(unittest.TestCase):
    def test_is_shown_and_stays_as_it_is(self):
        for characters in ("abc", "it's \n", "größe", "日本", "\U0001f600x", "x" * 300):
            text = legacy_text.make(characters)
            shown = show(text)
            inner = show([text, {"key": text}, (text,)])
            self.assertFalse(legacy_text.is_ready(text))
            wanted = {"value": repr(characters) if len(characters) < 256 else repr(characters)[:257] + "...", "type": "str"}
            self.assertEqual(shown, wanted)
            self.assertEqual(inner["members"][0], {"name": "[0]", **wanted})

    def test_attribute_and_log_entry(self):
        value = Plain()
        value.text = legacy_text.make("abc")
        self.assertEqual(members(value), [("text", "'abc'")])
        packet, _ = _capture.log_entry(0, ["value.text", "[value.text]"])
        values = _capture.decode(packet)["log_entry"]["values"]
        self.assertEqual(values[0]["text"], b"abc")
        self.assertFalse(legacy_text.is_ready(value.text))

    def test_expressions_do_not_make_it_ready(self):
        text, ready, mapping, names, plain = legacy_text.make("abc"), "abc", {"abc": 1}, {"abc"}, Plain()
        other = legacy_text.make("abc")
        telling = Telling(other)
        for source in (
            "len(text)", "text == 'abc'", "'abc' == text", "text == other", "text != other", "text < 'b'", "text in mapping", "mapping[text]",
            "mapping.get(text)", "text in names", "text in [ready]", "text in text", "'a' in text", "text in ready", "text[0]", "text[:2]",
            "text.upper()", "text.startswith('a')", "ready.startswith(text)", "text + 'x'", "'x' + text", "text * 2", "'%s' % text", "text % 1",
            "f'{text}'", "f'{1:{text}}'", "str(text)", "repr(text)", "not text", "bool(text)", "[c for c in text]", "list(text)", "text and 1",
            "','.join([text])", "text.join(['a', 'b'])", "{text}", "{text: 1}", "{1: 2}[text]", "getattr(plain, text)", "hasattr(plain, text)",
            "getattr(plain, text, 5)", "int(text)", "ord(text)", "sorted([text, other])", "max(text, other)", "ready.replace(text, 'x')",
            "(text, 1) == (other, 1)", "{'k': text} == {'k': other}", "any(c for c in text)", "text.index('c')", "[text, ready].index(ready)",
            "[ready].count(text)", "(text,) in {(ready,): 1}", "f'{telling}'", "str(telling)", "repr([telling])", "'%s' % telling", "Empty[text]",
        ):  # fmt: skip
            outcome, value = _capture.evaluate(source)
            with self.subTest(source=source):
                self.assertFalse(legacy_text.is_ready(text) or legacy_text.is_ready(other), value)
                self.assertEqual(outcome, REFUSED, value)
        for source in ("text", "[text]", "text is text", "isinstance(text, str)", "type(text)", "(text, other)", "text is None", "id(text)"):
            outcome, value = _capture.evaluate(source)
            self.assertEqual(outcome, ACCEPTED, source)
            self.assertFalse(legacy_text.is_ready(text))
        self.assertTrue(ready and mapping and names and plain and telling)

    def test_text_of_a_subclass(self):
        class Text(str):
            pass

        value = Text("abc")
        self.assertEqual(show(value), {"value": "'abc'", "type": "Text"})


class Dicts(unittest.TestCase):
    def check(self, value):
        wanted = [(name, repr(number)) for name, number in vars(value).items()]
        self.assertEqual(members(value), wanted)

    def test_attributes_whatever_happened_to_the_dictionary(self):
        """Instances of one class share their keys until one goes its own way."""

        class Shared:
            pass

        random_source = random.Random(1)
        instances = [Shared() for _ in range(20)]
        names = ["a", "b", "c", "d", "e", "f", "g"]
        for _ in range(1500):
            value = random_source.choice(instances)
            action = random_source.randrange(12)
            if action < 7:
                setattr(value, random_source.choice(names), random_source.randrange(100))
            elif action < 9 and vars(value):
                delattr(value, random_source.choice(list(vars(value))))
            elif action == 9 and vars(value):
                vars(value).popitem()
            elif action == 10 and random_source.randrange(10) == 0:
                vars(value).clear()
            elif random_source.randrange(10) == 0:
                value.__dict__ = dict(vars(value))
            self.check(value)
            for name in names:
                answer = _capture.evaluate("value.%s" % name)
                if name in vars(value):
                    self.assertEqual(answer, (ACCEPTED, vars(value)[name]))
                else:
                    self.assertNotEqual(answer[0], ACCEPTED)

    def test_copies_of_shared_dictionaries(self):
        class Shared:
            def __init__(self):
                self.first, self.second, self.third = 1, 2, 3

        value = Shared()
        del value.second
        others = [Shared() for _ in range(3)]
        copies = [vars(value).copy(), dict(vars(others[0])), {**vars(others[1])}, collections.OrderedDict(vars(others[2]))]
        for copied in copies:
            self.assertEqual([m["name"] for m in show(copied)["members"]], [repr(key) for key in copied])
            self.assertEqual(_capture.evaluate("copied['third'], copied.get('second')"), (ACCEPTED, (3, copied.get("second"))))

    def test_dictionaries_that_change_the_kind_of_their_keys(self):
        mapping = {"a": 1, "b": 2}
        for change in (
            lambda: mapping.__setitem__(5, 3),  # keys of several types
            lambda: mapping.pop(5),
            lambda: mapping.pop("a"),
            lambda: mapping.__setitem__("a", 4),  # now behind "b"
            lambda: mapping.get(1.5),  # a look-up alone changed the kind of the table on old versions
            lambda: mapping.update({("t", 1): 5, None: 6}),
            lambda: [mapping.pop(key) for key in list(mapping)],
            lambda: mapping.__setitem__("again", 7),
            mapping.clear,
            lambda: mapping.__setitem__("new", 8),
        ):
            change()
            shown = [m["name"] for m in show(mapping)["members"] if "name" in m]
            self.assertEqual(shown, [repr(key) for key in mapping])
            for key in ("a", "b", 5, ("t", 1), None, "again", "new"):
                self.assertEqual(_capture.evaluate("mapping.get(key, 'none')"), (ACCEPTED, mapping.get(key, "none")))
                self.assertEqual(_capture.evaluate("key in mapping"), (ACCEPTED, key in mapping))

    def test_attributes_with_keys_that_are_no_text(self):
        value = Plain()
        value.first = 1
        vars(value)[5] = 2
        value.second = 3
        self.assertEqual(members(value), [("first", "1"), ("5", "2"), ("second", "3")])
        del vars(value)[5]
        self.assertEqual(_capture.evaluate("value.first + value.second"), (ACCEPTED, 4))

    def test_entries_of_colliding_keys_are_found(self):
        """Every table of CPython, each with more than one probe for a key, and with deleted entries."""
        for size, step in ((4, 8), (50, 64), (300, 1 << 12), (300, 1), (20000, 1 << 17), (100000, 3)):
            mapping = {number * step: number for number in range(size)}
            texts = {str(number * step): number for number in range(size)}
            numbers = set(mapping)
            for number in range(0, size, 3):
                del mapping[number * step], texts[str(number * step)]
                numbers.discard(number * step)
            for number in list(range(0, size, max(1, size // 50))) + [size, -1]:
                key = number * step
                text = str(key)
                answer = _capture.evaluate("mapping.get(key), texts.get(text), key in numbers, key in mapping, text in texts")
                wanted = (mapping.get(key), texts.get(text), key in numbers, key in mapping, text in texts)
                self.assertEqual(answer, (ACCEPTED, wanted), (size, step, number))

    def test_sets_after_deletions(self):
        numbers = set(range(200))
        for number in range(190):
            numbers.discard(number)
        self.assertEqual([m["value"] for m in show(numbers)["members"]], [repr(number) for number in numbers])
        numbers.clear()
        self.assertEqual(show(numbers)["type"], "set")

    def test_sets_of_colliding_elements(self):
        random_source = random.Random(2)
        for _ in range(30):
            elements = set()
            for _ in range(random_source.randrange(400)):
                number = random_source.randrange(64) * random_source.choice((1, 8, 32, 1 << 10, 1 << 20))
                elements.add(number) if random_source.randrange(3) else elements.discard(number)
            for number in [random_source.randrange(64) * random_source.choice((1, 8, 32, 1 << 10, 1 << 20)) for _ in range(50)]:
                self.assertEqual(_capture.evaluate("number in elements"), (ACCEPTED, number in elements))

    def test_dictionary_of_a_class_and_of_a_module(self):
        class Shown:
            second = 2
            first = 1

        module = types.ModuleType("shown")
        module.second, module.first = 2, 1
        self.assertEqual([m["name"] for m in show(Shown)["members"]], ["second", "first"])
        for value in (Shown, module):
            self.assertEqual(_capture.evaluate("value.first, value.second"), (ACCEPTED, (1, 2)))
            names = [m["name"] for m in show(value).get("members", ()) if "name" in m]
            if value is Shown:
                self.assertEqual(names, ["second", "first"])


class Objects(unittest.TestCase):
    def test_dictionary_of_objects_of_variable_size(self):
        class Number(int):
            pass

        class Pair(tuple):
            pass

        class Data(bytes):
            pass

        for value in (Number(0), Number(5), Number(-5), Number(-(10**40)), Number(2**70), Pair(), Pair((1, 2, 3)), Data(b"abcdefghi")):
            self.assertNotEqual(_capture.evaluate("value.attribute")[0], ACCEPTED)
            value.attribute = "kept"
            self.assertEqual(_capture.evaluate("value.attribute"), (ACCEPTED, "kept"))

    def test_slots_beside_a_dictionary_and_weak_references(self):
        class Base:
            __slots__ = ("first", "__weakref__")

        class Derived(Base):
            __slots__ = ("second", "__dict__")

        value = Derived()
        value.first, value.second, value.third = 1, 2, 3
        self.assertEqual(members(value), [("first", "1"), ("second", "2"), ("third", "3")])
        self.assertEqual(_capture.evaluate("value.first + value.second + value.third"), (ACCEPTED, 6))

    def test_field_of_a_named_tuple(self):
        calls = []

        class Asked(collections.namedtuple("Asked", "first second")):
            def __getitem__(self, index):
                calls.append(index)
                return tuple.__getitem__(self, index)

        class Quiet(collections.namedtuple("Quiet", "first second")):
            own = property(operator.itemgetter(0))
            outside = property(operator.itemgetter(7))
            several = property(operator.itemgetter(0, 1))
            text = property(operator.itemgetter("a"))
            other = property(lambda self: calls.append("other"))

        asked, quiet = Asked(1, 2), Quiet(3, 4)
        self.assertEqual(_capture.evaluate("quiet.first + quiet.second"), (ACCEPTED, 7))
        self.assertIn(_capture.evaluate("asked.second")[0], (ACCEPTED, REFUSED))
        for name in ("outside", "text", "other"):
            self.assertNotEqual(_capture.evaluate("quiet." + name)[0], ACCEPTED)
        for name, value in (("own", 3), ("several", (3, 4))):
            outcome, found = _capture.evaluate("quiet." + name)
            self.assertIn(outcome, (ACCEPTED, REFUSED))
            self.assertTrue(outcome == REFUSED or found == value, (name, found))
        self.assertEqual((calls, asked[0], quiet[1]), ([0], 1, 4))


class Frames(unittest.TestCase):
    def test_arguments_that_are_cells(self):
        """Closures share them; they are shown in their places all the same, once."""

        def function(first, second, *rest, third=3, fourth, **others):
            def inner():
                return second, rest, third, others, local

            local = 5
            result = capture()
            return result, inner, first, fourth

        frame = function(1, 2, 7, fourth=4, more=8)[0]["frames"][0]
        names = [v["name"] for v in frame["arguments"]]
        self.assertEqual(names, ["first", "second", "third", "fourth", "rest", "others"])
        arguments = by_name(frame["arguments"])
        self.assertEqual([arguments[name]["value"] for name in names[:4]], ["1", "2", "3", "4"])
        self.assertEqual(arguments["rest"]["members"], [{"name": "[0]", "value": "7", "type": "int"}])
        self.assertEqual([v["name"] for v in frame["locals"] if v["name"] != "inner"], ["local"])

    def test_cell_argument_that_was_set_again_or_deleted(self):
        def function(argument, gone):
            def inner():
                return argument, gone

            argument = "set again"
            del gone
            answers = _capture.evaluate("argument"), _capture.evaluate("gone")
            return capture(), inner, answers

        result, _, answers = function("old", "gone")
        self.assertEqual([v["name"] for v in result["frames"][0]["arguments"]], ["argument"])
        self.assertEqual(result["frames"][0]["arguments"][0]["value"], "'set again'")
        self.assertEqual(answers[0], (ACCEPTED, "set again"))
        self.assertNotEqual(answers[1][0], ACCEPTED)

    def test_self_that_is_a_cell(self):
        class Service:
            def method(self, other):
                def inner():
                    return self

                return capture(), inner

            def with_super(self):
                super().__init__()
                return capture()

        self.assertEqual(Service().method(1)[0]["frames"][0]["function"], "Service.method")
        frame = Service().with_super()["frames"][0]
        self.assertEqual(frame["function"], "Service.with_super")
        self.assertEqual([v["name"] for v in frame["locals"]], ["__class__"])

    def test_generators_on_the_stack(self):
        def inner(number):
            yield capture()

        def outer(text):
            kept = "kept"
            yield from inner(len(text))
            del kept

        async def coroutine(limit):
            async for item in asynchronous(limit):
                return item

        async def asynchronous(limit):
            yield capture()

        frames = next(outer("abc"))["frames"]
        self.assertEqual([f["function"] for f in frames[:3]], ["inner", "outer", self.__class__.__name__ + "." + self._testMethodName])
        self.assertEqual([f["arguments"][0]["value"] for f in frames[:2]], ["3", "'abc'"])
        self.assertEqual(by_name(frames[1]["locals"])["kept"]["value"], "'kept'")
        awaited = coroutine(9)
        with self.assertRaises(StopIteration) as stop:
            awaited.send(None)
        self.assertEqual([f["function"] for f in stop.exception.value["frames"][:2]], ["asynchronous", "coroutine"])

    def test_generator_that_was_suspended(self):
        def generator():
            number = 1
            yield
            number = 2
            yield capture()
            number = 3

        running = generator()
        next(running)
        self.assertEqual(by_name(next(running)["frames"][0]["locals"])["number"]["value"], "2")

    def test_frames_while_an_exception_is_handled(self):
        def function(value):
            try:
                raise KeyError(value)
            except KeyError as error:
                result = capture()
                caught = error
            finally:
                after = 1
            return result, caught, after

        frame = function(5)[0]["frames"][0]
        self.assertEqual([v["name"] for v in frame["locals"]], ["error"])

    def test_class_body_in_a_function(self):
        outer = "outer"

        class Body:
            own = 1

            class Inner:
                nested = outer
                result = capture()

            def method(self):
                return __class__

        frame, around = Body.Inner.result["frames"][:2]
        self.assertEqual(by_name(frame["locals"])["nested"]["value"], "'outer'")
        self.assertEqual(by_name(around["locals"])["own"]["value"], "1")
        self.assertNotIn("__class__", by_name(around["locals"]))

    def test_lines_far_apart_and_backwards(self):
        """The tables of lines count in small steps."""
        source = "def function():\n" + "\n" * 300 + "    return (\n" + "\n" * 200 + "      other(),\n      capture())\ndef other():\n    return 1\n"
        module = {"capture": capture}
        exec(compile(source, "far.py", "exec"), module)
        exec(compile("\n" * 70000 + "result = function()", "deep.py", "exec"), module)
        lines = [(f["path"], f["line"]) for f in module["result"][1]["frames"][1:3]]
        self.assertEqual(lines[0], ("deep.py", 70001))
        result = module["result"][1]["frames"]
        self.assertEqual((result[0]["path"], result[0]["function"]), ("far.py", "function"))

    def test_line_of_callers(self):
        def function():
            return capture()

        module = {"function": function}
        for blank in (1, 5, 130, 254, 255, 256, 600):
            exec(compile("def caller():\n  x = 1\n" + "\n" * blank + "  return function()\nresult = caller()\n", "lines.py", "exec"), module)
            frames = module["result"]["frames"]
            self.assertEqual([f["line"] for f in frames[1:3]], [3 + blank, 4 + blank])

    def test_frame_that_has_made_its_dictionary_of_locals(self):
        def function(number):
            mine = locals()
            number = 2
            return capture(), mine

        result, mine = function(1)
        self.assertEqual(result["frames"][0]["arguments"], [{"name": "number", "value": "2", "type": "int"}])
        self.assertEqual(mine, {"number": 1})


class PrivateNames(unittest.TestCase):
    def setUp(self):
        def decorated(function):
            def wrapper(self):
                return function(self)

            return wrapper

        class _Base:
            def __init__(self):
                self.__secret = "base"

            def method(self):
                return _capture.evaluate("self.__secret")

        class Service(_Base):
            def __init__(self):
                super().__init__()
                self.__secret = "service"

            def method(self):
                return _capture.evaluate("self.__secret"), super().method()

            def nested(self):
                return (lambda: (self, _capture.evaluate("self.__secret")))()[1]

            def in_comprehension(self):
                return [(self, _capture.evaluate("self.__secret")) for _ in [1]][0][1]

            @property
            def computed(self):
                return _capture.evaluate("self.__secret")

            @staticmethod
            def static(value):
                return _capture.evaluate("value.__secret")

            @classmethod
            def of_class(cls, value):
                return _capture.evaluate("value.__secret")

            @decorated
            def wrapped(self):
                return _capture.evaluate("self.__secret")

        class Derived(Service):
            pass

        self.values = [Service(), Derived()]

    def test_they_are_of_the_class_that_the_code_is_in(self):
        for value in self.values:
            service, base = value.method()
            self.assertEqual((service, base), ((ACCEPTED, "service"), (ACCEPTED, "base")))
            self.assertEqual(value.computed, (ACCEPTED, "service"))
            self.assertEqual(value.static(value), (ACCEPTED, "service"))
            self.assertEqual(value.of_class(value), (ACCEPTED, "service"))
            self.assertEqual(value.wrapped(), (ACCEPTED, "service"))
            self.assertEqual(value.nested(), (ACCEPTED, "service"))
            self.assertEqual(value.in_comprehension(), (ACCEPTED, "service"))

    def test_outside_of_a_class_they_are_not_mangled(self):
        value = self.values[0]

        def function(value):
            return _capture.evaluate("value.__secret")

        self.assertNotEqual(function(value)[0], ACCEPTED)
        self.assertNotEqual((lambda: _capture.evaluate("value.__secret"))()[0], ACCEPTED)


class Collector(unittest.TestCase):
    def test_is_as_it_was(self):
        threshold, count = gc.get_threshold(), len(gc.callbacks)
        gc.set_threshold(123, 7, 5)
        try:
            for enabled in (True, False):
                gc.enable() if enabled else gc.disable()
                render(_capture.capture(0, ["[1, [2]]", "{1: 2}", "[x for x in [1]]"], repeat=10)[0])
                self.assertEqual((gc.get_threshold(), gc.isenabled()), ((123, 7, 5), enabled))
            gc.enable()
            gc.set_threshold(0)
            _capture.capture(0, ["[1, [2]]"])
            self.assertEqual(gc.get_threshold()[0], 0)
        finally:
            gc.enable()
            gc.set_threshold(*threshold)
        self.assertEqual(len(gc.callbacks), count)


if __name__ == "__main__":
    unittest.main()
