"""The official Python SDK reads what a broker with --store=firebase wrote, and deletes and sets breakpoints for it."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from e2e.harness import until, wait_final
from faults.firebase_world import FIRST_LINE, IDLE, FirebaseTest
from interop import pypi

SDK = "firebase_admin==7.1.0"

# In an emulator's place every request has the token "owner", which the SDK adds by itself.
SCRIPT = """
import json, sys
import firebase_admin
from firebase_admin import db

app = firebase_admin.initialize_app(None, {"databaseURL": sys.argv[1] + "?ns=debugger"})
for line in sys.stdin:
    method, path, value = json.loads(line)
    reference = db.reference(path, app)
    if method == "set":
        reference.set(value)
    elif method == "update":
        reference.update(value)
    elif method == "delete":
        reference.delete()
    print(json.dumps(reference.get()), flush=True)
"""


class FirebaseBackendTest(FirebaseTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="firebase_backend_")
        cls.addClassCleanup(folder.cleanup)
        cls.python = os.path.join(pypi.install(folder.name, SDK), "python")

    def setUp(self):
        super().setUp()
        paths = [path for path in sys.path if path and not path.endswith("-packages")]
        self.sdk = subprocess.Popen(
            [self.python, "-c", SCRIPT, self.database.url],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.end_sdk)

    def end_sdk(self):
        self.sdk.stdin.close()
        self.sdk.wait(30)
        self.sdk.stdout.close()

    def ask(self, method, path, value=None):
        """What is at the path after it."""
        self.sdk.stdin.write(json.dumps([method, path, value]) + "\n")
        self.sdk.stdin.flush()
        return json.loads(self.sdk.stdout.readline())

    def test_reads_what_was_written(self):
        self.start_all()
        breakpoint_id = self.set("app.py:%d" % (FIRST_LINE + 1), expressions=["number", "text"])
        self.write("go", "")
        wait_final(self.database, self.debuggee, breakpoint_id)
        debuggee = self.ask("get", "cdbg/debuggees/" + self.debuggee)
        self.assertEqual(debuggee["labels"]["module"], "faults")
        self.assertGreater(debuggee["registrationTimeUnixMsec"], 1500000000000)
        state = self.ask("get", "cdbg/breakpoints/" + self.debuggee)
        self.assertNotIn("active", state)
        snapshot, final = (state[kind][breakpoint_id] for kind in ("snapshot", "final"))
        self.assertEqual(snapshot["stackFrames"][0]["function"], "step")
        self.assertEqual([e["name"] for e in snapshot["evaluatedExpressions"]], ["number", "text"])
        self.assertNotIn("stackFrames", final)
        self.assertTrue(final["isFinalState"])
        self.assertEqual(self.ask("get", "cdbg/schema_version"), "1")

    def test_sets_changes_and_deletes(self):
        self.start_all()
        active = "cdbg/breakpoints/%s/active" % self.debuggee
        line = {"path": "app.py", "line": int(IDLE.split(":")[1])}
        entry = {"action": "CAPTURE", "location": line, "condition": "number < 0"}
        self.ask("set", active + "/b-1", {**entry, "id": "b-1"})
        self.ask("update", active, {"b-2": {**entry, "id": "b-2"}, "b-3": {**entry, "id": "b-3"}})
        self.wait_metric("snapshot_broker_breakpoints_armed", 3)
        self.ask("update", active, {"b-2": None, "b-3/userEmail": "somebody@example.com"})
        self.wait_metric("snapshot_broker_breakpoints_armed", 2)
        self.assertEqual(set(self.ask("delete", active + "/b-1") or {}), set())
        self.wait_metric("snapshot_broker_breakpoints_armed", 1)
        self.assertIsNone(self.ask("delete", active))
        self.wait_metric("snapshot_broker_breakpoints_armed", 0)
        until(lambda: self.metric("snapshot_broker_breakpoints_active") == 0, "none to be active")


if __name__ == "__main__":
    unittest.main()
