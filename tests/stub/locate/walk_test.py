"""Live code is found wherever it is held, also while the app goes on and its garbage is collected."""

import functools
import gc
import os
import random
import shutil
import tempfile
import threading
import unittest
import weakref

import hooktest

NUM_OBJECTS = 100000  # so that a walk takes several pieces
NUM_FUNCTIONS = 40
ROUNDS = 15


def function_source(count):
    return "".join("def f%d():\n    return %d\n" % (number, number) for number in range(count))


class Slotted:
    __slots__ = ("function",)

    def __init__(self, function):
        self.function = function


class Descriptor:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        raise AssertionError("code of the app was run")


class WalkTest(unittest.TestCase):
    def setUp(self):
        self.assertEqual(hooktest.init(), 0)
        self.addCleanup(hooktest.deinit)
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self, name="walked.py", count=NUM_FUNCTIONS):
        """Functions that no module has, in order: number n has code on line 2 * n + 2."""
        names = {}
        exec(compile(function_source(count), os.path.join(self.folder, name), "exec"), names)
        functions = [names["f%d" % number] for number in range(count)]
        for function in functions:
            function.__globals__.pop(function.__name__, None)
        return functions

    def assert_found(self, number, name="walked.py"):
        found = hooktest.locate(name, 2 * number + 2)
        self.assertIsInstance(found, list, (number, found))
        self.assertEqual([code.co_name for code in found], ["f%d" % number])

    def assert_pending(self, number, name="walked.py"):
        self.assertEqual(hooktest.locate(name, 2 * number + 2), "pending")

    def test_holders_of_all_kinds(self):
        functions = self.make()

        def closure(function=functions[1]):
            return held

        held = functions[0]
        holders = [
            lambda: held,
            closure,
            {"key": [(functions[2],)]},
            {functions[3]},
            functools.partial(functions[4], 1),
            functools.lru_cache(maxsize=None)(functions[5]),
            property(functions[6]),
            staticmethod(functions[7]),
            classmethod(functions[8]),
            Slotted(functions[9]),
            type("Class", (), {"method": functions[10], "described": Descriptor(functions[11])}),
            weakref.WeakKeyDictionary({Slotted: functions[12]}),
            functions[13].__get__(object()),
            iter([functions[14]]),
            map(functions[15], []),
        ]
        del held, closure
        for number in range(16):
            self.assertTrue(holders)
            self.assert_found(number)
        held_by_cycle = []
        held_by_cycle.append((held_by_cycle, functions[16]))
        del functions
        self.assert_found(16)
        self.assertTrue(held_by_cycle)

    def test_function_that_died_is_not_found(self):
        functions = self.make()
        self.assert_found(3)
        functions[3] = None
        found = hooktest.locate("walked.py", 2 * 3 + 2)
        self.assertEqual(found[0], "No code found at line $0 in $1. Try lines $2 or $3.")
        del functions
        self.assert_pending(3)

    def test_frozen_objects(self):
        if not hasattr(gc, "freeze"):
            self.skipTest("no gc.freeze()")
        functions = self.make()
        gc.freeze()
        self.addCleanup(gc.unfreeze)
        self.assert_found(2)
        late = self.make("late.py")
        self.assert_found(5, "late.py")
        self.assertTrue(functions and late)

    def test_nothing_is_left(self):
        functions = self.make()
        was_enabled, thresholds = gc.isenabled(), gc.get_threshold()
        self.assert_found(1)
        self.assertEqual((gc.isenabled(), gc.get_threshold()), (was_enabled, thresholds))
        self.assertEqual([item for item in gc.get_objects() if type(item).__name__ == "Marker"], [])
        self.assertEqual(weakref.getweakrefcount(functions[1]), 0)
        self.assertEqual(weakref.getweakrefcount(functions[1].__code__), 0)

    def test_collector_that_is_off_stays_off(self):
        functions = self.make()
        gc.disable()
        self.addCleanup(gc.enable)
        self.assert_found(1)
        self.assertFalse(gc.isenabled())
        self.assertTrue(functions)

    def test_file_name_of_another_alphabet(self):
        for name in ("w\u00e4lked.py", "\u6b69\u304f.py", "\U0001f6b6.py"):
            functions = self.make(name)
            self.assert_found(1, name)
            self.assertTrue(functions)

    def test_same_file_name_in_several_folders(self):
        """Code without a module of its own: all that the path may mean is meant."""
        others = {}
        for folder in ("/one", "/two"):
            exec(compile(function_source(1), folder + "/walked_twice.py", "exec"), others)
            others[folder] = others["f0"]
        self.assertEqual(hooktest.locate("one/walked_twice.py", 2), [others["/one"].__code__])
        self.assertEqual(len(hooktest.locate("walked_twice.py", 2)), 2)

    def run_beside(self, disturb, look=None, expected=None):
        """Looks for functions, or for something else, while another thread does that again and again."""
        ballast = [[number] for number in range(NUM_OBJECTS)]
        functions = self.make()
        problems = []
        must_stop = threading.Event()

        def run():
            try:
                while not must_stop.is_set():
                    disturb(functions)
            except Exception as error:  # told by the main thread
                problems.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            for turn in range(ROUNDS):
                if look:
                    self.assertEqual(look(turn), expected)
                else:
                    self.assert_found(turn % NUM_FUNCTIONS)
        finally:
            must_stop.set()
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual([item for item in gc.get_objects() if type(item).__name__ == "Marker"], [])
        self.assertTrue(ballast)

    def test_while_garbage_is_collected(self):
        def collect(functions):
            cycle = []
            cycle.append(cycle)
            gc.collect(random.choice((0, 0, 0, 1, 1, 2)))

        self.run_beside(collect)

    def test_while_objects_come_and_go(self):
        kept = []

        def allocate(functions):
            kept.append([[i] for i in range(2000)])
            random.shuffle(kept)
            del kept[20:]

        self.run_beside(allocate)

    def test_while_finalizers_give_up_the_gil(self):
        class Finalized:
            def __del__(self):
                os.stat("/")  # another thread may run now, in the middle of the collection

        def collect(functions):
            for _ in range(10):
                cycle = [Finalized()]
                cycle.append(cycle)
            gc.collect()

        self.run_beside(collect)

    def test_while_functions_are_held_by_ever_new_objects(self):
        """Of two objects that hold each other in turn, collections put the one that is found last at the end."""

        def move(functions):
            holders = [(function, []) for function in functions]
            for function, holder in holders:
                holder.append(function)
            gc.collect(random.choice((0, 1)))

        self.run_beside(move)

    def test_while_objects_are_frozen_and_unfrozen(self):
        if not hasattr(gc, "freeze"):
            self.skipTest("no gc.freeze()")
        self.addCleanup(gc.unfreeze)
        turns = iter(lambda: random.random() < 0.5, None)

        def freeze(functions):
            (gc.freeze if next(turns) else gc.unfreeze)()
            for _ in range(2000):
                pass

        self.run_beside(freeze)

    def test_while_the_app_looks_at_all_objects(self):
        seen = []

        def look(functions):
            seen[:] = gc.get_objects()

        self.run_beside(look)
        self.assertFalse(any(type(item).__name__ == "Marker" and gc.is_tracked(item) for item in seen))
        del seen[:]

    def test_two_threads_look(self):
        def look(functions):
            hooktest.locate("walked.py", 2)

        self.run_beside(look)

    def test_while_generators_run_and_wait_in_turn(self):
        names = {}
        source = "def f():\n    while True:\n        yield 1\n"
        exec(compile(source, os.path.join(self.folder, "walked_generators.py"), "exec"), names)
        generators = [names["f"]() for _ in range(20)]
        del names["f"]

        def run(functions):
            for generator in generators:
                next(generator)

        self.run_beside(run, lambda turn: hooktest.locate("walked_generators.py", 3)[0].co_name, "f")

    def test_many_functions_with_one_code_object(self):
        names = {}
        source = "def make():\n    def closure():\n        return 1\n    return closure\n"
        exec(compile(source, os.path.join(self.folder, "walked_closures.py"), "exec"), names)
        closures = [names["make"]() for _ in range(20000)]
        found = hooktest.locate_and_arm("walked_closures.py", 3, 0)
        self.addCleanup(hooktest.disarm, 0)
        self.assertEqual([hooktest.original(code) for code in found], [hooktest.original(closures[0].__code__)])
        for closure in closures[::100]:
            closure()
        self.assertEqual(hooktest.hits(0), 200)


if __name__ == "__main__":
    unittest.main()
