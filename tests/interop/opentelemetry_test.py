"""The trace of an app with the real opentelemetry-sdk is in its snapshots and log entries."""

import os
import shutil
import tempfile
import unittest

from e2e.harness import EndToEndTest, set_breakpoint, until, wait_final
from interop import pypi

APP = """
    import asyncio
    import sys
    import threading
    import googleclouddebugger
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    trace.set_tracer_provider(TracerProvider())
    tracer = trace.get_tracer("shop")
    googleclouddebugger.enable(module="interop", version="7")

    def work(kind):
        span = trace.get_current_span().get_span_context()
        expected = "%032x %016x" % (span.trace_id, span.span_id)
        return expected

    async def task():
        with tracer.start_as_current_span("in a task"):
            await asyncio.sleep(0)
            work("task")

    def remote():
        context = trace.SpanContext(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0xF067AA0BA902B7, True)
        with trace.use_span(trace.NonRecordingSpan(context)):
            work("remote")

    stop = threading.Event()
    while not stop.wait(0.01):
        with tracer.start_as_current_span("request"):
            work("request")
        work("none")
        remote()
        asyncio.new_event_loop().run_until_complete(task())
"""
LINE = 16
NO_TRACE = "0" * 32 + " " + "0" * 16


class OpenTelemetryTest(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        cls.packages = tempfile.mkdtemp(prefix="interop")
        cls.addClassCleanup(shutil.rmtree, cls.packages, ignore_errors=True)
        venv = os.path.join(cls.packages, "venv")
        pypi.install(venv, "opentelemetry-sdk")
        cls.site = next(
            folder for folder, _, _ in os.walk(venv) if os.path.basename(folder) == "site-packages"
        )

    def setUp(self):
        super().setUp()
        self.broker = self.start_broker()
        self.write("app.py", APP)
        environment = self.app_environment(self.broker.socket_path)
        environment["PYTHONPATH"] += os.pathsep + self.site
        self.start_app(self.broker.socket_path, ["app.py"], env=environment)
        self.debuggee = self.only_debuggee(self.broker)

    def snapshot(self, kind):
        breakpoint_id = set_breakpoint(
            self.broker.database,
            self.debuggee,
            "app.py:%d" % LINE,
            condition="kind == '%s'" % kind,
            expressions=["expected"],
        )
        snapshot = wait_final(self.broker.database, self.debuggee, breakpoint_id, "snapshot")
        labels = snapshot.get("labels", {})
        return (
            "%s %s" % (labels.get("trace_id"), labels.get("span_id")),
            snapshot["evaluatedExpressions"][0]["value"].strip("'"),
        )

    def test_snapshots_have_the_trace_in_their_labels(self):
        for kind in ("request", "task", "remote"):
            found, expected = self.snapshot(kind)
            self.assertNotEqual(expected, NO_TRACE)
            self.assertEqual(found, expected, kind)
        self.assertEqual(self.snapshot("none"), ("None None", NO_TRACE))

    def test_log_entries_have_the_trace(self):
        set_breakpoint(
            self.broker.database,
            self.debuggee,
            "app.py:%d" % LINE,
            action="LOG",
            condition="kind == 'request'",
            expressions=["expected"],
            logMessageFormat="$0",
        )

        def lines():
            return [event for event in self.broker.log_events() if event["message"].startswith("LOGPOINT")]

        line = until(lines, "a line")[0]
        self.assertEqual(
            "LOGPOINT: '%s %s'"
            % (line["logging.googleapis.com/trace"], line["logging.googleapis.com/spanId"]),
            line["message"],
        )


if __name__ == "__main__":
    unittest.main()
