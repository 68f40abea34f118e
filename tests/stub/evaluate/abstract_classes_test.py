"""isinstance() and issubclass() with the abstract classes of collections.abc and numbers: without their metaclass."""

import abc
import collections
import collections.abc
import numbers
import types
import unittest

import _capture

ACCEPTED, REFUSED = 0, 2
NAMES = "Callable Collection Container Hashable Iterable Iterator Reversible Sized Mapping MutableMapping MutableSequence MutableSet Sequence Set"
asked = []


class Plain:
    pass


class Iterating:
    def __iter__(self):
        return iter([])


class NotIterating(Iterating):
    __iter__ = None


class Own(collections.abc.Mapping):
    def __getitem__(self, key):
        raise KeyError(key)

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


class Registered:
    pass


collections.abc.Sequence.register(Registered)


class Lying:
    @property
    def __class__(self):
        asked.append("__class__")
        return dict


class Hooked(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other):
        asked.append(other)
        return True


class Iterable(abc.ABC):  # noqa: F811 - has the name of another
    @classmethod
    def __subclasshook__(cls, other):
        asked.append(other)
        return True


VALUES = [1, True, 1.5, 2j, None, "a", b"a", bytearray(b"a"), (1,), [1], {"a": 1}, {1}, frozenset((1,)), range(3), {}.keys(), {}.items()]
VALUES += [types.MappingProxyType({}), memoryview(b"a"), collections.OrderedDict(), collections.defaultdict(list), Own(), Iterating(), iter([1]), len, Plain]


class AbstractClassesTest(unittest.TestCase):
    def setUp(self):
        del asked[:]

    def tearDown(self):
        self.assertEqual(asked, [])

    def test_collections(self):
        num_refused = 0
        for name in NAMES.split():
            cls = getattr(collections.abc, name, None)
            for value in VALUES if cls else []:
                for source, wanted in (("isinstance(value, cls)", isinstance(value, cls)), ("issubclass(type(value), cls)", issubclass(type(value), cls))):
                    with self.subTest(name=name, value=value, source=source):
                        answer = _capture.evaluate(source)
                        num_refused += answer[0] == REFUSED
                        if answer[0] != REFUSED or type(value) in (int, bool, float, str, bytes, tuple, list, dict, set):
                            self.assertEqual(answer, (ACCEPTED, wanted))
        self.assertLess(num_refused, len(NAMES.split()) * len(VALUES))  # of twice as many

    def test_numbers(self):
        for name in ("Number", "Complex", "Real", "Rational", "Integral"):
            cls = getattr(numbers, name)
            for value in (1, True, 1.5, 2j, "1", None):
                with self.subTest(name=name, value=value):
                    self.assertEqual(_capture.evaluate("isinstance(value, cls)"), (ACCEPTED, isinstance(value, cls)))

    def test_several(self):
        value = [1]
        self.assertEqual(_capture.evaluate("isinstance(value, (str, collections.abc.Mapping))"), (ACCEPTED, False))
        self.assertEqual(_capture.evaluate("isinstance(value, (str, collections.abc.Iterable))"), (ACCEPTED, True))
        self.assertIsNotNone(value)

    def test_what_only_the_metaclass_knows(self):
        registered, lying, plain = Registered(), Lying(), Plain()
        for source in (
            "isinstance(registered, collections.abc.Sequence)",
            "isinstance(plain, collections.abc.Sequence)",
            "isinstance(lying, collections.abc.Mapping)",
            "isinstance(plain, Hooked)",
            "isinstance(plain, Iterable)",
            "issubclass(Plain, Iterable)",
        ):
            with self.subTest(source=source):
                self.assertEqual(_capture.evaluate(source)[0], REFUSED)
        self.assertIsNotNone((registered, lying, plain))

    def test_caches_stay_as_they_are(self):
        class Fresh:
            def __len__(self):
                return 0

        value = Fresh()
        try:
            from _abc import _get_dump
        except ImportError:  # 3.6
            self.skipTest("caches cannot be seen")
        before = _get_dump(collections.abc.Sized)
        self.assertEqual(_capture.evaluate("isinstance(value, collections.abc.Sized)"), (ACCEPTED, True))
        self.assertEqual(_get_dump(collections.abc.Sized), before)
        self.assertIsNotNone(value)


if __name__ == "__main__":
    unittest.main()
