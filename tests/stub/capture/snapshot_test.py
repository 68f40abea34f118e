"""What a snapshot shows: frames, variables, values of every kind, the table, the limits."""

import collections
import datetime
import enum
import fractions
import random
import sys
import threading
import types
import unittest

import _capture
from captured import BUFFER_FULL, by_name, capture, expected, note, show, syntax_error


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("first", "second", "_Slotted__third")


class SlottedChild(Slotted):
    __slots__ = ("fourth", "__dict__")


class Empty:
    pass


def this_line():
    return sys._getframe(1).f_lineno


class Frames(unittest.TestCase):
    def test_arguments_in_order_then_locals(self):
        def function(a, b, *rest, c=3, **keywords):
            local = 4
            return capture(), local

        frame = function(1, 2, 5, 6, d=7)[0]["frames"][0]
        self.assertEqual(frame["function"], "function")
        self.assertEqual([v["name"] for v in frame["arguments"]], ["a", "b", "c", "rest", "keywords"])
        self.assertEqual(by_name(frame["locals"])["local"], {"value": "4", "type": "int"})
        arguments = by_name(frame["arguments"])
        self.assertEqual(
            arguments["rest"],
            {
                "type": "tuple",
                "members": [
                    {"name": "[0]", "value": "5", "type": "int"},
                    {"name": "[1]", "value": "6", "type": "int"},
                ],
            },
        )
        self.assertEqual(
            arguments["keywords"], {"type": "dict", "members": [{"name": "'d'", "value": "7", "type": "int"}]}
        )

    @unittest.skipIf(sys.version_info < (3, 8), "no positional-only parameters")
    def test_positional_only_arguments(self):
        module = {"capture": capture}
        exec("def function(a, /, b, *, c=3):\n    return capture()", module)
        frame = module["function"](1, 2)["frames"][0]
        self.assertEqual([v["name"] for v in frame["arguments"]], ["a", "b", "c"])

    def test_unbound_and_deleted_variables_are_left_out(self):
        def function():
            deleted = 1
            del deleted
            result = capture()
            unbound = 2
            return result, unbound

        self.assertEqual(function()[0]["frames"][0]["locals"], [])

    def test_cells_and_free_variables_show_their_values(self):
        def outer(shared):
            own = "own"

            def inner():
                return capture(), shared, own

            return inner()[0]

        result = outer("shared")
        inner, outer_frame = result["frames"][:2]
        self.assertEqual(
            by_name(inner["locals"]),
            {"shared": {"value": "'shared'", "type": "str"}, "own": {"value": "'own'", "type": "str"}},
        )
        self.assertEqual(by_name(outer_frame["arguments"])["shared"]["value"], "'shared'")
        self.assertEqual(by_name(outer_frame["locals"])["own"]["value"], "'own'")

    def test_empty_cell_is_left_out(self):
        def function():
            def uses():
                return later

            result = capture()
            later = 1
            return result, uses, later

        self.assertEqual([v["name"] for v in function()[0]["frames"][0]["locals"]], ["uses"])

    def test_comprehension_variable(self):
        result = [capture() for element in [11]][0]
        self.assertIn({"name": "element", "value": "11", "type": "int"}, result["frames"][0]["locals"])

    def test_class_body(self):
        outer = "seen from the class"

        class Body:
            before = 1
            result = capture()
            kept = outer

        frame = Body.result["frames"][0]
        self.assertEqual(frame["function"], "Body")
        variables = by_name(frame["locals"])
        self.assertEqual(variables["before"], {"value": "1", "type": "int"})
        self.assertEqual(variables["outer"]["value"], "'seen from the class'")
        self.assertNotIn("result", variables)

    def test_module_shows_its_globals(self):
        module = {"capture": capture, "number": 5}
        exec("text = 'abc'\nresult = capture()", module)
        variables = by_name(module["result"]["frames"][0]["locals"])
        self.assertEqual(variables["number"], {"value": "5", "type": "int"})
        self.assertEqual(variables["text"], {"value": "'abc'", "type": "str"})

    def test_namespace_that_is_no_dict_is_not_read(self):
        calls = []

        class Namespace(collections.UserDict):
            def __getitem__(self, name):
                calls.append(name)
                return super().__getitem__(name)

        namespace = Namespace(capture=capture)
        exec("result = capture()", {}, namespace)
        self.assertEqual(calls, ["capture"])  # the program's own
        self.assertEqual(namespace.data["result"]["frames"][0]["locals"], [])

    def test_generator_and_coroutine(self):
        def generator(limit):
            yield capture()

        async def coroutine(limit):
            return capture()

        awaited = coroutine(3)
        with self.assertRaises(StopIteration) as stop:
            awaited.send(None)
        for result in (next(generator(3)), stop.exception.value):
            self.assertEqual(result["frames"][0]["arguments"], [{"name": "limit", "value": "3", "type": "int"}])

    def test_method_has_the_type_of_self(self):
        class Base:
            def method(self):
                return capture()

            def other(this):
                return capture()

        class Derived(Base):
            pass

        self.assertEqual(Derived().method()["frames"][0]["function"], "Derived.method")
        self.assertEqual(Derived().other()["frames"][0]["function"], "other")

    def test_line_is_the_breakpoints_in_the_first_frame_and_the_running_one_in_others(self):
        def function():
            return capture(line=4711)

        result, line = function(), this_line()
        self.assertEqual(result["frames"][0]["line"], 4711)
        self.assertEqual(result["frames"][1]["line"], line)
        self.assertEqual(result["frames"][1]["path"], __file__)

    def test_line_of_a_call_over_several_lines(self):
        def function():
            return capture()

        first = this_line()
        result = (
            function(),
        )[0]
        self.assertEqual(result["frames"][1]["line"], first + 2)

    def test_twenty_frames_five_with_variables(self):
        def nested(depth):
            return capture() if depth == 0 else nested(depth - 1)

        frames = nested(40)["frames"]
        self.assertEqual(len(frames), 20)
        self.assertEqual([len(frame["arguments"]) for frame in frames], [1] * 5 + [0] * 15)
        frames = nested(40)["frames"]
        result = self.with_limits(nested_limit=3, expanded=1)
        self.assertEqual([len(frame["arguments"]) for frame in result["frames"]], [1, 0, 0])

    def with_limits(self, nested_limit, expanded):
        def nested(depth):
            if depth == 0:
                return capture(max_frames=nested_limit, max_expanded_frames=expanded)
            return nested(depth - 1)

        return nested(10)

    def test_fewer_frames_than_the_limit(self):
        results = []
        thread = threading.Thread(target=lambda: results.append(capture()))
        thread.start()
        thread.join()
        names = [frame["function"] for frame in results[0]["frames"]]
        self.assertEqual(names[-1], "Thread._bootstrap")
        self.assertLess(len(names), 6)

    def test_facts_of_the_capture(self):
        message = _capture.decode(_capture.capture(0)[0])["capture"]
        self.assertEqual(message["breakpoint_id"], "b-1")
        self.assertEqual(message["sequence"], 7)
        self.assertEqual(message["thread_id"], threading.get_ident())
        now = datetime.datetime.now().timestamp()
        self.assertLess(abs(message["time_unix_us"] / 1e6 - now), 60)
        self.assertGreater(message["capture_ns"], 0)

    def test_names_that_are_not_ascii(self):
        größe = 5
        frame = capture()["frames"][0]
        self.assertEqual(by_name(frame["locals"])["größe"], {"value": str(größe), "type": "int"})


class Values(unittest.TestCase):
    def check(self, value, text, type_name):
        wanted = {"value": text}
        if type_name:
            wanted["type"] = type_name
        self.assertEqual(show(value), wanted)

    def test_scalars(self):
        for value in (0, 8, -1, 2**62, -(2**63), 2**63, 10**40, -(10**40), 10**100, True, False):
            self.check(value, repr(value), type(value).__name__)
        for value in (1.5, 0.1, -0.0, 1e300, float("inf"), float("nan"), 123456.789, 1e16, 2 / 3):
            self.check(value, repr(value), "float")
        for value in (1 + 2j, 0j, complex(-0.0, 1.5)):
            self.check(value, repr(value), "complex")
        self.check(None, "None", None)

    def test_strings(self):
        for value in ("", "abc", "it's", 'say "it\'s"', "a\nb\t\\", "größe", "日本", "😀", "\x00\x7f\u2028", "\ud800x"):
            self.check(value, repr(value), "str")
        for value in (b"", b"abc\x00\xff'"):
            self.check(value, repr(value), "bytes")
        self.check(bytearray(b"ab\n"), repr(bytearray(b"ab\n")), "bytearray")

    def test_long_values_are_cut_after_one_more_character(self):
        self.assertEqual(show("123456789", max_value_chars=8), {"value": "'12345678...", "type": "str"})
        self.assertEqual(show("123456", max_value_chars=8), {"value": "'123456'", "type": "str"})
        self.assertEqual(show("1234567", max_value_chars=8), {"value": "'1234567'...", "type": "str"})
        self.assertEqual(show("x" * 10**6)["value"], "'" + "x" * 256 + "...")
        self.assertEqual(show(b"x" * 10**6)["value"], "b'" + "x" * 255 + "...")
        self.assertEqual(show(10**300)["value"], "1" + "0" * 256 + "...")
        self.assertEqual(show("\n" * 200)["value"], repr("\n" * 200)[:257] + "...")

    def test_int_that_python_does_not_print(self):
        status = note("VARIABLE_VALUE", "Failed to capture variable: $0", "Exceeds the limit (4300 digits) for integer string conversion")
        status["status"]["isError"] = True
        for value in (10**4400, 1 << 1000000, -(1 << 10**6)):
            self.assertEqual(show(value), status)
        self.assertEqual(show(10**4299)["value"], "1" + "0" * 256 + "...")

    def test_subclasses_show_the_value_of_their_base(self):
        class Text(str):
            pass

        class Number(int):
            pass

        class Real(float):
            pass

        class Data(bytes):
            pass

        for value, base in ((Text("a"), "a"), (Number(3), 3), (Real(1.5), 1.5), (Data(b"x"), b"x"), (Number(10**30), 10**30)):
            self.check(value, repr(base), type(value).__name__)

    def test_slice_and_other_singletons(self):
        self.check(slice(1, None, -2), "slice(1, None, -2)", "slice")
        self.check(Ellipsis, "Ellipsis", None)
        self.check(NotImplemented, "NotImplemented", None)

    def test_dates(self):
        zone = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
        for value in (
            datetime.datetime(2014, 6, 11, 2, 30),
            datetime.datetime(2014, 6, 11, 2, 30, 5, 7),
            datetime.datetime(2014, 6, 11, 2, 30, tzinfo=datetime.timezone.utc),
            datetime.datetime(2014, 6, 11, 2, 30, tzinfo=zone),
            datetime.date(1, 2, 3),
            datetime.time(1, 2),
            datetime.time(1, 2, 3, 4, tzinfo=zone),
            datetime.timedelta(days=3, microseconds=8237),
            datetime.timedelta(days=-1, seconds=5),
            datetime.timedelta(0),
            datetime.timedelta(days=1),
        ):
            self.check(value, str(value), "datetime." + type(value).__name__)

    def test_dict(self):
        value = {"first": 1, 2: None, (3, "a"): [], frozenset({5}): {}, None: 1.5, b"k": True, (4,): 0, (): 1}
        shown = show(value)
        self.assertEqual([member["name"] for member in shown["members"]], [repr(key) for key in value])
        self.assertEqual(shown["type"], "dict")
        self.assertEqual(shown["members"][2]["members"], [note("VARIABLE_NAME", "Empty collection")])
        self.assertEqual(shown["members"][3]["members"], [note("VARIABLE_NAME", "Empty dictionary")])

    def test_keys_of_other_kinds(self):
        day = datetime.date(2020, 1, 2)
        moment = datetime.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
        span = datetime.timedelta(days=1, seconds=2)
        value = {day: 1, moment: 2, span: 3, int: 4, Plain: 5, Ellipsis: 6, 1 + 2j: 7}
        names = [member["name"] for member in show(value)["members"]]
        self.assertEqual(names, [repr(key) for key in value])
        instance = Plain()
        self.assertEqual(show({instance: 1})["members"][0]["name"], object.__repr__(instance))

    def test_long_key_is_cut(self):
        self.assertEqual(show({"k" * 1000: 1})["members"][0]["name"], "'" + "k" * 256 + "...")

    def test_collections(self):
        self.assertEqual(show([1, "a"])["members"], [{"name": "[0]", "value": "1", "type": "int"}, {"name": "[1]", "value": "'a'", "type": "str"}])
        for value in ([], (), set(), frozenset()):
            self.assertEqual(show(value), {"members": [note("VARIABLE_NAME", "Empty collection")], "type": type(value).__name__})
        for value in ({1, 2, 3}, frozenset("abc")):
            self.assertEqual([m["value"] for m in show(value)["members"]], [repr(item) for item in value])

    def test_twenty_five_members(self):
        members = show(list(range(26)))["members"]
        self.assertEqual(len(members), 26)
        self.assertEqual(members[25], note("VARIABLE_VALUE", "Only first $0 items were captured. Use in an expression to see all items.", "25"))
        self.assertEqual(len(show(list(range(25)))["members"]), 25)
        self.assertEqual(show(dict.fromkeys(range(26)))["members"][25]["status"]["description"]["parameters"], ["25"])
        self.assertEqual(show(Plain(**{"a%d" % i: i for i in range(26)}))["members"][25]["status"]["description"]["parameters"], ["25"])

    def test_subclasses_of_collections(self):
        Point = collections.namedtuple("Point", "x y")
        counter = collections.Counter("aab")
        default = collections.defaultdict(list, a=[1])
        ordered = collections.OrderedDict(b=1, a=2)
        self.assertEqual(show(Point(1, 2))["type"], "Point")
        self.assertEqual([m["name"] for m in show(counter)["members"]], ["'a'", "'b'"])
        self.assertEqual([m["name"] for m in show(default)["members"]], ["'a'"])
        self.assertEqual([m["name"] for m in show(ordered)["members"]], ["'b'", "'a'"])
        self.assertEqual([show(v)["type"] for v in (counter, default, ordered)], ["Counter", "defaultdict", "OrderedDict"])

    def test_function_and_exception(self):
        def function():
            pass

        self.assertEqual(show(function), {"value": "function function"})
        self.assertEqual(show(lambda: 1), {"value": "function <lambda>"})
        self.assertEqual(
            show(ValueError("text", 5)),
            {
                "type": "ValueError",
                "members": [
                    {"name": "[0]", "value": "'text'", "type": "str"},
                    {"name": "[1]", "value": "5", "type": "int"},
                ],
            },
        )
        self.assertEqual(show(KeyError()), {"type": "KeyError", "members": [note("VARIABLE_NAME", "Empty collection")]})

    def test_object(self):
        value = Plain(a=1, b="two")
        result = capture()
        self.assertEqual(by_name(result["frames"][0]["locals"])["value"], {"varTableIndex": 2})  # after self
        self.assertEqual(
            result["table"][2],
            {
                "type": __name__ + ".Plain",
                "members": [{"name": "a", "value": "1", "type": "int"}, {"name": "b", "value": "'two'", "type": "str"}],
            },
        )
        self.assertEqual(value.a, 1)

    def test_object_without_fields(self):
        self.assertEqual(show(Empty()), {"type": __name__ + ".Empty", "members": [note("VARIABLE_NAME", "Object has no fields")]})

    def test_nested_class_is_called_by_its_name(self):
        class Inner:
            pass

        self.assertEqual(show(Inner())["type"], __name__ + ".Inner")

    def test_slots(self):
        value = SlottedChild()
        value.second = 2
        value.fourth = 4
        value.other = 5
        self.assertEqual(
            show(value)["members"],
            [
                {"name": "second", "value": "2", "type": "int"},
                {"name": "fourth", "value": "4", "type": "int"},
                {"name": "other", "value": "5", "type": "int"},
            ],
        )

    def test_object_whose_dictionary_was_made(self):
        value = Plain(a=1)
        self.assertEqual(vars(value), {"a": 1})
        value.b = 2
        del value.a
        self.assertEqual([m["name"] for m in show(value)["members"]], ["b"])
        other = Empty()
        other.__dict__ = {"own": 1, 5: 2}
        self.assertEqual([m["name"] for m in show(other)["members"]], ["own", "5"])

    def test_attributes_in_the_order_of_their_assignment(self):
        class Ordered:
            def __init__(self, names):
                for name in names:
                    setattr(self, name, name)

        names = ["c", "a", "b", "d"]
        instances = [Ordered(names), Ordered(reversed(names))]
        for instance, order in zip(instances, (names, names[::-1])):
            self.assertEqual([m["name"] for m in show(instance)["members"]], order)
            del instance.a
            instance.a = 1
            self.assertEqual([m["name"] for m in show(instance)["members"]], [n for n in order if n != "a"] + ["a"])

    def test_many_attributes(self):
        value = Empty()
        for number in range(60):
            setattr(value, "name%d" % number, number)
        self.assertEqual([m["name"] for m in show(value)["members"][:25]], ["name%d" % n for n in range(25)])

    def test_objects_without_a_dictionary_show_their_type(self):
        for value in (object(), iter([]), {}.keys(), zip()):
            self.assertEqual(show(value), {"value": str(type(value))})

    def test_method(self):
        class Shown:
            def method(self):
                pass

        method = show(Shown().method)
        self.assertEqual(method["type"], "builtins.method")
        self.assertEqual(by_name(method["members"])["__func__"], {"value": "function method"})


class Table(unittest.TestCase):
    def test_shared_objects_share_the_index(self):
        first = Plain()
        second = first
        variables = by_name(capture()["frames"][0]["locals"])
        self.assertEqual(variables["first"], variables["second"])
        self.assertIs(first, second)

    def test_breadth_first(self):
        def function(root, other):
            return capture(max_expanded_frames=1)

        leaf = Plain(name="leaf")
        root = Plain(left=Plain(child=leaf), right=Plain(name="right"))
        table = function(root, Plain(name="other", shared=leaf))["table"]
        names = [by_name(entry["members"]) for entry in table[1:]]
        self.assertEqual(names[0], {"left": {"varTableIndex": 3}, "right": {"varTableIndex": 4}})
        self.assertEqual(names[1]["name"]["value"], "'other'")
        self.assertEqual(names[1]["shared"], {"varTableIndex": 5})
        self.assertEqual(names[2], {"child": {"varTableIndex": 5}})
        self.assertEqual(names[3]["name"]["value"], "'right'")
        self.assertEqual(names[4]["name"]["value"], "'leaf'")
        self.assertEqual(len(table), 6)

    def test_cycles_end(self):
        value = Plain()
        value.itself = value
        value.items = [value]
        value.items.append(value.items)
        members = by_name(show(value)["members"])
        self.assertEqual(members["itself"]["varTableIndex"], members["items"]["members"][0]["varTableIndex"])

    def test_depth(self):
        def function(value):
            return capture(max_expanded_frames=1)

        shown = by_name(function([[[[["too deep"]]]]])["frames"][0]["arguments"])["value"]
        for _ in range(3):
            shown = shown["members"][0]
        self.assertEqual(shown["members"][0], {"name": "[0]", **BUFFER_FULL})

    def test_depth_of_attributes(self):
        members = show(Plain(a=[[["too deep"]]]))["members"]
        self.assertEqual(members[0]["members"][0]["members"][0]["members"][0], {"name": "[0]", **BUFFER_FULL})
        self.assertEqual(show(Plain(a=["deep enough"]))["members"][0]["members"][0]["value"], "'deep enough'")


class Expressions(unittest.TestCase):
    def test_values_come_first_and_with_larger_limits(self):
        def function(items, text):
            return capture(0, ["items", "text", "len(items) + 1"])

        shown = function(list(range(100)), "x" * 1000)["expressions"]
        self.assertEqual(len(shown[0]["members"]), 100)
        self.assertEqual(shown[1]["value"], repr("x" * 1000))
        self.assertEqual(shown[2], {"value": "101", "type": "int"})

    def test_objects_of_expressions_are_the_first_of_the_table(self):
        def function(one, two):
            return capture(0, ["two"], max_expanded_frames=1)

        result = function(Plain(), Plain())
        self.assertEqual(result["expressions"][0], {"varTableIndex": 1})
        self.assertEqual(by_name(result["frames"][0]["arguments"])["two"], {"varTableIndex": 1})

    def test_depth_of_expressions_starts_one_higher(self):
        def function(value):
            return capture(0, ["value"])

        shown = function([[[[[["too deep"]]]]]])["expressions"][0]
        for _ in range(4):
            shown = shown["members"][0]
        self.assertEqual(shown["members"][0], {"name": "[0]", **BUFFER_FULL})

    def test_errors(self):
        def function(value):
            return capture(0, ["1/0", "value.append(1)", "2+", "missing", "value[5]"])

        shown = [entry["status"] for entry in function([])["expressions"]]
        self.assertEqual(shown[0], {"isError": True, "refersTo": "VARIABLE_VALUE", "description": {"format": "Exception occurred: $0", "parameters": ["division by zero"]}})
        self.assertEqual(shown[1]["description"]["parameters"], ["Only immutable methods can be called from expressions: `value.append` changes a list"])
        self.assertEqual(shown[2], {"isError": True, "refersTo": "VARIABLE_NAME", "description": {"format": "Expression could not be compiled: $0", "parameters": [syntax_error("2+")]}})
        self.assertEqual(shown[3]["description"]["parameters"], ["name 'missing' is not defined"])
        self.assertEqual(shown[4]["description"]["parameters"], ["list index out of range"])

    def test_what_an_expression_makes_is_kept_until_it_is_written(self):
        def function(value):
            return capture(0, ["[value, value]", "{'a': value}", "type(value)", "value.__class__"])

        result = function(Plain(a=1))
        self.assertEqual(result["expressions"][0]["members"][0], {"name": "[0]", "varTableIndex": 1})
        self.assertEqual(result["expressions"][1]["members"][0], {"name": "'a'", "varTableIndex": 1})
        self.assertEqual(result["expressions"][2], result["expressions"][3])

    def test_every_expression_has_its_place(self):
        def function(text):
            return capture(0, ["text"] * 100)

        shown = function("x" * 30000)["expressions"]
        self.assertEqual(len(shown), 100)
        self.assertEqual(shown[0]["value"], repr("x" * 30000))
        self.assertEqual(shown[99], BUFFER_FULL)


def random_value(random_source, objects, depth=0):
    kind = random_source.randrange(14 if depth < 4 else 7)
    size = random_source.choice((0, 1, 2, 3, 5, 8, 30))
    if kind == 0:
        return random_source.choice((None, True, False))
    if kind == 1:
        return random_source.choice((random_source.randrange(-10**6, 10**6), random_source.randrange(10**30)))
    if kind == 2:
        return random_source.choice((random_source.random(), random_source.randrange(10**6) / 100, 1e22, -0.0, 1 / 3))
    if kind in (3, 4):
        alphabet = random_source.choice(("abc ", "ab'\"\n", "größe\x00", "日本😀"))
        return "".join(random_source.choice(alphabet) for _ in range(random_source.choice((0, 3, 20, 254, 300))))
    if kind == 5:
        return bytes(random_source.randrange(256) for _ in range(size * 10))
    if kind == 6:
        return random_source.choice((random_value, ValueError("text", 1), 1 + 2.5j, bytearray(b"ab")))
    if kind in (7, 8):
        return [random_value(random_source, objects, depth + 1) for _ in range(size)]
    if kind == 9:
        return tuple(random_value(random_source, objects, depth + 1) for _ in range(size))
    if kind == 10:
        return {random_source.choice((str(i), i, (i, "a"), None)): random_value(random_source, objects, depth + 1) for i in range(size)}
    if kind == 11:
        return {random_source.choice((i, str(i))) for i in range(size)}
    if kind == 12 and objects:
        return random_source.choice(objects)
    value = Plain()
    objects.append(value)
    for i in range(size):
        setattr(value, "attribute%d" % i, random_value(random_source, objects, depth + 1))
    return value


class AgainstTheRules(unittest.TestCase):
    """Random values, small and large budgets: the capture is what the rules of the original say, to the last character."""

    limits = {}

    @staticmethod
    def capture_three(first, second, third):
        # No variable but these: all that a frame has counts.
        return capture(max_expanded_frames=1, **AgainstTheRules.limits)

    def check(self, seed, **limits):
        random_source = random.Random(seed)
        objects = []
        first = random_value(random_source, objects)
        second = random_value(random_source, objects)
        third = random_value(random_source, objects)

        self.limits.update(limits)
        result = self.capture_three(first, second, third)
        self.limits.clear()
        names = {"max_payload_chars": "max_payload", "max_items": "max_items", "max_value_chars": "max_chars", "max_depth": "max_depth"}
        shown, table = expected(
            {"first": first, "second": second, "third": third}, **{names[key]: value for key, value in limits.items()}
        )
        self.assertEqual(result["frames"][0]["arguments"], shown, (seed, limits))
        self.assertEqual(result["table"], table, (seed, limits))

    def test_default_limits(self):
        for seed in range(150):
            self.check(seed)

    def test_small_payload(self):
        for seed in range(300):
            self.check(seed, max_payload_chars=seed * 7 + 1)

    def test_other_limits(self):
        for seed in range(100):
            self.check(seed, max_items=seed % 7 + 1, max_depth=seed % 5 + 1)


if __name__ == "__main__":
    unittest.main()
