"""re.match(), re.search() and re.fullmatch() of a pattern's text: the answer is Python's, or there is none."""

import random
import re
import sys
import types
import unittest
import warnings
from re import search as imported_search

import _capture

ACCEPTED, REFUSED, RAISED, EXHAUSTED, WAITING = 0, 2, 3, 4, 5
BUDGET_US = 1000000  # the machine may be busy

EVERYDAY = [
    (r"\d+", "order 1234 of 56"),
    (r"(\w+)@(\w+)\.com", "write to ann@example.com!"),
    (r"^(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})$", "2026-11-25"),
    (r"^(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})$", "2026-11-25\n"),
    (r"^(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\Z", "2026-11-25\n"),
    (r"^/api/v(\d+)/users/([^/]+)/?$", "/api/v2/users/ann"),
    (r"(a|ab)(c|bcd)(d*)", "abcd"),
    (r"(a+?)(a*)", "aaaa"),
    (r"(a{2,3}?)(a{0,2})(a*)", "aaaaaa"),
    (r"a{,2}b", "aab"),
    (r"a{,}b", "aaab"),
    (r"x{", "x{"),
    (r"x{a}", "x{a}"),
    (r"x{}", "x{}"),
    (r"x{1,b}", "x{1,b}"),
    (r"[]a]+", "]a]"),
    (r"[^]a]+", "bc]"),
    (r"[a\-z]+", "a-z"),
    (r"[a-]+", "a-a"),
    (r"[-a]+", "a-a"),
    (r"[\w.+-]+@[\w-]+\.[\w.-]+", "a.b+c@d-e.org"),
    (r"\bcat\b", "the cat sat"),
    (r"\Bat\b", "the cat sat"),
    (r"(?i)hello", "say HELLO"),
    (r"(?im)^hello$", "say\nHELLO\nworld"),
    (r"(?s)a.b", "a\nb"),
    (r"a.b", "a\nb"),
    (r"\x41\u0042\U00000043\0?", "ABC\0"),
    (r"[\101\x42]+", "AB"),
    (r"\t\n\r\f\v\a", "\t\n\r\f\v\a"),
    (r"\.\*\\\/\-\ ", ".*\\/- "),
    (r"\s\S\d\D\w\W", " a1a1 "),
    (r"(a)?(b)?(c)", "ac"),
    (r"(?:(a)|(b)|(c))d", "bd"),
    (r"", "abc"),
    (r"|a", "abc"),
    (r"a|", "b"),
    (r"()", ""),
    (r"(a?)?", ""),
    (r"(a*)??b", "aab"),
    (r"a{0}b", "ab"),
    (r"(a){0}b", "ab"),
    (r"(?:ab){2}", "ababab"),
    (r"\u00e4+", "Grün, Bär"),
    (r"[α-ω]+", "abc λόγος"),
    (r"\w+", "λόγος ωραία"),
    (r"(?a)\w+", "λόγος abc"),
    (r"\d+", "٣٤"),
    ("\U0001f600+", "so \U0001f600\U0001f600"),
    (r"(?i)[^k]", "\u212akK"),
    (r"(?i)kelvin", "\u212aelvin"),
    (r"(?i)istanbul", "\u0131\u017ftanbul"),
    (r"(?i)[i-s]+", "\u0130\u0131\u017f\u212aS"),
    (r"(?ia)[i-s]+", "\u0131is"),
    (r"(?ia)istanbul", "\u0131\u017ftanbul"),
    ("$", "a\n"),
    (r"(?m)$", "a\nb"),
    (r"(?m)^b", "a\nb"),
    (r"^b", "a\nb"),
    (r"(((a)(b))(c))", "abc"),
]

REASONS = [
    ("(?=a)", "a look-around"),
    ("(?!a)", "a look-around"),
    ("(?<=a)b", "a look-around"),
    ("(?<!a)b", "a look-around"),
    (r"(a)\1", "a reference to a group"),
    (r"(?P<n>a)(?P=n)", "a reference to a group"),
    (r"(a)(?(1)b|c)", "a condition"),
    ("(?>a)", "an atomic group"),
    ("a++", "a possessive repeat"),
    ("a**", "a repeat of a repeat"),
    ("(?x)a b", "a group of a kind that is not known"),
    ("(?i:a)", "flags that are not known or do not hold for all of it"),
    ("a(?i)", "a group of a kind that is not known"),
    ("(?au)a", "flags that exclude each other"),
    (r"\N{DIGIT ONE}", "an escape that is not known"),
    (r"\y", "an escape that is not known"),
    (r"\x4", "an incomplete escape"),
    ("\\", "an incomplete escape"),
    (r"\U00110000", "an escape of no character"),
    ("(a", "a group that does not end"),
    ("a)", "a group that does not begin"),
    ("[a", "a set that does not end"),
    ("[z-a]", "a range that is none"),
    (r"[\d-a]", "a range that is none"),
    ("*a", "nothing to repeat"),
    ("^*", "nothing to repeat"),
    ("a{3,2}", "a repeat that is none"),
    ("(a*)*", "a repeat of what may be empty"),
    ("(a|b*)+", "a repeat of what may be empty"),
    ("(?:){3}", "a repeat of what may be empty"),
    ("(?i)\xe4", "characters beyond ASCII whose case is ignored"),
    ("(?i)[a-\xe4]", "characters beyond ASCII whose case is ignored"),
    ("[[a]", "a set that Python warns of"),
    ("[a--b]", "a set that Python warns of"),
    ("[a&&b]", "a set that Python warns of"),
    ("[a~~b]", "a set that Python warns of"),
    ("[a||b]", "a set that Python warns of"),
    ("(?P<n>a)(?P<n>a)", "a name that is given twice"),
    ("(?P<1>a)", "a name that is none"),
    ("(?P<n", "a name that is none"),
    ("a{1001}", "too many parts"),
    ("(?:a{100}){100}", "too many parts"),
    ("a{0,100000}", "too many parts"),
    ("()" * 13, "too many groups"),
    ("(?:" * 40 + "a" + ")" * 40, "too many groups"),
    ("[a]" * 65, "too many sets"),
]


def evaluate(name, p, t, what):
    return _capture.evaluate("(lambda m: m and (%s))(re.%s(p, t))" % (what, name), 0, BUDGET_US)


def outcome_of(source):
    """In the frame of the caller, when the sources that it takes have been read, which is done in steps."""
    outcome = WAITING
    while outcome == WAITING:
        outcome = _capture.evaluate(source, 1, BUDGET_US)[0]
    return outcome


def wanted(name, p, t):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(re, name)(p, t)


def walked(text):
    found = re.search(r"(\d+)-(\d+)", text)
    if found is not None:
        return found.group(2)
    return None


class RegexTest(unittest.TestCase):
    def test_everyday_patterns(self):
        for p, t in EVERYDAY:
            for name in ("match", "search", "fullmatch"):
                m = wanted(name, p, t)
                answer = evaluate(name, p, t, "m.span(), m.group(), m[0], m.groups(), m.groupdict()")
                self.assertEqual(answer, (ACCEPTED, m and (m.span(), m.group(), m.group(0), m.groups(), m.groupdict())), (name, p, t))

    def test_flags(self):
        for p, t, flags in [("A.b$", "a\nB\n", re.I | re.S), ("^b", "a\nb", re.M), (r"\w+", "ä", re.A), (r"\w+", "ä", re.U), ("a", "A", re.I), ("a", "A", 2), ("a", "A", 0), ("(?i)a.", "A\n", re.S)]:
            m = re.search(p, t, flags)
            self.assertEqual(_capture.evaluate("(lambda m: m and m.span())(re.search(p, t, flags))"), (ACCEPTED, m and m.span()), (p, flags))
            self.assertEqual(_capture.evaluate("(lambda m: m and m.span())(re.search(string=t, flags=flags, pattern=p))"), (ACCEPTED, m and m.span()), (p, flags))
        for source in ("re.match('a', 'a', re.X)", "re.match('a', 'a', re.L)", "re.match('a', 'a', re.DEBUG)", "re.match('a', 'a', -1)", "re.match('a', 'a', 'i')", "re.match('a', 'a', 2 ** 80)", "re.match('a', 'a', re.U | re.A)"):
            self.assertEqual(_capture.evaluate(source)[0], REFUSED, source)

    def test_what_a_match_tells(self):
        t = "ann 5"
        p = r"(?P<word>[a-z]+) (\d)(x)?"
        m = re.match(p, t)
        for what in ("group(1, 2)", "group('word', 0)", "group(3)", "groups('-')", "groups(default=0)", "groupdict()", "groupdict(1)", "start()", "start(2)", "end('word')", "span(3)", "span('word')", "start(3)", "group(True)"):
            self.assertEqual(_capture.evaluate("re.match(p, t)." + what), (ACCEPTED, eval("m." + what)), what)
        for source in ("re.match(p, t)[1]", "re.match(p, t)['word']"):
            self.assertEqual(_capture.evaluate(source), (ACCEPTED, "ann"))
        for what in ("group(4)", "group(-1)", "group('none')", "start(9)", "group(2 ** 80)"):
            self.assertEqual(_capture.evaluate("re.match(p, t)." + what)[0], RAISED, what)
        for source, value in [("re.match(p, t) is None", False), ("re.match('x', t) is None", True), ("re.match(p, t) is not None", True), ("bool(re.match(p, t))", True), ("not re.match(p, t)", False), ("1 if re.match(p, t) else 2", 1)]:
            self.assertEqual(_capture.evaluate(source), (ACCEPTED, value), source)
        self.assertEqual(_capture.evaluate("re.match('(a)b*', 'abbc')"), (ACCEPTED, "<re.Match object; span=(0, 3), match='abb'>"))
        self.assertEqual(_capture.evaluate("imported_search('5', t).start()"), (ACCEPTED, 4))
        self.assertEqual(_capture.evaluate("[x for x in ['a1', 'b', 'c2'] if re.search('[0-9]', x)]"), (ACCEPTED, ["a1", "c2"]))
        self.assertIsNotNone(imported_search)

    def test_a_match_does_not_leave_the_evaluation(self):
        Match = type(re.match("a", "a"))
        for source in ("[re.match('a', 'a')]", "{1: re.match('a', 'a')}", "(re.match('a', 'a'),)", "{re.match('a', 'a')}", "type(re.match('a', 'a'))", "id(re.match('a', 'a'))", "re.match('a', 'a').string", "re.match('a', 'a').re", "re.match('a', 'a').expand('a')", "re.match('a', 'a').__class__", "getattr(re.match('a', 'a'), 're')", "list(map(re.match, ['a'], ['a']))", "re.match('a', 'a').groups(re.match('a', 'a'))", "str(re.match('a', 'a'))", "repr(re.match('a', 'a'))", "isinstance(re.match('a', 'a'), Match)", "'%s' % re.match('a', 'a')", "format(re.match('a', 'a'))", "[*re.match('a', 'a')]"):
            outcome, value = _capture.evaluate(source)
            self.assertIn(outcome, (REFUSED, RAISED), (source, value))
        self.assertTrue(Match)
        self.assertEqual(_capture.evaluate("any(re.match(x, 'ab') for x in ['b', 'a'])"), (ACCEPTED, True))

    def test_in_functions_that_are_walked(self):
        self.assertEqual(_capture.evaluate("walked('12-34')"), (ACCEPTED, "34"))
        self.assertEqual(_capture.evaluate("walked('12')"), (ACCEPTED, None))
        self.assertEqual(walked("12-34"), "34")

    def test_what_is_refused_and_why(self):
        for p, reason in REASONS:
            outcome, value = _capture.evaluate("re.match(p, 'a')")
            self.assertEqual(outcome, REFUSED, (p, value))
            self.assertIn("uses a pattern with " + reason, str(value), p)

        class Text(str):
            pass

        p, t, long = Text("a"), Text("a"), "a" * 501
        for source in ("re.match(p, 'a')", "re.match('a', t)", "re.match(b'a', b'a')", "re.match('a', 5)", "re.match(None, 'a')", "re.match(re.compile('a'), 'a')", "re.match(long, 'a')", "re.compile('new one')", "re.sub('new one', 'b', 'a')", "re.findall('new one', 'a')", "re.match('a', 'a', 0, 0)", "re.match('a', 'a', other=1)", r"re.search('\\B', '')"):
            self.assertEqual(_capture.evaluate(source)[0], REFUSED, source)
        self.assertEqual(_capture.evaluate("re.match('a')")[0], RAISED)
        self.assertTrue(p and t and long)

    def test_groups_in_repeats(self):
        for source in ("re.match('(?:(a)|b)+', 'ab').group(1)", "re.match('(a|b)+', 'ab').groups()", "re.match('(a|b){2}', 'ab').start(1)", "re.match('(?P<n>a)+', 'ab').groupdict()", "re.match('(a)+', 'aa')[1]"):
            outcome, value = _capture.evaluate(source)
            self.assertEqual(outcome, REFUSED, source)
            self.assertIn("reads a group that is repeated", str(value))
        self.assertEqual(_capture.evaluate("re.match('((a|b)+)', 'ab!').group(0, 1)"), (ACCEPTED, ("ab", "ab")))

    def test_what_is_catastrophic_ends(self):
        for p, t in [("(a+)+$", "a" * 60 + "b"), ("(a|a)*$", "a" * 60 + "b"), ("(x+x+)+y", "x" * 100), ("(.*,){30}x", "a," * 40), ("(?:a?){50}a{50}", "a" * 50), ("a*a*a*a*a*a*a*a*a*c", "a" * 300), ("([a-z]+)*!", "a" * 60), ("(?:a{1,30}){1,30}b", "a" * 400)]:
            for name in ("match", "search", "fullmatch"):
                outcome, value = _capture.evaluate("re.%s(p, t)" % name)
                self.assertIn(outcome, (ACCEPTED, REFUSED, EXHAUSTED), (p, value))
        self.assertEqual(_capture.evaluate("re.match('(a+)+$', 'a' * 60 + 'b')"), (ACCEPTED, None))
        long = "a" * 1000000
        self.assertEqual(_capture.evaluate("re.search('(a+)+b', long)")[0], EXHAUSTED)
        self.assertTrue(long)

    def test_functions_that_only_look_like_them(self):
        calls = []

        def match(pattern, string, flags=0):
            calls.append(pattern)

        original, original_code = re.match, re.match.__code__
        try:
            re.match = match
            self.assertEqual(outcome_of("re.match('another', 'a')"), REFUSED)
            exec("def match(pattern, string, flags=0):\n    return _compile(pattern, flags).match(string)", re.__dict__)
            self.assertEqual(outcome_of("re.match('another', 'a')"), REFUSED)
            self.assertEqual(outcome_of("original('another', 'a')"), REFUSED)
            re.match = original
            original.__code__ = (lambda pattern, string, flags=0: 5).__code__
            self.assertNotIn("re.Match", str(_capture.evaluate("re.match('a', 'a')")))
            original.__code__ = original_code
            sys.modules["re"] = types.ModuleType("re")
            self.assertEqual(outcome_of("original('another', 'a')"), REFUSED)
        finally:
            re.match = original
            original.__code__ = original_code
            sys.modules["re"] = re
        self.assertEqual(calls, [])
        self.assertEqual(_capture.evaluate("re.match('a', 'a').span()"), (ACCEPTED, (0, 1)))

    def test_nothing_is_changed(self):
        p, t = "un(k)nown (?P<name>pattern)?", "unknown text"
        caches = [name for name in dir(re) if "cache" in name and isinstance(getattr(re, name), dict)]
        before = {name: dict(getattr(re, name)) for name in caches}
        sources = ["re.match(p, t).groupdict()", "re.match(p, t)", "re.match(p, t).groups()", "re.match('(', t)", "re.match(p, t).group(9)", "re.search(p + '[a](?P<name>b)', t)", "re.match(p, t)[1]", "[re.match(p, t)]"]
        for source in sources:
            _capture.evaluate(source)
        counts = sys.getrefcount(p), sys.getrefcount(t), sys.getrefcount(None) if sys.version_info < (3, 12) else 0
        for _ in range(200):
            for source in sources:
                _capture.evaluate(source)
        self.assertEqual((sys.getrefcount(p), sys.getrefcount(t)), counts[:2])
        if counts[2]:
            self.assertLess(abs(sys.getrefcount(None) - counts[2]), 100)
        self.assertEqual({name: dict(getattr(re, name)) for name in caches}, before)


class RandomTest(unittest.TestCase):
    """Patterns that a generator makes up: our answer is the same, or refused."""

    def atom(self, random_, depth):
        kind = random_.randrange(13)
        if kind < 6:
            return random_.choice(["a", "b", "c", "A", "1", "_", " ", "k", "s"])
        if kind == 6:
            return random_.choice([".", r"\d", r"\w", r"\s", r"\W", r"\D", r"\S", r"\n"])
        if kind == 7:
            return random_.choice(["[ab]", "[^a]", "[a-c]", r"[\w-]", r"[^\d\s]", "[]a]", "[^b-z]", r"[\W1]", "[A-z]"])
        if kind == 8:
            return random_.choice(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
        if depth <= 0:
            return "b"
        inside = self.pattern(random_, depth - 1)
        return random_.choice(["(%s)", "(%s)", "(?:%s)"]) % inside

    def pattern(self, random_, depth):
        alternatives = []
        for _ in range(random_.choice([1, 1, 1, 2, 2, 3])):
            parts = []
            for _ in range(random_.choice([0, 1, 1, 2, 2, 3, 4])):
                parts.append(self.atom(random_, depth) + random_.choice([""] * 14 + ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "*?", "+?", "??", "{0,2}?", "{0}", "{2,3}?"]))
            alternatives.append("".join(parts))
        return "|".join(alternatives)

    def test_same_answers(self):
        random_ = random.Random(20261125)
        counts = {ACCEPTED: 0, REFUSED: 0, "groups": 0, "found": 0, "all": 0}
        while counts["all"] < 12000:
            p = random_.choice(["", "", "", "(?i)", "(?m)", "(?s)", "(?a)", "(?im)"]) + self.pattern(random_, 3)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    re.compile(p)
            except re.error:
                self.assertEqual(_capture.evaluate("re.match(p, '')")[0], REFUSED, p)
                continue
            for _ in range(2):
                t = "".join(random_.choice("aaabbbcA1_ \nkKs\u212a\u0131\u017f\xe4") for _ in range(random_.randrange(10)))
                for name in ("match", "search", "fullmatch"):
                    self.compare(name, p, t, counts)
        self.assertLess(counts[REFUSED], 0.5 * counts["all"], counts)
        self.assertGreater(counts["found"], 0.15 * counts["all"], counts)
        self.assertGreater(counts["groups"], 0.03 * counts["all"], counts)

    def compare(self, name, p, t, counts):
        outcome, value = evaluate(name, p, t, "m.span()")
        counts["all"] += 1
        if outcome == REFUSED:
            counts[REFUSED] += 1
            return
        m = wanted(name, p, t)
        self.assertEqual((outcome, value), (ACCEPTED, m and m.span()), (name, p, t))
        outcome, value = evaluate(name, p, t, "m.groups()")
        if outcome == REFUSED:
            self.assertIn("repeated", str(value))
            return
        self.assertEqual((outcome, value), (ACCEPTED, m and m.groups()), (name, p, t))
        counts["found"] += m is not None
        counts["groups"] += m is not None and m.re.groups > 0


if __name__ == "__main__":
    unittest.main()
