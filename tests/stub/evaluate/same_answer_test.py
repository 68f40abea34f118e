"""Random expressions of what is accepted, over random data: the value and its type, or the type of the exception, is CPython's.

The generator is the same on every run. RANDOM_EXPRESSIONS in the environment is how many there are, else 8,000; 100,000 were
seen to agree on each version.
"""

import collections
import datetime
import decimal
import enum
import fractions
import os
import random
import unittest
import uuid
import warnings

import _capture

COUNT = int(os.environ.get("RANDOM_EXPRESSIONS", "8000"))
ACCEPTED, SYNTAX, REFUSED, RAISED, BUDGET = range(5)


class Color(enum.Enum):
    RED = "red"
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10


class Unit(str, enum.Enum):
    METER = "m"
    GRAM = "g"


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4
    ALL = 7


class Mode(enum.IntFlag):
    QUIET = 1
    FAST = 8


Point = collections.namedtuple("Point", "x y")


class User:
    kind = "user"
    limits = {"low": 1, "high": [10, 20]}

    def __init__(self, name, age, tags):
        self.name, self.age, self.tags, self.manager = name, age, tags, None


class Slots:
    __slots__ = ("first", "second", "third")


class Names(list):
    pass


class Settings(dict):
    pass


class Data:
    """The variables, by kind; the kind tells what is likely to go with what."""

    def __init__(self, random):
        self.random = random
        number = lambda: random.choice([0, 1, -1, 2, 5, 7, 255, -300, 2**31, 10**18, -(2**70), 10**40, random.randrange(-50, 50)])  # noqa: E731
        real = lambda: random.choice([0.0, -0.0, 1.0, 2.5, -3.75, 1e300, 1e-300, float("inf"), float("nan"), random.uniform(-100, 100)])  # noqa: E731
        text = lambda: random.choice(["", "a", "abc", "Hello World", "a,b,,c", " x ", "\xe9t\xe9", "\u65e5\u672c", "\U0001f600x", "42", "-7", "3.5", "a%sb", "ABC", "aaa", "x" * 40])  # noqa: E731
        data = lambda: random.choice([b"", b"a", b"abc", b"\x00\xff", b"a,b"])  # noqa: E731
        scalar = lambda: random.choice([number, real, text, lambda: None, lambda: True, lambda: False, data])()  # noqa: E731
        numbers = lambda: [number() for _ in range(random.randrange(5))]  # noqa: E731
        texts = lambda: [text() for _ in range(random.randrange(5))]  # noqa: E731
        mapping = lambda: {random.choice(["a", "b", "c", 1, None, (1, 2)]): scalar() for _ in range(random.randrange(4))}  # noqa: E731
        day = lambda: datetime.date(random.randrange(1990, 2030), random.randrange(1, 13), random.randrange(1, 28))  # noqa: E731
        moment = lambda: datetime.datetime(random.randrange(1990, 2030), 1, 2, random.randrange(24), 30)  # noqa: E731
        span = lambda: datetime.timedelta(random.randrange(-5, 5), random.randrange(10**5))  # noqa: E731
        price = lambda: decimal.Decimal(random.choice(["1.10", "-3", "0", "-0.0", "99999.5", "1E+30", "1e-9", "3.14159265358979323846264338327950288419", "Infinity", "NaN", str(random.randrange(-99, 99))]))  # noqa: E731
        ratio = lambda: fractions.Fraction(random.choice([0, 1, -1, 2, 7, 22, 10**30, random.randrange(-50, 50)]), random.choice([1, 2, 3, 7, 100, 10**20]))  # noqa: E731
        user = User(text(), number(), texts())
        user.manager = User("boss", 50, ["x"])
        slots = Slots()
        slots.first, slots.second = number(), texts()
        self.variables = {
            "number": {"i": number(), "j": number(), "k": number(), "level": random.choice(list(Level))},
            "real": {"r": real(), "q": real(), "z": complex(real(), 1)},
            "flag": {"t": True, "f": False},
            "text": {"s": text(), "u": text(), "v": text()},
            "bytes": {"b": data(), "c": data()},
            "list": {"numbers": numbers(), "texts": texts(), "mixed": [scalar() for _ in range(3)], "nested": [numbers(), numbers()], "names": Names(texts())},
            "tuple": {"pair": (number(), text()), "point": Point(number(), real()), "deep": ((1, text()), [number()])},
            "dict": {"d": mapping(), "e": mapping(), "settings": Settings(a=number(), b=texts()), "ordered": collections.OrderedDict(a=1, b=text()), "tree": {"a": {"b": numbers()}, "c": [mapping()]},
                     "counted": collections.Counter(text()), "default": collections.defaultdict(list, a=numbers())},  # fmt: skip
            "set": {"n": set(numbers()), "m": frozenset(numbers()), "w": set(texts())},
            "range": {"span": range(random.randrange(6)), "steps": range(random.randrange(-5, 20), random.randrange(-9, 9), random.choice([1, -1, 3]))},
            "date": {"day": day(), "night": day(), "when": moment(), "then": moment(), "clock": datetime.time(random.randrange(24), 5), "aware": moment().replace(tzinfo=datetime.timezone.utc)},
            "delta": {"delta": span(), "pause": span()},
            "other": {"nothing": None, "color": random.choice(list(Color)), "user": user, "slots": slots, "error": ValueError(text(), 5), "Color": Color, "User": User},
            "decimal": {"price": price(), "cost": price(), "tax": decimal.Decimal("0.19")},
            "fraction": {"half": fractions.Fraction(number() % 7, 3), "ratio": ratio(), "share": ratio()},
            "flags": {"access": Access(random.randrange(8)), "granted": Access(random.randrange(8)), "mode": Mode(random.choice([0, 1, 8, 9]))},
            "enum": {"unit": random.choice(list(Unit)), "color2": random.choice(list(Color)), "level2": random.choice(list(Level))},
            "uuid": {"key": uuid.UUID(int=random.randrange(10**9)), "key2": uuid.UUID(int=5)},
            "exacts": {"prices": [price() for _ in range(random.randrange(4))], "ratios": [ratio() for _ in range(3)], "days": [day() for _ in range(3)], "accesses": list(Access), "colors": list(Color)},
        }  # fmt: skip

    def scope(self):
        scope = {name: value for group in self.variables.values() for name, value in group.items()}
        scope.update(Access=Access, Mode=Mode, Level=Level, Unit=Unit, Decimal=decimal.Decimal, Fraction=fractions.Fraction, timedelta=datetime.timedelta, date=datetime.date)
        return scope


METHODS = {
    "text": """upper() lower() title() strip() strip('x') lstrip() rstrip() split() split(',') rsplit(',',1) splitlines() startswith('a') startswith(('a','H')) endswith('c') find('l')
        rfind('l') index('a') count('a') count('a',1,3) replace('a','b') replace('l','L',1) isdigit() isalpha() isalnum() isspace() islower() isupper() istitle() isnumeric() isidentifier() zfill(8)
        center(9) center(9,'*') ljust(7) rjust(7,'-') partition(',') rpartition(',') encode() swapcase() casefold() capitalize() join(texts) join(['p','q'])""",
    "bytes": "upper() decode() hex() split(b',') startswith(b'a') find(b'b') count(b'a') strip() isdigit() partition(b',') title()",
    "list": "count(1) index(1) count('a') copy() index('abc')",
    "tuple": "count(1) index(1)",
    "dict": "get('a') get('a',0) get(1) get('zz',[]) keys() values() items() copy()",
    "set": "union({1}) intersection({1,2}) difference({1}) symmetric_difference({1}) issubset({1,2,3}) issuperset(set()) isdisjoint({5}) copy()",
    "number": "bit_length() real imag numerator denominator",
    "real": "is_integer() real imag hex()",
    "date": """year month day isoformat() weekday() isoweekday() toordinal() date() time() hour ctime() isocalendar()[1] timetuple()[:6] strftime('%Y-%m-%d') replace(year=2000) replace(day=31) tzinfo utcoffset()
        timetz() minute""",
    "delta": "days seconds microseconds total_seconds()",
    "decimal": """is_nan() is_zero() is_signed() is_finite() is_infinite() as_tuple() as_tuple().exponent quantize(tax) adjusted() to_integral_value() normalize() copy_abs() copy_negate() compare(tax) real imag
        as_integer_ratio() conjugate()""",
    "fraction": "numerator denominator limit_denominator(10) real imag conjugate()",
    "flags": "name value",
    "enum": "name value upper()",
    "uuid": "hex int version time_low",
    "other": "name value age tags kind manager.name manager.age limits first second third args args[0] missing name.upper() tags[0] RED __class__ __name__",
}
FUNCTIONS = {
    "any": "str repr bool type callable".split(),
    "number": "abs int float round hex bin oct chr str bool divmod2 pow2".split(),
    "real": "abs int float round str repr".split(),
    "text": "len int float ord sorted list tuple set max min str repr".split(),
    "list": "len sum min max sorted any all list tuple set frozenset str enumerate reversed".split(),
    "tuple": "len min max sorted any all list set repr".split(),
    "dict": "len sorted list any set str".split(),
    "set": "len sorted list sum min max any frozenset".split(),
    "range": "len sum list max min sorted any all tuple set".split(),
    "date": "str repr type bool".split(),
    "delta": "str repr abs bool".split(),
    "decimal": "abs int float round str repr bool divmod2 type complex".split(),
    "fraction": "abs int float round str repr bool divmod2 type complex".split(),
    "flags": "str repr bool int list len type hash".split(),
    "enum": "str repr bool type int len".split(),
    "exacts": "sum min max sorted len set any list str".split(),
}
OPERATORS = {
    "number": "+ - * / // % & | ^ >>".split(),
    "real": "+ - * / // %".split(),
    "text": ["+", "%"],
    "bytes": ["+"],
    "list": ["+"],
    "tuple": ["+"],
    "set": "& | - ^".split(),
    "date": ["-", "+"],
    "delta": "+ - / // % *".split(),
    "flag": "& | ^ + -".split(),
    "decimal": "+ - * / // %".split(),
    "fraction": "+ - * / // %".split(),
    "flags": "& | ^".split(),
    "enum": ["+", "%"],
    "exacts": ["+"],
    "dict": ["|"],
}
COMPARISONS = "== != < <= > >= in is".split() + ["not in", "is not"]
FORMATS = ["", ":d", ":>10", ":.2f", ":05d", ":x", "!r", "!s:>5", ":+", ":,", ":e", ":<{i}", ":%"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.data = Data(self.random)
        self.kinds = list(self.data.variables)
        self.num_variables = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def of_kind(self, kind, depth):
        """An expression that is likely to be of this kind."""
        name = self.pick(*self.data.variables[kind])
        if depth <= 0 or self.random.random() < 0.25:
            return self.constant(kind) if self.random.random() < 0.3 else name
        how = self.random.randrange(6)
        if how == 0 and kind in OPERATORS:
            return "(%s %s %s)" % (self.of_kind(kind, depth - 1), self.pick(*OPERATORS[kind]), self.of_kind(kind, depth - 1))
        if how == 1:
            return "(%s if %s else %s)" % (self.of_kind(kind, depth - 1), self.truth(depth - 1), self.of_kind(kind, depth - 1))
        if how == 2:
            return "(%s %s %s)" % (self.of_kind(kind, depth - 1), self.pick("and", "or"), self.of_kind(kind, depth - 1))
        if how == 3 and kind in ("list", "text", "tuple", "bytes", "range"):
            return "%s[%s:%s%s]" % (self.of_kind(kind, depth - 1), self.bound(), self.bound(), self.pick("", "", ":2", ":-1"))
        if how == 4 and kind == "list":
            return self.comprehension("[]", depth - 1)
        if how == 5 and kind in ("set", "dict"):
            return self.comprehension("{}", depth - 1, kind == "dict")
        return name

    def constant(self, kind):
        return {
            "number": lambda: self.pick("0", "1", "2", "-1", "10", "True", "10**20", "0x1f"),
            "real": lambda: self.pick("0.5", "2.0", "1e3", "-1.5", "2j"),
            "text": lambda: self.pick("''", "'a'", "'abc'", "'%s'", "'%d'", "f'{i}'", "'x' 'y'", "'\\n'"),
            "bytes": lambda: self.pick("b''", "b'a'"),
            "list": lambda: self.pick("[]", "[1, 2]", "['a']", "[i, s]", "[*numbers]", "[None]"),
            "tuple": lambda: self.pick("()", "(1,)", "(i, s)", "(*numbers, 1)"),
            "dict": lambda: self.pick("{}", "{'a': 1}", "{s: i}", "{**d, 'a': 2}"),
            "set": lambda: self.pick("{1}", "{1, 2}", "{i, j}", "set()"),
            "range": lambda: self.pick("range(3)", "range(1, 10, 3)", "range(i % 5)"),
            "flag": lambda: self.pick("True", "False"),
            "decimal": lambda: self.pick("Decimal('1.5')", "Decimal(3)", "2", "Decimal(s)", "Decimal(r)"),
            "fraction": lambda: self.pick("Fraction(1, 3)", "Fraction(i, 2)", "2", "0.5", "Fraction('0.25')", "Fraction(j, i)"),
            "delta": lambda: self.pick("timedelta(1)", "timedelta(hours=i % 7)", "2", "0.5", "timedelta(seconds=-1)"),
            "date": lambda: self.pick("date(2020, 2, 29)", "delta", "timedelta(1)", "date(2020, i, 1)"),
            "flags": lambda: self.pick("Access.READ", "Access(3)", "Access.ALL", "Mode.FAST", "Mode(9)", "1", "Access(0)", "Mode(4)", "Access(i)"),
            "enum": lambda: self.pick("Color.RED", "Color(2)", "Level.HIGH", "Unit('m')", "'m'", "Color[s]", "Level(j)", "Color['BLUE']"),
        }.get(kind, lambda: "None")()

    def bound(self):
        return self.pick("", "", "0", "1", "-1", "2", "i", "-2")

    def truth(self, depth):
        how = self.random.randrange(8)
        if depth <= 0 or how == 0:
            return self.pick("t", "f", "i", "s", "numbers", "d", "nothing", "user", "r")
        if how == 1:
            return "(not %s)" % self.truth(depth - 1)
        if how == 2:
            return "(%s %s %s)" % (self.truth(depth - 1), self.pick("and", "or"), self.truth(depth - 1))
        if how == 3:
            return "%s(%s for v in %s)" % (self.pick("any", "all"), self.pick("v", "v == %s" % self.anything(0), "not v", "v is None"), self.container(depth - 1))
        if how == 4:
            return "isinstance(%s, %s)" % (self.anything(depth - 1), self.pick("int", "str", "(int, str)", "list", "dict", "bool", "float", "User", "type(None)"))
        if how == 5:
            kind = self.pick(*self.kinds)
            return "(%s %s %s %s %s)" % (self.of_kind(kind, 0), self.pick("<", "<=", "=="), self.of_kind(kind, 0), self.pick("<", "!=", ">"), self.of_kind(kind, 0))
        if how == 6:
            return "(%s %s %s)" % (self.anything(depth - 1), self.pick("in", "not in"), self.container(depth - 1))
        kind = self.pick(*self.kinds)
        return "(%s %s %s)" % (self.of_kind(kind, depth - 1), self.pick(*COMPARISONS), self.of_kind(self.pick(kind, kind, kind, self.pick(*self.kinds)), depth - 1))

    def container(self, depth):
        return self.of_kind(self.pick("list", "list", "list", "tuple", "dict", "set", "range", "text", "exacts"), depth)

    def comprehension(self, brackets, depth, is_dict=False):
        self.num_variables += 1
        name = "v%d" % (self.num_variables % 4)
        body = self.pick(name, "(%s, i)" % name, "%s == %s" % (name, self.anything(0)), "str(%s)" % name, "[%s]" % name, self.anything(depth - 1))
        condition = self.pick("", "", " if %s" % name, " if %s != 1" % name, " if %s" % self.truth(0))
        inner = self.pick("", "", "", " for w in %s" % self.container(0))
        if is_dict:
            body = "%s: %s" % (self.pick(name, "str(%s)" % name), body)
        loop = self.pick("for %s in %s" % (name, self.container(depth)), "for %s in %s" % (name, self.container(depth)), "for x, %s in %s" % (name, self.pick("d.items()", "enumerate(texts)", "zip(numbers, texts)", "[(1, 2)]")))
        return "%s%s %s%s%s%s" % (brackets[0], body, loop, condition, inner, brackets[1])

    def anything(self, depth):
        kind = self.pick(*self.kinds)
        how = self.random.randrange(14)
        if depth <= 0 or how < 4:
            return self.of_kind(kind, depth)
        if how < 6 and kind in METHODS:
            return "%s.%s" % (self.of_kind(kind, depth - 1), self.pick(*METHODS[kind].split()))
        if how < 8:
            name = self.pick(*(FUNCTIONS.get(kind) or FUNCTIONS["any"]))
            if name.endswith("2"):
                return "%s(%s, %s)" % (name[:-1], self.of_kind(kind, 0), self.pick("2", "3", "j", "0"))
            text = "%s(%s)" % (name, self.of_kind(kind, depth - 1))
            return "list(%s)" % text if name in ("enumerate", "reversed") else text
        if how == 8:
            return "%s[%s]" % (self.of_kind(self.pick("list", "tuple", "text", "dict", "range"), depth - 1), self.pick("0", "1", "-1", "'a'", "i", "s", "5", "None", "t"))
        if how == 9:
            return self.pick("[%s, %s]", "(%s, %s)", "{%s: %s}", "{%s, %s}") % (self.anything(depth - 1), self.anything(depth - 1))
        if how == 10:
            return "(%s%s)" % (self.pick("-", "+", "~", "not "), self.of_kind(self.pick("number", "real", "flag", "date", "text", "delta", "decimal", "fraction", "flags"), depth - 1))
        if how == 11:
            return "f'{%s%s}|{%s}'" % (self.pick("i", "r", "s", "t", "d", "numbers", "nothing", "pair", "user.age", "price", "ratio", "day", "access", "mode", "unit", "color", "level", "delta"), self.pick(*FORMATS), self.pick("s", "i + 1", "len(texts)", "d.get(1)"))
        if how == 12:
            return "%s(%s %s)" % (self.pick("sum", "max", "min", "sorted", "list", "tuple", "set", "any"), self.pick("v", "v", "len(str(v))", "v == 1"), "for v in " + self.container(depth - 1))
        return self.pick(
            "'%%%s' %% %s" % (self.pick("s", "d", "5d", "r", "x", ".2f", "-5s", "05d", "s and %d"), self.pick("i", "s", "r", "(i,)", "(s, i)", "d", "nothing")),
            "sorted(%s, %s)" % (self.pick("numbers", "texts", "d", "n"), self.pick("reverse=True", "key=len", "key=str", "key=lambda v: -v", "key=lambda v: (str(v), 1)")),
            "max(%s, %s)" % (self.pick("numbers", "texts", "n"), self.pick("default=0", "key=str", "key=len", "0", "i")),
            "getattr(user, %s, %s)" % (self.pick("'name'", "'age'", "'zz'", "s"), self.pick("0", "None", "i")),
            "hasattr(%s, %s)" % (self.pick("user", "slots", "color", "point", "i"), self.pick("'name'", "'third'", "'x'", "'first'", "s")),
            "%s.get(%s, %s)" % (self.pick("d", "e", "settings", "default"), self.pick("'a'", "1", "s", "i", "pair"), self.pick("0", "[]", "s")),
            "dict(zip(%s, %s))" % (self.pick("texts", "numbers"), self.pick("texts", "numbers")),
            "list(map(%s, %s))" % (self.pick("str", "len", "int", "abs"), self.pick("numbers", "texts")),
            "list(filter(%s, %s))" % (self.pick("None", "bool", "str"), self.pick("numbers", "mixed")),
            "'{} {}'.format(%s, %s)" % (self.pick("i", "s", "r"), self.pick("j", "u", "q")),
            "sum(%s, %s)" % (self.pick("numbers", "span", "[]"), self.pick("10", "0.5", "i")),
            "(lambda a: a %s 1)(%s)" % (self.pick("+", "==", "*"), self.pick("i", "r", "s")),
            "int(%s, %s)" % (self.pick("'ff'", "s", "'101'"), self.pick("16", "2", "10", "0")),
            "round(%s, %s)" % (self.pick("r", "q", "i"), self.pick("0", "1", "2", "-1", "None")),
            "%s ** %s" % (self.pick("i", "r", "2", "j"), self.pick("2", "3", "0", "-1", "0.5")),
            "%s %s %s" % (self.of_kind("fraction", 0), self.pick("+", "-", "*", "/", "//", "%", "<", "=="), self.pick("i", "r", "half", "share", "2", "price", "z", "t")),
            "%s %s %s" % (self.pick("i", "r", "2", "z", "t", "Level.LOW"), self.pick("+", "-", "*", "/", "//", "%", ">=", "!="), self.pick("half", "ratio", "share", "price")),
            "%s %s %s" % (self.of_kind("decimal", 0), self.pick("+", "-", "*", "/", "//", "%", "<", "=="), self.pick("i", "r", "tax", "cost", "2", "3")),
            "%s %s %s" % (self.of_kind("flags", 0), self.pick("in", "not in", "&", "|", "^", "==", "<"), self.pick("access", "granted", "mode", "Access.READ", "Access.ALL", "1", "i")),
            "%s %s %s" % (self.pick("delta", "pause"), self.pick("*", "/", "//", "%"), self.pick("delta", "i", "2", "r", "half", "0.5")),
            "[%s for v in %s]" % (self.pick("v.name", "v.value", "v & access", "v in access", "v == access", "str(v)"), self.pick("Access", "Color", "Mode", "accesses", "colors", "access")),
            "%s ** %s" % (self.pick("half", "ratio", "share", "price", "cost", "2", "r", "t"), self.pick("2", "3", "0", "-1", "half", "tax", "0.5", "t")),
            "round(%s, %s)" % (self.pick("price", "ratio", "half"), self.pick("0", "1", "2", "-1")),
            "'%%%s' %% %s" % (self.pick("s", "r", "d", ".2f", "x"), self.pick("price", "ratio", "access", "mode", "unit", "day", "delta", "level")),
            "format(%s, %s)" % (self.pick("price", "ratio", "day", "when", "mode", "unit", "access", "color", "level", "delta"), self.pick("''", "'.2f'", "'>9'", "'%d.%m.%Y'", "'d'", "'e'", "',.1f'")),
            "%s << %s" % (self.pick("i", "1", "j"), self.pick("3", "0", "70", "-1")),
            "%s * %s" % (self.pick("s", "numbers", "pair", "b", "'ab'"), self.pick("2", "0", "-1", "3")),
        )

    def expression(self):
        return self.anything(self.random.randrange(1, 5))


def describe(value):
    """Its repr, and the types in it; as text, so that nan is what it is. Sets and dicts have no order here."""
    kind = type(value).__name__
    if isinstance(value, (set, frozenset, type({}.keys()))):
        return kind, "", sorted(map(describe, value))
    if isinstance(value, dict):
        return kind, "", sorted((describe(key), describe(item)) for key, item in dict.items(value))
    if isinstance(value, (list, tuple)):
        return kind, "", [describe(item) for item in value]
    return kind, repr(value), []


class SameAnswerTest(unittest.TestCase):
    def setUp(self):
        warnings.simplefilter("ignore")

    def test_random_expressions(self):
        counts, refused, raised_otherwise = collections.Counter(), collections.Counter(), []
        different, of_another_class = [], collections.defaultdict(list)
        code = compile("answer = evaluate(source, 0, 10**7, True)", "app.py", "exec")
        for seed in range(COUNT):
            generator = Generator(seed)
            source = generator.expression()
            scope = dict(generator.data.scope(), evaluate=_capture.evaluate, source=source)
            exec(code, scope)
            outcome, value, *raised = scope["answer"]
            if outcome == BUDGET:  # eval() could take minutes, and all memory
                counts["budget"] += 1
                continue
            try:
                wanted, error = eval(source, scope), None
            except RecursionError:
                continue
            except Exception as caught:
                wanted, error = None, caught
            counts[outcome, error is not None] += 1
            if outcome == ACCEPTED:
                if error is not None or describe(value) != describe(wanted):
                    different.append((seed, source, value, error or wanted))
            elif outcome == RAISED:
                if error is None:
                    different.append((seed, source, value, wanted))
                elif raised != [type(error)]:
                    of_another_class[raised[0].__name__, type(error).__name__].append((seed, source, value[2][0], str(error)))
                if error is not None and str(error) != value[2][0]:
                    raised_otherwise.append((source, value[2][0], str(error)))
            elif outcome == SYNTAX:
                self.assertIsInstance(error, SyntaxError, source)
            elif error is None:
                refused[value[2][1] if len(value[2]) > 1 else value[2][0]] += 1
                counts["refused, has a value"] += 1
                if "SHOW_REFUSED" in os.environ:
                    print("refused:", source, value)
        total = COUNT
        print("%d: same value %d, raised by both %d, refused what raises %d, beyond the budget %d, refused what has a value %d (%.1f %%)" % (
            total, counts[ACCEPTED, False], counts[RAISED, True], counts[REFUSED, True], counts["budget"], counts["refused, has a value"], 100.0 * counts["refused, has a value"] / total))  # fmt: skip
        print("raised with another text: %d, such as %s" % (len(raised_otherwise), raised_otherwise[:3]))
        self.assertEqual(different[:10], [], "%d in all" % len(different))
        self.assertEqual({classes: (len(cases), cases[:3]) for classes, cases in of_another_class.items()}, {})
        self.assertGreater(counts[ACCEPTED, False], total // 3)
        self.assertLess(counts["refused, has a value"], total // 25)  # the README gives the reasons
        self.assertLess(counts["budget"], total // 50)
        self.assertLess(len(raised_otherwise), counts[RAISED, True] // 5)


if __name__ == "__main__":
    unittest.main()
