"""Other users of the interpreter's events see what they would see without the stub, and the stub loses no hit to them.

Each scenario is run without the stub, and with it while every hit of a line is logged: what it prints must be the same.
"""

import sys
import unittest

from stub.fake_broker import StubTest


WORK = """
    def add(n):
        total = 0
        for i in range(n):
            total += i  #: loop
        return total

    def generate(n):
        for i in range(n):
            yield add(i)

    def catch():
        try:
            return [1][1]
        except IndexError:
            return add(2)

    class Adder:
        def __enter__(self):
            return self
        def __exit__(self, *_):
            add(1)

    def work():
        with Adder():
            result = [sum(generate(4)), catch(), (lambda: add(3))()]
        return result
"""
LINE = 4  # total += i
NUM_HITS = 0 + 1 + 2 + 3 + 2 + 3 + 1  # of work()

SCENARIOS = '''
    import asyncio
    import bdb
    import cProfile
    import io
    import os
    import pdb
    import pstats
    import sys
    import threading
    import trace

    import work

    FILE = work.__file__

    def of_work(frame):
        return frame.f_code.co_filename == FILE

    def nothing():
        print(work.work())

    def settrace():
        events = []
        def tracer(frame, event, argument):
            if not of_work(frame):
                return None
            entry = (event, frame.f_code.co_name, frame.f_lineno)
            if event != "line" or not events or events[-1] != entry:  # the extra event of a hooked line
                events.append(entry)
            return tracer
        sys.settrace(tracer)
        work.work()
        assert sys.gettrace() is tracer
        sys.settrace(None)
        for event in events:
            print(event)

    def settrace_of_opcodes():
        opcodes = set()
        def tracer(frame, event, argument):
            if not of_work(frame):
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                opcodes.add((frame.f_code.co_name, frame.f_lineno))
            return tracer
        sys.settrace(tracer)
        work.work()
        sys.settrace(None)
        print(sorted(opcodes, key=str))

    def setprofile():
        events = []
        def profiler(frame, event, argument):
            if of_work(frame):
                events.append((event, frame.f_code.co_name, getattr(argument, "__name__", None) if event[0] == "c" else None))
        sys.setprofile(profiler)
        work.work()
        assert sys.getprofile() is profiler
        sys.setprofile(None)
        for event in events:
            print(event)

    def cprofile():
        profile = cProfile.Profile()
        profile.runcall(work.work)
        for (file, line, name), (primitive, calls, _, _, callers) in sorted(pstats.Stats(profile).stats.items()):
            print(os.path.basename(file), line, name, primitive, calls, sorted(caller[2] for caller in callers))

    def trace_module():
        tracer = trace.Trace(count=1, trace=0)
        tracer.runfunc(work.work)
        for (file, line), count in sorted(tracer.results().counts.items()):
            if file == FILE and line != 4:  # that of the hooked line may be more
                print(line, count)

    def traced_threads():
        events = []
        def tracer(frame, event, argument):
            if of_work(frame) and event == "call":
                events.append(frame.f_code.co_name)
        threading.settrace(tracer)
        thread = threading.Thread(target=work.work)
        thread.start()
        thread.join()
        threading.settrace(None)
        print(sorted(events))

    def debugger(backend=None):
        commands = ["b work.add", "c", "n", "p n", "a", "w", "r", "u", "d", "cl 1", "y", "b work:9", "c", "p i", "c", "c", "c", "c"]
        if backend:
            pdb.set_default_backend(backend)
        said = io.StringIO()
        console = pdb.Pdb(stdin=io.StringIO("\\\\n".join(commands) + "\\\\n"), stdout=said, nosigint=True)
        console.prompt = ""
        console.use_rawinput = False
        console.runcall(work.work)
        print(said.getvalue().replace(os.path.dirname(FILE), ""))

    def debugger_by_settrace():
        debugger("settrace")

    def debugger_by_monitoring():
        debugger("monitoring")

    def threads():
        results = []
        threads = [threading.Thread(target=lambda: results.append(work.work())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(results)

    def tasks():
        async def values(n):
            for i in range(n):
                await asyncio.sleep(0)
                yield work.add(i)

        async def task(n):
            total = 0
            async for value in values(n):
                total += value
            return total

        async def main():
            return await asyncio.gather(*[task(n) for n in range(5)])

        loop = asyncio.new_event_loop()
        print(loop.run_until_complete(main()))
        loop.close()

    def recursion():
        def dive(n):
            return work.add(2) + (dive(n - 1) if n else 0)
        print(dive(20))
        sys.setrecursionlimit(200)
        try:
            dive(300)
        except RecursionError:
            print("too deep")
'''

APP = """
    import sys
    import scenarios
    if sys.argv[2] == "watched":
        import googleclouddebugger
        googleclouddebugger.enable(module="neighbours", version="1")
        sys.stdin.readline()
    getattr(scenarios, sys.argv[1])()
    sys.stdout.flush()
"""


class NeighboursTest(StubTest):
    def setUp(self):
        super().setUp()
        self.write("work.py", WORK)
        self.write("scenarios.py", SCENARIOS.replace("\\\\n", "\\n"))
        self.write("app.py", APP)

    def run_plain(self, name):
        app = self.start_app("app.py", name, "plain")
        said = app.read_all()
        self.assert_quiet_end(app)
        return said

    def run_watched(self, name):
        broker = self.start_broker()
        app = self.start_app("app.py", name, "watched")
        session = broker.accept(quota={"is_unlimited": True})
        session.arm("log", "work.py", LINE, action="LOG")
        app.tell("go")
        said = app.read_all()
        self.assert_quiet_end(app)
        session.wait_end()
        return said, sum(kind == "log_entry" for kind, _ in session.unread)

    def check(self, name, num_hits=NUM_HITS):
        plain = self.run_plain(name)
        said, hits = self.run_watched(name)
        self.assertEqual(said, plain)
        self.assertTrue(said)
        if num_hits is not None:
            self.assertEqual(hits, num_hits)
        return hits

    def test_nothing(self):
        self.check("nothing")

    def test_settrace(self):
        self.check("settrace")

    @unittest.skipIf(sys.version_info < (3, 7), "no events of opcodes")
    def test_settrace_of_opcodes(self):
        self.check("settrace_of_opcodes")

    def test_setprofile(self):
        self.check("setprofile")

    def test_cprofile(self):
        self.check("cprofile")

    def test_trace_module(self):
        self.check("trace_module")

    def test_settrace_of_all_threads(self):
        self.check("traced_threads")

    def test_debugger(self):
        self.check("debugger")

    @unittest.skipIf(sys.version_info < (3, 14), "pdb has one backend")
    def test_debugger_by_settrace(self):
        self.check("debugger_by_settrace")

    @unittest.skipIf(sys.version_info < (3, 14), "pdb has one backend")
    def test_debugger_by_monitoring(self):
        self.check("debugger_by_monitoring")

    def test_threads(self):
        self.check("threads", 4 * NUM_HITS)

    def test_tasks(self):
        self.check("tasks", sum(i for n in range(5) for i in range(n)))

    def test_recursion(self):
        self.assertGreaterEqual(self.check("recursion", None), 21 * 2)


if __name__ == "__main__":
    unittest.main()
