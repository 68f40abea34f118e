"""uWSGI from PyPI: workers that load the app and workers that are forked from what has loaded it, with threads and without.

uWSGI forks in C. Without --enable-threads it never gives up the GIL between requests, so that what the broker says is
heeded when the next request is served.
"""

import http.client
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import unittest

from interop import pypi
from stub.fake_broker import App, StubTest

APP = """
    import os
    import googleclouddebugger

    googleclouddebugger.enable(module="web", version="1")

    def answer(path):
        text = "%s from %d" % (path, os.getpid())
        return text

    def application(environ, start_response):
        body = answer(environ["PATH_INFO"]).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
"""
LINE = 8  # return text
NUM_WORKERS = 2
UWSGI = os.environ.get("UWSGI", "uwsgi==2.0.24")  # later ones have threads always


class Visitor:
    """Asks for pages, one after the other, until the end of the test."""

    def __init__(self, port):
        self.port = port
        self.pids = set()
        self.problems = []
        self.must_stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number = 0
        while not self.must_stop.wait(0.01):
            number += 1
            try:
                path = "/%d" % number
                body = self.get(path)
                if not body.startswith(path + " from "):
                    raise ValueError(body)
                self.pids.add(int(body.rpartition(" ")[2]))
            except ConnectionRefusedError:  # it is starting
                pass
            except Exception as error:
                self.problems.append(error)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def stop(self):
        self.must_stop.set()
        self.thread.join()


class UwsgiTest(StubTest):
    @classmethod
    def setUpClass(cls):
        cls.tools = tempfile.mkdtemp(prefix="uwsgi")
        try:
            cls.bin = pypi.install(os.path.join(cls.tools, "venv"), UWSGI)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.tools, ignore_errors=True)

    def start(self, *options):
        self.write("web.py", APP)
        self.broker = self.start_broker()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [os.path.join(self.bin, "uwsgi"), "--http-socket", "127.0.0.1:%d" % port, "--module", "web"]
        command += ["--processes", str(NUM_WORKERS), "--die-on-term", "--need-app", "--pythonpath", self.folder]
        app = App(command + list(options), self.folder, self.environment(), start_new_session=True)
        self.addCleanup(self.stop_all, app)
        self.visitor = Visitor(port)
        self.addCleanup(self.visitor.stop)
        return app

    @staticmethod
    def stop_all(app):
        try:
            os.killpg(app.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        app.stop()

    def accept_workers(self, app, num, known=()):
        """The sessions of workers that are not known, by process id."""
        sessions = {}
        while len(sessions) < num:
            session = self.broker.accept()
            if session.hello["pid"] != app.pid and session.hello["pid"] not in known:
                sessions[session.hello["pid"]] = session
        return sessions

    def assert_every_worker_is_hit(self, app):
        sessions = self.accept_workers(app, NUM_WORKERS)
        for session in sessions.values():
            session.arm("b1", "web.py", LINE)
            capture = session.capture("b1")
            self.assertEqual(capture["frames"][0]["function"], b"answer")
            self.assertEqual(capture["frames"][1]["function"], b"application")
            session.arm("b2", "web.py", LINE, condition="path == '/'")
            session.send(clear_breakpoint={"id": "b2"})
            session.arm("b3", "web.py", LINE)
            session.capture("b3")
        self.assertLessEqual(self.visitor.pids, set(sessions))

    def assert_quiet_end(self, app, status=0):
        self.visitor.stop()
        self.assertEqual(self.visitor.problems, [])
        app.process.send_signal(signal.SIGTERM)
        self.assertEqual(app.wait(), status, app.errors())
        self.assert_nothing_bad_was_said(app)

    def assert_nothing_bad_was_said(self, app):
        for word in ("Traceback", "Warning", "Error", "googleclouddebugger", "segmentation"):
            self.assertNotIn(word, app.errors())

    def test_lazy_apps(self):
        app = self.start("--master", "--lazy-apps")
        self.assert_every_worker_is_hit(app)
        self.assert_quiet_end(app)

    def test_lazy_apps_with_threads(self):
        app = self.start("--master", "--lazy-apps", "--enable-threads")
        self.assert_every_worker_is_hit(app)
        self.assert_quiet_end(app)

    def test_forked_apps(self):
        app = self.start("--master")
        self.assert_every_worker_is_hit(app)
        self.assert_quiet_end(app)

    def test_forked_apps_with_threads(self):
        app = self.start("--master", "--enable-threads", "--threads", "2")
        self.assert_every_worker_is_hit(app)
        self.assert_quiet_end(app)

    @unittest.skipIf(sys.version_info >= (3, 13), "uWSGI crashes by itself")
    def test_forked_apps_of_which_python_is_told(self):
        app = self.start("--master", "--py-call-osafterfork", "--enable-threads")
        self.assert_every_worker_is_hit(app)
        self.assert_quiet_end(app)

    def test_hooks_of_the_master_are_hit_in_workers_that_come_later(self):
        app = self.start("--master", "--enable-threads")
        sessions = {}
        while len(sessions) < 1 + NUM_WORKERS:
            session = self.broker.accept()
            sessions[session.hello["pid"]] = session
        sessions[app.pid].arm("master", "web.py", LINE)
        os.kill(next(pid for pid in sessions if pid != app.pid), signal.SIGKILL)
        (session,) = self.accept_workers(app, 1, sessions).values()
        session.capture("master")
        self.visitor.problems = []  # a request of the worker that was killed
        self.assert_quiet_end(app)

    def test_workers_that_are_replaced_while_the_master_cannot_do_what_it_is_told(self):
        """Without threads the link of the master waits for the GIL for ever, in each fork too."""
        app = self.start("--master", "--max-requests", "20", "--min-worker-lifetime", "0")
        workers = set()
        while len(workers) < 4 * NUM_WORKERS:
            session = self.broker.accept()
            if session.hello["pid"] == app.pid:
                for number in range(10):
                    session.set("m%d" % number, "web.py", LINE)
            else:
                workers.add(session.hello["pid"])
        self.visitor.stop()
        self.assertEqual(self.visitor.problems, [])
        # A worker that is replaced just when uWSGI is told to end is waited for for ever, by any uWSGI.
        self.assert_nothing_bad_was_said(app)

    def test_without_a_master(self):
        app = self.start("--processes", "1")
        session = self.broker.accept()
        session.arm("b1", "web.py", LINE)
        session.capture("b1")
        self.assertEqual(session.hello["pid"], app.pid)
        self.assert_quiet_end(app, 30)  # what uWSGI without a master ends with


if __name__ == "__main__":
    unittest.main()
