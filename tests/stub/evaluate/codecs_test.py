"""Calls that CPython would answer with a codec, or with something else than the complaint that was expected of it: codecs and
what they do about errors are code that the app can register.
"""

import codecs
import datetime
import decimal
import gc
import sys
import unittest

import _capture

ACCEPTED, SYNTAX, REFUSED, RAISED = range(4)

calls = []


def search(name):
    """Of the app's: asked for every encoding that was not found yet."""
    calls.append(name)


def on_error(error):
    calls.append(error.reason)
    return "?", error.end


codecs.register(search)
codecs.register_error("app_handler", on_error)
codecs.register_error("utf-8", on_error)
codecs.register_error("ascii", on_error)

data, text, lone, array = b"\xff", "\u20ac", "\ud800", bytearray(b"\xff")
kind, number = datetime.datetime, decimal.Decimal
HOSTILE = """
str(data, 'cp037')
str(data, 'app_codec')
str(data, 'ascii', 'app_handler')
str(data, 'utf-8', 'utf-8')
str(data, encoding='app_codec')
str(data, errors='app_handler')
str(object=data, encoding='app_codec')
bytes(text, 'app_codec')
bytes(text, 'cp037')
bytes(text, 'ascii', 'app_handler')
bytes(text, encoding='app_codec')
bytes(source=text, encoding='app_codec', errors='app_handler')
data.decode('app_codec')
data.decode('cp037')
data.decode('strict')
data.decode('ignore')
data.decode('ascii', 'app_handler')
data.decode('utf-8', 'utf-8')
data.decode('ascii', 'ascii')
data.decode(encoding='app_codec')
data.decode(encoding='replace')
data.decode(errors='app_handler')
data.decode(errors='utf-8')
data.decode(errors='ascii', encoding='ascii')
text.encode('app_codec')
text.encode('strict')
text.encode('ascii', 'app_handler')
text.encode('ascii', 'ascii')
text.encode(encoding='strict')
text.encode(encoding='ascii', errors='utf-8')
array.decode('ascii', 'app_handler')
array.decode('utf-8', 'ascii')
int(data, 10)
int(text, 10, 5)
int('5', base='app_codec')
float(data)
complex(text)
ascii(text, 'app_codec')
repr(text, 'app_codec')
format(text, 'app_codec')
kind.fromisoformat(text)
kind.strptime(text, 'app_codec')
""".split("\n")


class CodecsTest(unittest.TestCase):
    def ask(self, source):
        del calls[:]
        before = set(sys.modules)
        answer = _capture.evaluate(source)
        self.assertEqual((calls, set(sys.modules) - before), ([], set()), source)
        return answer

    def test_no_codec_and_no_handler_of_the_app_is_asked(self):
        for source in HOSTILE:
            if source:
                self.assertIn(self.ask(source)[0], (REFUSED, RAISED), source)

    def test_a_handler_that_the_app_has_put_in_the_place_of_pythons(self):
        original = codecs.lookup_error("strict")
        self.assertEqual(self.ask("lone.encode()")[0], RAISED)
        codecs.register_error("strict", on_error)
        try:
            for source in ("data.decode()", "data.decode('utf-8', 'strict')", "lone.encode()", "lone.encode('utf-8', errors='strict')"):
                self.assertEqual(self.ask(source)[0], REFUSED, source)
        finally:
            codecs.register_error("strict", original)

    def test_the_codecs_that_python_knows_itself(self):
        for source in (
            "data.decode('latin-1')", "data.decode('ascii', 'ignore')", "data.decode(errors='replace')", "text.encode('ascii', 'replace')",
            "text.encode(encoding='utf8', errors='strict')", "text.encode('utf-8')", "bytes(data)", "str(text)", "array.decode('latin-1')",
        ):  # fmt: skip
            self.assertEqual(self.ask(source), (ACCEPTED, eval(source)), source)

    def test_what_python_would_accept_with_more_arguments_is_not_computed_for_its_words(self):
        for source in ("str(b'x' * 500, 'utf-8')", "bytes('x' * 500, 'ascii')", "number('1', None)"):
            self.assertEqual(self.ask(source)[0], REFUSED, source)
        for source in ("kind.now(2020, 1, 1)", "kind.today(2020, 1, 1)", "kind.utcnow(2020, 1, 1)", "kind.fromordinal(2020, 1, 1)"):
            self.assertEqual(self.ask(source)[0], RAISED, source)

    @unittest.skipUnless(hasattr(sys, "getallocatedblocks"), "CPython's own")
    def test_nothing_is_left_of_an_answer_that_was_not_wanted(self):
        sources = ["str(b'x' * 100, 'utf-8')", "bytes('x' * 100, 'ascii')", "kind.now(2020, 1, 1)"]
        self.assertLess(min(self.num_blocks_left(sources) for _ in range(3)), 500)

    def num_blocks_left(self, sources):
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(1000):
            for source in sources:
                _capture.condition(source)
        gc.collect()
        return sys.getallocatedblocks() - before


if __name__ == "__main__":
    unittest.main()
