"""A capture runs none of the app's code and leaves everything as it was."""

import collections
import gc
import io
import sys
import types
import unittest
import weakref

import _capture
import hostile
from captured import capture, render


class Plain:
    pass


def positions(name, value):
    """The value wherever one can be."""
    yield "value", value
    yield "element", [value, (value,), [[value]]]
    yield "dict value", {"key": value}
    plain = Plain()
    plain.attribute = value
    yield "attribute", plain
    yield "exception argument", ValueError(value)
    yield "slice", slice(value, value, value)
    yield "named tuple", collections.namedtuple("Pair", "first second")(value, 1)
    yield "method", types.MethodType(len, value)
    yield "module", type(sys)("module_of_" + name)


def as_key(value):
    """A dict and a set with it, whatever its hash says: the keys are of another class first."""

    class Key:
        pass

    try:
        key = Key()
        made_dict, made_set, made_tuple = {key: 1, ("in a tuple", key): 2}, {key}, {(key,): 1}
        key.__class__ = type(value)
        return made_dict, made_set, made_tuple
    except TypeError:  # another layout
        return ()


class HostileTest(unittest.TestCase):
    def setUp(self):
        hostile.calls.clear()
        self.assertEqual(hostile.calls, [])

    def check(self, what, value):
        hostile.calls.clear()
        # Through a frame's variables, as an argument called self, and by expressions.
        def function(self):
            local = self
            return _capture.capture(0, ["local", "[self]", "self"]), _capture.log_entry(0, ["self", "[local]"]), local

        (packet, _), (log_packet, _), kept = function(value)
        calls = list(hostile.calls)
        hostile.calls.clear()
        self.assertEqual(calls, [], what)
        self.assertTrue(render(packet)["frames"])
        self.assertTrue(_capture.decode(log_packet)["log_entry"]["values"])

    def test_every_position(self):
        for name, value in hostile.instances().items():
            for position, placed in positions(name, value):
                self.check((name, position), placed)

    def test_keys(self):
        num_checked = 0
        for name, value in hostile.instances().items():
            for container in as_key(value):
                self.check((name, "key"), container)
                num_checked += 1
        self.assertGreater(num_checked, 2)

    def test_keys_of_the_instance_dictionary(self):
        class Name(str):
            __hash__ = str.__hash__

            def __eq__(self, other):
                hostile.calls.append("__eq__")
                return str.__eq__(self, other)

        value = Plain()
        value.__dict__ = {Name("attribute"): 1, Name("other"): 2}
        self.check("attribute name", value)

    def test_globals_with_hostile_names(self):
        class Name(str):
            __hash__ = str.__hash__

            def __eq__(self, other):
                hostile.calls.append("__eq__")
                return str.__eq__(self, other)

        module = {"capture": lambda: _capture.capture(1, ["value", "missing"])}
        module[Name("missing")] = 1
        module[Name("value")] = 2
        code = compile("result = capture()", "module.py", "exec")
        exec(code, module)
        hostile.calls.clear()
        exec(code, module)
        self.assertLessEqual(hostile.calls.count("__eq__"), 2)  # the program's own look-ups
        (packet, _) = module["result"]
        self.assertEqual(len(render(packet)["expressions"]), 2)

    def test_finalizer(self):
        class Finalized:
            def __del__(self):
                hostile.calls.append("__del__")

        kept = [Finalized()]
        gc.disable()  # compiling expressions makes objects, as it does when a breakpoint is set
        try:
            cycle = Finalized()
            cycle.itself = cycle
            del cycle
            for _ in range(100):
                capture(0, ["[kept, kept]", "{'a': kept}", "kept[:]", "kept * 3"])
            self.assertEqual(hostile.calls, [])
            kept.clear()
            self.assertEqual(hostile.calls, ["__del__"])
        finally:
            gc.enable()


class UnchangedTest(unittest.TestCase):
    def values(self):
        class WithSlots:
            __slots__ = ("slot",)

        plain = Plain()
        plain.attribute = [1, 2]
        with_slots = WithSlots()
        with_slots.slot = {1}
        return {
            "text": "".join(["te", "xt"]),
            "number": 10**30,
            "real": 1.5,
            "list": [[1], [2]],
            "tuple": ([1], {2}),
            "dict": {"a": [1], ("b", 1): {2: 3}},
            "set": {("a", 1), frozenset({2})},
            "object": plain,
            "slots": with_slots,
            "function": positions,
            "class": Plain,
            "module": collections,
            "error": ValueError([1]),
            "method": plain.__init__,
            "bytearray": bytearray(b"x" * 1000),
        }

    def everything(self, values):
        """All objects that a capture of these may touch."""
        seen = {}

        def add(value, depth):
            if id(value) in seen or depth == 0:
                return
            seen[id(value)] = value
            for inner in gc.get_referents(value) if not isinstance(value, type(sys)) else ():
                add(inner, depth - 1)

        add(values, 5)
        return list(seen.values())

    def check_refcounts(self, values, function):
        # None fills the empty entries of CPython 3.11's cache of attributes, which compiling an expression uses.
        everything = [value for value in self.everything(values) if value is not None]
        function()
        gc.collect()
        gc.disable()
        try:
            before = [sys.getrefcount(value) for value in everything]
            for _ in range(50):
                function()
            after = [sys.getrefcount(value) for value in everything]
        finally:
            gc.enable()
        changed = [(type(v), b, a) for v, b, a in zip(everything, before, after) if abs(a - b) >= 10]
        self.assertEqual(changed, [])

    def test_refcounts(self):
        values = self.values()
        self.check_refcounts(values, lambda: (_capture.capture(0, ()), _capture.log_entry(0, ()), values)[0])

    def test_refcounts_with_expressions(self):
        values = self.values()
        plain = values["object"]
        expressions = [
            "values", "values['list'][0]", "[v for v in values['list']]", "plain.attribute[0] + 1", "values['nope']",
            "plain.missing", "1/0", "plain.attribute.append(1)", "sorted(values['list'])", "{k: v for k, v in values.items()}",
            "any(v is None for v in values.values())", "f'{plain.attribute[0]}'", "(plain, plain)", "hasattr(plain, 'x')",
            "getattr(plain, 'attribute')", "len(values['set'])", "plain in values['list']", "values['text'] * 2",
            "[a for a, b in values.items() if b is plain]", "{values['tuple'][0]}", "[1, [2, plain], 1/0]",
            "any(v == 1/0 for v in values['list'])", "[v for v in values['list'] if v.foo]", "1 < 2 < plain",
            "values['list'][0:plain]", "[[w for w in v] for v in values['list']]", "[v for v, in values['list']]",
        ]  # fmt: skip

        def function():
            _capture.capture(0, expressions)
            _capture.log_entry(0, expressions)
            return values, plain

        self.check_refcounts(values, function)

    def test_no_object_of_the_garbage_collector_is_made(self):
        values = self.values()
        capture_here = lambda: _capture.capture(1, ())  # noqa: E731
        log_here = lambda: _capture.log_entry(1, ())  # noqa: E731
        nothing = lambda: tuple([b"", 1.0])  # noqa: E731 - as much as a call of the module gives back
        counts = []
        gc.disable()
        try:
            for function in (nothing, capture_here, log_here, nothing, capture_here, log_here):
                gc.collect()
                before = gc.get_count()[0]
                kept = [function() for _ in range(50)]
                counts.append(gc.get_count()[0] - before)
                del kept
        finally:
            gc.enable()
        self.assertTrue(values)
        self.assertLessEqual(max(counts[3:]) - min(counts[3:]), 3, counts)

    def test_no_collection_happens(self):
        values = self.values()
        phases = []

        def count(repeat):
            gc.collect()
            phases.clear()
            gc.set_threshold(1)
            _capture.capture(0, ["[[1], [2]]", "[v for v in values]", "{1: [2]}", "values['x']"], repeat=repeat)
            gc.set_threshold(*threshold)
            return phases.count("start")

        threshold = gc.get_threshold()
        callback = lambda phase, info: phases.append(phase)  # noqa: E731
        gc.callbacks.append(callback)
        try:
            # Compiling the expressions makes objects, once; capturing 200 times as often changes nothing.
            count(1)
            self.assertLessEqual(count(200), count(1) + 2)
        finally:
            gc.set_threshold(*threshold)
            gc.callbacks.remove(callback)
        self.assertTrue(gc.isenabled())
        self.assertTrue(values)

    def test_instance_dictionaries_are_not_made(self):
        class Fresh:
            def __init__(self):
                self.attribute = 1

        instances = [Fresh() for _ in range(50)]
        before = sum(1 for value in gc.get_objects() if type(value) is dict)
        capture(0, ["instances", "instances[0].attribute", "instances[1].missing"])
        after = sum(1 for value in gc.get_objects() if type(value) is dict)
        self.assertLess(after - before, 40)

    def test_locals_dictionary_of_the_user_is_not_overwritten(self):
        def function(argument):
            mine = locals()
            mine["argument"] = "changed by me"
            mine["own"] = 1
            capture(0, ["argument"])
            return mine

        mine = function("original")
        self.assertEqual(mine, {"argument": "changed by me", "own": 1})

    def test_deleted_objects_are_not_kept_alive(self):
        value = Plain()
        reference = weakref.ref(value)
        capture(0, ["value", "[value]"])
        _capture.log_entry(0, ["value"])
        del value
        self.assertIsNone(reference())

    def test_iterators_generators_and_files_stay_where_they_are(self):
        def count():
            yield from range(10)

        generator = count()
        next(generator)
        iterator = iter([1, 2, 3])
        mapped = map(str, [1, 2])
        file = io.StringIO("line 1\nline 2\n")
        file.readline()
        capture(0, ["generator", "list(iterator)", "[x for x in generator]", "sum(mapped)", "next(generator)", "1 in iterator", "list(file)"])
        _capture.log_entry(0, ["generator", "iterator"])
        self.assertEqual(next(generator), 1)
        self.assertEqual(list(iterator), [1, 2, 3])
        self.assertEqual(list(mapped), ["1", "2"])
        self.assertEqual(file.readline(), "line 2\n")

    def test_hash_of_a_string_is_all_that_may_be_remembered(self):
        default = collections.defaultdict(list)
        capture(0, ["default['missing']", "default.get('missing')", "default"])
        self.assertEqual(len(default), 0)

    def test_no_warning_is_raised_by_an_expression(self):
        import warnings

        seen = []
        original = warnings.showwarning
        warnings.showwarning = lambda *arguments, **keywords: seen.append(arguments)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                warnings.showwarning = lambda *arguments, **keywords: seen.append(arguments)
                outcome, value = _capture.evaluate(r"'\d' + '''\ q''' + r'\d' + ('\\' '\w')")
        finally:
            warnings.showwarning = original
        self.assertEqual(seen, [])
        self.assertEqual((outcome, value), (0, "\\d\\ q\\d\\\\w"))

    def test_no_module_is_imported(self):
        before = set(sys.modules)
        capture(0, ["1+", "[1, 2.5, 'a']", "f'{1:>5}'", "'%d' % 5", "str(1.5)", "'a'.encode()", "sorted([2, 1])"])
        self.assertEqual(set(sys.modules) - before, set())


if __name__ == "__main__":
    unittest.main()
