"""str(), repr(), format() and `%` of objects of the app's classes, alone and in containers."""

import collections
import datetime
import decimal
import types
import unittest

import _capture

try:
    from dataclasses import dataclass
    from reprlib import recursive_repr
except ImportError:  # 3.6
    dataclass = recursive_repr = None

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5
BUDGET_US = 1000000  # the machine may be busy


class Order:
    def __init__(self, number):
        self.number = number

    def __str__(self):
        return "order %s" % self.number

    def __repr__(self):
        return "<%s: %s>" % (type(self).__name__, self)


class Shown(Order):
    def __format__(self, specification):
        return "%s of %d" % (specification or "nothing", self.number)


class Shouted(Order):
    def __str__(self):
        return super().__str__().upper()


class Bare:
    pass


class Basket(list):
    pass


class Table(dict):
    pass


class Bag(set):
    pass


class Pair(tuple):
    pass


class Wrong:
    def __str__(self):
        return 5


class Refusing(str):
    def __rmod__(self, other):
        return "rmod"


class Writing:
    """Whatever shows it is noted."""

    log = []

    def __str__(self):
        self.log.append("str")
        return ""

    def __repr__(self):
        return self.__str__()

    def __format__(self, specification):
        return str(self)

    def __getitem__(self, name):
        self.log.append(name)
        return name

    def __int__(self):
        self.log.append("int")
        return 1

    __float__ = __index__ = __int__


Fields = collections.namedtuple("Fields", "name order")


def evaluate(source):
    found = WAITING, None
    while found[0] == WAITING:  # there was too much to be read at once
        found = _capture.evaluate(source, 1, BUDGET_US)
    return found


class TextsTest(unittest.TestCase):
    def check(self, names, text):
        """Each line of the text has the value, or raises the exception, that it has for eval()."""
        sources = [line.strip() for line in text.splitlines() if line.strip()]
        self.names = names
        for source in sources:
            with self.subTest(source=source):
                outcome, value = self.evaluate_in(names, source)
                try:
                    wanted = eval(source, dict(globals(), **names))
                except Exception as error:
                    self.assertEqual(outcome, RAISED, value)
                    self.assertIsInstance(error, (TypeError, ValueError, KeyError, IndexError))
                else:
                    self.assertEqual((outcome, value), (ACCEPTED, wanted))

    def evaluate_in(self, names, source):
        namespace = dict(globals(), **names)
        namespace["source"] = source
        exec("found = evaluate(source)", namespace)
        return namespace["found"]

    def test_percent(self):
        names = {
            "order": Order(5), "shouted": Shouted(6), "fields": Fields("ann", Order(7)), "named": {"order": Order(8), "count": 3, "(odd)": 1},
            "items": [Order(1), Order(2)], "price": decimal.Decimal("1.50"), "day": datetime.date(2020, 1, 2), "bare": Bare(), "table": Table(order=Order(3)),
            "wrong": Wrong(), "shown": Shown(4), "number": 5, "text": "abc", "kept": True, "real": 1.25, "pair": Pair((1, Order(9))),
        }  # fmt: skip
        self.check(
            names,
            """
            '%s' % order
            '%r' % order
            '%a' % order
            '%s and %r' % (order, shouted)
            '%12s|%-12s|%.3s|%+5r' % (order, order, order, order)
            '%s %s' % fields
            '%s %s' % pair
            '%s' % (shown,)
            '%s' % items
            '%s' % [items, {'k': order}]
            '%(order)s has %(count)05d' % named
            '%(order)r %%' % named
            '%((odd))s' % named
            '%(order)s' % table
            '%(missing)s' % named
            '%(order)s' % order
            '%(order)s' % 5
            '%(order' % named
            'none' % named
            'none' % items
            'none' % order
            'none' % ()
            '%s %s' % order
            '%s' % ()
            '%s' % (1, 2)
            '%d' % order
            '%x' % bare
            '%d %s' % (number, price)
            '%.1f' % price
            '%d%%' % price
            '%s %s %s' % (day, kept, None)
            '%r' % day
            '%*d|%-*s|%.*f' % (5, number, 10, order, 1, real)
            '%hd %ld %Lf' % (number, number, real)
            '%+d % d %#x %05d %-5d|%5.1f|%e|%g|%c%c' % (1, 2, 255, 5, 6, real, real, real, 65, 'b')
            '%c' % text
            '%d' % text
            '%d' % None
            '%d' % [1]
            '%x' % real
            '%y' % number
            '%' % number
            '%5' % number
            '%s' % wrong
            '%s' % text
            '%5.2s|' % text
            '%r' % b'bytes'
            '%s' % Order
            '%s' % ((),)
            """,
        )

    def test_format(self):
        names = {"order": Order(5), "shown": Shown(6), "bare": Bare(), "items": [Order(1)], "wrong": Wrong()}
        self.check(
            names,
            """
            '{}'.format(order)
            '{!r} {!s:>10} {!a}'.format(order, order, order)
            '{:x} {}'.format(shown, shown)
            '{0}{name}'.format(order, name=items)
            '{:>10}'.format(order)
            '{:>10}'.format(bare)
            format(shown, 'y')
            format(order)
            format(order, '>10')
            '{}'.format(wrong)
            """,
        )
        for source, text in (("f'{shown:z}{order}'", "z of 6order 5"), ("f'{order!r:>20}'", "    <Order: order 5>"), ("f'{items}'", "[<Order: order 1>]")):
            self.assertEqual(self.evaluate_in(names, source), (ACCEPTED, text))

    def test_repr(self):
        order, own = Order(5), [Order(6)]
        own.append(own)
        names = {
            "order": order, "items": [order, 1], "pair": (order,), "empty": ((), [], {}, frozenset()), "table": {"a": order, 2: [order]}, "keyed": {order: 1},
            "members": {order}, "frozen": frozenset([order]), "basket": Basket([order]), "own": own, "typed": Table(a=order), "bag": Bag([1]), "no_bag": Bag(),
            "two": Pair((order, 1)), "fields": Fields("ann", order), "queue": collections.deque([order]), "short": collections.deque([1], 3),
            "ordered": collections.OrderedDict(a=order), "numbers": collections.OrderedDict([(1, 2)]), "none": collections.OrderedDict(),
            "default": collections.defaultdict(list, {1: [order]}), "bare": Bare(), "proxy": types.MappingProxyType({"a": order}),
            "error": ValueError("text", order), "missing": KeyError(order), "function": evaluate,
        }  # fmt: skip
        if dataclass is None:  # whose named tuples have no source
            del names["fields"]
        self.check(names, "\n".join("repr(%s)" % name for name in names))
        self.check(names, "\n".join("str(%s)" % name for name in names))
        self.check(names, "repr(table.values())\nrepr(table.items())\nrepr(keyed.keys())\nascii(items)\nrepr(len)\nrepr(...)\nstr(NotImplemented)")

    @unittest.skipIf(dataclass is None, "no dataclasses")
    def test_dataclasses(self):
        @dataclass
        class Point:
            x: object
            y: object = 2

        @dataclass
        class Deep(Point):
            z: object = None

        class Guarded:
            @recursive_repr(fillvalue="<...>")
            def __repr__(self):
                return "Guarded(%r)" % (self.inner,)

        loop, guarded = Point(1), Guarded()
        loop.y, guarded.inner = [loop], {"g": guarded}
        names = {"point": Point(Order(1)), "deep": Deep(Point(1), z="z"), "loop": loop, "guarded": guarded}
        self.check(names, "repr(point)\nstr(deep)\n'%s' % loop\n'{}'.format(point)\nrepr(guarded)\nrepr([deep, point])")

    def test_a_guard_that_is_not_the_library_s(self):
        calls = []

        def recursive_repr_of_the_app(user_function):
            repr_running = set()

            def wrapper(self):
                calls.append(1)
                return user_function(self)

            return wrapper

        class Point:
            @recursive_repr_of_the_app
            def __repr__(self):
                return "Point"

        self.assertEqual(self.evaluate_in({"point": Point()}, "repr(point)")[0], REFUSED)
        self.assertEqual(calls, [])

    def test_those_that_write_are_refused(self):
        names = {"writing": Writing(), "items": [Writing()], "fields": Fields("a", Writing()), "named": {"a": Writing()}, "refusing": Refusing("a")}
        for source in (
            "'%s' % writing", "'%r' % writing", "'%a' % writing", "'%s' % items", "'%s %s' % fields", "'%(a)s' % named", "'%(a)s' % writing", "'%d' % writing",
            "'%x' % writing", "'%f' % writing", "'%c' % writing", "'%*d' % (writing, 1)", "'{}'.format(writing)", "'{:x}'.format(writing)", "'{!r}'.format(items)",
            "repr(items)", "str(fields)", "repr({'a': writing})", "repr([(writing,)])", "'%s' % refusing", "repr(ValueError(writing))", "str(named.values())",
        ):  # fmt: skip
            with self.subTest(source=source):
                self.assertNotEqual(self.evaluate_in(names, source)[0], ACCEPTED, source)
                self.assertEqual(Writing.log, [])

    def test_size_is_bounded(self):
        names = {"order": Order("x" * 100000), "items": [Order("x" * 100000)] * 20, "number": 5}
        for source in ("'%99999d' % number", "'%.99999f' % number", "'%*d' % (99999, number)", "'%s' * 20 % tuple(items)", "'%s' % items", "repr(items)"):
            with self.subTest(source=source):
                self.assertEqual(self.evaluate_in(names, source)[0], BUDGET)


if __name__ == "__main__":
    unittest.main()
