"""Two hosts and eight workers reach the same lines: each snapshot has one result.

NUM_RACES says how many snapshots (24 if it is not set).
"""

import os
import sys
import unittest

from e2e.harness import until
from faults.firebase_world import FIRST_LINE, NUM_LINES, FirebaseTest

NUM_RACES = int(os.environ.get("NUM_RACES") or 24)
NUM_WORKERS = 8


class RaceTest(FirebaseTest):
    def start_hosts(self):
        self.start_all()
        folder = os.path.join(self.folder, "second")
        os.makedirs(folder)
        self.brokers = [self.broker, self.start_the_broker(folder=folder)]
        for number in range(1, NUM_WORKERS):
            self.start_the_app(self.brokers[number % 2], "worker%d" % number)
        for broker in self.brokers:
            broker.wait_sessions(NUM_WORKERS // 2)

    def race(self, count):
        new = [self.set("app.py:%d" % (FIRST_LINE + i)) for i in range(count)]
        self.asked += new
        for broker in self.brokers:
            until(lambda: broker.metrics()["snapshot_broker_breakpoints_armed"] == count, "%d to be armed" % count)
        self.write("go", "")
        until(lambda: set(new) <= self.done(), "the results")
        self.pause()

    def test_one_result_each(self):
        self.start_hosts()
        self.assertEqual(len(self.database.get("cdbg/debuggees")), 1)
        while len(self.asked) < NUM_RACES:
            self.race(min(NUM_LINES, NUM_RACES - len(self.asked)))
        self.check_records()
        self.check_counts(self.brokers)
        metrics = [broker.metrics() for broker in self.brokers]
        delivered = [m["snapshot_broker_captures_delivered_total"] for m in metrics]
        lost = [m['snapshot_broker_captures_dropped_total{reason="lost_race"}'] for m in metrics]
        print("%d races: delivered %s, lost to the other host %s" % (NUM_RACES, delivered, lost), file=sys.stderr)
        self.assertEqual(sum(delivered), NUM_RACES)


if __name__ == "__main__":
    unittest.main()
