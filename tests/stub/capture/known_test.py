"""What values of the standard library's types show: what a person wants to see, and no code of theirs runs for it."""

import asyncio
import collections
import decimal
import enum
import fractions
import functools
import pathlib
import sys
import types
import unittest
import uuid
import weakref

from captured import BUFFER_FULL, by_name, capture, note, show


class Color(enum.Enum):
    RED = 1
    GREEN = "green"
    BLUE = (0, 0, 255)


class Level(enum.IntEnum):
    LOW = 1


class Permission(enum.Flag):
    READ = 4
    WRITE = 2


class Point(collections.namedtuple("Point", "x y")):
    pass


class Settings:
    debug = False
    name = "shop"

    def method(self):
        return self.debug

    @property
    def computed(self):
        return 1


class WithoutData:
    def method(self):
        pass


class Texts(unittest.TestCase):
    def assertText(self, value, text, type_name):
        self.assertEqual(show(value), {"value": text, "type": type_name})

    def test_decimal(self):
        for text in "0 -0 1.50 -12.345 1E+5 1.2E-7 0.000001 0.0000001 123456789012345678901234567890.5 1e400 NaN sNaN -Infinity".split():
            value = decimal.Decimal(text)
            self.assertText(value, repr(value), "decimal.Decimal")
        chance = __import__("random").Random(5)
        for _ in range(300):
            value = decimal.Decimal((chance.randrange(2), [chance.randrange(10) for _ in range(chance.randrange(1, 60))], chance.randrange(-70, 70)))
            self.assertText(value, repr(value), "decimal.Decimal")

    def test_long_decimal_is_cut(self):
        value = decimal.Decimal(10) ** 5000 / 7
        decimal_text = repr(decimal.Context(prec=6000).divide(decimal.Decimal(10) ** 5000, decimal.Decimal(7)))
        long = decimal.Context(prec=6000).divide(decimal.Decimal(10) ** 5000, decimal.Decimal(7))
        self.assertText(long, decimal_text[:257] + "...", "decimal.Decimal")
        self.assertText(value, repr(value), "decimal.Decimal")

    def test_uuid(self):
        for value in (uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID("12345678-1234-5678-9abc-def012345678"), uuid.UUID(int=1 << 60)):
            self.assertText(value, repr(value), "uuid.UUID")

    def test_fraction(self):
        self.assertText(fractions.Fraction(-3, 7), "Fraction(-3, 7)", "fractions.Fraction")

    def test_paths(self):
        for text in ("/usr/lib/x.py", "relative/a b", ".", "/", "it's", "caf\u00e9"):
            for value in (pathlib.PurePosixPath(text), pathlib.Path(text)):
                kind = type(value).__module__ + "." + type(value).__name__
                self.assertText(value, repr(value), kind)
                str(value)  # caches its text
                self.assertText(value, repr(value), kind)
        self.assertEqual(show(pathlib.PurePosixPath("/a") / "b")["value"], "PurePosixPath('/a/b')")

    def test_enumerations(self):
        self.assertText(Color.RED, "<Color.RED: 1>", __name__ + ".Color")
        self.assertText(Color.GREEN, "<Color.GREEN: 'green'>", __name__ + ".Color")
        self.assertText(Color.BLUE, "<Color.BLUE>", __name__ + ".Color")
        self.assertText(Level.LOW, "<Level.LOW: 1>", __name__ + ".Level")
        self.assertText(Permission.READ, "<Permission.READ: 4>", __name__ + ".Permission")
        self.assertIn(show(Permission.READ | Permission.WRITE)["value"], (repr(Permission.READ | Permission.WRITE), "<Permission: 6>"))

    def test_enumeration_as_a_key(self):
        members = by_name(show({Color.RED: 5})["members"])
        self.assertEqual(members["<Color.RED: 1>"], {"value": "5", "type": "int"})

    def test_range(self):
        self.assertText(range(5), "range(0, 5)", "range")
        self.assertText(range(1, 10, 2), "range(1, 10, 2)", "range")

    def test_modules_and_functions(self):
        self.assertText(sys, "<module 'sys'>", "module")
        self.assertText(decimal, "<module 'decimal' from %r>" % decimal.__file__, "module")
        self.assertText(len, "<built-in function len>", "builtin_function_or_method")
        self.assertText([].append, "<built-in method append of list>", "builtin_function_or_method")

    def test_classes(self):
        self.assertEqual(show(WithoutData), {"value": "<class '%s.WithoutData'>" % __name__})
        self.assertEqual(show(int), {"value": "<class 'int'>"})
        self.assertEqual(
            show(Settings),
            {
                "type": "<class '%s.Settings'>" % __name__,
                "members": [
                    {"name": "debug", "value": "False", "type": "bool"},
                    {"name": "name", "value": "'shop'", "type": "str"},
                ],
            },
        )

    def test_generator(self):
        def numbers():
            yield 1
            yield 2  # here

        generator = numbers()
        name = numbers.__qualname__
        first = numbers.__code__.co_firstlineno
        text = show(generator)["value"]
        self.assertTrue(text.startswith("<generator %s, not started at known_test.py:%d" % (name, first)), text)
        next(generator)
        self.assertText(generator, "<generator %s, suspended at known_test.py:%d>" % (name, first + 1), "generator")
        next(generator)
        self.assertText(generator, "<generator %s, suspended at known_test.py:%d>" % (name, first + 2), "generator")
        generator.close()
        self.assertText(generator, "<generator %s, finished>" % name, "generator")

    def test_running_generator(self):
        def runs():
            yield show(generator)

        generator = runs()
        self.assertEqual(next(generator)["value"], "<generator %s, running>" % runs.__qualname__)

    def test_coroutine(self):
        async def fetch():
            return 1

        coroutine = fetch()
        text = show(coroutine)["value"]
        coroutine.close()
        self.assertTrue(text.startswith("<coroutine %s, not started at known_test.py:" % fetch.__qualname__), text)

    def test_weak_references(self):
        target = Settings()
        for value in (weakref.ref(target), weakref.proxy(target)):
            word = "weakproxy" if isinstance(value, weakref.ProxyTypes) else "weakref"
            text = show(value)["value"]
            self.assertTrue(text.startswith("<%s to '%s.Settings' at " % (word, __name__)), text)
        gone = weakref.ref(target)
        del target, value
        self.assertEqual(show(gone)["value"], "<weakref; dead>")

    def test_memory(self):
        self.assertText(memoryview(b"bytes"), "b'bytes'", "memoryview")
        self.assertText(memoryview(bytearray(b"array"))[1:], "b'rray'", "memoryview")
        released = memoryview(b"x")
        released.release()
        self.assertText(released, "<released memory>", "memoryview")
        wide = memoryview(b"12345678").cast("i")
        self.assertText(wide, "<8 bytes of memory of bytes>", "memoryview")

    def test_a_long_text_is_cut(self):
        path = pathlib.PurePosixPath("/" + "x" * 280)
        self.assertEqual(show(path)["value"], repr(path)[:257] + "...")
        self.assertEqual(show(path, max_value_chars=20)["value"], repr(path)[:21] + "...")

    def test_numpy_array(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("numpy is not installed")
        self.assertText(numpy.zeros((3, 4)), "<numpy.ndarray of numpy.float64, shape (3, 4)>", "numpy.ndarray")
        self.assertText(numpy.arange(5), "<numpy.ndarray of numpy.int64, shape (5,)>", "numpy.ndarray")

    def test_object_like_an_array_shows_its_attributes(self):
        class Tensor:
            def __init__(self):
                self.shape = (2, 3)
                self.dtype = "float32"

        self.assertEqual([member["name"] for member in show(Tensor())["members"]], ["shape", "dtype"])


class Containers(unittest.TestCase):
    def test_named_tuple(self):
        self.assertEqual(
            show(Point(1, "b")),
            {
                "type": "Point",
                "members": [
                    {"name": "x", "value": "1", "type": "int"},
                    {"name": "y", "value": "'b'", "type": "str"},
                ],
            },
        )

    def test_tuple_that_only_looks_like_a_named_one(self):
        for fields in (("a",), ["a", "b"], ("a", 5), "ab"):
            Odd = type("Odd", (tuple,), {"_fields": fields})
            self.assertEqual([member["name"] for member in show(Odd((1, 2)))["members"]], ["[0]", "[1]"])

    def test_deque(self):
        for count in (0, 1, 5, 25):
            value = collections.deque(range(count), maxlen=30)
            for _ in range(100):  # over several blocks
                value.append(1)
                value.popleft() if count else value.pop()
            expected = [repr(item) for item in value]
            members = show(value)["members"]
            self.assertEqual([member.get("value") for member in members] if count else members, expected or [note("VARIABLE_NAME", "Empty collection")])
            self.assertEqual(show(value)["type"], "deque")

    def test_long_deque(self):
        members = show(collections.deque(range(1000)))["members"]
        self.assertEqual(len(members), 26)
        self.assertEqual(members[24], {"name": "[24]", "value": "24", "type": "int"})

    def test_ordered_dict_in_its_own_order(self):
        value = collections.OrderedDict([("a", 1), ("b", 2), ("c", 3), (4, 5)])
        value.move_to_end("a")
        value.move_to_end("c", last=False)
        self.assertEqual([member["name"] for member in show(value)["members"]], ["'c'", "'b'", "4", "'a'"])
        self.assertEqual(show(value)["type"], "OrderedDict")
        self.assertEqual(show(collections.OrderedDict())["members"], [note("VARIABLE_NAME", "Empty dictionary")])

    def test_counter_and_defaultdict(self):
        self.assertEqual(show(collections.Counter("aab")), {
            "type": "Counter",
            "members": [{"name": "'a'", "value": "2", "type": "int"}, {"name": "'b'", "value": "1", "type": "int"}],
        })
        self.assertEqual(show(collections.defaultdict(int, x=1))["type"], "defaultdict")

    def test_mapping_proxy(self):
        self.assertEqual(show(types.MappingProxyType({"a": 1})), {
            "type": "mappingproxy",
            "members": [{"name": "'a'", "value": "1", "type": "int"}],
        })

    def test_exception_with_a_cause(self):
        try:
            try:
                raise KeyError("inner")
            except KeyError as error:
                raise ValueError("outer") from error
        except ValueError as caught:
            members = by_name(show(caught)["members"])
        self.assertEqual(list(members), ["[0]", "__cause__"])
        self.assertEqual(members["__cause__"]["type"], "KeyError")

    def test_exception_with_a_context(self):
        try:
            try:
                raise KeyError("inner")
            except KeyError:
                raise ValueError("outer")
        except ValueError as caught:
            shown_members = by_name(show(caught)["members"])
        self.assertEqual(list(shown_members), ["[0]", "__context__"])
        try:
            try:
                raise KeyError("inner")
            except KeyError:
                raise ValueError("outer") from None
        except ValueError as caught:
            self.assertEqual(list(by_name(show(caught)["members"])), ["[0]"])


class Objects(unittest.TestCase):
    def test_partial(self):
        members = by_name(show(functools.partial(int, "5", base=8))["members"])
        self.assertEqual(list(members), ["func", "args", "keywords"])
        self.assertEqual(members["func"], {"value": "<class 'int'>"})
        self.assertEqual(members["keywords"]["members"], [{"name": "'base'", "value": "8", "type": "int"}])

    def test_task_and_future(self):
        async def work():
            await future

        loop = asyncio.new_event_loop()
        try:
            future = loop.create_future()
            task = loop.create_task(work())
            members = by_name(show(task)["members"])
            self.assertEqual(members["_state"], {"value": "'PENDING'", "type": "str"})
            self.assertIn("coroutine", members["_coro"]["value"])
            future.set_result(5)
            members = by_name(show(future)["members"])
            self.assertEqual(members["_state"]["value"], "'FINISHED'")
            self.assertEqual(members["_result"], {"value": "5", "type": "int"})
            loop.run_until_complete(task)
            failed = loop.create_future()
            failed.set_exception(ValueError("x"))
            members = by_name(show(failed)["members"])
            self.assertEqual(members["_exception"]["type"], "ValueError")
            failed.exception()
        finally:
            loop.close()

    def test_task_that_failed_is_still_reported_as_never_retrieved(self):
        reports = []
        loop = asyncio.new_event_loop()
        try:
            loop.set_exception_handler(lambda loop, context: reports.append(context["message"]))
            future = loop.create_future()
            future.set_exception(ValueError("x"))
            show(future)
            del future
            self.assertEqual(len(reports), 1)
        finally:
            loop.close()


class Limits(unittest.TestCase):
    def test_no_payload_is_left(self):
        def function(text, value):
            return capture(max_payload_chars=10)["frames"][0]

        for value in (Color.RED, decimal.Decimal(1), collections.deque([1])):
            shown_value = by_name(function("x" * 100, value)["arguments"]).get("value")
            self.assertIn(shown_value, (None, BUFFER_FULL))

    def test_modules_of_the_app_in_the_place_of_known_ones(self):
        class Decimal:
            __slots__ = ("a", "b")

        fake = types.ModuleType("_decimal")
        fake.Decimal = Decimal
        real = sys.modules["_decimal"]
        sys.modules["_decimal"] = fake
        try:
            value = Decimal()
            value.a = 1
            self.assertEqual(show(value)["members"], [{"name": "a", "value": "1", "type": "int"}])
        finally:
            sys.modules["_decimal"] = real


if __name__ == "__main__":
    unittest.main()
