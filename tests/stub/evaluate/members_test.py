"""Members of enumerations, flags and UUIDs: their classes are written in Python, and each answer is what they would give,
without a line of them that runs and without a new member that a class knows of."""

import enum
import re
import unittest
import uuid
from uuid import UUID

import _capture

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Kind(str, enum.Enum):
    A = "a"
    B = "b"


class Named(enum.Enum):
    ONE = 1

    def __str__(self):
        return "the one"


class Perm(enum.Flag):
    R = 1
    W = 2
    X = 4
    RW = 3


class Mode(enum.IntFlag):
    R = 4
    W = 2
    X = 1


StrKind = getattr(enum, "StrEnum", None) and enum.StrEnum("StrKind", {"A": "a"}) or Kind

EXPRESSIONS = r"""
{Color.RED: 1}[color]
{Color.RED: 1, Color.BLUE: 2}.get(Color.BLUE)
{Color.RED: 1, color: 2}
{color, Color.RED, Color.BLUE} == {Color.RED, Color.BLUE}
color in {Color.RED, Color.BLUE}
color in {Color.BLUE}
color in (Color.RED,)
color not in [Color.BLUE]
len({color, Color.RED})
{m: m.value for m in Color}
len({m.name for m in Color})
set([color, Color.RED])
frozenset([color])
dict([(color, 1)])
{(color, 1): 2}[(Color.RED, 1)]
(color, 1) in {(Color.RED, 1), (Color.BLUE, 2)}
((color,), None) in {((Color.RED,), None)}
by_member[color]
by_member.get(Color.BLUE)
by_pair[color, 1]
(color, 2) in by_pair
hash(color) == hash(Color.RED)
hash((color, 1, 'a')) == hash((Color.RED, 1, 'a'))
hash((color,)) == hash((Color.RED,))
{Color.RED} & {color}
{Color.RED} | {Color.BLUE} == {Color.BLUE, Color.RED}
{Color.RED} - {color}
{Color.RED} <= {color}
{color}.issubset({Color.RED})
{color}.isdisjoint([Color.BLUE])
{color, 1, 'a', None} == {Color.RED, 1, 'a', None}
{1: 'int', True: 'bool', 1.0: 'float'}
{-1, -2, -1} == {-1, -2}
{level: 1}[2]
{2: 1}[level]
{level, 2, Level.LOW} == {1, 2}
level in {1, 2}
{kind: 1}['a']
kind in {'a', 'b'}
{kind} == {'a'}
{named: 1}[named]
{perm: 1}[Perm.R]
{mode: 1}[6]
Color.__members__['RED']
'RED' in Color.__members__
list(Color.__members__)
level + 1
1 + level
level * 2.5
2 ** level
level << 1
level & 3
'ab' * level
[0] * level
-level
~level
abs(level)
int(level)
float(level)
round(level)
list(range(level))
level / 2
divmod(7, level)
kind + 'b'
'x' + kind
kind * 2
'-'.join([kind, 'x'])
', '.join(m.name for m in Color)
str(color)
repr(color)
f'{color}|{color!r}|{color!s:>12}'
'%s %r' % (color, color)
'{} {!r}'.format(color, color)
str(level)
repr(level)
f'{level}|{level:>5}|{level:d}|{level!r}'
'%s %d %05d' % (level, level, level)
'{} {:03d}'.format(level, level)
format(level, 'x')
str(kind)
repr(kind)
f'{kind}|{kind:>5}|{kind!r}'
'%s' % kind
str(str_kind)
f'{str_kind:>3}'
'%s' % str_kind
str(named)
f'{named}'
'%s' % named
str(perm)
repr(perm)
f'{perm}'
str(mode_of_one)
f'{mode_of_one:d}'
perm | Perm.W
perms & Perm.W
perms & Perm.X
bool(perms & Perm.W)
bool(perms & Perm.X)
not perms & Perm.X
1 if perms & Perm.R else 2
perms ^ Perm.R
perms & ~Perm.W
(perms & ~Perm.W) == Perm.R
~perm & perms == Perm.W
Perm.W in perms
Perm.X in perms
perms == Perm.R | Perm.W
perms is Perm.RW
(Perm.R | Perm.W).name
(Perm.R | Perm.W).value
(Perm.W | Perm.X).value
(Perm.W | Perm.X) == (Perm.X | Perm.W)
(Perm.W | Perm.X) is (Perm.X | Perm.W)
(Perm.W | Perm.X) == perms
(Perm.W | Perm.X) in (Perm.R, Perm.X)
bool(Perm.W | Perm.X)
perms & (Perm.W | Perm.X)
bool(perms & (Perm.W | Perm.X))
perms & (Perm.W | Perm.X) == Perm.W
Perm.X in (Perm.W | Perm.X)
perms in (Perm.R | Perm.W | Perm.X)
(Perm.R | Perm.W | Perm.X) & perms
(~Perm.R).value
~Perm.R & perms
all(m in perms for m in (Perm.R, Perm.W))
[m for m in Perm if m in perms]
perm | None
perm | 1
perm & 'a'
mode & Mode.R
mode & Mode.X
bool(mode & Mode.W)
mode & 2
2 & mode
mode | Mode.W == 6
mode ^ Mode.R
mode == 6
mode + 1
mode - Mode.W
mode > 4
(mode | Mode.X) == 7
(mode | Mode.X).value
(mode | 1) & 1 == 1
bool(mode & True)
Mode.R in mode
re.I | re.M == 10
bool(re.search('WORLD$', text, re.I | re.M))
bool(re.search('WORLD$', text, flags=re.I | re.M))
bool(re.match('HELLO.*world', text, re.IGNORECASE | re.DOTALL))
uid == UUID('12345678-1234-5678-1234-567812345678')
UUID('{12345678-1234-5678-1234-567812345678}')
UUID('12345678123456781234567812345678')
UUID('urn:uuid:12345678-1234-5678-1234-567812345678')
UUID(hex='12345678123456781234567812345678') == uid
UUID(int=5)
UUID(int=2 ** 128 - 1)
UUID(int=2 ** 128)
UUID(int=-1)
UUID(bytes=b'1234567812345678')
UUID(bytes=b'12')
UUID('nope')
UUID('')
UUID('zz345678-1234-5678-1234-567812345678')
UUID()
UUID('1', int=5)
uid in {UUID('12345678-1234-5678-1234-567812345678')}
{UUID(int=5): 1}[UUID(int=5)]
uid > UUID(int=5)
sorted([uid, UUID(int=1)])[0].int
int(uid)
UUID(int=5).is_safe
UUID(int=5).hex
str(UUID(int=5))
"""


def names():
    return {
        "Color": Color, "Level": Level, "Kind": Kind, "Named": Named, "Perm": Perm, "Mode": Mode, "UUID": UUID, "re": re, "color": Color.RED, "level": Level.HIGH,
        "kind": Kind.A, "named": Named.ONE, "str_kind": StrKind.A, "perm": Perm.R, "perms": Perm.RW, "mode": Mode(6), "mode_of_one": Mode.R,
        "by_member": {Color.RED: 1}, "by_pair": {(Color.RED, 1): "x"}, "text": "hello\nworld", "uid": UUID("12345678-1234-5678-1234-567812345678"),
    }  # fmt: skip


class MembersTest(unittest.TestCase):
    def evaluate(self, source, scope):
        namespace = dict(scope, evaluate=_capture.evaluate, source=source)
        exec("def function():\n    return evaluate(source, 0, 10**6)\n\nanswer = function()", namespace)
        while namespace["answer"][0] == WAITING:
            exec("answer = function()", namespace)
        return namespace["answer"]

    def test_each_has_pythons_value(self):
        scope = names()
        classes = (Perm, Mode, re.RegexFlag, Color)
        before = [dict(each._value2member_map_) for each in classes]
        answers = []
        for source in EXPRESSIONS.strip().splitlines():
            outcome, value = self.evaluate(source, scope)
            text = type(value), repr(value) if outcome == ACCEPTED and not isinstance(value, enum.Flag) else value
            answers.append((source, outcome, value, text))
        self.assertEqual([dict(each._value2member_map_) for each in classes], before)
        for source, outcome, value, text in answers:
            try:
                wanted = eval(source, dict(scope))
            except Exception:
                self.assertIn(outcome, (RAISED, REFUSED) if "perm" in source else (RAISED,), (source, value))
                continue
            self.assertEqual(outcome, ACCEPTED, (source, value))
            self.assertIs(type(value), type(wanted), source)
            if isinstance(wanted, enum.Flag):
                self.assertEqual((value._value_, value._name_), (wanted._value_, wanted._name_), source)
                if len(source) < 20:
                    self.assertTrue(value is wanted or "X" in source, source)
            else:
                self.assertEqual(text, (type(wanted), repr(wanted)), source)

    def test_what_a_class_overrides_is_not_run(self):
        calls = []

        def method(name, result):
            def function(*arguments):
                calls.append(name)
                return result

            return function

        class Or(enum.Flag):
            A = 1
            B = 2
            __or__ = __ror__ = method("or", 5)
            __and__ = method("and", 5)
            __invert__ = method("invert", 5)
            __bool__ = method("bool", True)
            __hash__ = method("hash", 1)
            __str__ = method("str", "a")
            __format__ = method("format", "a")

        class Missing(enum.Flag):
            A = 1
            B = 2
            C = 4
            _missing_ = classmethod(method("missing", None))

        class New(enum.IntFlag):
            A = 1
            B = 2

            def __new__(cls, value):
                calls.append("new")
                self = int.__new__(cls, value)
                self._value_ = value
                return self

        class Number(enum.IntEnum):
            ONE = 1
            __add__ = __radd__ = __mul__ = __rmul__ = method("add", 7)
            __neg__ = __abs__ = __int__ = __float__ = __index__ = __round__ = method("number", 7)
            __eq__ = method("eq", True)
            __hash__ = method("hash", 1)
            __str__ = __repr__ = method("text", "a")
            __format__ = method("format", "a")

        class Text(str, enum.Enum):
            A = "a"
            __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = method("add", "x")
            __str__ = __repr__ = method("text", "a")
            __hash__ = method("hash", 1)
            __eq__ = method("eq", True)

        class Meta(type(enum.Enum)):
            __call__ = method("meta call", None)

        called = []
        Called = None
        try:
            Called = Meta("Called", (enum.Flag,), type(enum.Enum).__prepare__("Called", (enum.Flag,)))
        except Exception:  # what the metaclass itself does to make a class
            called.append("not made")
        del calls[:]
        scope = {"Or": Or, "Missing": Missing, "New": New, "Number": Number, "Text": Text, "Called": Called, "a": Or.A, "b": Or.B, "n": Number.ONE, "t": Text.A}
        for source in (
            "a | b", "a & b", "~a", "bool(a)", "not a", "{a}", "{a: 1}", "hash(a)", "str(a)", "f'{a}'", "'%s' % a", "n + 1", "1 + n", "n * 2", "2 * n", "[0] * n", "-n",
            "abs(n)", "int(n)", "float(n)", "round(n)", "range(n)", "n == 1", "{n}", "n in {1}", "hash(n)", "str(n)", "repr(n)", "f'{n}'", "'%s' % n", "'%d' % n", "t + 'a'", "'a' + t", "t * 2",
            "t % 1", "'%s' % t", "str(t)", "f'{t}'", "{t}", "hash(t)", "(n, 1) in {(1, 1)}", "hash((n, 1))", "hash((t,))", "{(a, 1)}",
        ):  # fmt: skip
            self.evaluate(source, scope)
            self.assertEqual(calls, [], source)
        for source in ("Missing.A | Missing.B", "New.A | New.B"):
            self.evaluate(source, scope)
            self.assertEqual(calls, [], source)

    def test_unknown_bits_are_refused(self):
        for source in ("mode | 8", "mode | -1", "Mode.R | 2 ** 70"):
            self.assertNotEqual(self.evaluate(source, names())[0], ACCEPTED, source)

    def test_a_table_that_was_changed(self):
        class Perm(enum.Flag):
            A = 1
            B = 2

        class Key:
            calls = []

            def __eq__(self, other):
                self.calls.append("eq")
                return True

            def __hash__(self):
                return hash(3)

        Perm._value2member_map_[Key()] = Perm.A
        outcome, value = self.evaluate("Perm.A | Perm.B", {"Perm": Perm})
        self.assertEqual(outcome, ACCEPTED, value)
        self.assertEqual(value._value_, 3)
        self.assertEqual(Key.calls, [])
        Perm._value2member_map_ = {}
        self.evaluate("Perm.A | Perm.B", {"Perm": Perm})
        Perm._value2member_map_ = Key()
        self.assertNotEqual(self.evaluate("Perm.A & Perm.B", {"Perm": Perm})[0], RAISED)
        self.assertEqual(Key.calls, [])

    def test_subclasses_of_uuid(self):
        calls = []

        class Sub(UUID):
            def __init__(self, *arguments, **named):
                calls.append("init")
                UUID.__init__(self, *arguments, **named)

        scope = {"Sub": Sub, "UUID": UUID}
        self.assertEqual(self.evaluate("Sub(int=5)", scope)[0], REFUSED)
        original = UUID.__init__
        UUID.__init__ = lambda *arguments, **named: calls.append("init")
        try:
            self.assertNotEqual(self.evaluate("UUID(int=5)", scope)[0], ACCEPTED)
        finally:
            UUID.__init__ = original
        self.assertEqual(calls, [])
        self.assertEqual(self.evaluate("UUID(int=5)", scope), (ACCEPTED, uuid.UUID(int=5)))


if __name__ == "__main__":
    unittest.main()
