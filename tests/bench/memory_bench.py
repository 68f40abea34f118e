"""What the stub adds to the resident memory of an app: enabled, with breakpoints, and after snapshots. Prints a table.

The aim is under 1.5 MB. The app is run without the stub and with it, in turns; its memory is that of smaps_rollup. Run by
tests/bench/run.
"""

import statistics
import unittest

from e2e.harness import EndToEndTest, set_breakpoint, until, wait_final

ROUNDS = 5

APP = """
    import sys
    import json, logging, threading  # what every app has loaded
    if sys.argv[1] == "with":
        import googleclouddebugger
        googleclouddebugger.enable(module="memory", version="1")

    def step(number):
        text = "x" * 1000
        values = {"key_%d" % i: [i, text] for i in range(100)}
        return values, number

    print("ready", flush=True)
    stop = threading.Event()
    while not stop.wait(0.001):
        step(5)
"""
LINE = 11


def resident_kib(pid):
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Rss:"))


class Memory(EndToEndTest):
    def test_print_figures(self):
        broker = self.start_broker()
        self.write("app.py", APP)
        figures = {"without": [], "with": [], "with, after 10 snapshots": []}
        for turn in range(ROUNDS):
            for mode in ("without", "with"):
                app = self.start_app(broker.socket_path, ["app.py", mode], name="app_%d_%s" % (turn, mode))
                until(lambda: "ready" in app.log(), "the app's start")
                if mode == "with":
                    broker.wait_sessions(1)
                figures[mode].append(resident_kib(app.process.pid))
                if mode == "with":
                    debuggee = self.only_debuggee(broker)
                    for _ in range(10):
                        breakpoint_id = set_breakpoint(broker.database, debuggee, "app.py:%d" % LINE)
                        wait_final(broker.database, debuggee, breakpoint_id)
                    figures["with, after 10 snapshots"].append(resident_kib(app.process.pid))
                app.stop()
        base = statistics.median(figures["without"])
        for name, values in figures.items():
            print("%-28s %8d KiB  %+6d KiB" % (name, statistics.median(values), statistics.median(values) - base))


if __name__ == "__main__":
    unittest.main()
