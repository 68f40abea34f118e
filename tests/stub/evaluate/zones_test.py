"""Datetimes and times with a tzinfo that is not CPython's own: its methods are walked."""

import datetime
import unittest

import expressions
from expressions import ACCEPTED, REFUSED

HOUR = datetime.timedelta(hours=1)
UTC = datetime.timezone.utc


class Fixed(datetime.tzinfo):
    def __init__(self, hours, name):
        self._offset = datetime.timedelta(hours=hours)
        self._name = name

    def utcoffset(self, when):
        return self._offset

    def dst(self, when):
        return datetime.timedelta(0)

    def tzname(self, when):
        return self._name

    def __repr__(self):
        return "Fixed(%r)" % self._name


class Summer(Fixed):
    """An hour later from April to September; in October the hour is there twice."""

    def utcoffset(self, when):
        return self._offset + self.dst(when)

    def dst(self, when):
        if when is None:
            return None
        if when.month == 10:
            return datetime.timedelta(0) if when.fold else HOUR
        return HOUR if 4 <= when.month <= 9 else datetime.timedelta(0)

    def fromutc(self, when):
        return when + self._offset


class Nowhere(Fixed):
    def utcoffset(self, when):
        return None

    dst = tzname = utcoffset


class Wrong(Fixed):
    def utcoffset(self, when):
        return 1 if when else datetime.timedelta(days=2)

    def tzname(self, when):
        return 5


class Writing(datetime.tzinfo):
    calls = []

    def utcoffset(self, when):
        self.calls.append("utcoffset")
        return HOUR

    def dst(self, when):
        self.calls.append("dst")
        return HOUR

    def tzname(self, when):
        self.calls.append("tzname")
        return "writing"

    def fromutc(self, when):
        self.calls.append("fromutc")
        return when


class Replaced(Fixed):
    """Its instance has a method of its own."""

    def __init__(self, calls):
        Fixed.__init__(self, 1, "replaced")
        self.utcoffset = lambda when: calls.append(when) or HOUR


class TzInfo(datetime.tzinfo):
    """Has the names of pydantic's."""

    __module__ = "pydantic_core._pydantic_core"
    calls = []

    def utcoffset(self, when):
        self.calls.append("utcoffset")
        return HOUR

    def __repr__(self):
        self.calls.append("repr")
        return "TzInfo(3600)"


def evaluate(source, names):
    return expressions.evaluate(source, dict(globals(), **names))


class ZonesTest(unittest.TestCase):
    def check(self, names, text):
        for source in filter(None, map(str.strip, text.splitlines())):
            with self.subTest(source=source):
                found = expressions.check(self, source, dict(globals(), **names))
                if found and isinstance(found[0], datetime.datetime):
                    self.assertIs(found[0].tzinfo, found[1].tzinfo)

    def names(self):
        paris, london, summer = Fixed(1, "paris"), Fixed(0, "london"), Summer(1, "summer")
        return {
            "paris": paris, "summer": summer, "a": datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=paris), "b": datetime.datetime(2026, 1, 2, 2, 4, 5, 6, tzinfo=london),
            "c": datetime.datetime(2026, 7, 2, 12, tzinfo=summer), "same": datetime.datetime(2026, 1, 5, tzinfo=paris), "utc": datetime.datetime(2026, 1, 2, tzinfo=UTC),
            "naive": datetime.datetime(2026, 1, 2), "day": datetime.date(2026, 1, 2), "nowhere": datetime.datetime(2026, 1, 2, tzinfo=Nowhere(0, "")),
            "twice": datetime.datetime(2026, 10, 2, 12, tzinfo=summer), "first": datetime.datetime(2026, 10, 2, 10, tzinfo=UTC),
            "wrong": datetime.datetime(2026, 1, 2, tzinfo=Wrong(1, "")), "early": datetime.time(8, 30, tzinfo=paris), "late": datetime.time(8, 30, tzinfo=london),
            "bare": datetime.time(8, 30), "seasonal": datetime.time(8, tzinfo=summer), "wrong_time": datetime.time(8, tzinfo=Wrong(1, "")),
        }  # fmt: skip

    def test_comparisons(self):
        self.check(
            self.names(),
            """
            a == b
            a != b
            a == c
            a < c
            c >= b
            a <= same
            a == a
            a > utc
            utc < a
            utc == a
            naive == a
            naive != a
            naive < a
            a < day
            a == None
            1 != a
            'x' < a
            nowhere == naive
            nowhere == a
            nowhere < naive
            nowhere < a
            twice == first
            twice != first
            twice <= first
            a in [naive, utc, b]
            max(a, b, c, utc) is c
            sorted([c, a, utc])[0] == utc
            early == late
            early < late
            early != bare
            early < bare
            seasonal == bare
            wrong == a
            wrong < a
            wrong_time == early
            """,
        )
        self.assertIn(evaluate("a in {b: 1}", self.names())[0], (ACCEPTED, REFUSED))

    def test_arithmetic(self):
        self.check(self.names(), "a - b\nc - a\nutc - a\na - utc\na - same\na - naive\nnowhere - naive\na - HOUR\na + HOUR\n(c - a).days > 100\nwrong - a\na - 5\nhash(a)\nhash(twice)")

    def test_methods(self):
        self.check(
            self.names(),
            """
            a.timestamp()
            c.timestamp()
            nowhere.timestamp()
            wrong.timestamp()
            a.isoformat()
            a.isoformat(' ', 'minutes')
            c.isoformat(sep='_')
            early.isoformat()
            nowhere.isoformat()
            str(a)
            str(early)
            repr(a)
            repr(early)
            '%s %r' % (a, c)
            f'{a}'
            f'{a:%Y-%m-%d %H:%M:%S.%f %z %Z}'
            '{:%z}'.format(c)
            a.strftime('%d.%m.%Y %z')
            nowhere.strftime('[%z]')
            a.replace(hour=0)
            a.replace(2025, 5, tzinfo=None)
            a.replace(tzinfo=UTC)
            naive.replace(tzinfo=paris)
            utc.replace(hour=1, tzinfo=summer)
            a.replace(hour=99)
            a.date() == day
            a.time()
            a.timetz()
            a.weekday()
            a.isoweekday()
            a.isocalendar()[1]
            a.toordinal()
            a.ctime()
            a.utcoffset()
            c.utcoffset()
            a.dst()
            a.tzname()
            early.utcoffset()
            seasonal.utcoffset()
            nowhere.utcoffset()
            wrong.utcoffset()
            wrong.tzname()
            wrong_time.utcoffset()
            a.astimezone(UTC)
            utc.astimezone(paris)
            a.astimezone(summer)
            utc.astimezone(nowhere.tzinfo)
            a.astimezone(paris)
            datetime.datetime(2026, 1, 2, tzinfo=paris) > b
            a.year + a.hour
            a.tzinfo is paris
            bool(a)
            list(map(lambda x: x.timestamp(), [a, b]))
            (lambda f: f())(a.isoformat)
            """.replace("datetime.datetime(2026", "type(a)(2026"),
        )
        outcome, value = evaluate("type(utc).now(summer) - utc", self.names())
        self.assertEqual(outcome, ACCEPTED, value)

    def test_those_that_write_are_refused(self):
        calls = []
        names = {
            "w": datetime.datetime(2026, 1, 2, tzinfo=Writing()), "t": datetime.time(1, tzinfo=Writing()), "r": datetime.datetime(2026, 1, 2, tzinfo=Replaced(calls)),
            "like": datetime.datetime(2026, 1, 2, tzinfo=TzInfo()), "utc": datetime.datetime(2026, 1, 2, tzinfo=UTC), "zone": Writing(),
        }  # fmt: skip
        sources = ["utc.astimezone(zone)", "type(utc).now(zone)"]
        for name in ("w", "r", "like"):
            sources += [source % {"x": name} for source in (
                "%(x)s < utc", "utc == %(x)s", "%(x)s - utc", "utc - %(x)s", "%(x)s.timestamp()", "%(x)s.isoformat()", "str(%(x)s)", "f'{%(x)s}'", "'%%s' %% %(x)s",
                "%(x)s.utcoffset()", "f'{%(x)s:%%z}'", "%(x)s.strftime('%%z')", "%(x)s.astimezone(utc.tzinfo)", "%(x)s in [utc]", "max(%(x)s, utc)", "hash(%(x)s)", "%(x)s in {1}",
            )]  # fmt: skip
        sources += ["w.dst()", "w.tzname()", "f'{w:%Z}'", "t == utc.timetz()", "t.utcoffset()", "str(t)", "repr(like)", "(lambda f: f())(w.timestamp)"]
        for source in sources:
            with self.subTest(source=source):
                outcome, value = evaluate(source, names)
                self.assertEqual(outcome, REFUSED, value)
                self.assertEqual(Writing.calls + TzInfo.calls + calls, [])
        self.check({"w": names["w"]}, "w == w\nw - w == 0 * HOUR\nw + HOUR > w\nw.replace(hour=3).hour\nw.date().year\nw.weekday()")


class MethodsOfOthersTest(unittest.TestCase):
    """A method that is not known is refused for what it is, not for taking too long."""

    def test_refusals_name_the_reason(self):
        class Settings(dict):
            def __getattr__(self, name):
                return self[name]

        names = {"when": datetime.datetime(2026, 1, 2, tzinfo=Fixed(1, "x")), "settings": Settings(a=1), "items": type("Items", (list,), {})([1])}
        for source in ("when.timetuple()", "settings.popitem()", "items.__reduce__()", "settings.update(a=2)"):
            with self.subTest(source=source):
                self.assertEqual(evaluate(source, names)[0], REFUSED)
        self.check_value("settings.get('a')", names, 1)
        self.check_value("list(settings.items())", names, [("a", 1)])
        self.check_value("settings.a", names, 1)

    def check_value(self, source, names, value):
        self.assertEqual(evaluate(source, names), (ACCEPTED, value))


if __name__ == "__main__":
    unittest.main()
