"""Code that is running when it is hooked: loops in other threads, suspended generators, frames that wait for others."""

import asyncio
import itertools
import sys
import threading
import traceback
import unittest

import hooktest
from hooked import IS_MONITORED, HookCase, Program, run_coroutine


class Loop:
    """A function of a program, running in a thread until it is told to stop."""

    def __init__(self, function):
        self.turns = threading.Semaphore(0)
        self.is_over = False
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(function,))
        self.thread.start()
        self.wait()

    def _run(self, function):
        try:
            function(self)
        except BaseException as error:
            self.error = error

    def wait(self, turns=3):
        for _ in range(turns):
            assert self.turns.acquire(timeout=20), self.error

    def stop(self):
        self.is_over = True
        self.thread.join()
        assert self.error is None, self.error


def drain(loop):
    while loop.turns.acquire(blocking=False):
        pass
    loop.wait()


class RunningTest(HookCase):
    def loop(self, function):
        loop = Loop(function)
        self.addCleanup(loop.stop)
        return loop

    def assertHitsWhileRunning(self, loop, program, name):
        contexts = self.arm(program, name)
        drain(loop)
        drain(loop)
        self.assertGreater(self.hits(contexts), 0, hooktest.coverage(contexts[0]))
        for context in contexts:
            hooktest.disarm(context)
        hits = self.hits(contexts)
        drain(loop)
        self.assertEqual(self.hits(contexts), hits)

    def test_loop_that_calls_functions_of_python(self):
        program = Program("""
            def step(loop):
                loop.turns.release()
            def f(loop):
                while not loop.is_over:
                    step(loop)
                    x = 1  #: here
            """)
        loop = self.loop(program.f)
        self.assertHitsWhileRunning(loop, program, "here")
        self.assertHitsWhileRunning(loop, program, "here")

    def test_loop_in_c_calls_only(self):
        """Nothing that the loop calls is Python: the thread is traced on 3.11, and untraced when the hook goes."""
        program = Program("""
            def f(loop, beat, tick):
                while not beat:
                    tick()
                    x = 1  #: here
                y = 2  #: after
            """)
        beat = []
        started = threading.Event()
        counter = itertools.count()
        tick = counter.__next__
        traces = []

        def run():
            started.set()
            program.f(None, beat, tick)
            traces.append(sys.gettrace())

        thread = threading.Thread(target=run)
        thread.start()
        started.wait()
        while next(counter) < 1000:
            pass
        contexts = self.arm(program, "here") + self.arm(program, "after")
        if not IS_MONITORED:
            self.assertEqual(hooktest.coverage(contexts[0]), "1 running call is covered by tracing")
        while hooktest.hits(contexts[0]) < 3:
            pass
        hooktest.disarm(contexts[0])
        hits = hooktest.hits(contexts[0])
        target = next(counter) + 1000
        while next(counter) < target:
            pass
        self.assertEqual(hooktest.hits(contexts[0]), hits)
        beat.append(1)
        thread.join()
        self.assertEqual(hooktest.hits(contexts[1]), 1)
        self.assertEqual(traces, [None])

    def test_frame_below_on_the_stack(self):
        program = Program("""
            def f(arm):
                arm()
                x = 1  #: here
                return x
            def g(arm):
                x = f(arm)
                return x  #: further_below
            """)
        contexts = []

        def arm():
            contexts.extend(self.arm(program, "here") + self.arm(program, "further_below"))

        self.assertEqual(program.g(arm), 1)
        self.assertEqual([hooktest.hits(context) for context in contexts], [1, 1])
        self.assertIsNone(sys.gettrace())

    def test_frame_below_a_call_from_c(self):
        program = Program("""
            def f(arm):
                list(map(arm, [1]))
                x = 1  #: here
                return x
            """)
        contexts = []
        program.f(lambda _: contexts.extend(self.arm(program, "here")))
        self.assertEqual(self.hits(contexts), 1)
        self.assertIsNone(sys.gettrace())
        self.assertEqual(program.f(lambda _: None), 1)
        self.assertEqual(self.hits(contexts), 2)

    def test_frame_that_a_traceback_refers_to(self):
        """The places that a traceback remembers stay those of the code that it shows."""
        program = Program("""
            def fail():
                raise ValueError
            def f(arm):
                try:
                    fail()  #: fails
                except ValueError as error:
                    arm()
                    x = 1  #: here
                    return error
            """)
        contexts = []
        error = program.f(lambda: contexts.extend(self.arm(program, "here")))
        lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__)]
        self.assertEqual(lines[0], program.lines["fails"])
        self.assertEqual(self.hits(contexts), 1)

    def test_suspended_generator(self):
        program = Program("""
            def f(n):
                for i in range(n):
                    x = yield i
                    y = x  #: here
                    try:
                        yield y
                    finally:
                        y = 0  #: cleanup
            """)
        running = program.f(2)
        fresh = program.f(2)
        self.assertEqual(next(running), 0)
        here, cleanup = self.arm(program, "here"), self.arm(program, "cleanup")
        self.assertEqual(running.send("sent"), "sent")
        self.assertEqual(self.hits(here), 1)
        running.close()
        self.assertEqual(self.hits(cleanup), 1)
        self.assertEqual(list(fresh), [0, None, 1, None])
        self.assertEqual(self.hits(here), 3)

    def test_suspended_generator_when_the_hook_goes(self):
        program = Program("""
            def f(n):
                total = 0  #: start
                for i in range(n):
                    total += i
                    yield total
            """)
        contexts = self.arm(program, "start")
        generator = program.f(4)
        self.assertEqual(next(generator), 0)
        self.assertEqual(self.hits(contexts), 1)
        hooktest.disarm(contexts[0])
        self.assertEqual(list(generator), [1, 3, 6])
        self.assertEqual(list(program.f(3)), [0, 1, 3])
        self.assertEqual(self.hits(contexts), 1)

    def test_suspended_delegating_generator(self):
        program = Program("""
            def inner():
                x = yield 1
                return x
            def f():
                x = yield from inner()
                return x  #: here
            """)
        generator = program.f()
        next(generator)
        contexts = self.arm(program, "here")
        self.assertIsNotNone(generator.gi_yieldfrom)
        with self.assertRaises(StopIteration) as stop:
            generator.send(5)
        self.assertEqual((stop.exception.value, self.hits(contexts)), (5, 1))

    def test_exception_thrown_into_a_suspended_generator(self):
        program = Program("""
            def f():
                try:
                    yield 1
                except KeyError:
                    yield 2  #: here
            """)
        generator = program.f()
        next(generator)
        contexts = self.arm(program, "here")
        self.assertEqual(generator.throw(KeyError), 2)
        self.assertEqual(self.hits(contexts), 1)

    def test_coroutine_at_an_await(self):
        program = Program(
            """
            async def f(event):
                await event.wait()
                x = 1  #: here
                return x
            """
        )

        async def main():
            event = asyncio.Event()
            task = asyncio.ensure_future(program.f(event))
            await asyncio.sleep(0)
            contexts = self.arm(program, "here")
            event.set()
            self.assertEqual(await task, 1)
            return self.hits(contexts)

        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        self.assertEqual(loop.run_until_complete(main()), 1)

    def test_suspended_async_generator(self):
        program = Program("""
            async def f():
                for i in range(3):
                    yield i
                    x = i  #: here
            """)

        async def main():
            generator = program.f()
            seen = [await generator.__anext__()]
            contexts = self.arm(program, "here")
            async for i in generator:
                seen.append(i)
            self.assertEqual(seen, [0, 1, 2])
            return self.hits(contexts)

        self.assertEqual(run_coroutine(main()), 3)

    def test_arming_from_a_callee_in_the_middle_of_a_loop(self):
        program = Program("""
            def f(arm):
                total = 0
                for i in range(5):
                    arm(i)
                    total += i  #: here
                return total
            """)
        contexts = []
        total = program.f(lambda i: contexts.extend(self.arm(program, "here")) if i == 2 else None)
        self.assertEqual(total, 10)
        self.assertEqual(self.hits(contexts), 3)

    def test_disarming_from_the_hook_itself(self):
        program = Program("""
            def f():
                for i in range(5):
                    x = i  #: here
                return x
            """)
        contexts = self.arm(program, "here", once=True)
        self.assertEqual(program.f(), 4)
        self.assertEqual(self.hits(contexts), 1)
        self.assertEqual(program.f(), 4)
        self.assertEqual(self.hits(contexts), 1)

    def test_arming_from_a_hook(self):
        program = Program("""
            def f():
                x = 1  #: one
                y = 2  #: two
                return x + y
            """)
        two = []
        one = self.arm(program, "one", once=True)
        hooktest.on_hit(lambda context: two.extend(self.arm(program, "two")) if context == one[0] else None)
        self.assertEqual(program.f(), 3)
        hooktest.on_hit(None)
        self.assertEqual(program.f(), 3)
        self.assertEqual((self.hits(one), self.hits(two)), (1, 2))

    def test_hooks_do_not_nest(self):
        program = Program("""
            def f():
                return 1  #: here
            """)
        contexts = self.arm(program, "here")
        hooktest.on_hit(lambda _: program.f())
        program.f()
        self.assertEqual(self.hits(contexts), 1)

    def test_frame_in_flight_when_hooks_change(self):
        program = Program("""
            def f(change):
                x = 1  #: one
                change()
                y = 2  #: two
                change()
                return x + y  #: three
            """)
        one = self.arm(program, "one")
        changes = iter(
            [
                lambda: (hooktest.disarm(one[0]), rest.extend(self.arm(program, "two"))),
                lambda: (hooktest.disarm(rest[0]), rest.extend(self.arm(program, "three"))),
            ]
        )
        rest = []
        self.assertEqual(program.f(lambda: next(changes)()), 3)
        self.assertEqual(hooktest.hits(one[0]), 1)
        self.assertEqual([hooktest.hits(context) for context in rest], [1, 1])


if __name__ == "__main__":
    unittest.main()
