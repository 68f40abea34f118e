"""A line is hit once for each time that it begins to run: the same number on every version.

But for what the compiler makes of it: up to 3.9 the test of `while` is there once, and comes before each turn; and
statements without code have no line, or one that other code is said to be of.
"""

import sys
import unittest

import hooktest
from hooked import HookCase, Program, lines_of, run_coroutine, while_hits


HAS_EXACT_LINES = sys.version_info >= (3, 10)  # PEP 626


class Manager:
    def __init__(self, swallows=False):
        self.swallows = swallows

    def __enter__(self):
        return 1

    def __exit__(self, *error):
        return self.swallows

    async def __aenter__(self):
        return 1

    async def __aexit__(self, *error):
        return self.swallows


def raises(*_):
    raise ValueError("asked for")


def adds(*numbers):
    return sum(numbers)


class LinesTest(HookCase):
    def check(self, source, run, **expected):
        """Arms all named lines together and each alone; @expected: hits by name."""
        for armed in [list(expected)] + [[name] for name in expected]:
            program = Program(source, Manager=Manager, raises=raises, adds=adds)
            contexts = {name: self.arm(program, name) for name in armed}
            run(program)
            self.assertEqual(
                {name: self.hits(contexts[name]) for name in armed}, {name: expected[name] for name in armed}
            )
            for name in armed:
                for context in contexts[name]:
                    hooktest.disarm(context)

    def test_for_header_is_hit_at_each_turn(self):
        self.check(
            """
            def f():
                for i in range(3):  #: header
                    str(i)  #: body
            """,
            lambda program: program.f(),
            header=4,
            body=3,
        )

    def test_while_header_is_hit_at_each_turn(self):
        self.check(
            """
            def f(n):
                while n:  #: header
                    n -= 1  #: body
            """,
            lambda program: program.f(3),
            header=4,
            body=3,
        )

    def test_loops_on_one_line_are_hit_at_each_turn(self):
        self.check(
            """
            def f(n):
                while n: n -= 1  #: while_loop
                for i in range(3): str(i)  #: for_loop
            """,
            lambda program: program.f(3),
            while_loop=while_hits(3),
            for_loop=4,
        )

    def test_comprehension_on_one_line_is_hit_once(self):
        program = Program("""
            def f(items):
                a = [i for i in items]  #: list_line
                b = {i for i in items}  #: set_line
                c = {i: i for i in items}  #: dict_line
                return a, b, c
            """)
        for name in ("list_line", "set_line", "dict_line"):
            context = self.arm_code(program.f.__code__, program.lines[name])
            program.f([1, 2, 3])
            self.assertEqual(hooktest.hits(context), 1, name)
            hooktest.disarm(context)

    def test_call_over_several_lines(self):
        self.check(
            """
            def f(x):
                y = adds(  #: first
                    x,  #: second
                    x + 1)  #: third
                return y  #: last
            """,
            lambda program: program.f(1),
            first=1,
            second=1,
            third=1,
            last=1,
        )

    def test_two_parts_of_an_expression_on_a_line_are_two_hits(self):
        self.check(
            """
            def f(x):
                return [adds(
                    1, 2), adds(  #: middle
                    3, 4)]  #: last
            """,
            lambda program: program.f(1),
            middle=2 if sys.version_info >= (3, 8) else 1,  # the line of the first call was not known before
            last=1,
        )

    def test_boolean_expression_over_several_lines(self):
        self.check(
            """
            def f(a, b):
                return (a  #: first
                        and b  #: second
                        or
                        adds(a,  #: third
                             2))  #: fourth
            """,
            lambda program: program.f(1, 0),
            first=1,
            second=1,
            third=1,
            fourth=1,
        )

    def test_line_that_only_ends_an_evaluation(self):
        """Where the compiler gives such a line nothing but the jump of the condition."""
        program = Program("""
            def f(a, b):
                if (
                    adds(a)
                    and b
                ):
                    a = 2
                return a
            """, adds=adds)
        for line in sorted(lines_of(program.f.__code__) - {program.f.__code__.co_firstlineno}):
            context = self.arm_code(program.f.__code__, line)
            self.assertEqual(program.f(1, 2), 2)
            self.assertGreaterEqual(hooktest.hits(context), 1, line)
            hooktest.disarm(context)

    def test_with(self):
        self.check(
            """
            def f():
                with Manager() as a:  #: header
                    str(a)  #: body
            """,
            lambda program: program.f(),
            header=1,
            body=1,
        )

    def test_with_that_is_left_in_every_way(self):
        self.check(
            """
            def f(how):
                for i in range(1):
                    with Manager() as a, \\
                         Manager(how == "raise") as b:  #: second
                        if how == "return":
                            return 1  #: leaves
                        if how == "continue":
                            continue
                        if how == "break":
                            break
                        if how == "raise":
                            raises()  #: fails
                    str(i)
            """,
            lambda program: [program.f(how) for how in ("return", "continue", "break", "raise", "")],
            second=5,
            leaves=1,
            fails=1,
        )

    def test_finally_on_every_way(self):
        self.check(
            """
            def f(how):
                try:
                    if how == "return":
                        return 1  #: leaves
                    if how == "raise":
                        raises()
                finally:
                    str(how)  #: cleanup
            def g():
                f("return")
                f("")
                try:
                    f("raise")
                except ValueError:
                    pass
            """,
            lambda program: program.g(),
            leaves=1,
            cleanup=3,
        )

    def test_except_clauses(self):
        self.check(
            """
            def f(error):
                try:
                    raise error  #: body
                except KeyError as e:  #: first
                    str(e)  #: first_body
                except ValueError:  #: second
                    pass  #: second_body
                except:  #: bare
                    pass
                else:
                    pass
            """,
            lambda program: [program.f(error) for error in (KeyError(), ValueError(), IndexError())],
            body=3,
            first=3,
            first_body=1,
            second=2,
            second_body=1,
            bare=1,
        )

    def test_branch_that_is_not_taken(self):
        self.check(
            """
            def f(x):
                try:
                    if x:
                        str(2)  #: never
                finally:
                    str(x)
                if x:
                    str(x)  #: nothing
                elif not x:  #: other
                    str(x)
                else:
                    str(x)  #: neither
            """,
            lambda program: program.f(0),
            never=0,
            nothing=0,
            other=1,
            neither=0,
        )

    @unittest.skipUnless(HAS_EXACT_LINES, "such a line has no code")
    def test_branch_without_code_that_is_not_taken(self):
        self.check(
            """
            def f(x):
                try:
                    if x:
                        2  #: never
                finally:
                    str(x)
                if x:
                    pass  #: nothing
                elif not x:  #: other
                    pass
                else:
                    pass  #: neither
            """,
            lambda program: program.f(0),
            never=0,
            nothing=0,
            other=1,
            neither=0,
        )

    def test_finally_with_one_line_on_every_way_out(self):
        self.check(
            """
            def f(how):
                for i in range(2):
                    try:
                        if how == "raise":
                            raises(how)
                        if how == "break":
                            break  #: breaks
                        if how == "continue":
                            continue  #: continues
                        if how == "return":
                            return how  #: leaves
                    finally:
                        how = None  #: cleanup
            def g():
                for how in ("break", "continue", "return", "nothing"):
                    f(how)
                try:
                    f("raise")
                except ValueError:
                    pass
            """,
            lambda program: program.g(),
            breaks=1,
            continues=1,
            leaves=1,
            cleanup=7,
        )

    def test_name_of_an_exception_is_deleted_without_a_line(self):
        self.check(
            """
            def f(x):
                try:
                    try:
                        raises()
                    except ValueError as error:
                        x.fails  #: first
                        str(error)  #: last
                except AttributeError:
                    return 1
            """,
            lambda program: program.f(1),
            first=1,
            last=0,
        )

    @unittest.skipUnless(sys.version_info >= (3, 10), "the match statement came with 3.10")
    def test_match_statement(self):
        self.check(
            """
            def f(x):
                match x:  #: subject
                    case 1:  #: one
                        pass  #: is_one
                    case [a, b]:  #: pair
                        str(a)  #: is_pair
                    case _:
                        str(x)  #: is_other
            """,
            lambda program: [program.f(x) for x in (1, [1, 2], 3)],
            subject=3,
            one=3,
            is_one=1,
            pair=2,
            is_pair=1,
            is_other=1,
        )

    def test_generator_is_hit_when_it_comes_back(self):
        self.check(
            """
            def f():
                for i in range(2):
                    x = yield i  #: value
                    str(x)  #: after
            """,
            lambda program: list(program.f()),
            value=2,
            after=2,
        )

    def test_yield_from_and_await_over_several_steps(self):
        self.check(
            """
            def inner():
                yield 1
                yield 2
            def f():
                yield from inner()  #: delegates
            class Steps:
                def __await__(self):
                    yield 1
                    yield 2
            async def g():
                await Steps()  #: waits
                async with Manager() as a:  #: header
                    str(a)  #: body
            """,
            lambda program: (list(program.f()), run_coroutine(program.g())),
            delegates=1,
            waits=1,
            header=1,
            body=1,
        )

    def test_async_for(self):
        self.check(
            """
            async def items():
                for i in range(3):
                    yield i
            async def f():
                async for i in items():  #: header
                    str(i)  #: body
            """,
            lambda program: run_coroutine(program.f()),
            header=4,
            body=3,
        )

    def test_statements_that_make_little_code(self):
        self.check(
            """
            def f():
                x: int = 1  #: annotated
                del x  #: deletes
                global y  # no code
                y = 1  #: stores
                assert y  #: asserts
                return  #: leaves
            """,
            lambda program: program.f(),
            annotated=1,
            deletes=1,
            stores=1,
            asserts=1,
            leaves=1,
        )

    @unittest.skipUnless(HAS_EXACT_LINES, "such a line has no code")
    def test_pass(self):
        self.check(
            """
            def f(x):
                pass  #: nothing
                while x:
                    x -= 1
                    pass  #: turn
            """,
            lambda program: program.f(2),
            nothing=1,
            turn=2,
        )

    def test_line_of_the_frame_is_the_line_of_the_hook(self):
        program = Program("""
            def f(x):
                y = x  #: one
                z = adds(
                    y)  #: two
                return z  #: three
            """, adds=adds)
        record = []
        for name in ("one", "two", "three"):
            self.arm(program, name)
        hooktest.record_into(record)
        program.f(1)
        self.assertEqual([line for _, _, line in record], [program.lines[name] for name in ("one", "two", "three")])
        self.assertEqual({name for _, name, _ in record}, {"f"})


if __name__ == "__main__":
    unittest.main()
