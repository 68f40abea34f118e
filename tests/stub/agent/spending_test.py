"""What the processes of an app may use together: a stub tells what it has used, and gets back what the broker has."""

import time
import unittest

from stub.fake_broker import DEADLINE_S, StubTest

APP = """
    import sys
    import googleclouddebugger

    googleclouddebugger.enable(module="shop", version="7")

    def work(number):
        doubled = number * 2
        return doubled

    for line in sys.stdin:
        exec(line)
"""
LINE = 8  # return doubled
PATH = "app.py"


class SpendingTest(StubTest):
    def start(self, **quota):
        self.write(PATH, APP)
        self.broker = self.start_broker()
        self.app = self.start_app(PATH)
        self.session = self.broker.accept(quota=dict(quota, is_unlimited=True))

    def work(self, count):
        self.app.tell("print(sum(work(1) for _ in range(%d)))" % count)
        self.app.expect(str(2 * count))

    def test_snapshot_without_a_token_stays_armed_until_there_is_one(self):
        self.start(num_snapshots=2)
        for number in range(3):
            self.session.arm("b%d" % number, PATH, LINE)
        self.work(1)
        self.session.flush()
        captures = [fields["breakpoint_id"] for kind, fields in self.session.unread if kind == "capture"]
        self.assertEqual(len(captures), 2)
        self.assertEqual(self.session.receive("quota_request"), {"num_snapshots": 1})
        self.assertEqual(self.session.receive("quota_request"), {"num_snapshots": 1})
        self.session.unread = []
        self.session.send(quota_lease={"num_snapshots": 1})
        self.session.flush()
        end = time.monotonic() + DEADLINE_S
        while "capture" not in self.session.pending() and time.monotonic() < end:
            self.work(1)
        self.assertNotIn(self.session.receive("capture")["breakpoint_id"], captures)

    def test_broker_that_does_not_count_is_told_nothing(self):
        self.start()
        for number in range(30):
            self.session.arm("b%d" % number, PATH, LINE)
        self.work(1)
        self.session.flush()
        self.assertEqual(self.session.pending().count("capture"), 30)
        self.assertNotIn("quota_request", self.session.pending())

    def test_time_of_conditions_is_told_and_ends_the_breakpoint_when_it_does_not_come_back(self):
        self.start(condition_cost_us=1000)
        self.session.arm("b1", PATH, LINE, condition="number == 7")
        told = 0
        end = time.monotonic() + DEADLINE_S
        while "breakpoint_state" not in self.session.pending() and time.monotonic() < end:
            self.work(10000)
        for kind, fields in self.session.unread:
            told += fields.get("condition_cost_us", 0) if kind == "quota_request" else 0
        self.assertGreaterEqual(told, 750)
        status = self.session.state("b1", "FAILED")["status"]
        self.assertIn("for all active snapshots", status["format"])

    def test_time_that_comes_back_keeps_it(self):
        self.start(condition_cost_us=20000)
        self.session.send(limits={"condition_cost_permille": 1000})  # the half that one condition may take is never used up
        self.session.arm("b1", PATH, LINE, condition="number == 7")
        given = 0
        end = time.monotonic() + DEADLINE_S
        while given < 60000 and time.monotonic() < end:
            self.work(100)
            self.session.flush()
            for kind, fields in self.session.unread:
                self.assertNotEqual(kind, "breakpoint_state")
                if kind == "quota_request":
                    given += fields["condition_cost_us"]
                    self.session.send(quota_lease={"condition_cost_us": fields["condition_cost_us"]})
            self.session.unread = []
            self.session.flush()
        self.assertGreaterEqual(given, 60000)  # three times what it may take without any back


if __name__ == "__main__":
    unittest.main()
