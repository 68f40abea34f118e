"""CPython 3.11: what the app can see of the copies that hold the hooks."""

import copyreg
import dis
import io
import pickle
import unittest

import hooktest
from hooked import HookCase, Program

SOURCE = """
    def f(x):
        "documentation"
        y = x + 1  #: one
        return y  #: two
"""


class CopiesTest(HookCase):
    def test_function_keeps_what_describes_it(self):
        program = Program(SOURCE)
        before = program.f.__code__
        self.arm(program, "one")
        after = program.f.__code__
        self.assertIsNot(after, before)
        self.assertIs(hooktest.original(after), before)
        for name in ("co_name", "co_qualname", "co_filename", "co_firstlineno", "co_varnames", "co_names", "co_flags",
                     "co_argcount", "co_cellvars", "co_freevars", "co_nlocals"):
            self.assertEqual(getattr(after, name), getattr(before, name), name)
        self.assertEqual(program.f.__doc__, "documentation")
        self.assertEqual(program.f.__kwdefaults__, None)

    def test_lines_of_the_copy_are_those_of_the_original(self):
        program = Program(SOURCE)
        before = program.f.__code__
        self.arm(program, "one")
        after = program.f.__code__
        lines = [line for _, _, line in after.co_lines()]
        self.assertEqual(set(lines), {line for _, _, line in before.co_lines()})
        known = list(after.co_positions())
        for position in before.co_positions():
            self.assertIn(position, known)

    def test_disassembly_shows_the_hook(self):
        program = Program(SOURCE)
        self.arm(program, "one")
        output = io.StringIO()
        dis.dis(program.f, file=output)
        self.assertIn("<breakpoint at line %d>" % program.lines["one"], output.getvalue())

    def test_hook_in_the_constants_can_be_pickled(self):
        program = Program(SOURCE)
        self.arm(program, "one")
        hook = program.f.__code__.co_consts[-1]
        self.assertIs(pickle.loads(pickle.dumps(hook)), False)
        self.assertTrue(callable(copyreg.__reduce_ex__))
        with self.assertRaises(TypeError):
            type(hook)()

    def test_asking_the_hook_for_its_truth_by_hand(self):
        program = Program(SOURCE)
        contexts = self.arm(program, "one")
        hook = program.f.__code__.co_consts[-1]
        self.assertFalse(bool(hook))
        self.assertEqual(self.hits(contexts), 1)
        hooktest.disarm(contexts[0])
        self.assertFalse(bool(hook))
        self.assertEqual(self.hits(contexts), 1)

    def test_code_that_was_taken_from_a_hooked_function(self):
        """It goes on to work, hooked or not, and the function that runs it gets the original at the line."""
        program = Program(SOURCE)
        contexts = self.arm(program, "one")
        other = type(program.f)(program.f.__code__, {})
        self.assertEqual(other(1), 2)
        self.assertEqual(self.hits(contexts), 1)
        hooktest.disarm(contexts[0])
        self.assertIsNot(other.__code__, program.f.__code__)
        self.assertEqual(other(1), 2)
        self.assertIs(other.__code__, program.f.__code__)
        self.assertEqual(self.hits(contexts), 1)

    def test_enclosing_function_that_is_copied_after_the_inner_one(self):
        program = Program("""
            def outer(n):
                n += 1  #: outside
                def inner():
                    return n  #: inside
                return inner
            """)
        code = program.outer(1).__code__
        inside = self.arm(program, "inside")
        outside = self.arm(program, "outside")
        self.assertEqual(program.outer(1)(), 2)
        self.assertEqual((self.hits(inside), self.hits(outside)), (1, 1))
        hooktest.disarm(inside[0])
        self.assertIs(program.outer(1).__code__, code)
        hooktest.disarm(outside[0])
        self.assertIs(program.outer(1).__code__, code)

    def test_generator_that_was_moved_while_it_ran(self):
        program = Program("""
            def f(call):
                call()
                x = 1  #: one
                yield x
                y = 2  #: two
                yield y
            """)
        contexts = []
        generator = program.f(lambda: contexts.extend(self.arm(program, "one")))
        self.assertEqual(next(generator), 1)
        contexts += self.arm(program, "two")
        self.assertEqual(next(generator), 2)
        self.assertEqual([hooktest.hits(context) for context in contexts], [1, 1])
        self.assertEqual(list(generator), [])

    def test_replacing_the_code_of_a_hooked_function(self):
        program = Program(SOURCE)
        contexts = self.arm(program, "one")
        replacement = compile("def g(x):\n    return -x\n", "/nowhere/g.py", "exec").co_consts[0]
        program.f.__code__ = replacement
        self.assertEqual(program.f(1), -1)
        hooktest.disarm(contexts[0])
        self.assertIs(program.f.__code__, replacement)

    def test_code_replace_of_a_copy(self):
        program = Program(SOURCE)
        contexts = self.arm(program, "one")
        program.f.__code__ = program.f.__code__.replace(co_name="renamed")
        self.assertEqual(program.f(1), 2)
        self.assertEqual(self.hits(contexts), 1)
        hooktest.disarm(contexts[0])
        self.assertEqual(program.f(1), 2)
        self.assertEqual(self.hits(contexts), 1)
        self.assertEqual(program.f.__code__.co_name, "renamed")

    def test_specialised_call_sites_follow(self):
        """Call sites that have been specialised for the function call it with its new code, and with its old one again."""
        program = Program("""
            def callee(x):
                return x + 1  #: here
            def caller(n):
                total = 0
                for i in range(n):
                    total += callee(i)
                return total
            class Item:
                def __getitem__(self, key):
                    return key  #: item
            def index(item, n):
                return [item[i] for i in range(n)]
            """)
        item = program.Item()
        self.assertEqual((program.caller(100), len(program.index(item, 100))), (5050, 100))
        here, items = self.arm(program, "here"), self.arm(program, "item")
        self.assertEqual((program.caller(100), len(program.index(item, 100))), (5050, 100))
        self.assertEqual((self.hits(here), self.hits(items)), (100, 100))
        for context in here + items:
            hooktest.disarm(context)
        self.assertEqual((program.caller(100), len(program.index(item, 100))), (5050, 100))
        self.assertEqual((self.hits(here), self.hits(items)), (100, 100))

    def test_line_that_needs_more_stack_than_the_function_has(self):
        program = Program("""
            def f(x):
                global g
                x  #: discards
                pass  #: passes
                return x
            """)
        contexts = self.arm(program, "passes")
        self.assertEqual(program.f(1), 1)
        self.assertEqual(self.hits(contexts), 1)

    def test_generator_that_cannot_be_moved_is_told(self):
        """Somebody holds its frame, and with it may remember places in its code."""
        program = Program("""
            def f():
                yield 1
                yield 2  #: here
            """)
        generator = program.f()
        frame = generator.gi_frame
        next(generator)
        contexts = self.arm(program, "here")
        self.assertEqual(hooktest.coverage(contexts[0]), "1 suspended generator will not stop at the line")
        self.assertEqual(next(generator), 2)
        self.assertEqual(self.hits(contexts), 0)
        self.assertIsNotNone(frame)
        self.assertEqual(list(program.f()), [1, 2])
        self.assertEqual(self.hits(contexts), 1)


if __name__ == "__main__":
    unittest.main()
