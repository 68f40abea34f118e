"""What breaks it: a broker that is missing, dies, is killed, is there twice, has no disk; garbage on its socket."""

import os
import signal
import socket
import subprocess
import unittest

from e2e.harness import DEADLINE_S, EndToEndTest, set_breakpoint, until, wait_final

APP = """
    import threading
    import googleclouddebugger

    googleclouddebugger.enable(module="faults", version="1")

    def step(number):
        doubled = number * 2
        return doubled

    print("ready", flush=True)
    stop = threading.Event()
    number = 0
    while not stop.wait(0.002):
        number += 1
        step(number)
"""
TARGET = "app.py:9"  # return doubled, below the blank line that the text begins with


class FaultsTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.write("app.py", APP)
        self.socket_path = os.path.join(self.folder, "broker.sock")

    def start_the_app(self, name="app"):
        app = self.start_app(self.socket_path, ["app.py"], name=name)
        until(lambda: "ready" in app.log(), "the app")
        return app

    def snapshot(self, broker, debuggee, kind="final"):
        return wait_final(broker.database, debuggee, set_breakpoint(broker.database, debuggee, TARGET), kind)

    def test_app_runs_without_a_broker_and_finds_it_when_it_comes(self):
        app = self.start_the_app()
        broker = self.start_broker()
        self.snapshot(broker, self.only_debuggee(broker))
        self.assertIsNone(app.process.poll())
        self.assertEqual(app.log().strip(), "ready")

    def test_breakpoints_outlive_a_broker_that_is_killed(self):
        broker = self.start_broker()
        app = self.start_the_app()
        debuggee = self.only_debuggee(broker)
        broker.wait_sessions(1)
        never = set_breakpoint(broker.database, debuggee, TARGET, condition="number < 0")
        for _ in range(3):
            before = self.snapshot(broker, debuggee)["id"]
            broker.stop(signal.SIGKILL)
            broker.start()
            broker.wait_sessions(1)
            active = broker.database.get("cdbg/breakpoints/%s/active" % debuggee)
            self.assertEqual(list(active), [never])
            self.assertIsNotNone(broker.database.get("cdbg/breakpoints/%s/snapshot/%s" % (debuggee, before)))
        self.snapshot(broker, debuggee)
        self.assertIsNone(app.process.poll())

    def test_broker_ends_with_0_on_sigterm_and_the_app_goes_on(self):
        broker = self.start_broker()
        app = self.start_the_app()
        broker.wait_sessions(1)
        self.assertEqual(broker.stop(), 0)
        self.assertFalse(os.path.exists(self.socket_path))
        broker.start()
        self.snapshot(broker, self.only_debuggee(broker))
        self.assertIsNone(app.process.poll())

    def test_second_broker_is_refused_and_the_first_is_untouched(self):
        broker = self.start_broker()
        self.start_the_app()
        broker.wait_sessions(1)
        second = subprocess.run(
            [
                os.environ["SNAPSHOT_BROKER"],
                "--socket=" + self.socket_path,
                "--state-dir=" + os.path.join(self.folder, "other"),
                "--listen=127.0.0.1:0",
                "--admin-listen=127.0.0.1:0",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE_S,
        )
        self.assertEqual(second.returncode, 69, second.stdout)
        self.snapshot(broker, self.only_debuggee(broker))

    def test_socket_of_a_killed_broker_is_replaced(self):
        broker = self.start_broker()
        broker.stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(self.socket_path))
        broker.start()
        self.start_the_app()
        broker.wait_sessions(1)

    def test_garbage_and_silence_on_the_socket_disturb_nobody(self):
        broker = self.start_broker()
        self.start_the_app()
        broker.wait_sessions(1)
        clients = []
        for packet in (None, b"\xff" * 100, os.urandom(5000), b"\x0a\xff\xff\xff\xff\x0f", bytes(200 * 1024)):
            client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            client.settimeout(DEADLINE_S)
            client.connect(self.socket_path)
            self.addCleanup(client.close)
            if packet is None:
                continue
            client.send(packet)
            clients.append(client)
        for client in clients:  # each is closed by the broker; it may say why first
            while True:
                try:
                    if not client.recv(1 << 17):
                        break
                except ConnectionResetError:
                    break
        rejected = sum(v for k, v in broker.metrics().items() if k.startswith("snapshot_broker_sessions_closed_total"))
        self.assertGreaterEqual(rejected, len(clients))
        self.snapshot(broker, self.only_debuggee(broker))

    def test_app_that_is_killed_after_its_hit_has_delivered(self):
        broker = self.start_broker()
        self.write(
            "dying.py",
            """
            import os, signal, sys, threading
            import googleclouddebugger
            googleclouddebugger.enable(module="dying", version="1")
            def last(words):
                os.kill(os.getpid(), signal.SIGKILL)
            while not os.path.exists("go"):
                threading.Event().wait(0.002)
            last("good bye")
            """,
        )
        app = self.start_app(self.socket_path, ["dying.py"])
        debuggee = self.only_debuggee(broker)
        broker.wait_sessions(1)
        breakpoint_id = set_breakpoint(broker.database, debuggee, "dying.py:6")
        until(lambda: broker.metrics().get("snapshot_broker_breakpoints_armed") == 1, "the breakpoint to be armed")
        self.write("go", "")
        snapshot = wait_final(broker.database, debuggee, breakpoint_id, "snapshot")
        self.assertEqual(snapshot["stackFrames"][0]["arguments"][0]["value"], "'good bye'")
        self.assertEqual(app.process.wait(DEADLINE_S), -signal.SIGKILL)

    def test_stopped_app_does_not_hold_up_the_others(self):
        broker = self.start_broker()
        stopped = self.start_the_app("stopped")
        self.start_the_app("running")
        broker.wait_sessions(2)
        os.kill(stopped.pid, signal.SIGSTOP)
        try:
            self.snapshot(broker, self.only_debuggee(broker))
        finally:
            os.kill(stopped.pid, signal.SIGCONT)

    def test_full_disk_loses_nothing_that_was_stored(self):
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        # A small file system of its own, in a mount namespace that the broker enters before it begins.
        mount = "mount -t tmpfs -o size=1536k tmpfs %s && exec \"$@\"" % disk
        broker = self.start_broker(
            state_dir=os.path.join(disk, "state"),
            wrapper=("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"),
        )
        inside = "/proc/%d/root%s" % (broker.pid, disk)
        app = self.start_the_app()
        debuggee = self.only_debuggee(broker)
        broker.wait_sessions(1)
        stored = self.snapshot(broker, debuggee)["id"]
        waiting = set_breakpoint(broker.database, debuggee, TARGET, condition="number < 0")

        filler = os.path.join(inside, "filler")
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        status, body = broker.database.status("PUT", "/cdbg/filler.json", "x" * 200000)
        self.assertGreaterEqual(status, 500, body)
        self.assertIn('"error"', body)
        final = broker.database.get("cdbg/breakpoints/%s/final/%s" % (debuggee, stored))
        self.assertEqual(final["id"], stored)

        os.remove(filler)
        broker.database.delete("cdbg/breakpoints/%s/active/%s" % (debuggee, waiting))
        self.snapshot(broker, debuggee)
        self.assertIsNone(app.process.poll())

    def test_state_directory_that_cannot_be_written_is_a_clear_error(self):
        self.write("file", "")
        broker = self.start_broker(state_dir=os.path.join(self.folder, "file", "state"), wait=False)
        status = broker.process.wait(DEADLINE_S)
        self.assertNotIn(status, (0, -signal.SIGSEGV, -signal.SIGABRT))
        self.assertIn(os.path.join(self.folder, "file", "state"), broker.log())


class TestOfTheTest(unittest.TestCase):
    def test_target_is_the_line_meant(self):
        import textwrap

        line = textwrap.dedent(APP).splitlines()[int(TARGET.split(":")[1]) - 1]
        self.assertEqual(line.strip(), "return doubled")


if __name__ == "__main__":
    unittest.main()
