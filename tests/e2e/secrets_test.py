"""300 secrets in 30 shapes of a real app's values: none in any byte that leaves the broker, be it the database, over REST
and as server-sent events, the log, or the metrics."""

import base64
import json
import os
import random
import string
import threading
import unittest
import urllib.request

from e2e.harness import DEADLINE_S, EndToEndTest, set_breakpoint, until, wait_final

APP = """
    import json
    import threading
    import googleclouddebugger

    googleclouddebugger.enable(module="shapes", version="1")

    import shapes

    with open("planted.json") as file:
        planted = json.load(file)
    stop = threading.Event()
    while not stop.wait(0.001):
        for number in range(len(shapes.SHAPES)):
            shapes.show(number, planted[10 * number : 10 * number + 10])
"""

SHAPES = '''\
import argparse
import collections
import functools
import json
import types


class Thing:
    pass


class Slots:
    __slots__ = ("label", "password", "item", "api_key", "stripeSecretKey", "db_password")


def thing(pairs):
    result = Thing()
    for name, text in pairs:
        setattr(result, name, text)
    return result


def slots(pairs):
    result = Slots()
    for name, text in pairs:
        if name in Slots.__slots__:
            setattr(result, name, text)
    return result


def named(name, text):
    return collections.namedtuple("Row", [name, "n"])(text, 1)


def holder(pairs):
    result = Thing()
    result.credentials = thing(pairs)
    result.alias = result.credentials
    return result


def closure(name, text):
    scope = {}
    exec("def outer(%s):\\n    def inner():\\n        return %s\\n    return inner" % (name, name), scope)
    return scope["outer"](text)


def error(pairs):
    result = ValueError(*["%s=%s" % pair for pair in pairs])
    return result


def keywords(**kwargs):
    return kwargs


SHAPES = [
    lambda pairs: dict(pairs),
    lambda pairs: {"outer": {"inner": dict(pairs)}},
    lambda pairs: [{name: text} for name, text in pairs],
    lambda pairs: [(name, text) for name, text in pairs],
    lambda pairs: [[name, text] for name, text in pairs],
    lambda pairs: tuple((name.encode(), text.encode()) for name, text in pairs),
    lambda pairs: {name.encode(): bytearray(text.encode()) for name, text in pairs},
    lambda pairs: {name: [text] for name, text in pairs},
    lambda pairs: {name: {text} for name, text in pairs},
    lambda pairs: {name: frozenset([text]) for name, text in pairs},
    lambda pairs: {name: (text, 1) for name, text in pairs},
    lambda pairs: {("db", name): text for name, text in pairs},
    lambda pairs: {name: {"a": {"b": text}} for name, text in pairs},
    lambda pairs: thing(pairs),
    lambda pairs: slots(pairs),
    lambda pairs: [thing([pair]) for pair in pairs],
    lambda pairs: [named(name, text) for name, text in pairs],
    lambda pairs: holder(pairs),
    lambda pairs: types.SimpleNamespace(**dict(pairs)),
    lambda pairs: argparse.Namespace(**dict(pairs)),
    lambda pairs: collections.OrderedDict(pairs),
    lambda pairs: collections.defaultdict(str, pairs),
    lambda pairs: collections.deque([dict([pair]) for pair in pairs]),
    lambda pairs: types.MappingProxyType(dict(pairs)),
    lambda pairs: keywords(**dict(pairs)),
    lambda pairs: [functools.partial(keywords, **{name: text}).keywords for name, text in pairs],
    lambda pairs: [{"name": name, "value": text} for name, text in pairs],
    lambda pairs: [json.dumps({name: text}) for name, text in pairs],
    lambda pairs: ["%s=%s" % pair for pair in pairs if "\\n" not in pair[1] and " " not in pair[1]],
    lambda pairs: [error(pairs), [closure(name, text) for name, text in pairs]],
]


def show(number, planted):
    value = SHAPES[number]([tuple(pair) for pair in planted])
    return value
'''

NAMES = """password db_password api_key stripeSecretKey aws_secret_access_key SQLALCHEMY_DATABASE_URI authToken
client_secret sessionid private_key""".split()

WINDOW = 10  # so much of a secret must not be seen; its beginning alone tells the kind


class Secrets:
    """Made anew from pieces, so that none stands in a file."""

    def __init__(self):
        self.random = random.Random(7)

    def any(self, size, alphabet=string.ascii_letters + string.digits):
        return "".join(self.random.choice(alphabet) for _ in range(size))

    def mixed(self, size):
        return "".join("aB3"[i % 3] if i % 4 == 0 else self.any(1) for i in range(size))

    def pem(self):
        lines = "\n".join(self.any(64) for _ in range(3))
        return "-----BEGIN RSA " + "PRIVATE KEY-----\n" + lines + "\n-----END RSA " + "PRIVATE KEY-----"

    def jwt(self):
        def part(value):
            return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

        return ".".join((part({"alg": "HS256"}), part({"sub": self.any(12)}), self.any(43)))

    def card(self):
        digits = "4" + self.any(14, string.digits)
        total = sum(sum(divmod(2 * int(d), 10)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits)))
        return digits + str(-total % 10)

    def basic(self):
        return "Basic " + base64.b64encode(("bob:" + self.any(12)).encode()).decode()

    def forms(self):
        """(text, secret) of each form."""
        whole = [
            self.pem(),
            self.jwt(),
            "AK" + "IA" + self.any(16, string.ascii_uppercase),
            "AI" + "za" + self.any(35),
            "gh" + "p_" + self.any(36),
            "xo" + "xb-1234567890-" + self.any(24),
            "sk_" + "live_" + self.any(24),
            "sk" + "-" + self.mixed(48),
            "np" + "m_" + self.any(36),
            self.card(),
        ]
        password = self.any(14)
        parts = [
            ("postgres://bob:%s@db/shop", password),
            ("Bearer %s", self.any(40)),
            ("%s", self.basic()[len("Basic ") :]),
            ("Authorization: Bearer %s", self.any(40)),
            ("a token eyJ and %s", self.jwt()),
        ]
        result = [(text, text) for text in whole]
        for format_, secret in parts:
            if format_ == "%s":
                format_ = "Basic %s"
            result.append((format_ % secret, secret))
        return result

    def plant(self, number):
        """number of (name, text, secret): half of them have a name that tells, half a form."""
        planted = []
        while len(planted) < number:
            for name, (text, secret) in zip(NAMES, self.forms() if len(planted) % 20 else self.forms()[::-1]):
                password = "pw" + self.any(14)
                planted.append((name, password, password))
                planted.append(("item%d" % len(planted), text, secret))
        return planted[:number]


class SecretsTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        # Budgets that a busy machine does not use up: they have tests of their own.
        self.broker = self.start_broker(
            "--capture-budget-us=1000000",
            "--evaluation-budget-us=1000000",
            "--condition-cost-permille=1000",
            "--log-format=json",
            "--log-rate=0",
            "--log-bytes-rate=0",
        )
        self.planted = Secrets().plant(300)
        self.write("app.py", APP)
        self.write("shapes.py", SHAPES)
        self.write("planted.json", json.dumps([(name, text) for name, text, _ in self.planted]))
        self.events = []

    def listen(self):
        """Keeps everything that is sent as events from now on."""
        request = urllib.request.Request(
            self.broker.database.url + "/.json", headers={"Accept": "text/event-stream"}
        )
        stream = urllib.request.urlopen(request, timeout=DEADLINE_S)

        def read():
            with stream:
                try:
                    for line in stream:
                        self.events.append(line.decode())
                except OSError:
                    pass  # the end of the broker

        reader = threading.Thread(target=read)
        reader.start()
        self.addCleanup(reader.join)
        self.addCleanup(self.broker.stop)

    def windows(self):
        result = {}
        for _, _, secret in self.planted:
            # The line above a key, and the header of a token, are the same in all of them.
            start = 32 if secret.startswith(("-----", "ey" + "J")) else 0
            for i in range(start, max(start + 1, len(secret) - WINDOW + 1)):
                window = secret[i : i + WINDOW]
                if "\n" not in window and "-----" not in window:
                    result[window] = secret
        return result

    def assert_no_secret(self, text, where):
        windows = self.windows()
        self.assertGreater(len(windows), 300)
        for i in range(len(text)):
            secret = windows.get(text[i : i + WINDOW])
            if secret:
                self.fail("%s: %r is seen in %r" % (where, secret, text[max(0, i - 300) : i + 300]))
        for _, _, secret in self.planted:
            self.assertNotIn(secret, text, where)

    def test_no_secret_of_300_in_30_shapes_leaves_the_broker(self):
        self.listen()
        self.start_app(self.broker.socket_path, ["app.py"])
        debuggee = self.only_debuggee(self.broker)
        self.broker.wait_sessions(1)
        line = 1 + SHAPES.splitlines().index("    return value")
        location = "shapes.py:%d" % line
        database = self.broker.database
        snapshots = [
            set_breakpoint(database, debuggee, location, condition="number == %d" % number, expressions=["value"])
            for number in range(30)
        ]
        logpoint = set_breakpoint(
            database, debuggee, location, action="LOG", logMessageFormat="number $0: $1", expressions=["number", "value"]
        )
        for number, breakpoint_id in enumerate(snapshots):
            snapshot = wait_final(database, debuggee, breakpoint_id, "snapshot")
            self.assertNotIn("status", snapshot)
            frame = snapshot["stackFrames"][0]
            self.assertEqual(frame["arguments"][0], {"name": "number", "value": str(number), "type": "int"})
            self.assertIn("<redacted: ", json.dumps(frame["locals"]) + json.dumps(snapshot["variableTable"]))
            self.assertIn("<redacted: ", json.dumps(snapshot["evaluatedExpressions"] + snapshot["variableTable"]))
        until(lambda: all("number %d: " % n in self.broker.log() for n in range(30)), "a log entry of each shape")
        database.delete("cdbg/breakpoints/%s/active/%s" % (debuggee, logpoint))
        until(lambda: any(snapshots[-1] in event for event in self.events), "the events")

        everything = json.dumps(database.get(""))
        self.assert_no_secret(everything, "database")
        self.assert_no_secret("".join(self.events), "events")
        # Every shape is logged again and again: what is new in a line is its time.
        lines = {json.loads(line).get("message") for line in self.broker.log().splitlines() if line.startswith("{")}
        self.assert_no_secret("\n".join(str(line) for line in lines), "log")
        with urllib.request.urlopen(self.broker.admin_url + "/metrics", timeout=DEADLINE_S) as page:
            self.assert_no_secret(page.read().decode(), "metrics")
        metrics = self.broker.metrics()
        self.assertGreater(metrics['snapshot_broker_values_redacted_total{by="name"}'], 100)
        self.assertGreater(metrics['snapshot_broker_values_redacted_total{by="form"}'], 100)

    def test_redaction_can_be_switched_off_and_extended(self):
        self.broker.stop()
        self.broker.arguments += ("--redact-name=number", "--redact-allow-name=password")
        self.broker.start()
        self.start_app(self.broker.socket_path, ["app.py"])
        debuggee = self.only_debuggee(self.broker)
        self.broker.wait_sessions(1)
        location = "shapes.py:%d" % (1 + SHAPES.splitlines().index("    return value"))
        snapshot = set_breakpoint(self.broker.database, debuggee, location)
        frame = wait_final(self.broker.database, debuggee, snapshot, "snapshot")["stackFrames"][0]
        self.assertEqual(frame["arguments"][0], {"name": "number", "value": "<redacted: name>", "type": "int"})
        refused = set_breakpoint(self.broker.database, debuggee, location, condition="number == 3")
        status = wait_final(self.broker.database, debuggee, refused)["status"]
        self.assertEqual(status["refersTo"], "BREAKPOINT_CONDITION")
        self.assertEqual(status["description"]["parameters"], ["number"])

        self.broker.stop()
        self.broker.arguments += ("--redact=off",)
        self.broker.start()
        self.broker.wait_sessions(1)
        snapshot = set_breakpoint(
            self.broker.database, debuggee, location, condition="number == 0", expressions=["value['db_password']"]
        )
        result = wait_final(self.broker.database, debuggee, snapshot, "snapshot")
        secret = next(text for name, text, _ in self.planted if name == "db_password")
        self.assertEqual(result["evaluatedExpressions"][0]["value"], repr(secret))


if __name__ == "__main__":
    unittest.main()
