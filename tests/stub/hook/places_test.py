"""Every place that a line can be in: hits as often as it runs, in code made before and after it was armed."""

import functools
import gc
import sys
import unittest

import hooktest
from hooked import HookCase, Program, run_coroutine


class PlacesTest(HookCase):
    def test_function(self):
        program = Program("""
            def f(x):
                return x + 1  #: here
            """)
        self.assertHits(program, "here", 3, lambda: [program.f(i) for i in range(3)])

    def test_function_on_one_line(self):
        program = Program("def f(x): return x + 1  #: here")
        self.assertHits(program, "here", 2, lambda: [program.f(i) for i in range(2)])

    def test_closures_made_before_and_after(self):
        program = Program("""
            def outer(n):
                def inner():
                    return n  #: here
                return inner
            before = outer(1)
            """)
        contexts = self.arm(program, "here")
        after = program.outer(2)
        self.assertEqual((program.before(), after()), (1, 2))
        self.assertEqual(self.hits(contexts), 2)
        for context in contexts:
            hooktest.disarm(context)
        self.assertEqual((program.before(), after(), program.outer(3)()), (1, 2, 3))
        self.assertEqual(self.hits(contexts), 2)

    def test_closures_of_a_copied_enclosing_function(self):
        program = Program("""
            def outer(n):
                n += 1  #: outside
                def inner():
                    return n  #: inside
                return inner
            """)
        outside = self.arm(program, "outside")
        inside = self.arm(program, "inside")
        self.assertEqual(program.outer(1)(), 2)
        self.assertEqual((self.hits(outside), self.hits(inside)), (1, 1))
        for context in outside:
            hooktest.disarm(context)
        self.assertEqual(program.outer(1)(), 2)
        self.assertEqual((self.hits(outside), self.hits(inside)), (1, 2))

    def test_deeply_nested(self):
        program = Program("""
            def a():
                def b():
                    def c():
                        def d():
                            return 4  #: here
                        return d
                    return c
                return b
            """)
        self.assertHits(program, "here", 1, lambda: program.a()()()())

    def test_lambda_on_its_own_line(self):
        program = Program("""
            f = sorted(
                [3, 1, 2],
                key=lambda x:
                    -x)  #: unused
            g = (
                lambda x: x + 1  #: here
            )
            """)
        self.assertHits(program, "here", 2, lambda: (program.g(1), program.g(2)))

    def test_lambda_within_a_line(self):
        program = Program("""
            def f(items):
                return sorted(items, key=lambda x: -x)  #: here
            """)
        contexts = self.arm(program, "here")
        self.assertEqual(program.f([1, 2, 3]), [3, 2, 1])
        self.assertGreaterEqual(self.hits(contexts), 1)

    def test_comprehension_on_its_own_lines(self):
        program = Program("""
            def f(items):
                return [
                    item * 2  #: element
                    for item in items
                    if item > 1  #: test
                ]
            """)
        self.assertHits(program, "element", 2, lambda: self.assertEqual(program.f([1, 2, 3]), [4, 6]))
        self.assertHits(program, "test", 3, lambda: program.f([1, 2, 3]))

    def test_generator_expression_on_its_own_lines(self):
        program = Program("""
            def f(items):
                return sum(
                    item * 2  #: element
                    for item in items
                )
            """)
        # Before 3.8 lines in an expression do not go back: the element is said to be on the line of its `for`, and its own
        # line has only what begins the expression, in both code objects.
        hits = 3 if sys.version_info >= (3, 8) else 2
        self.assertHits(program, "element", hits, lambda: self.assertEqual(program.f([1, 2, 3]), 12))

    def test_class_body(self):
        program = Program("""
            def make():
                class C:
                    x = 1  #: body
                    def m(self):
                        return self.x  #: method
                return C
            """)
        self.assertHits(program, "body", 1, lambda: program.make())
        self.assertHits(program, "method", 1, lambda: program.make()().m())

    def test_methods_of_all_kinds(self):
        program = Program("""
            class C:
                def plain(self):
                    return 1  #: plain
                @classmethod
                def of_class(cls):
                    return 2  #: of_class
                @staticmethod
                def static():
                    return 3  #: static
                @property
                def attribute(self):
                    return 4  #: attribute
                def __call__(self):
                    return 5  #: call
            """)
        c = program.C()
        self.assertHits(program, "plain", 1, lambda: c.plain())
        self.assertHits(program, "of_class", 1, lambda: program.C.of_class())
        self.assertHits(program, "static", 1, lambda: program.C.static())
        self.assertHits(program, "attribute", 1, lambda: c.attribute)
        self.assertHits(program, "call", 1, lambda: c())

    def test_decorated(self):
        program = Program(
            """
            def decorate(function):
                @functools.wraps(function)
                def wrapper(*args):
                    return function(*args)  #: wrapper
                return wrapper
            class Decorate:
                def __init__(self, function):
                    self.function = function
                def __call__(self, *args):
                    return self.function(*args)
            @decorate
            def by_closure(x):
                return x  #: by_closure
            @Decorate
            def by_class(x):
                return x  #: by_class
            @functools.lru_cache(maxsize=0)
            def cached(x):
                return x  #: cached
            partial = functools.partial(lambda x, y:
                                        x + y, 1)  #: partial
            """,
            functools=functools,
        )
        self.assertHits(program, "wrapper", 1, lambda: program.by_closure(1))
        self.assertHits(program, "by_closure", 1, lambda: program.by_closure(1))
        self.assertHits(program, "by_class", 1, lambda: program.by_class(1))
        self.assertHits(program, "cached", 1, lambda: program.cached(1))
        self.assertHits(program, "partial", 1, lambda: program.partial(2))

    def test_generators_and_coroutines(self):
        program = Program("""
            def generator(n):
                for i in range(n):
                    yield i  #: generator
            async def coroutine():
                return 1  #: coroutine
            async def async_generator(n):
                for i in range(n):
                    yield i  #: async_generator
            async def consumer():
                async for i in async_generator(3):
                    i + 1  #: consumer
            """)
        self.assertHits(program, "generator", 3, lambda: list(program.generator(3)))
        self.assertHits(program, "coroutine", 1, lambda: run_coroutine(program.coroutine()))
        self.assertHits(program, "async_generator", 3, lambda: run_coroutine(program.consumer()))
        self.assertHits(program, "consumer", 3, lambda: run_coroutine(program.consumer()))

    def test_function_that_is_held_by_an_object_alone(self):
        program = Program("""
            class Registry:
                __slots__ = ("held",)
            registry = Registry()
            def f():
                return 1  #: here
            registry.held = [(f,)]
            del f
            """)
        self.assertHits(program, "here", 1, lambda: program.registry.held[0][0]())

    @unittest.skipUnless(hasattr(gc, "freeze"), "gc.freeze() came with 3.7")
    def test_frozen_objects(self):
        program = Program("""
            def f():
                return 1  #: here
            """)
        gc.freeze()
        self.addCleanup(gc.unfreeze)
        self.assertHits(program, "here", 1, lambda: program.f())

    def test_functions_that_share_a_code_object(self):
        program = Program("""
            def f():
                return 1  #: here
            """)
        other = type(program.f)(program.f.__code__, {})
        self.assertHits(program, "here", 2, lambda: (program.f(), other()))

    def test_recursion(self):
        program = Program("""
            def f(n):
                return n and f(n - 1)  #: here
            """)
        self.assertHits(program, "here", 6, lambda: program.f(5))

    def test_arguments_of_all_kinds(self):
        program = Program("""
            def f(a, b, *args, c=3, **more):
                def inner():
                    return a, b, args, c, more
                return inner()  #: here
            """)
        self.assertHits(
            program,
            "here",
            1,
            lambda: self.assertEqual(program.f(1, 2, 4, d=5), (1, 2, (4,), 3, {"d": 5})),
        )

    def test_two_hooks_on_one_line_run_in_their_order(self):
        program = Program("""
            def f():
                return 1  #: here
            """)
        order = []
        first = self.arm(program, "here") + self.arm(program, "here")
        hooktest.on_hit(order.append)
        program.f()
        self.assertEqual(order, first)
        hooktest.disarm(first[0])
        program.f()
        self.assertEqual(order, first + first[1:])

    def test_two_lines_of_one_function(self):
        program = Program("""
            def f(x):
                x += 1  #: one
                x += 2
                x += 3  #: two
                return x
            """)
        one = self.arm(program, "one")
        program.f(0)
        two = self.arm(program, "two")
        self.assertEqual(program.f(0), 6)
        self.assertEqual((self.hits(one), self.hits(two)), (2, 1))
        hooktest.disarm(one[0])
        self.assertEqual(program.f(0), 6)
        self.assertEqual((self.hits(one), self.hits(two)), (2, 2))

    def test_line_far_into_a_large_function(self):
        body = "\n".join("    x += %d" % i for i in range(1500))
        program = Program("def f(x):\n%s\n    x += 1  #: here\n%s\n    return x\n" % (body, body))
        expected = program.f(0)
        self.assertHits(program, "here", 1, lambda: self.assertEqual(program.f(0), expected))

    def test_loop_whose_jumps_grow(self):
        body = "\n".join("        x += %d" % i for i in range(60))
        program = Program("def f(x):\n    for i in range(3):\n        x += 1  #: here\n%s\n    return x\n" % body)
        contexts = [self.arm_code(program.f.__code__, line) for line in range(2, 60)]
        expected = 3 * (sum(range(60)) + 1)
        self.assertEqual(program.f(0), expected)
        self.assertEqual(hooktest.hits(contexts[1]), 3)

    def test_a_line_without_code(self):
        program = Program("""
            def f():
                x = 1  #: before

                return x
            """)
        self.assertEqual(hooktest.arm(program.f.__code__, program.lines["before"] + 1, 0), 1)
        self.assertEqual(hooktest.arm(program.f.__code__, program.lines["before"] - 1, 0), 1)
        self.assertEqual(hooktest.arm(program.f.__code__, 10**6, 0), 1)

    def test_code_that_is_run_by_exec(self):
        program = Program("pass")
        code = compile("x = 1\ny = 2\nz = 3\n", "/nowhere/executed.py", "exec")
        hooktest.watch(lambda code: None)
        self.addCleanup(hooktest.watch, None)
        context = self.arm_code(code, 2)
        names = {}
        exec(code, names)
        exec(code, names)
        self.assertEqual(hooktest.hits(context), 2)
        self.assertIsNone(sys.gettrace())
        self.assertIsNotNone(program)


if __name__ == "__main__":
    unittest.main()
