"""Logpoints: what a hit costs the app's thread, delivered and out of quota; how many messages arrive from one, eight and 64
processes; how many entries the broker writes with a second of one core. Prints tables; asserts nothing.

Run by tests/bench/run, with STUB_PATH and SNAPSHOT_BROKER.
"""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from broker.stub_by_hand import StubByHand, encode
from e2e.harness import Broker, set_breakpoint, until

ORIGINAL_US = 42
NO_QUOTAS = ["--%s-rate=0" % name for name in ("log", "log-bytes", "total-log", "total-log-bytes")]
NUM_ENTRIES = 200000
SECONDS = 10

APP = """
import os, sys, time
import googleclouddebugger
googleclouddebugger.enable(module=sys.argv[1], version="1")

def work(number, text):
    return number  # line 6

def timed(count):
    begin = time.perf_counter_ns()
    for number in range(count):
        work(number, "text")
    return (time.perf_counter_ns() - begin) / count

# The others begin when the first closes the pipe.
readable, writable = os.pipe()
first = os.getpid()
for _ in range(int(sys.argv[2]) - 1):
    if os.fork() == 0:
        os.close(writable)
        os.read(readable, 1)
        while os.getppid() == first:
            timed(1000000)
        os._exit(0)

for line in sys.stdin:
    print(eval(line), flush=True)
"""
LINE = 6


class App:
    def __init__(self, path, broker, module, num_processes):
        env = dict(os.environ, PYTHONPATH=os.environ["STUB_PATH"], SNAPSHOT_BROKER_SOCKET=broker.socket_path)
        self.process = subprocess.Popen(
            [sys.executable, path, module, str(num_processes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            universal_newlines=True,
            start_new_session=True,
        )

    def tell(self, expression):
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()

    def ask(self, expression):
        self.tell(expression)
        return eval(self.process.stdout.readline())

    def stop(self):
        with contextlib.suppress(ProcessLookupError):  # it has ended: the cause is told elsewhere
            os.killpg(self.process.pid, signal.SIGKILL)  # with the processes that it has forked
        self.process.wait()


@contextlib.contextmanager
def started(num_stubs, modules, *arguments):
    """A broker that logs to a file, and so many processes of apps, each with a logpoint with two expressions."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "app.py")
        with open(path, "w", encoding="utf-8") as file:  # once: an app that begins may find it empty while it is written
            file.write(APP.lstrip())
        broker = Broker(folder, "--log-output=file:" + os.path.join(folder, "log"), *arguments)
        apps = [App(path, broker, "bench%d" % number, num_stubs // modules) for number in range(modules)]
        try:
            until(lambda: broker.metrics()["snapshot_broker_sessions"] == num_stubs, "the stubs", 300)
            debuggees = until(
                lambda: [d for d in [broker.database.get("cdbg/debuggees")] if d and len(d) == modules], "debuggees"
            )[0]
            for debuggee in debuggees:
                set_breakpoint(
                    broker.database,
                    debuggee,
                    "app.py:%d" % LINE,
                    action="LOG",
                    expressions=["number", "text"],
                    logMessageFormat="number $0 of $1",
                )
            until(lambda: broker.metrics()["snapshot_broker_breakpoints_armed"] == modules, "armed logpoints")
            yield broker, apps, os.path.join(folder, "log")
        finally:
            for app in apps:
                app.stop()
            broker.stop()


def hit_cost():
    with started(1, 1, *NO_QUOTAS) as (broker, (app,), _):
        delivered = []
        for _ in range(200):
            delivered.append(app.ask("timed(50)"))
            time.sleep(0.005)  # so that every entry goes straight into the socket
        metrics = broker.metrics()
        print(
            "delivered, median of %d batches of 50: %.2f us (aim 3, original %d); %d entries, %d dropped by the stub"
            % (
                len(delivered),
                statistics.median(delivered) / 1000,
                ORIGINAL_US,
                metrics["snapshot_broker_log_entries_written_total"],
                metrics["snapshot_broker_stub_packets_dropped_total"],
            )
        )
    with started(1, 1) as (broker, (app,), _):
        app.ask("timed(100000)")
        silent = [app.ask("timed(200000)") for _ in range(7)]
        set_breakpoint(broker.database, next(iter(broker.database.get("cdbg/debuggees"))), "app.py:1")
        for path in broker.database.get("cdbg/breakpoints"):
            broker.database.delete("cdbg/breakpoints/%s/active" % path)
        until(lambda: broker.metrics()["snapshot_broker_breakpoints_active"] == 0, "no logpoint")
        time.sleep(0.2)
        bare = [app.ask("timed(200000)") for _ in range(7)]
        print(
            "out of quota: %.0f ns a hit (aim 100); a call with it %.0f ns, without a logpoint %.0f ns"
            % (
                statistics.median(silent) - statistics.median(bare),
                statistics.median(silent),
                statistics.median(bare),
            )
        )


def delivery(num_stubs, modules, *arguments):
    """Messages per second in total and of each module, while every process hits its logpoint as fast as it can."""
    with started(num_stubs, modules, *arguments) as (_, apps, path):
        for app in apps:
            app.tell("[os.close(writable), timed(10 ** 12)]")
        time.sleep(2)  # past the burst
        begin = os.path.getsize(path)
        begin_s = time.monotonic()
        time.sleep(SECONDS)
        seconds = time.monotonic() - begin_s
        counts = {}
        with open(path, encoding="utf-8") as file:
            file.seek(begin)
            for line in file:
                if not line.endswith("\n") or '"LOGPOINT: number' not in line:
                    continue
                module = json.loads(line)["logging.googleapis.com/labels"]["module"]
                counts[module] = counts.get(module, 0) + 1
        rates = [counts.get(module, 0) / seconds for module in sorted(counts)] or [0]
        return sum(rates), min(rates), max(rates)


FAIR_APP = """
import sys, threading, time
import googleclouddebugger
googleclouddebugger.enable(module="fair", version="1")

def hot(number):
    return number  # line 6

def modest(number):
    a = number
    b = number
    c = number
    d = number
    e = number
    f = number
    g = number
    h = number
    i = number
    return number  # line 18

num_hot = num_modest = 0
end = time.monotonic() + float(sys.stdin.readline())

def flood():
    global num_hot
    while time.monotonic() < end:
        for number in range(1000):
            hot(number)
        num_hot += 1000

threading.Thread(target=flood).start()
due = time.monotonic()
while due < end:
    modest(num_modest)
    num_modest += 1
    due += 0.2
    time.sleep(max(0, due - time.monotonic()))
print(num_hot, num_modest, flush=True)
sys.stdin.readline()
"""


def fairness(seconds=60):
    """What arrives of ten logpoints with five hits a second beside one that is hit as often as can be."""
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(folder, "--log-output=file:" + os.path.join(folder, "log"))
        path = os.path.join(folder, "fair.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(FAIR_APP.lstrip())
        env = dict(os.environ, PYTHONPATH=os.environ["STUB_PATH"], SNAPSHOT_BROKER_SOCKET=broker.socket_path)
        app = subprocess.Popen(
            [sys.executable, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, universal_newlines=True
        )
        try:
            debuggee = next(iter(until(lambda: broker.database.get("cdbg/debuggees"), "a debuggee")))
            for line in [6] + list(range(9, 19)):
                set_breakpoint(
                    broker.database, debuggee, "fair.py:%d" % line, action="LOG", logMessageFormat="line %d." % line
                )
            until(lambda: broker.metrics()["snapshot_broker_breakpoints_armed"] == 11, "armed logpoints")
            app.stdin.write("%s\n" % seconds)
            app.stdin.flush()
            num_hot, num_modest = map(int, app.stdout.readline().split())
            time.sleep(1)
            with open(os.path.join(folder, "log"), encoding="utf-8") as file:
                text = file.read()
            counts = [text.count('"LOGPOINT: line %d."' % line) for line in range(9, 19)]
            print(
                "beside %d hits in %d s, of %d hits of each of ten logpoints: %.1f %% in the log, at least %.1f %%; %d of the hot one"
                % (
                    num_hot,
                    seconds,
                    num_modest,
                    100 * statistics.mean(counts) / num_modest,
                    100 * min(counts) / num_modest,
                    text.count('"LOGPOINT: line 6."'),
                )
            )
        finally:
            app.kill()
            app.wait()
            broker.stop()


def deliveries():
    print("%-34s %10s %20s" % ("", "in total", "per app, min-max"))
    for title, arguments in (("quotas of the defaults", []), ("no quotas", NO_QUOTAS)):
        for num_stubs, modules in ((1, 1), (8, 1), (64, 1), (8, 8), (64, 8)):
            total, least, most = delivery(num_stubs, modules, *arguments)
            print(
                "%-34s %8.0f/s %10.0f-%.0f/s"
                % ("%s, %d stubs of %d apps" % (title, num_stubs, modules), total, least, most)
            )


def cpu_s(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def broker_cost(title, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(folder, *NO_QUOTAS, *(argument.replace("FOLDER", folder) for argument in arguments))
        stub = StubByHand(broker.socket_path)
        breakpoint_id = set_breakpoint(
            broker.database,
            stub.debuggee,
            "a.py:3",
            action="LOG",
            expressions=["number", "text"],
            logMessageFormat="number $0 of $1",
        )
        stub.wait_set()
        values = ((3, ((5, 84),)), (3, ((9, "text"),)))
        packet = encode(
            (6, ((1, breakpoint_id), (2, 1800000000000000), *values, (5, "f"), (7, "/app/a.py"), (8, 3), (9, 140000)))
        )
        send = stub.socket.send
        begin_s, begin_cpu_s = time.monotonic(), cpu_s(broker.pid)
        for _ in range(NUM_ENTRIES):
            send(packet)
        until(lambda: broker.metrics()["snapshot_broker_log_entries_written_total"] == NUM_ENTRIES, "all entries", 120)
        seconds, used_s = time.monotonic() - begin_s, cpu_s(broker.pid) - begin_cpu_s
        print("%-24s %8.0f entries per second of a core, %8.0f per second" % (title, NUM_ENTRIES / used_s, NUM_ENTRIES / seconds))
        stub.close()
        broker.stop()


def main():
    hit_cost()
    broker_cost("/dev/null, text", "--log-output=file:/dev/null", "--log-format=text")
    broker_cost("/dev/null, json", "--log-output=file:/dev/null")
    broker_cost("a file, json", "--log-output=file:FOLDER/log")
    fairness()
    deliveries()


if __name__ == "__main__":
    main()
