"""What setting a breakpoint costs an app with 2,000 modules and 500,000 objects: for how long everything else stands still.

Usage: locate_bench.py          needs the module hooktest on PYTHONPATH: //tests/stub/hook:cp311/hooktest.so and so on

"longest piece" is the longest time that the GIL was held, by the clock; "longest stall" is what another thread, which does
nothing but read the clock, has seen. A thread that computes gives the GIL up every 5 ms only, which "in all" includes.
"""

import gc
import os
import platform
import sys
import tempfile
import threading
import time

try:
    import hooktest
except ImportError:
    print("hooktest is not on PYTHONPATH: build //tests/stub/hook:cp%d%d/hooktest.so" % sys.version_info[:2])
    sys.exit(0)

NUM_MODULES = 2000
NUM_OBJECTS = 500000
NUM_CACHED = 120000
REPEATS = 7

SOURCE = """
def f(x):
    y = x
    return y
class C:
    def method(self):
        return self
    @property
    def attribute(self):
        return 1
def g():
    def closure():
        return 2
    return closure
"""
LINE = 4  # return y


def report(what, value, unit):
    print("%-72s %9.2f %s" % (what, value, unit))


class Stall:
    """The longest time that a thread could not run."""

    def __enter__(self):
        self.must_stop = False
        self.longest = 0.0
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        last = time.perf_counter()
        while not self.must_stop:
            now = time.perf_counter()
            if now - last > self.longest:
                self.longest = now - last
            last = now

    def __exit__(self, *_):
        self.must_stop = True
        self.thread.join()


def pieces(function, *arguments):
    """Seconds in all, and the longest piece; each the best of some runs, for the machine is shared."""
    in_all, longest = [], []
    for _ in range(REPEATS):
        hooktest.longest_piece_ns()
        started = time.perf_counter()
        function(*arguments)
        in_all.append(time.perf_counter() - started)
        longest.append(hooktest.longest_piece_ns() * 1e-9)
    return min(in_all), min(longest), max(longest)


def stall(function, *arguments):
    stalls = []
    for _ in range(REPEATS):
        with Stall() as watch:
            function(*arguments)
        stalls.append(watch.longest)
    return min(stalls)


def set_and_clear(path, line):
    found = hooktest.locate_and_arm(path, line, 0)
    assert isinstance(found, list) and found, found
    for context in range(len(found)):
        hooktest.disarm(context)


def bench(what, function, *arguments):
    in_all, longest, worst = pieces(function, *arguments)
    report(what + ", in all", in_all * 1e3, "ms")
    report("    longest piece", longest * 1e3, "ms")
    report("    longest piece of the worst of %d runs" % REPEATS, worst * 1e3, "ms")
    report("    longest stall of a thread that computes", stall(function, *arguments) * 1e3, "ms")


def load_modules(folder):
    sys.path.insert(0, folder)
    for number in range(NUM_MODULES):
        with open(os.path.join(folder, "bench_module_%d.py" % number), "w", encoding="utf-8") as file:
            file.write(SOURCE)
        __import__("bench_module_%d" % number)
    large = os.path.join(folder, "bench_large.py")
    with open(large, "w", encoding="utf-8") as file:
        file.write("".join("def f%d(x):\n    y = x\n    return y\n" % number for number in range(3000)))
    __import__("bench_large")


def main():
    print("CPython %s" % platform.python_version())
    assert hooktest.init() == 0
    with tempfile.TemporaryDirectory() as folder:
        load_modules(folder)
        module = sys.modules["bench_module_7"]
        bench("set and clear, %d modules" % NUM_MODULES, set_and_clear, "bench_module_7.py", LINE)
        cache = {number: [number] for number in range(NUM_OBJECTS - len(gc.get_objects()))}
        gc.collect()
        report("tracked objects", len(gc.get_objects()), "")
        bench("set and clear", set_and_clear, "bench_module_7.py", LINE)
        bench("a line without code", hooktest.locate, "bench_module_7.py", 99)
        bench("a file that is not there", hooktest.locate, "bench_absent.py", 1)
        bench("a module of 3,000 functions", set_and_clear, "bench_large.py", 3 * 1500 + 3)
        module.cache = {number: [number] for number in range(NUM_CACHED)}
        bench("with %d objects cached in the module" % NUM_CACHED, set_and_clear, "bench_module_7.py", LINE)
        module.closures = [module.g() for _ in range(NUM_CACHED)]
        bench("with %d closures of a function" % NUM_CACHED, set_and_clear, "bench_module_7.py", LINE)
        bench("    in the closure", set_and_clear, "bench_module_7.py", 13)
        del cache
        sys.path.remove(folder)


if __name__ == "__main__":
    main()
