"""Debian's gunicorn with two workers, with and without --preload: every worker is a session, and can be hit."""

import http.client
import os
import signal
import socket
import unittest

from stub.fake_broker import StubTest

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


class GunicornTest(StubTest):
    def start(self, *options):
        self.write("web.py", APP)
        self.broker = self.start_broker()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        return self.start_app(
            "-m", "gunicorn", "--workers", str(NUM_WORKERS), "--bind", "127.0.0.1:%d" % self.port, *options, "web"
        )

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path)
        body = connection.getresponse().read().decode()
        connection.close()
        return body

    def workers(self, num_sessions):
        """The sessions of the workers, by pid; the master has one too if it has loaded the app."""
        return {session.hello["pid"]: session for session in (self.broker.accept() for _ in range(num_sessions))}

    def assert_every_worker_is_hit(self, sessions):
        for session in sessions.values():
            session.arm("b1", "web.py", LINE)
        waiting = dict(sessions)
        for number in range(500):
            pid = int(self.get("/%d" % number).rpartition(" ")[2])
            if pid in waiting:
                capture = waiting.pop(pid).capture("b1")
                self.assertEqual(capture["frames"][0]["function"], b"answer")
                self.assertEqual(capture["frames"][1]["function"], b"application")
            if not waiting:
                return
        self.fail("never asked: %r" % waiting)

    def assert_quiet_end_of_master(self, app):
        app.process.send_signal(signal.SIGTERM)
        self.assertEqual(app.wait(), 0, app.errors())
        for word in ("Traceback", "Warning", "googleclouddebugger"):
            self.assertNotIn(word, app.errors())

    def test_app_loaded_by_each_worker(self):
        app = self.start()
        sessions = self.workers(NUM_WORKERS)
        self.assertNotIn(app.pid, sessions)
        self.assert_every_worker_is_hit(sessions)
        self.assert_quiet_end_of_master(app)

    def test_app_loaded_before_the_fork(self):
        app = self.start("--preload")
        sessions = self.workers(NUM_WORKERS + 1)
        del sessions[app.pid]
        self.assertEqual(len(sessions), NUM_WORKERS)
        self.assert_every_worker_is_hit(sessions)
        self.assert_quiet_end_of_master(app)

    def test_worker_that_is_killed_is_replaced_by_one_with_a_session(self):
        app = self.start("--preload")
        sessions = self.workers(NUM_WORKERS + 1)
        victim = next(pid for pid in sessions if pid != app.pid)
        os.kill(victim, signal.SIGKILL)
        sessions[victim].wait_end()
        replacement = self.broker.accept()
        self.assertNotIn(replacement.hello["pid"], sessions)
        replacement.arm("b1", "web.py", LINE)
        self.assert_quiet_end_of_master(app)

    def test_threads_in_the_workers(self):
        app = self.start("--threads", "4")
        self.assert_every_worker_is_hit(self.workers(NUM_WORKERS))
        self.assert_quiet_end_of_master(app)


if __name__ == "__main__":
    unittest.main()
