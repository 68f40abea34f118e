"""Compiled regular expressions: quick ones are matched as Python does, those that may take long are refused."""

import re
import unittest

import _capture

ACCEPTED, REFUSED = 0, 2


class PatternsTest(unittest.TestCase):
    def test_quick_ones(self):
        text = "order 1234 of ann@example.com"
        for source in (r"\d+", r"[a-z]+@[a-z]+", "order", r"^order (\d+)", r"(?P<user>\w+)@", "of|for", r"\border\b", "x?order", r"[\]a]+", "(a|o)rder", "nothing"):
            pattern = re.compile(source)
            for name in ("match", "search", "fullmatch"):
                outcome, value = _capture.evaluate("pattern.%s(text)" % name)
                wanted = getattr(pattern, name)(text)
                self.assertEqual(outcome, ACCEPTED, (source, value))
                self.assertEqual(value and value.span(), wanted and wanted.span(), source)
        pattern = re.compile(r"(?P<word>\w+) (\d+)")
        for source in ("group()", "group(2)", "group('word')", "groups()", "groupdict()", "span()", "start(1)", "end()"):
            self.assertEqual(_capture.evaluate("pattern.match(text).%s" % source), (0, eval("pattern.match(text).%s" % source)), source)
        self.assertEqual(_capture.evaluate("bool(pattern.match(text)) and not pattern.match('')"), (0, True))

    def test_slow_ones(self):
        text, long = "a" * 30 + "b", "a" * 5000
        for source in ("(a+)+$", "(a|a)*$", "(a*)*b", "([a-z]+)*!", r"(a)\1*", "(?=a*)a", "(?:a+){5}x", "a*a*a*a*a*a*a*a*a*c", "(?x)a *", r"(?P<n>a)(?P=n)+"):
            pattern = re.compile(source)
            outcome, value = _capture.evaluate("pattern.search(text)")
            self.assertEqual(outcome, REFUSED, (source, value))
            self.assertIn("uses a pattern that may take", value[2][0])
        pattern = re.compile("a+a+$")
        self.assertEqual(_capture.evaluate("pattern.search(text)")[0], ACCEPTED)
        self.assertEqual(_capture.evaluate("pattern.search(long)")[0], REFUSED)
        self.assertTrue(text and long)

    def test_others_are_refused(self):
        pattern, calls = re.compile("a"), []

        class Text(str):
            def __getitem__(self, key):
                calls.append(key)

        text = Text("a")
        for source in ("pattern.sub('b', 'a')", "pattern.match(text)", "pattern.finditer('a')", "pattern.match('a').expand('x')", "pattern.scanner('a')", "pattern.match(5)"):
            self.assertEqual(_capture.evaluate(source)[0], REFUSED, source)
        self.assertEqual(calls, [])
        self.assertTrue(pattern and text)


if __name__ == "__main__":
    unittest.main()
