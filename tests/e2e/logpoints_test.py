"""Logpoints in real gunicorn workers: the quota is the app's on this host, fair among logpoints, and the app's own log."""

import json
import os
import threading
import time
import unittest
import urllib.request

from e2e.harness import DEADLINE_S, EndToEndTest, free_port, set_breakpoint, until

NUM_MODEST = 10

APP = """
    import logging
    import os
    import threading
    import time
    import googleclouddebugger

    logging.basicConfig(
        filename="own.log", level=logging.INFO,
        format="%(levelname)s %(name)s %(pathname)s:%(lineno)d %(funcName)s %(process)d %(message)s",
    )
    googleclouddebugger.enable(module="web", version="1")

    def hot(number):
        return number  # hot

    class Cart:
        def add(self, number):
            return number  # add

    def flood(until):
        count = 0
        while time.monotonic() < until:
            hot(count)
            count += 1
        return count

@MODEST@
    def application(environ, start_response):
        _, action, number = environ["PATH_INFO"].split("/")
        if action == "flood":
            result = flood(time.monotonic() + float(number))
        elif action == "start":
            threading.Thread(target=flood, args=(time.monotonic() + float(number),), daemon=True).start()
            result = os.getpid()
        elif action == "add":
            result = Cart().add(int(number))
        else:
            result = MODEST[int(number)](int(number))
        body = str(result).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
"""
MODEST = "".join("    def modest_%d(number):\n        return number  # modest_%d\n\n" % (i, i) for i in range(NUM_MODEST))
MODEST += "    MODEST = [%s]\n" % ", ".join("modest_%d" % i for i in range(NUM_MODEST))


class LogpointsTest(EndToEndTest):
    def start(self, num_workers, *arguments):
        self.broker = self.start_broker(*arguments)
        path = self.write("web.py", APP.replace("@MODEST@\n", MODEST))
        with open(path, encoding="utf-8") as file:
            self.lines = {
                line.split("# ")[1].strip(): number for number, line in enumerate(file, 1) if "return number  # " in line
            }
        self.port = free_port()
        self.start_app(
            self.broker.socket_path,
            ["-m", "gunicorn", "--workers", str(num_workers), "--bind", "127.0.0.1:%d" % self.port, "web"],
        )
        self.broker.wait_sessions(num_workers)
        self.debuggee = self.only_debuggee(self.broker)

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d/%s" % (self.port, path), timeout=DEADLINE_S) as response:
            return response.read().decode()

    def log(self, name, **fields):
        breakpoint_id = set_breakpoint(
            self.broker.database,
            self.debuggee,
            "web.py:%d" % self.lines[name],
            action="LOG",
            expressions=["number"],
            logMessageFormat=name + " $0",
            **fields,
        )
        self.num_logpoints = getattr(self, "num_logpoints", 0) + 1
        until(
            lambda: self.broker.metrics()["snapshot_broker_breakpoints_armed"] == self.num_logpoints, "the logpoint"
        )
        return breakpoint_id

    def records(self, name):
        return [event for event in self.broker.log_events() if event["message"].startswith("LOGPOINT: %s " % name)]

    def every_entry_is_counted(self):
        metrics = self.broker.metrics()
        written = metrics["snapshot_broker_log_entries_written_total"]
        dropped = metrics['snapshot_broker_log_entries_dropped_total{reason="quota"}']
        return metrics["snapshot_broker_log_entries_received_total"] == written + dropped

    def flood_in_all_workers(self, num_workers, seconds):
        """Returns how many hits there were."""
        counts = []
        threads = [
            threading.Thread(target=lambda: counts.append(int(self.get("flood/%s" % seconds)))) for _ in range(num_workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts)

    def test_quota_is_that_of_the_app_on_this_host(self):
        self.start(4)
        self.log("hot")
        begin = time.monotonic()
        num_hits = self.flood_in_all_workers(4, 2)
        self.flood_in_all_workers(4, 0.5)  # with what the pause between them has left
        seconds = time.monotonic() - begin
        until(lambda: len(self.records("hot")) >= 250, "as many lines as there may be at once")
        until(self.every_entry_is_counted, "received = written + dropped")
        records = self.records("hot")
        self.assertGreater(num_hits, 4000)
        self.assertLessEqual(len(records), 250 + 50 * seconds + 1)
        self.assertGreater(sum(record.get("suppressed", 0) for record in records), 0, "the count when the flow resumes")
        notices = [event for event in self.broker.log_events() if "is paused" in event["message"]]
        self.assertEqual(
            {notice["message"] for notice in notices},
            {"LOGPOINT: Logpoint is paused due to high log rate until log quota is restored"},
        )
        self.assertLessEqual(len(notices), seconds / 0.5 + 1)

    def test_logpoint_that_floods_leaves_the_others_theirs(self):
        self.start(4)
        self.log("hot")
        names = ["modest_%d" % i for i in range(NUM_MODEST)]
        for name in names:
            self.log(name)
        for _ in range(2):
            self.get("start/60")
        num_hits = 0
        next_round = time.monotonic()
        while num_hits < 40:  # five in a second
            for i in range(NUM_MODEST):
                self.get("modest/%d" % i)
            num_hits += 1
            next_round += 0.2
            time.sleep(max(0, next_round - time.monotonic()))
        for name in names:
            until(lambda: len(self.records(name)) >= 0.95 * num_hits, "%d lines of %s" % (num_hits, name))
        self.assertGreater(len(self.records("hot")), 0)

    def test_lines_in_the_apps_own_log(self):
        self.start(2, "--log-output=app", "--log-output=stdout")
        self.log("add", logLevel="WARNING")

        def own():
            path = os.path.join(self.folder, "own.log")
            if not os.path.exists(path):
                return []
            with open(path, encoding="utf-8") as file:
                return [line.rstrip("\n") for line in file if "LOGPOINT" in line]

        def workers():
            return {record["logging.googleapis.com/labels"]["pid"] for record in self.records("add")}

        for number in range(1000):  # until each of them has armed it and logged
            self.get("add/%d" % number)
            if len(workers()) == 2:
                break
        self.assertEqual(len(workers()), 2)
        count = until(lambda: len(own()) == len(self.records("add")) and len(own()), "as many lines in both logs")
        expected = {
            "WARNING root web.py:%d Cart.add %s LOGPOINT: add %d" % (self.lines["add"], worker, number)
            for number in range(1000)
            for worker in workers()
        }
        self.assertEqual(set(own()) - expected, set())
        self.assertEqual(self.broker.metrics()["snapshot_broker_log_entries_written_total"], count)

    def test_json_has_what_cloud_logging_understands(self):
        self.start(1)
        breakpoint_id = self.log("add")
        self.get("add/1")
        (record,) = until(lambda: self.records("add"), "a line")
        labels = record["logging.googleapis.com/labels"]
        self.assertEqual(record["severity"], "INFO")
        self.assertEqual(
            record["logging.googleapis.com/sourceLocation"],
            {"file": "web.py", "line": str(self.lines["add"]), "function": "Cart.add"},
        )
        self.assertEqual(
            {name: labels[name] for name in ("debuggee", "module", "version", "breakpoint")},
            {"debuggee": self.debuggee, "module": "web", "version": "1", "breakpoint": breakpoint_id},
        )
        self.assertRegex(record["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertTrue(record["logging.googleapis.com/insertId"])


if __name__ == "__main__":
    unittest.main()
