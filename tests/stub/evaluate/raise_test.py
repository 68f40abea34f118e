"""`raise` and `except` in functions that are walked: what was raised is known by its class, and no exception is made."""

import abc
import enum
import sys
import unittest

import _capture

ACCEPTED, REFUSED, RAISED, WAITING = 0, 2, 3, 5
BUDGET_US = 1000000  # the machine may be busy
log = []


class Noted(KeyError):
    def __init__(self, key, *arguments, **details):
        log.append(key)
        super().__init__(key)
        self.key = key


class NotedMore(Noted):
    """With the __init__ of its base class."""


class Strict(ValueError):
    def __init__(self, first, *, second=None):
        super().__init__(first)


class New(LookupError):
    def __new__(cls, first, second=2):
        log.append(cls)
        return super().__new__(cls, first)


class Plain(Exception):
    pass


class NoArguments(Exception):
    def __init__(self):
        super().__init__("none")


class OfSystem(OSError):
    def __init__(self, text, code=None):
        super().__init__(text)


class Meta(type):
    def __instancecheck__(cls, value):
        log.append("instance check")
        return True

    def __subclasscheck__(cls, value):
        log.append("subclass check")
        return True


class CatchAll(Exception, metaclass=Meta):
    pass


class MetaCall(type):
    def __call__(cls, *arguments):
        log.append("call")
        return super().__call__(*arguments)


class ByMetaCall(Exception, metaclass=MetaCall):
    pass


class Abstract(Exception, metaclass=abc.ABCMeta):
    pass


Abstract.register(KeyError)


class Kind(enum.Enum):
    A = 1

    @classmethod
    def find(cls, value):
        for member in cls:
            if member.value == value:
                return member
        raise Strict("no %r" % value, second=cls)


def make_error(text):
    return Strict(text)


class Errors:
    Noted = Noted
    Plain = Plain


def raises(which):
    if which == "noted":
        raise Noted("k", 1, 2, more=3)
    if which == "noted more":
        raise NotedMore("k")
    if which == "strict":
        raise Strict("a", second="b")
    if which == "strict wrongly":
        raise Strict("a", "b")
    if which == "strict by name":
        raise Strict("a", third=1)
    if which == "strict class":
        raise Strict
    if which == "no arguments":
        raise NoArguments
    if which == "no arguments but one":
        raise NoArguments(1)
    if which == "new":
        raise New("a")
    if which == "new wrongly":
        raise New()
    if which == "plain":
        raise Plain("some", "text")
    if which == "of system":
        raise OfSystem("text", code=5)
    if which == "in module":
        raise Errors.Plain("text")
    if which == "spread":
        raise Noted(*["k", 1], **{"more": 2})
    if which == "argument fails":
        raise Noted(1 // 0)
    if which == "catch all":
        raise CatchAll("x")
    if which == "abstract":
        raise Abstract("x")
    if which == "from":
        raise Plain("x") from None
    if which == "no exception":
        raise len("abc")
    if which == "no class":
        raise int
    return which


def caught(which):
    try:
        return raises(which)
    except Noted:
        return "Noted"
    except KeyError:
        return "KeyError"
    except (ValueError, TypeError) as error:
        return "ValueError or TypeError"
    except CatchAll:
        return "CatchAll"
    except Abstract:
        return "Abstract"
    except LookupError:
        return "LookupError"
    except OSError:
        return "OSError"
    except Plain:
        return "Plain"
    except Exception:
        return "Exception"


def not_caught_by_checks():
    try:
        return {}["a"]
    except CatchAll:
        return "CatchAll"
    except Abstract:
        return "Abstract"
    except KeyError:
        return "KeyError"


def raised_again(which):
    try:
        try:
            return raises(which)
        except Noted:
            raise
        except Exception as error:
            try:
                raises("plain")
            except Plain:
                pass
            raise
    except KeyError:
        return "KeyError again"
    except Exception:
        return "Exception again"


def converted(which):
    try:
        return raises(which)
    except Exception as error:
        raise LookupError("converted") from error


def get(mapping, key, default=None):
    try:
        return lookup(mapping, key)
    except KeyError:
        return default


def lookup(mapping, key):
    if key in mapping:
        return mapping[key]
    raise Noted(key)


def reads(which):
    try:
        return raises(which)
    except Exception as error:
        return error.args


def raises_made():
    raise make_error("text")


def raises_own_meta():
    try:
        raise ByMetaCall("x")
    except ByMetaCall:
        return 1


def raises_system():
    raise OSError(2, "x")


def raises_what_others_caught():
    def inner():
        raise

    try:
        raise ValueError
    except ValueError:
        inner()


def raise_outside():
    raise


def checked(number):
    assert number > 0, "not positive"
    assert number < 9
    return number


WHICH = (
    "noted, noted more, strict, strict wrongly, strict by name, strict class, no arguments, no arguments but one, new, new wrongly, plain, of system,"
    " in module, spread, argument fails, catch all, abstract, from, no exception, no class, nothing"
).split(", ")


class RaiseTest(unittest.TestCase):
    def evaluate(self, source):
        del log[:]
        answer = _capture.evaluate(source, 0, BUDGET_US)
        while answer[0] == WAITING:
            answer = _capture.evaluate(source, 0, BUDGET_US)
        self.assertEqual(log, [])
        return answer

    def check(self, source):
        answer = self.evaluate(source)
        try:
            expected = eval(source)
        except Exception:
            self.assertEqual(answer[0], RAISED, (source, answer))
        else:
            self.assertEqual(answer, (ACCEPTED, expected), source)

    def test_caught_by_class(self):
        for which in WHICH:
            with self.subTest(which=which):
                self.check("caught(%r)" % which)
                self.check("raises(%r)" % which)
                self.check("raised_again(%r)" % which)
                self.check("converted(%r)" % which)

    def test_no_check_of_a_metaclass_counts(self):
        self.check("not_caught_by_checks()")

    def test_in_use(self):
        for source in ("get({'a': 1}, 'a')", "get({'a': 1}, 'b')", "get({}, 'b', 5)", "Kind.find(1).name", "hasattr(Kind, 'find')", "Kind.find(2)"):
            with self.subTest(source=source):
                self.check(source)
        for source in ("checked(1)", "checked(0)", "checked(9)"):
            self.check(source)

    def test_what_it_is_told_as(self):
        self.assertEqual(self.evaluate("raises('noted')")[1][2], ["Noted"])
        self.assertEqual(self.evaluate("raises('plain')")[1][2], ["some"])
        self.assertEqual(self.evaluate("raises('in module')")[1][2], ["text"])
        self.assertEqual(self.evaluate("checked(0)")[1][2], ["not positive"])
        self.assertEqual(self.evaluate("converted('noted')")[1][2], ["converted"])

    def test_what_is_refused(self):
        for source in ("reads('noted')", "raises_made()", "raises_own_meta()", "raises_system()", "raises_what_others_caught()", "raise_outside()"):
            with self.subTest(source=source):
                self.assertEqual(self.evaluate(source)[0], REFUSED, self.evaluate(source))

    def test_nothing_runs(self):
        events = []
        self.evaluate("caught('noted') + caught('new')")
        sys.setprofile(lambda frame, event, argument: events.append((event, frame.f_code.co_name)))
        try:
            answer = _capture.evaluate("caught('noted') + caught('new')", 0, BUDGET_US)
        finally:
            sys.setprofile(None)
        self.assertEqual(answer, (ACCEPTED, "NotedLookupError"))
        self.assertEqual([event for event in events if event[0] == "call"], [])


if __name__ == "__main__":
    unittest.main()
