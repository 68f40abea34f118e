"""Views of dicts as sets, methods of builtin classes called by their names, operator.itemgetter() and attrgetter()."""

import collections
import enum
import operator
import unittest

import expressions
from expressions import ACCEPTED, REFUSED, RAISED


class Model:
    """Finds in a dictionary of its own what it has no attribute for, as pydantic's does."""

    kind = "model"

    def __init__(self, **extra):
        self.name = "ann"
        self.extra = extra

    def __getattr__(self, name):
        extra = object.__getattribute__(self, "extra")
        if name in extra:
            return extra[name]
        return super().__getattribute__(name)

    @property
    def upper(self):
        return self.name.upper()

    def __eq__(self, other):
        return object.__getattribute__(self, "__dict__").keys() <= other.__dict__.keys()


class Read:
    """Reads all of its attributes itself."""

    def __init__(self):
        self.value = 5

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


class Plain:
    def __repr__(self):
        return "plain " + object.__repr__(self)[1:6]

    def __eq__(self, other):
        return object.__eq__(self, other)

    def __hash__(self):
        return object.__hash__(self)


class Multi(dict):
    def __iter__(self):
        return dict.__iter__(self)

    def __len__(self):
        return dict.__len__(self) * 2

    def __repr__(self):
        return "Multi(%s)" % super().__repr__()


class Items(list):
    def __iter__(self):
        return super().__iter__()

    def __repr__(self):
        return list.__repr__(self)


class Number(int):
    def __str__(self):
        return "n" + int.__repr__(self)


class Name(str):
    def __repr__(self):
        return "Name " + str.__repr__(self)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


class Writing:
    calls = []

    def __init__(self, name=None):
        self.name = name

    def __eq__(self, other):
        self.calls.append("eq")
        return True

    def __hash__(self):
        self.calls.append("hash")
        return 1

    @property
    def computed(self):
        self.calls.append("computed")
        return 1

    def __getattr__(self, name):
        self.calls.append(name)
        return 1

    def __getitem__(self, key):
        self.calls.append(key)
        return 1


def evaluate(source, names):
    return expressions.evaluate(source, dict(globals(), **names))


class SlotsTest(unittest.TestCase):
    def check(self, names, text):
        for source in filter(None, map(str.strip, text.splitlines())):
            with self.subTest(source=source):
                expressions.check(self, source, dict(globals(), **names))

    def test_views_as_sets(self):
        names = {
            "a": {"x": 1, "y": 2}, "b": {"y": 2, "x": 1, "z": 3}, "c": {"x": 5}, "e": {}, "keys": {"x", "y"}, "frozen": frozenset(["x"]), "pairs": {("x", 1)},
            "ordered": collections.OrderedDict(x=1, y=2), "lists": {"x": [1]}, "items": [1, 2],
        }  # fmt: skip
        self.check(
            names,
            """
            a.keys() <= b.keys()
            a.keys() < b.keys()
            b.keys() > a.keys()
            b.keys() >= a.keys()
            a.keys() == b.keys()
            a.keys() == ordered.keys()
            a.keys() != c.keys()
            a.keys() == keys
            keys == a.keys()
            frozen <= a.keys()
            a.keys() > frozen
            e.keys() == set()
            a.items() == ordered.items()
            a.items() <= b.items()
            a.items() == b.items()
            pairs <= a.items()
            lists.items() == {'x': [1]}.items()
            lists.items() <= {'x': [2]}.items()
            a.keys() == ['x', 'y']
            a.keys() < ['x']
            a.keys() == None
            a.values() == a.values()
            a.keys() & b.keys() == keys
            a.keys() | c.keys()
            b.keys() - a.keys()
            a.keys() ^ b.keys()
            a.items() & b.items()
            a.items() - c.items()
            a.keys().isdisjoint(c.keys())
            a.keys().isdisjoint(['q'])
            a.items().isdisjoint(b.items())
            ordered.keys().isdisjoint(e)
            a.keys().isdisjoint(5)
            a.keys().isdisjoint()
            """,
        )

    def test_methods_of_builtin_classes(self):
        names = {
            "model": Model(bonus=3), "other": Model(bonus=4), "read": Read(), "plain": Plain(), "multi": Multi(a=1), "items": Items([1, 2]), "number": Number(7),
            "name": Name("x"), "level": Level.HIGH,
        }  # fmt: skip
        self.check(
            names,
            """
            model.bonus
            model.missing
            model.upper
            model == other
            hasattr(model, 'bonus'), hasattr(model, 'nothing')
            object.__getattribute__(model, 'name')
            object.__getattribute__(model, 'kind')
            object.__getattribute__(model, 'upper')
            object.__getattribute__(model, 'bonus')
            object.__getattribute__(model, 5)
            repr(plain)
            plain == plain
            list(multi)
            [key for key in multi]
            len(multi)
            repr(multi)
            list(items), sum(items)
            repr(items)
            str(number)
            repr(name)
            int.__repr__(level)
            dict.__len__(multi)
            hasattr(items, '__iter__'), hasattr(number, '__iter__')
            """.replace("            object.__getattribute__(model, 5)\n", ""),
        )
        self.assertEqual(evaluate("read.value", names)[0], REFUSED)  # by __getattribute__ of its own

    def test_getters(self):
        names = {
            "items": [{"n": 3, "k": "a"}, {"n": 1, "k": "b"}], "models": [Model(bonus=5), Model(bonus=2)], "by": operator.itemgetter("n"), "both": operator.itemgetter("n", "k"),
            "first": operator.itemgetter(0), "bonus": operator.attrgetter("bonus"), "deep": operator.attrgetter("extra.bonus", "name"), "deeper": operator.attrgetter("extra.keys"),
            "operator": operator, "pair": operator.itemgetter(0, 1), "tuple_key": operator.itemgetter((1, 2)),
        }  # fmt: skip
        self.check(
            names,
            """
            by(items[0])
            both(items[1])
            first([7, 8])
            first([])
            tuple_key({(1, 2): 3})
            bonus(models[1])
            deep
            sorted(items, key=by)[0]['k']
            max(items, key=by)['k']
            sorted(items, key=operator.itemgetter('k'), reverse=True)[0]['n']
            min(models, key=operator.attrgetter('bonus')).bonus
            [pair([i, 2]) for i in range(3)]
            by({})
            by()
            """.replace("            deep\n", ""),
        )
        self.assertEqual(evaluate("operator.attrgetter('name')(models[0])", names), (ACCEPTED, "ann"))

    def test_those_that_write_are_refused(self):
        writing = Writing("w")
        names = {
            "w": writing, "a": {writing: 1}, "b": {Writing("v"): 1}, "values": {"x": writing}, "computed": operator.attrgetter("computed"), "item": operator.itemgetter("x"),
            "by": operator.itemgetter(writing), "operator": operator,
        }  # fmt: skip
        del Writing.calls[:]
        for source in (
            "a.keys() == b.keys()", "a.keys() <= b.keys()", "a.items() == b.items()", "values.items() == {'x': 5}.items()", "a.keys() & b.keys()", "a.keys() == {5}",
            "a.keys().isdisjoint(b)", "{'x': 1}.keys().isdisjoint(a)", "object.__getattribute__(w, 'computed')", "object.__setattr__(w, 'x', 1)", "object.__delattr__(w, 'name')",
            "list.__init__([])", "dict.__setitem__({}, 1, 2)", "dict.__ior__({}, {})", "type.__call__(int, 5)", "computed(w)", "item(w)", "by({})", "by(a)",
            "operator.attrgetter('computed')(w)", "operator.itemgetter(w)", "operator.methodcaller('append', 1)", "dict.__eq__(a, b)", "int.__add__(1, w)", "object.__eq__(w)",
            "list.__contains__([w], 1)", "object.__ne__(w, 1)", "object.__init_subclass__()", "w.__init__('x')",
        ):  # fmt: skip
            with self.subTest(source=source):
                outcome, value = evaluate(source, names)
                self.assertIn(outcome, (REFUSED, RAISED), value)
                self.assertEqual((Writing.calls, writing.__dict__), ([], {"name": "w"}))


if __name__ == "__main__":
    unittest.main()
