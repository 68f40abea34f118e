"""What stands between a client and a server, and fails on command: TcpProxy passes bytes on, HttpProxy requests.

Both are threads of the process that uses them, so that a test changes what they do by an assignment. Neither knows what
it carries: TLS goes through TcpProxy, and HttpProxy is put behind what ends it.
"""

import re
import select
import socket
import struct
import threading

BLOCK = 65536


def _listen(port=0):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def _reset(connection):
    """Closes it with a RST."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    connection.close()


class _Server:
    """Accepts in a thread; the port stays the same when it stops listening for a while."""

    def __init__(self):
        self._listener = _listen()
        self.port = self._listener.getsockname()[1]
        self.num_connections = 0
        self._lock = threading.Lock()
        self._connections = set()
        self._start(self._listener)

    def _start(self, listener):
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
                self.num_connections += 1
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        try:
            self._serve(connection)
        except OSError:
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def refuse(self):
        """Connections are refused, and those that there are are reset, until listen()."""
        # shutdown() wakes up accept(), which close() alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def listen(self):
        self._listener = _listen(self.port)
        self._start(self._listener)

    def cut(self):
        """Resets the connections that there are; new ones are served."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self.cut()


class TcpProxy(_Server):
    """Passes bytes on to @target, a port of this host, which may be changed: it holds for new connections."""

    def __init__(self, target):
        self.target = target
        self._dead = set()  # connections through which nothing goes any more
        self._is_stalled = False
        self.answer = None  # bytes that are sent in place of a server's, then the connection is closed
        super().__init__()

    def stall(self):
        """Nothing goes through, of any connection, and none is closed."""
        self._is_stalled = True

    def go_on(self):
        self._is_stalled = False

    def half_open(self):
        """The connections that there are are dead, and their client is not told; new ones are served."""
        with self._lock:
            self._dead.update(self._connections)

    def _serve(self, client):
        if self.answer is not None:
            client.recv(BLOCK)
            client.sendall(self.answer)
            return
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            pair = {client: server, server: client}
            while True:
                ready, _, _ = select.select(list(pair), [], [], 0.05)
                if self._is_stalled or client in self._dead:
                    if client.fileno() < 0:
                        return
                    threading.Event().wait(0.05)
                    continue
                for source in ready:
                    block = source.recv(BLOCK)
                    if not block:
                        _reset(client)
                        return
                    pair[source].sendall(block)


class Fault:
    """What becomes of requests whose "METHOD /path?query" is matched by a pattern, @count times (None: for ever).

    status, headers, body    an answer in place of the server's; "{path}" in a header is the request's
    cut                      of the server's answer so many bytes of the body, then the connection ends
    stall                    the server is not asked, and nothing is answered until the fault is over
    lose                     the server does what it is asked, and its answer is thrown away
    """

    def __init__(self, pattern=".", count=None, status=None, headers=(), body=b"", cut=None, stall=False, lose=False):
        self.pattern = re.compile(pattern)
        self.count = count
        self.status = status
        self.headers = list(headers)
        self.body = body
        self.cut = cut
        self.is_stalling = stall
        self.is_losing = lose
        self.num_hits = 0
        self.is_over = threading.Event()


class HttpProxy(_Server):
    """Passes requests on to @target, a port of this host that speaks HTTP/1.1, one per connection.

    log has every request, as (method, path with query, headers by lower-case name, status of the answer or None).
    """

    def __init__(self, target):
        self.target = target
        self.faults = []
        self.log = []
        super().__init__()

    def fail(self, *arguments, **keywords):
        fault = Fault(*arguments, **keywords)
        with self._lock:
            self.faults.append(fault)
        return fault

    def heal(self):
        """All faults are over."""
        with self._lock:
            faults, self.faults = self.faults, []
        for fault in faults:
            fault.is_over.set()

    def _find_fault(self, line):
        with self._lock:
            for fault in self.faults:
                if fault.pattern.search(line) and (fault.count is None or fault.num_hits < fault.count):
                    fault.num_hits += 1
                    return fault
        return None

    def _serve(self, client):
        stream = client.makefile("rb")
        head = self._read_head(stream)
        if not head:
            return
        method, path, _ = head[0].split(" ", 2)
        headers = {}
        for line in head[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        body = self._read_body(stream, headers)
        entry = [method, path, headers, None]
        self.log.append(entry)
        fault = self._find_fault("%s %s" % (method, path))
        if fault and fault.is_stalling:
            fault.is_over.wait()
            return
        if fault and fault.status:
            entry[3] = fault.status
            self._answer(client, fault, path)
            return
        self._pass_on(client, head, headers, body, fault, entry)

    @staticmethod
    def _read_head(stream):
        lines = []
        while True:
            line = stream.readline(BLOCK)
            if not line:
                return None
            line = line.rstrip(b"\r\n").decode("latin-1")
            if not line:
                return lines
            lines.append(line)

    @staticmethod
    def _read_body(stream, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int(stream.readline(BLOCK).split(b";")[0], 16)
                body += stream.read(size)
                stream.readline(BLOCK)
                if size == 0:
                    return body
        return stream.read(int(headers.get("content-length", 0)))

    @staticmethod
    def _answer(client, fault, path):
        lines = ["HTTP/1.1 %d Fault" % fault.status, "Connection: close", "Content-Length: %d" % len(fault.body)]
        lines += [header.replace("{path}", path) for header in fault.headers]
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + fault.body)

    def _pass_on(self, client, head, headers, body, fault, entry):
        kept = [line for line in head[1:] if not re.match("(?i)(connection|transfer-encoding|content-length|host):", line)]
        lines = [head[0], "Host: 127.0.0.1:%d" % self.target, "Connection: close", *kept]
        if body or entry[0] not in ("GET", "HEAD", "DELETE"):
            lines.append("Content-Length: %d" % len(body))
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            with self._lock:
                self._connections.add(server)
            try:
                server.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
                self._relay(client, server, fault, entry)
            finally:
                with self._lock:
                    self._connections.discard(server)

    def _relay(self, client, server, fault, entry):
        answer = b""
        num_body = 0
        is_in_body = False
        while True:
            ready, _, _ = select.select([client, server], [], [])
            if client in ready and not client.recv(BLOCK):
                return
            if server not in ready:
                continue
            block = server.recv(BLOCK)
            if not block:
                if fault and fault.is_losing:
                    entry[3] = None
                return
            if not is_in_body:
                answer += block
                if b"\r\n\r\n" not in answer:
                    continue
                entry[3] = int(answer.split(b" ", 2)[1])
                is_in_body = True
                head, _, block = answer.partition(b"\r\n\r\n")
                if not (fault and fault.is_losing):
                    client.sendall(head + b"\r\n\r\n")
            if fault and fault.is_losing:
                continue
            if fault and fault.cut is not None:
                block = block[: max(fault.cut - num_body, 0)]
                num_body += len(block)
                client.sendall(block)
                if num_body >= fault.cut:
                    return
                continue
            client.sendall(block)
