"""Functions that call one another without end, in threads with little stack."""

import sys
import threading
import unittest

import _capture

ACCEPTED, REFUSED, BUDGET, WAITING = 0, 2, 4, 5


def without_end(number):
    return without_end(number + 1)


def branching(number):
    return sorted([branching(number + 1) for _ in range(2)])


def chain_of_maps():
    chain = [1]
    for _ in range(10**5):
        chain = map(abs, chain)


def chain_of_lambdas():
    chain = 1
    for _ in range(10**5):
        chain = lambda chain=chain: chain  # noqa: E731


class Endless:
    def __eq__(self, other):
        return self == other

    def __getitem__(self, key):
        return self[key]

    def __bool__(self):
        return not self

    def __len__(self):
        return len(self)

    def __str__(self):
        return f"{self}"

    def __getattr__(self, name):
        return getattr(self, name + "x")

    @property
    def pair(self):
        return [self.pair, 1] == [self.pair, 2]


SOURCES = (
    "without_end(1)", "branching(1)", "endless == 1", "endless[1]", "not endless", "len(endless)", "str(endless)", "endless.pair",
    "endless.other", "chain_of_maps()", "chain_of_lambdas()", "[[[[endless]]]] == [[[[1]]]]", "f'{endless}'", "[endless].count(1)",
)  # fmt: skip


class DepthTest(unittest.TestCase):
    def in_thread(self, size_bytes):
        answers = []
        endless = Endless()  # noqa: F841 - the expressions name it

        def evaluate_all():
            self.assertIsNotNone(endless)
            for source in SOURCES:
                answers.append(_capture.evaluate(source))

        before = threading.stack_size(size_bytes)
        thread = threading.Thread(target=evaluate_all)
        thread.start()
        threading.stack_size(before)
        thread.join()
        return answers

    def test_there_is_an_end(self):
        answers = [WAITING]
        while WAITING in answers:  # the sources of the functions are read in steps
            answers = [outcome for outcome, _ in self.in_thread(0)]
            self.assertEqual(len(answers), len(SOURCES))
        for source, answer in zip(SOURCES, answers):
            self.assertIn(answer, (BUDGET, REFUSED), source)

    def test_end_is_that_of_the_budget_or_of_the_stack(self):
        outcome, status = WAITING, None
        while outcome == WAITING:
            outcome, status = self.in_thread(0)[SOURCES.index("without_end(1)")]
        if outcome == REFUSED:
            self.assertIn("needs more of this thread's stack than there is", str(status))
        else:
            self.assertEqual(outcome, BUDGET, status)

    def test_small_stacks(self):
        smallest = 32 if sys.version_info < (3, 14) else 56  # that CPython allows
        for size_kb in (smallest, 64, 96, 128, 192, 256, 384, 512):
            for _ in range(2):
                answers = [outcome for outcome, _ in self.in_thread(size_kb * 1024)]
                self.assertEqual(len(answers), len(SOURCES))
                self.assertNotIn(ACCEPTED, answers)


if __name__ == "__main__":
    unittest.main()
