"""snapshot-broker as a process: its exit codes, its signals, its outputs, and its thirst at rest."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import unittest

from broker.stub_by_hand import StubByHand
from e2e.harness import DEADLINE_S, EndToEndTest, free_port, set_breakpoint, until, wait_final

BROKER = os.path.abspath(os.environ["SNAPSHOT_BROKER"])


def status_of(pid):
    """{field: text} of /proc/PID/status."""
    with open("/proc/%d/status" % pid, encoding="ascii") as status:
        return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)


def children_and_threads_wakeups(pid):
    """Times that a thread of the process was scheduled because something happened."""
    total = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, thread), encoding="ascii") as status:
            total += int(re.search(r"^voluntary_ctxt_switches:\t(\d+)", status.read(), re.MULTILINE).group(1))
    return total


def decode_message(fields):
    """(level, message, path, line, function) of an AppLog."""
    return tuple(fields[number][0] for number in (1, 2, 3, 4, 5))


class ProcessTest(EndToEndTest):
    def run_broker(self, *arguments, env=()):
        """A broker that ends by itself: (exit status, what it printed)."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAPSHOT_BROKER")}
        environment.update(env)
        done = subprocess.run(
            [BROKER, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE_S,
            env=environment,
            universal_newlines=True,
        )
        return done.returncode, done.stdout

    def refused(self, *arguments):
        """Of a broker that must not start, with all its own but what @arguments say."""
        return self.run_broker(
            "--socket=" + os.path.join(self.folder, "second.sock"),
            "--state-dir=" + os.path.join(self.folder, "second-state"),
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
            *arguments,
        )

    def stub(self, broker, **options):
        stub = StubByHand(broker.socket_path, **options)
        self.addCleanup(stub.close)
        return stub

    def set(self, broker, stub, **fields):
        breakpoint_id = set_breakpoint(broker.database, stub.debuggee, "a.py:3", **fields)
        self.assertEqual(stub.wait_set(), breakpoint_id)
        return breakpoint_id

    # ----------------------------------------------------------------------------------------------- exit codes

    def test_prints_help_version_and_configuration(self):
        code, text = self.run_broker("--help")
        self.assertEqual(code, 0)
        self.assertIn("--state-dir=VALUE", text)
        code, text = self.run_broker("--version")
        self.assertEqual(code, 0)
        self.assertRegex(text, r"^snapshot-broker \d+\.\d+\.\d+\n$")
        code, text = self.run_broker("--print-config", env={"SNAPSHOT_BROKER_MAX_FRAMES": "7"})
        self.assertEqual(code, 0)
        self.assertIn("--max-frames=7\n", text)

    def test_usage_errors_end_with_64_and_one_line(self):
        for arguments, word in {
            ("--nonsense",): "--nonsense",
            ("--max-frames=many",): "--max-frames",
            ("--store=nowhere",): "embedded",
            ("--store=firebase", "--service-account-file=/no/such"): "/no/such: No such file",
            ("--store=firebase", "--database-url=http://example.com"): "--database-url is not https",
            ("--store=firebase", "--database-url=https://example.com/x"): "--database-url has a path",
            ("--store=firebase", "--database-url=https://example.com/?auth=x"): "--database-url: it has more than",
            ("--store=firebase", "--ca-file=/no/such"): "--ca-file=/no/such",
            ("--listen=nonsense",): "--listen=nonsense",
            ("--listen=0.0.0.0:0",): "--listen-allow-remote",
            ("--admin-listen=0.0.0.0:0",): "--admin-allow-remote",
            ("--listen-token-file=/no/such",): "--listen-token-file=/no/such",
            ("--socket=" + "x" * 200,): "107",
            ("--redact=maybe",): "--redact",
            ("--redact-name=*",): "--redact-name",
            ("--redact-allow-name=1",): "--redact-allow-name",
            ("--redact-value=ab",): "--redact-value",
        }.items():
            code, text = self.refused(*arguments)
            self.assertEqual(code, 64, text)
            self.assertIn(word, text)
            self.assertEqual(text.count("\n"), 1, text)

    def test_what_is_taken_ends_with_69(self):
        broker = self.start_broker()
        for argument in (
            "--socket=" + broker.socket_path,
            "--state-dir=" + broker.state_dir,
            "--listen=127.0.0.1:%d" % broker.port,
            "--admin-listen=127.0.0.1:%d" % broker.admin_port,
        ):
            code, text = self.refused(argument)
            self.assertEqual(code, 69, text)
            self.assertIn(argument.split("=")[1], text)
        self.stub(broker)  # the first one is undisturbed

    def test_what_cannot_be_made_ends_with_73(self):
        self.write("file", "")
        for argument in ("--socket=%s/file/x.sock", "--state-dir=%s/file/state", "--log-output=file:%s/file/x.log"):
            code, text = self.refused(argument % self.folder)
            self.assertEqual(code, 73, text)
            self.assertIn("%s/file" % self.folder, text)

    def test_a_damaged_database_ends_with_74(self):
        state = os.path.join(self.folder, "second-state")
        os.mkdir(state, 0o700)
        self.write("second-state/store.db", "this is no database, it is a text " * 1000)
        code, text = self.refused()
        self.assertEqual(code, 74, text)
        self.assertIn(state, text)

    def test_an_error_at_the_start_leaves_nothing_behind(self):
        self.refused("--listen=127.0.0.1:1x")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "second.sock")))
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith(".")], [])

    # -------------------------------------------------------------------------------------------------- signals

    def test_sigterm_and_sigint_end_with_0_and_at_once_when_idle(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            broker = self.start_broker("--drain-timeout-ms=600000")  # longer than stop() waits
            stub = self.stub(broker)
            self.assertEqual(broker.stop(number), 0)
            self.assertTrue(stub.is_closed())
            self.assertFalse(os.path.exists(broker.socket_path))
            events = [e["event"] for e in broker.log_events()]
            self.assertEqual(events[-2:], ["broker_stopping", "broker_stopped"])

    def test_what_a_stub_sent_before_the_end_is_stored(self):
        broker = self.start_broker()
        stub = self.stub(broker)
        ids = [self.set(broker, stub) for _ in range(20)]
        os.kill(broker.pid, signal.SIGSTOP)
        for number, breakpoint_id in enumerate(ids):
            stub.capture(breakpoint_id, number, x=number)
        broker.process.send_signal(signal.SIGTERM)
        os.kill(broker.pid, signal.SIGCONT)
        self.assertEqual(broker.stop(), 0)
        broker.start()
        for number, breakpoint_id in enumerate(ids):
            snapshot = wait_final(broker.database, stub.debuggee, breakpoint_id, "snapshot")
            self.assertEqual(snapshot["stackFrames"][0]["locals"][0]["value"], str(number))

    def test_a_capture_that_a_killed_broker_did_not_acknowledge_is_taken_by_the_next(self):
        broker = self.start_broker()
        stub = self.stub(broker)
        for number in range(20):
            breakpoint_id = self.set(broker, stub)
            broker.stop(signal.SIGKILL)
            broker.start()
            # Sent again at once, as a stub does: before the broker has read its breakpoints.
            stub = self.stub(broker, before_welcome=lambda stub: stub.capture(breakpoint_id, 1, x=number))
            snapshot = wait_final(broker.database, stub.debuggee, breakpoint_id, "snapshot")
            self.assertEqual(snapshot["stackFrames"][0]["locals"][0]["value"], str(number))
            stub.receive(stub.ACKNOWLEDGE)

    def test_a_stuck_reader_of_the_log_holds_up_the_end_only_so_long(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        socket_path = os.path.join(self.folder, "second.sock")
        admin_port, port = free_port(), free_port()
        process = subprocess.Popen(
            [
                BROKER,
                "--socket=" + socket_path,
                "--state-dir=" + os.path.join(self.folder, "second-state"),
                "--listen=127.0.0.1:%d" % port,
                "--admin-listen=127.0.0.1:%d" % admin_port,
                "--log-rate=0",
                "--log-bytes-rate=0",
                "--drain-timeout-ms=300",
            ],
            stdout=write_end,
            stdin=subprocess.DEVNULL,
        )
        self.addCleanup(process.kill)
        os.close(write_end)
        until(lambda: os.path.exists(socket_path), "the broker")
        stub = StubByHand(socket_path)
        self.addCleanup(stub.close)
        broker = RunningBroker(port, admin_port)
        breakpoint_id = self.set(broker, stub, action="LOG", logMessageFormat="number $0")
        for number in range(1000):
            stub.log(breakpoint_id, number)
        until(lambda: broker.metrics()["snapshot_broker_log_entries_received_total"] == 1000, "the entries")
        # It is not stuck itself: it serves, and snapshots work.
        snapshot_id = self.set(broker, stub)
        stub.capture(snapshot_id)
        wait_final(broker.database, stub.debuggee, snapshot_id, "snapshot")
        metrics = broker.metrics()
        self.assertGreater(metrics["snapshot_broker_log_entries_queued"], 0)
        self.assertEqual(
            metrics["snapshot_broker_log_entries_received_total"],
            metrics["snapshot_broker_log_entries_written_total"]
            + metrics["snapshot_broker_log_entries_queued"]
            + sum(v for k, v in metrics.items() if k.startswith("snapshot_broker_log_entries_dropped_total")),
        )
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(DEADLINE_S), 0)

    def test_a_second_signal_ends_the_draining(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        socket_path = os.path.join(self.folder, "second.sock")
        port, admin_port = free_port(), free_port()
        process = subprocess.Popen(
            [
                BROKER,
                "--socket=" + socket_path,
                "--state-dir=" + os.path.join(self.folder, "second-state"),
                "--listen=127.0.0.1:%d" % port,
                "--admin-listen=127.0.0.1:%d" % admin_port,
                "--log-rate=0",
                "--log-bytes-rate=0",
                "--drain-timeout-ms=600000",
            ],
            stdout=write_end,
            stdin=subprocess.DEVNULL,
        )
        self.addCleanup(process.kill)
        os.close(write_end)
        until(lambda: os.path.exists(socket_path), "the broker")
        broker = RunningBroker(port, admin_port)
        stub = StubByHand(socket_path)
        self.addCleanup(stub.close)
        breakpoint_id = self.set(broker, stub, action="LOG", logMessageFormat="number $0")
        for number in range(1000):
            stub.log(breakpoint_id, number)
        until(lambda: broker.metrics()["snapshot_broker_log_entries_queued"] > 0, "a queue")
        process.send_signal(signal.SIGTERM)
        until(lambda: not os.path.exists(socket_path), "the beginning of the end")
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(DEADLINE_S), 0)

    def test_sighup_opens_the_log_file_anew(self):
        path = os.path.join(self.folder, "logpoints.log")
        broker = self.start_broker("--log-output=file:" + path, "--log-format=text")
        stub = self.stub(broker)
        breakpoint_id = self.set(broker, stub, action="LOG", logMessageFormat="number $0")

        def text_of(name):
            if not os.path.exists(name):
                return ""
            with open(name, encoding="utf-8") as file:
                return file.read()

        stub.log(breakpoint_id, 1)
        until(lambda: "LOGPOINT: number 1\n" in text_of(path), "the first line")
        os.rename(path, path + ".1")
        broker.process.send_signal(signal.SIGHUP)
        until(lambda: os.path.exists(path), "the new file")
        stub.log(breakpoint_id, 2)
        until(lambda: "LOGPOINT: number 2\n" in text_of(path), "the second line")
        self.assertNotIn("number 2", text_of(path + ".1"))
        self.assertRegex(text_of(path), r"^2027-01-15T08:00:00\.000000Z INFO    a\.py:3 f LOGPOINT: number 2\n$")

    def test_logpoints_go_to_every_output_that_is_named(self):
        file, journal, syslog = (os.path.join(self.folder, name) for name in ("l.log", "journal.sock", "log.sock"))
        readers = {}
        for path in (journal, syslog):
            readers[path] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.addCleanup(readers[path].close)
            readers[path].settimeout(DEADLINE_S)
            readers[path].bind(path)
        broker = self.start_broker(
            "--log-output=stderr",
            "--log-output=file:" + file,
            "--log-output=journald:" + journal,
            "--log-output=syslog:" + syslog,
            "--log-output=app",
        )
        stub = self.stub(broker)
        breakpoint_id = self.set(
            broker, stub, action="LOG", logMessageFormat="number $0", logLevel="ERROR"
        )
        stub.log(breakpoint_id, 1)
        app_log = decode_message(stub.receive(stub.APP_LOG))
        self.assertEqual(app_log, (40, b"LOGPOINT: number 1", b"a.py", 3, b"f"))
        entry = readers[journal].recv(65536).decode()
        for field in ("MESSAGE=LOGPOINT: number 1", "PRIORITY=3", "SNAPSHOT_BREAKPOINT=" + breakpoint_id):
            self.assertIn(field + "\n", entry)
        self.assertRegex(
            readers[syslog].recv(65536).decode(),
            r"^<11>\w{3} [ \d]\d \d\d:\d\d:\d\d snapshot-broker\[\d+\]: a\.py:3 f LOGPOINT: number 1$",
        )
        with open(file, encoding="utf-8") as lines:
            line = json.loads(lines.read())
        self.assertEqual((line["severity"], line["message"]), ("ERROR", "LOGPOINT: number 1"))
        own = until(
            lambda: [event for event in broker.log_events() if event.get("message") == "LOGPOINT: number 1"], "stderr's"
        )
        self.assertEqual(own, [line])
        self.assertEqual(broker.metrics()["snapshot_broker_log_entries_written_total"], 1)

    def test_an_output_that_fails_costs_the_others_nothing(self):
        missing = os.path.join(self.folder, "nobody.sock")
        broker = self.start_broker("--log-output=syslog:" + missing, "--log-output=stdout", "--log-queue-bytes=4096")
        stub = self.stub(broker)
        breakpoint_id = self.set(broker, stub, action="LOG", logMessageFormat="number $0")
        for number in range(100):
            stub.log(breakpoint_id, number)
        until(lambda: '"LOGPOINT: number 99"' in broker.log(), "the last line")
        metrics = broker.metrics()
        self.assertGreater(metrics['snapshot_broker_log_output_dropped_total{output="syslog"}'], 0)
        self.assertEqual(metrics['snapshot_broker_log_output_dropped_total{output="stdout"}'], 0)
        self.assertEqual(broker.stop(), 0)

    # ------------------------------------------------------------------------------------------------ its world

    def test_the_first_line_says_what_listens_where(self):
        broker = self.start_broker()
        self.stub(broker)
        events = broker.log_events()
        self.assertEqual(events[0]["event"], "broker_started")
        for word in (broker.socket_path, broker.state_dir, str(broker.port), str(broker.admin_port)):
            self.assertIn(word, events[0]["message"])
        self.assertEqual(len(events), 1, "quiet in steady state")

    def test_starts_with_standard_descriptors_closed(self):
        socket_path = os.path.join(self.folder, "second.sock")
        process = subprocess.Popen(
            [
                "/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", BROKER, "--socket=" + socket_path,
                "--state-dir=" + os.path.join(self.folder, "second-state"), "--listen=127.0.0.1:0",
                "--admin-listen=",
            ]
        )  # fmt: skip
        self.addCleanup(process.kill)
        until(lambda: os.path.exists(socket_path), "the broker")
        StubByHand(socket_path).close()
        for number in range(3):
            self.assertEqual(os.readlink("/proc/%d/fd/%d" % (process.pid, number)), "/dev/null")
        process.terminate()
        self.assertEqual(process.wait(DEADLINE_S), 0)

    def test_wants_the_token_of_its_file(self):
        path = self.write("token", "s3cret\n")
        broker = self.start_broker("--listen-token-file=" + path)
        self.assertEqual(broker.database.status("GET", "/cdbg.json")[0], 401)
        code, _ = broker.database.status("GET", "/cdbg.json", headers={"Authorization": "Bearer s3cret"}.items())
        self.assertEqual(code, 200)
        self.assertNotIn("s3cret", broker.log())
        broker.stop()
        self.assertNotIn("s3cret", broker.log())

    def test_descriptors_do_not_grow(self):
        broker = self.start_broker()
        self.stub(broker)
        before = broker.metrics()["snapshot_broker_open_descriptors"]
        for number in range(100):
            stub = StubByHand(broker.socket_path, module="app %d" % (number % 7))
            stub.close()
        broker.wait_sessions(1)
        until(lambda: broker.metrics()["snapshot_broker_debuggees"] == 1, "the apps to be forgotten")
        self.assertEqual(broker.metrics()["snapshot_broker_open_descriptors"], before)

    def test_at_rest_with_two_stubs_it_is_small_and_sleeps(self):
        broker = self.start_broker()
        first, second = self.stub(broker), self.stub(broker)
        breakpoint_id = self.set(broker, first)
        self.assertEqual(second.wait_set(), breakpoint_id)
        first.capture(breakpoint_id)
        wait_final(broker.database, first.debuggee, breakpoint_id, "snapshot")
        broker.wait_sessions(2)

        resident_kb = int(status_of(broker.pid)["VmRSS"].split()[0])
        print("resident memory with two stubs: %d KiB" % resident_kb)
        with open(os.environ["SNAPSHOT_BROKER"], "rb") as program:
            is_sanitized = b"__asan_" in program.read()
        if not is_sanitized:
            self.assertLess(resident_kb, 16 * 1024)  # 2 MiB of it are libcurl and what that needs

        def asleep():
            """Whether a second and more passes without a wakeup (the store syncs a second after a write)."""
            wakeups = children_and_threads_wakeups(broker.pid)
            time.sleep(1.5)  # the time itself is what is measured
            return children_and_threads_wakeups(broker.pid) == wakeups

        until(asleep, "a second and a half without a wakeup")

    def test_every_metric_of_captures_adds_up(self):
        broker = self.start_broker()
        first, second = self.stub(broker), self.stub(broker)
        for number in range(10):
            breakpoint_id = self.set(broker, first)
            self.assertEqual(second.wait_set(), breakpoint_id)
            for stub in (first, second):
                stub.capture(breakpoint_id, number)
            for stub in (first, second):
                stub.receive(stub.ACKNOWLEDGE)
        metrics = broker.metrics()
        self.assertEqual(metrics["snapshot_broker_captures_received_total"], 20)
        self.assertEqual(metrics["snapshot_broker_captures_delivered_total"], 10)
        self.assertEqual(metrics['snapshot_broker_captures_dropped_total{reason="late"}'], 10)
        self.assertEqual(metrics["snapshot_broker_captures_queued"], 0)

    def test_a_flood_of_bad_clients_stays_readable(self):
        broker = self.start_broker()
        stub = self.stub(broker)
        for _ in range(200):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as bad:
                bad.connect(broker.socket_path)
                bad.send(b"\xff" * 10)
        until(
            lambda: broker.metrics()['snapshot_broker_sessions_closed_total{reason="malformed"}'] == 200,
            "all to be closed",
        )
        lines = broker.log().splitlines()
        self.assertLess(len(lines), 100)
        for line in lines:
            self.assertIn(json.loads(line)["severity"], ("INFO", "WARNING", "ERROR"))
        self.set(broker, stub)


class RunningBroker:
    """The ports of a broker that a test started by itself."""

    def __init__(self, port, admin_port):
        from e2e.harness import Broker, Database

        self.database = Database("http://127.0.0.1:%d" % port)
        self.admin_url = "http://127.0.0.1:%d" % admin_port
        self._metrics = Broker.metrics

    def metrics(self):
        return self._metrics(self)


if __name__ == "__main__":
    unittest.main()
