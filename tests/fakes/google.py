"""A stand-in for Google: what hands out access tokens, and a door to databases that lets nobody in without one.

Everything is checked as strictly as the real services do, and what was wrong is in the log:

* token endpoint: assertions of service accounts (signature, issuer, scope, audience, times), refresh tokens of users
* security token service and the generateAccessToken of IAM credentials
* metadata server, with the flavor in both directions
* databases: a reverse proxy to an embedded store, behind the check of the token

The services have their real names: the client reaches them through a proxy (HTTPS_PROXY) that leads every CONNECT here, and
trusts the certificates of a test's own authority (certificates.py). Faults are switched on in the object, or over HTTP:

    google.fault("token", "500")            every answer of the token endpoint until google.fault("token", None)
    google.fault("token", "500", count=2)   the next two
    curl -d '{"service": "token", "fault": "500"}' http://127.0.0.1:CONTROL/fault

As a program: google.py FOLDER [--database URL] makes the certificates and the credential files in FOLDER, prints the
environment for a client as JSON, and serves until it is told to end.
"""

import base64
import http.client
import http.server
import json
import os
import select
import socket
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from fakes import certificates  # noqa: E402

EMAIL_SCOPE = "https://www.googleapis.com/auth/userinfo.email"
DATABASE_SCOPE = "https://www.googleapis.com/auth/firebase.database"
IAM_SCOPE = "https://www.googleapis.com/auth/iam"
WANTED_SCOPES = {EMAIL_SCOPE, DATABASE_SCOPE}
AUDIENCE = "https://oauth2.googleapis.com/token"
SKEW_S = 300
PROJECT = "shop"
PROJECT_NUMBER = "424242"
ACCOUNT = "broker@shop.iam.gserviceaccount.com"
TARGET = "target@shop.iam.gserviceaccount.com"
POOL = "//iam.googleapis.com/projects/%s/locations/global/workloadIdentityPools/pool/providers/x" % PROJECT_NUMBER
IMPERSONATION_URL = (
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:generateAccessToken" % TARGET
)
USER = {"client_id": "a-client", "client_secret": "the-client-secret-s3cr3t", "refresh_token": "1//the-refresh-token-s3cr3t"}
SUBJECT_TOKEN = "the.subject.token-s3cr3t"
TOKEN_PREFIX = "ya29.the-access-token-s3cr3t-"


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Refused(Exception):
    def __init__(self, status, error, description=None):
        super().__init__(error, description)
        self.status = status
        self.body = {"error": error, "error_description": description} if description else {"error": error}


class Handler(http.server.BaseHTTPRequestHandler):
    """One request; the service is found by the server it came to and its Host."""

    protocol_version = "HTTP/1.1"
    server_version = "stand-in"
    sys_version = ""

    def log_message(self, *arguments):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(timestamp or time.time() + self.google.clock_offset_s)

    @property
    def google(self):
        return self.server.google

    def answer(self, status, body, content_type="application/json; charset=UTF-8", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def handle_fault(self, fault, good):
        """True: this request has had its answer. good(): what it would be without the fault."""
        if fault is None:
            return False
        if fault == "drop":
            self.close_connection = True
            self.connection.close()
        elif fault == "slow":
            time.sleep(self.google.slow_s)
            return False
        elif fault == "malformed":
            self.answer(200, json.dumps(good()).encode()[:-5])
        elif fault == "wrong-type":
            self.answer(200, b"<html>hello</html>", "text/html")
        elif fault == "cut":
            data = json.dumps(good()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data) + 100))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif fault == "expired":
            self.answer(200, {**good(), "expires_in": 0, "expireTime": "2020-01-01T00:00:00Z"})
        elif fault.startswith("429"):
            self.answer(429, {"error": "rate_limited"}, headers=[("Retry-After", fault.partition(":")[2] or "1")])
        else:
            self.answer(int(fault), {"error": {"code": int(fault), "message": "a fault", "status": "FAULT"}})
        return True

    def serve(self, service, answer):
        """answer() makes the body, or raises Refused."""
        if self.handle_fault(self.google.next_fault(service), answer):
            self.google.note(service, "fault")
            return
        try:
            body = answer()
        except Refused as refused:
            self.google.note(service, "refused: %s" % (refused.args,))
            self.answer(refused.status, refused.body)
            return
        self.google.note(service, "ok")
        self.answer(200, body)

    def do_POST(self):
        host = (self.headers.get("Host") or "").split(":")[0]
        body = self.read_body()
        if host in ("oauth2.googleapis.com", "accounts.google.com") and self.path == "/token":
            form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
            self.serve("token", lambda: self.google.token_for(form))
        elif host == "sts.googleapis.com" and self.path == "/v1/token":
            form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
            self.serve("sts", lambda: self.google.exchange(form))
        elif host == "iamcredentials.googleapis.com":
            self.serve("iam", lambda: self.google.impersonate(self.path, self.headers, json.loads(body)))
        else:
            self.answer(404, {"error": "no such service: %s%s" % (host, self.path)})

    def do_GET(self):
        host = (self.headers.get("Host") or "").split(":")[0]
        prefix = "/v1/projects/"
        if host == "cloudresourcemanager.googleapis.com" and self.path == prefix + PROJECT_NUMBER:
            self.serve("projects", lambda: self.google.project(self.headers))
        else:
            self.answer(404, {"error": "no such service: %s%s" % (host, self.path)})


class MetadataHandler(Handler):
    def do_GET(self):
        flavor = [("Metadata-Flavor", "Google")]
        token_path = "/computeMetadata/v1/instance/service-accounts/default/token"
        path, _, query = self.path.partition("?")
        if self.headers.get("Metadata-Flavor") != "Google":
            self.google.note("metadata", "without its flavor")
            self.answer(403, {"error": "Metadata-Flavor is missing"}, headers=flavor)
        elif path == "/":
            self.answer(200, b"computeMetadata/\n", "text/html", flavor if self.google.has_flavor else ())
        elif path == "/computeMetadata/v1/project/project-id":
            self.answer(200, PROJECT.encode(), "application/text", flavor)
        elif path == token_path:
            scopes = dict(urllib.parse.parse_qsl(query)).get("scopes", "").split(",")
            self.serve("metadata", lambda: self.google.token(ACCOUNT, scopes))
        else:
            self.answer(404, b"not found", "text/html", flavor)


class DatabaseHandler(Handler):
    """The embedded store of a broker, for those who have a token."""

    def forward(self):
        google = self.google
        body = self.read_body()
        token = (self.headers.get("Authorization") or "").partition("Bearer ")[2]
        host = (self.headers.get("Host") or "").split(":")[0]
        fault = google.next_fault("database")
        google.quota_projects.add(self.headers.get("x-goog-user-project"))
        google.note("database", "%s %s %s by %s" % (host, self.command, self.path, google.owner_of(token)))
        if host not in google.databases:
            self.answer(404, {"error": "404 Not Found"})
        elif fault and self.handle_fault(fault, lambda: None):
            return
        elif not google.is_good(token):
            google.note("database", "refused")
            self.answer(401, {"error": "Auth token is expired"})
        else:
            self.relay(google.databases[host], body)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = forward

    def relay(self, place, body):
        upstream = http.client.HTTPConnection(place, timeout=None)
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in ("host", "authorization", "connection")
        }
        try:
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            is_stream = answer.headers.get("Content-Type", "").startswith("text/event-stream")
            data = None if is_stream else answer.read()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            if is_stream:
                self.send_header("Connection", "close")
            elif answer.status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if is_stream:
                self.close_connection = True
                self.copy_stream(answer)
            else:
                self.wfile.write(data)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
        finally:
            upstream.close()

    def copy_stream(self, answer):
        while True:
            data = answer.read1(65536)
            if not data:
                return
            self.wfile.write(data)
            self.wfile.flush()


class ControlHandler(Handler):
    def do_POST(self):
        order = json.loads(self.read_body() or b"{}")
        if self.path == "/fault":
            self.google.fault(order["service"], order.get("fault"), order.get("count"))
        elif self.path == "/clock":
            self.google.clock_offset_s = order["offset_s"]
        elif self.path == "/revoke":
            self.google.revoke_all()
        elif self.path == "/database":
            self.google.databases[order["host"]] = order["place"]
        self.answer(200, {})

    def do_GET(self):
        if self.path != "/subject":
            self.answer(200, {"log": self.google.log, "num_tokens": len(self.google.tokens)})
        elif self.headers.get("X-Subject") == "please":  # a cloud's agent that hands out subject tokens
            self.answer(200, {"value": SUBJECT_TOKEN})
        else:
            self.answer(403, {})


class Proxy(socketserver.BaseRequestHandler):
    """CONNECT to a name of Google's leads to this process, whatever the port."""

    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head and len(head) < 8192:
            data = self.request.recv(4096)
            if not data:
                return
            head += data
        method, target = head.split(b" ")[:2]
        host = target.decode().rpartition(":")[0]
        google = self.server.google
        google.note("proxy", "%s %s" % (method.decode(), target.decode()))
        place = google.place_of(host)
        if method != b"CONNECT" or not place:
            self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        try:
            upstream = socket.create_connection(place)
        except OSError:
            self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with upstream:
            self.pump(upstream)

    def pump(self, upstream):
        other = {self.request: upstream, upstream: self.request}
        while True:
            for readable in select.select(list(other), [], [])[0]:
                try:
                    data = readable.recv(65536)
                    if not data:
                        return
                    other[readable].sendall(data)
                except OSError:
                    return


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, google, handler, context=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.google = google
        self.context = context
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # without looking up its name
        self.server_name, self.server_port = self.server_address

    def finish_request(self, request, client_address):
        if self.context:  # in the thread of the connection, so that a slow handshake holds nobody up
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass  # clients that go away are what is tested


class Google:
    """All of it. The services run in threads until close()."""

    def __init__(self, folder, databases=()):
        self.folder = folder
        self.certificates = certificates.Certificates(folder)
        self.key = certificates.RsaKey()
        self.lock = threading.Lock()
        self.tokens = {}  # token: (owner, scopes, end by the monotonic clock)
        self.faults = {}
        self.quota_projects = set()  # that requests to databases have named
        self.log = []
        self.clock_offset_s = 0
        self.slow_s = 2
        self.lifetime_s = 3600
        self.has_flavor = True
        self.databases = dict(databases)  # host: "127.0.0.1:port" of an embedded store
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.certificate_file, self.certificates.key_file)
        self.services = Server(self, Handler, context)
        self.metadata = Server(self, MetadataHandler)
        self.control = Server(self, ControlHandler)
        self.database = Server(self, DatabaseHandler, context)
        self.plain_database = Server(self, DatabaseHandler)  # for something with TLS and HTTP/2 in front of it
        self.database_front = None  # that: (host, port)
        self.proxy = Server(self, Proxy)
        self.servers = [
            self.services, self.metadata, self.control, self.database, self.plain_database, self.proxy,
        ]  # fmt: skip

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    # ------------------------------------------------------------------------------------------ for clients

    def environment(self):
        """What a client finds the services by; nothing of the machine's own."""
        return {
            "HTTPS_PROXY": "http://127.0.0.1:%d" % self.proxy.port,
            "GCE_METADATA_HOST": "127.0.0.1:%d" % self.metadata.port,
            "GCE_METADATA_IP": "127.0.0.1:%d" % self.metadata.port,
            "HOME": self.folder,
            "CLOUDSDK_CONFIG": os.path.join(self.folder, "gcloud"),
        }

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(content if isinstance(content, str) else json.dumps(content, indent=1))
        return path

    def service_account(self, **changes):
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "key-1",
            "private_key": self.key.pem,
            "client_email": ACCOUNT,
            "token_uri": AUDIENCE,
            **changes,
        }

    def authorized_user(self):
        return {"type": "authorized_user", **USER}

    def external_account(self, source, impersonated=False):
        content = {
            "type": "external_account",
            "audience": POOL,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "https://sts.googleapis.com/v1/token",
            "credential_source": source,
        }
        if impersonated:
            content["service_account_impersonation_url"] = IMPERSONATION_URL
        return content

    def impersonated(self, source, delegates=()):
        return {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": IMPERSONATION_URL,
            "delegates": list(delegates),
            "source_credentials": source,
        }

    # --------------------------------------------------------------------------------------------- switches

    def fault(self, service, fault, count=None):
        with self.lock:
            self.faults[service] = (fault, count)

    def next_fault(self, service):
        with self.lock:
            fault, count = self.faults.get(service, (None, None))
            if fault is not None and count is not None:
                self.faults[service] = (fault, count - 1) if count > 1 else (None, None)
            return fault

    def note(self, service, what):
        with self.lock:
            self.log.append((service, what))

    def count(self, service, what="ok"):
        with self.lock:
            return sum(1 for entry in self.log if entry[0] == service and entry[1].startswith(what))

    def refusals(self):
        with self.lock:
            return [entry for entry in self.log if entry[1].startswith("refused")]

    def place_of(self, host):
        """Where a CONNECT to the host leads, or None."""
        if host.endswith((".firebaseio.com", ".firebasedatabase.app")):
            return self.database_front or ("127.0.0.1", self.database.port)
        if host.endswith(".googleapis.com") or host == "accounts.google.com":
            return ("127.0.0.1", self.services.port)
        return None

    # ----------------------------------------------------------------------------------------------- tokens

    def token(self, owner, scopes, lifetime_s=None):
        lifetime_s = lifetime_s or self.lifetime_s
        with self.lock:
            token = "%s%d" % (TOKEN_PREFIX, len(self.tokens) + 1)
            self.tokens[token] = (owner, set(scopes), time.monotonic() + lifetime_s)
        return {"access_token": token, "expires_in": lifetime_s, "token_type": "Bearer"}

    def revoke_all(self):
        with self.lock:
            self.tokens = {token: (owner, scopes, 0) for token, (owner, scopes, _) in self.tokens.items()}

    def owner_of(self, token):
        with self.lock:
            return self.tokens.get(token, ("nobody" if token else "no token", set(), 0))[0]

    def may(self, token, scopes):
        with self.lock:
            _, granted, end = self.tokens.get(token, (None, set(), 0))
        return end > time.monotonic() and (scopes <= granted or "cloud-platform" in granted)

    def is_good(self, token):
        return self.may(token, WANTED_SCOPES)

    def token_for(self, form):
        grant = form.get("grant_type")
        if grant == "refresh_token":
            for name, value in USER.items():
                if form.get(name) != value:
                    raise Refused(400, "invalid_grant", "Bad %s" % name)
            return self.token("user", ["cloud-platform"])
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self.token(*self.check_assertion(form.get("assertion", "")))
        raise Refused(400, "unsupported_grant_type", "Invalid grant_type: %s" % grant)

    def check_assertion(self, assertion):
        parts = assertion.split(".")
        if len(parts) != 3 or "=" in assertion:
            raise Refused(400, "invalid_grant", "Invalid JWT")
        header, claims = (json.loads(unbase64(part)) for part in parts[:2])
        now = time.time() + self.clock_offset_s
        if header != {"typ": "JWT", "alg": "RS256", "kid": "key-1"}:
            raise Refused(400, "invalid_grant", "Invalid JWT header")
        if not self.key.verifies(".".join(parts[:2]).encode(), unbase64(parts[2])):
            raise Refused(400, "invalid_grant", "Invalid JWT Signature.")
        if claims.get("iss") != ACCOUNT:
            raise Refused(400, "invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") != AUDIENCE:
            raise Refused(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        if claims["exp"] - claims["iat"] > 3600 or not -SKEW_S <= claims["iat"] - now <= SKEW_S or claims["exp"] < now:
            raise Refused(
                400,
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim.",
            )
        scopes = set(claims.get("scope", "").split())
        if scopes not in (WANTED_SCOPES, {IAM_SCOPE}):
            raise Refused(400, "invalid_scope", "Some requested scopes were invalid.")
        return ACCOUNT, scopes

    def exchange(self, form):
        expected = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": POOL,
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token": SUBJECT_TOKEN,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        }
        for name, value in expected.items():
            if form.get(name) != value:
                raise Refused(400, "invalid_request", "Invalid %s" % name.replace("_", " "))
        scopes = set(form.get("scope", "").split())
        if set(form) != {*expected, "scope"} or scopes not in (WANTED_SCOPES, {IAM_SCOPE}):
            raise Refused(400, "invalid_request", "Invalid fields")
        return {**self.token("pool", scopes), "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}

    def impersonate(self, path, headers, body):
        token = (headers.get("Authorization") or "").partition("Bearer ")[2]
        if "https://iamcredentials.googleapis.com" + path != IMPERSONATION_URL:
            raise Refused(404, "not found")
        if not self.may(token, {IAM_SCOPE}):
            raise Refused(403, {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"})
        if set(body) != {"delegates", "scope", "lifetime"} or set(body["scope"]) != WANTED_SCOPES:
            raise Refused(400, {"code": 400, "message": "Bad fields", "status": "INVALID_ARGUMENT"})
        lifetime_s = int(body["lifetime"][:-1])
        token = self.token(TARGET, body["scope"], lifetime_s)["access_token"]
        end = time.gmtime(time.time() + self.clock_offset_s + lifetime_s)
        return {"accessToken": token, "expireTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", end)}

    def project(self, headers):
        token = (headers.get("Authorization") or "").partition("Bearer ")[2]
        if not self.is_good(token):
            raise Refused(403, {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"})
        return {"projectId": PROJECT, "projectNumber": PROJECT_NUMBER}


def main():
    import argparse
    import signal

    parser = argparse.ArgumentParser(description="A stand-in for Google's token services and databases.")
    parser.add_argument("folder", help="for certificates and credential files")
    parser.add_argument("--database", metavar="HOST=ADDRESS:PORT", action="append", default=[])
    arguments = parser.parse_args()
    google = Google(arguments.folder, [entry.split("=", 1) for entry in arguments.database])
    google.write("service_account.json", google.service_account())
    google.write("authorized_user.json", google.authorized_user())
    print(
        json.dumps(
            {
                "environment": google.environment(),
                "ca_file": google.certificates.ca_file,
                "control": "http://127.0.0.1:%d" % google.control.port,
            }
        ),
        flush=True,
    )
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    google.close()


if __name__ == "__main__":
    main()
