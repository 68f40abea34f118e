"""What 200 debuggees of one broker send to their database in an hour, beside one original agent per process.

The broker's figures are measured on the way to nghttpx (TLS, HTTP/2): bytes of TLS, without those of TCP. What passes in
an hour is put together from what the start took, from two minutes at rest, and from what is done once per hour. The
original's are computed, from the requests that its library was seen to send, for a connection of its own per stream.
Run by tests/bench/run.
"""

import socket
import sys
import threading
import time

from broker.stub_by_hand import StubByHand
from fakes.fault_proxy import TcpProxy
from faults.firebase_world import FirebaseTest

NUM_DEBUGGEES = 200
REST_S = 120  # four keep-alives of each stream
HOUR_S = 3600

# The original agent: requests of firebase_admin and of google-auth, as they were seen, with a token of 1,024 characters.
TOKEN = "x" * 1024
STREAM_REQUEST = (
    "GET /cdbg/breakpoints/d-12345678/active.json HTTP/1.1\r\nHost: project-cdbg.firebaseio.com\r\n"
    "User-Agent: python-requests/2.34.2\r\nAccept-Encoding: gzip, deflate\r\nAccept: text/event-stream\r\n"
    "Connection: keep-alive\r\nCache-Control: no-cache\r\nauthorization: Bearer " + TOKEN + "\r\n\r\n"
)
STREAM_ANSWER = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    "Access-Control-Allow-Origin: *\r\n\r\nevent: put\ndata: {\"path\":\"/\",\"data\":null}\n\n"
)
REFRESH_REQUEST = (
    "PUT /cdbg/debuggees/d-12345678/lastUpdateTimeUnixMsec.json?print=silent HTTP/1.1\r\n"
    "Host: project-cdbg.firebaseio.com\r\nUser-Agent: Firebase/HTTP/6.9.0/3.11/AdminPython\r\n"
    "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
    "x-goog-api-client: gl-python/3.11.7 fire-admin/6.9.0\r\nauthorization: Bearer " + TOKEN + "\r\n"
    "Content-Length: 20\r\nContent-Type: application/json\r\n\r\n{\".sv\": \"timestamp\"}"
)
REFRESH_ANSWER = "HTTP/1.1 204 No Content\r\nCache-Control: no-cache\r\nAccess-Control-Allow-Origin: *\r\n\r\n"
TOKEN_REQUEST = (
    "POST /token HTTP/1.1\r\nHost: oauth2.googleapis.com\r\nUser-Agent: python-requests/2.34.2\r\n"
    "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\nContent-Length: 900\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n\r\n" + "x" * 900
)
TOKEN_ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" + TOKEN + "x" * 80
KEEP_ALIVE = "event: keep-alive\ndata: null\n\n"
KEEP_ALIVE_S = 30
TLS_RECORD = 22  # of TLS 1.3: header, type and tag


class CountingProxy(TcpProxy):
    """Counts what passes, both ways together."""

    num_bytes = 0

    def _serve(self, client):
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()

    def _pump(self, source, sink):
        while True:
            block = source.recv(65536)
            if not block:
                try:
                    sink.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                return
            with self._lock:
                self.num_bytes += len(block)
            sink.sendall(block)


class Original:
    """One agent's hour: its stream ends once, as the token does, and is opened again."""

    def __init__(self, handshake):
        def exchange(request, answer):
            return len(request) + len(answer) + 2 * TLS_RECORD

        self.requests = 3  # the token, the stream, the refreshment
        self.connections = 1
        self.bytes = (
            2 * handshake  # to the token endpoint, and of the new stream
            + exchange(TOKEN_REQUEST, TOKEN_ANSWER)
            + exchange(STREAM_REQUEST, STREAM_ANSWER)
            + exchange(REFRESH_REQUEST, REFRESH_ANSWER)
            + HOUR_S // KEEP_ALIVE_S * (len(KEEP_ALIVE) + TLS_RECORD)
        )


class FirebaseBench(FirebaseTest):
    def setUp(self):
        super().setUp()
        self.tcp.close()

    def front_with(self, num_streams):
        limit = "--frontend-http2-max-concurrent-streams=%d" % num_streams
        self.tcp = CountingProxy(self.start_front(self.http.port, extra=[limit]))
        self.addCleanup(self.tcp.close)

    def handshake(self):
        """Bytes of a TLS connection on which nothing is said."""
        import ssl

        context = ssl.create_default_context(cafile=self.root)
        before = self.tcp.num_bytes
        with socket.create_connection(("127.0.0.1", self.tcp.port)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as connection:
                connection.settimeout(0.2)
                try:
                    connection.recv(1)  # tickets and settings
                except OSError:
                    pass
        time.sleep(0.2)
        return self.tcp.num_bytes - before

    def measure(self, num_streams):
        self.front_with(num_streams)
        handshake = self.handshake()
        self.tcp.num_bytes = self.tcp.num_connections = 0
        self.broker = self.start_the_broker(folder=self.new_folder(num_streams))
        num_requests = len(self.http.log)
        stubs = [StubByHand(self.broker.socket_path, module="app-%d" % i) for i in range(NUM_DEBUGGEES)]
        self.wait_metric("snapshot_broker_store_in_sync", NUM_DEBUGGEES)
        time.sleep(1)
        start_bytes, start_requests = self.tcp.num_bytes, len(self.http.log) - num_requests
        time.sleep(REST_S)
        rest_bytes = self.tcp.num_bytes - start_bytes
        connections = self.tcp.num_connections
        for stub in stubs:
            stub.close()
        self.broker.stop()
        # Once per hour all is done anew that the start does: streams, registrations, a token.
        hour_bytes = start_bytes + rest_bytes * HOUR_S // REST_S
        row = (start_requests, connections, hour_bytes)
        return handshake, row

    def new_folder(self, name):
        import os

        folder = os.path.join(self.folder, "broker-%d" % name)
        os.mkdir(folder)
        return folder

    def test_print_figures(self):
        rows = []
        for num_streams in (1000, 100):
            handshake, row = self.measure(num_streams)
            rows.append(("broker, server with %d streams per connection" % num_streams, *row))
        for processes in (1, 4):
            agent = Original(handshake)
            count = NUM_DEBUGGEES * processes
            rows.append(
                ("original agents, %d process%s per debuggee" % (processes, "es" if processes > 1 else ""),
                 agent.requests * count, agent.connections * count, agent.bytes * count)
            )  # fmt: skip
        print("%d debuggees, per hour (a TLS handshake here: %d bytes; Google's chain adds 2 to 4 KB)" % (NUM_DEBUGGEES, handshake))
        print("%-48s %10s %12s %12s" % ("", "requests", "connections", "KB"))
        for name, requests, connections, num_bytes in rows:
            print("%-48s %10d %12d %12.0f" % (name, requests, connections, num_bytes / 1000))
        sys.stdout.flush()


if __name__ == "__main__":
    import unittest

    unittest.main()
