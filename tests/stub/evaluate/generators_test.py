"""Generator functions of the app, and objects that are gone over by their __iter__ or __getitem__: walked, as far as is asked for."""

import collections
import collections.abc
import sys
import types
import unittest

import _capture

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5
BUDGET_US = 1000000  # the machine may be busy
log = []
shared = [1, 2]


def numbers(count):
    for number in range(count):
        yield number


def forever(start=0):
    while True:
        yield start
        start += 1


def nothing():
    return
    yield


def empty_values():
    yield
    yield None


def squares(items):
    for item in items:
        yield item * item


def chained(*parts):
    for part in parts:
        yield from part


def chained_pair(first, second):
    yield from first
    yield from second


def unpacked(items):
    first, second = items
    return second, first


def named(**names):
    return names


def counted_down(number):
    if number > 0:
        yield number
        yield from counted_down(number - 1)


def tree(node):
    yield node["name"]
    for child in node.get("children", ()):
        yield from tree(child)


def pairs(mapping, prefix=""):
    for key, value in mapping.items():
        yield prefix + key, value


def sent():
    got = yield 1
    yield got
    more = (yield 2) or "more"
    yield more, (yield 3)


def with_return(limit):
    for number in range(10):
        if number == limit:
            return "ended"
        yield number


def with_finally(items):
    try:
        for item in items:
            yield item
    finally:
        items = None
    yield "end"


def with_except(items):
    for item in items:
        try:
            yield 10 // item
        except ZeroDivisionError:
            yield "infinite"


def failing(count):
    for number in range(count):
        yield number
    raise KeyError("failed")


def stopping(items):
    iterator = iter(items)
    while True:
        yield next(iterator)


def uses_return():
    result = yield from with_return(2)
    yield result


def collecting(items):
    seen = []
    for item in items:
        if item not in seen:
            seen.append(item)
            yield item, len(seen)


def yields_list():
    items = []
    for number in range(3):
        items.append(number)
        yield list(items)


def yields_its_list():
    items = []
    for number in range(3):
        items.append(number)
        yield items


def writes():
    log.append(1)
    yield 1


def writes_later():
    yield 1
    log.append(1)
    yield 2


def writes_at_the_end():
    try:
        yield 1
        yield 2
    finally:
        log.append("end")


def writes_argument(items):
    items.append(1)
    yield items


def first(items, default=None):
    for item in items:
        return item
    return default


def take(count, items):
    taken = []
    for item in items:
        if len(taken) == count:
            break
        taken.append(item)
    return taken


def first_over(limit):
    for number in forever():
        if number > limit:
            return number


def extended(count):
    items = [0]
    items.extend(numbers(count))
    items += numbers(count)
    items += (7, 8)
    return items


def local_generator(count, factor):
    return sum(number * factor for number in numbers(count) if number)


def given_itself(items):
    return list(items), list(items)


def nested_scope(factor):
    def inner(items):
        for item in items:
            yield item * factor

    return inner


times_three = nested_scope(3)
lambda_generator = lambda count: (yield count)  # noqa: E731


async def coroutine():
    return 1


async def async_generator():
    yield 1


class Bag:
    def __init__(self, *items):
        self.items = list(items)

    def __iter__(self):
        for item in self.items:
            yield item

    def __len__(self):
        return len(self.items)

    def pairs(self):
        for number, item in enumerate(self):
            yield number, item

    @property
    def doubled(self):
        for item in self:
            yield item * 2

    @classmethod
    def kinds(cls):
        yield cls.__name__

    @staticmethod
    def letters(text):
        yield from text

    def large(self):
        return [item for item in self if item > 1]


class Delegating:
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)

    def __reversed__(self):
        return reversed(self.items)


class OldSequence:
    def __init__(self, *items):
        self.items = items

    def __getitem__(self, index):
        return self.items[index]


class StoppedSequence:
    def __getitem__(self, index):
        if index == 2:
            raise StopIteration
        return index


class FailingSequence:
    def __getitem__(self, index):
        return 1 // (2 - index)


class Endless:
    def __getitem__(self, index):
        return index


class Mapping:
    def __init__(self, **items):
        self.items = items

    def keys(self):
        yield from self.items

    def __getitem__(self, key):
        return self.items[key] * 10


class Table(collections.abc.Mapping):
    def __init__(self, items):
        self.items_ = items

    def __getitem__(self, key):
        return dict(self.items_)[key]

    def __iter__(self):
        for key, _ in self.items_:
            yield key

    def __len__(self):
        return len(self.items_)


class LikeKeysView(collections.abc.KeysView):
    pass


class DictOfKeys(dict):
    def __iter__(self):
        for key in self.keys():
            yield "-" + key


class OwnIterator:
    def __init__(self):
        self.count = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.count += 1
        if self.count > 3:
            raise StopIteration
        return self.count


class NoIteration:
    __iter__ = None

    def __getitem__(self, index):
        return index


class WrongIteration:
    def __iter__(self):
        return [1]


class NotContaining:
    def __iter__(self):
        yield 1

    __contains__ = None


def chain_of_generators(count):
    items = [1]
    for number in range(count):
        items = squares(items)
    return first(items)


def chain_of_maps(count):
    items = [1]
    for number in range(count):
        items = map(str, items)
    return first(items)


def chain_of_lambdas(count):
    function = None
    for number in range(count):
        function = lambda inner=function: inner  # noqa: E731
    return function is None


def one_after_the_other(count):
    return sum(sum(squares([number])) for number in range(count))


TREE = {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}, {"name": "d"}]}
NAMES = {
    "bag": Bag(3, 1, 2),
    "delegating": Delegating([4, 5]),
    "old": OldSequence("a", "b"),
    "stopped": StoppedSequence(),
    "failing_sequence": FailingSequence(),
    "endless": Endless(),
    "mapping": Mapping(a=1, b=2),
    "table": Table([("a", 1), ("b", 2)]),
    "twice": Table([("a", 1), ("a", 2)]),
    "chain_map": collections.ChainMap({"a": 1}, {"b": 2}),
    "user_dict": collections.UserDict(a=1),
    "dict_of_keys": DictOfKeys(a=1, b=2),
    "no_iteration": NoIteration(),
    "wrong": WrongIteration(),
    "not_containing": NotContaining(),
    "generator": numbers(5),
    "own_iterator": OwnIterator(),
}
globals().update(NAMES)

CONSUMED = """
list(numbers(4))
tuple(numbers(4)), set(numbers(4)), frozenset(numbers(4))
sum(numbers(5)), max(numbers(5)), min(numbers(5))
sorted(numbers(5), reverse=True)
dict(pairs({'a': 1, 'b': 2}, prefix='x'))
dict(enumerate(numbers(2)))
','.join(str(number) for number in numbers(3))
','.join(Bag.letters('abc'))
[number for number in numbers(5) if number % 2]
{number: 1 for number in numbers(3)}
[*numbers(3), *squares(numbers(3))]
(lambda *numbers: numbers)(*numbers(3))
list(nothing())
list(empty_values())
list(squares(squares(numbers(4))))
list(chained('ab', {'c': 1}, [3]))
list(chained_pair(numbers(2), old))
list(counted_down(5))
list(tree(TREE))
list(sent())
list(with_return(3))
list(with_finally([1, 2]))
list(with_except([1, 0, 5]))
list(collecting('abca'))
list(yields_list())
list(times_three([1, 2]))
list(lambda_generator(5))
list(zip(numbers(2), forever(5)))
list(map(lambda number: number * 2, numbers(3)))
list(filter(None, numbers(3)))
len(list(bag)), sum(bag), sorted(bag), max(bag)
list(bag.pairs())
list(bag.doubled)
list(Bag.kinds()), list(bag.kinds())
bag.large()
[item for item in bag]
list(delegating), sum(delegating)
list(reversed(delegating))
list(old), ','.join(old)
list(stopped)
[item for item in old]
dict(mapping)
{**mapping, 'c': 3}
named(**mapping)
dict(dict_of_keys)
dict(table), {**table}
list(table.keys()), list(table.values()), list(table.items())
len(table.keys()), len(table.items())
'a' in table.keys(), 2 in table.values(), ('a', 1) in table.items(), ('a', 2) in table.items()
[key for key, value in table.items() if value > 1]
sum(table.values())
'a' in table, 'z' in table
table.get('a'), table.get('z', 5)
chain_map['b'], chain_map.get('z', 5), 'a' in chain_map
dict(user_dict), list(user_dict.items())
list(twice.keys()) if False else list(twice)
list(dict_of_keys)
extended(2)
local_generator(4, 10)
take(3, numbers(9))
given_itself(numbers(3))
first_over(5)
isinstance(numbers(1), (list, tuple))
isinstance(numbers(1), types.GeneratorType)
bool(numbers(0))
numbers(1) is None
list(iter(numbers(3)))
next(numbers(3)) + next(iter(bag))
next(nothing(), 'default')
next(iter(old))
""".strip().splitlines()

LAZY = """
any(number > 5 for number in forever())
all(number < 5 for number in forever())
any(forever())
all(forever())
next(forever()), next(forever(7))
next(number for number in forever() if number > 3)
5 in forever()
first(forever(3))
take(3, forever())
next(chained_pair([1], forever()))
unpacked(numbers(2))
first(writes_later())
next(writes_later())
any(writes_later())
1 in writes_later()
next(writes_at_the_end())
first(writes_at_the_end())
first(failing(1))
0 in failing(1)
next(endless and iter(endless))
5 in endless
any(endless)
first(endless)
""".strip().splitlines()

MEMBERS = """
1 in bag, 9 in bag, 9 not in bag
4 in delegating, 9 in delegating
'a' in old, 'z' in old
1 in stopped, 5 in stopped
1 in numbers(3), 7 in numbers(3)
('a', 1) in pairs({'a': 1})
1 in failing_sequence
0 in failing_sequence
1 in not_containing
""".strip().splitlines()

ERRORS = """
list(failing(2))
5 in failing(2)
next(nothing())
list(numbers())
numbers(1, 2)
list(numbers('a'))
list(stopping([1, 2]))
next(stopping([]))
list(failing_sequence)
first_over('a')
numbers(3)[0]
len(numbers(3))
dict(bag)
dict(numbers(2))
{**bag}
[one for one, two in numbers(3)]
(lambda a, b: a)(*numbers(3))
list(wrong)
next(bag)
unpacked(forever())
unpacked(numbers(1))
unpacked(numbers(3))
list(no_iteration)
1 in no_iteration
""".strip().splitlines()

REFUSED_ONES = """
list(writes())
next(writes())
list(writes_later())
list(writes_at_the_end())
list(writes_argument(shared))
list(yields_its_list())[0] == 1
list(uses_return())
list(generator)
next(generator)
1 in generator
list(twice.items())
list(LikeKeysView(table))
list(own_iterator)
1 in own_iterator
first(own_iterator)
coroutine()
async_generator()
numbers(3)
[numbers(3)]
numbers(3).send(None)
numbers(3).close()
numbers(3).__next__()
numbers(3).gi_frame
type(numbers(3))
isinstance(numbers(3), Bag)
""".strip().splitlines()


class GeneratorsTest(unittest.TestCase):
    maxDiff = None

    def evaluate(self, source):
        del log[:]
        answer = _capture.evaluate(source, 0, BUDGET_US)
        while answer[0] == WAITING:
            answer = _capture.evaluate(source, 0, BUDGET_US)
        self.assertEqual((log, shared, own_iterator.count), ([], [1, 2], 0), source)  # noqa: F821
        return answer

    def check(self, source):
        answer = self.evaluate(source)
        try:
            expected = eval(source)
        except Exception:
            self.assertEqual(answer[0], RAISED, (source, answer))
        else:
            self.assertEqual(answer, (ACCEPTED, expected), source)
            self.assertEqual(repr(answer[1]), repr(expected), source)

    def check_all(self, sources):
        for source in sources:
            with self.subTest(source=source):
                self.check(source)

    def test_all_is_consumed(self):
        self.check_all(CONSUMED)

    def test_no_more_is_asked_for_than_by_python(self):
        self.check_all(LAZY)

    def test_members(self):
        self.check_all(MEMBERS)

    def test_errors(self):
        self.check_all(ERRORS)

    def test_what_writes_or_is_used_up_is_refused(self):
        for source in REFUSED_ONES:
            with self.subTest(source=source):
                self.assertEqual(self.evaluate(source)[0], REFUSED, self.evaluate(source))
        self.assertEqual(list(generator), [0, 1, 2, 3, 4])  # noqa: F821

    def test_without_end(self):
        for source in ("list(forever())", "sum(forever())", "-1 in forever()", "max(endless)", "all(number >= 0 for number in forever())"):
            with self.subTest(source=source):
                self.assertEqual(_capture.evaluate(source, 0, 5000)[0], BUDGET)

    def test_chains_are_short(self):
        """They are freed in one another."""
        self.check_all(("chain_of_generators(20)", "chain_of_maps(20)", "chain_of_lambdas(20)", "one_after_the_other(500)"))
        for source in ("chain_of_generators(100000)", "chain_of_maps(100000)", "chain_of_lambdas(100000)"):
            self.assertEqual(self.evaluate(source)[0], REFUSED, source)

    def test_deep_recursion_ends(self):
        self.assertEqual(self.evaluate("list(counted_down(500))")[0], BUDGET)

    def test_nothing_runs(self):
        events = []
        sources = ("list(bag)", "sum(counted_down(5))", "any(forever())", "'a' in old", "list(tree(TREE))")
        for source in sources:
            self.evaluate(source)
        sys.setprofile(lambda frame, event, argument: events.append((event, frame.f_code.co_name)))
        answers = []
        try:
            for source in sources:
                answers.append(_capture.evaluate(source, 0, BUDGET_US)[0])
        finally:
            sys.setprofile(None)
        self.assertEqual(answers, [ACCEPTED] * len(sources))
        self.assertEqual([event for event in events if event[0] == "call"], [])

    def test_nothing_is_kept(self):
        def references():
            return [sys.getrefcount(each) for each in (shared, bag.items, numbers, globals(), squares, log)]  # noqa: F821

        sources = ("next(forever())", "list(bag)", "first(squares(shared))", "next(squares(shared))", "list(failing(2))", "list(writes_later())")
        for source in sources:
            self.evaluate(source)
        before = references()
        for source in sources * 3:
            self.evaluate(source)
        self.assertEqual(references(), before)
        self.assertIsNotNone(types)


if __name__ == "__main__":
    unittest.main()
