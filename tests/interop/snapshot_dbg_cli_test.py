"""snapdbg and the unmodified snapshot-dbg-cli 0.3.8, side by side: the same command lines on the same data must print the
same, exit the same, ask the database for the same and leave the same in it.

Where snapdbg differs on purpose, a test says so: questions go to stderr, usage and connection errors are one line each,
control characters are escaped, and an id that is taken is no crash.
"""

import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.request

from broker.cli.fake_database import Answer, FakeDatabase
from interop import pypi
from interop import snapshot_dbg_cli_data as data

SNAPDBG = os.path.realpath(os.environ["SNAPDBG"])
TIMEOUT_S = 120  # sanitizer builds on a busy machine are slow

GCLOUD = """#!/bin/sh
case "$*" in
"config get-value account --format=json") echo '"%s"' ;;
"config get-value project --format=json") echo '"interop-project"' ;;
"auth print-access-token --format=json") echo '{"token": "owner"}' ;;
*) echo "unexpected: gcloud $*" >&2; exit 1 ;;
esac
""" % data.USER

PROMPTS = ("Do you want to continue (Y/n)? ", "Please enter 'y' or 'n': ")
JSON_FORMATS = ("json", "pretty-json")
ALL_FORMATS = ("default",) + JSON_FORMATS


def comparable(text):
    """The text with what comes from the clock made equal: ids of breakpoints, and times of the last minutes."""

    def hide(match):
        moment = (
            datetime.datetime.fromisoformat(match[0][:-1] + "+00:00").timestamp()
            if "T" in match[0]
            else int(match[0]) / 1000
        )
        return "NOW" if abs(time.time() - moment) < 600 else match[0]

    text = re.sub(r"\b\d{13}\b|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", hide, text)
    return re.sub(r"b-1[789]\d{8}", "b-NEW", text)


class Run:
    """What a tool printed, how it exited, and what that was to the database."""

    def __init__(self, done, requests, left):
        self.code = done.returncode
        self.raw_stdout = done.stdout
        self.stdout = comparable(done.stdout)
        self.stderr = comparable(done.stderr)
        self.requests = comparable("\n".join(map(repr, requests)))
        self.left = left

    def without_prompts(self):
        for prompt in PROMPTS:
            self.stdout = self.stdout.replace(prompt, "")
            self.stderr = self.stderr.replace(prompt, "")
        return self

    def usage_error(self):
        """The sentence after "error: " in the last line."""
        return self.stderr.rstrip("\n").split("\n")[-1].split("error: ", 1)[-1]


class EmbeddedStore:
    """The embedded store of the broker, with the face of FakeDatabase. It does not tell of its requests."""

    requests = ()

    def __init__(self, folder):
        self._process = subprocess.Popen(
            [os.path.realpath(os.environ["EMBEDDED_STORE_SERVER"]), "--state-dir", folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = "http://127.0.0.1:%s" % self._process.stdout.readline().strip()

    def _request(self, method, body=None):
        request = urllib.request.Request(self.url + "/.json", data=body, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=TIMEOUT_S) as answer:
            return json.load(answer)

    def reset(self, content):
        self._request("PUT", json.dumps(content).encode())

    @property
    def data(self):
        return self._request("GET")

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


class SideBySide:
    """The tests that are worth their time on every server."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="interop")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.original = os.path.join(
            pypi.install(os.path.join(cls.folder, "venv"), "snapshot-dbg-cli==0.3.8"), "snapshot-dbg-cli"
        )
        gcloud = os.path.join(cls.folder, "gcloud")
        with open(gcloud, "w", encoding="ascii") as file:
            file.write(GCLOUD)
        os.chmod(gcloud, 0o755)
        cls.database = cls.open_database()
        cls.addClassCleanup(cls.database.close)

    def setUp(self):
        self.content = data.database()

    def run_tool(self, program, arguments, answers="", environment=None, content=...):
        """Runs it on the content of the test, or on what is there already if content is None."""
        if content is not None:
            self.database.reset(self.content)
        done = subprocess.run(
            [program, *arguments],
            input=answers,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            env={
                "PATH": self.folder + ":/usr/bin:/bin",
                "HOME": self.folder,
                "LC_ALL": "C.UTF-8",
                "COLUMNS": "80",
                # The original asks the internet for its newest version first: that is to fail at once.
                "https_proxy": "http://127.0.0.1:9",
                "no_proxy": "127.0.0.1",
                "SNAPSHOT_DEBUGGER_DATABASE_URL": self.database.url,
                "SNAPSHOT_DEBUGGER_USER": data.USER,
                **(environment or {}),
            },
        )
        return Run(done, self.database.requests, self.database.data)

    def run_both(self, *arguments, **keywords):
        return self.run_tool(self.original, arguments, **keywords), self.run_tool(SNAPDBG, arguments, **keywords)

    def assert_equal_runs(self, theirs, ours):
        self.assertEqual(theirs.stdout, ours.stdout)
        self.assertEqual(theirs.stderr, ours.stderr)
        self.assertEqual(theirs.code, ours.code)
        self.assertEqual(theirs.requests, ours.requests)
        self.assertEqual(comparable(repr(theirs.left)), comparable(repr(ours.left)))

    def check(self, *arguments, code=0, **keywords):
        """Both do the same; returns our run, so that a test can say what that was."""
        with self.subTest(" ".join(arguments)):
            theirs, ours = self.run_both(*arguments, **keywords)
            self.assertNotIn("Traceback", theirs.stderr)
            self.assert_equal_runs(theirs.without_prompts(), ours.without_prompts())
            self.assertEqual(ours.code, code, ours.stderr)
            return ours

    def check_formats(self, *arguments, formats=ALL_FORMATS, **keywords):
        for name in formats:
            self.check(*arguments, "--format", name, **keywords)

    def test_sets_lists_gets_and_deletes(self):
        self.check_formats("list_debuggees", "--include-inactive")
        self.check_formats(
            "set_snapshot",
            "shop/views.py:21",
            "--debuggee-id",
            "d-1",
            "--condition",
            "größe > '\"'",
            "--expression",
            "a",
        )
        self.check_formats("set_logpoint", "a.py:7", "a={a} {größe}", "--log-level", "error", "--debuggee-id", "d-1")
        self.check_formats("list_snapshots", "--debuggee-id=d-1", "--include-inactive", "--all-users")
        self.check_formats("list_snapshots", "--debuggee-id", "d-2", "--all-users")
        self.check_formats("list_logpoints", "--debuggee-id", "d-1", "--include-inactive")
        self.check_formats("get_snapshot", "b-2001", "--debuggee-id", "d-1")
        self.check_formats("get_logpoint", "b-1102", "--debuggee-id", "d-1")
        self.check("get_snapshot", "b-9", "--debuggee-id", "d-1", code=1)
        self.check_formats(
            "delete_snapshots", "--debuggee-id", "d-1", "--include-inactive", "--all-users", answers="y\n"
        )
        self.check_formats("delete_logpoints", "b-1102", "--debuggee-id", "d-1", "--quiet")
        self.check_formats("delete_debuggees", "d-1", "d-3", "--quiet")
        self.check("list_snapshots", "--debuggee-id", "d-9", code=1)

    def test_lists_of_nothing(self):
        self.content = None
        self.check_formats("list_debuggees")
        self.content = {"cdbg": {"debuggees": {"d-1": {"id": "d-1"}}}}
        for command in ("list_snapshots", "list_logpoints", "delete_snapshots", "delete_logpoints"):
            self.check_formats(command, "--debuggee-id", "d-1", "--include-inactive")
        self.check_formats("delete_debuggees", "--include-inactive", "--quiet")


class OnTheEmbeddedStoreTest(SideBySide, unittest.TestCase):
    @classmethod
    def open_database(cls):
        return EmbeddedStore(os.path.join(cls.folder, "state"))

    def test_what_one_sets_the_other_gets(self):
        self.database.reset(self.content)
        for setter, getter in ((self.original, SNAPDBG), (SNAPDBG, self.original)):
            set_ = self.run_tool(setter, ("set_snapshot", "a.py:3", "--debuggee-id=d-1", "--format=json"), content=None)
            identifier = json.loads(set_.raw_stdout)["id"]
            got = self.run_tool(
                getter, ("get_snapshot", identifier, "--debuggee-id=d-1", "--format=json"), content=None
            )
            self.assertEqual(json.loads(set_.raw_stdout), json.loads(got.raw_stdout))
            self.run_tool(getter, ("delete_snapshots", identifier, "--debuggee-id=d-1", "--quiet"), content=None)
            self.assertNotIn(identifier, self.database.data["cdbg"]["breakpoints"]["d-1"]["active"])


class SnapshotDbgCliTest(SideBySide, unittest.TestCase):
    """Everything, on a database that also tells what it was asked."""

    @classmethod
    def open_database(cls):
        return FakeDatabase()

    def setUp(self):
        super().setUp()
        self.database.intercept = lambda request: None

    # Lists.

    def test_list_debuggees(self):
        self.check_formats("list_debuggees")
        self.check_formats("list_debuggees", "--include-inactive")

    def test_list_debuggees_of_agents_that_do_not_tell_of_their_activity(self):
        old = {"d-5": data.debuggees()["d-5"], "d-6": data.debuggees()["d-6"]}
        self.content = {"cdbg": {"debuggees": old}}
        self.check_formats("list_debuggees")

    def test_list_snapshots(self):
        self.check_formats("list_snapshots", "--debuggee-id", "d-1")
        self.check_formats("list_snapshots", "--debuggee-id=d-1", "--include-inactive", "--all-users")
        self.check_formats("list_snapshots", "--debuggee-id", "d-2", "--all-users")
        self.check("list_snapshots", "--debuggee-id", "d-3")

    def test_list_logpoints(self):
        self.check_formats("list_logpoints", "--debuggee-id", "d-1")
        self.check("list_logpoints", "--debuggee-id", "d-1", "--no-all-users")
        self.check_formats("list_logpoints", "--debuggee-id", "d-1", "--include-inactive")
        self.check("list_logpoints", "--debuggee-id", "d-2")

    # One breakpoint.

    def test_get_snapshot_that_is_active(self):
        for identifier in ("b-1001", "b-1002", "b-1003", "b-1004", "b-1005"):
            self.check("get_snapshot", identifier, "--debuggee-id", "d-1")
        self.check_formats("get_snapshot", "b-1002", "--debuggee-id", "d-1", formats=JSON_FORMATS)

    def test_get_snapshot_with_captured_data(self):
        ours = self.check("get_snapshot", "b-2001", "--debuggee-id", "d-1")
        self.assertIn("Cycle, refers to same instance as ancestor field", ours.stderr)
        self.check_formats("get_snapshot", "b-2001", "--debuggee-id", "d-1", formats=JSON_FORMATS)

    def test_get_snapshot_to_other_levels(self):
        for levels in ("-1", "0", "1", "2", "10"):
            self.check("get_snapshot", "b-2001", "--debuggee-id", "d-1", "--max-level", levels)

    def test_get_snapshot_of_other_frames(self):
        for index in ("1", "2", "4", "-1", " 1 ", "+1"):
            self.check("get_snapshot", "b-2001", "--debuggee-id", "d-1", "--frame-index", index)
        self.check("get_snapshot", "b-2001", "--debuggee-id", "d-1", "--frame-index", "5", code=1)

    def test_get_snapshot_that_failed_or_is_odd(self):
        for identifier in sorted(data.SNAPSHOTS):
            self.check("get_snapshot", identifier, "--debuggee-id", "d-1")
        self.check_formats("get_snapshot", "b-2009", "--debuggee-id", "d-1", formats=JSON_FORMATS)

    def test_get_snapshot_of_random_shapes(self):
        for number, identifier in enumerate(sorted(data.RANDOM_SNAPSHOTS)):
            self.check("get_snapshot", identifier, "--debuggee-id", "d-1", "--max-level", str(1 + number % 5))

    def test_get_logpoint(self):
        for identifier in ("b-1101", "b-1102", "b-1103", "b-2101", "b-2102", "b-2103", "b-2104", "b-2105"):
            self.check("get_logpoint", identifier, "--debuggee-id", "d-1")
        self.check("get_logpoint", "b-1209", "--debuggee-id", "d-2")
        self.check_formats("get_logpoint", "b-1102", "--debuggee-id", "d-1", formats=JSON_FORMATS)

    def test_what_is_not_there(self):
        self.check("get_snapshot", "b-9", "--debuggee-id", "d-1", code=1)
        self.check("get_snapshot", "b-1101", "--debuggee-id", "d-1", code=1)
        self.check("get_logpoint", "b-1001", "--debuggee-id", "d-1", code=1)
        self.check("delete_snapshots", "b-1001", "b-9", "b-1101", "--debuggee-id", "d-1", code=1)
        self.check("delete_logpoints", "b-9", "--debuggee-id", "d-1", code=1)
        self.check("delete_debuggees", "d-9", "d-1", "d-10", code=1)
        for command in ("list_snapshots", "list_logpoints", "delete_snapshots", "delete_logpoints"):
            self.check(command, "--debuggee-id", "d-9", code=1)
        self.check("set_snapshot", "a.py:1", "--debuggee-id", "d-9", code=1)

    # Setting.

    def test_set_snapshot(self):
        self.check_formats("set_snapshot", "shop/views.py:21", "--debuggee-id", "d-1")
        self.check_formats(
            "set_snapshot", "a.py:2147483647", "--debuggee-id", "d-1", "--condition", "größe > '\"'",
            "--expression", "a", "--expression", "-1", "--expression=-x", "--expression", "- x",
        )  # fmt: skip
        self.check("set_snapshot", "--debuggee-id", "d-1", "--condition", "", "--", "-a.py:1")

    def test_set_logpoint(self):
        for message in ("plain", "a={a}, b={b} a={a}", "{a}1 $5 {d['x']} {{'k': {1}}}", "{}", "größe {größe}"):
            self.check("set_logpoint", "a.py:7", message, "--debuggee-id", "d-1")
        self.check_formats(
            "set_logpoint", "a.py:7", "{x}", "--log-level", "error", "--condition", "x", "--debuggee-id", "d-1"
        )

    def test_debuggee_of_the_environment(self):
        environment = {"SNAPSHOT_DEBUGGER_DEBUGGEE_ID": "d-1"}
        self.check("list_snapshots", environment=environment)
        self.check("list_snapshots", "--debuggee-id", "d-2", environment=environment)

    def test_beginnings_of_option_names(self):
        self.check("list_snapshots", "--debuggee", "d-1", "--inc", "--all", "--form=json")

    # Deleting.

    def test_delete_snapshots(self):
        ours = self.check("delete_snapshots", "--debuggee-id", "d-1", "--quiet")
        self.assertNotIn("b-1001", ours.left["cdbg"]["breakpoints"]["d-1"]["active"])
        self.check_formats("delete_snapshots", "--debuggee-id", "d-1", "--quiet", "--include-inactive", "--all-users")
        self.check("delete_snapshots", "b-1003", "b-2003", "--debuggee-id", "d-1", "--quiet")

    def test_delete_logpoints(self):
        self.check_formats("delete_logpoints", "--debuggee-id", "d-1", "--quiet")
        self.check("delete_logpoints", "--debuggee-id", "d-1", "--quiet", "--include-inactive", "--all-users")
        self.check("delete_logpoints", "b-1102", "--debuggee-id", "d-1", "--quiet")

    def test_delete_debuggees(self):
        ours = self.check_formats("delete_debuggees", "d-1", "d-3", "--quiet")
        del self.content["cdbg"]["debuggees"]["d-5"], self.content["cdbg"]["debuggees"]["d-6"]
        ours = self.check("delete_debuggees", "--quiet")
        self.assertNotIn("d-4", ours.left["cdbg"]["breakpoints"])
        self.check("delete_debuggees", "--quiet", "--include-inactive")
        self.check_formats("delete_debuggees", "--quiet", "--include-all")

    def test_delete_debuggees_whose_activity_is_unknown(self):
        ours = self.check("delete_debuggees", "--quiet")
        self.assertIn("cannot be used due to the unknown status", ours.stderr)
        self.check("delete_debuggees", answers="y\n")

    def test_questions(self):
        for answers in ("y\n", "Y\n", "\n", "n\n", "N\n", "what\n y\nno\nn\n", "yes\ny\n"):
            with self.subTest(answers):
                self.check("delete_snapshots", "--debuggee-id", "d-1", answers=answers)
        self.check("delete_logpoints", "--debuggee-id", "d-1", "--format=json", answers="n\n")
        self.check("delete_debuggees", "d-3", answers="n\n")

    # Wrong usage.

    def test_usage_errors(self):
        for arguments in (
            ("set_snapshot", "--debuggee-id", "d"),
            ("set_snapshot", "--debuggee-id", "d", "a.py"),
            ("set_snapshot", "--debuggee-id", "d", "a.py:0"),
            ("set_snapshot", "--debuggee-id", "d", "a.py:2147483648"),
            ("set_snapshot", "--debuggee-id", "d", "a.py:1:2"),
            ("set_snapshot", "--debuggee-id", "d", "a.py:1", "more", "--zap", "x"),
            ("set_snapshot", "a.py:1", "--debuggee-id", "d", "--condition", "-x"),
            ("set_snapshot", "a.py:1", "--debuggee-id", "d", "--condition"),
            ("set_logpoint", "a.py:1", "--debuggee-id", "d"),
            ("set_logpoint", "a.py:1", "{a", "--debuggee-id", "d"),
            ("set_logpoint", "a.py:1", "a}", "--debuggee-id", "d"),
            ("set_logpoint", "a.py:1", "a", "--log-level", "loud", "--debuggee-id", "d"),
            ("get_snapshot", "--debuggee-id", "d"),
            ("get_snapshot", "b", "--frame-index", "x", "--debuggee-id", "d"),
            ("get_snapshot", "b", "--max-level", "", "--debuggee-id", "d"),
            ("get_logpoint", "a", "b", "--debuggee-id", "d"),
            ("list_debuggees", "--format", "xml"),
            ("list_debuggees", "--include-inactive=1"),
            ("list_debuggees", "--d"),
            ("list_debuggees", "-x"),
            ("delete_debuggees", "--include"),
        ):
            with self.subTest(" ".join(arguments)):
                theirs, ours = self.run_both(*arguments)
                self.assertEqual(theirs.usage_error(), ours.usage_error())
                self.assertEqual((theirs.code, ours.code), (2, 2))
                self.assertEqual(ours.stderr.count("\n"), 1, ours.stderr)
                self.assertEqual(ours.requests, "")

    # Where they differ on purpose.

    def test_both_fail_on_a_database_that_refuses(self):
        for status in (400, 401, 404):
            self.database.intercept = lambda request, status=status: Answer(
                status, '{\n  "error" : "No \\u001b[31mway"\n}\n'
            )
            with self.subTest(status):
                theirs, ours = self.run_both("list_debuggees")
                self.assertEqual((theirs.code, ours.code), (1, 1))
                self.assertEqual(ours.stderr.count("\n"), 1)
                self.assertIn(": HTTP %d: No \\x1b[31mway" % status, ours.stderr)

    def test_questions_do_not_spoil_the_data(self):
        ours = self.run_tool(SNAPDBG, ("delete_snapshots", "--debuggee-id=d-1", "--format=json"), answers="y\n")
        self.assertTrue(ours.stdout.startswith("["), ours.stdout)
        self.assertIn(PROMPTS[0], ours.stderr)

    def test_an_end_of_the_answers_is_a_no(self):
        ours = self.run_tool(SNAPDBG, ("delete_snapshots", "--debuggee-id=d-1"))
        self.assertEqual(ours.code, 0)
        self.assertTrue(ours.stderr.endswith("Delete aborted.\n"), ours.stderr)
        self.assertEqual(ours.left, self.content)

    def test_dashes_are_as_good_as_underscores(self):
        self.assertEqual(
            self.run_tool(SNAPDBG, ("list-snapshots", "--debuggee-id=d-1")).stderr,
            self.run_tool(self.original, ("list_snapshots", "--debuggee-id=d-1")).stderr,
        )


if __name__ == "__main__":
    unittest.main()
