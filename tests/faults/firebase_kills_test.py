"""The broker is killed at random points, again and again, with results under way.

NUM_KILLS says how often (10 if it is not set), KILL_SEED makes it the same again.
"""

import os
import random
import signal
import sys
import time
import unittest

from e2e.harness import until
from faults.firebase_world import FIRST_LINE, NUM_LINES, FirebaseTest

NUM_KILLS = int(os.environ.get("NUM_KILLS") or 10)
NUM_AT_ONCE = 3
LONGEST_S = 0.3  # from setting the breakpoints to the kill: a delivery takes some tens of milliseconds


class KillsTest(FirebaseTest):
    def test_killed_at_random_points(self):
        seed = int(os.environ.get("KILL_SEED") or random.randrange(1 << 30))
        print("KILL_SEED=%d NUM_KILLS=%d" % (seed, NUM_KILLS), file=sys.stderr)
        chance = random.Random(seed)
        recoveries = []
        self.start_all()
        self.write("go", "")
        for number in range(NUM_KILLS):
            ids = [self.set("app.py:%d" % (FIRST_LINE + i % NUM_LINES)) for i in range(NUM_AT_ONCE)]
            self.asked += ids
            time.sleep(chance.uniform(0, LONGEST_S))  # the point is random
            self.broker.stop(signal.SIGKILL)
            self.broker.start()
            begin = time.monotonic()
            until(lambda: set(ids) <= self.done(), "the results of round %d" % number, 90)
            recoveries.append(time.monotonic() - begin)
        print(
            "recovery after %d kills: median %.2f s, longest %.2f s"
            % (NUM_KILLS, sorted(recoveries)[len(recoveries) // 2], max(recoveries)),
            file=sys.stderr,
        )
        self.recovered("the last kill")
        self.assertIsNone(self.app.process.poll())


if __name__ == "__main__":
    unittest.main()
