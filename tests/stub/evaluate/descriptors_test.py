"""Attributes that descriptors of the app's own classes give: their __get__ is walked, as Python would call it."""

import enum
import sys
import types
import unittest

import _capture

ACCEPTED, REFUSED, RAISED, WAITING = 0, 2, 3, 5
BUDGET_US = 1000000  # the machine may be busy
log = []


class Reads:
    """A descriptor without __set__: what the instance has of this name comes first."""

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return "%s of %s" % (self.name, owner.__name__)
        return getattr(instance, "_" + self.name, "nothing"), owner.__name__


class ReadsFirst(Reads):
    def __set__(self, instance, value):
        log.append(value)


class DeletesOnly(Reads):
    def __delete__(self, instance):
        log.append("deleted")


class SetsOnly:
    def __set__(self, instance, value):
        log.append(value)


class Hybrid:
    """As that of SQLAlchemy: one function for the instance, one for the class."""

    def __init__(self, fget, expr=None):
        self.fget = fget
        self.expr = expr or fget

    def __get__(self, instance, owner):
        if instance is None:
            return self.expr(owner)
        return self.fget(instance)


class Method:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner=None):
        return self.function if instance is None else getattr(instance, "_bound")


class Itself:
    def __get__(self, instance, owner):
        return self


class Missing:
    def __get__(self, instance, owner):
        raise AttributeError("nothing here")


class Failing:
    def __get__(self, instance, owner):
        return 1 // 0


class Few:
    def __get__(self, instance):
        return 1


class Writes:
    def __get__(self, instance, owner):
        instance.__dict__["kept"] = 1
        log.append("written")
        return 1


class OfC:
    __get__ = log.append


class Renamed(property):
    pass


class Loud(property):
    def __get__(self, instance, owner=None):
        return "loud" if instance is None else (self.fget(instance), "!")


class Slotted:
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        return self.name


class OnlyInInstance:
    def __init__(self):
        self.__get__ = lambda instance, owner: log.append("instance")


class Meta(type):
    computed = property(lambda cls: cls.__name__ + " computed")
    shared = Reads("shared")
    first = ReadsFirst("first")
    default = "of the metaclass"

    @property
    def names(cls):
        return sorted(name for name in cls.table if not name.startswith("_"))

    def twice(cls):
        return cls.__name__ * 2

    def __getattr__(cls, name):
        if name.startswith("other"):
            return name + " of " + cls.__name__
        raise AttributeError(name)


class Quiet(type):
    pass


class WithMeta(metaclass=Meta):
    table = {"b": 1, "a": 2, "_c": 3}
    first = "of the class"
    shared = "of the class too"
    missing = Missing()


class WithQuiet(metaclass=Quiet):
    value = 1


class Base:
    inherited = Reads("inherited")

    def __init__(self):
        self.plain = "plain"
        # Behind the descriptors' backs.
        self.__dict__.update(_title="a title", title="own title", first="own first", deletes="own deletes", sets="own sets")
        self._bound = self.greet
        self.first_name, self.last_name = "Jules", "Verne"

    def greet(self, word="hello"):
        return word + " " + self.first_name

    title = Reads("title")
    missing_title = Reads("missing_title")
    first = ReadsFirst("first")
    deletes = DeletesOnly("deletes")
    sets = SetsOnly()
    unset = SetsOnly()
    full_name = Hybrid(lambda self: self.first_name + " " + self.last_name, lambda cls: "expression of " + cls.__name__)
    method = Method(len)
    itself = Itself()
    missing = Missing()
    failing = Failing()
    few = Few()
    writes = Writes()
    of_c = OfC()
    renamed = Renamed(lambda self: self.plain * 2)
    loud = Loud(lambda self: self.plain)
    of_builtin = property(len)
    slotted = Slotted("slotted")
    only_in_instance = OnlyInInstance()

    def __len__(self):
        return 7


class Derived(Base):
    @property
    def title(self):
        return "derived " + super().title[0]

    @classmethod
    def label(cls):
        return super().inherited


class Asked(Base):
    def __getattr__(self, name):
        return "asked for " + name


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"

    @types.DynamicClassAttribute
    def label(self):
        return self.name.lower() + "/" + self.value

    @property
    def upper(self):
        return self.label.upper()


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 9

    @types.DynamicClassAttribute
    def doubled(self):
        return self.value * 2

    @property
    def is_high(self):
        return self.value > 5


class ChoicesMeta(enum.EnumMeta):
    @property
    def values(cls):
        return [member.value for member in cls]

    @property
    def empty(cls):
        return hasattr(cls, "__empty__")


class Status(str, enum.Enum, metaclass=ChoicesMeta):
    NEW = "new"
    PAID = "paid"


class DescriptorsTest(unittest.TestCase):
    def evaluate(self, source):
        base, derived, asked = Base(), Derived(), Asked()
        before = [dict(vars(each)) for each in (base, derived, asked)]
        answer = _capture.evaluate(source, 0, BUDGET_US)
        while answer[0] == WAITING:
            answer = _capture.evaluate(source, 0, BUDGET_US)
        self.assertEqual([list(vars(each)) for each in (base, derived, asked)], [list(each) for each in before])
        self.assertEqual(log, [])
        return answer

    def check(self, sources):
        """That each has the value that eval() has, or raises."""
        for source in sources:
            base, derived, asked = Base(), Derived(), Asked()
            with self.subTest(source=source):
                answer = self.evaluate(source)
                try:
                    expected = eval(source, globals(), {"base": base, "derived": derived, "asked": asked})
                except Exception:
                    self.assertEqual(answer[0], RAISED, answer)
                    continue
                self.assertEqual(answer, (ACCEPTED, expected))
                self.assertIs(type(answer[1]), type(expected))

    def check_refused(self, sources):
        for source in sources:
            with self.subTest(source=source):
                self.assertEqual(self.evaluate(source)[0], REFUSED, self.evaluate(source))

    def test_of_instances(self):
        self.check(
            (
                "base.title",
                "base.missing_title",
                "base.inherited",
                "derived.inherited",
                "derived.title",
                "base.full_name == 'Jules Verne'",
                "base.method()",
                "base.method('bye')",
                "base.itself.__class__.__name__",
                "base.renamed + derived.renamed",
                "base.loud",
                "base.of_builtin",
                "base.slotted",
                "base.only_in_instance is Base.only_in_instance",
                "getattr(base, 'full_name')",
                "hasattr(base, 'full_name')",
                "[each.full_name for each in (base, derived)]",
            )
        )

    def test_with_and_without_set(self):
        self.check(("base.title", "base.first", "base.deletes", "base.sets", "type(base.unset).__name__", "derived.first", "base.plain"))

    def test_of_classes(self):
        self.check(
            (
                "Base.title",
                "Derived.inherited",
                "Derived.label()",
                "derived.label()",
                "Base.full_name",
                "Derived.full_name",
                "Base.method('abc')",
                "Base.loud",
                "Base.slotted",
                "type(Base.renamed).__name__",
            )
        )

    def test_errors(self):
        self.check(
            (
                "base.missing",
                "hasattr(base, 'missing')",
                "getattr(base, 'missing', 5)",
                "asked.missing",
                "asked.unknown",
                "base.unknown",
                "base.failing",
                "asked.failing",
                "getattr(base, 'failing', 5)",
                "base.few",
                "Base.few",
            )
        )

    def test_of_metaclasses(self):
        self.check(
            (
                "WithMeta.computed",
                "WithMeta.names",
                "WithMeta.first",
                "WithMeta.shared",
                "WithMeta.default",
                "WithMeta.twice()",
                "WithMeta.other_name",
                "WithMeta.unknown",
                "WithMeta.missing",
                "hasattr(WithMeta, 'unknown')",
                "getattr(WithMeta, 'unknown', 3)",
                "WithQuiet.value",
                "WithQuiet.unknown",
                "hasattr(WithQuiet, 'unknown')",
                "hasattr(Base, 'unknown')",
            )
        )

    def test_of_enums(self):
        self.check(
            (
                "Color.RED.label",
                "Color.BLUE.upper",
                "Color.RED.name + Color.RED.value",
                "Level.HIGH.doubled",
                "Level.HIGH.is_high, Level.LOW.is_high",
                "[color.label for color in Color]",
                "Status.values",
                "'paid' in Status.values",
                "Status.empty",
                "hasattr(Status, '__empty__')",
                "hasattr(Color, 'GREEN')",
                "getattr(Color, 'GREEN', None)",
                "Color.GREEN",
                "Status.PAID.value in Status.values",
            )
        )

    def test_what_writes_is_refused(self):
        self.check_refused(("base.writes", "Base.writes", "base.of_c", "Base.of_c"))
        self.assertIn("line", self.evaluate("base.writes")[1][2][0])
        self.assertIn("computed by a OfC of Base", self.evaluate("base.of_c")[1][2][0])

    def test_nothing_runs(self):
        base, events, answers = Base(), [], []
        sources = ("base.full_name, Base.full_name", "WithMeta.computed", "WithMeta.other_name", "Color.RED.label")
        for source in sources:
            self.evaluate(source)
        sys.setprofile(lambda frame, event, argument: events.append((event, frame.f_code.co_name)))
        try:
            for source in sources:
                answers.append(_capture.evaluate(source, 0, BUDGET_US)[0])
        finally:
            sys.setprofile(None)
        self.assertEqual(answers, [ACCEPTED] * len(sources))
        self.assertEqual([event for event in events if event[0] == "call"], [])
        self.assertIsNotNone(base)


if __name__ == "__main__":
    unittest.main()
