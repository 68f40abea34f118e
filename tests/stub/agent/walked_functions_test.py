"""Conditions that call functions of the app, while these have breakpoints of their own."""

import time
import unittest

from stub.fake_broker import DEADLINE_S, StubTest

APP = """
    import sys
    import googleclouddebugger

    googleclouddebugger.enable(module="shop", version="7")

    class User:
        def __init__(self, role):
            self.role = role

        @property
        def is_admin(self):
            role = self.role
            return role == "admin"

        def scores(self, numbers):
            key = lambda number: (
                -number
            )
            total = 0
            for number in numbers:
                total += number
            return total

    user = User("admin")

    def work(number):
        doubled = number * 2
        return doubled

    for line in sys.stdin:
        exec(line)
"""
PATH = "app.py"
LINES = {text: number for number, text in enumerate((line.strip() for line in APP.splitlines()), 0)}
PROPERTY, LAMBDA, LOOP, WORK = (LINES[text] for text in ('return role == "admin"', "-number", "for number in numbers:", "return doubled"))

STACK_BYTES = 160 * 1024  # less than the compiler is given; the stub's own functions need some tens of KB


class WalkedFunctionsTest(StubTest):
    def setUp(self):
        super().setUp()
        self.write(PATH, APP)
        self.broker = self.start_broker()
        self.app = self.start_app(PATH)
        self.session = self.broker.accept()

    def work(self, number):
        self.app.tell("print(work(%d), user.is_admin)" % number)
        self.app.expect("%d True" % (2 * number))

    def only_work(self, number):
        """The app itself does not call the property."""
        self.app.tell("print(work(%d))" % number)
        self.app.expect(str(2 * number))

    def captured(self, number_hit, work=None):
        """The first hits may be undecided: the source may have to be read by another thread."""
        work = work or self.work
        work(1)
        work(2)
        end = time.monotonic() + DEADLINE_S
        while "capture" not in self.session.pending() and time.monotonic() < end:
            work(number_hit)
        return self.session.capture("b1")["frames"][0]

    def test_condition_calls_a_property(self):
        self.session.arm("b1", PATH, WORK, condition="user.is_admin and number == 5")
        self.assertEqual(self.captured(5)["line"], WORK)

    def test_property_has_a_breakpoint_itself(self):
        self.session.arm("b2", PATH, PROPERTY, condition="role == 'nobody'")
        self.work(1)
        self.session.arm("b1", PATH, WORK, condition="user.is_admin and number == 5")
        self.assertEqual(self.captured(5)["line"], WORK)
        self.session.flush()
        self.assertNotIn("capture", self.session.pending())

    def test_property_had_a_breakpoint(self):
        self.session.arm("b2", PATH, PROPERTY, condition="role == 'nobody'")
        self.work(1)
        self.session.send(clear_breakpoint={"id": "b2"})
        self.session.flush()
        self.session.arm("b1", PATH, WORK, condition="user.is_admin and number == 5")
        self.assertEqual(self.captured(5)["line"], WORK)

    def test_property_is_given_a_breakpoint_when_it_has_been_walked(self):
        self.session.arm("b1", PATH, WORK, condition="user.is_admin and number == 5")
        self.work(1)
        self.session.arm("b2", PATH, PROPERTY, condition="role == 'nobody'")
        self.assertEqual(self.captured(5)["line"], WORK)

    def test_breakpoints_in_a_method_and_in_a_lambda_of_it(self):
        self.session.arm("b2", PATH, LOOP, condition="total == -1")
        self.session.arm("b3", PATH, LAMBDA, condition="number == -1")
        self.app.tell("print(user.scores([1, 2]))")
        self.app.expect("3")
        self.session.arm("b1", PATH, WORK, condition="user.scores([1, 2, number]) == 8")
        self.assertEqual(self.captured(5)["line"], WORK)

    def test_condition_that_keeps_waiting_is_told(self):
        """In a thread whose stack has too little room for the compiler."""
        self.session.arm("b1", PATH, WORK, condition="user.is_admin and number == 5")
        self.app.tell("import threading; threading.stack_size(%d)" % STACK_BYTES)
        self.app.tell("ended = threading.Event()")
        self.app.tell("thread = threading.Thread(target=lambda: [None for _ in iter(lambda: ended.wait(work(1) / 1000), True)])")
        self.app.tell("thread.start(); print('started')")
        self.app.expect("started")
        note = self.session.state("b1", "NOTE")
        self.assertEqual(note["status"]["refers_to"], "BREAKPOINT_CONDITION")
        self.assertIn("needs more of this thread's stack", str(note["status"]))
        self.app.tell("ended.set(); thread.join(); print('ended')")
        self.app.expect("ended")
        self.assertEqual(self.captured(5)["line"], WORK, "it is still there")

    def work_in_small_thread(self, number):
        """Where no source can be compiled."""
        self.app.tell("import threading; threading.stack_size(%d)" % STACK_BYTES)
        self.app.tell("thread = threading.Thread(target=work, args=(%d,)); thread.start(); thread.join(); threading.stack_size(0)" % number)

    def value_after_being_put_off(self, number):
        """Of an expression that calls a function which was never walked before."""
        self.write("shop%d.py" % number, "def is_even(number):\n    return number % 2 == 0\n")
        self.app.tell("import shop%d" % number)
        self.session.arm("b%d" % number, PATH, WORK, expressions=["shop%d.is_even(number)" % number])
        self.work_in_small_thread(1)
        self.app.tell("work_for_a_while()")
        return self.session.capture("b%d" % number)["expressions"][0]

    def test_expression_that_is_put_off_has_its_value_at_a_later_hit(self):
        """Unless the machine takes a second for that: another may have more luck."""
        self.app.tell("import time")
        self.app.tell("work_for_a_while = lambda: [(work(2), time.sleep(0.01)) for _ in range(30)]")
        values = []
        while len(values) < 10 and {"singleton": "TRUE"} not in values:
            values.append(self.value_after_being_put_off(len(values)))
        self.assertIn({"singleton": "TRUE"}, values)

    def test_snapshot_is_sent_as_it_is_if_no_later_hit_comes(self):
        self.session.arm("b1", PATH, WORK, expressions=["user.is_admin", "number"])
        self.work_in_small_thread(1)
        capture = self.session.capture("b1")
        self.assertIn("needs more of this thread's stack", str(capture["expressions"][0]))
        self.work(2)
        self.session.flush()
        self.assertNotIn("capture", self.session.pending())

    def test_snapshot_that_is_kept_is_sent_before_the_app_ends(self):
        self.session.arm("b1", PATH, WORK, expressions=["user.is_admin"])
        self.work_in_small_thread(1)
        self.assert_quiet_end(self.app)
        self.assertIn("needs more of this thread's stack", str(self.session.capture("b1")["expressions"]))

    def test_snapshot_that_is_kept_is_the_parents(self):
        self.app.tell("import os; gate = os.pipe()")
        self.session.arm("b1", PATH, WORK, expressions=["user.is_admin"])
        self.work_in_small_thread(1)
        self.app.tell("pid = os.fork() or (os.read(gate[0], 1), sys.exit(0))")
        child = self.broker.accept_where(lambda pid: pid != self.app.pid)
        child.flush()
        self.app.tell("os.write(gate[1], b'.'); os.waitpid(pid, 0)")
        child.wait_end()
        self.assertNotIn("capture", [kind for kind, _ in child.unread])
        self.session.capture("b1")

    def test_breakpoint_of_a_property_is_not_hit_by_a_condition(self):
        self.session.arm("b2", PATH, PROPERTY)
        self.session.arm("b1", PATH, WORK, condition="number == 5 and user.is_admin")
        self.assertEqual(self.captured(5, self.only_work)["line"], WORK)
        self.session.flush()
        self.assertNotIn("capture", self.session.pending())


if __name__ == "__main__":
    unittest.main()
