"""A plain app, from set_snapshot to the result in the database, and every wrong input a user can give."""

import os
import unittest

from e2e.harness import EndToEndTest, set_breakpoint, until, variables, wait_final

APP = """
    import os
    import threading
    import googleclouddebugger

    googleclouddebugger.enable(module="plain", version="1")

    import work

    print("ready", flush=True)
    stop = threading.Event()
    number = 0
    while not stop.wait(0.002):
        number += 1
        work.step(number)
        if os.path.exists("go"):
            import later
"""

WORK = """\
class Account:
    def __init__(self, owner, amount):
        self.owner = owner
        self.amount = amount

    def add(self, amount):
        self.amount += amount
        return self.amount


def step(number):
    account = Account("Ada", 10)
    tags = ["a", "b"]
    limits = {"daily": 100, "open": None}

    total = account.add(number)
    return total


def never():
    return 1
"""


def line_of(text):
    return 1 + WORK.splitlines().index(text)


class SnapshotTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        # Budgets that a busy machine does not use up: they have tests of their own.
        self.broker = self.start_broker(
            "--capture-budget-us=1000000", "--evaluation-budget-us=1000000", "--condition-cost-permille=1000"
        )
        self.database = self.broker.database
        self.write("app.py", APP)
        self.write("work.py", WORK)
        self.write("later.py", "where = 'module level'\nseen = where.upper()\n")
        self.app = self.start_app(self.broker.socket_path, ["app.py"])
        self.debuggee = self.only_debuggee(self.broker)
        self.broker.wait_sessions(1)

    def set(self, location, **fields):
        return set_breakpoint(self.database, self.debuggee, location, **fields)

    def final(self, breakpoint_id, kind="final"):
        return wait_final(self.database, self.debuggee, breakpoint_id, kind)

    def test_captures_stack_arguments_locals_and_expressions(self):
        line = line_of("    return total")
        breakpoint_id = self.set("work.py:%d" % line, expressions=["account.amount", "limits['daily'] - 1", "nosuch"])
        snapshot = self.final(breakpoint_id, "snapshot")

        self.assertIs(snapshot["isFinalState"], True)
        self.assertNotIn("status", snapshot)
        self.assertEqual(self.database.get("cdbg/breakpoints/%s/active/%s" % (self.debuggee, breakpoint_id)), None)

        step, main = snapshot["stackFrames"][:2]
        self.assertEqual(step["function"], "step")
        self.assertEqual(step["location"], {"path": "work.py", "line": line})
        self.assertEqual([v["name"] for v in step["arguments"]], ["number"])
        self.assertEqual(main["function"], "<module>")
        self.assertEqual(main["location"]["path"], "app.py")

        table = snapshot["variableTable"]
        seen = variables(step["locals"], table)
        number = int(step["arguments"][0]["value"])
        self.assertEqual(seen["total"], str(10 + number))
        self.assertEqual(seen["tags"], {"[0]": "'a'", "[1]": "'b'"})
        self.assertEqual(seen["limits"], {"'daily'": "100", "'open'": "None"})
        self.assertEqual(seen["account"], {"owner": "'Ada'", "amount": str(10 + number)})
        account = next(v for v in step["locals"] if v["name"] == "account")
        self.assertEqual(table[account["varTableIndex"]]["type"], "work.Account")

        amount, daily, missing = snapshot["evaluatedExpressions"]
        self.assertEqual((amount["name"], amount["value"], amount["type"]), ("account.amount", str(10 + number), "int"))
        self.assertEqual(daily["value"], "99")
        self.assertEqual(missing["status"]["description"]["parameters"], ["name 'nosuch' is not defined"])

        final = self.final(breakpoint_id)
        for field in ("stackFrames", "variableTable", "evaluatedExpressions"):
            self.assertNotIn(field, final)
        self.assertGreater(final["finalTimeUnixMsec"], final["createTimeUnixMsec"] - 1)

    def test_a_breakpoint_may_ask_for_other_limits(self):
        location = "work.py:%d" % line_of("    return total")
        narrow = self.final(self.set(location, limits={"maxItems": 1, "maxFrames": 1, "maxValueChars": 2}), "snapshot")
        wide = self.final(self.set(location), "snapshot")

        self.assertEqual(len(narrow["stackFrames"]), 1)
        seen = variables(narrow["stackFrames"][0]["locals"], narrow["variableTable"])
        self.assertEqual(seen["tags"], {"[0]": "'a'...", None: None})
        self.assertEqual(len(wide["stackFrames"]), 2)
        self.assertEqual(variables(wide["stackFrames"][0]["locals"])["tags"], {"[0]": "'a'", "[1]": "'b'"})
        self.assertEqual(narrow["limits"], {"maxItems": 1, "maxFrames": 1, "maxValueChars": 2})
        self.assert_failed(
            self.set(location, limits={"maxThings": 1}),
            None,
            "The limit $0 of the breakpoint is unknown, or no number from 1",
            ["maxThings"],
        )

    def test_an_app_may_ask_for_other_limits(self):
        self.write("small.py", APP.replace("enable(", "enable(max_items=1, "))
        self.start_app(self.broker.socket_path, ["small.py"], env={"K_SERVICE": "small"})
        debuggee = until(
            lambda: [name for name in self.database.get("cdbg/debuggees") or () if name != self.debuggee], "the other app"
        )[0]
        location = "work.py:%d" % line_of("    return total")
        snapshot = wait_final(self.database, debuggee, set_breakpoint(self.database, debuggee, location), "snapshot")
        seen = variables(snapshot["stackFrames"][0]["locals"], snapshot["variableTable"])
        self.assertEqual(seen["tags"], {"[0]": "'a'", None: None})

    def test_method_frames_are_named_with_the_type_of_self(self):
        breakpoint_id = self.set("work.py:%d" % line_of("        return self.amount"))
        frames = self.final(breakpoint_id, "snapshot")["stackFrames"]
        self.assertEqual([f["function"] for f in frames], ["Account.add", "step", "<module>"])

    def test_condition_decides_which_hit_is_taken(self):
        breakpoint_id = self.set(
            "work.py:%d" % line_of("    return total"), condition="number % 50 == 0 and account.owner == 'Ada'"
        )
        frame = self.final(breakpoint_id, "snapshot")["stackFrames"][0]
        self.assertEqual(int(frame["arguments"][0]["value"]) % 50, 0)

    def test_breakpoints_on_one_line_get_a_result_each(self):
        ids = [self.set("work.py:%d" % line_of("    return total")) for _ in range(5)]
        for breakpoint_id in ids:
            self.assertEqual(self.final(breakpoint_id, "snapshot")["stackFrames"][0]["function"], "step")

    def test_module_imported_later_is_hit_on_its_first_run(self):
        later = self.set("later.py:2", expressions=["where"])
        # The app handles messages in their order: when this one is done, the one before is waiting for its module.
        self.final(self.set("work.py:%d" % line_of("    return total")))
        self.assertIsNone(self.database.get("cdbg/breakpoints/%s/final/%s" % (self.debuggee, later)))
        self.write("go", "")
        snapshot = self.final(later, "snapshot")
        self.assertEqual(snapshot["stackFrames"][0]["function"], "<module>")
        self.assertEqual(snapshot["stackFrames"][0]["location"], {"path": "later.py", "line": 2})
        self.assertEqual(snapshot["evaluatedExpressions"][0]["value"], "'module level'")

    # ------------------------------------------------------------------------------------------------- wrong input

    def assert_failed(self, breakpoint_id, refers_to, text, parameters=None):
        final = self.final(breakpoint_id)
        self.assertIs(final["isFinalState"], True)
        self.assertIs(final["status"]["isError"], True)
        self.assertEqual(final["status"].get("refersTo"), refers_to)
        self.assertEqual(final["status"]["description"]["format"], text)
        if parameters is not None:
            self.assertEqual(final["status"]["description"].get("parameters"), parameters)

    def test_line_without_code_names_the_neighbours(self):
        blank = line_of("def step(number):") + 4
        path = os.path.join(self.folder, "work.py")
        self.assert_failed(
            self.set("work.py:%d" % blank),
            "BREAKPOINT_SOURCE_LOCATION",
            "No code found at line $0 in $1. Try lines $2 or $3.",
            [str(blank), os.path.realpath(path), str(blank - 1), str(blank + 1)],
        )

    def test_line_past_the_end(self):
        self.assert_failed(
            self.set("work.py:5000"), "BREAKPOINT_SOURCE_LOCATION", "No code found at line $0 in $1. Try line $2."
        )

    def test_file_that_is_no_python(self):
        self.assert_failed(
            self.set("work.java:3"), "BREAKPOINT_SOURCE_LOCATION", "Only files with .py extension are supported"
        )

    def test_path_that_is_nowhere_is_told_while_it_waits(self):
        for path in ("nosuch.py", "no/such/dir/abc.py"):  # the second is not the standard library's abc
            active = "cdbg/breakpoints/%s/active/%s" % (self.debuggee, self.set(path + ":3"))
            status = until(lambda: self.database.get(active + "/status"), "a note")
            self.assertEqual(status["refersTo"], "BREAKPOINT_SOURCE_LOCATION")
            self.assertTrue(status["description"]["format"].startswith("Python module not found. "))
            self.assertFalse(self.database.get(active).get("isFinalState", False))

    def test_path_with_folders_that_the_app_does_not_know(self):
        breakpoint_id = self.set("repository/src/work.py:%d" % line_of("    return total"))
        self.assertEqual(self.final(breakpoint_id, "snapshot")["stackFrames"][0]["location"]["path"], "work.py")

    def test_syntax_error_in_a_condition(self):
        self.assert_failed(
            self.set("work.py:%d" % line_of("    return total"), condition=", x"),
            "BREAKPOINT_CONDITION",
            "Expression could not be compiled: $0",
            ["invalid syntax"],
        )

    def test_condition_that_could_change_state(self):
        self.assert_failed(
            self.set("work.py:%d" % line_of("    return total"), condition="tags.append(1)"),
            "BREAKPOINT_CONDITION",
            "Only immutable expressions can be used in snapshot conditions",
            ["`tags.append` changes a list"],
        )

    def test_malformed_breakpoints_are_refused_one_by_one(self):
        active = "cdbg/breakpoints/%s/active/" % self.debuggee
        for name, value in {
            "b-none": {"action": "CAPTURE", "id": "b-none"},
            "b-type": {"action": "CAPTURE", "id": "b-type", "location": {"path": 5, "line": "x"}},
            "b-action": {"action": "FORMAT", "id": "b-action", "location": {"path": "work.py", "line": 3}},
            "b-line": {"action": "CAPTURE", "id": "b-line", "location": {"path": "work.py", "line": -4}},
        }.items():
            self.database.put(active + name, value)
            self.assertIs(self.final(name)["status"]["isError"], True, name)
        self.database.put(active + "b-scalar", "text")
        self.final(self.set("work.py:%d" % line_of("    return total")))

    def test_unset_breakpoint_is_forgotten(self):
        breakpoint_id = self.set("work.py:%d" % line_of("    return 1"))
        until(lambda: self.broker.metrics().get("snapshot_broker_breakpoints_active") == 1, "the breakpoint")
        self.database.delete("cdbg/breakpoints/%s/active/%s" % (self.debuggee, breakpoint_id))
        until(lambda: self.broker.metrics().get("snapshot_broker_breakpoints_active") == 0, "its removal")
        self.assertIsNone(self.database.get("cdbg/breakpoints/%s/final/%s" % (self.debuggee, breakpoint_id)))

    # --------------------------------------------------------------------------------------------------- logpoints

    def test_logpoint_logs_every_hit_until_it_is_deleted(self):
        breakpoint_id = self.set(
            "work.py:%d" % line_of("    return total"),
            action="LOG",
            logMessageFormat="number $0 of $1, $$5",
            expressions=["number", "account.owner"],
            logLevel="WARNING",
        )

        def lines():
            return [e for e in self.broker.log_events() if e.get("message", "").startswith("LOGPOINT: ")]

        until(lambda: len(lines()) >= 3, "three log lines")
        entry = lines()[0]
        self.assertRegex(entry["message"], r"^LOGPOINT: number \d+ of 'Ada', \$5$")
        self.assertEqual(entry["severity"], "WARNING")
        where = entry["logging.googleapis.com/sourceLocation"]
        self.assertEqual(where["function"], "step")
        self.assertEqual(str(where["line"]), str(line_of("    return total")))
        self.database.delete("cdbg/breakpoints/%s/active/%s" % (self.debuggee, breakpoint_id))
        until(lambda: self.broker.metrics().get("snapshot_broker_breakpoints_active") == 0, "its removal")


if __name__ == "__main__":
    unittest.main()
