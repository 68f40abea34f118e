"""What becomes of results besides arriving: deleted breakpoints, a full or damaged disk, other hosts, the end of time."""

import json
import os
import signal
import subprocess
import unittest

from e2e.harness import DEADLINE_S, until
from faults.firebase_world import FIRST_LINE, IDLE, FakeClock, FirebaseTest

HEAVY_APP_LOCALS = "    text = [['%d' % (i * j) * 30 for i in range(24)] for j in range(24)]"


class DeletionTest(FirebaseTest):
    def delete(self, breakpoint_id):
        """As the command line does it."""
        for kind in ("active", "final", "snapshot"):
            self.database.delete("cdbg/breakpoints/%s/%s/%s" % (self.debuggee, kind, breakpoint_id))

    def test_deleted_during_an_outage_stays_deleted(self):
        self.start_all()
        ids = self.arm()
        self.tcp.refuse()
        self.hit()
        self.wait_retries(2)
        for breakpoint_id in ids[:4]:
            self.delete(breakpoint_id)
            self.asked.remove(breakpoint_id)
        self.tcp.listen()
        self.recovered("an outage in which some were deleted")
        self.assertEqual(self.metric('snapshot_broker_captures_dropped_total{reason="deleted"}'), 4)

    def test_deleted_between_claim_and_update_stays_deleted(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        ids = self.arm(2)
        fault = self.http.fail("PATCH ", stall=True)
        self.hit()
        until(lambda: fault.num_hits == 2, "the updates")
        for breakpoint_id in ids:
            self.delete(breakpoint_id)
        clock.pass_until(lambda: self.metric("snapshot_broker_outbox_retries_total"), "a timeout")
        self.http.heal()
        clock.pass_until(lambda: self.metric("snapshot_broker_outbox_entries") == 0, "the last look")
        state = self.database.get("cdbg/breakpoints/" + self.debuggee)
        self.assertEqual(list(state), ["active"])  # what never hits
        self.assertEqual(list(state["active"]), self.waiting)
        self.check_counts()

    def test_update_that_falls_into_a_deletion_is_undone(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        (breakpoint_id,) = self.arm(1)
        self.hit()
        until(lambda: breakpoint_id in self.done(), "the result")
        self.pause()
        self.database.delete("cdbg/breakpoints/%s/snapshot/%s" % (self.debuggee, breakpoint_id))
        clock.pass_until(lambda: self.metric("snapshot_broker_outbox_entries") == 0, "the last look")
        self.assertEqual(self.done(), set())


class DiskTest(FirebaseTest):
    def test_full_disk_loses_nothing(self):
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        mount = "mount -t tmpfs -o size=1536k tmpfs %s && exec \"$@\"" % disk
        self.start_all(
            state_dir=os.path.join(disk, "state"),
            wrapper=("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"),
        )
        self.arm(4)
        self.tcp.refuse()
        filler = "/proc/%d/root%s/filler" % (self.broker.pid, disk)
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        self.hit()
        until(lambda: self.metric("snapshot_broker_store_errors_total"), "a full disk")
        self.tcp.listen()
        os.remove(filler)
        self.recovered("a full disk")

    def test_damaged_outbox_is_set_aside(self):
        self.start_all()
        self.arm(2)
        self.tcp.refuse()
        self.hit()
        self.broker.stop(signal.SIGKILL)
        self.pause()
        for name in os.listdir(self.broker.state_dir):
            if name.startswith("outbox.db"):
                with open(os.path.join(self.broker.state_dir, name), "r+b") as file:
                    file.write(os.urandom(8192))
        self.broker.start()
        self.assertIn("outbox_damaged", [line["event"] for line in self.broker.log_events()])
        self.tcp.listen()
        # What it held was lost with it: the breakpoints are active still, for processes that have not hit them.
        self.assertEqual(self.app.stop(), -signal.SIGTERM)
        self.start_the_app(self.broker, "another-app")
        self.wait_metric("snapshot_broker_breakpoints_armed", 3)
        self.hit()
        self.recovered("a damaged outbox")

    def test_second_broker_on_the_folder_is_refused(self):
        self.start_all()
        second = subprocess.run(
            [
                os.environ["SNAPSHOT_BROKER"],
                "--store=firebase",
                "--socket=" + os.path.join(self.folder, "second.sock"),
                "--state-dir=" + self.broker.state_dir,
                "--admin-listen=",
                *self.broker_arguments(),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE_S,
        )
        self.assertEqual(second.returncode, 69, second.stdout)
        self.assertIn(b"in use by another process", second.stdout)
        self.arm(1)
        self.hit()
        self.recovered("a second broker")

    def test_ends_and_starts_with_results_on_disk(self):
        self.start_all("--drain-timeout-ms=100")
        self.arm()
        self.tcp.refuse()
        self.hit()
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        queued = self.metric("snapshot_broker_captures_queued")
        self.assertEqual(queued, len(self.asked))
        self.assertEqual(self.metric("snapshot_broker_captures_received_total"), queued)
        self.tcp.listen()
        self.recovered("a restart in an outage")


class FullOutboxTest(FirebaseTest):
    app_text = FirebaseTest.app_text.replace('    text = "x" * 200', HEAVY_APP_LOCALS)

    def test_full_outbox_tells_the_user(self):
        full = 'snapshot_broker_captures_dropped_total{reason="full"}'
        self.start_all("--outbox-bytes=1048576", "--max-payload-chars=65536", "--capture-budget-us=1000000")
        self.http.fail("PUT .*/snapshot/.*", status=503)
        rounds = 0
        while not self.metric(full):
            rounds += 1
            self.assertLess(rounds, 10)
            self.hit(len(self.arm()))
            self.pause()
        self.assertLessEqual(self.metric("snapshot_broker_outbox_bytes"), 1048576 + 65536)
        self.assertGreater(self.metric("snapshot_broker_outbox_bytes"), 1048576 / 2)
        self.http.heal()
        until(lambda: set(self.asked) <= self.done(), "all of them")
        finals = self.database.get("cdbg/breakpoints/%s/final" % self.debuggee)
        texts = [final["status"]["description"]["format"] for final in finals.values() if "status" in final]
        self.assertEqual(set(texts), {"The snapshot was taken, but too many results wait for the database already"})
        self.check_counts()


class ExpiryTest(FirebaseTest):
    def test_two_hosts_expire_each_breakpoint_once(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        folder = os.path.join(self.folder, "second")
        os.makedirs(folder)
        brokers = [self.broker, self.start_the_broker(folder=folder, environment=clock.environment)]
        self.start_the_app(brokers[1], "second-app")
        ids = [
            self.set(IDLE, action="LOG", logMessageFormat="never", condition="number < 0"),
            self.set(IDLE, condition="number < 0"),
            self.set("app.py:%d" % FIRST_LINE),
        ]
        for broker in brokers:
            until(lambda: broker.metrics()["snapshot_broker_breakpoints_armed"] == len(ids), "them to be armed")
        clock.set("+25h")
        until(lambda: set(ids) <= self.done(), "their end")
        state = self.database.get("cdbg/breakpoints/" + self.debuggee)
        self.assertNotIn("active", state)
        for breakpoint_id in ids:
            text = state["final"][breakpoint_id]["status"]["description"]["format"]
            self.assertRegex(text, "^The (snapshot|logpoint) has expired$")
        self.assertEqual(set(state["snapshot"]), set(ids[1:]), json.dumps(state)[:2000])
        for broker in brokers:
            until(lambda: broker.metrics()["snapshot_broker_breakpoints_active"] == 0, "nothing to be active")
        self.recorder.catch_up(self.database)
        finals = [self.recorder.writes["final/" + breakpoint_id] for breakpoint_id in ids]
        self.assertEqual(finals, [1, 1, 1])


if __name__ == "__main__":
    unittest.main()
