"""What the entry of a logpoint carries."""

import datetime
import threading
import unittest

import _capture
from captured import Renderer, characters, syntax_error

TOP_ITEMS, NESTED_ITEMS = 10, 5


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("slot",)


class LogText(Renderer):
    """The original's text of a value, from the packet."""

    def text(self, variable):
        if "status" in variable:
            status = variable["status"]
            return "<%s>" % status["format"].replace("$0", status.get("parameters", [""])[0])
        if "container" not in variable:
            return self.value(variable)["value"]
        more = ["..."] if variable.get("num_shown") else []
        members = variable.get("members", ())
        if variable["container"] == "MAPPING":
            return "{%s}" % ", ".join([self.text(m["key"]) + ": " + self.text(m) for m in members] + more)
        if variable["container"] == "OBJECT":
            return "{%s}" % ", ".join([repr(characters(m["name"])) + ": " + self.text(m) for m in members] + more)
        opening, closing = {"list": "[]", "tuple": "()"}.get(self.type_name(variable, None), "{}")
        return opening + ", ".join([self.text(m) for m in members] + more) + closing


def log(value):
    entry = _capture.decode(_capture.log_entry(0, ["value"])[0])["log_entry"]
    return LogText(entry, 256).text(entry["values"][0])


class LogEntryTest(unittest.TestCase):
    def test_facts(self):
        class Service:
            def handle(self):
                return _capture.decode(_capture.log_entry(0, ["1", "2+"], line=42)[0])["log_entry"]

        entry = Service().handle()
        self.assertEqual(entry["breakpoint_id"], "b-1")
        self.assertEqual(entry["function"], b"handle")
        self.assertEqual(entry["strings"][entry["self_type"] - 1], b"Service")
        self.assertEqual(characters(entry["path"]), __file__)
        self.assertEqual(entry["line"], 42)
        self.assertEqual(entry["num_suppressed"], 3)
        self.assertEqual(entry["thread_id"], threading.get_ident())
        self.assertEqual(entry["values"][0], {"integer": 1})
        self.assertEqual(entry["values"][1]["status"]["parameters"], [syntax_error("2+")])
        self.assertLess(abs(entry["time_unix_us"] / 1e6 - datetime.datetime.now().timestamp()), 60)

    def test_scalars(self):
        for value in (12345, "text", "it's", None, True, 1.5, b"x", 10**30):
            self.assertEqual(log(value), repr(value))
        self.assertEqual(log(datetime.datetime(2014, 6, 11, 2, 30)), "2014-06-11 02:30:00")
        self.assertEqual(log("x" * 1000), "'" + "x" * 256 + "...")

    def test_depth(self):
        self.assertEqual(log([1, [[2, [3]], 4], 5]), "[1, [[2, <class 'list'>], 4], 5]")
        self.assertEqual(log([[[{"a": 1}]]]), "[[[<class 'dict'>]]]")
        self.assertEqual(log([[[Plain(a=1)]]]), "[[[<class '%s.Plain'>]]]" % __name__)
        self.assertEqual(log([[[5]]]), "[[[5]]]")

    def test_items(self):
        self.assertEqual(log(list(range(11))), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]")
        self.assertEqual(log(list(range(10))), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]")
        self.assertEqual(log([list(range(6))]), "[[0, 1, 2, 3, 4, ...]]")
        self.assertEqual(log([list(range(5))]), "[[0, 1, 2, 3, 4]]")
        self.assertEqual(log((1, 2)), "(1, 2)")
        self.assertEqual(log({"a": (1,)}), "{'a': (1)}")
        self.assertEqual(log({1}), "{1}")
        self.assertEqual(log({i: i for i in range(11)}), "{%s, ...}" % ", ".join("%d: %d" % (i, i) for i in range(10)))

    def test_objects(self):
        self.assertEqual(log(Plain(some="thing")), "{'some': 'thing'}")
        self.assertEqual(log([Plain(some=Plain(other=1))]), "[{'some': {'other': 1}}]")
        self.assertEqual(log(Plain()), "<class '%s.Plain'>" % __name__)
        self.assertEqual(log(object()), "<class 'object'>")
        self.assertEqual(log(ValueError("text")), "<class 'ValueError'>")
        self.assertEqual(log(log), "function log")
        self.assertEqual(log(Plain), "<class '%s.Plain'>" % __name__)
        slotted = Slotted()
        slotted.slot = 5
        self.assertEqual(log(slotted), "{'slot': 5}")

    def test_cycle(self):
        value = []
        value.append(value)
        self.assertEqual(log(value), "[[[<class 'list'>]]]")
        node = Plain()
        node.node = node
        self.assertEqual(log(node), "{'node': {'node': {'node': <class '%s.Plain'>}}}" % __name__)

    def test_errors(self):
        value = [1]

        def entry(*expressions):
            return _capture.decode(_capture.log_entry(1, expressions)[0])["log_entry"]["values"]

        shown = entry("value[5]", "2+", "value.append(2)", "value")
        texts = [LogText({}, 256).text(variable) for variable in shown[:3]]
        self.assertEqual(texts[0], "<Exception occurred: list index out of range>")
        self.assertEqual(texts[1], "<Expression could not be compiled: %s>" % syntax_error("2+"))
        self.assertEqual(texts[2], "<Exception occurred: Only immutable methods can be called from expressions: `value.append` changes a list>")
        self.assertEqual(shown[3]["members"], [{"integer": 1}])
        self.assertEqual(value, [1])


if __name__ == "__main__":
    unittest.main()
