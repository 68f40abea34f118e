"""The program tests/interop/embedded_store_server as a process: started, talked to over plain HTTP, ended."""

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

WAIT_S = 20

PROGRAM = os.path.abspath(os.environ.get("EMBEDDED_STORE_SERVER", "embedded_store_server"))


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def value(self):
        return json.loads(self.body)


class Stream:
    """A reader of server-sent events; keeps the raw bytes."""

    def __init__(self, connection):
        self._socket = connection
        self._buffer = b""
        self.head = self._read_to(b"\r\n\r\n").decode()

    def _read_to(self, end):
        deadline = time.monotonic() + WAIT_S
        while end not in self._buffer:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            data = self._socket.recv(65536)
            if not data:
                raise EOFError("the stream ended after %r" % self._buffer)
            self._buffer += data
        text, self._buffer = self._buffer.split(end, 1)
        return text + end

    def raw_event(self):
        return self._read_to(b"\n\n")

    def event(self):
        """(name, path, data), keep-alives left out."""
        while True:
            name, data = self.raw_event().decode().rstrip("\n").split("\n")
            if name != "event: keep-alive":
                value = json.loads(data.removeprefix("data: "))
                return name.removeprefix("event: "), value["path"], value["data"]

    def close(self):
        self._socket.close()


class StoreProcess:
    def __init__(self, *options, state_dir=None, prefix=()):
        self._own_dir = None
        if state_dir is None:
            self._own_dir = tempfile.TemporaryDirectory(prefix="embedded_store_")
            state_dir = os.path.join(self._own_dir.name, "state")
        self.state_dir = state_dir
        self.process = subprocess.Popen(
            [*prefix, PROGRAM, "--state-dir=" + state_dir, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = None
        line = self.process.stdout.readline()
        # A thread of its own: what stdout has buffered is not seen by select().
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read_lines, daemon=True)
        if line.strip().isdigit():
            self.port = int(line)
            self._reader.start()
        else:
            self.error = line + self.process.communicate(timeout=WAIT_S)[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, signal_number=signal.SIGTERM):
        """Returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        if self._reader.is_alive():
            self._reader.join(WAIT_S)  # it ends with the process
        self.process.wait(WAIT_S)
        self.process.stdout.close()
        self.process.stderr.close()
        if self._own_dir is not None:
            self._own_dir.cleanup()
            self._own_dir = None
        return self.process.returncode

    def _read_lines(self):
        for line in self.process.stdout:
            self._lines.put(line)

    def stats(self):
        self.process.send_signal(signal.SIGUSR1)
        while True:
            line = json.loads(self._lines.get(timeout=WAIT_S))
            if "num_requests" in line:
                return line

    def wait_for_stats(self, is_reached):
        deadline = time.monotonic() + WAIT_S
        while not is_reached(self.stats()):
            if time.monotonic() > deadline:
                raise TimeoutError("counters are %r" % self.stats())
        return self.stats()

    def request(self, method, target, body=None, headers=None):
        """target is sent as it is; body may be str or bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True, skip_host="Host" in (headers or {}))
            body = body.encode() if isinstance(body, str) else body
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def get(self, path, query="", **headers):
        return self.request("GET", path_of(path, query), headers=headers).value

    def put(self, path, value):
        answer = self.request("PUT", path_of(path), json.dumps(value))
        assert answer.status == 200, answer.body
        return answer.value

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)

    def exchange(self, data):
        """Sends raw bytes, and returns all that comes until the server closes."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass  # it has closed already; what it said is what counts
            answer = b""
            while True:
                try:
                    part = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not part:
                    break
                answer += part
            return answer

    def stream(self, path, query="", **headers):
        connection = self.connect()
        lines = ["GET %s HTTP/1.1" % path_of(path, query), "Host: localhost", "Accept: text/event-stream"]
        lines += ["%s: %s" % item for item in headers.items()]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return Stream(connection)


def path_of(path, query=""):
    return urllib.parse.quote(path) + ".json" + ("?" + query if query else "")
