"""What the app's visibility file hides never gets into a packet."""

import collections
import fnmatch
import functools
import random
import re
import unittest
import weakref

import _capture
from captured import by_name, capture, note, show


class Secret:
    def __init__(self):
        self.token = "hunter2"


class Open:
    def __init__(self, secret):
        self.secret = secret
        self.number = 1


BLACKLISTED = note("VARIABLE_NAME", "blacklisted by config")
NOT_WHITELISTED = note("VARIABLE_NAME", "not whitelisted by config")
for status in (BLACKLISTED, NOT_WHITELISTED):
    status["status"]["isError"] = True
MODULE = __name__


class VisibilityTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(_capture.set_visibility)

    def packet(self, value, expressions=()):
        packet, _ = _capture.capture(0, expressions)
        entry, _ = _capture.log_entry(0, ["value"])
        return packet + entry

    def test_a_value_of_a_hidden_type_is_a_status(self):
        _capture.set_visibility((MODULE + ".Secret",), ("*",))
        self.assertEqual(show(Secret()), BLACKLISTED)
        self.assertEqual(show(5), {"value": "5", "type": "int"})

    def test_only_what_is_whitelisted_is_shown(self):
        _capture.set_visibility((), ("builtins.int", MODULE + ".Op*"))
        self.assertEqual(show("text"), NOT_WHITELISTED)
        shown = by_name(show(Open(Secret()))["members"])
        self.assertEqual(shown, {"secret": NOT_WHITELISTED, "number": {"value": "1", "type": "int"}})

    def test_the_blacklist_beats_the_whitelist(self):
        _capture.set_visibility((MODULE + ".*",), (MODULE + ".Secret",))
        self.assertEqual(show(Secret()), BLACKLISTED)

    def test_without_a_whitelist_nothing_is_shown(self):
        _capture.set_visibility((), ())
        self.assertEqual(show(None), NOT_WHITELISTED)

    def test_a_file_that_could_not_be_read_hides_everything(self):
        _capture.set_visibility((), ("*",), "Could not process debugger config: why")
        self.assertEqual(show(1)["status"]["description"], {"format": "Could not process debugger config: why"})

    def test_in_every_position(self):
        secret = Secret()
        reference = weakref.ref(secret)
        _capture.set_visibility((MODULE + ".Secret",), ("*",))
        for value in (
            secret,
            [secret],
            (secret,),
            {"key": secret},
            {secret: 1},
            {(secret, 2): 1},
            {secret},
            frozenset([secret]),
            collections.deque([secret]),
            collections.OrderedDict(a=secret),
            Open(secret),
            secret.__init__,
            functools.partial(print, secret),
            ValueError(secret),
            reference,
            {"deep": [{"er": (Open([secret]),)}]},
        ):
            packet = self.packet(value, ["value"])
            self.assertNotIn(b"hunter2", packet, value)
            self.assertNotIn(b"token", packet, value)
        self.assertIn(b"blacklisted by config", self.packet([secret]))

    def test_a_hidden_key_is_a_status_too(self):
        _capture.set_visibility(("builtins.str",), ("*",))
        value = {"the key": 1}
        packet, _ = _capture.capture(0, ())
        self.assertNotIn(b"the key", packet)
        self.assertEqual(value, {"the key": 1})

    def test_the_text_of_an_exception_is_a_str(self):
        name = "hunter2"
        shown = capture(0, ["int(name)"])["expressions"][0]
        self.assertIn("hunter2", str(shown))
        _capture.set_visibility(("builtins.str",), ("*",))
        shown = capture(0, ["int(name)"])["expressions"][0]
        self.assertEqual(shown, BLACKLISTED)
        self.assertTrue(name)

    def test_a_class_that_takes_the_place_of_another(self):
        _capture.set_visibility(("*.Hidden",), ("*",))
        for number in range(50):
            name = "Hidden" if number % 2 else "Shown"
            value = type(name, (), {})()
            self.assertEqual("status" in show(value) and show(value) == BLACKLISTED, bool(number % 2))
            del value

    def test_a_type_with_an_endless_name_has_none(self):
        _capture.set_visibility((), ("*",))
        shown = show(type("x" * 3000, (), {})())
        self.assertEqual(shown["status"]["description"], {"format": "could not determine type"})


class GlobTest(unittest.TestCase):
    def test_as_fnmatch_has_it(self):
        chance = random.Random(7)
        pieces = ["a", "b", ".", "*", "?", "[ab]", "[!a]", "[a-c]", "[", "]", "[]a]", "[!]]", "-", "\u00e9", "[\u00e0-\u00ff]"]
        for _ in range(20000):
            pattern = "".join(chance.choice(pieces) for _ in range(chance.randrange(6)))
            text = "".join(chance.choice("abc.-[]\u00e9") for _ in range(chance.randrange(6)))
            try:
                expected = fnmatch.fnmatchcase(text, pattern)
            except re.error:  # up to 3.8, for a range like "[b-[a]"
                continue
            self.assertEqual(_capture.matches(text, pattern), expected, (text, pattern))

    def test_many_stars_end(self):
        self.assertFalse(_capture.matches("a" * 500, "*a" * 200 + "b"))


if __name__ == "__main__":
    unittest.main()
