"""Numbers and members of enumerations whose classes have methods of their own: what the library's would compute is not for them."""

import enum
import uuid
from fractions import Fraction

written = []

UNARY = ("neg", "pos", "abs", "invert", "int", "float", "complex", "index", "round", "trunc", "floor", "ceil", "hash", "bool", "str", "repr")
BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "and", "or", "xor", "lshift", "eq", "lt", "le", "gt", "ge", "format", "contains")


def noting(name, result):
    def method(self, *arguments):
        written.append(name)
        return result

    method.__name__ = "__%s__" % name
    return method


def with_notes(cls):
    """Every special method notes that it ran."""
    for name in UNARY:
        setattr(cls, "__%s__" % name, noting(name, {"str": "a", "repr": "a", "float": 1.0, "complex": 1j, "bool": True}.get(name, 1)))
    for name in BINARY:
        setattr(cls, "__%s__" % name, noting(name, "a" if name == "format" else True))
        setattr(cls, "__r%s__" % name, noting("r" + name, True))
    return cls


@with_notes
class NotedFraction(Fraction):
    @property
    def numerator(self):
        written.append("numerator")
        return 1


@with_notes
class NotedInt(int):
    @property
    def numerator(self):
        written.append("numerator")
        return 1

    denominator = numerator


class NotedText(str):
    def __add__(self, other):
        return written.append("add")

    __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __hash__ = __add__

    def __eq__(self, other):
        written.append("eq")
        return True


class NotedFlag(enum.Flag):
    A = 1
    B = 2

    def __or__(self, other):
        written.append("or")
        return self

    __and__ = __xor__ = __ror__ = __rand__ = __rxor__ = __or__

    def __invert__(self):
        written.append("invert")
        return self

    def __bool__(self):
        written.append("bool")
        return True

    def __hash__(self):
        written.append("hash")
        return 1

    def __str__(self):
        written.append("str")
        return "a"

    def __format__(self, specification):
        written.append("format")
        return "a"

    @classmethod
    def _missing_(cls, value):
        written.append("missing")
        return cls.A


class PlainFlag(enum.Flag):
    """A combination of its members would be noted in the class."""

    A = 1
    B = 2
    C = 4


class PlainMode(enum.IntFlag):
    A = 1
    B = 2
    C = 4


class NotedMember(enum.IntEnum):
    ONE = 1

    def __add__(self, other):
        written.append("add")
        return 1

    __radd__ = __mul__ = __rmul__ = __mod__ = __and__ = __rand__ = __or__ = __ror__ = __add__

    def __index__(self):
        written.append("index")
        return 1

    __int__ = __neg__ = __abs__ = __round__ = __hash__ = __index__

    def __str__(self):
        written.append("str")
        return "a"

    __repr__ = __str__

    def __format__(self, specification):
        written.append("format")
        return "a"


class NotedUuid(uuid.UUID):
    def __init__(self, *arguments, **named):
        written.append("init")
        super(NotedUuid, self).__init__(*arguments, **named)


odd_fraction = Fraction(1, 3)
odd_fraction._numerator = NotedInt(1)

OBJECTS = {
    "noted_fraction": Fraction.__new__(NotedFraction, 1, 3), "odd_fraction": odd_fraction, "noted_int": NotedInt(5), "noted_text": NotedText("text"),
    "noted_flag": NotedFlag.A, "noted_member": NotedMember.ONE, "PlainFlag": PlainFlag, "PlainMode": PlainMode, "NotedFlag": NotedFlag, "NotedUuid": NotedUuid,
    "fraction": Fraction(7, 2),
}  # fmt: skip

OF_NUMBERS = """
%s + fraction
fraction + %s
fraction == %s
fraction < %s
fraction ** %s
fractions.Fraction(%s)
fractions.Fraction(1, %s)
round(fraction, %s)
fraction.limit_denominator(%s)
-%s
+%s
~%s
abs(%s)
round(%s)
round(%s, 1)
int(%s)
float(%s)
complex(%s)
hash(%s)
hex(%s)
range(%s)
divmod(%s, 2)
divmod(2, %s)
%s ** 2
2 ** %s
%s & 1
1 | %s
%s ^ %s
[0] * %s
%s * 'a'
not %s
{%s: 1}
{%s, 1}
{1: 2, %s: 3}
{(%s, 1)}
%s in {1: 2}
%s in {5, 1}
(%s, 1) in {(1, 1)}
hash((%s, 1))
str(%s)
repr(%s)
f'{%s}'
f'{%s:5}'
'{}'.format(%s)
'%%s' %% %s
'%%d' %% %s
'%%f' %% %s
'%%x' %% %s
math.floor(%s)
math.sqrt(%s)
uuid.UUID(int=%s)
sum([%s, fraction])
max(%s, fraction)
"""

THEMES = {}
THEMES["numbers and members"] = "".join(OF_NUMBERS.replace("%s", name).replace("%%", "%") for name in OBJECTS if name.startswith(("noted", "odd"))) + """
PlainFlag.A | PlainFlag.B
PlainFlag.A | PlainFlag.B == PlainFlag.C
~PlainFlag.A
~PlainFlag.A & PlainFlag.B
PlainFlag.A ^ PlainFlag.C
bool(PlainFlag.A | PlainFlag.C)
str(PlainFlag.A | PlainFlag.C)
f'{PlainFlag.A | PlainFlag.C}'
PlainFlag(7)
PlainMode.A | PlainMode.C
PlainMode.A | 8
PlainMode.A | -1
~PlainMode.A
PlainMode(9)
PlainMode.A ^ 6
{PlainMode.A | PlainMode.B}
{PlainFlag.A | PlainFlag.B: 1}
NotedFlag.A | NotedFlag.B
NotedFlag(3)
NotedUuid(int=5)
NotedUuid('12345678123456781234567812345678')
noted_text + 'a'
'a' + noted_text
noted_text % 1
{noted_text: 1}
','.join([noted_text, 'a'])
'{0.numerator} {0[0]}'.format(noted_fraction)
'{0.numerator:{1}}'.format(noted_int, noted_text)
'{0.value} {0.__class__} {0.iter}'.format(trap)
'{0[x]}'.format(trap)
'{:{}}'.format(1, trap)
"""
