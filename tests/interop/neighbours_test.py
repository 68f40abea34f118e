"""gevent, eventlet and coverage.py from PyPI beside the stub: both sides see what they would see alone."""

import json
import os
import shutil
import signal
import sys
import tempfile
import unittest

from interop import pypi
from stub.fake_broker import App, StubTest

WORK = """
    def add(n):
        total = 0
        for i in range(n):
            total += i  #: loop
        return total

    def catch(n):
        try:
            return [add(n)][1]
        except IndexError:
            return -1

    def never():
        return 0

    def work():
        return [catch(3), sum(add(i) for i in range(4)), never() if catch(0) else 1]
"""
LINE = 4  # total += i
NUM_HITS = 3 + (0 + 1 + 2 + 3)

COVERED = """
    import sys
    import work
    if sys.argv[1] == "watched":
        import googleclouddebugger
        googleclouddebugger.enable(module="covered", version="1")
        sys.stdin.readline()
    print(work.work())
"""

GREEN = """
    import sys
    if sys.argv[1] == "gevent":
        from gevent import monkey
        monkey.patch_all()
        import gevent
        spawn, pause, wait_for_all = gevent.spawn, gevent.sleep, gevent.joinall
    else:
        import eventlet
        eventlet.monkey_patch()
        spawn, pause, wait_for_all = eventlet.spawn, eventlet.sleep, lambda greens: [green.wait() for green in greens]

    import os
    import socket
    import googleclouddebugger

    def work(number):
        doubled = number * 2
        return doubled

    def turn(number):
        pause(0)
        result = work(number)
        pause(0)
        return result

    def run(numbers):
        results = []
        wait_for_all([spawn(lambda number=number: results.append(turn(number))) for number in numbers])
        print(sorted(results), flush=True)

    def loop():
        while not stop:
            turn(1)

    def listen():
        server = socket.socket()
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        def serve():
            while True:
                connection, _ = server.accept()
                connection.sendall(b"%d" % work(int(connection.recv(100))))
                connection.close()
        spawn(serve)
        return server.getsockname()

    def ask(address, number):
        client = socket.create_connection(address)
        client.sendall(b"%d" % number)
        print(client.recv(100).decode(), flush=True)

    def child():
        pid = os.fork()
        if pid == 0:
            loop()
        return pid

    stop = []
    googleclouddebugger.enable(module="green", version="1")
    print("ready", flush=True)
    for line in sys.stdin:
        exec(line)
"""
GREEN_LINE = 17  # return doubled
TURN_LINE = 21  # result = work(number)


class InteropTest(StubTest):
    requirements = ()

    @classmethod
    def setUpClass(cls):
        cls.tools = tempfile.mkdtemp(prefix="neighbours")
        try:
            cls.bin = pypi.install(os.path.join(cls.tools, "venv"), *cls.requirements)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.tools, ignore_errors=True)

    def start_python(self, *arguments, **env):
        command = [os.path.join(self.bin, "python"), "-u"] + list(arguments)
        app = App(command, self.folder, self.environment(**env))
        self.addCleanup(app.stop)
        return app


class CoverageTest(InteropTest):
    requirements = ("coverage",)

    def setUp(self):
        super().setUp()
        self.write("work.py", WORK)
        self.write("covered.py", COVERED)

    def run_covered(self, mode, core, *options):
        """What the app prints, and the report of coverage.py on what it has run."""
        command = ["-m", "coverage", "run", "--include=work.py"] + list(options) + ["covered.py", mode]
        app = self.start_python(*command, COVERAGE_CORE=core)
        session = None
        if mode == "watched":
            session = self.broker.accept(quota={"is_unlimited": True})
            session.arm("log", "work.py", LINE, action="LOG")
            app.tell("go")
        said = app.read_all()
        self.assert_quiet_end(app)
        report = self.start_python("-m", "coverage", "json", "-o", "report.json")
        self.assertEqual(report.wait(), 0, report.errors())
        with open(os.path.join(self.folder, "report.json"), encoding="utf-8") as file:
            return said, json.load(file)["files"]["work.py"], session

    def check(self, core, *options):
        self.broker = self.start_broker()
        said, plain, _ = self.run_covered("plain", core, *options)
        watched_said, watched, session = self.run_covered("watched", core, *options)
        self.assertEqual(watched_said, said)
        self.assertEqual(watched, plain)
        self.assertIn(LINE, watched["executed_lines"])
        session.wait_end()
        self.assertEqual(sum(kind == "log_entry" for kind, _ in session.unread), NUM_HITS)

    def test_tracer_in_c(self):
        self.check("ctrace")

    def test_tracer_in_c_with_branches(self):
        self.check("ctrace", "--branch")

    def test_tracer_in_python(self):
        self.check("pytrace")

    @unittest.skipIf(sys.version_info < (3, 12), "no sys.monitoring")
    def test_monitoring(self):
        self.check("sysmon")

    @unittest.skipIf(sys.version_info < (3, 14), "coverage.py has it by another core")
    def test_monitoring_with_branches(self):
        self.check("sysmon", "--branch")


class GreenTests:
    """For whichever has greenlets."""

    def setUp(self):
        super().setUp()
        self.write("green.py", GREEN)
        self.broker = self.start_broker()
        self.app = self.start_python("green.py", self.requirements[0])
        self.app.expect("ready")
        self.session = self.broker.accept(quota={"is_unlimited": True})

    def assert_end(self):
        self.assertEqual(self.app.wait(), 0, self.app.errors())
        for word in ("Traceback", "googleclouddebugger"):
            self.assertNotIn(word, self.app.errors())

    def test_each_greenlet_is_hit(self):
        self.session.arm("log", "green.py", GREEN_LINE, action="LOG", expressions=["number"])
        self.app.tell("run(range(50))")
        self.app.expect(str([2 * number for number in range(50)]))
        self.assert_end()
        self.session.wait_end()
        self.assertEqual(sum(kind == "log_entry" for kind, _ in self.session.unread), 50)

    def test_capture_in_a_greenlet(self):
        self.session.arm("b1", "green.py", GREEN_LINE, condition="number == 7")
        self.app.tell("run(range(20))")
        self.app.read()
        frames = self.session.capture("b1")["frames"]
        self.assertEqual([frame["function"] for frame in frames[:2]], [b"work", b"turn"])
        self.assertEqual(frames[0]["arguments"][0]["integer"], 7)
        self.assert_end()

    def test_call_that_waits_in_a_greenlet_is_hit_or_said_not_to_be(self):
        self.app.tell("go = []; waiting = spawn(lambda: turn(4)); pause(0); print('waits', flush=True)")
        self.app.expect("waits")
        coverage = self.session.arm("b1", "green.py", TURN_LINE).get("coverage", b"")
        self.app.tell("wait_for_all([waiting]); print('done', flush=True)")
        self.app.expect("done")
        self.session.flush()
        is_hit = "capture" in self.session.pending()
        self.assertNotEqual(is_hit, "greenlets" in str(coverage), coverage)
        self.assert_end()

    def test_set_while_greenlets_run(self):
        self.app.tell("greens = [spawn(loop) for _ in range(5)]; spawn(lambda: (pause(0.5), stop.append(1)));"
                      " wait_for_all(greens); print('stopped', flush=True)")  # fmt: skip
        number = 0
        while not self.app.has_said_something():
            self.session.arm("b%d" % number, "green.py", GREEN_LINE)
            number += 1
        self.app.expect("stopped")
        self.session.capture("b0")
        self.assert_end()

    def test_server(self):
        self.session.arm("b1", "green.py", GREEN_LINE)
        self.app.tell("address = listen(); ask(address, 21)")
        self.app.expect("42")
        self.session.capture("b1")
        self.assert_end()

    def test_child_is_a_session(self):
        self.session.arm("before", "green.py", GREEN_LINE)
        self.app.tell("pid = child(); print(pid, flush=True)")
        pid = int(self.app.read())
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        child = self.broker.accept_from(pid)
        child.capture("before")
        child.arm("child", "green.py", GREEN_LINE)
        child.capture("child")
        self.app.tell("run([3])")
        self.app.expect("[6]")
        self.session.capture("before")
        self.assert_end()


class GeventTest(GreenTests, InteropTest):
    requirements = ("gevent",)


class EventletTest(GreenTests, InteropTest):
    requirements = ("eventlet",)


if __name__ == "__main__":
    unittest.main()
