"""Operators on objects of the app's classes: their special methods are walked."""

import math
import sys
import unittest

import _capture

try:
    from dataclasses import dataclass, field
except ImportError:  # 3.6
    dataclass = None

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5
BUDGET_US = 1000000  # the machine may be busy


class Money:
    def __init__(self, amount, currency="EUR"):
        self.amount = amount
        self.currency = currency

    def __eq__(self, other):
        if not isinstance(other, Money):
            return NotImplemented
        return self.amount == other.amount and self.currency == other.currency

    __hash__ = None

    def __lt__(self, other):
        return self.amount < other.amount

    def __add__(self, other):
        if isinstance(other, Money):
            return self.amount + other.amount
        return NotImplemented

    def __radd__(self, other):
        return other + self.amount

    def __bool__(self):
        return self.amount != 0

    def __str__(self):
        return "%d %s" % (self.amount, self.currency)

    def __repr__(self):
        return "Money(%r)" % (self.amount,)

    def __format__(self, specification):
        return "formatted" + specification


class Basket:
    def __init__(self, *items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def __contains__(self, item):
        return item in self.items

    def __getattr__(self, name):
        if name.startswith("has_"):
            return name[4:] in self.items
        raise AttributeError(name)

    @property
    def broken(self):
        raise AttributeError("broken")


class Odd:
    def __bool__(self):
        return 1

    def __len__(self):
        return -1

    def __eq__(self, other):
        return "yes"

    def __str__(self):
        return 5


class Writing:
    def __init__(self):
        self.calls = []

    def __eq__(self, other):
        self.calls.append("eq")
        return True

    def __len__(self):
        self.calls.append("len")
        return 1

    def __bool__(self):
        self.calls.append("bool")
        return True

    def __getitem__(self, key):
        self.calls.append("getitem")

    def __contains__(self, key):
        self.calls.append("contains")

    def __iter__(self):
        self.calls.append("iter")
        return iter([])

    def __str__(self):
        self.calls.append("str")
        return ""

    def __add__(self, other):
        self.calls.append("add")

    def __getattr__(self, name):
        self.__dict__["calls"].append("getattr")

    def __call__(self):
        self.calls.append("call")


class Ordered(Money):
    def __lt__(self, other):
        return "subclass" == "subclass"

    def __gt__(self, other):
        return True

    def __radd__(self, other):
        return "radd of the subclass"


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __neg__(self):
        return -self.x

    def __pos__(self):
        return self.x

    def __invert__(self):
        return self.x + self.y

    def __abs__(self):
        return (self.x**2 + self.y**2) ** 0.5

    def __round__(self, places=None):
        return round(self.x, places) if places is not None else round(self.x)

    def __int__(self):
        return int(self.x)

    def __float__(self):
        return float(self.x)

    def __complex__(self):
        return complex(self.x, self.y)

    def __index__(self):
        return 3

    def __floor__(self):
        return "floor"

    def __divmod__(self, other):
        return self.x, other


class Wrong:
    def __int__(self):
        return "x"

    def __float__(self):
        return 1

    def __index__(self):
        return 1.5

    __abs__ = None


class WritingNumber:
    calls = []


for _name in ("neg", "pos", "invert", "abs", "int", "float", "complex", "index", "round", "trunc", "floor", "ceil", "divmod"):
    exec("def __%s__(self, *other):\n    self.calls.append('%s')\n    return 1" % (_name, _name))
    setattr(WritingNumber, "__%s__" % _name, globals().pop("__%s__" % _name))


class Key:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        return isinstance(other, Key) and self.name == other.name


class KeyOfMinusOne(Key):
    def __hash__(self):
        return -1


class HugeKey(Key):
    def __hash__(self):
        return 2**70 + 5


class SpecialMethodsTest(unittest.TestCase):
    def test_hashes(self):
        key, same, other, minus, huge = Key("a"), Key("a"), Key("b"), KeyOfMinusOne("m"), HugeKey("h")
        by_key, seen = {key: 1, minus: 2, huge: 3, "a": 4}, {key, minus}
        names = dict(globals(), **locals())
        for source in (
            "hash(key) == hash('a')", "hash(minus)", "hash(huge)", "by_key[same]", "by_key.get(other)", "by_key[minus], by_key[huge]", "same in seen", "other in seen",
            "{key: 1}[key]", "len({key, same, other})", "(same, 1) in {(key, 1)}", "hash((key, 1)) == hash(('a', 1))", "{same: 1, key: 2} == {key: 2}",
        ):  # fmt: skip
            with self.subTest(source=source):
                while _capture.evaluate(source, 0, BUDGET_US)[0] == WAITING:
                    pass
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US), (ACCEPTED, eval(source, names)))

    def test_formats_of_attributes(self):
        five, basket, mapping = Money(5), Basket("apple"), {"a": {"b": [7]}, "1": "text", 1: "int", "}": 3, "a b": 4}
        names = dict(globals(), **locals())
        for source in (
            "'{0.amount} {0.currency!r:>5}'.format(five)", "'{m.amount:03d}'.format(m=five)", "'{0[a][b][0]}'.format(mapping)", "'{0[1]}'.format(mapping)",
            "'{0[0]} {1}'.format(basket, five)", "'{[}]}{.amount}'.format(mapping, five)", "'{0[a b]}'.format(mapping)", "'{:>{w}}'.format('x', w=five.amount)",
            "'{:{}}|{:{}{}}'.format('x', 5, 'y', '>', 7)", "'{0:{1}}'.format(five, 'x')", "'{0.amount:{0.amount}d}'.format(five)", "'{0.has_apple}'.format(basket)", "'{{{0}}}'.format(1)",
        ):  # fmt: skip
            with self.subTest(source=source):
                while _capture.evaluate(source, 0, BUDGET_US)[0] == WAITING:
                    pass
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US), (ACCEPTED, eval(source, names)))
        for source in (
            "'{0.missing}'.format(five)", "'{0[zz]}'.format(mapping)", "'{0[a}'.format(mapping)", "'{0.}'.format(five)", "'{0[]}'.format(mapping)", "'{0[a]x}'.format(mapping)",
            "'{'.format(1)", "'}'.format(1)", "'{!x}'.format(1)", "'{!r'.format(1)", "'{:'.format(1)", "'{0:{1:{2}}}'.format(1, 2, 3)", "'{:{'.format(1, 2)", "'{}{0}'.format(1, 2)",
            "'{0}{}'.format(1, 2)", "'{0!}'.format(1)", "'{0!rx}'.format(1)", "'{a.b}'.format(1)",
        ):  # fmt: skip
            with self.subTest(source=source):
                self.assertRaises(Exception, eval, source, names)
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US)[0], RAISED)
        writing = Writing()
        for source in ("'{0.other}'.format(writing)", "'{0[other]}'.format(writing)", "'{0}'.format(writing)", "'{:{}}'.format(1, writing)"):
            with self.subTest(source=source):
                self.assertNotEqual(_capture.evaluate(source, 0, BUDGET_US)[0], ACCEPTED)
                self.assertEqual(writing.calls, [])
        self.assertEqual(_capture.evaluate("'{:{}}'.format(1, 10**8)", 0, BUDGET_US)[0], BUDGET)

    def test_numbers(self):
        vector, wrong, writing, plain = Vector(3, 4), Wrong(), WritingNumber(), object()
        names = dict(globals(), **locals())
        for source in (
            "-vector", "+vector", "~vector", "abs(vector)", "round(vector)", "round(vector, 1)", "int(vector)", "float(vector)", "complex(vector)", "hex(vector)",
            "math.floor(vector)", "math.sqrt(vector)", "divmod(vector, 2)", "'%d %.1f %x' % (vector, vector, vector)", "'%5.1f' % vector",
        ):  # fmt: skip
            with self.subTest(source=source):
                while _capture.evaluate(source, 0, BUDGET_US)[0] == WAITING:
                    pass
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US), (ACCEPTED, eval(source, names)))
        for source in ("int(wrong)", "float(wrong)", "hex(wrong)", "-plain", "~plain", "'%d' % plain"):
            with self.subTest(source=source):
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US)[0], RAISED)
        for source in (
            "-writing", "+writing", "~writing", "abs(writing)", "round(writing)", "round(writing, 1)", "int(writing)", "float(writing)", "complex(writing)",
            "hex(writing)", "math.floor(writing)", "math.trunc(writing)", "math.sqrt(writing)", "divmod(writing, 1)", "'%d' % writing", "'%f' % writing", "abs(wrong)",
        ):  # fmt: skip
            with self.subTest(source=source):
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US)[0], REFUSED)
        self.assertEqual(WritingNumber.calls, [])

    def test_values(self):
        five, six, zero = Money(5), Money(6), Money(0)
        basket, empty = Basket("apple", "pear", five), Basket()
        ordered = Ordered(1)
        names = dict(globals(), **locals())  # eval() in a comprehension does not see locals before 3.12
        for source, value in {
            "five == Money": False,
            "five == five, five != six": (True, True),
            "five == 5, 5 == five, five != 'x'": (False, False, True),
            "five < six, six > five": (True, True),
            "five < ordered": True,
            "five + six, 7 + five": (11, 12),
            "five + ordered": "radd of the subclass",
            "'yes' if five else 'no'": "yes",
            "not zero": True,
            "bool(zero)": False,
            "str(five)": "5 EUR",
            "repr(five)": "Money(5)",
            "len(basket)": 3,
            "basket[1]": "pear",
            "basket[-3]": "apple",
            "'pear' in basket, 'plum' in basket": (True, False),
            "five in basket, six in basket": (True, False),
            "[six, five].index(five)": 1,
            "bool(empty)": False,
            "basket.has_pear, basket.has_plum": (True, False),
            "hasattr(basket, 'other')": False,
            "getattr(basket, 'broken', 'default')": "default",
            "[i == five for i in (six, five)]": [False, True],
        }.items():
            with self.subTest(source=source):
                self.assertEqual(eval(source, names), value)
                while _capture.evaluate(source, 0, BUDGET_US)[0] == WAITING:
                    pass  # there was too much to be read at once
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US), (ACCEPTED, value))
        self.assertEqual(_capture.evaluate("f'{five}|{five!s:>7}|{five!r}|{five:x}'", 0, BUDGET_US), (ACCEPTED, "formatted|  5 EUR|Money(5)|formattedx"))

    @unittest.skipIf(dataclass is None, "no dataclasses")
    def test_dataclasses(self):
        @dataclass(order=True)
        class Point:
            x: int
            y: int = 0
            note: str = field(default="", compare=False)

        @dataclass(frozen=True)
        class Frozen:
            name: str

        @dataclass
        class Empty:
            pass

        @dataclass(eq=False)
        class Plain:
            x: int

        a, b, c = Point(1, 2, "a"), Point(1, 2, "b"), Point(1, 3)
        frozen, empty, plain = Frozen("f"), Empty(), Plain(1)
        names = dict(globals(), **locals())
        for source in (
            "a == b", "a != b", "a == c", "a == 1", "a == frozen", "a < c", "a <= b", "c > a", "a >= c", "a in [c, b]", "[c, a].index(b)",
            "frozen == Frozen", "empty == empty", "plain == plain", "{'k': a} == {'k': b}",
        ):  # fmt: skip
            with self.subTest(source=source):
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US), (ACCEPTED, eval(source, names)))
        self.assertEqual(_capture.evaluate("a < 1", 0, BUDGET_US)[0], RAISED)
        self.assertIsNotNone(plain)

    @unittest.skipIf(dataclass is None, "no dataclasses")
    def test_code_like_that_of_dataclasses(self):
        namespace = {}
        exec("def __create_fn__():\n def __eq__(self,other):\n  return self.a==other.a\n return __eq__", namespace)
        exec("def __eq__(self,other):\n  global calls\n  calls=1\n  return NotImplemented", namespace)

        class Like:
            __eq__ = namespace["__create_fn__"]()

        class Writing:
            __eq__ = namespace["__eq__"]

        like, writing = Like(), Writing()
        self.assertEqual(_capture.evaluate("like == 1", 0, BUDGET_US)[0], REFUSED)
        self.assertEqual(_capture.evaluate("writing == 1", 0, BUDGET_US)[0], REFUSED)
        self.assertNotIn("calls", namespace)
        self.assertIsNotNone((like, writing, sys, math))

    def test_wrong_answers(self):
        odd, five = Odd(), Money(5)
        for source, outcome in (
            ("not odd", RAISED),
            ("len(odd)", RAISED),
            ("odd == 1", REFUSED),
            ("str(odd)", RAISED),
            ("five < 'x'", RAISED),
            ("five > 'x'", RAISED),
            ("five + 'x'", RAISED),
            ("five - 1", RAISED),
        ):
            with self.subTest(source=source):
                self.assertEqual(_capture.evaluate(source, 0, BUDGET_US)[0], outcome, _capture.evaluate(source, 0, BUDGET_US))

    def test_those_that_write_are_refused(self):
        writing, five = Writing(), Money(5)
        for source in (
            "writing == 1", "1 == writing", "writing != 1", "writing in [1]", "[1, 2].index(writing)", "len(writing)", "not writing",
            "bool(writing)", "writing[0]", "1 in writing", "[i for i in writing]", "list(writing)", "str(writing)", "f'{writing}'",
            "writing + 1", "writing.other", "hasattr(writing, 'other')", "writing()", "five == writing", "writing < 1",
        ):  # fmt: skip
            with self.subTest(source=source):
                self.assertNotEqual(_capture.evaluate(source, 0, BUDGET_US)[0], ACCEPTED, source)
                self.assertEqual(writing.calls, [])


if __name__ == "__main__":
    unittest.main()
