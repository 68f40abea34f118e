"""Real processes for end-to-end tests: a broker, apps with the stub in them, and a client of the database.

The environment says what is tested: SNAPSHOT_BROKER (program), SNAPDBG (program, where a test uses it) and STUB_PATH (the
folder that holds the package googleclouddebugger, built for the interpreter that runs the test).

Nothing here sleeps for a fixed time: until() asks again until the answer is right, and fails with what it saw last.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import urllib.error
import urllib.request

DEADLINE_S = 60  # a failing wait; sanitizer builds on a busy machine are slow


def until(question, what, deadline_s=DEADLINE_S):
    """The first true answer of question(); AssertionError with the last one after deadline_s seconds."""
    end = time.monotonic() + deadline_s
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("%s: not within %d s; the last answer was %r" % (what, deadline_s, answer))
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    """The REST face of the embedded store."""

    def __init__(self, url):
        self.url = url

    def request(self, method, path, body=None, headers=()):
        data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=dict(headers))
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as response:
            return json.loads(response.read() or b"null")

    def get(self, path):
        return self.request("GET", "/%s.json" % path)

    def put(self, path, value):
        return self.request("PUT", "/%s.json" % path, value)

    def delete(self, path):
        return self.request("DELETE", "/%s.json" % path)

    def status(self, method, path, body=None, headers=()):
        """(HTTP status, body) of a request that may be refused."""
        try:
            return 200, self.request(method, path, body, headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Process:
    """A child process with its output in a file; ended by its pid."""

    def __init__(self, name, folder, command, env=None, cwd=None):
        self.log_path = os.path.join(folder, name + ".log")
        self.name = name
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, cwd=cwd
            )

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path, "r", encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self, signal_number=signal.SIGTERM):
        """Sends the signal, waits for the end, returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            return self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("%s did not end on signal %d:\n%s" % (self.name, signal_number, self.log()[-2000:]))


class Broker(Process):
    """snapshot-broker with everything of its own under a folder; restart() keeps the folder and the socket."""

    def __init__(self, folder, *arguments, state_dir=None, wait=True, wrapper=()):
        self.folder = folder
        self.wrapper = wrapper  # a command that ends by executing its arguments
        self.socket_path = os.path.join(folder, "broker.sock")
        self.state_dir = state_dir or os.path.join(folder, "state")
        self.database = Database(None)
        self.admin_url = None
        self.arguments = arguments
        self.start(wait)

    def start(self, wait=True):
        log_path = os.path.join(self.folder, "broker.log")
        self.log_begin = os.path.getsize(log_path) if os.path.exists(log_path) else 0
        super().__init__(
            "broker",
            self.folder,
            [
                *self.wrapper,
                os.environ["SNAPSHOT_BROKER"],
                "--socket=" + self.socket_path,
                "--state-dir=" + self.state_dir,
                "--listen=127.0.0.1:0",
                "--admin-listen=127.0.0.1:0",
                *self.arguments,
            ],
        )
        if wait:
            self.wait_ready()

    def wait_ready(self):
        """Until it serves; the ports are its own choice, which its log tells."""

        def started():
            if self.process.poll() is not None:
                raise AssertionError("the broker ended with %d:\n%s" % (self.process.returncode, self.log()))
            return re.search(
                r"serves apps at .*?:(?P<port>\d+); .*?:(?P<admin_port>\d+)\.", self.log()[self.log_begin :]
            )

        told = until(started, "the broker's start")
        self.port, self.admin_port = int(told["port"]), int(told["admin_port"])
        self.database.url = "http://127.0.0.1:%d" % self.port
        self.admin_url = "http://127.0.0.1:%d" % self.admin_port
        urllib.request.urlopen(self.admin_url + "/ready", timeout=DEADLINE_S).close()

    def metrics(self):
        """{name with labels: value} of /metrics."""
        with urllib.request.urlopen(self.admin_url + "/metrics", timeout=DEADLINE_S) as page:
            lines = page.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def wait_sessions(self, count):
        until(lambda: self.metrics().get("snapshot_broker_sessions") == count, "%d sessions" % count)

    def log_events(self):
        """The broker's own log lines, parsed."""
        lines = self.log().split("\n")[:-1]  # whole ones
        return [json.loads(line) for line in lines if line.startswith("{")]


class EndToEndTest(unittest.TestCase):
    """A test with a folder of its own; everything started through it is ended when the test ends."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="e2e")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self._processes = []
        self.addCleanup(self._stop_processes)

    def _stop_processes(self):
        failed = self._outcome_has_failed()
        for process in reversed(self._processes):
            if process.process.poll() is None:
                try:
                    process.stop()
                except AssertionError as error:
                    print(error, file=sys.stderr)
            if failed:
                print("---- %s\n%s" % (process.log_path, process.log()[-6000:]), file=sys.stderr)

    def _outcome_has_failed(self):
        outcome = self._outcome
        errors = getattr(outcome, "errors", None)  # up to 3.10
        if errors is not None:
            return any(error for _, error in errors)
        failed = outcome.result.errors + outcome.result.failures  # of a cleanup its "success" is that of the cleanups
        return any(getattr(test, "test_case", test) is self for test, _ in failed)

    def start_broker(self, *arguments, **options):
        broker = Broker(self.folder, *arguments, **options)
        self._processes.append(broker)
        return broker

    def write(self, name, text):
        """A file below the test's folder; returns its path."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def app_environment(self, socket_path):
        env = dict(os.environ)
        env["PYTHONPATH"] = os.path.abspath(os.environ["STUB_PATH"])
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        env["PYTHONUNBUFFERED"] = "1"
        env["SNAPSHOT_BROKER_SOCKET"] = socket_path
        if "SANITIZER_PRELOAD" in env:
            env["LD_PRELOAD"] = env["SANITIZER_PRELOAD"]
        return env

    def start_app(self, socket_path, command, name="app", env=(), cwd=None):
        """Starts `python command...` with the stub on its path."""
        process = Process(
            name,
            self.folder,
            [sys.executable, *command],
            env={**self.app_environment(socket_path), **dict(env)},
            cwd=cwd or self.folder,
        )
        self._processes.append(process)
        return process

    def only_debuggee(self, broker):
        """The id of the one debuggee, once it is there."""
        debuggees = until(lambda: broker.database.get("cdbg/debuggees"), "a debuggee")
        self.assertEqual(len(debuggees), 1, debuggees)
        return next(iter(debuggees))


_ids = iter(range(1, 1 << 30))


def set_breakpoint(database, debuggee, location, **fields):
    """Writes an active breakpoint as the clients do; returns its id. location is "file.py:42"."""
    breakpoint_id = "b-%d%04d" % (time.time(), next(_ids))
    path, line = location.rsplit(":", 1)
    definition = {
        "action": "CAPTURE",
        "location": {"path": path, "line": int(line)},
        "userEmail": "test@example.com",
        "createTimeUnixMsec": {".sv": "timestamp"},
        "id": breakpoint_id,
        **fields,
    }
    database.put("cdbg/breakpoints/%s/active/%s" % (debuggee, breakpoint_id), definition)
    return breakpoint_id


def wait_final(database, debuggee, breakpoint_id, kind="final"):
    """The finished breakpoint: kind "final", or "snapshot" for all of it."""
    return until(
        lambda: database.get("cdbg/breakpoints/%s/%s/%s" % (debuggee, kind, breakpoint_id)),
        "%s/%s" % (kind, breakpoint_id),
    )


def variables(members, table=()):
    """{name: value} of captured variables, members as nested dictionaries, references looked up in the table."""
    result = {}
    for variable in members or []:
        if variable.get("varTableIndex") and table:
            variable = {**table[variable["varTableIndex"]], "name": variable.get("name")}
        if "members" in variable:
            result[variable.get("name")] = variables(variable["members"], table)
        else:
            result[variable.get("name")] = variable.get("value")
    return result
