"""What the stub adds to the end of an app: from its last instruction to the end of the process.

Usage: exit_bench.py            needs STUB_PATH, as tests/bench/run sets it
"""

import os
import platform
import statistics
import sys
import tempfile
import time

try:
    from stub.fake_broker import App, FakeBroker
except ImportError:
    print("tests/ is not on PYTHONPATH: see tests/bench/run")
    sys.exit(0)

ROUNDS = 60

APP = """
import sys
if sys.argv[1] == "stub":
    import googleclouddebugger
    googleclouddebugger.enable(module="exit", version="1")
def work(number):
    doubled = number * 2
    return doubled
objects = [[number] for number in range(int(sys.argv[2]))]
print("ready", flush=True)
sys.stdin.read()
"""
LINE = 8  # return doubled


def exit_ms(folder, broker, kind, num_objects, num_breakpoints):
    """From the end of the app's input to the end of the app."""
    env = dict(os.environ, SNAPSHOT_BROKER_SOCKET=broker.path, PYTHONPATH=os.environ["STUB_PATH"])
    app = App([sys.executable, "app.py", kind, str(num_objects)], folder, env)
    try:
        app.read()
        if kind == "stub":
            session = broker.accept()
            for number in range(num_breakpoints):
                session.arm("b%d" % number, "app.py", LINE)
            session.flush()
        time.sleep(0.02)  # it reads by now
        started = time.perf_counter()
        app.process.stdin.close()
        app.process.wait()
        return (time.perf_counter() - started) * 1e3
    finally:
        app.stop()
        if kind == "stub":
            session.close()


def bench(folder, broker, num_objects, num_breakpoints):
    times = {"plain": [], "stub": []}
    for _ in range(ROUNDS):
        for kind in times:
            times[kind].append(exit_ms(folder, broker, kind, num_objects, num_breakpoints))
    for name, value in (("median", statistics.median), ("quickest", min)):
        plain, stub = value(times["plain"]), value(times["stub"])
        what = "%d objects, %d breakpoints, %s: plain, with the stub, added" % (num_objects, num_breakpoints, name)
        print("%-72s %7.2f %7.2f %7.2f ms" % (what, plain, stub, stub - plain))


def main():
    print("CPython %s" % platform.python_version())
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "app.py"), "w", encoding="utf-8") as file:
            file.write(APP)
        broker = FakeBroker(os.path.join(folder, "broker.sock"))
        bench(folder, broker, 0, 0)
        bench(folder, broker, 0, 20)
        bench(folder, broker, 200000, 20)
        broker.stop()


if __name__ == "__main__":
    main()
