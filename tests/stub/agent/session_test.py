"""The session with the broker: what it begins with, and what it survives."""

import os
import platform
import re
import unittest

import googleclouddebugger
from stub.fake_broker import StubTest, descriptors_of

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


class SessionTest(StubTest):
    def start(self, **env):
        self.write("app.py", APP)
        return self.start_app("app.py", env=env)

    def test_hello_has_the_facts_of_the_app(self):
        self.write("source-context.json", '{"git": {"revisionId": "abc"}}')
        self.write("debugger-blacklist.yaml", "blacklist: [secret.*]")
        broker = self.start_broker()
        app = self.start(K_SERVICE="checkout", K_REVISION="checkout-3", HOME="/not/a/fact")
        hello = broker.accept().hello
        self.assertEqual(hello["protocol_version"], 1)
        self.assertEqual(hello["stub_version"], googleclouddebugger.__version__)
        self.assertEqual(hello["python_version"], platform.python_version())
        self.assertEqual(hello["pid"], app.pid)
        self.assertEqual(
            {flag["name"]: flag["value"] for flag in hello["flags"]}, {"module": "shop", "version": "7"}
        )
        environment = {fact["name"]: fact["value"] for fact in hello["environment"]}
        self.assertEqual(environment, {"K_SERVICE": "checkout", "K_REVISION": "checkout-3"})
        self.assertEqual(os.path.realpath(hello["sys_path"][0].decode()), os.path.realpath(self.folder))
        self.assertEqual(hello["source_context"], b'{"git": {"revisionId": "abc"}}')
        self.assertEqual(hello["visibility_config"], b"blacklist: [secret.*]")
        self.assertTrue(hello["has_visibility_config"])
        self.assertNotIn("has_credentials", hello)
        self.assertEqual(hello["program"], b"app.py")
        self.assertEqual(hello["session_ordinal"], 1)

    def test_missing_and_empty_visibility_files_are_told_apart(self):
        broker = self.start_broker()
        app = self.start()
        hello = broker.accept().hello
        self.assertNotIn("has_visibility_config", hello)
        self.assertNotIn("source_context", hello)
        app.stop()
        self.write("debugger-blacklist.yaml", "")
        self.start()
        hello = broker.accept().hello
        self.assertTrue(hello["has_visibility_config"])
        self.assertEqual(hello.get("visibility_config", b""), b"")

    def test_visibility_file_that_is_too_large_allows_nothing(self):
        self.write("debugger-blacklist.yaml", "whitelist: ['*']\n" + "#" * 30000)
        broker = self.start_broker()
        self.start()
        config = broker.accept().hello["visibility_config"]
        self.assertNotIn(b"whitelist", config)
        self.assertTrue(config)

    def test_credentials_are_passed_as_a_descriptor(self):
        self.write("key.json", '{"type": "service_account"}')
        self.write(
            "app.py",
            """
            import os, sys
            import googleclouddebugger

            googleclouddebugger.enable(service_account_json_file="key.json")
            os.chdir("/")
            sys.stdin.read()
            """,
        )
        broker = self.start_broker()
        self.start_app("app.py")
        for _ in range(2):  # also in the session after a reconnect, and though the folder has changed
            session = broker.accept()
            self.assertTrue(session.hello["has_credentials"])
            self.assertEqual(len(session.descriptors), 1)
            self.assertEqual(os.pread(session.descriptors[0], 100, 0), b'{"type": "service_account"}')
            session.close()

    def test_credentials_that_cannot_be_opened_are_told_once(self):
        self.write(
            "app.py",
            """
            import sys
            import googleclouddebugger

            googleclouddebugger.enable(service_account_json_file="missing.json")
            sys.stdin.read()
            """,
        )
        broker = self.start_broker()
        app = self.start_app("app.py")
        for _ in range(2):
            session = broker.accept()
            self.assertNotIn("has_credentials", session.hello)
            session.close()
        self.assertEqual(app.wait(), 0)
        self.assertEqual(app.errors().count("missing.json"), 1)

    def test_app_runs_without_a_broker_and_finds_it_at_once_when_it_comes(self):
        app = self.start()
        app.tell("print(work(1))")
        app.expect("2")
        broker = self.start_broker()
        session = broker.accept()
        self.assertEqual(session.hello["session_ordinal"], 1)
        session.arm("b1", "app.py", LINE)
        self.assert_quiet_end(app)

    def test_broker_that_never_answers_holds_nothing_up(self):
        broker = self.start_broker()
        app = self.start()
        broker.accept_raw()  # no Welcome
        app.tell("print(work(1))")
        app.expect("2")
        self.assert_quiet_end(app)

    def test_breakpoints_outlive_the_broker_and_captures_come_after_it_is_back(self):
        broker = self.start_broker()
        app = self.start()
        session = broker.accept()
        session.arm("hit", "app.py", LINE)
        session.arm("later", "app.py", LINE, condition="number == 1000")
        broker.stop()
        app.tell("print(work(21))")
        app.expect("42")
        broker.listen()
        session = broker.accept()
        self.assertEqual(session.hello["session_ordinal"], 2)
        capture = session.capture("hit")
        self.assertEqual(capture["frames"][0]["line"], LINE)
        session.set("hit", "app.py", LINE)  # the new broker knows less: not set again
        session.set("later", "app.py", LINE, condition="number == 1000")
        session.state("later", "ARMED")
        app.tell("print(work(1000))")
        app.expect("2000")
        session.capture("later")
        self.assert_quiet_end(app)

    def test_capture_is_sent_again_until_it_is_acknowledged(self):
        broker = self.start_broker()
        app = self.start()
        session = broker.accept()
        session.arm("first", "app.py", LINE)
        session.arm("second", "app.py", LINE)
        app.tell("print(work(3))")
        app.expect("6")
        first, second = session.capture("first"), session.capture("second")
        session.send(acknowledge={"sequence": first["sequence"]})
        session.flush()
        session.close()
        session = broker.accept()
        self.assertEqual(session.capture("second"), second)
        session.flush()
        self.assertNotIn("capture", session.pending())
        session.send(acknowledge={"sequence": second["sequence"]})
        session.flush()
        session.close()
        session = broker.accept()
        session.flush()
        self.assertNotIn("capture", session.pending())
        self.assert_quiet_end(app)

    def test_garbage_ends_the_session_and_not_the_app(self):
        broker = self.start_broker()
        app = self.start()
        for garbage in (b"\xff" * 7, b"\x0a\x7f", b"\x1a\x02\x0a\x7f", b"x" * (128 * 1024 + 1)):
            session = broker.accept()
            session.send_raw(garbage)
            session.wait_end()
        session = broker.accept()
        session.arm("b1", "app.py", LINE)
        app.tell("print(work(4))")
        app.expect("8")
        session.capture("b1")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(len(app.errors().splitlines()), 1)  # it says so once

    def test_permanent_refusal_takes_the_hooks_out(self):
        broker = self.start_broker()
        app = self.start()
        session = broker.accept()
        session.arm("b1", "app.py", LINE)
        session.send(refused={"reason": "not wanted here", "is_permanent": True})
        session.wait_end()
        app.tell("print(work(5))")
        app.expect("10")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(
            app.errors().splitlines(),
            ["googleclouddebugger: the broker refused this process: not wanted here"],
        )

    def test_source_files_are_listed_in_parts(self):
        self.write("package/__init__.py", "")
        names = {"app.py", "package/__init__.py"}
        for number in range(1500):
            name = "package/%s_%d.py" % ("m" * 100, number)
            self.write(name, str(number))
            names.add(name)
        broker = self.start_broker()
        self.start()
        session = broker.accept()
        session.send(source_files_request={})
        files, num_parts, is_last = {}, 0, False
        while not is_last:
            part = session.receive("source_files")
            num_parts += 1
            is_last = part.get("is_last", False)
            for file in part.get("files", []):
                files[file["path"].decode()] = (file.get("size_bytes", 0), file["content_hash"])
        self.assertEqual(set(files), names)
        self.assertGreater(num_parts, 1)
        self.assertEqual(files["package/%s_7.py" % ("m" * 100)], (1, fnv1a(b"7")))

    def test_changed_sys_path_is_told(self):
        broker = self.start_broker()
        app = self.start()
        session = broker.accept()
        session.flush()
        self.assertNotIn("sys_path", session.pending())
        app.tell("sys.path.append('/late/addition'); print('ok')")
        app.expect("ok")
        session.flush()
        entries = session.receive("sys_path")["entries"]
        self.assertEqual(entries[-1], b"/late/addition")
        session.flush()
        self.assertNotIn("sys_path", session.pending())

    def test_descriptors_are_as_before_after_many_sessions(self):
        broker = self.start_broker()
        app = self.start()
        session = broker.accept()
        session.flush()
        before = sorted(describe(target) for target in descriptors_of(app.pid).values())
        for _ in range(20):
            session.close()
            session = broker.accept()
        session.flush()
        after = sorted(describe(target) for target in descriptors_of(app.pid).values())
        self.assertEqual(after, before)
        self.assertEqual([target for target in after if "inotify" in target], [])

    def test_descriptors_are_not_inherited(self):
        broker = self.start_broker()
        app = self.start()
        broker.accept().flush()
        app.tell(
            "import subprocess; "
            "print(subprocess.run([sys.executable, '-c', 'import os; print(len(os.listdir(\"/proc/self/fd\")))'],"
            " close_fds=False, stdout=subprocess.PIPE, universal_newlines=True).stdout.strip())"
        )
        self.assertEqual(app.read(), "4")  # the standard three, and the folder that is listed

    def test_counters_are_told(self):
        broker = self.start_broker()
        app = self.start()
        session = broker.accept()
        session.arm("b1", "app.py", LINE)
        app.tell("work(1)")
        session.capture("b1")
        self.assertEqual(session.receive("counters"), {"num_hits": 1})


def describe(target):
    return re.sub(r"\[\d+\]", "[]", target)


def fnv1a(content):
    value = 0xCBF29CE484222325
    for byte in content:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


if __name__ == "__main__":
    unittest.main()
