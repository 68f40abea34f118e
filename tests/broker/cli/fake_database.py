"""A database in memory that speaks as much of Firebase's REST interface as the command line tools use, remembers every
request, and can be told to misbehave. One clock value for all server timestamps, so that runs can be compared.
"""

import http.server
import json
import threading
import urllib.parse

NOW_MS = 1795421517651


def resolve(value):
    """The value with server timestamps filled in, and what is empty left out, as the database stores it."""
    if value == {".sv": "timestamp"}:
        return NOW_MS
    if isinstance(value, dict):
        children = {key: resolve(child) for key, child in value.items()}
        return {key: child for key, child in children.items() if child is not None} or None
    if isinstance(value, list):
        return [resolve(child) for child in value] or None
    return value


class Request:
    """One request as it came in."""

    def __init__(self, handler, body):
        address = urllib.parse.urlsplit(handler.path)
        self.method = handler.command
        self.path = address.path
        self.query = address.query
        self.body = body
        self.headers = handler.headers

    def __repr__(self):
        return "%s %s%s%s" % (self.method, self.path, self.query and "?" + self.query, self.body and " " + self.body)


class Answer:
    """An answer to give instead of the database's own. body None: close the connection without a word."""

    def __init__(self, status, body="", **headers):
        self.status = status
        self.body = body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class FakeDatabase:
    """Serves on a port of its own until close(). data is the tree; requests what came in, in order."""

    def __init__(self, data=None):
        self.data = data
        self.requests = []
        self.intercept = lambda request: None  # returns an Answer, or None for the database's own
        self.lock = threading.Lock()
        database = self

        class Handler(_Handler):
            def handle_request(self):
                database._handle(self)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reset(self, data):
        with self.lock:
            self.data = json.loads(json.dumps(data))
            self.requests = []

    def _handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        request = Request(handler, body)
        with self.lock:
            self.requests.append(request)
            answer = self.intercept(request)
        if answer is None:
            with self.lock:
                answer = self._perform(request)
        handler.answer(answer)

    def _perform(self, request):
        keys = [urllib.parse.unquote(key) for key in request.path[: -len(".json")].split("/") if key]
        if request.method == "GET":
            value = self._get(keys)
            if "shallow=true" in request.query and isinstance(value, dict):
                value = dict.fromkeys(value, True)
            return Answer(200, json.dumps(value))
        if request.headers.get("if-match") == "null_etag" and self._get(keys) is not None:
            return Answer(412, json.dumps(self._get(keys)))
        value = resolve(json.loads(request.body)) if request.method == "PUT" else None
        self._set(keys, value)
        return Answer(200, json.dumps(value))

    def _get(self, keys):
        value = self.data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _set(self, keys, value):
        self.data = _with(self.data, keys, value)


def _with(tree, keys, value):
    """The tree with the value at the place that keys name, None removing it and parents left empty."""
    if not keys:
        return value
    children = dict(tree) if isinstance(tree, dict) else {}
    child = _with(children.get(keys[0]), keys[1:], value)
    if child is None:
        children.pop(keys[0], None)
    else:
        children[keys[0]] = child
    return children or None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.handle_request()

    do_PUT = do_DELETE = do_GET

    def answer(self, answer):
        if answer.body is None:
            self.close_connection = True
            return
        body = answer.body.encode()
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        for name, value in {**headers, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
