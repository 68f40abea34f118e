"""Arming and disarming again and again: leaves nothing behind, and never disturbs what runs meanwhile."""

import gc
import itertools
import os
import random
import sys
import threading
import time
import unittest
import weakref

import hooktest
from hooked import HookCase, Program, lines_of

SOURCE = """
    CONSTANT = object()
    def outer(n):
        marker = "a constant string of outer"
        def inner(i):
            value = i * 2  #: inside
            return value + n
        total = 0  #: start
        for i in range(n):  #: loop
            total += inner(i)  #: call
        return total, marker  #: end
    def generator(n):
        for i in range(n):
            yield i * i  #: yields
"""
NAMES = ("inside", "start", "loop", "call", "end", "yields")


def resident_kib():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4


class ToggleTest(HookCase):
    CYCLES = 10000

    def toggle(self, program, line, context, run):
        code = next(
            code for code in map(hooktest.original, program.codes) if hooktest.arm(code, line, context) == 0
        )
        if run:
            run()
        hooktest.disarm(context)
        return code

    def test_nothing_is_left_behind(self):
        program = Program(SOURCE)
        kept = program.generator(1000)
        next(kept)

        def state():
            gc.collect()
            codes = [program.outer.__code__, program.generator.__code__]
            constants = [constant for code in codes for constant in code.co_consts if isinstance(constant, str)]
            return (
                [sys.getrefcount(item) for item in codes + constants],
                [sys.getrefcount(item) for item in (program.outer, program.generator, kept)],
                [id(code) for code in codes],
                [weakref.getweakrefcount(item) for item in codes + [program.outer]],
            )

        lines = [program.lines[name] for name in NAMES]
        for line in lines:
            self.toggle(program, line, 0, lambda: program.outer(2))
        before, objects, memory = state(), len(gc.get_objects()), resident_kib()
        for i in range(self.CYCLES):
            self.toggle(program, lines[i % len(lines)], 0, None if i % 100 else lambda: program.outer(2))
        # Constants are counted by all copies of their code; a copy may be running in `kept`, which is one.
        self.assertEqual(state(), before)
        self.assertLess(abs(len(gc.get_objects()) - objects), 50)
        if "SANITIZER_PRELOAD" not in os.environ:  # it keeps what is freed for a while
            self.assertLess(resident_kib() - memory, 2048)
        self.assertEqual(next(kept), 1)

    def test_no_garbage_is_collected_on_behalf_of_a_hook(self):
        """Finalizers of the app would run; hooktest looks."""
        threshold = gc.get_threshold()
        self.addCleanup(gc.set_threshold, *threshold)
        program = Program(SOURCE)
        gc.set_threshold(1)
        for name in NAMES:
            for context in self.arm(program, name):
                program.outer(2)
                hooktest.disarm(context)
        self.assertTrue(gc.isenabled())

    def test_code_that_dies_takes_its_hooks_along(self):
        def is_dead(reference):
            gc.collect()
            return reference() is None

        program = Program(SOURCE)
        context = self.arm_code(program.outer.__code__, program.lines["start"])
        program.outer(1)
        reference = weakref.ref(hooktest.original(program.outer.__code__))
        program.names.clear()
        program.code = program.codes = None
        self.assertTrue(is_dead(reference))
        hooktest.disarm(context)

    def test_function_that_dies_while_it_is_hooked(self):
        program = Program(SOURCE)
        context = self.arm_code(program.outer.__code__, program.lines["start"])
        dead = weakref.ref(program.names.pop("outer"))
        gc.collect()
        self.assertIsNone(dead())
        hooktest.disarm(context)

    def test_the_function_has_its_own_code_again(self):
        program = Program(SOURCE)
        code = program.outer.__code__
        values = (code.co_code, code.co_consts, hash(code), code.co_stacksize)
        for name in ("start", "call"):
            for context in self.arm(program, name):
                program.outer(2)
                hooktest.disarm(context)
        self.assertIs(program.outer.__code__, code)
        self.assertEqual((code.co_code, code.co_consts, hash(code), code.co_stacksize), values)

    def test_deinit_disarms_everything(self):
        program = Program(SOURCE)
        code = program.outer.__code__
        contexts = self.arm(program, "start") + self.arm(program, "inside")
        hooktest.deinit()
        program.outer(2)
        self.assertEqual(self.hits(contexts), 0)
        self.assertIs(program.outer.__code__, code)
        self.assertEqual(hooktest.init(), 0)
        again = self.arm(program, "start")
        program.outer(2)
        self.assertEqual(self.hits(again), 1)

    def test_toggling_while_other_threads_run_the_code(self):
        program = Program(SOURCE)
        expected = (program.outer(20), list(program.generator(20)))
        lines = [(code, line) for code in program.codes for line in sorted(lines_of(code))]
        errors, is_over = [], threading.Event()

        def run():
            while not is_over.is_set():
                got = (program.outer(20), list(program.generator(20)))
                if got != expected:
                    errors.append(got)

        interval = sys.getswitchinterval()
        self.addCleanup(sys.setswitchinterval, interval)
        sys.setswitchinterval(1e-5)
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        chance = random.Random(7)
        armed, free = [], list(range(100, 140))
        # 4,000 turns, or as many as there are in the time that tests/stub/under_fire asks for.
        until = time.monotonic() + float(os.environ.get("TOGGLE_SECONDS", 0))
        turns = 0
        while turns < 4000 or time.monotonic() < until:
            turns += 1
            if armed and (not free or chance.random() < 0.5):
                context = armed.pop(chance.randrange(len(armed)))
                hooktest.disarm(context)
                free.append(context)
            else:
                code, line = chance.choice(lines)
                if hooktest.arm(code, line, free[-1]) == 0:
                    armed.append(free.pop())
        for context in armed:
            hooktest.disarm(context)
        is_over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.assertEqual((program.outer(20), list(program.generator(20))), expected)
        self.assertTrue(all(hooktest.original(code) is code for code in program.codes))

    def test_generators_that_outlive_many_generations(self):
        program = Program(SOURCE)
        generators = []
        for i in range(50):
            generators.append(program.generator(60))
            for context in self.arm(program, "yields"):
                for generator in generators:
                    next(generator)
                self.assertEqual(hooktest.hits(context), len(generators))
                hooktest.disarm(context)
        for age, generator in zip(itertools.count(50, -1), generators):
            self.assertEqual(next(generator), age * age)


if __name__ == "__main__":
    unittest.main()
