"""CPython 3.6 to 3.10: what changing code objects in place must not do, trap by trap."""

import dis
import gc
import itertools
import marshal
import pickle
import random
import re
import sys
import textwrap
import threading
import traceback
import types
import unittest
import weakref

import hooktest
from hooked import HookCase, Program, lines_of



def padded(source):
    """Lines of PADDING become more than a jump without EXTENDED_ARG reaches: before them a hook takes two units."""
    return re.sub(
        "(?m)^( *)PADDING$",
        lambda match: "\n".join("%spadding = %d" % (match.group(1), i) for i in range(150)),
        textwrap.dedent(source),
    )


CONSTANTS = """
    def f(x):
        "documentation"
        a = (1, 2.5, "text", b"bytes", None, True, ..., (3, (4j,)))
        b = x in {1, 2, "three"}  #: set_line
        def inner(y=-1):
            return [y for y in (1, 2)]  #: inner
        c = lambda: 10 ** 30
        return len(a), b, inner(), c()  #: last
"""


def originals(code):
    return code.co_code, code.co_consts, code.co_lnotab, code.co_stacksize


class AppearanceTest(HookCase):
    """What the app can see of a code object that is hooked."""

    def test_hash_and_places_in_dicts_stay(self):
        program = Program(CONSTANTS)
        codes = [code for code in program.codes if code.co_flags & 2]
        places = {code: code.co_name for code in codes}
        hashes = [hash(code) for code in codes]
        constants = [hash(code.co_consts) for code in codes]
        for name in ("set_line", "inner", "last"):
            self.arm(program, name)
        self.assertEqual(program.f(1), (8, True, [1, 2], 10**30))
        self.assertEqual([hash(code) for code in codes], hashes)
        self.assertEqual([hash(code.co_consts) for code in codes], constants)
        self.assertEqual([places[code] for code in codes], [code.co_name for code in codes])

    def test_everything_is_back_when_the_last_hook_goes(self):
        program = Program(CONSTANTS)
        before = originals(program.f.__code__)
        contexts = self.arm(program, "set_line") + self.arm(program, "last")
        self.assertNotEqual(originals(program.f.__code__), before)
        self.assertEqual(program.f.__code__.co_stacksize, before[3])
        program.f(1)
        hooktest.disarm(contexts[0])
        self.assertNotEqual(originals(program.f.__code__), before)
        hooktest.disarm(contexts[1])
        self.assertEqual(originals(program.f.__code__), before)

    def test_everything_is_back_when_hooks_have_gone_in_their_own_call(self):
        program = Program(CONSTANTS)
        before = originals(program.f.__code__)
        for _ in range(2):
            contexts = self.arm(program, "set_line", once=True)
            self.assertNotEqual(originals(program.f.__code__), before)
            self.assertEqual(program.f(1)[1], True)
            self.assertEqual(self.hits(contexts), 1)
            self.assertEqual(originals(program.f.__code__), before)
            self.assertIsNone(sys.gettrace())

    def test_everything_is_back_though_the_displaced_instruction_took_long(self):
        program = Program("""
            def f(items):
                for item in items:  #: header
                    pass
            """)
        before = originals(program.f.__code__)
        seen = []

        def items():
            yield 1
            seen.append(sys.gettrace())

        contexts = self.arm(program, "header", once=True)
        program.f(items())
        self.assertEqual((self.hits(contexts), seen), (1, [None]))
        other = Program(CONSTANTS)
        self.arm(other, "last")  # whatever is hooked next, and it is seen to
        self.assertEqual(originals(program.f.__code__), before)

    def test_marshal_writes_a_copy_that_works_without_hooks(self):
        program = Program(CONSTANTS)
        contexts = self.arm(program, "set_line") + self.arm(program, "inner")
        copy = types.FunctionType(marshal.loads(marshal.dumps(program.f.__code__)), program.names)
        self.assertEqual(copy(1), (8, True, [1, 2], 10**30))
        self.assertEqual(self.hits(contexts), 0)

    def test_pickle_writes_the_hook_as_false(self):
        program = Program(CONSTANTS)
        contexts = self.arm(program, "last")
        hook = program.f.__code__.co_consts[-1]
        self.assertIs(pickle.loads(pickle.dumps(hook)), False)
        self.assertFalse(hook)
        self.assertEqual(self.hits(contexts), 0)
        with self.assertRaises(TypeError):
            type(hook)()

    def copy_of(self, function):
        code = function.__code__
        arguments = [code.co_argcount, code.co_kwonlyargcount, code.co_nlocals, code.co_stacksize, code.co_flags]
        if sys.version_info >= (3, 8):
            arguments.insert(1, code.co_posonlyargcount)
        lines = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
        arguments += [code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_filename, "renamed"]
        arguments += [code.co_firstlineno, lines, code.co_freevars, code.co_cellvars]
        return types.FunctionType(types.CodeType(*arguments), function.__globals__)

    def test_copy_that_the_app_makes_of_hooked_code(self):
        """It has the same bytes: it hits as the original does, and goes on to work when that is gone."""
        program = Program(CONSTANTS)
        contexts = self.arm(program, "last")
        copy = self.copy_of(program.f)
        result = program.f(1)
        self.assertEqual(copy(1), result)
        self.assertEqual(self.hits(contexts), 2)
        hooktest.disarm(contexts[0])
        self.assertEqual(copy(1), result)
        self.assertEqual(self.hits(contexts), 2)
        again = self.arm(program, "set_line")
        self.assertEqual(copy(1), result)
        program.names.pop("f")
        program.code = program.codes = None
        gc.collect()
        self.assertEqual(copy(1), result)
        self.assertEqual(self.hits(again), 1)

    def test_disassembly_shows_the_hook(self):
        import io

        program = Program(CONSTANTS)
        self.arm(program, "last")
        output = io.StringIO()
        dis.dis(program.f, file=output)
        self.assertIn("<breakpoints", output.getvalue())

    def test_original_parts_and_lines_of_a_hooked_code_object(self):
        program = Program(CONSTANTS)
        code = program.f.__code__
        table = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
        before = (code.co_code, code.co_consts, table)
        lines = lines_of(code)
        wrong = code.co_firstlineno + 100
        neighbours = hooktest.locate_in(program.code, program.filename, wrong)
        located = {line: hooktest.locate_in(program.code, program.filename, line) for line in program.lines.values()}
        self.arm(program, "set_line")
        self.arm(program, "last")
        self.assertEqual(hooktest.parts(code), before)
        self.assertEqual(lines_of(code), lines)
        self.assertIs(hooktest.original(code), code)
        self.assertEqual(hooktest.locate_in(program.code, program.filename, wrong), neighbours)
        for line, codes in located.items():
            self.assertEqual(hooktest.locate_in(program.code, program.filename, line), codes)


class StaysInPlaceTest(HookCase):
    """Frames keep bare pointers into what a hook changes."""

    def test_code_that_is_hooked_over_and_over_while_it_runs(self):
        """Each frame stays in the bytes that it began with, however many others come."""
        program = Program(
            padded(
                """
                def f(change):
                    total = 0
                    for i in range(40):
                        change(i)
                        PADDING
                        total += i
                    return total
                """
            )
        )
        code = program.f.__code__
        lines = sorted(lines_of(code))
        chance = random.Random(5)
        armed = []
        garbage = []

        def change(turn):
            for _ in range(10):
                if len(armed) > 20 or (armed and chance.random() < 0.4):
                    hooktest.disarm(armed.pop(chance.randrange(len(armed))))
                armed.append(self.arm_code(code, chance.choice(lines)))
            gc.collect()
            garbage.append([bytes(n) for n in range(200, 4000, 7)])

        self.assertEqual(program.f(change), sum(range(40)))
        for context in armed:
            hooktest.disarm(context)
        self.assertEqual(program.f(lambda turn: None), sum(range(40)))
        self.assertIsNone(sys.gettrace())

    def test_line_that_is_hooked_by_what_its_first_instruction_calls(self):
        """The frame would go on in the midst of the jump: it goes on in the bytes that it has."""
        for modules in ([], ["greenlet"]):  # with which frames may wait that nobody finds
            program = Program(
                padded(
                    """
                    def f(items):
                        total = 0  #: start
                        for item in items:  #: header
                            total += item
                        PADDING
                        return total
                    """
                )
            )

            class Items:
                def __init__(self, arm):
                    self.arm = arm
                    self.turn = 0

                def __iter__(self):
                    return self

                def __next__(self):
                    self.turn += 1
                    if self.turn == 3:
                        self.arm()
                    if self.turn == 6:
                        raise StopIteration
                    return self.turn

            for module in modules:
                sys.modules[module] = types.ModuleType(module)
            try:
                start = self.arm(program, "start")
                header = []
                self.assertEqual(program.f(Items(lambda: header.extend(self.arm(program, "header")))), 15)
                self.assertEqual((self.hits(start), self.hits(header)), (1, 3))
                self.assertEqual(program.f([1, 2, 3]), 6)
                self.assertEqual((self.hits(start), self.hits(header)), (2, 7))
                for context in header:
                    hooktest.disarm(context)
                again = []
                self.assertEqual(program.f(Items(lambda: again.extend(self.arm(program, "header")))), 15)
                self.assertEqual(self.hits(again), 3)
                for context in start + again:
                    hooktest.disarm(context)
                self.assertEqual(program.f([1, 2, 3]), 6)
            finally:
                for module in modules:
                    del sys.modules[module]

    def test_generator_that_is_suspended_in_the_tail(self):
        """A yield is displaced where nothing else will do; then the generator finds its place when the hook is gone."""
        program = Program(
            padded(
                """
                def f(a):
                    if a:
                        yield 1
                    yield 2  #: here
                    if a:
                        yield 3
                    yield 4
                    PADDING
                """
            )
        )
        for change in (0, 1, 2, 3):
            contexts = self.arm(program, "here")
            generator = program.f(1)
            seen = []
            for turn in range(4):
                if turn == change:
                    hooktest.disarm(contexts[0])
                    gc.collect()
                seen.append(next(generator))
            self.assertEqual(seen, [1, 2, 3, 4])
            self.assertEqual(list(generator), [])
            self.assertEqual(self.hits(contexts), 1 if change > 1 else 0)
        self.assertEqual(list(program.f(0)), [2, 4])

    def test_disarming_restores_all_that_was_overwritten(self):
        program = Program(padded("def f(x):\n    if x:\n        PADDING\n    return x\n"))
        code = program.f.__code__
        lines = sorted(lines_of(code))
        original = code.co_code
        kept = self.arm_code(code, lines[-1])
        with_one = code.co_code[: len(original)]
        contexts = [self.arm_code(code, line) for line in lines[:-1]]
        self.assertNotEqual(code.co_code[: len(original)], with_one)
        random.Random(1).shuffle(contexts)
        for context in contexts:
            hooktest.disarm(context)
        self.assertEqual(code.co_code[: len(original)], with_one)
        self.assertEqual(program.f(1), 1)
        hooktest.disarm(kept)
        self.assertEqual(code.co_code, original)

    def test_code_object_that_dies_takes_everything_along(self):
        program = Program(padded("def f(x):\n    if x:\n        PADDING\n    return x\n"))
        code = program.f.__code__
        for line in lines_of(code):
            hooktest.disarm(self.arm_code(code, line))
        hook = weakref.ref(code)
        del code
        program.names.clear()
        program.code = program.codes = None
        gc.collect()
        self.assertIsNone(hook())

    def test_toggling_long_functions_while_other_threads_run_them(self):
        program = Program(
            padded(
                """
                def f(items):
                    total = 0
                    for item in items:
                        try:
                            if item % 3 == 0:
                                continue
                            total += len([item for _ in range(2)])
                        finally:
                            total += 1
                    PADDING
                    with open("/dev/null") as file:
                        total += len(file.read())
                    return total
                def g(items):
                    for item in items:
                        if item % 2:
                            yield item
                        yield -item
                    PADDING
                """
            )
        )
        expected = (program.f(range(9)), list(program.g(range(9))))
        codes = [program.f.__code__, program.g.__code__]
        places = [(code, line) for code in codes for line in sorted(lines_of(code))[:40]]
        errors, is_over = [], threading.Event()

        def run():
            while not is_over.is_set():
                got = (program.f(range(9)), list(program.g(range(9))))
                if got != expected:
                    errors.append(got)

        interval = sys.getswitchinterval()
        self.addCleanup(sys.setswitchinterval, interval)
        sys.setswitchinterval(1e-5)
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        chance = random.Random(11)
        armed, free = [], list(range(100, 130))
        for _ in range(3000):
            if armed and (not free or chance.random() < 0.5):
                free.append(armed.pop(chance.randrange(len(armed))))
                hooktest.disarm(free[-1])
            elif hooktest.arm(*chance.choice(places), free[-1]) == 0:
                armed.append(free.pop())
        for context in armed:
            hooktest.disarm(context)
        is_over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.assertEqual((program.f(range(9)), list(program.g(range(9)))), expected)
        self.assertIsNone(sys.gettrace())


class CacheTest(HookCase):
    """CPython 3.8 and later remembers globals, and since 3.10 attributes, for instructions that run often."""

    SOURCE = """
        first, second, third = 1, 2, 3
        class Thing:
            def __init__(self):
                self.value = 10
        thing = Thing()
        def f(x):
            a = first + x  #: one
            b = second + thing.value  #: two
            c = third + thing.value  #: three
            return a, b, c, first, thing.value  #: four
    """
    NAMES = ("one", "two", "three", "four")

    def assertWorks(self, program):
        """Whatever is remembered, what is true now is used."""
        for value in (1, 100, 1000):
            program.names.update(first=value, second=value + 1, third=value + 2)
            program.thing.value = value + 3
            for _ in range(3):
                self.assertEqual(
                    program.f(5), (value + 5, 2 * value + 4, 2 * value + 5, value, value + 3)
                )

    def warm(self, program):
        for i in range(3000):
            program.f(i)

    def test_warm_function(self):
        program = Program(self.SOURCE)
        self.warm(program)
        for name in self.NAMES:
            contexts = self.arm(program, name)
            self.assertWorks(program)
            self.assertEqual(self.hits(contexts), 9)
            self.warm(program)
            self.assertWorks(program)
        self.assertWorks(program)
        for context in self.contexts:
            hooktest.disarm(context)
        self.assertWorks(program)

    def test_function_that_gets_warm_while_it_is_hooked(self):
        program = Program(self.SOURCE)
        contexts = self.arm(program, "two") + self.arm(program, "four")
        self.warm(program)
        self.assertWorks(program)
        for context in contexts:
            hooktest.disarm(context)
        self.assertWorks(program)
        self.warm(program)
        for name in self.NAMES:
            self.arm(program, name)
            self.assertWorks(program)

    def test_function_that_gets_warm_between_hooks(self):
        program = Program(self.SOURCE)
        for context in self.arm(program, "two") + self.arm(program, "four"):
            hooktest.disarm(context)
        self.warm(program)
        for name in self.NAMES:
            self.arm(program, name)
            self.assertWorks(program)
        self.warm(program)
        self.assertWorks(program)

    def test_function_that_gets_warm_while_a_frame_runs_in_an_old_tail(self):
        """What a frame once came by goes on to be its way, though the code object has its own bytes again."""
        program = Program(
            padded(
                """
                first = 1
                class Items:
                    def __init__(self, change):
                        self.change = change
                        self.turn = 0
                    def __iter__(self):
                        return self
                    def __next__(self):
                        self.turn += 1
                        self.change(self.turn)
                        if self.turn > 20:
                            raise StopIteration
                        return self.turn
                def f(items):
                    total = 0  #: start
                    for item in items:  #: header
                        total += first + len((first, first))  #: body
                    PADDING
                    return total
                """
            )
        )
        contexts = self.arm(program, "start")
        results = []

        def in_outer_call(turn):
            if turn == 2:
                contexts.extend(self.arm(program, "header"))
            elif turn == 3:
                contexts.extend(self.arm(program, "body"))
            elif turn == 4:
                results.append(program.f(program.Items(in_inner_call)))

        def in_inner_call(turn):
            if turn == 5:
                for context in contexts:
                    hooktest.disarm(context)
            elif turn == 7:
                for _ in range(3000):
                    program.f(())
                program.names["first"] = 10

        program.f(program.Items(in_outer_call))
        self.assertEqual(results, [6 * 3 + 14 * 12])
        self.assertEqual(program.f([1, 2]), 24)

    def test_function_whose_tail_grows(self):
        source = "\n".join("    a%d = first + x" % i for i in range(120))
        program = Program("first = 1\ndef f(x):\n%s\n    return a119\n" % source)
        for i in range(3000):
            program.f(i)
        for number, line in enumerate(sorted(lines_of(program.f.__code__))):
            self.arm_code(program.f.__code__, line)
            program.names["first"] = number
            self.assertEqual(program.f(2), number + 2)


class ExtremesTest(HookCase):
    def test_code_of_more_than_64_kilobytes(self):
        count = 12000
        program = Program("def f(x):\n%s\n    return x\n" % "\n".join(["    x += 1"] * count))
        code = program.f.__code__
        contexts = [self.arm_code(code, line) for line in (2, 3, count // 2, count, count + 1, count + 2)]
        self.assertEqual(program.f(0), count)
        self.assertEqual([hooktest.hits(context) for context in contexts], [1] * len(contexts))
        for context in contexts:
            hooktest.disarm(context)
        self.assertEqual(program.f(0), count)

    def test_more_constants_than_a_byte_counts(self):
        source = "\n".join("    x += %d" % i for i in range(1000, 1400))
        program = Program("def f(x):\n%s\n    return x\n" % source)
        contexts = [self.arm_code(program.f.__code__, line) for line in sorted(lines_of(program.f.__code__))]
        self.assertEqual(program.f(0), sum(range(1000, 1400)))
        self.assertEqual(self.hits(contexts), len(contexts))

    def test_lines_of_one_instruction_each(self):
        items = ["item %d" % i for i in range(100)]
        program = Program("def f():\n    return [\n%s\n        f]\n" % "\n".join("        %r," % item for item in items))
        for line in sorted(lines_of(program.f.__code__)):
            context = len(self.contexts)
            if hooktest.arm(program.f.__code__, line, context) == 0:
                self.contexts.append(context)
        self.assertEqual(program.f(), items + [program.f])
        self.assertGreaterEqual(self.hits(self.contexts), len(self.contexts))

    def test_lines_that_are_far_apart(self):
        """The table of lines has to go a long way back and forth."""
        program = Program("def f(x):\n    x += 1\n%s    x += 2\n%s    return x\n" % ("\n" * 1000, "\n" * 300))
        code = program.f.__code__
        record = []
        for line in [max(lines_of(code)), 2, 1003]:
            self.arm_code(code, line)
        hooktest.record_into(record)
        self.assertEqual(program.f(0), 3)
        self.assertEqual([line for _, _, line in record], [2, 1003, 1304])

    def test_line_whose_call_has_no_room_on_the_stack(self):
        program = Program("""
            def f(x):
                try:
                    x.missing
                except AttributeError:  #: clause
                    pass
                except:  #: bare
                    pass
                return x
            """)
        before = program.f.__code__.co_stacksize
        contexts = self.arm(program, "clause") + self.arm(program, "bare")
        for _ in range(3):
            self.assertEqual(program.f(1), 1)
        self.assertEqual([hooktest.hits(context) for context in contexts], [3, 0])
        self.assertEqual(program.f.__code__.co_stacksize, before)

    def test_function_without_any_stack(self):
        program = Program("def f():\n    raise\n")
        outcome = hooktest.arm(program.f.__code__, 2, 0)
        self.assertIn(outcome, (0, 2))
        if outcome == 0:
            self.contexts.append(0)
        with self.assertRaises(RuntimeError):
            program.f()


class TracedLineTest(HookCase):
    """Lines that are a single instruction that others jump to, as does what follows: frames are traced instead."""

    # Which of them are such depends on the compiler.
    SOURCES = [
        """
        def f(n):
            total = 0  #: start
            for i in range(n):  #: header
                if i % 2:
                    while total >= 0:
                        total += 1
                        if total % 3 == 0:
                            break
                    else:
                        total = 0
                    continue  #: here
                total += 10  #: last
            PADDING
            return total
        """,
        """
        def f(n):
            total = 0  #: start
            for i in range(n):  #: header
                if i % 2:
                    try:
                        total += 1
                    except ValueError as error:
                        raise TypeError(error)
                    continue  #: here
                total += 10  #: last
            PADDING
            return total
        """,
        """
        def f(n):
            total = 0  #: start
            for i in range(n):  #: header
                if i % 2:
                    with open("/dev/null") as file:
                        total += len(file.read())
                    with file:  #: here
                        return total
                total += 10  #: last
            PADDING
        """,
    ]

    def program_that_is_traced(self):
        """The program with that line armed as context 0, and how often a call comes by it."""
        for source in self.SOURCES:
            program = Program(padded(source))
            events = []

            def trace(frame, event, argument):
                events.append((event, frame.f_lineno))
                return trace

            sys.settrace(trace)
            try:
                self.run_it(program)
            finally:
                sys.settrace(None)
            count = events.count(("line", program.lines["here"]))
            if hooktest.arm(program.f.__code__, program.lines["here"], 0) == 0:
                if hooktest.coverage(0) and count:
                    self.contexts.append(0)
                    return program, count
                hooktest.disarm(0)
        self.skipTest("this compiler makes code that a call can be put in")

    def run_it(self, program):
        try:
            return program.f(6)
        except ValueError:
            return None

    def test_line_that_no_call_can_be_put_in(self):
        program, count = self.program_that_is_traced()
        expected = self.run_it(program)
        self.assertEqual(hooktest.coverage(0), "each call is covered by tracing, which makes it slower")
        self.assertEqual(hooktest.hits(0), count)
        self.assertIsNone(sys.gettrace())
        names = ("start", "header", "last")
        others = [self.arm(program, name)[0] for name in names]
        self.assertEqual(self.run_it(program), expected)
        traced = [hooktest.hits(context) for context in others]
        self.assertEqual((hooktest.hits(0), traced[0]), (2 * count, 1))
        hooktest.disarm(0)
        self.assertEqual(self.run_it(program), expected)
        self.assertEqual(hooktest.hits(0), 2 * count)
        for hits, before, name in zip(map(hooktest.hits, others), traced, names):
            # The jump of the line is one that no call can be put on: the header has one at its loop, and one more.
            self.assertIn(hits - 2 * before, (0, 1) if name == "header" else (0,), name)
        self.assertIsNone(sys.gettrace())

    def test_calls_in_other_threads(self):
        program, count = self.program_that_is_traced()
        expected = self.run_it(program)
        results = []
        threads = [
            threading.Thread(target=lambda: results.extend((self.run_it(program), sys.gettrace()) for _ in range(20)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [(expected, None)] * 160)
        self.assertEqual(hooktest.hits(0), 161 * count)


class FailureTest(HookCase):
    """Exceptions of displaced instructions come from where these were."""

    SOURCE = """
        def f(x):
            try:
                x = missing_name  #: global_name
            except NameError as error:
                first = error
            for i in Items():  #: header
                pass
            PADDING
        def g(x):
            return x.missing  #: attribute
            PADDING
        class Items:
            def __iter__(self):
                return self
            def __next__(self):
                raise ValueError
    """

    def lines(self, program, function, error_type):
        try:
            function(1)
        except error_type as error:
            context = error.__context__
            return [
                [(entry.name, entry.lineno) for entry in traceback.extract_tb(one.__traceback__)]
                for one in (error, context)
                if one
            ]
        self.fail("no error")

    def test_traceback_is_that_of_the_original(self):
        for once in (False, True):
            program = Program(padded(self.SOURCE))
            plain = self.lines(program, program.f, ValueError), self.lines(program, program.g, AttributeError)
            contexts = [
                self.arm(program, name, once=once)[0] for name in ("global_name", "header", "attribute")
            ]
            self.assertEqual(
                (self.lines(program, program.f, ValueError), self.lines(program, program.g, AttributeError)), plain
            )
            self.assertEqual([hooktest.hits(context) for context in contexts], [1, 1, 1])

    def test_line_of_a_frame_that_waits_in_the_tail(self):
        program = Program(
            """
            import sys
            def look():
                frame = sys._getframe(1)
                return frame.f_lineno
            class Looks:
                def __iter__(self):
                    return self
                def __next__(self):
                    self.line = sys._getframe(1).f_lineno
                    raise StopIteration
            def f(looks):
                for i in looks:  #: header
                    pass
                return (looks.line,
                        look())  #: call
            """
        )
        looks = program.Looks()
        plain = program.f(looks)
        self.arm(program, "header")
        self.arm(program, "call")
        self.assertEqual(program.f(looks), plain)

    def test_generator_that_is_closed_and_thrown_into(self):
        program = Program("""
            def f():
                while True:
                    try:
                        x = yield 1  #: yields
                    except ValueError:  #: handler
                        yield 2  #: second
                    finally:
                        x = 3  #: cleanup
            """)
        contexts = {name: self.arm(program, name)[0] for name in program.lines}
        generator = program.f()
        self.assertEqual([next(generator), next(generator)], [1, 1])
        self.assertEqual(generator.throw(ValueError), 2)
        self.assertEqual(next(generator), 1)
        generator.close()
        hits = {name: hooktest.hits(context) for name, context in contexts.items()}
        # The clause looks at GeneratorExit too.
        self.assertEqual(hits, {"yields": 3, "handler": 2, "second": 1, "cleanup": 3})


class TracerTest(HookCase):
    """Tracers of the app see the same lines, however the hooks are put in."""

    SOURCE = """
        class Thing:
            @property
            def value(self):
                return 3
        def g(items):
            if items:
                yield 0
            yield 1
            for item in items:
                yield item
            PADDING
        def f(n, thing=Thing()):
            total = 0
            while True:
                if thing.value and n:
                    total += 1
                if total > 2:
                    break
            for i in range(n):
                if i % 2:
                    continue
                total += i
                while total > 100: total -= 7
            try:
                total += {}[total]
            except KeyError:
                total += 1
            finally:
                total += 1
            with open("/dev/null") as file:
                file.read()
            total += sum(
                i
                for i in g(
                    range(3)))
            PADDING
            return (total or
                    n)
    """

    def observe(self, program):
        events = []

        def trace(frame, event, argument):
            if frame.f_code.co_filename != program.filename:
                return None
            events.append((event, frame.f_code.co_name, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            program.f(5)
        finally:
            sys.settrace(None)
        return events

    def test_every_line_hooked(self):
        for source in (self.SOURCE.replace("PADDING", "pass"), padded(self.SOURCE)):
            plain = self.observe(Program(source))
            program = Program(source)
            contexts = []
            for code in program.codes:
                for line in sorted(lines_of(code)):
                    context = len(self.contexts)
                    if hooktest.arm(code, line, context) == 0:
                        self.contexts.append(context)
                        contexts.append(context)
            self.assertEqual(self.observe(program), plain)
            self.assertGreater(self.hits(contexts), len(plain) // 2)
            random.Random(2).shuffle(contexts)
            for context in contexts[len(contexts) // 2 :]:
                hooktest.disarm(context)
            self.assertEqual(self.observe(program), plain)
            for context in contexts[: len(contexts) // 2]:
                hooktest.disarm(context)
            self.assertEqual(self.observe(program), plain)

    def test_debugger_cannot_jump_to_where_it_could_not_before(self):
        program = Program("""
            def f(x):
                str(x)
                for i in [1]:
                    str(i)  #: in_loop
                try:
                    str(x)  #: in_try
                except ValueError:  #: clause
                    str(x)  #: in_clause
                return x  #: last
            """)
        # Up to 3.8 CPython lets them jump into clauses, and fails.
        names = ("in_loop", "clause", "in_clause") if sys.version_info >= (3, 9) else ("in_loop", "clause")
        outcomes = {}
        for is_armed in (False, True):
            if is_armed:
                for name in program.lines:
                    self.arm(program, name)
            for name in names:

                def trace(frame, event, argument, target=program.lines[name]):
                    if event == "line" and frame.f_lineno == program.f.__code__.co_firstlineno + 1:
                        try:
                            frame.f_lineno = target
                            outcomes[is_armed, name] = "jumps"
                        except ValueError:
                            outcomes[is_armed, name] = "refused"
                    return trace

                sys.settrace(trace)
                try:
                    program.f(1)
                finally:
                    sys.settrace(None)
        self.assertEqual([outcomes[True, name] for name in names], [outcomes[False, name] for name in names])


if __name__ == "__main__":
    unittest.main()
