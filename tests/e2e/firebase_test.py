"""A broker with --store=firebase, an app, and a database behind TLS and HTTP/2: what goes over the connection, and when."""

import json
import os
import re
import unittest
import urllib.request

from broker.stub_by_hand import StubByHand
from e2e.harness import set_breakpoint, until, wait_final
from fakes.connect_proxy import ConnectProxy
from faults.firebase_world import FIRST_LINE, IDLE, FirebaseTest

NUM_DEBUGGEES = 200  # more than the 100 streams that a server allows by default


class FirebaseConnectionTest(FirebaseTest):
    def requests(self, pattern="."):
        """"METHOD /path" of the requests that the database was asked, in order."""
        lines = ["%s %s" % (method, path) for method, path, _, _ in self.http.log]
        return [line for line in lines if re.search(pattern, line)]

    def set_for(self, debuggee, **fields):
        return set_breakpoint(self.database, debuggee, "app.py:1", **fields)

    def stub(self, module):
        stub = StubByHand(self.broker.socket_path, module=module)
        self.addCleanup(stub.close)
        return stub

    def test_begins_in_the_originals_order(self):
        self.start_all()
        debuggee = "/cdbg/debuggees/%s" % self.debuggee
        until(lambda: len(self.requests()) >= 4, "the first requests")
        writes = ["GET /cdbg/schema_version.json", "GET %s/registrationTimeUnixMsec.json" % debuggee,
                  "PUT %s.json?print=silent" % debuggee]  # fmt: skip
        stream = "GET /cdbg/breakpoints/%s/active.json" % self.debuggee
        asked = self.requests()
        self.assertEqual([line for line in asked if line != stream], writes)
        self.assertEqual(asked[0], writes[0])
        self.assertEqual(asked.count(stream), 1)
        entry = self.database.get("cdbg/debuggees/" + self.debuggee)
        self.assertEqual(entry["labels"]["module"], "faults")
        self.assertEqual(entry["registrationTimeUnixMsec"], entry["lastUpdateTimeUnixMsec"])
        accepts = [headers.get("accept") for _, path, headers, _ in self.http.log if path.endswith("active.json")]
        self.assertEqual(accepts, ["text/event-stream"])

    def test_a_debuggee_that_is_there_is_only_refreshed(self):
        self.start_all()
        before = self.database.get("cdbg/debuggees/" + self.debuggee)
        self.broker.stop()
        self.broker.start()
        refresh = "PUT /cdbg/debuggees/%s/lastUpdateTimeUnixMsec.json" % self.debuggee
        until(lambda: self.requests(re.escape(refresh)), "the refreshment")
        until(
            lambda: self.database.get("cdbg/debuggees/" + self.debuggee)["lastUpdateTimeUnixMsec"]
            > before["lastUpdateTimeUnixMsec"],
            "another time",
        )
        after = self.database.get("cdbg/debuggees/" + self.debuggee)
        self.assertEqual(after["registrationTimeUnixMsec"], before["registrationTimeUnixMsec"])

    def test_a_snapshot_goes_through(self):
        self.start_all()
        breakpoint_id = self.set("app.py:%d" % (FIRST_LINE + 1))
        self.write("go", "")
        final = wait_final(self.database, self.debuggee, breakpoint_id)
        snapshot = wait_final(self.database, self.debuggee, breakpoint_id, "snapshot")
        self.assertTrue(final["isFinalState"])
        self.assertNotIn("stackFrames", final)
        self.assertEqual(snapshot["stackFrames"][0]["function"], "step")
        self.assertIsNone(self.database.get("cdbg/breakpoints/%s/active/%s" % (self.debuggee, breakpoint_id)))

    def test_changes_of_any_kind_arrive(self):
        """A put at a depth, a patch with paths for keys, and all of it gone at once."""
        self.start_all()
        active = "cdbg/breakpoints/%s/active" % self.debuggee
        line = {"action": "CAPTURE", "location": {"path": "app.py", "line": int(IDLE.split(":")[1])}}
        self.database.request(
            "PATCH",
            "/cdbg/breakpoints/" + self.debuggee + ".json",
            {"active/b-1": {**line, "id": "b-1", "condition": "number < 0"}, "active/b-2": {**line, "id": "b-2",
             "condition": "number < 0"}},
        )  # fmt: skip
        self.wait_metric("snapshot_broker_breakpoints_armed", 2)
        self.database.put(active + "/b-3", {**line, "id": "b-3", "condition": "number < 0"})
        self.database.put(active + "/b-1/userEmail", "somebody@example.com")
        self.database.request("PATCH", "/%s.json" % active, {"b-2": None})
        self.wait_metric("snapshot_broker_breakpoints_armed", 2)
        self.assertEqual(set(self.database.get(active)), {"b-1", "b-3"})
        self.database.delete(active)
        self.wait_metric("snapshot_broker_breakpoints_armed", 0)

    def test_many_debuggees_share_one_connection(self):
        self.front_arguments = ["--frontend-http2-max-concurrent-streams=1000"]
        self.restart_front()
        self.broker = self.start_the_broker()
        stubs = [self.stub("app-%d" % number) for number in range(NUM_DEBUGGEES)]
        self.wait_metric("snapshot_broker_store_in_sync", NUM_DEBUGGEES)
        for stub in stubs[::10]:
            breakpoint_id = self.set_for(stub.debuggee)
            self.assertEqual(stub.wait_set(), breakpoint_id)
            stub.capture(breakpoint_id)
            wait_final(self.database, stub.debuggee, breakpoint_id)
        self.assertEqual(self.metric("snapshot_broker_database_streams"), NUM_DEBUGGEES)
        self.assertEqual(self.ports_of_the_front(), 1)
        self.assertEqual(self.tcp.num_connections, 1)

    def test_a_server_with_fewer_streams_gets_as_many_connections_as_it_takes(self):
        self.front_arguments = ["--frontend-http2-max-concurrent-streams=100"]
        self.restart_front()
        self.broker = self.start_the_broker()
        stubs = [self.stub("app-%d" % number) for number in range(NUM_DEBUGGEES)]
        self.wait_metric("snapshot_broker_store_in_sync", NUM_DEBUGGEES)
        for stub in stubs[::10]:
            breakpoint_id = self.set_for(stub.debuggee)
            self.assertEqual(stub.wait_set(), breakpoint_id)
            stub.capture(breakpoint_id)
            wait_final(self.database, stub.debuggee, breakpoint_id)
        print("connections for %d streams, 100 each: %d" % (NUM_DEBUGGEES, self.tcp.num_connections))
        self.assertLessEqual(self.tcp.num_connections, 5)

    def test_the_broker_starts_without_the_database(self):
        self.tcp.refuse()
        self.broker = self.start_the_broker()
        app = self.stub("early")
        until(lambda: "store: " in self.ready(), "the problem at /ready")
        self.assertTrue(self.ready().startswith("ready\n"))
        self.assertEqual(self.metric("snapshot_broker_database_reachable"), 0)
        breakpoint_id = self.set_for(app.debuggee)
        self.tcp.listen()
        self.assertEqual(app.wait_set(), breakpoint_id)
        until(lambda: self.ready() == "ready\n", "no problem at /ready")
        self.assertEqual(self.metric("snapshot_broker_database_reachable"), 1)

    def test_the_end_does_not_wait_for_a_database_that_is_away(self):
        """What it has for it is on disk, and the next run sends it."""
        self.start_all("--drain-timeout-ms=600000")
        self.arm(3)
        self.tcp.refuse()
        until(lambda: "store: " in self.ready(), "the problem at /ready")
        self.hit()
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        self.tcp.listen()
        until(lambda: set(self.asked) <= self.done(), "the results")

    def test_after_a_reconnect_the_difference_is_told(self):
        self.start_all()
        kept = self.set(IDLE, condition="number < 0")
        gone = self.set(IDLE, condition="number < -1")
        self.wait_metric("snapshot_broker_breakpoints_armed", 2)
        self.tcp.refuse()
        self.wait_metric("snapshot_broker_database_streams", 0)
        self.database.delete("cdbg/breakpoints/%s/active/%s" % (self.debuggee, gone))
        new = self.set(IDLE, condition="number < -2")
        self.assertEqual(self.metric("snapshot_broker_breakpoints_armed"), 2)
        self.tcp.listen()
        self.wait_metric("snapshot_broker_database_streams", 1)
        self.wait_metric("snapshot_broker_breakpoints_armed", 2)
        until(lambda: "database_back" in self.broker.log(), "the line that it is back")
        active = self.database.get("cdbg/breakpoints/%s/active" % self.debuggee)
        self.assertEqual(set(active), {kept, new})
        self.assertEqual(len(re.findall("database_problem", self.broker.log())), 1)

    def test_no_token_is_shown(self):
        self.start_all()
        self.http.fail("PATCH|PUT", status=401, body=json.dumps({"error": "Permission denied"}).encode())
        self.set("app.py:%d" % FIRST_LINE)
        self.write("go", "")
        until(lambda: self.tokens.num_tokens >= 2, "another token")
        until(lambda: "401" in self.ready(), "the problem at /ready")
        shown = self.broker.log() + self.ready() + str(self.broker.metrics())
        self.assertNotIn("token-1", shown)
        self.assertNotIn("token-2", shown)
        sent = {headers.get("authorization") for _, _, headers, _ in self.http.log}
        self.assertIn("Bearer token-1", sent)

    def test_a_stream_that_is_sent_elsewhere(self):
        """A redirect to the database's own host is followed, token and all; after a drop it begins at the first place."""
        active = "/cdbg/breakpoints/[^/]+/active.json"
        place = "https://localhost:%d/cdbg/breakpoints/%%s/active.json?ns=moved" % self.tcp.port
        self.broker = self.start_the_broker()
        first = self.stub("first")
        self.wait_metric("snapshot_broker_store_in_sync", 1)
        location = "Location: " + place % first.debuggee
        fault = self.http.fail("GET " + active + "$", status=307, headers=[location])
        self.tcp.cut()
        until(lambda: self.requests(r"\?ns=moved"), "the redirected stream")
        self.wait_metric("snapshot_broker_database_streams", 1)
        breakpoint_id = self.set_for(first.debuggee)
        self.assertEqual(first.wait_set(), breakpoint_id)
        tokens = {headers.get("authorization") for _, path, headers, _ in self.http.log if "ns=moved" in path}
        self.assertEqual(tokens, {"Bearer token-1"})
        hits = fault.num_hits
        self.tcp.cut()
        until(lambda: fault.num_hits > hits, "another beginning")

    # ---- helpers

    def ready(self):
        with urllib.request.urlopen(self.broker.admin_url + "/ready", timeout=30) as answer:
            return answer.read().decode()

    def restart_front(self):
        self.tcp.target = self.start_front(self.http.port, extra=self.front_arguments)

    def ports_of_the_front(self):
        """How many connections the proxy's log knows."""
        with open(os.path.join(self.folder, "root-access.log"), encoding="utf-8") as log:
            return len({line.split()[0] for line in log if line.split()})


class DefaultDatabaseTest(FirebaseTest):
    """Without an address the project's databases are asked in the original's order; on the way there is a proxy."""

    def broker_arguments(self, host="localhost"):
        return ["--ca-file=" + self.root, *self.project_arguments]

    project_arguments = ["--project-id=shop"]

    def setUp(self):
        super().setUp()
        self.proxy = ConnectProxy(self.front)
        self.addCleanup(self.proxy.close)

    def start_with_proxy(self):
        self.start_all(environment={"https_proxy": "http://127.0.0.1:%d" % self.proxy.port})

    def hosts(self):
        return [host for place, host in enumerate(self.proxy.asked) if host not in self.proxy.asked[:place]]

    def test_the_first_that_is_set_up_is_used(self):
        self.http.fail("schema_version", count=1, status=404, body=b'{"error" : "404 Not Found"}')
        self.start_with_proxy()
        self.assertEqual(self.hosts(), ["shop-cdbg.firebaseio.com:443", "shop-default-rtdb.firebaseio.com:443"])
        breakpoint_id = self.set("app.py:%d" % FIRST_LINE)
        self.write("go", "")
        wait_final(self.database, self.debuggee, breakpoint_id)
        self.assertIn("shop-default-rtdb.firebaseio.com", self.broker.log())

    def test_the_project_is_that_of_the_credentials(self):
        self.project_arguments = []
        self.start_with_proxy()
        self.assertEqual(self.hosts(), ["faults-cdbg.firebaseio.com:443"])

    def test_one_that_is_not_set_up_yet_is_waited_for(self):
        fault = self.http.fail("schema_version", body=b"null", status=200)
        self.broker = self.start_the_broker(environment={"https_proxy": "http://127.0.0.1:%d" % self.proxy.port})
        until(lambda: fault.num_hits >= 4, "several rounds")
        with urllib.request.urlopen(self.broker.admin_url + "/ready", timeout=30) as answer:
            self.assertIn("is not set up for the debugger", answer.read().decode())
        self.http.heal()
        until(lambda: "database_found" in self.broker.log(), "the database")


if __name__ == "__main__":
    unittest.main()
