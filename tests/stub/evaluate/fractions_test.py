"""Fractions: their class is written in Python, and each answer is what it would give, without a line of it that runs."""

import decimal
import fractions
import math
import random
import unittest
from decimal import Decimal
from fractions import Fraction

import _capture

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5

EXPRESSIONS = r"""
f + g
f + 1
1 + f
f - g
2 - f
f * g
3 * f
f / g
1 / f
f // g
7 // f
f % g
7 % f
divmod(f, g)
divmod(7, f)
f + True
f + 0.5
0.5 + f
f // 0.25
1.5 % f
f / 0
f % 0
1 / zero
f + (1 + 2j)
(1 - 2j) * f
f * 2j
f // 1j
f + 'a'
'a' + f
f + None
[1] * f
f * [1]
f + Decimal(1)
Decimal(1) * f
f ** 2
f ** -2
g ** 3
g ** -3
zero ** -1
zero ** 0
f ** 0.5
g ** 0.5
f ** g
f ** whole
2 ** whole
2 ** -whole
2 ** f
2.0 ** f
2.0 ** whole
(-8) ** f
'a' ** whole
f ** 'a'
f ** Decimal(2)
Decimal(2) ** whole
pow(f, 2)
f & 1
f << 1
~f
-f
+f
-zero
abs(g)
abs(f)
not f
not zero
bool(f)
f if zero else g
f < g
f < 1
f <= 0.5
1 > f
f > 0
f == Fraction(1, 3)
f == 0.5
f != g
whole == 4
whole == 4.0
whole == 4 + 0j
f == 1j
f < 1j
f == True
f < infinite
f < infinite_price
-infinite_price >= f
no_price == f
f != no_price
f <= no_price
f == infinite
f > -infinite
f == not_a_number
f < not_a_number
f < price
price < f
Fraction(1, 2) == Decimal('0.5')
f == 'a'
f < 'a'
f == None
f == [f]
f is None
f in [f]
f in (1, Fraction(1, 3))
0 < f < 1
max(f, g)
min([f, 1, 0.2])
sorted([f, g, 0])
sum([f, g])
sum([f, g], Fraction(0))
[i * f for i in range(3)]
float(f)
complex(f)
int(g)
int(f)
int(-g)
round(g)
round(f, 2)
round(g, 0)
round(big, -2)
round(Fraction(5, 2))
round(Fraction(7, 2))
round(Fraction(-5, 2))
math.floor(g)
math.ceil(g)
math.trunc(g)
math.sqrt(whole)
math.isclose(f, 1 / 3)
hash(f)
hash(g)
hash(whole) == hash(4)
hash(modulus)
hash(Fraction(-1))
str(f)
str(whole)
repr(g)
f'{f} {whole!r}'
f'{f!s:>10}'
'%s and %r' % (f, g)
'%.2f %d %g' % (f, g, f)
'%x' % f
'{} {!r}'.format(f, g)
format(f, '')
f.numerator
g.denominator
big.limit_denominator(10)
big.limit_denominator()
big.limit_denominator(100)
(-big).limit_denominator(7)
f.limit_denominator(0)
f.limit_denominator(2)
g.limit_denominator(1)
Fraction()
Fraction(3)
Fraction(True)
Fraction(1, 3)
Fraction(2, -4)
Fraction(0, -4)
Fraction(1, 0)
Fraction(f)
Fraction(f, g)
Fraction(f, 2)
Fraction(0.5)
Fraction(1.1)
Fraction(0.5, 2)
Fraction(Decimal('1.1'))
Fraction('1/3')
Fraction('-6/4')
Fraction(' 7 ')
Fraction('+0.125')
Fraction('.5')
Fraction('1e3')
Fraction('-1.5E-3')
Fraction('1/0')
Fraction('abc')
Fraction('')
Fraction('1/')
Fraction('1.5/2')
Fraction(None)
Fraction([1])
Fraction('1', 2)
Fraction(numerator=1, denominator=3)
Fraction(1, denominator=3)
isinstance(f, Fraction)
f.real == f
f.imag
f.conjugate() == f
"""


def names():
    return {
        "Fraction": Fraction, "Decimal": Decimal, "math": math, "f": Fraction(1, 3), "g": Fraction(-7, 2), "whole": Fraction(4), "zero": Fraction(0),
        "big": Fraction(3141592653589793, 10 ** 15), "price": Decimal("0.35"), "infinite": float("inf"), "infinite_price": Decimal("Infinity"), "no_price": Decimal("NaN"), "not_a_number": float("nan"),
        "modulus": Fraction(5, 2 ** 61 - 1),
    }  # fmt: skip


class FractionsTest(unittest.TestCase):
    def evaluate(self, source, scope):
        namespace = dict(scope, evaluate=_capture.evaluate, source=source)
        exec("def function():\n    return evaluate(source, 0, 10**6)\n\nanswer = function()", namespace)
        while namespace["answer"][0] == WAITING:
            exec("answer = function()", namespace)
        return namespace["answer"]

    def test_each_has_pythons_value(self):
        scope = names()
        for source in EXPRESSIONS.strip().splitlines():
            outcome, value = self.evaluate(source, scope)
            try:
                wanted = eval(source, dict(scope))
            except Exception:
                self.assertEqual(outcome, RAISED, (source, value))
                continue
            self.assertEqual(outcome, ACCEPTED, (source, value))
            self.assertEqual((type(value), repr(value)), (type(wanted), repr(wanted)), source)

    def test_random_ones(self):
        chance = random.Random(5)
        operators = ("+", "-", "*", "/", "//", "%", "<", "==", ">=")
        for _ in range(500):
            digits = chance.choice((3, 20, 60))
            f, g = (Fraction(chance.randint(-(10 ** digits), 10 ** digits), chance.randint(1, 10 ** digits)) for _ in range(2))
            scope = {"f": f, "g": g, "i": chance.randint(-9, 9), "limit": chance.randint(1, 10 ** 4)}
            for source in ("f %s g", "f %s i", "i %s g"):
                source = source % chance.choice(operators)
                try:
                    wanted = eval(source, dict(scope))
                except ZeroDivisionError:
                    continue
                self.assertEqual(self.evaluate(source, scope), (ACCEPTED, wanted), (source, scope))
            for source in ("hash(f)", "round(f, i)", "round(f)", "f.limit_denominator(limit)", "f ** (i % 4)", "str(f)"):
                self.assertEqual(self.evaluate(source, scope), (ACCEPTED, eval(source, dict(scope))), (source, scope))

    def test_large_ones_end_with_the_budget(self):
        scope = names()
        for source in ("f ** 10**9", "f ** -(10**9)", "Fraction('1e999999')", "Fraction(1, 3) ** 10**8 > 1", "Fraction(10**4000, 3) ** 1000", "round(f, 10**9)"):
            self.assertEqual(self.evaluate(source, scope)[0], BUDGET, source)

    def test_subclasses_are_not_asked(self):
        calls = []

        class Sub(Fraction):
            def __add__(self, other):
                calls.append("add")
                return 5

            __radd__ = __add__

            def __str__(self):
                calls.append("str")
                return "sub"

            def __eq__(self, other):
                calls.append("eq")
                return True

            def __hash__(self):
                calls.append("hash")
                return 1

            def __float__(self):
                calls.append("float")
                return 1.0

        scope = dict(names(), sub=Sub(1, 3), Sub=Sub)
        for source in ("sub + f", "f + sub", "sub + 1", "sub == f", "f == sub", "hash(sub)", "str(sub)", "float(sub)", "Fraction(sub)", "Sub(1, 2)", "'%s' % sub", "{sub}"):
            self.assertNotEqual(self.evaluate(source, scope)[0], ACCEPTED, source)
        self.assertEqual(calls, [])

    def test_what_is_in_them_is_no_int(self):
        class Number(int):
            calls = []

            def __mul__(self, other):
                self.calls.append("mul")
                return 5

            __rmul__ = __add__ = __mul__

            def __eq__(self, other):
                self.calls.append("eq")
                return True

            __hash__ = None

        odd, empty = Fraction(1, 3), Fraction.__new__(Fraction)
        odd._numerator = Number(1)
        del empty._numerator
        scope = dict(names(), odd=odd, empty=empty)
        for source in ("odd + 1", "odd == 1", "1 < odd", "float(odd)", "round(odd)", "-odd", "hash(odd)", "Fraction(odd)", "empty + 1", "empty == 1", "-empty", "str(empty)", "bool(empty)"):
            self.evaluate(source, scope)
            self.assertEqual(Number.calls, [], source)

    def test_a_class_that_was_changed_is_not_taken_for_it(self):
        calls = []
        scope = names()

        def method(*arguments):
            calls.append(arguments)
            return 7

        for name, sources in (
            ("__add__", ("f + g", "f + 1")),
            ("__radd__", ("1 + f",)),
            ("__eq__", ("f == 1", "f != 1")),
            ("__hash__", ("hash(f)",)),
            ("__round__", ("round(f)",)),
            ("__str__", ("str(f)", "f'{f}'")),
            ("__neg__", ("-f",)),
            ("__trunc__", ("math.trunc(f)",)),
            ("__bool__", ("not f",)),
            ("__new__", ("Fraction(1, 2)", "f + 1", "-f")),
            ("__del__", ("Fraction(1, 2)", "f + 1", "-f")),
            ("limit_denominator", ("f.limit_denominator(5)",)),
        ):
            had = name in vars(Fraction)
            original = vars(Fraction).get(name)
            setattr(Fraction, name, method)
            try:
                for source in sources:
                    self.assertNotEqual(self.evaluate(source, scope)[0], ACCEPTED, source)
                    self.assertEqual(calls, [], source)
            finally:
                if had:
                    setattr(Fraction, name, original)
                else:
                    delattr(Fraction, name)
            del calls[:]
        self.assertEqual(self.evaluate("f + 1", names()), (ACCEPTED, Fraction(4, 3)))

    def test_a_class_of_that_name(self):
        class Fraction(object):
            __slots__ = ("_numerator", "_denominator")

            def __init__(self, *arguments):
                raise AssertionError

        original = fractions.Fraction
        fractions.Fraction = Fraction
        value = Fraction.__new__(Fraction)
        value._numerator, value._denominator = 1, 2
        try:
            for source in ("value + 1", "-value", "Fraction(1, 2)", "value == 1", "hash(value) == 1", "str(value) == '1/2'"):
                outcome, answer = self.evaluate(source, {"value": value, "Fraction": Fraction})
                self.assertFalse(outcome == ACCEPTED and answer is not False, source)
        finally:
            fractions.Fraction = original

    def test_the_decimal_context_stays(self):
        before = repr(decimal.getcontext())
        self.assertEqual(self.evaluate("f < price", names()), (ACCEPTED, True))
        self.assertEqual(repr(decimal.getcontext()), before)


if __name__ == "__main__":
    unittest.main()
