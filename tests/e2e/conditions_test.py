"""What conditions may cost is one allowance for all processes of an app: a flood in several ends the breakpoint, once."""

import mmap
import os
import unittest

from e2e.harness import EndToEndTest, set_breakpoint, until, wait_final

NUM_PROCESSES = 3

APP = """
    import mmap
    import os
    import sys
    import googleclouddebugger

    googleclouddebugger.enable(module="conditions", version="1")

    def step(number):
        return number  # here

    with open("counts", "r+b") as file:
        counts = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")

    process, first = 0, os.getpid()
    for i in range(1, int(sys.argv[1])):
        if os.fork() == 0:
            process = i
            break
    while process == 0 or os.getppid() == first:
        counts[process] += 1
        step(counts[process])
"""


class ConditionsTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        with open(os.path.join(self.folder, "counts"), "wb") as file:
            file.write(bytes(8 * NUM_PROCESSES))
        self.broker = self.start_broker()
        path = self.write("app.py", APP)
        with open(path, encoding="utf-8") as file:
            self.line = next(number for number, line in enumerate(file, 1) if "# here" in line)
        self.start_app(self.broker.socket_path, ["app.py", str(NUM_PROCESSES)])
        self.broker.wait_sessions(NUM_PROCESSES)
        self.debuggee = self.only_debuggee(self.broker)
        with open(os.path.join(self.folder, "counts"), "r+b") as file:
            self.counts = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")

    def wait_until_all_go_on(self):
        before = list(self.counts)
        until(lambda: all(now > was for was, now in zip(before, self.counts)), "the app goes on")

    def set(self, **fields):
        return set_breakpoint(self.broker.database, self.debuggee, "app.py:%d" % self.line, **fields)

    def test_flood_ends_the_breakpoint_and_the_app_goes_on(self):
        breakpoint_id = self.set(condition="number == -1")
        final = wait_final(self.broker.database, self.debuggee, breakpoint_id)
        self.assertEqual(final["status"]["refersTo"], "BREAKPOINT_CONDITION")
        self.assertRegex(
            final["status"]["description"]["format"],
            r"^Snapshot cancelled\. The condition evaluation (cost for all active snapshots|at this location) might affect",
        )
        self.wait_until_all_go_on()
        metrics = self.broker.metrics()
        self.assertEqual(sum(n for name, n in metrics.items() if name.startswith("snapshot_broker_breakpoints_finished_total")), 1)
        # One that asks for nothing is hit all the same.
        self.assertFalse(wait_final(self.broker.database, self.debuggee, self.set()).get("status", {}).get("isError"))

    def test_budget_of_one_evaluation(self):
        breakpoint_id = self.set(condition="any(i < 0 for i in range(10**9))")
        final = wait_final(self.broker.database, self.debuggee, breakpoint_id)
        self.assertEqual(final["status"]["refersTo"], "BREAKPOINT_CONDITION")
        self.assertIn("The condition evaluation at this location", final["status"]["description"]["format"])
        self.wait_until_all_go_on()


if __name__ == "__main__":
    unittest.main()
