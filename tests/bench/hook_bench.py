"""What a hook costs: a hit with an empty callback, the lines beside it, and setting and removing it.

Usage: hook_bench.py            needs the module hooktest on PYTHONPATH: //tests/stub/hook:cp311/hooktest.so and so on
"""

import platform
import sys
import time

try:
    import hooktest
except ImportError:
    print("hooktest is not on PYTHONPATH: build //tests/stub/hook:cp%d%d/hooktest.so" % sys.version_info[:2])
    sys.exit(0)

REPEATS = 7


def seconds(function, *arguments):
    """The quickest of some runs: the machine is shared."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.perf_counter()
        function(*arguments)
        best = min(best, time.perf_counter() - started)
    return best


def lines(count):
    """A function of so many lines, compiled."""
    source = "def f(x):\n" + "    x += 1\n" * (count - 1) + "    return x\n"
    names = {}
    exec(compile(source, "/nowhere/lines.py", "exec"), names)
    return names["f"]


def loop(n):
    for i in range(n):
        x = i
        y = x
    return y


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


class Chain:
    def __init__(self, next):
        self.next = next

    def length(self):
        return 1 + (self.next.length() if self.next else 0)


def work():
    fibonacci(18)
    Chain(Chain(Chain(None))).length()


def arm(function, line, context=0):
    outcome = hooktest.arm(hooktest.original(function.__code__), line, context)
    assert outcome == 0, outcome


def report(what, value, unit):
    print("%-66s %9.2f %s" % (what, value, unit))


def bench_hit():
    turns = 300000
    first = loop.__code__.co_firstlineno
    plain = seconds(loop, turns)
    arm(loop, first + 2)
    report("hit, empty callback", (seconds(loop, turns) - plain) / turns * 1e9, "ns")
    hooktest.disarm(0)
    arm(loop, first + 4)
    report("other lines of a hooked function, ratio", seconds(loop, turns) / plain, "")
    hooktest.disarm(0)
    report("the same when the hook is gone, ratio", seconds(loop, turns) / plain, "")


def bench_idle():
    plain = seconds(work)
    arm(loop, loop.__code__.co_firstlineno + 2)
    report("other functions while one is hooked, ratio", seconds(work) / plain, "")
    hooktest.disarm(0)


def toggle(function, line, times):
    for _ in range(times):
        arm(function, line)
        hooktest.disarm(0)


def bench_toggle():
    for count in (10, 100, 2000):
        function = lines(count)
        times = 200 if count < 1000 else 20
        report("arm and disarm, %d lines" % count, seconds(toggle, function, count // 2, times) / times * 1e6, "us")
        # What was hooked once keeps its preparations on some versions: the median of functions that never were.
        fresh = [lines(count) for _ in range(REPEATS * 3)]
        first = []
        for function in fresh:
            started = time.perf_counter()
            toggle(function, count // 2, 1)
            first.append(time.perf_counter() - started)
        report("the same for the first time", sorted(first)[len(first) // 2] * 1e6, "us")


def bench_imports():
    def imports(n):
        for _ in range(n):
            import os  # noqa: F401

    # In turns: what else runs on the machine meets both.
    best = {}
    for _ in range(15):
        for is_watched in (False, True):
            hooktest.watch((lambda code: None) if is_watched else None)
            best[is_watched] = min(best.get(is_watched, float("inf")), seconds(imports, 20000))
    hooktest.watch(None)
    report("import of what is imported, while the watch is on, ratio", best[True] / best[False], "")


def main():
    print("CPython %s" % platform.python_version())
    assert hooktest.init() == 0
    bench_hit()
    bench_idle()
    bench_toggle()
    bench_imports()


if __name__ == "__main__":
    main()
