"""Logpoints: one entry per hit within what the broker leased, or, without a broker, within the stub's own bounds."""

import unittest

from stub.fake_broker import StubTest

APP = """
    import sys
    import googleclouddebugger

    googleclouddebugger.enable(module="shop", version="7")

    def work(number):
        doubled = number * 2
        return doubled

    for line in sys.stdin:
        exec(line)
"""
LINE = 8  # return doubled
PATH = "app.py"
PLENTY = {"num_log_entries": 1000, "log_bytes": 1000000}


class LogpointsTest(StubTest):
    def start(self, **welcome):
        self.write(PATH, APP)
        self.broker = self.start_broker()
        self.app = self.start_app(PATH)
        self.session = self.broker.accept(**welcome)

    def log(self, **fields):
        self.session.arm("log", PATH, LINE, action="LOG", expressions=["number"], **fields)

    def work(self, *numbers):
        self.app.tell("print(sum(work(n) for n in %r))" % (numbers,))
        self.app.expect(str(2 * sum(numbers)))

    def entries(self):
        """The values of the entries that have come by now."""
        self.session.flush()
        self.session.pending()
        found = [fields for kind, fields in self.session.unread if kind == "log_entry"]
        self.session.unread = [message for message in self.session.unread if message[0] != "log_entry"]
        return [entry["values"][0]["integer"] for entry in found]

    def test_every_hit_is_an_entry(self):
        self.start(quota=PLENTY)
        self.log()
        self.work(1, 2, 3)
        entry = self.session.log_entry("log")
        self.assertEqual(entry["function"], b"work")
        self.assertEqual(entry["line"], LINE)
        self.assertTrue(entry["path"].endswith(b"app.py"))
        self.assertEqual(self.entries(), [2, 3])
        self.work(4)
        self.assertEqual(self.entries(), [4])

    def test_condition_decides(self):
        self.start(quota=PLENTY)
        self.log(condition="number > 10")
        self.work(1, 11, 2, 12)
        self.assertEqual(self.entries(), [11, 12])

    def grant(self, entries, num_bytes=1000000, lifetime_ms=60000):
        self.session.send(
            quota_lease={
                "breakpoint_id": "log",
                "num_log_entries": entries,
                "log_bytes": num_bytes,
                "lifetime_ms": lifetime_ms,
            }
        )
        self.session.flush()

    def test_lease_bounds_the_entries_and_more_is_asked_for(self):
        self.start(quota={"num_log_entries": 4, "log_bytes": 1000000})
        self.log()
        self.work(*range(1, 11))
        self.assertEqual(self.entries(), [1, 2, 3, 4])
        request = self.session.receive("quota_request")
        self.assertEqual(request["breakpoint_id"], "log")
        self.assertGreater(request["num_log_entries"], 0)
        self.grant(2)
        self.work(11, 12, 13)
        entry = self.session.log_entry("log")
        self.assertEqual(entry["values"][0]["integer"], 11)
        self.assertEqual(entry["num_suppressed"], 6)
        self.assertEqual(self.entries(), [12])

    def test_hits_that_are_refused_are_told(self):
        self.start(quota={"num_log_entries": 4, "log_bytes": 1000000})
        self.log()
        refused = 0
        while refused < 5000:
            self.work(*range(1000))
            self.session.flush()
            for kind, fields in self.session.unread:
                refused += fields.get("num_suppressed", 0) if kind == "quota_request" else 0
            self.session.unread = []

    def test_one_logpoint_uses_nothing_of_another(self):
        self.start(quota={"num_log_entries": 4, "log_bytes": 1000000})
        self.log()
        self.session.arm("other", PATH, LINE, action="LOG", condition="number == 999")
        self.work(*range(1000))
        self.session.log_entry("other")

    def test_credit_bounds_the_bytes(self):
        self.start(quota={"num_log_entries": 1000, "log_bytes": 1})
        self.log()
        self.work(1, 2, 3)
        self.assertEqual(self.entries(), [1])  # the last one may cost more than is left

    def test_lease_of_a_logpoint_that_is_unknown_is_nothing(self):
        self.start(quota={"num_log_entries": 2, "log_bytes": 1000000})
        self.session.send(quota_lease={"breakpoint_id": "nobody", "num_log_entries": 100, "log_bytes": 1000})
        self.log()
        self.work(1, 2, 3)
        self.assertEqual(self.entries(), [1, 2])

    def test_unlimited_lease_has_no_end(self):
        self.start(quota={"is_unlimited": True})
        self.log()
        self.work(*range(600))
        self.assertEqual(self.entries(), list(range(600)))

    def test_without_terms_there_is_a_small_allowance(self):
        self.start()
        self.log()
        self.work(*range(2000))
        number = len(self.entries())
        self.assertGreaterEqual(number, 20)
        self.assertLess(number, 100)

    def test_lost_broker_leaves_a_small_allowance(self):
        self.start(quota={"is_unlimited": True})
        self.log()
        self.work(1)
        self.assertEqual(self.entries(), [1])
        self.session.close()
        self.session = self.broker.accept_raw()  # the stub knows of its loss, and no terms are given yet
        for _ in range(20):
            self.work(*range(200))
        self.session.welcome(quota={"is_unlimited": True})
        self.session.flush()
        self.work(7777)
        number = 0
        while self.session.log_entry("log")["values"][0]["integer"] != 7777:
            number += 1
        self.assertGreaterEqual(number, 20)
        self.assertLess(number, 1000)

    def test_entries_wait_for_a_broker_that_is_away(self):
        self.start(quota=PLENTY)
        self.log()
        self.session.close()
        self.broker.stop()
        self.work(1)
        self.broker.listen()
        self.session = self.broker.accept()
        self.assertEqual(self.session.log_entry("log")["values"][0]["integer"], 1)

    def test_flood_without_a_reader_holds_nothing_up(self):
        self.start(quota={"is_unlimited": True})
        self.log()
        self.work(*range(30000))  # more than the socket and the ring hold, and nobody reads
        received = 0
        self.session.send(clear_breakpoint={"id": "log"})
        self.session.flush()
        received = len([1 for kind, _ in self.session.unread if kind == "log_entry"])
        counters = {}
        while received + counters.get("num_packets_dropped", 0) < 30000:
            kind, fields = self.session._receive()
            if kind == "log_entry":
                received += 1
            elif kind == "counters":
                counters = fields
        self.assertEqual(received + counters["num_packets_dropped"], 30000)
        self.assertGreater(counters["num_packets_dropped"], 0)
        self.assertGreater(received, 1000)


if __name__ == "__main__":
    unittest.main()
