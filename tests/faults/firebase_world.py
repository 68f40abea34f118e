"""A broker with --store=firebase, an app with the stub in it, and a database that can be made to fail.

    broker  --TLS, HTTP/2-->  tcp (TcpProxy)  -->  nghttpx  -->  http (HttpProxy)  -->  embedded store of another broker

`tcp` fails connections, `http` requests, `tokens` the tokens; the test itself looks into the database directly.

A test is: arm(), which sets breakpoints that the app does not reach yet; a fault; hit(), which lets it reach them all;
the end of the fault; recovered(), which waits for and checks everything that must be true afterwards.
"""

import http.client
import http.server
import json
import os
import re
import socket
import sys
import threading
import time
import urllib.request

from e2e.harness import DEADLINE_S, Broker, Database, EndToEndTest, Process, free_port, set_breakpoint, until
from fakes import tls_front
from fakes.fault_proxy import HttpProxy, TcpProxy

RECOVERY_S = 5  # what is aimed at; it is printed
RECOVERY_MAX_S = 90  # what fails a test: the machine may be busy, and backoff grows to a minute
FAULT_S = float(os.environ.get("FAULT_S") or 0)  # for how much longer than need be a fault lasts

NUM_LINES = 8
APP = """
import os, threading
import googleclouddebugger

googleclouddebugger.enable(module="faults", version="1")

def step(number):
    text = "x" * 200
%s
    return text

def idle(number):
    doubled = number * 2
    return doubled

print("ready", flush=True)
stop = threading.Event()
number = 0
while not stop.wait(0.005):
    number += 1
    if os.path.exists("go"):
        step(number)
    idle(number)
""" % "\n".join("    value_%d = number + %d" % (i, i) for i in range(NUM_LINES))
FIRST_LINE = 9  # of those that are hit once the file "go" is there
IDLE = "app.py:%d" % (FIRST_LINE + NUM_LINES + 4)


class Tokens:
    """A metadata server with tokens; `problem` is a status that it answers with instead."""

    def __init__(self):
        tokens = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                tokens.num_requests += 1
                if tokens.problem:
                    self.send_error(tokens.problem)
                    return
                body = tokens.answer(self.path).encode()
                self.send_response(200)
                self.send_header("Metadata-Flavor", "Google")
                self.send_header("Content-Type", "application/json" if body[:1] == b"{" else "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *arguments):
                pass

        self.problem = None
        self.num_requests = 0
        self.num_tokens = 0
        self.expires_in = 3600
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, path):
        if "/token" in path:
            self.num_tokens += 1
            return json.dumps(
                {"access_token": "token-%d" % self.num_tokens, "expires_in": self.expires_in, "token_type": "Bearer"}
            )
        if "/service-accounts/default" in path and "recursive" in path:
            return json.dumps({"email": "broker@example.com", "scopes": [], "aliases": ["default"]})
        if "/project/project-id" in path:
            return "faults"
        return "computeMetadata/\n"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Recorder:
    """Hears every write to the database, from the database itself; counts those of records."""

    def __init__(self, database_url):
        self.writes = {}  # {"snapshot/b-1": number of times that a value was written}
        self._num_marks = 0
        self._mark = None  # the last that was heard
        self._connection = http.client.HTTPConnection(database_url.split("//")[1])
        self._connection.request("GET", "/cdbg/breakpoints.json", headers={"Accept": "text/event-stream"})
        self._socket = self._connection.sock
        self._stream = self._connection.getresponse()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        event = None
        try:
            for line in self._stream:
                line = line.decode().rstrip("\n")
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: ") and event in ("put", "patch"):
                    message = json.loads(line[6:])
                    self._note(event, message["path"], message["data"])
        except (OSError, ValueError, AttributeError):
            pass  # the database has ended

    def _note(self, event, path, data):
        pairs = [(path, data)]
        if event == "patch":
            pairs = [(path.rstrip("/") + "/" + key.strip("/"), value) for key, value in data.items()]
        for place, value in pairs:
            if place == "/mark":
                self._mark = value
            found = re.fullmatch(r"/[^/]+/(snapshot|final)/([^/]+)", place)
            if found and value is not None:
                key = "/".join(found.groups())
                self.writes[key] = self.writes.get(key, 0) + 1

    def catch_up(self, database):
        """Until every write before this call has been heard."""
        self._num_marks += 1
        database.put("cdbg/breakpoints/mark", self._num_marks)
        until(lambda: self._mark == self._num_marks, "the recorder to hear of the last write")

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)  # which close() alone would wait for
        except OSError:
            pass


class FirebaseBroker(Broker):
    """snapshot-broker --store=firebase; `environment` is its own, which changes with the next start()."""

    def __init__(self, folder, environment, *arguments, **options):
        self.environment = environment
        super().__init__(folder, *arguments, **options)

    def start(self, wait=True):
        log_path = os.path.join(self.folder, "broker.log")
        self.log_begin = os.path.getsize(log_path) if os.path.exists(log_path) else 0
        command = [
            *self.wrapper,
            os.environ["SNAPSHOT_BROKER"],
            "--store=firebase",
            "--socket=" + self.socket_path,
            "--state-dir=" + self.state_dir,
            "--admin-listen=127.0.0.1:0",
            *self.arguments,
        ]
        Process.__init__(self, "broker", self.folder, command, env={**os.environ, **self.environment})
        if wait:
            self.wait_ready()

    def wait_ready(self):
        def started():
            if self.process.poll() is not None:
                raise AssertionError("the broker ended with %d:\n%s" % (self.process.returncode, self.log()))
            return re.search(r"health and metrics are at http://[^:]+:(\d+)", self.log()[self.log_begin :])

        self.admin_port = int(until(started, "the broker's start").group(1))
        self.admin_url = "http://127.0.0.1:%d" % self.admin_port
        urllib.request.urlopen(self.admin_url + "/live", timeout=DEADLINE_S).close()


class FakeClock:
    """The clocks of a process that is started with `environment`, turned by the test while it runs."""

    def __init__(self, test):
        if "SANITIZER_PRELOAD" in os.environ:
            test.skipTest("libfaketime and a sanitizer do not go together")
        self.path = test.write("clock", "+0")
        self.minutes = 0
        self.environment = {
            **tls_front.FAKETIME,
            "FAKETIME_TIMESTAMP_FILE": self.path,
            "FAKETIME_NO_CACHE": "1",
        }

    def wall_only(self):
        """Only the wall clock is turned; before the process begins."""
        self.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        return self

    def set(self, text):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(self.path + ".new", self.path)

    def pass_until(self, question, what):
        """Minute by minute, until question() is true."""

        def step():
            if question():
                return True
            self.minutes += 1
            self.set("+%dm" % self.minutes)
            time.sleep(0.3)  # for what is due then to happen; the answer decides
            return question()

        until(step, what)


class FirebaseTest(EndToEndTest):
    app_text = APP

    def setUp(self):
        super().setUp()
        self.start_database()
        self.tokens = Tokens()
        self.addCleanup(self.tokens.close)
        self.http = HttpProxy(self.database_port)
        self.addCleanup(self.http.close)
        self.root = tls_front.make_certificates(self.folder)
        self.front = self.start_front(self.http.port)
        self.tcp = TcpProxy(self.front)
        self.addCleanup(self.tcp.close)
        self.write("app.py", self.app_text)
        self.asked = []  # ids of breakpoints that are to be hit
        self.waiting = []  # and of those that are not

    # ---- processes

    def start_process(self, name, command, env=None, cwd=None):
        process = Process(name, self.folder, command, env=env, cwd=cwd)
        self._processes.append(process)
        return process

    def start_database(self):
        """The embedded store of a broker of its own, at a port that it keeps."""
        command = [
            os.environ["SNAPSHOT_BROKER"],
            "--socket=" + os.path.join(self.folder, "database.sock"),
            "--state-dir=" + os.path.join(self.folder, "database"),
            "--admin-listen=",
        ]
        self.database_process = self.start_process("database", [*command, "--listen=127.0.0.1:0"])

        def port():
            found = re.search(r"is at http://127.0.0.1:(\d+)", self.database_process.log())
            return found and int(found.group(1))

        self.database_port = until(port, "the database")
        self.database_command = [*command, "--listen=127.0.0.1:%d" % self.database_port]
        self.database = Database("http://127.0.0.1:%d" % self.database_port)
        self.wait_database()
        self.recorder = Recorder(self.database.url)
        self.addCleanup(self.recorder.close)

    def wait_database(self):
        def answers():
            try:
                return self.database.get("cdbg/schema_version")
            except OSError:
                return None

        until(answers, "the database")

    def start_front(self, backend_port, name="root", extra=()):
        """nghttpx, which does not choose a port by itself: another try if somebody else has it."""
        for _ in range(5):
            port = free_port()
            command = tls_front.command(self.folder, port, backend_port, name)
            command[1:1] = extra
            front = self.start_process("front-%s-%d" % (name, port), command, env=tls_front.plain_environment())
            if until(lambda: "Listening on" in front.log() or front.process.poll() is not None, "nghttpx"):
                if front.process.poll() is None:
                    return port
        raise AssertionError("nghttpx does not start:\n" + front.log())

    def broker_arguments(self, host="localhost"):
        return ["--database-url=https://%s:%d" % (host, self.tcp.port), "--ca-file=" + self.root]

    def start_the_broker(self, *arguments, folder=None, host="localhost", **options):
        environment = {"GCE_METADATA_HOST": "127.0.0.1:%d" % self.tokens.port}
        environment["GCE_METADATA_IP"] = environment["GCE_METADATA_HOST"]
        environment["HOME"] = self.folder
        environment.update(options.pop("environment", {}))
        broker = FirebaseBroker(
            folder or self.folder, environment, *self.broker_arguments(host), *arguments, **options
        )
        self._processes.append(broker)
        return broker

    def start_the_app(self, broker, name="app"):
        app = self.start_app(broker.socket_path, ["app.py"], name=name)
        until(lambda: "ready" in app.log(), "the app")
        return app

    def start_all(self, *arguments, **options):
        """A broker and an app, which is a debuggee of the database."""
        self.broker = self.start_the_broker(*arguments, **options)
        self.app = self.start_the_app(self.broker)
        debuggees = until(lambda: self.database.get("cdbg/debuggees"), "the debuggee")
        self.debuggee = next(iter(debuggees))
        self.wait_metric("snapshot_broker_store_in_sync", 1)

    # ---- steps

    def metric(self, name):
        try:
            return self.broker.metrics().get(name)
        except OSError:
            return None  # it is just not there

    def wait_metric(self, name, value, deadline_s=DEADLINE_S):
        until(lambda: self.metric(name) == value, "%s to be %s" % (name, value), deadline_s)

    def set(self, location, **fields):
        return set_breakpoint(self.database, self.debuggee, location, **fields)

    def arm(self, count=NUM_LINES):
        """Breakpoints that the app reaches with hit(), and one that it never does."""
        new = [self.set("app.py:%d" % (FIRST_LINE + i % NUM_LINES)) for i in range(count)]
        self.asked += new
        if not self.waiting:
            self.waiting.append(self.set(IDLE, condition="number < 0"))
        self.wait_metric("snapshot_broker_breakpoints_armed", len(new) + len(self.waiting))
        return new

    def hit(self, count=None):
        """The app reaches them, @count if not all; returns when the broker has every capture."""
        before = self.metric("snapshot_broker_captures_received_total")
        count = count or len([b for b in self.asked if b not in self.done()])
        self.write("go", "")
        until(
            lambda: (self.metric("snapshot_broker_captures_received_total") or 0) >= before + count,
            "%d captures" % count,
        )

    def pause(self):
        os.remove(os.path.join(self.folder, "go"))

    def done(self):
        try:
            return set(self.database.request("GET", "/cdbg/breakpoints/%s/final.json?shallow=true" % self.debuggee) or {})
        except OSError:
            return set()  # it is not there just now

    def wait_retries(self, count=1):
        """The broker has met the fault that many times more."""
        name = "snapshot_broker_outbox_retries_total"
        before = self.metric(name) or 0
        until(lambda: (self.metric(name) or 0) >= before + count, "%d failures" % count)

    def hold(self):
        """The fault goes on for FAULT_S, for backoffs to grow; a time is what is meant here."""
        time.sleep(FAULT_S)

    def wait_failures(self, count=1):
        """Somebody has tried to reach the database in vain, as the log of its problems or the counts say."""
        name = 'snapshot_broker_database_requests_total{outcome="network"}'
        before = self.metric(name) or 0
        until(lambda: (self.metric(name) or 0) >= before + count, "%d failures" % count)

    def restart_database(self):
        self.recorder.close()
        self.database_process = self.start_process("database", self.database_command)
        self.wait_database()

    def rearmed(self, cause):
        """Call it when the cause has ended and nothing was hit: a new breakpoint is heard of."""
        begin = time.monotonic()
        self.waiting.append(self.set(IDLE, condition="number < -2"))
        number = len(self.asked) + len(self.waiting)
        self.wait_metric("snapshot_broker_breakpoints_armed", number, RECOVERY_MAX_S)
        self.print_recovery(cause, 0, time.monotonic() - begin)

    def print_recovery(self, cause, results_s, armed_s):
        late = "" if max(results_s, armed_s) <= RECOVERY_S else "  (over %d s)" % RECOVERY_S
        print(
            "recovery after %-44s results %5.2f s, breakpoints %5.2f s%s" % (cause + ":", results_s, armed_s, late),
            file=sys.stderr,
            flush=True,
        )

    def recovered(self, cause, counts_writes=True):
        """Call it when the cause has ended: all results arrive, each once, and all that waits is armed again."""
        begin = time.monotonic()
        self.waiting.append(self.set(IDLE, condition="number < -1"))  # one that is new
        until(lambda: set(self.asked) <= self.done(), "the results after " + cause, RECOVERY_MAX_S)
        results_s = time.monotonic() - begin
        self.wait_metric("snapshot_broker_breakpoints_armed", len(self.waiting), RECOVERY_MAX_S)
        self.print_recovery(cause, results_s, time.monotonic() - begin)
        self.check_records(counts_writes)
        self.check_counts()

    def check_records(self, counts_writes=True):
        """Of each that was hit one result, whole, and written once; what waits is active."""
        if counts_writes:
            self.recorder.catch_up(self.database)
        state = self.database.get("cdbg/breakpoints/" + self.debuggee)
        snapshots, finals = state.get("snapshot", {}), state["final"]
        self.assertEqual(set(state.get("active", {})), set(self.waiting))
        self.assertEqual(set(finals), set(self.asked))
        self.assertEqual(set(snapshots), set(self.asked))
        for breakpoint_id in self.asked:
            self.assertIn("stackFrames", snapshots[breakpoint_id])
            self.assertEqual(snapshots[breakpoint_id]["deliveryId"], finals[breakpoint_id]["deliveryId"])
            for kind in ("snapshot", "final") if counts_writes else ():
                self.assertEqual(self.recorder.writes.get("%s/%s" % (kind, breakpoint_id)), 1, (kind, breakpoint_id))

    def check_counts(self, brokers=None):
        """The law of counts, once nothing is under way."""
        for broker in brokers or [self.broker]:
            metrics = {}

            def holds(broker=broker):
                metrics.clear()
                metrics.update(
                    (name, value)
                    for name, value in broker.metrics().items()
                    if name.startswith("snapshot_broker_captures_") and "bytes" not in name
                )
                received = metrics.pop("snapshot_broker_captures_received_total")
                return metrics["snapshot_broker_captures_queued"] == 0 and received == sum(metrics.values())

            until(holds, "received = delivered + dropped + rejected + queued: %s" % metrics)
