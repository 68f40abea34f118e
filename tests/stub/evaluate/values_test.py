"""Values of the standard library that expressions compute with: each answer is Python's, and the decimal context of
the app stays as it is."""

import collections
import datetime
import decimal
import enum
import math
import time
import types
import unittest
import uuid
from datetime import timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import _capture

ACCEPTED, REFUSED, RAISED, BUDGET = 0, 2, 3, 4


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Perm(enum.Flag):
    R = 1
    W = 2


class Lvl(enum.IntEnum):
    LO = 1
    HI = 2


class Obj:
    def __init__(self):
        self.a = 1
        self.b = {"k": [1, 2]}


def scope():
    return {
        "Color": Color, "Perm": Perm, "Lvl": Lvl, "Obj": Obj, "Decimal": Decimal, "datetime": datetime, "timedelta": timedelta,
        "timezone": timezone, "math": math, "time": time, "collections": collections, "price": Decimal("19.99"), "qty": 3,
        "total": Decimal("59.97"), "big": Decimal("1e500"), "uid": uuid.UUID(int=0x12345678123456781234567812345678), "uid2": uuid.uuid4(),
        "half": Fraction(1, 2), "color": Color.RED, "perm": Perm.R | Perm.W, "lvl": Lvl.HI, "day": datetime.date(2024, 2, 29),
        "now": datetime.datetime(2024, 5, 1, 12, 30, 15, 123456, tzinfo=timezone.utc), "naive": datetime.datetime(2024, 5, 1, 12),
        "loc": datetime.datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=2))), "span": timedelta(days=2, hours=3),
        "dq": collections.deque([1, 2, 3], maxlen=5), "proxy": types.MappingProxyType({"a": 1}), "od": collections.OrderedDict([("a", 1), ("b", 2)]),
        "cnt": collections.Counter("abca"), "dd": collections.defaultdict(list, {"a": [1]}), "ba": bytearray(b"abc"), "mv": memoryview(b"abc"),
        "pt": collections.namedtuple("P", "x y")(1, 2), "cm": collections.ChainMap({"a": 1}, {"b": 2}), "err": KeyError("k"),
        "oserr": OSError(2, "No such file", "x"), "verr": ValueError("bad value"), "text": "hello world", "items": [3, 1, 2], "o": Obj(),
        "users": [{"name": "ann", "age": 30}, {"name": "bob", "age": 20}], "evaluate": _capture.evaluate,
    }  # fmt: skip


USEFUL = r"""
price * qty == total
price * qty
price > 10
price > 10.5
total / qty
round(price, 1)
int(price)
float(price)
str(price)
f'{price:.1f}'
'%.2f' % price
'%(name)s is %(age)d' % users[0]
'%(name)-6s|%(age)05d%%' % users[1]
'%(a)s%(a).1f' % {'a': 1.25, 'b': [1]}
'%(missing)s' % users[0]
'%(name)d' % users[0]
'%(name' % users[0]
'%(a(b))s' % {'a(b)': text}
price + 1
1 + price
price == 19.99
price in [Decimal('19.99')]
sum([price, total])
max(price, total)
sorted([total, price])
-price
abs(price)
price // 3
price % 3
price ** 2
price.quantize(Decimal('0.1'))
Decimal('1.5') + price
hash(price) == hash(Decimal('19.99'))
{price: 1}[price]
price + 1.5
price < 'a'
price == None
divmod(price, 3)
bool(price)
price.is_nan()
big > 5
int(big)
uid == uid2
str(uid)
str(uid).startswith('1234')
uid.hex
uid.version
f'{uid}'
repr(uid)
uid in {uid2}
uid in (uid2, uid)
hash(uid) == hash(uid.int)
half == 0.5
half < 1
str(half)
half.numerator
color is Color.RED
color == Color('red')
color == Color['RED']
color in Color
list(Color)
len(Color)
[c.value for c in Color]
color in (Color.RED, Color.BLUE)
color in {Color.RED, Color.BLUE}
str(color)
f'{color}'
repr(color)
hash(color) == hash('RED')
perm & Perm.R
bool(perm & Perm.R)
Perm.R in perm
lvl > 1
lvl == Lvl.HI
lvl + 1
now > naive
now - timedelta(hours=1)
now.isoformat()
str(now)
f'{now:%Y-%m-%d %H:%M:%S.%f %z}'
now.strftime('%Y-%m')
now.astimezone(timezone.utc)
now < datetime.datetime.now(timezone.utc)
naive < datetime.datetime.now()
datetime.datetime.now() - naive > timedelta(days=1)
day == datetime.date.today()
datetime.datetime(2024, 5, 1) == naive
day.year
day.strftime('%A')
day.strftime('100 %')
f'{now:%H %}'
day.weekday() < 5
day + timedelta(days=1)
now.date() == day
now.timestamp()
loc.utcoffset()
loc == now
str(loc)
loc - now
loc.tzinfo
now.tzinfo is timezone.utc
now.replace(hour=0)
span.total_seconds() / 3600
span > timedelta(days=1)
span // timedelta(hours=1)
datetime.time(12, 30) > naive.time()
timedelta(days=1, seconds=5)
dq[0]
len(dq)
2 in dq
list(dq)
dq.maxlen
[x for x in dq]
sum(dq)
dq.count(1)
proxy['a']
'a' in proxy
len(proxy)
proxy.get('z', 5)
list(proxy)
dict(proxy)
proxy.items()
od['a']
list(od)
od.keys()
list(od.items())
cnt['a']
cnt['zz']
sum(cnt.values())
dd['a']
dd.get('zz')
ba[0]
len(ba)
ba == b'abc'
bytes(ba)
b'a' in ba
len(mv)
pt.x + pt.y
pt._fields
pt._asdict()
cm['a']
'b' in cm
str(err)
str(oserr)
oserr.errno == 2
str(verr)
'bad' in str(verr)
repr(verr)
isinstance(verr, (ValueError, KeyError))
type(verr).__name__
type(verr) is ValueError
verr.args[0]
math.sqrt(2)
math.floor(2.5)
math.pi
math.isclose(1.0, 1.0000000001)
time.time() > 0
text.split()[0]
text.format(1)
'{} {}'.format(1, 'a')
'{a}-{b:>5}'.format(a=1, b='x')
o.a
o.b['k'][1]
vars(o)
o.__dict__
o.__class__.__name__
o.missing
o.__module__
Obj.__name__
Obj.__mro__
Obj.__module__
type(o).__qualname__
sorted(users, key=lambda u: u['age'])[0]['name']
max(users, key=lambda u: u['age'])
[u for u in users if u['age'] > 25]
min(u['age'] for u in users)
dict(zip('ab', [1, 2]))
{u['name']: u['age'] for u in users}
any(u['name'] == 'bob' for u in users)
list(map(str, items))
list(filter(None, [0, 1]))
list(enumerate(items))
sum(len(u['name']) for u in users)
list(reversed(items))
items[::-1]
next((u for u in users if u['name'] == 'bob'), None)
isinstance(o, Obj)
hasattr(o, 'a')
getattr(o, 'zz', 5)
id(o) == id(o)
callable(o)
text.encode('utf-8')
text.title()
len(text) > 5 and text[0] == 'h'
'{:,}'.format(1234567)
f'{1234567:,}'
f'{0.5:.1%}'
f'{text!r:>20}'
int('ff', 16)
int('12')
round(2.5678, 2)
pow(2, 10)
divmod(7, 2)
bin(10)
ascii('é')
bytes([1, 2])
complex(1, 2)
slice(1, 2)
format(3.14159, '.2f')
frozenset([1]) | {2}
o.a if o else None
collections.Counter
print
len
"""

# Refused where the class of an enumeration is of a Python whose source is not that of what runs, or differs too much.
MAY_BE_REFUSED = {
    "color == Color('red')", "color in Color", "list(Color)", "[c.value for c in Color]", "len(Color)", "str(color)", "f'{color}'", "repr(color)",
    "perm & Perm.R", "bool(perm & Perm.R)", "Perm.R in perm", "uid.hex", "uid.version", "cm['a']", "'b' in cm", "pt._asdict()", "cnt['zz']", "half.numerator",
}  # fmt: skip


class ValuesTest(unittest.TestCase):
    def evaluate(self, source, **more):
        names = scope()
        names.update(more)
        names["source"] = source
        exec("def function():\n    return evaluate(source)\n\nanswer = function()", names)
        return names["answer"], names

    def test_each_has_pythons_value(self):
        refused = []
        sources = USEFUL.strip().splitlines()
        for source in sources:
            (outcome, value), names = self.evaluate(source)
            try:
                wanted = eval(source, names)
            except Exception as error:
                if outcome != REFUSED:
                    self.assertEqual(outcome, RAISED, (source, value, error))
                continue
            if outcome == REFUSED:
                refused.append(source)
                continue
            self.assertEqual(outcome, ACCEPTED, (source, value))
            self.assertIs(type(value), type(wanted), source)
            if not callable(wanted) or isinstance(wanted, type):
                self.assertEqual(repr(value), repr(wanted), source)
        self.assertEqual([source for source in refused if source not in MAY_BE_REFUSED], [])
        self.assertGreater(len(sources) - len(refused), 150)

    def test_decimals_leave_the_context_alone(self):
        context = decimal.getcontext()
        context.clear_flags()
        before = repr(context)
        for source in ("price / 3", "price * qty", "price == 19.99", "f'{price:.1f}'", "round(price, 1)", "price.sqrt()", "sorted([total, price])", "hash(big)"):
            self.assertEqual(self.evaluate(source)[0][0], ACCEPTED, source)
        self.assertIs(decimal.getcontext(), context)
        self.assertEqual(repr(context), before)
        with decimal.localcontext() as local:
            local.prec = 3
            self.assertEqual(self.evaluate("price / 3")[0], (0, Decimal("6.66")))
            self.assertFalse(any(local.flags.values()))

    def test_decimals_raise_the_exceptions_of_python(self):
        for source, exception in (("price / 0", decimal.DivisionByZero), ("price // 0", decimal.DivisionByZero), ("price % 0", decimal.InvalidOperation), ("divmod(price, 0)", decimal.InvalidOperation), ("divmod(0, price * 0)", decimal.InvalidOperation)):
            with self.assertRaises(exception):
                eval(source, scope())
            self.assertEqual(self.told_class(source), exception, source)

    def told_class(self, source):
        names = dict(scope(), source=source)
        exec("answer = evaluate(source, tells_class=True)", names)
        return names["answer"][2]

    def test_decimals_follow_the_traps_of_the_app(self):
        self.assertEqual(self.evaluate("price / 0")[0][0], RAISED)
        with decimal.localcontext() as local:
            local.traps[decimal.DivisionByZero] = False
            self.assertEqual(self.evaluate("price / 0")[0], (0, Decimal("Infinity")))

    def test_large_decimals_end_with_the_budget(self):
        huge = Decimal("1e999999")
        long = Decimal("1." + "1" * 100000)
        for source in ("int(huge)", "f'{huge:f}'", "round(huge)", "long * long", "long + 1", "str(long)"):
            self.assertEqual(self.evaluate(source, huge=huge, long=long)[0][0], BUDGET, source)
        self.assertEqual(self.evaluate("huge > 5", huge=huge)[0], (0, True))

    def test_zones_of_the_app_are_not_asked(self):
        calls = []

        class Zone(datetime.tzinfo):
            def utcoffset(self, moment):
                calls.append("utcoffset")
                return timedelta(0)

        zone = Zone()
        first, second = datetime.datetime(2024, 1, 1, tzinfo=zone), datetime.datetime(2024, 1, 2, tzinfo=zone)
        other = datetime.datetime(2024, 1, 1, tzinfo=Zone())
        for source, wanted in (("first < second", True), ("second - first", timedelta(days=1)), ("first + span", first + timedelta(days=2, hours=3)), ("first.year", 2024)):
            self.assertEqual(self.evaluate(source, first=first, second=second)[0], (0, wanted), source)
        for source in ("first < now", "first - other", "str(first)", "first.isoformat()", "first == other", "hash(first)"):
            self.evaluate(source, first=first, other=other)
        self.assertEqual(calls, [])

    def test_reasons(self):
        for source, reason in (
            ("items.append(1)", "`items.append` changes a list"),
            ("users[0].update(a=1)", "`users[0].update` changes a dict"),
            ("dq.popleft()", "`dq.popleft` changes a collections.deque"),
            ("print(1)", "`print` is not known to be without effects"),
            ("dd['zz']", "`dd['zz']` would run `collections.defaultdict.__missing__`, which may add the key"),
            ("lambda: 1", "`lambda: 1` is a function, which only exists while the expression is evaluated"),
            ("sum(generator)", "`sum` is given a generator: reading it would use it up"),
            ("[x for x in generator]", "`generator` is a generator: reading it would use it up"),
        ):
            (outcome, value), _ = self.evaluate(source, generator=(i for i in [1]))
            self.assertEqual(outcome, REFUSED, (source, value))
            text = value[2][0].split(": ", 1)[1]
            if not text.startswith("this "):  # up to 3.7 nodes know only where they begin
                self.assertEqual(text, reason)


if __name__ == "__main__":
    unittest.main()
