"""Tracers, profilers and other tools see what they would see without the hooks, and the hooks lose nothing to them."""

import cProfile
import pstats
import sys
import threading
import unittest

import hooktest
from hooked import IS_MONITORED, HookCase, Program

SOURCE = """
    def g(x):
        return x  #: inner
    def f(n):
        total = 0  #: first
        for i in range(n):
            total += g(  #: call
                i)
        while n: n -= 1  #: one_line
        try:
            total += [i for i in range(3)][5]  #: fails
        except IndexError:
            total += 1  #: handler
        finally:
            total += 1  #: cleanup
        return total
"""
NAMES = ("inner", "first", "call", "one_line", "fails", "handler", "cleanup")


def observe_trace(program):
    events = []

    def trace(frame, event, argument):
        if frame.f_code.co_filename != program.filename:
            return None
        events.append((event, frame.f_code.co_name, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        program.f(3)
    finally:
        sys.settrace(None)
    return events


def observe_profile(program):
    events = []

    def profile(frame, event, argument):
        name = argument.__name__ if event.startswith("c_") else None
        if frame.f_code.co_filename == program.filename:
            events.append((event, frame.f_code.co_name, name))

    sys.setprofile(profile)
    try:
        program.f(3)
    finally:
        sys.setprofile(None)
    return events


def observe_cprofile(program):
    profile = cProfile.Profile()
    profile.runcall(program.f, 3)
    return sorted(
        (key[1:], calls, primitive)
        for key, (primitive, calls, _, _, _) in pstats.Stats(profile).stats.items()
        if key[0] == program.filename
    )


class NeighboursTest(HookCase):
    def assertSame(self, observe):
        plain = observe(Program(SOURCE))
        program = Program(SOURCE)
        contexts = {name: self.arm(program, name) for name in NAMES}
        self.assertEqual(observe(program), plain)
        for name in NAMES:
            self.assertGreater(self.hits(contexts[name]), 0, name)
        self.assertEqual(self.hits(contexts["call"]), 3)
        for name in NAMES:
            for context in contexts[name]:
                hooktest.disarm(context)
        self.assertEqual(observe(program), plain)

    def test_settrace(self):
        self.assertSame(observe_trace)

    def test_setprofile(self):
        self.assertSame(observe_profile)

    def test_cprofile(self):
        self.assertSame(observe_cprofile)

    def test_tracer_that_is_already_there_when_a_running_frame_is_hooked(self):
        program = Program("""
            def f(arm):
                list(map(arm, [1]))
                x = 1  #: here
                y = 2  #: then
                return x + y
            """)
        events, contexts = [], []

        def trace(frame, event, argument):
            if frame.f_code.co_filename != program.filename:
                return None
            events.append((event, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            program.f(lambda _: contexts.extend(self.arm(program, "here")))
            self.assertIs(sys.gettrace(), trace)
        finally:
            sys.settrace(None)
        first = program.f.__code__.co_firstlineno
        self.assertEqual(
            events,
            [("call", first), ("line", first + 1), ("line", first + 2), ("line", first + 3), ("line", first + 4)]
            + [("return", first + 4)],
        )
        self.assertEqual(self.hits(contexts), 1)

    def test_tracer_that_is_set_while_a_running_frame_is_hooked(self):
        program = Program("""
            def f(arm, settrace):
                list(map(arm, [1]))
                settrace(None)
                x = 1  #: here
                return x
            """)
        events, contexts = [], []

        def trace(frame, event, argument):
            events.append(event)
            return trace

        program.f(lambda _: contexts.extend(self.arm(program, "here")), lambda _: sys.settrace(trace))
        self.assertIs(sys.gettrace(), trace)
        sys.settrace(None)
        self.assertIsNone(sys.gettrace())
        self.assertGreaterEqual(len(events), 1)
        program.f(lambda _: None, lambda _: None)
        self.assertGreaterEqual(self.hits(contexts), 1)

    def test_debugger_jumps_within_a_hooked_function(self):
        program = Program("""
            def f():
                x = 1  #: one
                x = 2  #: two
                x += 10  #: three
                return x
            """)
        self.arm(program, "one")
        contexts = self.arm(program, "three")

        def trace(frame, event, argument):
            if event == "line" and frame.f_lineno == program.lines["two"]:
                frame.f_lineno = program.lines["three"]
            return trace

        sys.settrace(trace)
        try:
            self.assertEqual(program.f(), 11)
        finally:
            sys.settrace(None)
        # CPython 3.12 and later tell no other tool of the line that a debugger has jumped to.
        self.assertEqual(self.hits(contexts), 0 if IS_MONITORED else 1)

    def test_traceback_of_a_hooked_function_is_the_same(self):
        import traceback

        source = """
            def g(x):
                y = x
                return (y +
                        x.missing)  #: fails
            def f():
                return [g(i) for i in (1,)]  #: calls
        """

        def positions(program):
            try:
                program.f()
            except AttributeError as error:
                if sys.version_info < (3, 11):
                    return [(e.name, e.lineno) for e in traceback.extract_tb(error.__traceback__)]
                summary = traceback.StackSummary.extract(
                    traceback._walk_tb_with_full_positions(error.__traceback__), lookup_lines=False
                )
                return [(e.name, e.lineno, e.end_lineno, e.colno, e.end_colno) for e in summary]

        plain = positions(Program(source))
        program = Program(source)
        for name in ("fails", "calls"):
            self.arm(program, name)
        self.assertEqual(positions(program), plain)

    def test_hook_that_runs_while_a_trace_function_does(self):
        """Nothing of the hooks is lost, and nothing is broken, by lines that run on behalf of a tracer."""
        program = Program("""
            def helper():
                return 1  #: here
            def f():
                return 2
            """)
        self.arm(program, "here")

        def trace(frame, event, argument):
            program.helper()
            return trace

        sys.settrace(trace)
        try:
            self.assertEqual(program.f(), 2)
        finally:
            sys.settrace(None)

    def test_profiler_in_other_threads(self):
        program = Program(SOURCE)
        contexts = self.arm(program, "first")
        calls = []
        threading.setprofile(lambda frame, event, argument: calls.append(event))
        try:
            thread = threading.Thread(target=program.f, args=(2,))
            thread.start()
            thread.join()
        finally:
            threading.setprofile(None)
        self.assertEqual(self.hits(contexts), 1)
        self.assertIn("call", calls)


if __name__ == "__main__":
    unittest.main()
