"""What functools makes of functions, in expressions: partial(), partialmethod(), lru_cache()."""

import functools
import os
import sys
import threading
import unittest

import _capture

ACCEPTED, REFUSED, RAISED, WAITING = 0, 2, 3, 5
changes = []


def price(amount, tax=20, *rest, discount=0, **options):
    return (amount, tax, rest, discount, sorted(options.items()))


def change(value):
    changes.append(value)


@functools.lru_cache(maxsize=None)
def squared(number):
    return [number * number]


@functools.lru_cache(maxsize=2)
def pair(first, second=None):
    return [first, second]


@functools.lru_cache(maxsize=8, typed=True)
def typed(number):
    return [number]


@functools.lru_cache(maxsize=None)
def settings():
    return {"made": len(changes)}


class Order:
    def __init__(self, state):
        self.state = state

    def shown(self, field, upper=False):
        text = getattr(self, field)
        return text.upper() if upper else text

    state_shown = functools.partialmethod(shown, "state")
    state_loud = functools.partialmethod(shown, "state", upper=True)
    changed = functools.partialmethod(setattr, "state", "changed")

    @functools.lru_cache(maxsize=None)
    def cached(self, number=1):
        return [self.state, number]

    @property
    @functools.lru_cache(maxsize=None)
    def cached_state(self):
        return [self.state]

    @staticmethod
    @functools.lru_cache(maxsize=None)
    def apart(number):
        return number + 1

    @classmethod
    @functools.lru_cache(maxsize=None)
    def of_class(cls, number):
        return [cls.__name__, number]


class CallablePartial(functools.partial):
    def __call__(self, *arguments):
        changes.append(arguments)


def evaluate(source, depth):
    outcome = WAITING
    while outcome == WAITING:
        outcome, value = _capture.evaluate(source, depth + 1, 1000000)
    return outcome, value


class WrappersTest(unittest.TestCase):
    def setUp(self):
        for cache in (squared, pair, typed, settings, Order.cached):
            cache.cache_clear()
        del changes[:]

    def check(self, text, frame_depth=1):
        """Each line has the value that eval() gives."""
        frame = sys._getframe(1)
        names = dict(frame.f_globals, **frame.f_locals)
        for source in text.split("\n"):
            source = source.strip()
            if source:
                with self.subTest(source=source):
                    outcome, value = evaluate(source, frame_depth)
                    self.assertEqual((outcome, value), (ACCEPTED, eval(source, names)))

    def refuse(self, source, reason):
        outcome, message = evaluate(source, 1)
        self.assertEqual(outcome, REFUSED, message)
        self.assertIn(reason, message[2][0])

    def test_partial(self):
        plain = functools.partial(price, 5)
        full = functools.partial(price, 5, 7, 8, discount=1, colour="red")
        nested = functools.partial(functools.partial(price, 1), 2)
        smallest = functools.partial(min, key=abs)
        lower = functools.partial(str.lower)
        self.check(
            """
            plain()
            plain(9)
            plain(tax=3)
            full()
            full(9, discount=2)
            full(colour='blue', size=4)
            full(size=4, discount=0)
            nested(3)
            smallest([-1, 5, -7])
            lower('ABC')
            [plain(x) for x in (1, 2)]
            list(map(plain, [1, 2]))
            """
        )

    def test_partial_of_what_writes_is_refused(self):
        writing = functools.partial(change, 1)
        appending = functools.partial(changes.append, 1)
        special = CallablePartial(price, 1)
        self.refuse("writing()", "changes a list")
        self.refuse("appending()", "changes a list")
        self.refuse("special()", "changes a list")
        self.assertEqual((changes, special.func), ([], price))

    def test_wrong_arguments_of_a_partial(self):
        plain = functools.partial(price, 5)
        self.assertEqual(evaluate("plain(amount=1)", 0)[0], RAISED)
        self.assertIsNotNone(plain)

    def test_partialmethod(self):
        order = Order("new")
        self.check(
            """
            order.state_shown()
            order.state_shown(upper=True)
            order.state_shown(True)
            order.state_loud()
            order.state_loud(upper=False)
            """
        )
        self.refuse("order.changed()", "partialmethod")
        self.assertEqual(order.state, "new")

    def test_cache_tells_what_it_keeps(self):
        kept = (squared(3), pair(1, 2), pair("a"), settings())
        changes.append(None)  # a new answer would be another
        before = (squared.cache_info(), pair.cache_info(), settings.cache_info())
        for index, source in enumerate(("squared(3)", "pair(1, 2)", "pair('a')", "settings()")):
            outcome, value = evaluate(source, 0)
            self.assertEqual(outcome, ACCEPTED, value)
            self.assertIs(value, kept[index])
        self.assertEqual(before, (squared.cache_info(), pair.cache_info(), settings.cache_info()))

    def test_what_a_cache_does_not_keep_is_walked(self):
        squared(3)
        pair(1, 2)
        before = (squared.cache_info(), pair.cache_info(), typed.cache_info())
        self.assertEqual(evaluate("squared(4)", 0), (ACCEPTED, [16]))
        self.assertEqual(evaluate("squared(True)", 0), (ACCEPTED, [1]))
        self.assertEqual(evaluate("pair(2, 1)", 0), (ACCEPTED, [2, 1]))
        self.assertEqual(evaluate("typed(1)", 0), (ACCEPTED, [1]))
        self.assertEqual(evaluate("typed(number=2)", 0), (ACCEPTED, [2]))
        self.assertEqual(before, (squared.cache_info(), pair.cache_info(), typed.cache_info()))

    def test_cache_by_names_or_types(self):
        typed(1)
        pair(1, 2)
        self.refuse("typed(1)", "named or typed arguments")
        self.refuse("pair(1, second=2)", "named or typed arguments")

    def test_cached_methods(self):
        order, other = Order("new"), Order("old")
        kept = (order.cached(), order.cached(2), order.cached_state)
        order.state = "changed"
        self.assertIs(evaluate("order.cached()", 0)[1], kept[0])
        self.assertIs(evaluate("order.cached(2)", 0)[1], kept[1])
        self.assertIs(evaluate("order.cached_state", 0)[1], kept[2])
        self.assertEqual(evaluate("other.cached(3)", 0), (ACCEPTED, ["old", 3]))
        self.assertEqual(evaluate("other.cached_state", 0), (ACCEPTED, ["old"]))
        self.assertEqual(evaluate("order.apart(3)", 0), (ACCEPTED, 4))
        self.assertEqual(evaluate("Order.of_class(3)", 0), (ACCEPTED, ["Order", 3]))
        self.assertIsNotNone(other)

    def test_environment_and_process(self):
        os.environ["SNAPSHOT_TEST"] = "on"
        self.check(
            """
            os.environ['SNAPSHOT_TEST']
            os.environ.get('SNAPSHOT_TEST') == 'on'
            os.environ.get('SNAPSHOT_NONE')
            os.environ.get('SNAPSHOT_NONE', 'off')
            'SNAPSHOT_TEST' in os.environ
            os.getpid()
            threading.get_ident()
            threading.current_thread().name
            threading.current_thread() is threading.main_thread()
            """
        )


if __name__ == "__main__":
    unittest.main()
