"""Every fault that the way to a Firebase database can have, each with snapshots under way.

After each: every result that was acknowledged is in the database exactly once, every breakpoint that should be armed is
armed, and the counts add up. How long the recovery took is printed. FAULT_S=60 has the faults last for a minute more.
"""

import os
import signal
import unittest

from e2e.harness import until
from fakes import tls_front
from fakes.fault_proxy import HttpProxy
from faults.firebase_world import FakeClock, FirebaseTest

EVERY_REQUEST = "."
NO_STREAM = "(PUT|PATCH|DELETE) "
ERROR = b'{\n  "error" : "a fault"\n}\n'


class ConnectionFaultsTest(FirebaseTest):
    def test_nothing_fails(self):
        self.start_all()
        self.arm()
        self.hit()
        self.recovered("nothing")
        self.assertEqual(self.tcp.num_connections, 1)

    def test_connection_refused(self):
        self.start_all()
        self.arm()
        self.tcp.refuse()
        self.hit()
        self.wait_retries(3)
        self.hold()
        self.tcp.listen()
        self.recovered("connection refused")

    def test_no_tls(self):
        self.start_all()
        self.arm()
        self.tcp.answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
        self.tcp.cut()
        self.hit()
        self.wait_retries(2)
        self.tcp.answer = None
        self.recovered("TLS that is none")

    def test_certificate_of_another_root(self):
        self.start_all()
        self.arm()
        other = HttpProxy(self.database_port)
        self.addCleanup(other.close)
        tls_front.make_certificates(self.folder, "other")
        self.tcp.target = self.start_front(other.port, "other")
        self.tcp.cut()
        self.hit()
        self.wait_retries(2)
        self.assertEqual(other.log, [])  # nothing was told to whom nobody trusts
        self.tcp.target = self.front
        self.recovered("a certificate of another root")

    def test_connections_are_reset_again_and_again(self):
        self.start_all()
        self.arm()
        self.tcp.cut()
        self.hit()
        for _ in range(5):
            self.tcp.cut()
            until(lambda: self.http.log, "a request")
            self.http.log.clear()
        self.recovered("resets")

    def test_name_that_cannot_be_resolved(self):
        hosts = self.write("hosts", "127.0.0.1 localhost database.test\n")
        bind = "mount --bind %s /etc/hosts && exec \"$@\"" % hosts
        self.start_all(host="database.test", wrapper=("unshare", "--map-root-user", "--mount", "sh", "-c", bind, "sh"))
        self.arm()
        self.tcp.refuse()
        self.hit()
        self.broker.stop(signal.SIGKILL)  # it remembers names for a minute
        self.write("hosts", "127.0.0.1 localhost\n")
        self.broker.start()
        self.tcp.listen()
        self.wait_failures(2)
        self.write("hosts", "127.0.0.1 localhost database.test\n")
        self.recovered("a name that cannot be resolved")

    def test_half_open_connection(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        self.arm()
        self.tcp.half_open()
        self.hit()
        # What falls silent is noticed after SUBSCRIPTION_SILENCE_MS.
        clock.pass_until(lambda: self.metric("snapshot_broker_database_streams_opened_total") > 1, "a new stream")
        self.recovered("a half-open connection")

    def test_stalled_connection(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        self.arm()
        self.tcp.stall()
        self.hit()
        clock.pass_until(lambda: self.tcp.num_connections > 1, "a new connection")
        self.tcp.go_on()
        self.recovered("a stalled connection")


class AnswerFaultsTest(FirebaseTest):
    def answer_with(self, cause, pattern=EVERY_REQUEST, num_hits=6, **fault):
        """Answers every request so while snapshots are under way; streams are cut, so that they ask, too."""
        self.start_all()
        self.arm()
        fault = self.http.fail(pattern, **fault)
        self.http.cut()
        self.hit()
        until(lambda: fault.num_hits >= num_hits, "%d requests" % num_hits)
        self.hold()
        self.http.heal()
        self.recovered(cause)

    def test_401(self):
        self.answer_with("401", status=401, body=b'{\n  "error" : "Auth token is expired"\n}\n')

    def test_403(self):
        self.answer_with("403", status=403, body=ERROR)

    def test_404(self):
        self.answer_with("404", status=404, body=b'{\n  "error" : "404 Not Found"\n}\n')

    def test_412(self):
        self.answer_with("412", status=412, body=b"null", headers=["ETag: null_etag"])

    def test_412_that_shows_no_value(self):
        self.answer_with("412 with an error", status=412, body=ERROR)

    def test_429_with_retry_after(self):
        self.answer_with("429", status=429, body=ERROR, headers=["Retry-After: 1"], num_hits=4)

    def test_refusals_while_there_are_no_results(self):
        """What results find out every few seconds helps nobody here: the streams are alone."""
        self.start_all()
        self.arm()
        for status in (401, 403, 404, 429):
            fault = self.http.fail(EVERY_REQUEST, status=status, body=ERROR)
            self.http.cut()
            until(lambda: fault.num_hits >= 6, "6 requests")
            self.hold()
            self.http.heal()
            self.rearmed("%d without results" % status)
        self.hit()
        self.recovered("refusals without results")

    def test_500(self):
        self.answer_with("500", status=500, body=b'{\n  "error" : "An internal error occurred"\n}\n')

    def test_503(self):
        self.answer_with("503", status=503)

    def test_200_that_is_no_database(self):
        self.answer_with("a portal's page", status=200, body=b"<html>Please log in</html>")

    def test_body_cut_in_the_middle(self):
        self.answer_with("answers that are cut", pattern=NO_STREAM + "|/(active|final|snapshot)/", num_hits=3, cut=3)

    def test_answer_that_is_lost(self):
        self.answer_with("answers that are lost", pattern=NO_STREAM, num_hits=10, count=10, lose=True)

    def test_redirects_in_a_loop(self):
        location = "Location: https://localhost:%d{path}" % self.tcp.port
        self.answer_with("redirects in a loop", status=307, headers=[location])

    def test_redirect_to_a_foreign_host(self):
        foreign = HttpProxy(self.database_port)
        self.addCleanup(foreign.close)
        port = self.start_front(foreign.port)
        location = "Location: https://127.0.0.1:%d/cdbg.json" % port
        self.answer_with("a redirect to a foreign host", status=307, headers=[location])
        self.assertEqual(foreign.log, [])

    def test_stalled_requests(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        self.arm()
        fault = self.http.fail(NO_STREAM, stall=True)
        self.hit()
        until(lambda: fault.num_hits >= 1, "a request")
        clock.pass_until(lambda: self.metric("snapshot_broker_outbox_retries_total"), "a timeout")
        self.http.heal()
        self.recovered("requests that stall")

    def test_permanent_refusals_end_with_a_line_and_a_status(self):
        self.start_all()
        asked = self.arm(2)
        for breakpoint_id, status in zip(asked, (400, 413)):  # the snapshot itself; then its status is written there
            self.http.fail("PUT .*/snapshot/" + breakpoint_id, count=1, status=status, body=ERROR)
        self.hit()
        until(lambda: set(asked) <= self.done(), "the statuses")
        records = self.database.get("cdbg/breakpoints/%s/final" % self.debuggee)
        for breakpoint_id in asked:
            text = records[breakpoint_id]["status"]["description"]["format"]
            self.assertEqual(text, "The snapshot was taken, but the database refused it")
        events = [line["event"] for line in self.broker.log_events()]
        self.assertEqual(events.count("result_rejected"), 2)
        self.assertEqual(self.metric("snapshot_broker_captures_rejected_total"), 2)
        self.check_counts()

    def test_404_of_a_deleted_debuggee_ends_the_entry(self):
        self.start_all()
        asked = self.arm(1)
        self.http.fail("/breakpoints/", status=404, body=ERROR)
        self.database.delete("cdbg/debuggees/" + self.debuggee)
        self.hit()
        self.wait_metric("snapshot_broker_captures_rejected_total", 1)
        self.http.heal()
        self.assertIn("result_rejected", [line["event"] for line in self.broker.log_events()])
        self.assertEqual(len(asked), 1)
        self.check_counts()


class TokenAndTimeFaultsTest(FirebaseTest):
    def test_token_endpoint_is_down(self):
        self.start_all()
        self.arm()
        self.tokens.problem = 503
        asked = self.tokens.num_requests
        fault = self.http.fail(EVERY_REQUEST, count=1, status=401, body=ERROR)
        self.hit()
        until(lambda: fault.num_hits == 1 and self.tokens.num_requests >= asked + 3, "requests for tokens")
        self.tokens.problem = None
        self.recovered("a token endpoint that is down")

    def jump_by(self, text):
        clock = FakeClock(self).wall_only()
        self.start_all(environment=clock.environment)
        self.arm()
        clock.set(text)
        self.hit()
        self.recovered("a clock that jumps by " + text)
        self.pause()
        clock.set("+0")
        self.arm()
        self.hit()
        self.recovered("a clock that jumps back")

    def test_clock_a_day_ahead(self):
        self.jump_by("+1d")

    def test_clock_a_day_behind(self):
        self.jump_by("-1d")

    def test_stopped_for_a_while(self):
        self.start_all()
        self.arm()
        os.kill(self.broker.pid, signal.SIGSTOP)
        self.write("go", "")
        self.tcp.cut()
        os.kill(self.broker.pid, signal.SIGCONT)
        self.recovered("SIGSTOP and a reset")

    def test_stopped_for_minutes(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        self.arm()
        self.tcp.stall()
        self.hit()
        os.kill(self.broker.pid, signal.SIGSTOP)
        clock.set("+5m")
        self.tcp.go_on()
        os.kill(self.broker.pid, signal.SIGCONT)
        self.recovered("SIGSTOP for 5 simulated minutes")

    def test_database_away_for_an_hour(self):
        clock = FakeClock(self)
        self.start_all(environment=clock.environment)
        self.arm()
        self.tcp.refuse()
        self.hit()
        for minute in range(10, 70, 10):
            clock.set("+%dm" % minute)
            self.wait_failures(2)
        self.tcp.listen()
        self.recovered("a simulated hour without the database")

    def test_database_that_is_killed_and_comes_back(self):
        self.start_all()
        self.arm()
        self.database_process.stop(signal.SIGKILL)
        self.hit()
        self.wait_retries(2)
        self.restart_database()
        self.recovered("a database that was killed", counts_writes=False)


if __name__ == "__main__":
    unittest.main()
