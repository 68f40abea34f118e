"""Scopes, displays, calls, lambdas and generators of the expression language: each answer is Python's."""

import unittest

import _capture

ACCEPTED, SYNTAX, REFUSED, RAISED, BUDGET = 0, 1, 2, 3, 4


class LanguageTest(unittest.TestCase):
    def check(self, sources, **scope):
        """Evaluates each line here, where the names of the scope are globals, and in Python."""
        scope["evaluate"] = _capture.evaluate
        for source in sources.splitlines():
            if not source.strip():
                continue
            scope["source"] = source.strip()
            exec("def function():\n    return evaluate(source)\n\nanswer = function()", scope)
            with self.subTest(source=source):
                outcome, value = scope["answer"]
                try:
                    wanted = eval(source.strip(), dict(scope))
                except Exception as error:
                    self.assertEqual(outcome, RAISED, (value, error))
                    continue
                self.assertEqual(outcome, ACCEPTED, value)
                self.assertEqual((repr(value), type(value)), (repr(wanted), type(wanted)))

    def test_displays_with_unpacking(self):
        self.check(
            """
            [*items]
            [*items, 4, *'ab']
            (*items, *items)
            {*items, 9}
            {**mapping}
            {'z': 0, **mapping, 'a': 5}
            {**mapping, **{'c': 3}}
            [*range(3), *mapping, *mapping.items()]
            (*(), *[])
            [*5]
            {**5}
            {**items}
            """,
            items=[1, 2, 3],
            mapping={"a": 1, "b": 2},
        )

    def test_long_displays(self):
        numbers = ", ".join(map(str, range(100)))
        self.check("[%s]\n(%s)\n{%s}\n5 in (%s)\n500 in [%s]\nx in {%s}\n(%s, x)\n[%s, x]" % ((numbers,) * 8), x=5)
        self.check("{%s}" % ", ".join("%d: 'a'" % i for i in range(100)))

    def test_constants_that_are_searched(self):
        self.check("x in [1, 5]\nx in {1, 5}\nx not in {'a', 'b'}\n[] in {1, 2}\n[] in [1, []]\nx in []\nx in ()", x=5)

    def test_names_of_comprehensions_are_theirs(self):
        self.check(
            """
            [x for x in items for items in [[1]]]
            [y for x in items for y in [x]]
            [y for x in items for z in y for y in items]
            [x for x in items for x in [x + 1]]
            [[x for x in range(x)] for x in items]
            [x for x in [y for y in items] if x > 1]
            {x: y for x in items for y in [x * x] if y > 1}
            [(a, b, c) for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]]
            [(a, b) for *a, b in [(1, 2, 3), [4]]]
            [a for a, *b in ['abc', (1,)]]
            [a for a, b, *c in [(1,)]]
            [b for a, b in ['xy']]
            [k + v for k, v in {'a': 'b'}.items()]
            """,
            items=[1, 2, 3],
        )

    def test_lambdas(self):
        self.check(
            """
            (lambda: 5)()
            (lambda x: x + 1)(2)
            (lambda x, y=3: x * y)(2)
            (lambda x, y=3: x * y)(2, 4)
            (lambda x, y=3: x * y)(y=2, x=7)
            (lambda x=n: x)()
            (lambda *rest: rest)(1, 2, 3)
            (lambda x, *rest: (x, rest))(1)
            (lambda x: lambda y: x + y)(1)(2)
            (lambda f: f(f, 5))(lambda f, n: 1 if n < 2 else n * f(f, n - 1))
            (lambda x: x)()
            (lambda x: x)(1, 2)
            (lambda x: x)(y=1)
            (lambda x: x)(1, x=2)
            (lambda x: [x + y + n for y in range(3)])(1)
            [(lambda y: x + y)(1) for x in items]
            [(lambda: x)() for x in items]
            sum((lambda y: x * y)(x) for x in items)
            (lambda x: x / 0)(1)
            (lambda n: n)(1) + n
            [(lambda x: (lambda y: (x, y, z, n))(2))(1) for z in items]
            callable(lambda: 1)
            """,
            items=[1, 2, 3],
            n=10,
        )

    def test_recursion_ends(self):
        self.assertEqual(_capture.evaluate("(lambda f: f(f))(lambda f: f(f))")[0], BUDGET)
        self.assertEqual(_capture.evaluate("(lambda f, n: f(f, n))(lambda f, n: n and f(f, n - 1), 10)"), (0, 0))

    def test_generators(self):
        self.check(
            """
            sum(x for x in items)
            list(x * y for x in items for y in items if x < y)
            max((x for x in items), key=lambda x: -x)
            sorted(x % 2 for x in items)
            ','.join(str(x) for x in items)
            any(x > 2 for x in items)
            any((x > 2 for x in items))
            all(x for x in (y for y in items if y > 1))
            tuple(x for x in ())
            set(c for c in 'abca')
            [*(x for x in items)]
            {*(x for x in items)}
            max(*(x for x in items))
            sum(sum(y for y in range(x)) for x in items)
            2 in (x for x in items)
            7 in (x for x in items)
            (x for x in items) == 5
            list(x for x in 5)
            list(1 / x for x in [1, 0])
            [a for a, b in (p for p in zip(items, 'abc'))]
            [x for x in items if x in (y + 1 for y in items)]
            len(x for x in items)
            next(x for x in items)
            next(x for x in items if x > 1)
            next((x for x in items if x > 5), None)
            next((x for x in items if x > 5), 'none')
            next(x for x in items if x > 5)
            next(5)
            """,
            items=[1, 2, 3],
        )

    def test_generators_are_lazy(self):
        items = [1, 2, 0]
        self.assertEqual(_capture.evaluate("next(1 / x for x in items)"), (0, 1.0))
        self.assertEqual(_capture.evaluate("1.0 in (1 / x for x in items)"), (0, True))
        self.assertEqual(_capture.evaluate("any(1 / x > 0.7 for x in items)"), (0, True))
        self.assertEqual(_capture.evaluate("any(map(lambda x: 1 / x > 0.7, items))"), (0, True))
        self.assertEqual(_capture.evaluate("all(1 / x > 2 for x in items)"), (0, False))
        self.assertEqual(items, [1, 2, 0])

    def test_calls_with_unpacked_arguments(self):
        self.check(
            """
            max(*items)
            max(*items, 10)
            max(1, *items, *[7, 8])
            (lambda a, b, c: a - b - c)(*items)
            (lambda a, b, c: a - b - c)(**{'a': 1, 'c': 3, 'b': 2})
            (lambda a, b, c: a - b - c)(*[1, 2], c=0)
            'abcabc'.replace(*'ab')
            sorted(items, **{'reverse': True})
            sorted(*[items])
            print_nothing(*items)
            len(*items)
            max(*5)
            """,
            items=[1, 2, 3],
        )
        self.check("max(%s)" % ", ".join(map(str, range(40))))
        self.check("'%s-%s' % (*'ab',)")

    def test_names_of_a_class_body(self):
        scope = {"evaluate": _capture.evaluate, "x": "global"}
        exec(
            "class C:\n"
            "    x = 'of the class'\n"
            "    y = [1]\n"
            "    a = evaluate('x')\n"
            "    b = evaluate('[x for i in y]')\n"
            "    c = evaluate('(lambda: x)()')\n"
            "    d = evaluate('list(x for i in y)')\n"
            "    e = evaluate('[y for i in y]')\n",
            scope,
        )
        found = scope["C"]
        self.assertEqual((found.a, found.b, found.c), ((0, "of the class"), (0, ["global"]), (0, "global")))
        self.assertEqual((found.d, found.e[0]), ((0, ["global"]), RAISED))

    def test_locals_of_a_function_in_nested_scopes(self):
        limit, items = 2, [1, 2, 3]
        for source in ("[x for x in items if x > limit]", "list(x for x in items if x > limit)", "(lambda x: [x] if x > limit else [3])(1)"):
            self.assertEqual(_capture.evaluate(source), (0, [3]), source)
        self.assertTrue(items and limit)

    def test_nothing_of_the_evaluation_outlives_it(self):
        items, mapping = [1], {}
        for source in (
            "lambda: 1", "(x for x in items)", "zip(items)", "map(str, items)", "[lambda: 1]", "(lambda: 1,)", "{lambda: 1}", "{1: lambda: 1}",
            "{(x for x in items): 1}", "[*[lambda: 1]]", "[x for x in [lambda: 1]]", "(lambda *a: a)(lambda: 1)", "list((lambda: x) for x in items)",
            "list(map(lambda x: lambda: x, items))", "items or 5 and (lambda: 1)", "type(lambda: 1)", "(lambda: 1).__class__",
            "mapping.get(1, lambda: 1)", "getattr(items, 'zz', lambda: 1)", "dict(a=lambda: 1)", "repr(lambda: 1)", "enumerate(items)", "iter(items)",
        ):  # fmt: skip
            outcome, value = _capture.evaluate(source)
            if source.startswith("items or 5"):
                self.assertEqual((outcome, value), (0, [1]))
                continue
            with self.subTest(source=source):
                self.assertEqual(outcome, REFUSED, value)
        self.assertEqual((items, mapping), ([1], {}))


if __name__ == "__main__":
    unittest.main()
