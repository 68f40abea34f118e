"""How long a user waits, and what the broker costs at rest. Prints a table; asserts nothing.

  set -> armed       from the answer to the PUT of the breakpoint until a worker's line takes the snapshot
  hit -> readable    from the hit until final/<id> is in the REST answer, polled without a pause
  at rest            resident memory of a broker with two stubs, and its wakeups per second (context switches)

The app's workers call the line every 0.2 ms, so "armed" is late by at most that. Run by tests/bench/run.
"""

import os
import statistics
import time
import unittest

from e2e.harness import EndToEndTest, set_breakpoint

ROUNDS = 100

APP = """
    import os
    import threading
    import time
    import googleclouddebugger

    googleclouddebugger.enable(module="latency", version="1")
    os.fork()

    def step():
        now = time.time_ns()
        return now

    stop = threading.Event()
    while not stop.wait(0.0002):
        step()
"""
TARGET = "app.py:12"


def quantiles(values):
    ordered = sorted(values)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.9)], ordered[-1]


def status_of(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return dict(line.split(":", 1) for line in file)


class Latency(EndToEndTest):
    def test_print_figures(self):
        broker = self.start_broker()
        self.write("app.py", APP)
        self.start_app(broker.socket_path, ["app.py"])
        debuggee = self.only_debuggee(broker)
        broker.wait_sessions(2)

        armed_ms, readable_ms = [], []
        for _ in range(ROUNDS):
            breakpoint_id = set_breakpoint(broker.database, debuggee, TARGET)
            set_at = time.time_ns()
            while not broker.database.get("cdbg/breakpoints/%s/final/%s" % (debuggee, breakpoint_id)):
                pass
            readable_at = time.time_ns()
            snapshot = broker.database.get("cdbg/breakpoints/%s/snapshot/%s" % (debuggee, breakpoint_id))
            hit_at = int(next(v for v in snapshot["stackFrames"][0]["locals"] if v["name"] == "now")["value"])
            armed_ms.append((hit_at - set_at) / 1e6)
            readable_ms.append((readable_at - hit_at) / 1e6)

        print("\n%-18s %10s %10s %10s   aim" % ("", "median", "p90", "worst"))
        for name, values, aim in (("set -> armed", armed_ms, "< 20 ms"), ("hit -> readable", readable_ms, "< 50 ms")):
            print("%-18s %7.2f ms %7.2f ms %7.2f ms   %s" % (name, *quantiles(values), aim))

        for process in self._processes[1:]:
            os.kill(process.pid, 19)  # the workers stop: the broker is at rest
        before = status_of(broker.pid)
        interval_s = 10
        time.sleep(interval_s)  # an interval is what is measured here
        after = status_of(broker.pid)
        wakeups = int(after["voluntary_ctxt_switches"]) - int(before["voluntary_ctxt_switches"])
        print("%-18s %s RSS (aim < 12 MB), %.1f wakeups/s" % ("at rest, 2 stubs", after["VmRSS"].strip(), wakeups / interval_s))
        for process in self._processes[1:]:
            os.kill(process.pid, 18)


if __name__ == "__main__":
    unittest.main()
