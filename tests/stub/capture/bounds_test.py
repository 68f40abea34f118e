"""A capture takes a bounded time and a bounded packet whatever it meets."""

import functools
import sys
import time
import unittest

import _capture
from captured import by_name, capture, render

PACKET_BYTES_MAX = 128 * 1024


class Plain:
    pass


def nested_list(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def unnest(value):
    """So that its deallocation does not recurse."""
    while value:
        value = value.pop()


class HugeValuesTest(unittest.TestCase):
    def measure(self, name, value, rounds=50):
        def function(value):
            return _capture.capture(0, ["value"])

        packets = [function(value) for _ in range(rounds)]
        elapsed = sorted(ns / 1000 for _, ns in packets)
        print("%-28s median %8.1f us, worst %8.1f us" % (name, elapsed[len(elapsed) // 2], elapsed[-1]))
        self.assertLessEqual(max(len(packet) for packet, _ in packets), PACKET_BYTES_MAX)
        self.assertTrue(render(packets[0][0])["frames"])

        log_packet, _ = _capture.log_entry(0, ["value"])
        self.assertLessEqual(len(log_packet), PACKET_BYTES_MAX)
        self.assertIn("log_entry", _capture.decode(log_packet))

    def test_huge_containers(self):
        size = 10**6
        self.measure("list of 10^6", list(range(size)))
        self.measure("tuple of 10^6", (None,) * size)
        self.measure("dict of 10^6", dict.fromkeys(range(size)))
        self.measure("set of 10^6", set(range(size)))

    def test_containers_that_are_nearly_empty(self):
        size = 3 * 10**6
        emptied = dict.fromkeys(range(size))
        for key in range(size - 1):
            del emptied[key]
        self.measure("dict, all but one deleted", emptied)
        emptied_set = set(range(size))
        for key in range(size - 1):
            emptied_set.discard(key)
        self.measure("set, all but one deleted", emptied_set)

    def test_huge_scalars(self):
        self.measure("str of 10^8", "x" * 10**8)
        self.measure("str of 10^7, 4 bytes", "😀" * 10**7)
        self.measure("bytes of 10^8", b"x" * 10**8)
        self.measure("bytearray of 10^8", bytearray(10**8))
        self.measure("int of 10^7 bits", 1 << 10**7)
        self.measure("int of 4,000 digits", 10**4000)

    def test_deep_nesting(self):
        for depth in (10, 10**5):
            value = nested_list(depth)
            self.measure("nesting of %d" % depth, value)
            unnest(value)

    def test_cycles(self):
        cycle = []
        cycle.append(cycle)
        dictionary = {}
        dictionary["itself"] = dictionary
        node = Plain()
        node.node = node
        self.measure("cycles", [cycle, dictionary, node])

    def test_key_of_many_members(self):
        self.measure("huge tuple as a key", {tuple(range(10**5)): 1, frozenset(range(10**5)): 2, "k" * 10**6: 3, b"k" * 10**6: 4})
        key = ()
        for _ in range(1000):
            key = (key, "x" * 1000)
        self.measure("deep tuple as a key", {key: 1})

    def test_wide_fan_out(self):
        self.measure("10^5 objects", [Plain() for _ in range(10**5)])
        self.measure("30 types of objects", [type("Type%d" % i, (), {})() for i in range(30)] * 20)

    def test_frame_of_2000_locals(self):
        names = ["local_%d" % i for i in range(2000)]
        source = "def function():\n" + "".join("    %s = %d\n" % (name, i) for i, name in enumerate(names))
        module = {"capture": _capture.capture}
        exec(source + "    return capture(0, ())\n", module)
        packet, ns = module["function"]()
        print("%-28s %8.1f us" % ("frame of 2,000 locals", ns / 1000))
        self.assertEqual([v["name"] for v in render(packet)["frames"][0]["locals"]], names)

    def test_recursion_of_5000_frames(self):
        def recursive(depth):
            return _capture.capture(0, ()) if depth == 0 else recursive(depth - 1)

        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(10000)
        try:
            packet, ns = recursive(5000)
        finally:
            sys.setrecursionlimit(limit)
        print("%-28s %8.1f us" % ("recursion of 5,000 frames", ns / 1000))
        self.assertEqual(len(render(packet)["frames"]), 20)


# What the clock does is for TimeTest: a machine that is busy must not decide what fits.
UNHURRIED = {"capture_budget_us": 10**8, "evaluation_budget_us": 10**8}
unhurried = functools.partial(_capture.capture, **UNHURRIED)


class FullPacketTest(unittest.TestCase):
    """The packet never overflows, and what is not in it is marked."""

    def check(self, packet):
        self.assertLessEqual(len(packet), PACKET_BYTES_MAX)
        return render(packet, 10**6)

    def test_values_of_four_bytes_a_character(self):
        def function(values):
            return _capture.capture(0, ["values"] * 3, **UNHURRIED)[0]

        result = self.check(function(["😀" * 8000] * 10))
        self.assertEqual(len(result["expressions"]), 3)
        self.assertGreater(len(result["frames"]), 1)

    def test_large_limits(self):
        def function(values):
            return _capture.capture(
                0, ["values"], max_payload_chars=10**9, max_value_chars=10**6, max_items=10**6, max_expression_items=10**6,
                max_expression_chars=10**6, max_depth=1000, max_expanded_frames=100, max_frames=1000, **UNHURRIED,
            )[0]  # fmt: skip

        for values in (
            ["x" * 10**5] * 5,
            list(range(10**5)),
            [[i] for i in range(10**5)],
            {i: str(i) for i in range(10**5)},
            [Plain() for _ in range(10**5)],
            nested_list(500),
            ["x" * n for n in range(1000)],
            [("größe" * n, b"\xff" * n) for n in range(500)],
            {"k" * n: None for n in range(1000)},
        ):
            result = self.check(function(values))
            frames = result["frames"]
            self.assertEqual(frames[0]["function"], "function")
            self.assertGreater(len(frames), 5)
            unnest(values) if len(values) == 1 else None

    def test_names_fill_the_packet(self):
        module = {"capture": unhurried, "values": list(range(100))}
        module.update(("n" * 200 + str(i), i) for i in range(5000))
        exec("result = capture(0, ['values'])", module)
        result = self.check(module["result"][0])
        self.assertTrue(all(frame["path"] and frame["line"] for frame in result["frames"]))
        self.assertEqual(len(result["expressions"][0]["members"]), 100)
        variables = result["frames"][0]["locals"]
        self.assertGreater(len(variables), 300)

    def test_marks_go_on_when_values_no_longer_fit(self):
        def function(first, second, third):
            return _capture.capture(0, (), max_payload_chars=10**9, max_value_chars=10**6, **UNHURRIED)[0]

        result = self.check(function("x" * 100000, "y" * 100000, 5))
        shown = by_name(result["frames"][0]["arguments"])
        self.assertEqual(shown["first"]["value"], repr("x" * 100000))
        self.assertEqual(shown["second"], {"varTableIndex": 0})
        self.assertEqual(shown["third"], {"value": "5", "type": "int"})

    def test_many_types(self):
        class Meta(type):
            pass

        values = [Meta("T" * 200 + str(i), (), {})() for i in range(600)]

        def function(values):
            return _capture.capture(0, (), max_items=1000, **UNHURRIED)[0]

        result = self.check(function(values))
        named = [entry for entry in result["table"][1:] if entry.get("type")]
        self.assertGreater(len(named), 20)

    def test_long_function_names_and_paths(self):
        module = {"capture": unhurried}
        name = "ü" * 5000
        code = compile("def %s(d):\n    return capture(0, ()) if d == 0 else %s(d - 1)\n" % (name, name), "/" + "p" * 4000, "exec")
        exec(code, module)
        result = self.check(module[name](50)[0])
        self.assertEqual(len(result["frames"]), 20)
        self.assertEqual(result["frames"][0]["path"], "/" + "p" * 1023)


class TimeTest(unittest.TestCase):
    def function(self, values, budget_us):
        packet, ns = _capture.capture(0, ["values"], capture_budget_us=budget_us)
        return _capture.decode(packet)["capture"], ns

    def test_budget_of_time_ends_the_walk(self):
        values = [{"key_%d" % i: [i, i] for i in range(20)} for _ in range(2000)]
        message, _ = self.function(values, 20)
        self.assertTrue(message.get("is_budget_exhausted"))
        self.assertGreaterEqual(len(message["frames"]), 5)
        # What comes after is marked, with its name.
        last = message["frames"][2]
        marked = [v for v in last.get("arguments", []) + last.get("locals", []) if v.get("reference") == 0]
        self.assertTrue(marked)

    def test_ample_budget_does_not(self):
        message, _ = self.function([1, 2, 3], 10**6)
        self.assertNotIn("is_budget_exhausted", message)

    def test_evaluation_does_not_use_up_the_time_of_the_capture(self):
        # The evaluations take longer than the capture may; it needs so little that a busy machine does not decide.
        count, evaluation_us, capture_us = 30, 10_000, 250_000

        def function(items):
            return _capture.capture(
                0, ["any(i < 0 for i in items)"] * count, capture_budget_us=capture_us, evaluation_budget_us=evaluation_us
            )[0]

        items = list(range(10**6))
        started = time.monotonic()
        packet = function(items)
        elapsed = time.monotonic() - started
        result = _capture.decode(packet)["capture"]
        self.assertEqual([e["status"]["parameters"] for e in result["expressions"]], [["The expression takes too much time or memory"]] * count)
        self.assertNotIn("is_budget_exhausted", result)
        self.assertTrue(result["frames"][0]["arguments"][0]["members"])
        self.assertGreater(elapsed, capture_us / 1e6)
        print("%d evaluations of %d ms: %.1f ms" % (count, evaluation_us / 1000, elapsed * 1000))


if __name__ == "__main__":
    unittest.main()
