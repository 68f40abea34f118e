"""What the handler of a signal raises is the app's, also if the signal comes while an expression is evaluated."""

import itertools
import signal
import time
import unittest

import _capture

ROUNDS = 100
BIG = 1 << 3000


class Raised(Exception):
    pass


class SignalsTest(unittest.TestCase):
    def setUp(self):
        self.num_raised = 0
        self.before = signal.signal(signal.SIGALRM, self.handle)

    def tearDown(self):
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.before)

    def handle(self, number, frame):
        self.num_raised += 1
        raise Raised("text")

    def is_caught(self, source):
        numbers, big = list(range(200)), BIG  # noqa: F841 - the expressions name them
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            for _ in itertools.repeat(None):  # the jump back of a `while` is outside of the `try` for CPython 3.13
                if self.num_raised:
                    break
                _capture.evaluate(source, 0, 20000)
            for _ in range(1000):  # where it is raised again
                time.time()
        except Raised as error:
            self.assertEqual(error.args, ("text",))
            return True
        return False

    def check(self, source):
        for _ in range(ROUNDS):
            self.num_raised = 0
            self.assertTrue(self.is_caught(source), source)
            self.assertEqual(self.num_raised, 1)

    def test_in_a_repr(self):
        self.check("[str(x) + repr([x]) for x in numbers]")

    def test_in_arithmetic(self):
        self.check("[big * big % 7 for x in numbers]")

    def test_in_a_message(self):
        self.check("{}[numbers[3]]")

    def test_of_the_keyboard(self):
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        for _ in range(ROUNDS):
            with self.assertRaises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, 0.0005)
                while True:
                    _capture.evaluate("[str(x) + repr([x]) for x in range(200)]", 0, 20000)


if __name__ == "__main__":
    unittest.main()
