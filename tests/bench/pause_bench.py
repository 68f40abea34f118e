"""How long a capture holds a thread of the app, whatever the app's values are, and whatever budget it was given.

Each value is captured 1,000 times with each budget, as a local and as an expression with its larger limits. Prints a table;
asserts nothing. The aim: the 99.9th percentile is at most the budget and a millisecond. Run by tests/bench/run.
"""

import sys

import _capture

ROUNDS = 1000
BUDGETS_MS = (1, 5, 20)
HUGE = 10**7


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def cycle():
    first, second = [], {}
    first.append(second)
    second["first"] = first
    return first


class Node:
    def __init__(self, number):
        self.number = number
        self.others = []


def graph(count):
    nodes = [Node(number) for number in range(count)]
    for number, node in enumerate(nodes):
        node.others.extend(nodes[(number * 7 + step) % count] for step in range(20))
    return nodes


def values():
    """(name, how it is made): one is there at a time."""
    yield "list of 10^7", lambda: list(range(HUGE))
    yield "dict of 10^7", lambda: dict.fromkeys(range(HUGE))
    yield "set of 10^7", lambda: set(range(HUGE))
    yield "dict of 10^7, all but one deleted", nearly_empty
    yield "str of 1 GB", lambda: "x" * 2**30
    yield "bytearray of 100 MB", lambda: bytearray(10**8)
    yield "int of 10^6 digits", lambda: 1 << 3321928
    yield "nesting of 10^5", lambda: nested(10**5)
    yield "cycle", cycle
    yield "graph of 10^5 objects", lambda: graph(10**5)
    yield "10^5 dicts of 20", lambda: [{"key_%d" % i: [i, "text"] for i in range(20)} for _ in range(10**5)]


def nearly_empty():
    value = dict.fromkeys(range(HUGE))
    for number in range(HUGE - 1):
        del value[number]
    return value


def wide_frame():
    """A function with 2,000 locals that captures itself."""
    module = {"capture": _capture.capture}
    body = "".join("    local_%d = [%d]\n" % (i, i) for i in range(2000))
    exec("def function(**limits):\n" + body + "    return capture(0, (), **limits)[1]\n", module)
    return module["function"]


def deep_stack(**limits):
    def recursive(depth):
        return _capture.capture(0, (), **limits)[1] if depth == 0 else recursive(depth - 1)

    return recursive(5000)


def of_value(value):
    def capture(**limits):
        assert value is not limits  # or it would be no variable of this function
        return _capture.capture(0, ["value"], **limits)[1]

    return capture


def report(name, capture):
    print("%-36s" % name, end="")
    for budget_ms in BUDGETS_MS:
        samples = sorted(capture(capture_budget_us=budget_ms * 1000) / 1e6 for _ in range(ROUNDS))
        print("  %6.3f %6.3f %6.3f" % (samples[ROUNDS // 2], samples[ROUNDS * 999 // 1000 - 1], samples[-1]), end="", flush=True)
    print()


def main():
    sys.setrecursionlimit(10000)
    print("CPython %s; milliseconds: median, 99.9th percentile, worst of %d" % (sys.version.split()[0], ROUNDS))
    print("%-36s" % "" + "".join("  %20s" % ("budget %d ms" % budget_ms) for budget_ms in BUDGETS_MS))
    for name, make in values():
        report(name, of_value(make()))
    report("frame of 2,000 locals", wide_frame())
    report("5,000 frames", deep_stack)


if __name__ == "__main__":
    main()
