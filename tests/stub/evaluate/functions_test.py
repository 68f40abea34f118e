"""Functions of the app in expressions: their source is walked, no frame of theirs is run."""

import functools
import sys
import unittest

import _capture

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5
BUDGET_US = 1000000  # the machine may be busy
LIMIT = 10
MODULE_LEVEL = [1, 2]
calls = []


class Base:
    kind = "base"

    def __init__(self, role="admin"):
        self.role = role
        self.items = [1, 2, 3, 4]
        self.__secret = 5

    def greet(self, times=1):
        return "base" * times

    @property
    def label(self):
        return "label of " + self.kind

    def secret(self):
        return self.__secret

    @classmethod
    def named(cls, suffix):
        return cls.__name__ + suffix


class User(Base):
    kind = "user"

    @property
    def is_admin(self):
        """A docstring is nothing."""
        return self.role == "admin"

    def greet(self, times=1):
        return "user " + super().greet(times)

    @property
    def label(self):
        return "<" + super().label + ">"

    @classmethod
    def named(cls, suffix):
        return super().named("*" + suffix)

    @staticmethod
    def double(number):
        return number * 2

    def total(self):
        result = 0
        for item in self.items:
            if item == 2:
                continue
            result += item
        return result

    def first_over(self, limit):
        for item in self.items:
            if item > limit:
                break
        else:
            return None
        return item

    def count_down(self, number):
        steps = 0
        while number > 0:
            number -= 1
            if number == 3:
                continue
            steps = steps + 1
        else:
            steps += 100
        return steps

    def find(self, key):
        try:
            value = {"a": 1, "b": 0}[key]
            return 1 / value
        except KeyError:
            return "no such key"
        except (ZeroDivisionError, ValueError) as error:
            return "no such number"

    def cleaned(self, key):
        found = []
        try:
            found = [key]
            int(key)
        except ValueError:
            found = found + ["bad"]
        else:
            found = found + ["good"]
        finally:
            found = found + ["done"]
        return found

    def collected(self, *values, separator="-", **others):
        return separator.join(values), others

    def unpacked(self):
        (first, second), third = (self.items[:2], 9)
        return first, second, third

    def comprehended(self):
        limit = 2
        return [item * factor for item in self.items if item > limit for factor in (1, 10)]

    def checked(self, value):
        assert value > 0, "not positive"
        return value

    def failing(self):
        raise ValueError("told so")

    def failing_without_text(self):
        raise LookupError

    def put(self):
        self.items.append(5)

    def write(self):
        self.role = "other"

    def write_item(self):
        self.items[0] = 7

    def write_in_place(self):
        items = self.items
        items += [5]

    def write_global(self):
        global LIMIT
        LIMIT = 11

    def write_in_the_other_branch(self):
        if self.role == "nobody":
            self.role = "other"
        return self.role

    def only_read_when_bound(self, flag):
        if flag:
            value = 1
        return value

    def forgotten(self):
        value = 1
        del value
        return value

    def importing(self):
        import snapshot_no_such_module

        return snapshot_no_such_module

    def generating(self):
        yield 1

    def with_block(self):
        with open("/dev/null") as file:
            return file

    def conditional(self, value):
        return "big" if value > LIMIT else "small"

    def __call__(self, number):
        return number + 1


def make_list(numbers):
    result = []
    for number in numbers:
        result.append(number * 2)
    result.extend((0, 1))
    result += [9]
    result[0] = "first"
    result[-1] += 1
    return result


def make_dict(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    for word in words:
        counts[word] += 10
    return counts


def make_set(words):
    seen = set()
    for word in words:
        if word in seen:
            return word
        seen.add(word)
    return len(seen)


def make_groups(words):
    groups = {}
    for word in words:
        if word not in groups:
            groups[word] = []
        groups[word].append(1)  # it is in the dict as well
    return groups


def change_argument(numbers):
    numbers.append(1)


def change_copy(numbers):
    numbers = list(numbers)
    numbers.append(1)
    return numbers


def change_alias(numbers):
    result = numbers
    result.append(1)


def change_item_of_argument(numbers):
    numbers[0] = 1


def change_item_in_place(numbers):
    numbers[0] += 1


def change_what_is_held_elsewhere(numbers):
    result = []
    holder = (result,)
    result.append(1)
    return holder


def change_while_going_over_it():
    result = [1]
    for item in result:
        result.append(item)


def change_into_itself():
    result = []
    result.append(result)


def change_default(number, into=[]):
    into.append(number)
    return into


def change_global():
    MODULE_LEVEL.append(1)


def change_element(lists):
    first = lists[0]
    first.append(1)


def factorial(number):
    return 1 if number <= 1 else number * factorial(number - 1)


def without_end(number):
    return without_end(number + 1)


def is_even(number):
    return number == 0 or is_odd(number - 1)


def is_odd(number):
    return number != 0 and is_even(number - 1)


def adder(amount):
    def add(number):
        return number + amount

    return add


def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        calls.append(1)
        return function(*args, **kwargs)

    return wrapper


def passed_on(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@counted
def counted_function(number):
    return number


@passed_on
@passed_on
def twice_decorated(number, *, factor=2):
    return number * factor


add_ten = adder(10)
multiply = lambda first, second=3: first * second  # noqa: E731
handlers = {"half": lambda number: number / 2}


def with_defaults(first, second=[1], *, third="x"):
    return first, second, third


class FunctionsTest(unittest.TestCase):
    def evaluate(self, source):
        user, key = User(), "key"
        before = dict(user.__dict__, items=list(user.items)), list(calls), LIMIT
        answer = _capture.evaluate(source, 0, BUDGET_US)
        while answer[0] == WAITING:  # there was too much to be read at once
            answer = _capture.evaluate(source, 0, BUDGET_US)
        self.assertEqual((dict(user.__dict__, items=user.items), calls, LIMIT), before)
        self.assertIsNotNone(key)
        return answer

    def check_values(self, values):
        user = User()  # noqa: F841 - the expressions of the tests name it
        for source, value in values.items():
            with self.subTest(source=source):
                self.assertEqual(self.evaluate(source), (ACCEPTED, value))

    def check_outcome(self, outcome, sources):
        for source in sources:
            with self.subTest(source=source):
                self.assertEqual(self.evaluate(source)[0], outcome, self.evaluate(source))

    def test_properties_and_methods(self):
        self.check_values(
            {
                "user.is_admin": True,
                "not user.is_admin or user.role": "admin",
                "user.label": "<label of user>",
                "user.greet()": "user base",
                "user.greet(2)": "user basebase",
                "user.greet(times=3)": "user basebasebase",
                "User.greet(user, 1)": "user base",
                "Base.greet(user, 1)": "base",
                "user.secret()": 5,
                "user.named('!')": "User*!",
                "User.named('!')": "User*!",
                "Base.named('!')": "Base!",
                "user.double(4)": 8,
                "User.double(4)": 8,
                "user(41)": 42,
                "getattr(user, 'is_admin')": True,
                "[user.double(i) for i in (1, 2)]": [2, 4],
                "user.greet.__name__ if False else user.role": "admin",
            }
        )

    def test_statements(self):
        self.check_values(
            {
                "user.total()": 8,
                "user.first_over(2)": 3,
                "user.first_over(20)": None,
                "user.count_down(5)": 104,
                "user.find('a')": 1.0,
                "user.find('b')": "no such number",
                "user.find('c')": "no such key",
                "user.cleaned('5')": ["5", "good", "done"],
                "user.cleaned('x')": ["x", "bad", "done"],
                "user.collected('a', 'b')": ("a-b", {}),
                "user.collected('a', 'b', separator='+', more=1)": ("a+b", {"more": 1}),
                "user.unpacked()": (1, 2, 9),
                "user.comprehended()": [3, 30, 4, 40],
                "user.checked(1)": 1,
                "user.write_in_the_other_branch()": "admin",
                "user.only_read_when_bound(1)": 1,
                "user.conditional(11) + user.conditional(10)": "bigsmall",
            }
        )

    def test_functions(self):
        self.check_values(
            {
                "factorial(10)": 3628800,
                "is_even(10), is_odd(7)": (True, True),
                "add_ten(5)": 15,
                "multiply(2)": 6,
                "multiply(2, second=5)": 10,
                "handlers['half'](3)": 1.5,
                "twice_decorated(4)": 8,
                "twice_decorated(4, factor=3)": 12,
                "with_defaults(0)": (0, [1], "x"),
                "with_defaults(0, third='y', second=2)": (0, 2, "y"),
            }
        )

    def test_exceptions(self):
        self.check_outcome(
            RAISED,
            (
                "user.checked(0)",
                "user.failing()",
                "user.failing_without_text()",
                "user.only_read_when_bound(0)",
                "user.forgotten()",
                "user.find([])",
                "user.total(1)",
                "user.greet(1, 2)",
                "user.greet(other=2)",
                "user.greet(1, times=2)",
                "multiply()",
                "factorial('a')",
                "with_defaults(1, 2, 3)",
            ),
        )
        self.assertEqual(self.evaluate("user.failing()")[1][2], ["told so"])
        self.assertEqual(self.evaluate("user.checked(0)")[1][2], ["not positive"])

    def test_what_is_raised_is_caught_by_its_class(self):
        answers = []

        def division():
            return 1 // 0

        def outer():
            try:
                return division()
            except ArithmeticError:
                return "arithmetic"

        def wrong():
            try:
                return division()
            except LookupError:
                return "lookup"

        for source in ("outer()", "wrong()", "hasattr(division, 'x')"):
            answers.append(_capture.evaluate(source, 0, BUDGET_US)[:1] + _capture.evaluate(source, 0, BUDGET_US)[1:][:1])
        self.assertEqual(answers[0], (ACCEPTED, "arithmetic"))
        self.assertEqual(answers[1][0], RAISED)
        self.assertIsNotNone((outer, wrong))

    def test_what_would_change_something_is_refused(self):
        self.check_outcome(
            REFUSED,
            (
                "user.put()",
                "user.write()",
                "user.write_item()",
                "user.write_in_place()",
                "user.write_global()",
                "counted_function(1)",
                "user.importing()",
                "user.with_block()",
                "user.missing_function if False else User('x')",
            ),
        )

    def test_the_reason_is_told(self):
        self.assertIn("assigns an attribute in line", self.evaluate("user.write()")[1][2][0])
        self.assertIn("imports `snapshot_no_such_module`, which is not loaded", self.evaluate("user.importing()")[1][2][0])

    def test_containers_that_the_function_has_made(self):
        self.check_values(
            {
                "make_list([1, 2])": ["first", 4, 0, 1, 10],
                "make_list([1, 2]) == make_list((1, 2))": True,
                "make_dict(['a', 'b', 'a'])": {"a": 22, "b": 11},
                "make_set('abcb'), make_set('abc')": ("b", 3),
                "change_copy(MODULE_LEVEL)": [1, 2, 1],
            }
        )

    def test_containers_that_others_know(self):
        self.check_outcome(
            REFUSED,
            (
                "make_groups('aab')",
                "change_argument(MODULE_LEVEL)",
                "change_argument([])",
                "change_alias(MODULE_LEVEL)",
                "change_item_of_argument(MODULE_LEVEL)",
                "change_item_in_place(MODULE_LEVEL)",
                "change_what_is_held_elsewhere(1)",
                "change_while_going_over_it()",
                "change_into_itself()",
                "change_default(1)",
                "change_global()",
                "change_element([MODULE_LEVEL])",
            ),
        )
        self.assertEqual((MODULE_LEVEL, change_default.__defaults__), ([1, 2], ([],)))

    def test_recursion_without_end(self):
        self.check_outcome(BUDGET, ("without_end(0)",))

    def test_nothing_runs(self):
        events = []
        sys.setprofile(lambda frame, event, argument: events.append((event, frame.f_code.co_name)))
        try:
            user = User()
            del events[:]
            answer = _capture.evaluate("user.is_admin and factorial(5) and user.greet(2)", 0, BUDGET_US)
        finally:
            sys.setprofile(None)
        self.assertEqual(answer, (ACCEPTED, "user basebase"))
        self.assertEqual([event for event in events if event[0] == "call"], [])
        self.assertIsNotNone(user)

    def setUp(self):
        self.maxDiff = None


if __name__ == "__main__":
    unittest.main()
