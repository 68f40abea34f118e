"""The life of a breakpoint in one process: set, pending, armed, hit, cleared, failed."""

import sys
import time
import unittest

from stub.fake_broker import StubTest

APP = """
    import sys
    import googleclouddebugger

    googleclouddebugger.enable(module="shop", version="7")

    def work(number):
        doubled = number * 2
        return doubled

    # nothing here
    for line in sys.stdin:
        exec(line)
"""
LINE = 8  # return doubled
PATH = "app.py"


def locals_of(frame):
    """{name: integer} of a captured frame."""
    return {
        variable["name"].decode(): variable.get("integer")
        for variable in frame.get("arguments", []) + frame.get("locals", [])
    }


class BreakpointsTest(StubTest):
    def setUp(self):
        super().setUp()
        self.write(PATH, APP)
        self.broker = self.start_broker()
        self.app = self.start_app(PATH)
        self.session = self.broker.accept()

    def work(self, number):
        self.app.tell("print(work(%d))" % number)
        self.app.expect(str(2 * number))

    def assert_nothing_came(self, kind):
        self.session.flush()
        self.assertNotIn(kind, self.session.pending())

    def import_module(self, name):
        self.app.tell("import importlib; importlib.import_module(%r); print('imported')" % name)
        self.app.expect("imported")

    def test_hit_is_captured_once(self):
        state = self.session.arm("b1", PATH, LINE)
        self.assertEqual(state["num_code_objects"], 1)
        self.work(21)
        capture = self.session.capture("b1")
        frame = capture["frames"][0]
        self.assertEqual(frame["function"], b"work")
        self.assertEqual(frame["line"], LINE)
        self.assertEqual(locals_of(frame), {"number": 21, "doubled": 42})
        self.assertLess(abs(capture["time_unix_us"] / 1e6 - time.time()), 3600)
        self.work(22)
        self.assert_nothing_came("capture")
        self.session.set("b1", PATH, LINE)  # a completed id is never set again
        self.work(23)
        self.assert_nothing_came("capture")

    def test_capture_is_in_the_socket_before_the_line_runs(self):
        self.session.arm("b1", PATH, LINE)
        self.app.tell("import os; work = (lambda old: lambda n: (old(n), os._exit(7)))(work); work(1)")
        self.assertEqual(self.app.wait(), 7)
        self.session.capture("b1")

    def test_several_breakpoints_on_one_line_are_all_hit(self):
        for number in range(5):
            self.session.arm("b%d" % number, PATH, LINE)
        self.work(1)
        sequences = {self.session.capture("b%d" % number)["sequence"] for number in range(5)}
        self.assertEqual(len(sequences), 5)

    def test_condition_decides(self):
        self.session.arm("b1", PATH, LINE, condition="number == 5")
        for number in (1, 2, 5, 6):
            self.work(number)
        self.assertEqual(locals_of(self.session.capture("b1")["frames"][0])["number"], 5)

    def test_condition_that_is_no_expression_fails_the_breakpoint(self):
        self.session.set("b1", PATH, LINE, condition=", x")
        status = self.session.state("b1", "FAILED")["status"]
        self.assertTrue(status["is_error"])
        self.assertEqual(status["refers_to"], "BREAKPOINT_CONDITION")
        self.assertEqual(status["format"], "Expression could not be compiled: $0")
        self.assertEqual(status["parameters"], ["invalid syntax"])

    def test_condition_that_could_change_something_fails_the_breakpoint(self):
        self.session.arm("b1", PATH, LINE, condition="print(number)")  # what the name means is known at the hit
        self.work(1)
        reasons = {"b1": "`print` is not known to be without effects"}
        if sys.version_info >= (3, 8):
            self.session.set("b2", PATH, LINE, condition="(number := 3) == 3")
            reasons["b2"] = "`number := 3` assigns to a variable"
        for name, reason in reasons.items():
            status = self.session.state(name, "FAILED")["status"]
            self.assertEqual(status["refers_to"], "BREAKPOINT_CONDITION")
            self.assertEqual(status["format"], "Only immutable expressions can be used in snapshot conditions")
            self.assertEqual(status["parameters"], [reason])

    def test_condition_that_raises_is_told_once_and_the_breakpoint_stays(self):
        self.session.arm("b1", PATH, LINE, condition="10 / (number - 3) == 5")
        for _ in range(20):
            self.work(3)
        note = self.session.state("b1", "NOTE")
        self.assertEqual(note["status"]["refers_to"], "BREAKPOINT_CONDITION")
        self.assertEqual(note["status"]["format"], "Exception occurred: $0")
        self.assertEqual(note["status"]["parameters"], ["division by zero"])
        self.assert_nothing_came("breakpoint_state")
        self.work(5)
        self.session.capture("b1")

    def test_condition_that_costs_too_much_cancels_the_breakpoint(self):
        self.session.send(limits={"condition_cost_permille": 1})
        self.session.arm("b1", PATH, LINE, condition="number == -1 or number == -2 or number == -3")
        self.app.tell("print([work(1) for _ in range(1000000)][-1])")
        self.app.expect("2")
        status = self.session.state("b1", "FAILED")["status"]
        self.assertEqual(status["refers_to"], "BREAKPOINT_CONDITION")
        self.assertTrue(status["format"].startswith("Snapshot cancelled. The condition evaluation at this location"))
        self.work(1)

    def test_condition_that_is_simple_is_not_cancelled(self):
        self.session.arm("b1", PATH, LINE, condition="number == -1")
        self.app.tell("print([work(1) for _ in range(20000)][-1])")
        self.app.expect("2")
        self.work(-1)
        self.session.capture("b1")

    def test_expressions_are_captured_and_a_bad_one_has_its_message(self):
        self.session.arm("b1", PATH, LINE, expressions=["number + 1", "1+", "doubled"])
        self.work(4)
        good, bad, other = self.session.capture("b1")["expressions"]
        self.assertEqual(good["integer"], 5)
        self.assertEqual(bad["status"]["format"], "Expression could not be compiled: $0")
        self.assertEqual(other["integer"], 8)

    def test_line_without_code_fails_with_its_neighbours(self):
        self.session.set("b1", PATH, 10)
        status = self.session.state("b1", "FAILED")["status"]
        self.assertEqual(status["refers_to"], "BREAKPOINT_SOURCE_LOCATION")
        self.assertIn("No code found at line $0 in $1", status["format"])
        self.assertEqual(status["parameters"][0], "10")

    def test_path_that_is_no_python_fails(self):
        self.session.set("b1", "app.txt", 1)
        status = self.session.state("b1", "FAILED")["status"]
        self.assertEqual(status["format"], "Only files with .py extension are supported")

    def test_module_that_is_not_imported_yet_is_armed_when_it_is(self):
        self.write("later.py", "def act(value):\n    result = value + 1\n    return result\n")
        self.session.set("b1", "later.py", 3)
        self.session.state("b1", "PENDING")
        self.app.tell("import later; print(later.act(1))")
        self.app.expect("2")
        self.session.state("b1", "ARMED")
        capture = self.session.capture("b1")
        self.assertEqual(locals_of(capture["frames"][0]), {"value": 1, "result": 2})

    def test_line_that_runs_during_the_import_is_hit(self):
        self.write("later.py", "def called_at_once(value):\n    return value\nnumber = called_at_once(5)\n")
        self.session.set("b1", "later.py", 2)
        self.session.state("b1", "PENDING")
        self.import_module("later")
        self.assertEqual(locals_of(self.session.capture("b1")["frames"][0]), {"value": 5})

    def test_lines_of_one_function_that_runs_during_the_import_are_hit(self):
        self.write("later.py", "def called_at_once(a):\n    b = a\n    c = b\n    return c\nnumber = called_at_once(5)\n")
        for line in (2, 3, 4):
            self.session.set("b%d" % line, "later.py", line)
        for line in (2, 3, 4):
            self.session.state("b%d" % line, "PENDING")
        self.import_module("later")
        for line, names in zip((2, 3, 4), ("a", "ab", "abc")):
            self.assertEqual(locals_of(self.session.capture("b%d" % line)["frames"][0]), dict.fromkeys(names, 5))

    def test_wrong_line_of_a_module_that_is_imported_later_fails_then(self):
        self.write("later.py", "")
        self.session.set("b1", "later.py", 10)
        self.session.state("b1", "PENDING")
        self.import_module("later")
        status = self.session.state("b1", "FAILED")["status"]
        self.assertEqual(status["format"], "No code found at line $0 in $1")
        self.assertEqual(status["parameters"][0], "10")

    def test_of_several_modules_the_first_that_is_imported_is_meant(self):
        for package in ("p1", "p2"):
            self.write(package + "/__init__.py", "")
            self.write(package + "/same.py", "def act():\n    return %r\n" % package)
        self.session.set("b1", "same.py", 2)
        self.session.state("b1", "PENDING")
        self.import_module("p2.same")
        self.session.state("b1", "ARMED")
        self.import_module("p1.same")
        self.app.tell("import p1.same, p2.same; print(p1.same.act(), p2.same.act())")
        self.app.expect("p1 p2")
        self.assertTrue(self.session.capture("b1")["frames"][0]["path"].endswith(b"p2/same.py"))
        self.session.flush()
        self.session.pending()
        states = [fields["state"] for kind, fields in self.session.unread if fields.get("id") == "b1"]
        self.assertEqual(states, ["NOTE"])  # of when it was set: the module could not be found on sys.path

    def test_code_that_is_loaded_again_is_armed_again(self):
        self.write("module.py", "def act(value):\n    return value\n")
        self.import_module("module")
        self.session.arm("b1", "module.py", 2)
        self.app.tell("import module; importlib.reload(module); print(module.act(1))")
        self.app.expect("1")
        self.session.capture("b1")

    def test_both_generations_of_a_reloaded_function_are_hit(self):
        self.write("module.py", "def act(value):\n    return value\n")
        self.import_module("module")
        self.session.arm("b1", "module.py", 2, condition="value == 2")
        self.session.arm("b2", "module.py", 2, condition="value == 3")
        self.app.tell("import module; old = module.act; importlib.reload(module); print(old(2), module.act(3))")
        self.app.expect("2 3")
        self.session.capture("b1")
        self.session.capture("b2")

    def load_swapped(self):
        """A module with a function that is armed, to be replaced; what is armed stops at 2 for the first time."""
        self.write("module.py", "def act(value):\n    return value\n")
        self.import_module("module")
        self.app.tell("import module; source = open(module.__file__).read()")
        self.session.arm("b1", "module.py", 2, condition="value == 2")

    def assert_swapped_is_hit(self, line):
        self.app.tell(line)
        self.app.expect("2")
        self.session.capture("b1")

    def test_module_that_is_removed_and_imported_again_is_armed_again(self):
        self.load_swapped()
        self.assert_swapped_is_hit("del sys.modules['module']; import module; print(module.act(2))")

    def test_source_that_is_executed_in_the_module_again_is_armed(self):
        self.load_swapped()
        self.assert_swapped_is_hit(
            "exec(compile(source, module.__file__, 'exec'), module.__dict__); print(module.act(2))"
        )

    def test_function_that_is_given_the_code_of_its_next_version_is_armed(self):
        self.load_swapped()
        self.assert_swapped_is_hit(
            "old = module.act; importlib.reload(module); old.__code__ = module.act.__code__; print(old(2))"
        )

    def wait_until_looked_for_again(self):
        self.session.state("b1", "ARMED")

    @unittest.skipIf(sys.version_info < (3, 8), "CPython tells nobody")
    def test_function_that_is_given_a_changed_copy_of_its_code_is_armed(self):
        self.load_swapped()
        self.app.tell("module.act.__code__ = module.act.__code__.replace(co_name='changed')")
        self.wait_until_looked_for_again()
        self.assert_swapped_is_hit("print(module.act(2))")

    @unittest.skipIf(sys.version_info < (3, 8), "CPython tells nobody")
    def test_function_that_is_given_the_code_that_it_had_before_is_armed(self):
        self.write("module.py", "def act(value):\n    return value\ndef other(value):\n    return -value\n")
        self.import_module("module")
        self.app.tell("import module; had = module.act.__code__")
        self.session.arm("b1", "module.py", 2, condition="value == 2")
        self.app.tell("module.act.__code__ = module.other.__code__; print(module.act(2))")
        self.app.expect("-2")
        self.app.tell("module.act.__code__ = had")
        self.wait_until_looked_for_again()
        self.assert_swapped_is_hit("print(module.act(2))")

    def test_code_is_not_kept_alive(self):
        self.load_swapped()
        self.app.tell("import gc, weakref; gone = [weakref.ref(module.act.__code__), weakref.ref(module.act)]")
        self.app.tell("del sys.modules['module'], module; gc.collect(); print([ref() for ref in gone])")
        self.app.expect("[None, None]")
        self.session.send(clear_breakpoint={"id": "b1"})
        self.session.flush()

    def test_cleared_breakpoint_is_not_hit(self):
        self.session.arm("b1", PATH, LINE)
        self.session.send(clear_breakpoint={"id": "b1"})
        self.session.flush()
        self.work(1)
        self.assert_nothing_came("capture")
        self.session.arm("b1", PATH, LINE)  # it was not completed, so it may come again
        self.work(1)
        self.session.capture("b1")

    def test_unknown_id_is_cleared_without_harm(self):
        self.session.send(clear_breakpoint={"id": "nobody"})
        self.session.arm("b1", PATH, LINE)
        self.work(1)
        self.session.capture("b1")

    def test_list_clears_what_is_not_in_it(self):
        for name in ("kept", "gone", "also gone"):
            self.session.arm(name, PATH, LINE)
        self.session.send(breakpoint_list={"ids": ["kept", "unknown"]})
        self.session.flush()
        self.work(1)
        self.session.capture("kept")
        self.assert_nothing_came("capture")

    def test_completed_id_is_ignored_until_it_was_absent_from_a_list(self):
        self.session.arm("b1", PATH, LINE)
        self.work(1)
        self.session.capture("b1")
        self.session.send(breakpoint_list={"ids": ["b1"]})
        self.session.set("b1", PATH, LINE)
        self.work(2)
        self.assert_nothing_came("capture")
        self.session.send(breakpoint_list={"ids": []})
        self.session.arm("b1", PATH, LINE)
        self.work(3)
        self.session.capture("b1")

    def test_known_id_is_left_as_it_is_and_reported_again(self):
        self.session.arm("b1", PATH, LINE, condition="number == 9")
        self.session.set("b1", PATH, 7)
        state = self.session.state("b1", "ARMED")
        self.assertEqual(state["num_code_objects"], 1)
        self.work(8)
        self.assert_nothing_came("capture")
        self.work(9)
        self.assertEqual(self.session.capture("b1")["frames"][0]["line"], LINE)

    def test_limits_of_the_session_hold_also_for_breakpoints_that_are_armed(self):
        self.session.arm("b1", PATH, LINE)
        self.session.send(limits={"max_frames": 1})
        self.session.flush()
        self.work(1)
        self.assertEqual(len(self.session.capture("b1")["frames"]), 1)

    def test_limits_of_a_breakpoint_hold(self):
        self.session.arm("b1", PATH, LINE, limits={"max_frames": 1})
        self.session.send(limits={"max_frames": 2})
        self.session.flush()
        self.work(1)
        self.assertEqual(len(self.session.capture("b1")["frames"]), 1)

    def test_hits_on_many_threads_give_one_capture(self):
        self.session.arm("b1", PATH, LINE)
        self.app.tell(
            "import threading; ts = [threading.Thread(target=lambda: [work(i) for i in range(2000)]) for _ in range(8)];"
            " [t.start() for t in ts]; [t.join() for t in ts]; print('done')"
        )
        self.app.expect("done")
        self.session.capture("b1")
        self.assert_nothing_came("capture")

    def test_set_and_clear_while_the_code_runs(self):
        self.app.tell(
            "import threading; stop = threading.Event();"
            " t = threading.Thread(target=lambda: [work(1) for _ in iter(stop.is_set, True)]); t.start(); print('running')"
        )
        self.app.expect("running")
        for number in range(100):
            name = "b%d" % number
            self.session.arm(name, PATH, LINE, condition="number == -1")
            self.session.send(clear_breakpoint={"id": name})
        self.session.arm("last", PATH, LINE)
        self.session.capture("last")
        self.app.tell("stop.set(); t.join(); print('stopped')")
        self.app.expect("stopped")

    def test_exception_that_the_app_handles_is_left_alone(self):
        self.session.arm("b1", PATH, LINE, condition="10 / (number - 3) == 5")
        self.app.tell("exec('try:\\n    1/0\\nexcept ZeroDivisionError as e:\\n    work(3)\\n    print(sys.exc_info()[1] is e)')")
        self.app.expect("True")


if __name__ == "__main__":
    unittest.main()
