"""Objects that are not what they look like: subclasses that hide code behind what is inherited, names of the library's own
classes, fields with values they never have, and proxies without end."""

import collections
import datetime
import decimal
import enum
import fractions
import re
import sys
import types

import hostile_app

try:
    import _sre
    from re import _compiler as compiler, _parser as parser
except ImportError:  # up to 3.10
    import sre_compile as compiler
    import sre_parse as parser

THEMES = {}

THEMES["subclasses with inherited methods"] = """
keyed_dict.copy()
keyed_dict.items()
keyed_dict.get('a')
keyed_dict == {'a': 1}
dict(keyed_dict)
{**keyed_dict}
dict(**keyed_dict)
'a' in keyed_dict
keyed_dict['a']
list(keyed_dict)
del_set.copy()
del_set.union([3])
del_set.difference([1])
del_set | {3}
del_set & {1}
del_set.copy().copy()
del_frozenset.copy()
del_frozenset.union([3])
del_dict.copy()
del_list.copy()
del_list + [1]
del_list[:]
del_tuple[:]
del_text.upper()
del_text[:]
del_text + 'a'
str(del_text)
f'{del_text}'
del_int.real
del_int.conjugate()
del_int + 1
int(del_int)
new_set.copy()
new_set.union([5])
new_set - {5}
shadow.x
foreign.member
foreign.class_name
foreign.arguments
foreign.real
foreign.globals
foreign.hour
getters.by_subclass
getters.of_text
getters.of_class()
getters.of_class_twice()
getters.of_static()
getters.of_object
getters.of_callable
Getters.by_subclass
named.a
named.b
named == (1, 2)
HiddenModule.__module__
HiddenModule.__qualname__
HiddenModule.__name__
HiddenModule.__doc__
hidden_module.__module__
hidden_module.x
HiddenModule == 1
isinstance(1, HiddenModule)
plain_meta.__module__
code.co_lnotab
function.__code__.co_lnotab
make_code.co_lnotab
code.co_code
code.co_positions()
code.co_lines()
code.co_consts
"""

THEMES["names of the library"] = """
fake_decimal + 1
1 + fake_decimal
fake_decimal == 1
hash(fake_decimal)
len(fake_decimal)
bool(fake_decimal)
round(fake_decimal)
abs(fake_decimal)
f'{fake_decimal:.1f}'
str(fake_decimal)
fake_decimal in {1}
decimal.Decimal(1) + fake_decimal
decimal.Decimal(1) == fake_decimal
len(fake_deque)
list(fake_deque)
fake_deque[0]
1 in fake_deque
fake_deque.count(1)
bool(fake_deque)
fake_deque == deque
fake_uuid == 1
str(fake_uuid)
hash(fake_uuid)
fake_uuid.int
fake_fraction + 1
fake_fraction == 1
-fake_fraction
str(fake_fraction)
fake_enum.name
fake_enum.value
fake_cached.value
fake_instrumented.value
instrumented.value
self_lazy['a']
self_lazy.x
self_lazy.get('a')
self_lazy == 1
self_lazy == self_lazy
len(self_lazy)
bool(self_lazy)
'a' in self_lazy
[x for x in self_lazy]
dict(self_lazy)
isinstance(self_lazy, dict)
str(self_lazy)
self_lazy()
deep_proxy['a']
deep_proxy.x
deep_proxy.get('a')
deep_proxy == 1
deep_proxy == deep_proxy
len(deep_proxy)
bool(deep_proxy)
'a' in deep_proxy
[x for x in deep_proxy]
dict(deep_proxy)
{**deep_proxy}
list(deep_proxy.keys())
isinstance(deep_proxy, dict)
str(deep_proxy)
hash(deep_proxy)
deep_proxy or 1
fake_getter.x
fake_local.x
fake_local == 1
"""

THEMES["results and fields of the wrong kind"] = """
f'{formats_object}'
f'{formats_object}{formats_object}'
f'{formats_none} {formats_none}'
f'a{formats_text:x}'
'{}'.format(formats_object)
'{} {}'.format(formats_none, formats_text)
format(formats_object)
format(formats_none, 'x') + 'a'
format(formats_text, 'x') == 'a'
str(wrong)
repr(wrong)
f'{wrong!r:>10}'
len(wrong)
bool(wrong)
not wrong
hash(wrong)
wrong == 1
wrong in [1]
wrong != wrong
list(wrong)
1 in wrong
wrong < 1
{wrong}
buffer_match.group()
buffer_match.group(1)
buffer_match[0]
buffer_match.groups()
buffer_match.groupdict()
memory_match.group(1)
text_match.group()
text_match.group('x')
text_match.groupdict()
named_match.group('x')
named_match.group('y')
named_match['x']
named_match.groupdict()
named_match.groups()
named_match.span('x')
named_match.start('x')
named_match.end('y')
named_match.expand('x')
named_match.lastgroup
named_match.re.groupindex
named_pattern.match('aaa')
named_pattern.search('aaa').group('x')
long_error.filename
str(long_error)
f'{long_error}'
'%s' % long_error
repr(long_error)
str(text_error)
str(text_key_error)
repr(text_key_error)
f'{text_key_error}'
bad_fraction + 1
bad_fraction == 1
bad_fraction < fraction
bad_fraction * bad_fraction
-bad_fraction
hash(bad_fraction)
str(bad_fraction)
bool(bad_fraction)
bad_fraction // 1
zero_fraction + 1
zero_fraction == 1
zero_fraction < fraction
zero_fraction % 1
fraction / zero_fraction
float(zero_fraction)
text_fraction + 1
text_fraction == 1
str(text_fraction)
long_fraction + long_fraction
long_fraction * long_fraction
long_fraction == long_fraction
long_fraction < fraction
hash(long_fraction)
str(long_fraction)
long_fraction ** 2
long_fraction % 1
empty_fraction + 1
empty_fraction == 1
str(empty_fraction)
fraction ** 10 ** 7
fraction ** (1 << 10 ** 6)
fraction ** 0.5
2 ** fraction
fraction + trap_int
trap_int + fraction
fraction == decimal.Decimal(1)
wrong_flag | Three.A
wrong_flag & Three.A
~wrong_flag
wrong_flag in Three.A
hash(wrong_flag)
str(wrong_flag)
wrong_flag.name
wrong_flag.value
bool(wrong_flag)
negative_flag | Three.A
~negative_flag
empty_flag | Three.A
empty_flag.value
hash(empty_flag)
empty_flag in Three.A
long_flag | Three.A
~long_flag
Three.A | Three.B
Three.A | Three.B | Three.C
~Three.A
Three.A ^ Three.C
OwnOr.A | OwnOr.B
OwnOr.A in OwnOr.B
~OwnOr.A
OwnEqual.A == 1
OwnEqual.A in [1]
{OwnEqual.A}
hash(OwnEqual.A)
OwnEqual.A.name
OwnAdd.A + 1
1 + OwnAdd.A
OwnAdd.A - 1
f'{OwnAdd.A}'
'%d' % OwnAdd.A
'%s' % OwnAdd.A
{1: 2}[OwnAdd.A]
[1, 2][OwnAdd.A]
"""

THEMES["zones"] = """
aware - when
when - aware
aware - day
day - aware
aware - aware_time
aware - other_aware
other_aware - aware
aware == other_aware
[aware].index(other_aware)
{1: aware} == {1: other_aware}
aware in {aware}
max([aware, other_aware])
aware + datetime.timedelta(1) - when
aware.replace(hour=1) - when
aware - datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) - aware
when - datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
sum([aware - when])
sorted([aware - when, aware - aware])
aware - None
aware - 5
aware_time == other_time
aware_time < other_time
f'{aware - when}'
any(a - when for a in [aware])
"""


class Text(str):
    """Compares and hashes by running code."""

    def __eq__(self, other):
        hostile_app.calls.append("Text.__eq__")
        return False

    def __hash__(self):
        hostile_app.calls.append("Text.__hash__")
        return str.__hash__(self)


class KeyedDict(dict):
    def __iter__(self):
        hostile_app.calls.append("KeyedDict.__iter__")
        return dict.__iter__(self)

    def keys(self):
        hostile_app.calls.append("KeyedDict.keys")
        return dict.keys(self)

    def __getitem__(self, key):
        hostile_app.calls.append("KeyedDict.__getitem__")
        return 1


class NewSet(set):
    def __new__(cls, *arguments):
        hostile_app.calls.append("NewSet.__new__")
        return set.__new__(cls)


class SlotBase:
    __slots__ = ("x",)


class Shadow(SlotBase):
    __slots__ = ()
    x = property(hostile_app.hook("Shadow.x", 1))


class Foreign:
    """Descriptors of other classes."""

    member = SlotBase.x
    class_name = type.__dict__["__name__"]
    arguments = BaseException.__dict__["args"]
    real = int.__dict__["real"]
    globals = types.FunctionType.__dict__["__globals__"]
    hour = datetime.datetime.__dict__["hour"]


class Property(property):
    def __get__(self, instance, owner=None):
        hostile_app.calls.append("Property.__get__")
        return 1


class Getters:
    by_subclass = Property(hostile_app.hook("by_subclass"))
    of_text = property(Text("x"))
    of_class = classmethod(staticmethod(hostile_app.hook("of_class")))
    of_class_twice = classmethod(classmethod(hostile_app.hook("of_class_twice")))
    of_static = staticmethod(Text("x"))
    of_object = property(5)
    of_callable = property(type("Callable", (), {"__call__": hostile_app.hook("Callable.__call__")})())


class Named(collections.namedtuple("Named", "a b")):
    a = property(hostile_app.hook("Named.a", 5))


class Result:
    def __init__(self, result):
        self.result = result

    def __format__(self, specification):
        return self.result


class Wrong:
    """Its methods return what they must not."""

    def __str__(self):
        return self

    def __repr__(self):
        return 5

    def __len__(self):
        return -1

    def __bool__(self):
        return 1

    def __hash__(self):
        return "x"

    def __eq__(self, other):
        return self

    def __lt__(self, other):
        return self

    def __iter__(self):
        return 5

    def __contains__(self, item):
        return self


class Int(int):
    def __add__(self, other):
        hostile_app.calls.append("Int arithmetic")
        return 1

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __mod__ = __pow__ = __rpow__ = __and__ = __or__ = __ror__ = __rand__ = __add__
    __neg__ = __invert__ = hostile_app.hook("Int unary", 1)
    __eq__ = __lt__ = __gt__ = __bool__ = hostile_app.hook("Int comparison", True)
    __hash__ = __index__ = hostile_app.hook("Int.__hash__", 1)


class Three(enum.Flag):
    A, B, C = 1, 2, 4


class OwnOr(enum.Flag):
    A, B = 1, 2

    def __or__(self, other):
        hostile_app.calls.append("OwnOr.__or__")
        return self

    def __contains__(self, other):
        hostile_app.calls.append("OwnOr.__contains__")
        return True

    @classmethod
    def _missing_(cls, value):
        hostile_app.calls.append("OwnOr._missing_")
        return cls.A


class OwnEqual(enum.Enum):
    A = 1

    def __eq__(self, other):
        hostile_app.calls.append("OwnEqual.__eq__")
        return True

    def __hash__(self):
        hostile_app.calls.append("OwnEqual.__hash__")
        return 1


class OwnAdd(enum.IntEnum):
    A = 1

    def __add__(self, other):
        hostile_app.calls.append("OwnAdd.__add__")
        return 1

    __sub__ = __radd__ = __add__

    def __format__(self, specification):
        hostile_app.calls.append("OwnAdd.__format__")
        return "x"

    def __str__(self):
        hostile_app.calls.append("OwnAdd.__str__")
        return "x"


class Zone(datetime.tzinfo):
    utcoffset = hostile_app.hook("other utcoffset", datetime.timedelta(0))
    dst = hostile_app.hook("other dst")
    tzname = hostile_app.hook("other tzname", "x")


class Buffer:
    def __buffer__(self, flags):  # 3.12
        hostile_app.calls.append("Buffer.__buffer__")
        return memoryview(b"abc")


def _special(of, *names):
    return {name: hostile_app.hook("%s.%s" % (of, name)) for name in names}


def _lazy(wrapped):
    """One that has the name of Django's."""
    answers = _special("SimpleLazyObject", "__getattr__", "__eq__", "__len__", "__bool__", "__iter__", "__contains__", "__getitem__", "__str__", "__call__")
    lazy = type("SimpleLazyObject", (), dict(answers, __module__="django.utils.functional"))()
    lazy.__dict__["_wrapped"] = lazy if wrapped is None else wrapped
    return lazy


def _deep_proxy():
    proxy = {"a": 1}
    for _ in range(2000):
        proxy = types.MappingProxyType(proxy)
    return proxy


def _fraction(numerator, denominator):
    fraction = fractions.Fraction(1, 3)
    fraction._numerator, fraction._denominator = numerator, denominator
    return fraction


def _flag(name, value):
    flag = object.__new__(Three)
    if value is not None:
        flag._name_, flag._value_ = name, value
    return flag


def _named_pattern():
    """Its groups have names that re.compile() would not give them."""
    if sys.version_info < (3, 7):
        return re.compile("(?P<x>a)")
    import _sre

    parsed = parser.parse("(?P<x>a)", 0)
    name = type("Name", (Text,), {"__hash__": hostile_app.hook("Name.__hash__", hash("x"))})("y")
    return _sre.compile("(?P<x>a)", 32, compiler._code(parsed, 0), 1, {name: 1}, (None, name))


def objects():
    """What the expressions see, by name; the same classes each time."""
    finalized = {"__del__": hostile_app.hook("__del__")}
    fake_local = type("LocalProxy", (), dict(_special("LocalProxy", "__getattr__", "__eq__"), __module__="werkzeug.local"))()
    local, get_name = [1], type("operator.attrgetter", (complex,), {})(1, 1e300)
    fake_local.__dict__["_get_current_object"] = lambda: (local, get_name)
    hidden = type("HiddenModule", (), {Text("__module__"): "x", Text("__qualname__"): "y", Text("x"): 1})
    found = {
        "keyed_dict": KeyedDict(a=1, b=2), "del_set": type("DelSet", (set,), finalized)([1, 2]), "del_frozenset": type("DelFrozenset", (frozenset,), finalized)([1]),
        "del_dict": type("DelDict", (dict,), finalized)(a=1), "del_list": type("DelList", (list,), finalized)([1]), "del_tuple": type("DelTuple", (tuple,), finalized)([1]),
        "del_text": type("DelText", (str,), finalized)("abc"), "del_int": type("DelInt", (int,), finalized)(7), "new_set": NewSet(), "shadow": Shadow(), "foreign": Foreign(),
        "getters": Getters(), "Getters": Getters, "named": Named(1, 2), "HiddenModule": hidden, "hidden_module": hidden(), "plain_meta": type("Meta", (type,), {})("Plain", (), {}),
        "make_code": objects.__code__,
        "fake_decimal": type("decimal.Decimal", (), _special("Decimal", "__add__", "__radd__", "__eq__", "__hash__", "__len__", "__bool__", "__str__", "__abs__", "__round__"))(),
        "fake_deque": type("collections.deque", (), _special("deque", "__len__", "__iter__", "__getitem__", "__contains__", "__bool__", "__eq__"))(),
        "fake_uuid": type("UUID", (), dict(_special("UUID", "__eq__", "__hash__", "__str__"), __module__="uuid", int=property(hostile_app.hook("UUID.int"))))(),
        "fake_fraction": type("Fraction", (), dict(_special("Fraction", "__add__", "__eq__", "__neg__", "__str__"), __module__="fractions", _numerator=1, _denominator=2))(),
        "fake_enum": type("Holder", (), {name: type("enum.property", (), _special("property", "__get__", "__set__"))() for name in ("name", "value")})(),
        "fake_cached": type("Holder", (), {"value": type("cached_property", (), dict(_special("cached_property", "__get__", "func"), __module__="functools"))()})(),
        "fake_local": fake_local, "fake_getter": get_name, "self_lazy": _lazy(None), "deep_proxy": _deep_proxy(),
        "formats_object": Result(object()), "formats_none": Result(None), "formats_text": Result(Text("a")), "wrong": Wrong(),
        "buffer_match": re.match(b"(.)", Buffer() if sys.version_info >= (3, 12) else bytearray(b"abc")), "memory_match": re.match(b"(.)", memoryview(b"abc")),
        "text_match": re.match("(?P<x>.)", Text("abc")), "named_pattern": _named_pattern(), "text_error": OSError(2, Text("no")), "text_key_error": KeyError(Text("no")),
        "long_error": OSError(2, "no", "\0" * 10**6), "bad_fraction": _fraction(Int(5), Int(3)), "zero_fraction": _fraction(1, 0), "text_fraction": _fraction(1, "x"),
        "long_fraction": _fraction((1 << 8 * 10**6) + 1, (1 << 7 * 10**6) + 3), "empty_fraction": fractions.Fraction.__new__(fractions.Fraction),
        "Three": Three, "OwnOr": OwnOr, "OwnEqual": OwnEqual, "OwnAdd": OwnAdd, "wrong_flag": _flag(Text("x"), Int(3)), "negative_flag": _flag(None, -1), "empty_flag": _flag(None, None),
        "long_flag": _flag("x", 1 << 8 * 10**6), "other_aware": datetime.datetime(2020, 1, 1, tzinfo=Zone()), "other_time": datetime.time(1, tzinfo=Zone()),
    }  # fmt: skip
    found["named_match"] = found["named_pattern"].match("aaa")
    instrumented = type("InstrumentedAttribute", (), dict(_special("InstrumentedAttribute", "__get__", "__set__"), __module__="sqlalchemy.orm.attributes"))()
    holder = type("Holder", (), {"value": instrumented})
    found["instrumented"], found["fake_instrumented"] = holder(), holder()
    found["instrumented"].__dict__["value"] = 5
    del hostile_app.calls[:]
    return found
