"""Sub-interpreters: the stub serves the main interpreter, and is silent in the others, whoever makes them."""

import sys
import unittest

from stub.fake_broker import StubTest

APP = """
    import os
    import sys
    import threading
    import time

    def run(text, kind):
        '''Runs the text in an interpreter of its own.'''
        if sys.version_info >= (3, 13):
            import _interpreters
            other = _interpreters.create(kind)
            problem = _interpreters.exec(other, text)
            _interpreters.destroy(other)
            assert problem is None, problem
        elif sys.version_info >= (3, 8):
            import _xxsubinterpreters
            other = _xxsubinterpreters.create(**({"isolated": kind == "isolated"} if sys.version_info >= (3, 9) else {}))
            _xxsubinterpreters.run_string(other, text)
            _xxsubinterpreters.destroy(other)
        else:
            import _testcapi
            assert _testcapi.run_in_subinterp(text) == 0

    def wait_for_file(name):
        while not os.path.exists(name):
            time.sleep(0.01)

    import googleclouddebugger
    import shop
    googleclouddebugger.enable(module="main")
    print("ready")
    for line in sys.stdin:
        exec(line)
"""
SHOP = """
    def price(number):
        total = number * 2
        return total
"""
LINE = 3  # return total
OTHER = """
import sys
sys.path.insert(0, %r)
import shop
assert shop.price(%d) == 2 * %d
"""
ENABLED = """
import googleclouddebugger
googleclouddebugger.enable(module='other')
googleclouddebugger.enable(module='another')
"""
IMPORTED = """
import sys
sys.path.insert(0, %r)
import late
assert late.act() == 1
"""


class InterpretersTest(StubTest):
    kind = "legacy"

    def setUp(self):
        super().setUp()
        self.write("shop.py", SHOP)
        self.write("app.py", APP)
        self.broker = self.start_broker()
        self.app = self.start_app("app.py")
        self.app.expect("ready")
        self.session = self.broker.accept()

    def run_other(self, text, how="run(%r, %r)"):
        self.app.tell((how + "; print('over')") % (text, self.kind))
        self.app.expect("over")

    def other(self, number):
        return OTHER % (self.folder, number, number)

    def assert_nothing_came(self):
        self.session.flush()
        self.assertNotIn("capture", self.session.pending())

    def assert_main_is_hit(self, name="b1"):
        self.app.tell("print(shop.price(21))")
        self.app.expect("42")
        arguments = self.session.capture(name)["frames"][0]["arguments"]
        self.assertEqual(arguments[0]["integer"], 21)
        self.assert_quiet_end(self.app)

    def test_line_is_not_hit_in_another_interpreter(self):
        self.session.arm("b1", "shop.py", LINE)
        self.run_other(self.other(5))
        self.assert_nothing_came()
        self.assert_main_is_hit()

    def test_line_is_not_hit_in_an_interpreter_of_another_thread(self):
        self.session.arm("b1", "shop.py", LINE)
        self.run_other(
            self.other(5), "thread = threading.Thread(target=run, args=(%r, %r)); thread.start(); thread.join()"
        )
        self.assert_nothing_came()
        self.assert_main_is_hit()

    def test_module_that_is_imported_in_another_interpreter_is_still_waited_for(self):
        self.write("late.py", "def act():\n    return 1\n")
        self.session.set("b1", "late.py", 2)
        self.session.state("b1", "PENDING")
        self.run_other(IMPORTED % self.folder)
        self.assert_nothing_came()
        self.app.tell("import late; print(late.act())")
        self.app.expect("1")
        self.session.state("b1", "ARMED")
        self.session.capture("b1")
        self.assert_quiet_end(self.app)

    def test_enabling_does_nothing_in_another_interpreter(self):
        self.run_other(ENABLED + self.other(1))
        self.session.arm("b1", "shop.py", LINE)
        self.assertEqual(len(self.broker.sessions), 1)
        self.assert_main_is_hit()

    def test_set_while_other_interpreters_live(self):
        """What they have made is none of the main interpreter's, though old versions keep the lists of all in one."""
        hold = self.other(5) + "import time, os\nopen('holds', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.01)\n"
        hold += "assert shop.price(6) == 12\n"
        self.app.tell("thread = threading.Thread(target=run, args=(%r, %r)); thread.start()" % (hold, self.kind))
        self.app.tell("wait_for_file('holds'); print('held')")
        self.app.expect("held")
        self.session.arm("b1", "shop.py", LINE)
        self.write("go", "")
        self.app.tell("thread.join(); print('joined')")
        self.app.expect("joined")
        self.assert_nothing_came()
        self.assert_main_is_hit()

    def test_interpreters_that_come_and_go(self):
        self.session.arm("b1", "shop.py", LINE)
        for number in range(10):
            self.run_other(self.other(number))
        self.assert_nothing_came()
        self.assert_main_is_hit()


@unittest.skipIf(sys.version_info < (3, 12), "all interpreters share one GIL")
class OwnGilTest(InterpretersTest):
    kind = "isolated"


if __name__ == "__main__":
    unittest.main()
