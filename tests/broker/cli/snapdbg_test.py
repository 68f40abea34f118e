"""snapdbg as a program, against a database that can misbehave: errors, redirects, tokens, retries, waiting, and what it
does that snapshot-dbg-cli does not.
"""

import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from broker.cli.fake_database import NOW_MS, Answer, FakeDatabase

SNAPDBG = os.path.realpath(os.environ["SNAPDBG"])
TIMEOUT_S = 120  # sanitizer builds on a busy machine are slow

ACTIVE = {"id": "d-1", "labels": {"module": "shop", "version": "1"}}


def debuggee(identifier, idle_hours=0):
    return {**ACTIVE, "id": identifier, "lastUpdateTimeUnixMsec": int((time.time() - idle_hours * 3600) * 1000)}


def snapshot(identifier, **members):
    return {
        "id": identifier,
        "location": {"path": "a.py", "line": 3},
        "action": "CAPTURE",
        "userEmail": "me",
        **members,
    }


class SnapdbgTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database = FakeDatabase()
        self.addCleanup(self.database.close)
        self.fill({"d-1": debuggee("d-1")})

    def fill(self, debuggees, **breakpoints):
        self.database.reset({"cdbg": {"debuggees": debuggees, "breakpoints": {"d-1": breakpoints}}})

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def environment(self, **more):
        return {
            "PATH": self.folder + ":/usr/bin:/bin",
            "SNAPSHOT_DEBUGGER_DATABASE_URL": self.database.url,
            "SNAPSHOT_DEBUGGER_USER": "me",
            **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")},
            **more,
        }

    def run_it(self, *arguments, code=0, answers="", **environment):
        done = subprocess.run(
            [SNAPDBG, *arguments],
            input=answers,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            env=self.environment(**environment),
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def fails(self, *arguments, code=1, **keywords):
        """The one line that it says."""
        done = self.run_it(*arguments, code=code, **keywords)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr.rstrip("\n")

    def left(self, identifier, under="active"):
        return self.database.data["cdbg"]["breakpoints"]["d-1"][under][identifier]

    # Errors.

    def test_a_refusal_is_one_line_with_the_servers_words(self):
        self.database.intercept = lambda request: Answer(401, '{\n  "error" : "Unauthorized request."\n}\n')
        self.assertEqual(
            self.fails("list_debuggees"),
            "snapdbg: GET %s/cdbg/debuggees.json failed: HTTP 401: Unauthorized request. (a valid token is "
            "needed: see --token-file)" % self.database.url,
        )

    def test_a_page_instead_of_an_answer(self):
        self.database.intercept = lambda request: Answer(
            404, "<html>\n<body>\x1b[2Jnot here</body>", Content_Type="text/html"
        )
        self.assertTrue(self.fails("list_debuggees").endswith("failed: HTTP 404: <html>"))
        self.database.intercept = lambda request: Answer(200, "<html>\x1b[2J", Content_Type="text/html")
        self.assertIn("the answer is no JSON", self.fails("list_debuggees"))

    def test_json_that_is_cut_off(self):
        self.database.intercept = lambda request: Answer(200, '{"d-1": {"id"')
        self.assertIn("/cdbg/debuggees.json: the answer is no JSON: ", self.fails("list_debuggees"))

    def test_a_connection_that_is_closed_without_an_answer(self):
        self.database.intercept = lambda request: Answer(0, None)
        self.assertIn("the exchange with %s failed: " % self.database.url, self.fails("list_debuggees"))

    def test_a_server_that_is_away(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            url = "http://127.0.0.1:%d" % probe.getsockname()[1]
        self.assertEqual(
            self.fails("list_debuggees", "--database-url", url),
            "snapdbg: cannot reach %s: Connection refused. Is snapshot-broker running?" % url,
        )

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run(
                [SNAPDBG, "list_debuggees", "--format=json"],
                stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S, env=self.environment(),
            )  # fmt: skip
        self.assertEqual(
            (done.returncode, done.stderr), (1, "snapdbg: cannot write the output: No space left on device\n")
        )

    def test_usage_is_checked_before_anything_is_asked(self):
        self.assertEqual(
            self.fails(code=2), "snapdbg: error: Missing required argument, please specify --help for more information"
        )
        self.assertEqual(
            self.fails("list_debuggees", "--database-url", "ftp://x", code=2),
            "snapdbg: list_debuggees: error: argument --database-url: it must begin with http:// or https://",
        )
        self.assertEqual(self.database.requests, [])

    def test_ids_that_cannot_be_keys_are_not_sent(self):
        self.assertIn("Debuggee ID ../d-1 was not found.", self.fails("list_snapshots", "--debuggee-id", "../d-1"))
        self.assertEqual(self.fails("delete_debuggees", "..", ""), "Debuggee ID not found: .., ")
        self.assertEqual(self.fails("get_snapshot", "a/b", "--debuggee-id=d-1"), "Snapshot ID not found: a/b")
        self.assertEqual([request.path for request in self.database.requests], ["/cdbg/debuggees/d-1.json"])

    # Requests.

    def test_a_busy_server_is_asked_again_but_never_to_write_again(self):
        refusals = [503, 429]
        self.database.intercept = lambda request: Answer(refusals.pop(), "") if refusals else None
        self.run_it("list_debuggees")
        self.assertEqual(len(self.database.requests), 3)

        self.database.intercept = lambda request: Answer(500, "") if request.method == "PUT" else None
        self.assertIn("failed: HTTP 500", self.fails("set_snapshot", "a.py:3"))
        self.assertEqual([request.method for request in self.database.requests].count("PUT"), 1)

    def test_the_query_of_the_url_goes_along_and_is_not_shown(self):
        url = self.database.url + "/?ns=x&auth=s3cret"
        done = self.run_it("set_snapshot", "a.py:3", "--debug", "--database-url", url)
        self.assertTrue(all("ns=x&auth=s3cret" in request.query for request in self.database.requests))
        self.assertIn("GET %s/cdbg/debuggees.json" % self.database.url, done.stderr)
        self.assertNotIn("s3cret", done.stderr)

    def test_redirects_are_followed_for_every_method(self):
        other = FakeDatabase(self.database.data)
        self.addCleanup(other.close)
        self.database.intercept = lambda request: Answer(
            307, "", Location="%s%s?%s" % (other.url, request.path, request.query)
        )
        self.run_it("set_snapshot", "a.py:3")
        self.assertEqual([request.method for request in other.requests], ["GET", "GET", "GET", "PUT"])
        self.assertEqual(len(other.data["cdbg"]["breakpoints"]["d-1"]["active"]), 1)

    def test_a_redirect_to_another_server_does_not_get_the_token(self):
        token_file = self.write("token", "s3cret\n")
        other = FakeDatabase(self.database.data)
        self.addCleanup(other.close)
        self.database.intercept = lambda request: Answer(307, "", Location=other.url + request.path)
        self.run_it("list_debuggees", "--token-file", token_file)
        self.assertEqual(self.database.requests[0].headers["Authorization"], "Bearer s3cret")
        self.assertNotIn("Authorization", other.requests[0].headers)

    def test_a_redirect_within_the_server_keeps_the_token(self):
        token_file = self.write("token", "s3cret")
        self.database.intercept = lambda request: (
            None if request.query else Answer(307, "", Location=self.database.url + request.path + "?ns=y")
        )
        self.run_it("list_debuggees", "--token-file", token_file)
        self.assertEqual(
            [request.headers["Authorization"] for request in self.database.requests], ["Bearer s3cret"] * 2
        )

    def test_redirects_in_a_circle_end(self):
        self.database.intercept = lambda request: Answer(307, "", Location=self.database.url + request.path)
        self.assertIn("redirects more than 5 times", self.fails("list_debuggees"))

    def test_redirects_to_files_are_refused(self):
        self.database.intercept = lambda request: Answer(307, "", Location="file:///etc/passwd")
        self.assertIn("redirects to an address that cannot be trusted", self.fails("list_debuggees"))

    def test_the_proxy_is_not_asked_for_this_machine(self):
        self.run_it("list_debuggees", http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9")

    # Tokens and users.

    def test_the_token_is_sent_and_never_shown(self):
        token_file = self.write("token", "s3cret\n")
        done = self.run_it("list_debuggees", "--debug", SNAPSHOT_DEBUGGER_TOKEN_FILE=token_file)
        self.assertEqual(self.database.requests[0].headers["Authorization"], "Bearer s3cret")
        self.assertNotIn("s3cret", done.stderr)

    def test_no_token_without_a_reason(self):
        self.run_it("list_debuggees")
        self.assertNotIn("Authorization", self.database.requests[0].headers)

    def test_a_token_file_that_is_not_there(self):
        self.assertEqual(
            self.fails("list_debuggees", "--token-file", "/nowhere"),
            "snapdbg: cannot read the token file /nowhere: No such file or directory",
        )

    def test_without_a_name_the_user_is_the_systems(self):
        self.run_it("set_snapshot", "a.py:3", SNAPSHOT_DEBUGGER_USER="")
        written = json.loads(self.database.requests[-1].body)
        self.assertEqual(written["userEmail"].split("@")[0], os.popen("id -un").read().strip())

    # Databases of Firebase are asked for with gcloud's token: up to the connection, which a proxy takes here.

    def through_proxy(self, gcloud, *arguments):
        self.write("gcloud", gcloud, 0o755)
        return self.fails(
            *arguments, "--database-url", "https://p-cdbg.firebaseio.com",
            https_proxy=self.database.url, SNAPSHOT_DEBUGGER_USER="",
        )  # fmt: skip

    def test_gcloud_is_asked_for_a_token_for_firebase(self):
        said = self.through_proxy(
            '#!/bin/sh\necho "$*" >>"$0.calls"\necho \'{"token": "ya29.s3cret"}\'\n', "list_debuggees"
        )
        with open(os.path.join(self.folder, "gcloud.calls"), encoding="utf-8") as calls:
            self.assertEqual(calls.read(), "auth print-access-token --format=json\n")
        self.assertIn("https://p-cdbg.firebaseio.com", said)
        self.assertNotIn("s3cret", said)

    def test_gcloud_that_fails(self):
        said = self.through_proxy("#!/bin/sh\necho; echo 'ERROR: not logged in' >&2; exit 3\n", "list_debuggees")
        self.assertEqual(said, "snapdbg: gcloud auth failed (exit code 3): ERROR: not logged in")

    def test_gcloud_that_prints_something_else(self):
        self.assertIn("gcloud auth printed no JSON", self.through_proxy("#!/bin/sh\necho s3cret\n", "list_debuggees"))
        said = self.through_proxy("#!/bin/sh\necho '[]'\n", "list_debuggees")
        self.assertIn("gcloud auth print-access-token printed no token", said)

    def test_no_gcloud(self):
        said = self.fails("list_debuggees", "--database-url", "https://p-cdbg.firebaseio.com", PATH=self.folder)
        self.assertIn("snapdbg: cannot run gcloud: No such file or directory.", said)

    # Which debuggee.

    def test_the_only_active_debuggee_need_not_be_named(self):
        self.fill({"d-1": debuggee("d-1"), "d-2": debuggee("d-2", 7), "d-3": {"id": "d-3"}})
        self.run_it("set_snapshot", "a.py:3")
        self.assertEqual(len(self.database.data["cdbg"]["breakpoints"]["d-1"]["active"]), 1)

    def test_one_of_several_must_be_named(self):
        self.fill({"d-1": debuggee("d-1"), "d-2": debuggee("d-2")})
        self.assertEqual(
            self.fails("set_snapshot", "a.py:3", code=2),
            "snapdbg: set_snapshot: error: the following arguments are required: --debuggee-id "
            "(2 debuggees are active: d-1, d-2)",
        )
        self.fill({"d-1": debuggee("d-1", 7)})
        self.assertTrue(self.fails("list_snapshots", code=2).endswith("--debuggee-id (no debuggee is active)"))

    # Breakpoint ids.

    def test_several_within_a_second_get_ids_of_their_own(self):
        ids = {json.loads(self.run_it("set_snapshot", "a.py:3", "--format=json").stdout)["id"] for _ in range(5)}
        self.assertEqual(ids, set(self.database.data["cdbg"]["breakpoints"]["d-1"]["active"]))
        self.assertEqual(len(ids), 5)

    def test_an_id_taken_by_somebody_else_in_between_is_left_alone(self):
        taken = []

        def take_first(request):
            if request.method == "PUT" and not taken:
                taken.append(request.path)
                keys = request.path[1 : -len(".json")].split("/")
                self.database.data["cdbg"]["breakpoints"]["d-1"] = {
                    "active": {keys[-1]: snapshot(keys[-1], userEmail="other")}
                }

        self.database.intercept = take_first
        self.run_it("set_snapshot", "a.py:3")
        users = [entry["userEmail"] for entry in self.database.data["cdbg"]["breakpoints"]["d-1"]["active"].values()]
        self.assertEqual(users, ["other", "me"])

    def test_no_free_id(self):
        self.database.intercept = lambda request: Answer(200, '{"id":true}') if "shallow" in request.query else None
        self.assertEqual(
            self.fails("set_snapshot", "a.py:3"), "ERROR Failed to determine a new breakpoint ID, please try again"
        )
        self.assertEqual(len(self.database.requests), 11)

    def test_an_answer_that_does_not_confirm(self):
        self.database.intercept = lambda request: Answer(200, '"thanks"') if request.method == "PUT" else None
        self.assertEqual(
            self.fails("set_snapshot", "a.py:3"), "An unexpected error occurred while trying to set the snapshot."
        )
        self.assertEqual(
            self.fails("set_logpoint", "a.py:3", "x"), "An unexpected error occurred while trying to add the logpoint."
        )

    # Text from the database.

    def test_no_control_character_reaches_the_terminal(self):
        evil = "\x1b]0;owned\x07\r\n\u009b31m\u202e"
        self.fill(
            {"d-1": {**debuggee("d-1"), "description": evil, "labels": {"module": evil}}},
            active={
                "b-1": snapshot("b-1", condition=evil, location={"path": evil, "line": evil}, id=evil),
                "b-2": snapshot("b-2", action="LOG", logMessageFormat=evil, logLevel=evil, userEmail="me"),
            },
            snapshot={
                "b-3": snapshot(
                    "b-3", isFinalState=True, expressions=[evil], createTime=evil,
                    status={"description": {"format": evil + "$0", "parameters": [evil]}, "refersTo": evil},
                    evaluatedExpressions=[{"name": evil, "value": evil, "type": evil}],
                    stackFrames=[{"function": evil, "location": {"path": evil, "line": 1}}],
                ),
            },
        )  # fmt: skip
        for arguments in (
            ("list_debuggees",),
            ("list_snapshots",),
            ("list_logpoints",),
            ("get_logpoint", "b-2"),
            ("get_snapshot", "b-3"),
            ("get_snapshot", evil),
            ("delete_snapshots", "--quiet"),
        ):
            done = subprocess.run(
                [SNAPDBG, *arguments], capture_output=True, encoding="utf-8", timeout=TIMEOUT_S, env=self.environment()
            )
            self.assertIn("\\u202e", done.stderr, arguments)
            self.assertEqual([c for c in done.stderr if c != "\n" and not c.isprintable()], [], arguments)
            self.assertNotIn("\n\\x9b", done.stderr)

    def test_an_entry_cannot_name_another_one_for_deletion(self):
        self.fill({"d-1": debuggee("d-1")}, active={"b-1": snapshot("b-2"), "b-2": snapshot("b-2", userEmail="other")})
        self.run_it("delete_snapshots", "--quiet")
        self.assertEqual(list(self.database.data["cdbg"]["breakpoints"]["d-1"]["active"]), ["b-2"])

    # Waiting.

    def finish_after(self, num_looks, **members):
        """Turns the active snapshot into a final one once it has been looked for so often."""
        looks = []

        def finish(request):
            breakpoints = self.database.data["cdbg"]["breakpoints"]["d-1"]
            if request.method != "GET" or request.query or "/active/" not in request.path or not breakpoints:
                return
            looks.append(request)
            if len(looks) == num_looks:
                ((identifier, entry),) = breakpoints["active"].items()
                final = {**entry, "isFinalState": True, "finalTimeUnixMsec": NOW_MS, **members}
                breakpoints.pop("active")
                breakpoints["snapshot"] = {identifier: final}

        self.fill({"d-1": debuggee("d-1")}, placeholder=True)
        self.database.intercept = finish

    def test_wait_shows_the_result(self):
        self.finish_after(3, stackFrames=[{"function": "f", "locals": [{"name": "total", "value": "80"}]}])
        done = self.run_it("set_snapshot", "a.py:3", "--wait")
        self.assertIn("Successfully created snapshot with id: b-", done.stderr)
        self.assertIn('"total": "80"', done.stderr)

    def test_wait_prints_one_document(self):
        self.finish_after(2)
        done = self.run_it("set_snapshot", "a.py:3", "--wait", "--format=json")
        self.assertIs(json.loads(done.stdout)["isFinalState"], True)
        self.assertEqual(done.stderr, "")

    def test_wait_fails_if_the_snapshot_does(self):
        self.finish_after(1, status={"isError": True, "description": {"format": "No code found"}})
        done = self.run_it("set_snapshot", "a.py:3", "--wait", code=1)
        self.assertIn("Status:      ERROR: No code found", done.stderr)

    def test_wait_ends_in_time(self):
        done = self.run_it("set_snapshot", "a.py:3", "--wait=0.3", code=1)
        self.assertRegex(
            done.stderr, r"snapdbg: snapshot b-\d+ was not taken within 0.3 s. It stays set; see get_snapshot b-\d+\n$"
        )

    def test_wait_notices_that_the_snapshot_is_deleted(self):
        def delete(request):
            if "/snapshot/" not in request.path and request.method == "GET" and not request.query:
                self.database.data["cdbg"]["breakpoints"] = None

        self.database.intercept = delete
        done = self.run_it("set_snapshot", "a.py:3", "--wait", code=1)
        self.assertIn("was deleted before it was taken", done.stderr)

    def test_wait_survives_a_server_that_is_away_for_a_while(self):
        self.finish_after(4)
        finish, refused = self.database.intercept, []

        def refuse(request):
            if request.method == "GET" and not request.query and "/active/" in request.path and len(refused) < 2:
                refused.append(request)
                return Answer(0, None)
            return finish(request)

        self.database.intercept = refuse
        self.run_it("set_snapshot", "a.py:3", "--wait")
        self.assertEqual(len(refused), 2)

    # Questions.

    def test_the_question_is_asked_before_anything_is_deleted(self):
        self.fill({"d-1": debuggee("d-1")}, active={"b-1": snapshot("b-1")})
        asking = subprocess.Popen(
            [SNAPDBG, "delete_snapshots"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )
        watchdog = threading.Timer(TIMEOUT_S, asking.kill)
        watchdog.start()
        asked = ""
        while not asked.endswith("(Y/n)? "):
            character = asking.stderr.read(1)
            self.assertTrue(character, asked)
            asked += character
        self.assertEqual({request.method for request in self.database.requests}, {"GET"})
        _, rest = asking.communicate("n\n")
        watchdog.cancel()
        self.assertEqual((asking.returncode, rest), (0, "Delete aborted.\n"))
        self.assertIn("b-1", self.database.data["cdbg"]["breakpoints"]["d-1"]["active"])


if __name__ == "__main__":
    unittest.main()
