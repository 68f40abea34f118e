"""CPython 3.12 and later: the traps of sys.monitoring, one test each (tests of lines and places cover the others)."""

import sys
import unittest

import hooktest
from hooked import HookCase, Program, while_hits

monitoring = sys.monitoring
LINE, INSTRUCTION = monitoring.events.LINE, monitoring.events.INSTRUCTION


class MonitoringTest(HookCase):
    def tool(self, wanted=2):
        monitoring.use_tool_id(wanted, "another")

        def free():
            for event in (LINE, INSTRUCTION):
                monitoring.register_callback(wanted, event, None)
            monitoring.set_events(wanted, 0)
            monitoring.free_tool_id(wanted)

        self.addCleanup(free)
        return wanted

    def own_tool(self):
        return next(tool for tool in range(6) if monitoring.get_tool(tool) == "snapshot-debugger")

    def events_of(self, function):
        return monitoring.get_local_events(self.own_tool(), function.__code__)

    def test_takes_a_slot_that_nobody_needs(self):
        self.assertEqual(self.own_tool(), 3)
        hooktest.deinit()
        self.assertIsNone(monitoring.get_tool(3))

    def test_leaves_slots_alone_that_are_in_use(self):
        hooktest.deinit()
        for tool in (3, 4):
            self.tool(tool)
        self.assertEqual(hooktest.init(), 0)
        self.assertNotIn(self.own_tool(), (3, 4))
        self.assertEqual([monitoring.get_tool(tool) for tool in (3, 4)], ["another"] * 2)

    def test_all_slots_in_use(self):
        hooktest.deinit()
        for tool in range(6):
            self.tool(tool)
        self.assertEqual(hooktest.init(), -16)

    def check_after(self, meddle):
        """Trap 10: what somebody does to the slot is noticed when something is armed, or run as a module."""
        for notice in (lambda: self.arm(Program("x = 1  #: here\n"), "here"), lambda: exec("1")):
            program = Program("def f(x):\n    return x  #: here\n")
            contexts = self.arm(program, "here")
            program.f(1)
            meddle(self.own_tool())
            notice()
            program.f(1)
            self.assertEqual(self.hits(contexts), 2)
            for context in contexts:
                hooktest.disarm(context)
            program.f(1)
            self.assertEqual(self.hits(contexts), 2)

    def test_slot_that_somebody_frees(self):
        hooktest.watch(lambda code: None)
        self.addCleanup(hooktest.watch, None)
        self.check_after(monitoring.free_tool_id)

    @unittest.skipUnless(hasattr(monitoring, "clear_tool_id"), "new in 3.14")
    def test_slot_that_somebody_clears(self):
        hooktest.watch(lambda code: None)
        self.addCleanup(hooktest.watch, None)
        self.check_after(monitoring.clear_tool_id)

    def test_slot_that_somebody_takes(self):
        program = Program("def f(x):\n    return x  #: here\n")
        contexts = self.arm(program, "here")
        theirs = self.own_tool()
        monitoring.free_tool_id(theirs)
        self.tool(theirs)
        self.arm(Program("x = 1  #: here\n"), "here")
        self.assertNotEqual(self.own_tool(), theirs)
        self.assertEqual(monitoring.get_tool(theirs), "another")
        program.f(1)
        self.assertEqual(self.hits(contexts), 1)

    def test_slot_is_lost_and_none_is_free(self):
        program = Program("def f(x):\n    return x  #: here\n")
        self.arm(program, "here")
        monitoring.free_tool_id(self.own_tool())
        for tool in range(6):
            self.tool(tool)
        self.assertEqual(hooktest.arm(program.f.__code__, 2, 99), -16)
        hooktest.deinit()
        self.assertEqual([monitoring.get_tool(tool) for tool in range(6)], ["another"] * 6)

    def test_line_far_into_large_code_is_cheap(self):
        """Trap 1: LINE takes time in proportion to the position; INSTRUCTION does not."""
        body = "\n".join("    x += 1" for _ in range(500))
        program = Program("def f(x):\n%s\n    x = 5  #: here\n    return x\n" % body)
        contexts = self.arm(program, "here")
        self.assertEqual(self.events_of(program.f), INSTRUCTION if sys.version_info < (3, 14) else LINE)
        self.assertEqual(program.f(0), 5)
        self.assertEqual(self.hits(contexts), 1)

    def test_small_code_is_asked_for_lines(self):
        program = Program("def f(x):\n    y = x  #: here\n    return y\n")
        self.arm(program, "here")
        self.assertEqual(self.events_of(program.f), LINE)

    def test_function_on_one_line(self):
        """Trap 2: LINE is not reported on the line of RESUME, from 3.13 on, unless PY_START is on."""
        program = Program("f = lambda x: x + 1  #: here\n")
        contexts = self.arm(program, "here")
        for _ in range(3):
            program.f(1)
        self.assertEqual(self.hits(contexts), 3)
        has_start = self.events_of(program.f) & monitoring.events.PY_START
        self.assertEqual(bool(has_start), sys.version_info >= (3, 13))

    def test_second_hook_after_its_line_was_disabled(self):
        """Trap 3: setting the same events again enables nothing."""
        program = Program("def f(x):\n    y = x  #: one\n    return y  #: two\n")
        one = self.arm(program, "one")
        program.f(1)
        two = self.arm(program, "two")
        program.f(1)
        self.assertEqual((self.hits(one), self.hits(two)), (2, 1))

    def test_jump_back_to_the_same_line(self):
        """Trap 4."""
        program = Program("def f(n):\n    while n: n -= 1  #: here\n    return n\n")
        contexts = self.arm(program, "here")
        program.f(5)
        self.assertEqual(self.hits(contexts), while_hits(5))

    def test_both_kinds_of_lines_in_one_function(self):
        source = "def f(n):\n    x = n  #: plain\n    while n: n -= 1  #: loop\n    return x  #: last\n"
        for order in (("plain", "loop", "last"), ("loop", "last", "plain")):
            program = Program(source)
            contexts = {name: self.arm(program, name) for name in order}
            program.f(3)
            self.assertEqual(
                {name: self.hits(contexts[name]) for name in order}, {"plain": 1, "loop": while_hits(3), "last": 1}
            )
            hooktest.disarm(contexts["loop"][0])
            self.assertEqual(self.events_of(program.f), LINE)
            program.f(3)
            self.assertEqual((self.hits(contexts["plain"]), self.hits(contexts["last"])), (2, 2))

    def test_restart_events_of_another_tool(self):
        """Trap 6."""
        program = Program("def f(x):\n    y = x  #: here\n    z = y\n    return z\n")
        contexts = self.arm(program, "here")
        program.f(1)
        monitoring.restart_events()
        program.f(1)
        program.f(1)
        self.assertEqual(self.hits(contexts), 3)

    def check_beside_a_tool_that_answers(self, answer):
        program = Program("def f(x):\n    y = x  #: here\n    while x: x -= 1\n    return y\n")
        seen = []
        tool = self.tool()
        monitoring.register_callback(tool, LINE, lambda code, line: (seen.append(line), answer)[1])
        contexts = self.arm(program, "here")
        program.f(2)
        monitoring.set_events(tool, LINE)
        program.f(2)
        monitoring.set_events(tool, 0)
        program.f(2)
        self.assertEqual(self.hits(contexts), 3)
        self.assertIn(program.lines["here"], seen)

    def test_another_tool_that_uses_lines(self):
        """Traps 6 and 10."""
        self.check_beside_a_tool_that_answers(None)

    def test_another_tool_that_disables_each_line_it_has_seen(self):
        self.check_beside_a_tool_that_answers(monitoring.DISABLE)

    def test_another_tool_that_uses_instructions(self):
        """Trap 7: LINE is not lost to it."""
        program = Program("def f(x):\n    y = x  #: here\n    return y\n")
        tool = self.tool()
        monitoring.register_callback(tool, INSTRUCTION, lambda code, offset: None)
        contexts = self.arm(program, "here")
        monitoring.set_events(tool, INSTRUCTION)
        program.f(1)
        program.f(1)
        monitoring.set_events(tool, 0)
        program.f(1)
        self.assertEqual(self.hits(contexts), 3)

    def test_one_that_traces_opcodes(self):
        program = Program("def f(x):\n    y = x  #: here\n    return y\n")

        def trace(frame, event, argument):
            frame.f_trace_opcodes = True
            return trace

        contexts = self.arm(program, "here")
        sys.settrace(trace)
        try:
            program.f(1)
        finally:
            sys.settrace(None)
        self.assertEqual(self.hits(contexts), 1)

    def test_failing_callback_stays_within(self):
        """Trap 8: nothing that goes wrong in a hit reaches the app."""
        program = Program("def f(x):\n    return x  #: here\n")
        self.arm(program, "here")
        complaints = []
        self.addCleanup(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = complaints.append
        hooktest.on_hit(lambda context: 1 / 0)
        self.assertEqual(program.f(1), 1)
        self.assertEqual(len(complaints), 1)

    def test_copies_of_the_code_do_not_hit(self):
        """Trap 12: the hook is the code object's; its bytes look as before."""
        program = Program("def f(x):\n    return x  #: here\n")
        code = program.f.__code__.co_code
        contexts = self.arm(program, "here")
        program.f(1)
        self.assertEqual(program.f.__code__.co_code, code)
        program.f.__code__ = program.f.__code__.replace(co_name="g")
        program.f(1)
        self.assertEqual(self.hits(contexts), 1)

    def test_other_lines_are_disabled_and_events_go_with_the_hook(self):
        program = Program("def f(x):\n    y = x  #: here\n    return y\n")
        contexts = self.arm(program, "here")
        program.f(1)
        hooktest.disarm(contexts[0])
        self.assertEqual(self.events_of(program.f), 0)


if __name__ == "__main__":
    unittest.main()
