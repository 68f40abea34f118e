"""The trace that a hit belongs to, read from the context variable of OpenTelemetry: here from a stand-in of the same layout,
with the real one in tests/interop."""

import sys
import types
import unittest

import _capture

try:
    import contextvars
except ImportError:  # CPython 3.6
    contextvars = None

TRACE_ID = 0x4BF92F3577B34DA6A3CE929D0E0E4736
SPAN_ID = 0x00F067AA0BA902B7
SPAN_KEY = "current-span-9b2f1ab2-41a3-4a3c-8f35-0d1f3c7a2b10"


class Context(dict):
    def __setitem__(self, key, value):
        raise ValueError

    def __getitem__(self, key):
        raise AssertionError("code of the app ran")

    __iter__ = keys = values = items = get = __getitem__


class SpanContext(tuple):
    def __getitem__(self, index):
        raise AssertionError("code of the app ran")


class Span:
    def __init__(self, *numbers):
        self._context = SpanContext(numbers)

    def __getattribute__(self, name):
        raise AssertionError("code of the app ran")


class RuntimeContext:
    def __init__(self):
        self._current_context = contextvars.ContextVar("current_context", default=Context())


def traces():
    """What a log entry and a snapshot say of it."""
    entry = _capture.decode(_capture.log_entry(0, [])[0])["log_entry"]
    capture = _capture.decode(_capture.capture(0, [])[0])["capture"]
    return entry.get("trace"), capture.get("trace")


class TraceContextTest(unittest.TestCase):
    def setUp(self):
        self.module = types.ModuleType("opentelemetry.context")
        sys.modules["opentelemetry.context"] = self.module
        self.addCleanup(sys.modules.pop, "opentelemetry.context", None)

    def enter(self, span):
        self.module._RUNTIME_CONTEXT = RuntimeContext()
        variable = self.module._RUNTIME_CONTEXT._current_context
        token = variable.set(Context({"baggage-1": {}, SPAN_KEY: span}))
        self.addCleanup(variable.reset, token)

    def expect_none(self):
        self.assertEqual(traces(), (None, None))

    @unittest.skipIf(contextvars is None, "there are no context variables")
    def test_ids_of_the_current_span(self):
        self.enter(Span(TRACE_ID, SPAN_ID, False, 1, {}, True))
        trace = {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"}
        self.assertEqual(traces(), (trace, trace))

    @unittest.skipIf(contextvars is None, "there are no context variables")
    def test_smallest_and_largest(self):
        self.enter(Span(1, 2**64 - 1))
        trace = {"trace_id": "0" * 31 + "1", "span_id": "f" * 16}
        self.assertEqual(traces(), (trace, trace))

    @unittest.skipIf(contextvars is None, "there are no context variables")
    def test_ids_that_are_none(self):
        class Number(int):
            pass

        for numbers in (
            (0, SPAN_ID),
            (TRACE_ID, 0),
            (2**128, SPAN_ID),
            (TRACE_ID, 2**64),
            (-TRACE_ID, SPAN_ID),
            (TRACE_ID, None),
            (TRACE_ID, Number(3)),
            (TRACE_ID,),
            (),
        ):
            self.enter(Span(*numbers))
            self.expect_none()

    @unittest.skipIf(contextvars is None, "there are no context variables")
    def test_odd_objects(self):
        for span in (None, 7, "span", Span, types.SimpleNamespace(_context=[TRACE_ID, SPAN_ID]), types.SimpleNamespace()):
            self.enter(span)
            self.expect_none()
        self.module._RUNTIME_CONTEXT._current_context.set(7)
        self.expect_none()
        self.module._RUNTIME_CONTEXT._current_context.set(Context())
        self.expect_none()
        self.module._RUNTIME_CONTEXT._current_context = {"get": lambda: 1 / 0}
        self.expect_none()

    def test_modules_that_are_not_it(self):
        self.expect_none()  # nothing in it: it is being imported
        for odd in (None, 7, types.SimpleNamespace(), object()):
            self.module._RUNTIME_CONTEXT = odd
            self.expect_none()
        for odd in (None, 7, Context(), Span()):
            sys.modules["opentelemetry.context"] = odd
            self.expect_none()
        del sys.modules["opentelemetry.context"]
        self.expect_none()

    @unittest.skipIf(contextvars is None, "there are no context variables")
    def test_variable_that_was_never_set(self):
        self.module._RUNTIME_CONTEXT = RuntimeContext()
        self.expect_none()


if __name__ == "__main__":
    unittest.main()
