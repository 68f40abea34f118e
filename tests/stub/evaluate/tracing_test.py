"""Tracers, profilers and monitoring tools see the events that they see without the debugger, also where functions are walked."""

import sys
import threading
import unittest

import _capture

WAITING = 5  # the source of a function is being read

SOURCES = [
    "number == -1", "items[0] > 2 and user.name == 'bob'", "any(i < 0 for i in items)", "[i for i in items if i > 1]", "helper(number)", "user.title", "user.is_adult()",
    "user == user", "len(user)", "user[0]", "2 in user", "bool(user)", "sorted(items, key=helper)", "missing", "1 / 0", "fails(number)", "user.fails", "items.append(1)", "2+", "changes(items)",
    "recursive(5)", "generates(items)", "f'{user.title} {number}'", "'%s' % user", "user.missing", "hasattr(user, 'title')", "sum(range(10**12))", "print(1)", "(lambda x: helper(x))(5)",
]  # fmt: skip


def helper(value):
    total = 0
    for i in range(3):
        if i != value:
            total += i
    return total + value


def fails(value):
    try:
        raise KeyError(value)
    except ValueError:
        return 1


def changes(value):
    value.append(1)
    return value


def recursive(value):
    return 0 if value == 0 else 1 + recursive(value - 1)


def generates(value):
    return sum(item for item in value)


class User:
    def __init__(self):
        self.name, self.age = "bob", 42

    @property
    def title(self):
        return self.name.upper() + " is %d" % self.age

    @property
    def fails(self):
        return self.age / 0

    def is_adult(self):
        return self.age >= 18

    def __eq__(self, other):
        return self.age == other.age

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return index

    def __contains__(self, item):
        return item == 2

    def __str__(self):
        return self.name


def app(probe, sources):
    """The app with something where the debugger is: a function of C that evaluates, or one that does not."""
    number, items, user = 5, [3, 1, 2], User()
    used = 0
    for source in sources:
        number += 1
        probe(source)
        used += len(items) + helper(number) + user.age
    try:
        used += items[100]
    except IndexError:
        used += number
    return used, user


def name_of(argument):
    return "builtin" if type(argument) is type(len) else argument


def traced(probe):
    events = []

    def trace(frame, event, argument):
        events.append((event, frame.f_code.co_name, frame.f_lineno, str(argument)[:60] if event == "exception" else None))
        return trace

    sys.settrace(trace)
    app(probe, SOURCES)
    kept = sys.gettrace()
    sys.settrace(None)
    assert kept is trace
    return [event for event in events if event[1] != "traced"]


def profiled(probe):
    events = []

    def profile(frame, event, argument):
        events.append((event, frame.f_code.co_name, frame.f_lineno, name_of(argument) if event.startswith("c_") else None))

    sys.setprofile(profile)
    app(probe, SOURCES)
    kept = sys.getprofile()
    sys.setprofile(None)
    assert kept is profile
    return [event for event in events if event[1] != "profiled"]


def monitored(probe):
    events = []
    monitoring = sys.monitoring
    tool = 4
    monitoring.use_tool_id(tool, "test")
    wanted = 0
    for name in ("PY_START", "PY_RETURN", "PY_UNWIND", "LINE", "CALL", "JUMP", "RAISE", "EXCEPTION_HANDLED"):
        number = getattr(monitoring.events, name)

        def callback(code, *arguments, name=name):
            if code is not monitored.__code__:
                events.append((name, getattr(code, "co_name", code), [argument for argument in arguments if isinstance(argument, int)]))

        wanted |= number
        monitoring.register_callback(tool, number, callback)
    monitoring.set_events(tool, wanted)
    app(probe, SOURCES)
    kept = monitoring.get_events(tool)
    monitoring.set_events(tool, 0)
    monitoring.free_tool_id(tool)
    assert kept == wanted, (kept, wanted)
    return events


class TracingTest(unittest.TestCase):
    def compare(self, observe, number_least):
        app(_capture.evaluate, SOURCES)  # what code specializes itself for is the same afterwards
        without = observe(len)
        self.assertEqual(observe(len), without)
        self.assertGreater(len(without), number_least)
        for probe in (_capture.evaluate, _capture.condition):
            self.assertEqual(observe(probe), without)
            self.assertEqual(observe(probe), without)
        self.assertEqual(observe(len), without)

    def test_settrace(self):
        self.compare(traced, 300)

    def test_setprofile(self):
        self.compare(profiled, 150)

    @unittest.skipUnless(hasattr(sys, "monitoring"), "3.12")
    def test_monitoring(self):
        self.compare(monitored, 300)

    def test_functions_are_walked(self):
        """Else the others would show nothing."""
        number, items, user = 5, [3, 1, 2], User()
        answers = []
        for source in ("helper(number)", "user.title", "user.is_adult()", "len(user)"):
            outcome = WAITING
            while outcome == WAITING:
                outcome = _capture.evaluate(source)[0]
            answers.append(outcome)
        self.assertEqual((answers, number, items, user.age), ([0, 0, 0, 0], 5, [3, 1, 2], 42))

    def test_tracer_of_another_thread(self):
        events, go, done = [], threading.Event(), threading.Event()

        def trace(frame, event, argument):
            if frame.f_code is work.__code__:
                events.append((event, frame.f_lineno))
            return trace

        def work():
            go.wait()
            value = 1
            done.wait()
            return value

        threading.settrace(trace)
        thread = threading.Thread(target=work)
        thread.start()
        threading.settrace(None)
        go.set()
        app(_capture.evaluate, SOURCES)
        done.set()
        thread.join()
        self.assertEqual([event for event, _ in events], ["call", "line", "line", "line", "line", "return"])

    def test_the_frames_own_tracer_and_the_error_at_hand(self):
        number, error = 5, ValueError("at hand")
        frame = sys._getframe()
        try:
            raise error
        except ValueError:
            before = sys.exc_info()[:2], frame.f_trace
            for source in SOURCES:
                _capture.evaluate(source)
                self.assertIs(sys.exc_info()[1], error)
            after = sys.exc_info()[:2], frame.f_trace
        self.assertEqual((after, number), (before, 5))
        self.assertIsNone(error.__context__)


if __name__ == "__main__":
    unittest.main()
