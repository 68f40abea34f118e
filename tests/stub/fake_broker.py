"""A broker that does only what a test tells it, and apps with the stub in them to talk to.

Nothing here sleeps for a fixed time: every wait is for an event, with a deadline.
"""

import array
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

from stub import wire

DEADLINE_S = 60  # of a wait that fails; sanitizer builds on a busy machine are slow
PACKET_BYTES_MAX = 128 * 1024


class Ended(AssertionError):
    """A session is over, and what the test waits for has not come."""


class Session:
    """One stub's connection."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(DEADLINE_S)
        self.unread = []
        self.descriptors = []
        self.hello = None

    def _receive(self):
        """The next StubMessage as (kind, fields), or None at the end."""
        try:
            data, ancillary, _, _ = self.socket.recvmsg(PACKET_BYTES_MAX + 1, socket.CMSG_SPACE(4 * 4))
        except ConnectionResetError:  # told once, of an end that left something unread; what was sent comes after it
            data, ancillary, _, _ = self.socket.recvmsg(PACKET_BYTES_MAX + 1, socket.CMSG_SPACE(4 * 4))
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors = array.array("i")
                descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
                self.descriptors += descriptors
        if not data:
            return None
        if len(data) > PACKET_BYTES_MAX:
            raise AssertionError("a packet of %d bytes" % len(data))
        ((kind, fields),) = wire.decode("StubMessage", data).items()
        return kind, fields

    def receive(self, kind, matches=lambda fields: True):
        """The next message of this kind for which matches() holds; others are kept for later."""
        for position, (other, fields) in enumerate(self.unread):
            if other == kind and matches(fields):
                del self.unread[position]
                return fields
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            message = self._receive()
            if message is None:
                raise Ended("the session ended before a %s came; unread: %r" % (kind, self.unread))
            if message[0] == kind and matches(message[1]):
                return message[1]
            self.unread.append(message)
        raise AssertionError("no %s came; unread: %r" % (kind, self.unread))

    def state(self, breakpoint_id, *states):
        """The next BreakpointState of the breakpoint that is one of the given."""
        return self.receive(
            "breakpoint_state", lambda fields: fields["id"] == breakpoint_id and fields["state"] in states
        )

    def capture(self, breakpoint_id):
        return self.receive("capture", lambda fields: fields["breakpoint_id"] == breakpoint_id)

    def log_entry(self, breakpoint_id):
        return self.receive("log_entry", lambda fields: fields["breakpoint_id"] == breakpoint_id)

    def pending(self):
        """The kinds of what has come by now, unread."""
        while select.select([self.socket], [], [], 0)[0]:
            message = self._receive()
            if message is None:
                break
            self.unread.append(message)
        return [kind for kind, _ in self.unread]

    def wait_end(self):
        """Keeps what comes until the end."""
        while True:
            message = self._receive()
            if message is None:
                return
            self.unread.append(message)

    def send(self, **message):
        self.socket.sendall(wire.encode("BrokerMessage", message))

    def send_raw(self, data):
        self.socket.sendall(data)

    def welcome(self, **fields):
        fields.setdefault("protocol_version", 1)
        fields.setdefault("debuggee_id", "d-0123456789abcdef")
        self.send(welcome=fields)

    def set(self, breakpoint_id, path, line, **fields):
        self.send(set_breakpoint={"breakpoint": dict(fields, id=breakpoint_id, path=path, line=line)})

    def arm(self, breakpoint_id, path, line, **fields):
        """Sets a breakpoint and waits until it is armed."""
        self.set(breakpoint_id, path, line, **fields)
        state = self.state(breakpoint_id, "ARMED", "FAILED", "PENDING")
        if state["state"] != "ARMED":
            raise AssertionError("%s is not armed: %r" % (breakpoint_id, state))
        return state

    def flush(self):
        """Returns when the stub has handled everything that was sent before."""
        self.set("flush", "no.python", 1)
        self.state("flush", "FAILED")
        self.send(clear_breakpoint={"id": "flush"})

    def close(self):
        self.socket.close()
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


class FakeBroker:
    def __init__(self, path):
        self.path = path
        self.sessions = []
        self.listener = None
        self.listen()

    def listen(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path + ".new")
        self.listener.listen(64)
        os.rename(self.path + ".new", self.path)
        self.listener.settimeout(DEADLINE_S)

    def accept(self, **welcome):
        """The next session, its Hello received and Welcome sent."""
        session = self.accept_raw()
        session.welcome(**welcome)
        return session

    def accept_raw(self):
        """The next session, its Hello received. Touches the socket, so that no stub waits out its backoff."""
        end = time.monotonic() + DEADLINE_S
        while not select.select([self.listener], [], [], 0.02)[0]:
            if time.monotonic() > end:
                raise AssertionError("no stub connected")
            os.chmod(self.path, 0o600)
        session = Session(self.listener.accept()[0])
        self.sessions.append(session)
        session.hello = session.receive("hello")
        return session

    def accept_from(self, pid, **welcome):
        """The next session of the process; others are answered and left, and may have ended by then."""
        return self.accept_where(lambda other: other == pid, **welcome)

    def accept_where(self, is_meant, **welcome):
        """The next session of a process for whose id that holds; others are answered and left, and may have ended by then."""
        while True:
            try:
                session = self.accept_raw()
                is_the_one = is_meant(session.hello["pid"])
                session.welcome(**welcome)
            except (Ended, BrokenPipeError, ConnectionResetError):
                continue
            if is_the_one:
                return session

    def stop(self):
        """Everything ends as when a broker is killed: the socket's file stays."""
        for session in self.sessions:
            session.close()
        self.sessions = []
        self.listener.close()


class App:
    """A Python process; it is told what to do by lines, and tells what it has done by lines."""

    def __init__(self, command, folder, env, **options):
        self.errors_path = os.path.join(folder, "stderr-%d" % len(os.listdir(folder)))
        with open(self.errors_path, "wb") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=env,
                universal_newlines=True,
                bufsize=1,
                **options,
            )
        self.pid = self.process.pid
        self.output = b""  # read from it, but not by read()
        self.is_output_over = False

    def errors(self):
        with open(self.errors_path, encoding="utf-8", errors="replace") as errors:
            return errors.read()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, line):
        """The next line of its output must be this one."""
        got = self.read()
        if got != line:
            raise AssertionError("expected %r, got %r; stderr: %s" % (line, got, self.errors()[-4000:]))

    def read(self):
        """The next line of its output, of which several may have come at once."""
        end = time.monotonic() + DEADLINE_S
        while b"\n" not in self.output:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError("the app says nothing; stderr: %s" % self.errors()[-4000:])
            some = os.read(self.process.stdout.fileno(), 65536)
            if not some:
                self.is_output_over = True
                break
            self.output += some
        line, _, self.output = self.output.partition(b"\n")
        return line.decode("utf-8", "replace")

    def has_said_something(self):
        """Whether read() would not wait."""
        return b"\n" in self.output or bool(select.select([self.process.stdout], [], [], 0)[0])

    def read_all(self):
        """The lines of its output until the end of it."""
        lines = []
        while not self.is_output_over:
            line = self.read()
            if line or not self.is_output_over:
                lines.append(line)
        return lines

    def wait(self):
        """Its exit status, when its input has ended."""
        if self.process.stdin:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        try:
            return self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError("the app does not end; stderr: %s" % self.errors()[-4000:]) from None

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass


def descriptors_of(pid):
    """What the process has open: {number: target}."""
    found = {}
    for number in os.listdir("/proc/%d/fd" % pid):
        try:
            found[int(number)] = os.readlink("/proc/%d/fd/%s" % (pid, number))
        except OSError:
            pass
    return found


class StubTest(unittest.TestCase):
    """A folder for an app's files, and a socket path in it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stub-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.socket_path = os.path.join(self.folder, "broker.sock")

    def start_broker(self):
        broker = FakeBroker(self.socket_path)
        self.addCleanup(broker.stop)
        return broker

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text).lstrip("\n"))
        return path

    def environment(self, **env):
        full = {**os.environ, "SNAPSHOT_BROKER_SOCKET": self.socket_path, **env}
        if os.environ.get("SANITIZER_PRELOAD"):
            full["LD_PRELOAD"] = os.environ["SANITIZER_PRELOAD"]
        return full

    def start_app(self, *arguments, env=None, **options):
        app = App([sys.executable, "-u", *arguments], self.folder, self.environment(**(env or {})), **options)
        self.addCleanup(app.stop)
        return app

    def assert_quiet_end(self, app, status=0):
        """The app ends by itself with the status, and nothing was written to stderr."""
        self.assertEqual(app.wait(), status, app.errors())
        self.assertEqual(app.errors(), "")
