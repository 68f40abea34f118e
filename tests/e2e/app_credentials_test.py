"""Apps with a database and a service account of their own: from the flags of enable() to the result there."""

import json
import os
import unittest

from e2e.harness import set_breakpoint, until, variables, wait_final
from fakes import google as fake
from fakes.firebase import FirebaseTest

APP = """
    import json
    import sys
    import threading
    import googleclouddebugger

    googleclouddebugger.enable(module="theirs", version="1", **json.loads(sys.argv[1]))

    import work

    stop = threading.Event()
    number = 0
    while not stop.wait(0.002):
        number += 1
        work.step(number)
"""

WORK = """\
def step(number):
    answer = 42
    return number
"""

HOST = "theirs-default-rtdb.europe-west1.firebasedatabase.app"


class AppCredentialsTest(FirebaseTest):
    def setUp(self):
        super().setUp()
        self.serve_database(HOST)
        self.write("work.py", WORK)
        self.write("app.py", APP)
        own = self.google.write("own.json", self.google.authorized_user())
        self.broker = self.start_firebase("--service-account-file=" + own, "--project-id=shop")

    def start(self, name="app", **flags):
        return self.start_app(self.broker.socket_path, ["app.py", json.dumps(flags)], name=name)

    def hosts_of(self, owner):
        with self.google.lock:
            return {
                what.split(" ")[0]
                for service, what in self.google.log
                if service == "database" and what.endswith(" by " + owner)
            }

    def snapshot_goes_through(self):
        debuggee = self.only_debuggee(self.store)
        breakpoint_id = set_breakpoint(self.database, debuggee, "work.py:3")
        result = wait_final(self.database, debuggee, breakpoint_id, "snapshot")
        self.assertEqual(variables(result["stackFrames"][0]["locals"])["answer"], "42")

    def test_with_a_file_and_an_url(self):
        path = self.google.write("theirs.json", self.google.service_account())
        self.start(service_account_json_file=path, firebase_db_url="https://" + HOST)
        self.snapshot_goes_through()
        self.assertEqual(self.hosts_of(fake.ACCOUNT), {HOST})
        self.assertLessEqual(self.hosts_of("user"), {"shop-cdbg.firebaseio.com"})

    def test_with_a_file_alone(self):
        path = self.google.write("theirs.json", self.google.service_account())
        self.start(service_account_json_file=os.path.relpath(path, self.folder))
        self.snapshot_goes_through()
        self.assertEqual(self.hosts_of(fake.ACCOUNT), {"shop-cdbg.firebaseio.com"})

    def test_workers_share_one_identity(self):
        path = self.google.write("theirs.json", self.google.service_account())
        for number in range(3):
            self.start("app%d" % number, service_account_json_file=path)
        self.broker.wait_sessions(3)
        self.snapshot_goes_through()
        self.assertEqual(self.google.count("token"), 2)  # the broker's own, and theirs

    def test_url_alone_is_refused_and_the_app_runs_on(self):
        app = self.start(firebase_db_url="https://" + HOST)
        until(lambda: "the broker's credentials are for the broker's own" in app.log(), "the refusal in the app's log")
        self.assertIsNone(app.process.poll())
        self.assertLessEqual(self.hosts_of("user"), {"shop-cdbg.firebaseio.com"})

    def test_file_that_is_missing_is_found_when_it_comes(self):
        path = os.path.join(self.google.folder, "late.json")
        app = self.start(service_account_json_file=path)
        until(lambda: "late.json cannot be read" in app.log(), "the complaint of the stub")
        self.google.write("late.json", self.google.service_account())
        self.snapshot_goes_through()
        self.assertLessEqual(self.hosts_of("user"), {"shop-cdbg.firebaseio.com"})


if __name__ == "__main__":
    unittest.main()
