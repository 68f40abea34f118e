"""The unmodified snapshot-dbg-cli 0.3.8 debugs a real app through our broker: list, set, hit, get, log, delete."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from e2e.harness import DEADLINE_S, EndToEndTest, until
from interop import pypi

APP = """
    import threading
    import googleclouddebugger

    googleclouddebugger.enable(module="interop", version="7")

    def price(order):
        discount = {"gold": 20, "silver": 5}
        total = order["amount"] - discount[order["tier"]]
        return total

    stop = threading.Event()
    while not stop.wait(0.005):
        price({"amount": 100, "tier": "gold"})
"""

# What the tool asks its gcloud for, as the sheet of its requests says.
GCLOUD = """#!/bin/sh
case "$*" in
"config get-value account --format=json") echo '"me@example.com"' ;;
"config get-value project --format=json") echo '"interop-project"' ;;
"auth print-access-token --format=json") echo '{"token": "owner"}' ;;
*) echo "unexpected: gcloud $*" >&2; exit 1 ;;
esac
"""


class DebuggerTest(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        cls.tools = tempfile.mkdtemp(prefix="interop")
        cls.addClassCleanup(shutil.rmtree, cls.tools, ignore_errors=True)
        cls.bin = pypi.install(os.path.join(cls.tools, "venv"), "snapshot-dbg-cli==0.3.8")
        gcloud = os.path.join(cls.tools, "gcloud")
        with open(gcloud, "w", encoding="ascii") as file:
            file.write(GCLOUD)
        os.chmod(gcloud, 0o755)

    def setUp(self):
        super().setUp()
        self.broker = self.start_broker()
        self.write("app.py", APP)
        self.start_app(self.broker.socket_path, ["app.py"])
        self.debuggee = self.only_debuggee(self.broker)

    def cli(self, *arguments, status=0):
        """Runs the tool; returns (stdout, stderr)."""
        done = subprocess.run(
            [os.path.join(self.bin, "snapshot-dbg-cli"), *arguments, "--database-url", self.broker.database.url],
            env={**os.environ, "PATH": self.tools + ":" + self.bin + ":/usr/bin:/bin", "NO_PROXY": "*"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=4 * DEADLINE_S,
            text=True,
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout, done.stderr

    def test_lists_sets_and_gets_a_snapshot(self):
        _, listed = self.cli("list_debuggees")
        self.assertRegex(listed, r"interop - 7 +%s +\S+ +\S+ +ACTIVE" % self.debuggee)

        _, said = self.cli(
            "set_snapshot", "app.py:10", "--debuggee-id", self.debuggee, "--condition", "order['amount'] > 50",
            "--expression", "total * 2",
        )  # fmt: skip
        self.assertIn("Successfully created snapshot with id: ", said)
        breakpoint_id = said.rsplit("id: ", 1)[1].strip()

        until(
            lambda: self.broker.database.get("cdbg/breakpoints/%s/final/%s" % (self.debuggee, breakpoint_id)),
            "the result",
        )
        _, shown = self.cli("get_snapshot", breakpoint_id, "--debuggee-id", self.debuggee)
        for text in ("Status:      Complete", "total * 2", "160", "order", "'gold'", "discount", "price"):
            self.assertIn(text, shown)

        data, _ = self.cli("get_snapshot", breakpoint_id, "--debuggee-id", self.debuggee, "--format", "json")
        snapshot = json.loads(data)
        self.assertEqual(snapshot["evaluatedExpressions"], [{"name": "total * 2", "value": "160", "type": "int"}])

        _, listed = self.cli("list_snapshots", "--include-inactive", "--debuggee-id", self.debuggee)
        self.assertRegex(listed, r"COMPLETED +app\.py:10")
        self.cli("delete_snapshots", "--quiet", "--include-inactive", "--debuggee-id", self.debuggee)
        self.assertIsNone(self.broker.database.get("cdbg/breakpoints/%s" % self.debuggee))

    def test_sets_and_deletes_a_logpoint(self):
        self.cli("set_logpoint", "app.py:10", "total is {total}", "--debuggee-id", self.debuggee)
        until(lambda: "LOGPOINT: total is 80" in self.broker.log(), "a log line")
        _, said = self.cli("delete_logpoints", "--quiet", "--debuggee-id", self.debuggee)
        self.assertIn("Deleted 1 logpoints.", said)

    def test_unknown_debuggee_is_an_error(self):
        _, said = self.cli("set_snapshot", "app.py:10", "--debuggee-id", "d-0", status=1)
        self.assertIn("Debuggee ID d-0 was not found.", said)


if __name__ == "__main__":
    unittest.main()
