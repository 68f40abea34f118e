"""Objects that look like those that are read in ways of their own: classes and functions with the same names, and text that
is asked for in every way.
"""

import datetime
import operator
import reprlib
import sys
import types

written = []


def note(result):
    written.append(result)
    return result


class Shown:
    """Says what it is, and notes it."""

    def __str__(self):
        return note("shown")

    def __repr__(self):
        written.append("repr")
        return "Shown()"

    def __format__(self, specification):
        self.last = specification
        return "shown"


class ShownByHelper:
    def __repr__(self):
        return "<%s>" % note(1)


class ShownByPart:
    """Its text is only that of what is in it."""

    def __init__(self):
        self.part = Shown()

    def __repr__(self):
        return "[%s]" % self.part

    def __str__(self):
        return "{}".format(self.part)


class ShownByNumber:
    def __int__(self):
        return note(1)

    __index__ = __int__

    def __float__(self):
        written.append(1.0)
        return 1.0


class ShownAsText(str):
    def __rmod__(self, other):
        return note("rmod")

    def __str__(self):
        return note("str")


class Named(dict):
    def __getitem__(self, name):
        self[name] = name
        return name

    def __missing__(self, name):
        return self.setdefault(name, name)


class Guarded:
    @reprlib.recursive_repr()
    def __repr__(self):
        return note("guarded")


def recursive_repr(user_function):
    repr_running = set()

    def wrapper(self):
        repr_running.add(id(self))
        return user_function(self)

    return wrapper


class LikeGuarded:
    @recursive_repr
    def __repr__(self):
        return "like"


OBJECTS = {
    "shown": Shown(),
    "shown_by_helper": ShownByHelper(),
    "shown_by_part": ShownByPart(),
    "shown_by_number": ShownByNumber(),
    "shown_as_text": ShownAsText("a"),
    "named_values": Named(),
    "guarded": Guarded(),
    "like_guarded": LikeGuarded(),
}

THEMES = {}

THEMES["texts of objects"] = """
'%s' % shown
'%r' % shown
'%a' % shown
'%5s|' % shown
'%s %s' % (1, shown)
'%s' % (shown,)
'%s' % [shown]
'%r' % {'a': shown}
'%s' % {1: (shown,)}
'%(a)s' % {'a': shown}
'%(a)r %(a)s' % {'a': shown}
'%(a)s' % named_values
'%(b)d' % named_values
'%d' % shown_by_number
'%i' % shown_by_number
'%x' % shown_by_number
'%o' % shown_by_number
'%c' % shown_by_number
'%f' % shown_by_number
'%g' % shown_by_number
'%*d' % (shown_by_number, 1)
'%.*f' % (shown_by_number, 1.5)
'%s' % shown_as_text
'%s' % (shown_as_text,)
'x' % shown_as_text
'%s' % shown_by_helper
'%r' % shown_by_part
'%s' % shown_by_part
'%s' % guarded
'%r' % like_guarded
'{}'.format(shown)
'{:>5}'.format(shown)
'{!r}'.format(shown)
'{!s}'.format(shown)
'{!a}'.format(shown)
'{a}'.format(a=shown)
'{}'.format([shown])
'{}'.format(shown_by_part)
f'{shown}'
f'{shown!r}'
f'{shown:x}'
f'{[shown]}'
f'{guarded}'
str(shown)
repr(shown)
ascii(shown)
format(shown)
format(shown, 'x')
str([shown])
repr((shown, 1))
repr({shown: 1}.keys())
repr({1: shown}.values())
repr({1: shown}.items())
repr({shown})
repr(frozenset([shown]))
str(shown_by_helper)
repr(guarded)
str(like_guarded)
repr([guarded])
repr(ValueError(shown))
str(ValueError(shown))
str(KeyError(shown))
', '.join(str(i) for i in [shown])
[str(i) for i in [shown]]
sorted([shown], key=str)
max([shown], key=repr)
list(map(repr, [shown]))
shown_by_part.part == 1 or str(shown_by_part)
"""


class NotedZone(datetime.tzinfo):
    """Each of its methods is noted."""

    def utcoffset(self, when):
        return datetime.timedelta(hours=note(1))

    def dst(self, when):
        return datetime.timedelta(note(0))

    def tzname(self, when):
        return note("noted")

    def fromutc(self, when):
        written.append(when.year)
        return when

    def __repr__(self):
        return note("zone")

    def __eq__(self, other):
        return note(True)

    __hash__ = None


class CachingZone(NotedZone):
    """Keeps what it has computed, as some libraries do."""

    def utcoffset(self, when):
        if not hasattr(self, "_offset"):
            self._offset = datetime.timedelta(hours=1)
        return self._offset

    dst = tzname = utcoffset


class TzInfo(NotedZone):
    """Has the names of pydantic's, which is in C."""

    __module__ = "pydantic_core._pydantic_core"


class ShadowedZone(datetime.tzinfo):
    """Its methods are in the instance."""

    def __init__(self):
        self.utcoffset = self.dst = lambda when: written.append("shadow") or datetime.timedelta(0)
        self.fromutc = lambda when: written.append("fromutc") or when


class LaterDate(datetime.datetime):
    def utcoffset(self):
        return note(None)

    def __lt__(self, other):
        return note(True)

    def __sub__(self, other):
        return note(datetime.timedelta(0))

    def replace(self, *arguments, **keywords):
        return note(self)


OBJECTS.update({"in_" + zone.__class__.__name__: datetime.datetime(2026, 1, 2, tzinfo=zone) for zone in (NotedZone(), CachingZone(), TzInfo(), ShadowedZone())})
OBJECTS.update({"noted_time": datetime.time(8, tzinfo=NotedZone()), "noted_zone": NotedZone(), "shadowed_zone": ShadowedZone(), "later": LaterDate(2026, 1, 2, tzinfo=NotedZone())})

OF_ZONES = """
%s < later
%s == datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc) >= %s
%s - datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
%s.timestamp()
%s.isoformat()
%s.utcoffset()
%s.dst()
%s.tzname()
%s.strftime('%%z')
%s.strftime('%%Z')
%s.astimezone(datetime.timezone.utc)
%s.timetz().utcoffset()
%s.replace(hour=1).utcoffset()
%s.replace(tzinfo=noted_zone).tzname()
%s.utctimetuple()
%s.timetuple()
str(%s)
repr(%s)
hash(%s)
f'{%s}'
f'{%s:%%z}'
'%%s' %% %s
'{}'.format(%s)
[%s].count(later)
{%s: 1}
{%s}
%s in {1: 2}
%s in {1}
max(%s, datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc))
sorted([datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), %s])
"""

THEMES["zones"] = "".join(OF_ZONES.replace("%s", name).replace("%%", "%") for name in OBJECTS if name.startswith("in_") or name == "later") + """
noted_time == datetime.time(8, tzinfo=datetime.timezone.utc)
noted_time < datetime.time(8, tzinfo=datetime.timezone.utc)
noted_time.utcoffset()
noted_time.isoformat()
str(noted_time)
when.astimezone(noted_zone)
when.replace(tzinfo=noted_zone).utcoffset()
when.replace(tzinfo=noted_zone) < when.replace(tzinfo=shadowed_zone)
datetime.datetime.now(noted_zone)
datetime.datetime.now(tz=shadowed_zone)
datetime.datetime(2026, 1, 2, tzinfo=noted_zone).timestamp()
datetime.datetime.fromtimestamp(5, noted_zone)
datetime.datetime.combine(day, noted_time)
noted_zone.utcoffset(when)
noted_zone == noted_zone
"""


class Compared:
    """A key that is compared, and says so. Its hash is that of every other."""

    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return note(True)


class Intercepting:
    def __getattribute__(self, name):
        written.append(name)
        return object.__getattribute__(self, name)


class Extra:
    def __init__(self):
        self.extra = {}

    def __getattr__(self, name):
        extra = object.__getattribute__(self, "extra")
        if name not in extra:
            object.__setattr__(self, name, note(1))
        return extra.setdefault(name, 1)

    @property
    def computed(self):
        return note(1)


class ListOfItself(list):
    def __iter__(self):
        written.append("iter")
        return list.__iter__(self)

    def __len__(self):
        return note(list.__len__(self))


OBJECTS.update({
    "compared_keys": {Compared(1): 1}, "other_keys": {Compared(2): 1}, "compared_values": {"x": Compared(3)}, "intercepting": Intercepting(), "extra": Extra(), "list_of_itself": ListOfItself([1]),
    "computed_getter": operator.attrgetter("computed"), "deep_getter": operator.attrgetter("extra.computed"), "item_getter": operator.itemgetter(0, "x"), "compared_getter": operator.itemgetter(Compared(4)),
    "caller": operator.methodcaller("append", 5),
})  # fmt: skip

THEMES["views, and methods by their classes"] = """
compared_keys.keys() == other_keys.keys()
compared_keys.keys() <= other_keys.keys()
compared_keys.keys() > other_keys.keys()
compared_keys.keys() != {Compared, 1}
compared_keys.items() == other_keys.items()
compared_values.items() == {'x': 1}.items()
compared_values.items() <= {'x': shown}.items()
compared_keys.keys() & other_keys.keys()
compared_keys.keys() | other_keys.keys()
compared_keys.keys() - other_keys.keys()
compared_keys.keys() ^ other_keys.keys()
compared_keys.keys() & items
compared_keys.keys() - trap_list
mapping.keys() - trap_list
mapping.keys() & iterator
mapping.keys() | generator
mapping.keys() == trap_set
mapping.keys() <= trap_frozenset
trap_set >= mapping.keys()
colliding_set == mapping.keys()
mapping.keys().isdisjoint(compared_keys)
compared_keys.keys().isdisjoint(other_keys)
mapping.keys().isdisjoint(iterator)
mapping.keys().isdisjoint(trap_list)
mapping.items().isdisjoint(generator)
colliding.keys() == {1: 2}.keys()
{1: 2}.keys() >= colliding.keys()
intercepting.anything
object.__getattribute__(intercepting, '__dict__') and intercepting.x
extra.missing
hasattr(extra, 'missing')
object.__getattribute__(extra, 'computed')
object.__getattribute__(trap, 'lazy')
object.__getattribute__(trap, 'computed')
object.__getattribute__(subtle, 'caches')
object.__getattribute__(trap_date, '__str__')()
object.__setattr__(trap, 'x', 1)
object.__delattr__(trap, 'data')
object.__init__(trap)
object.__new__(Trap)
object.__repr__(trap) == repr(trap)
object.__eq__(trap, 1) or trap == 1
object.__ne__(trap, 1)
object.__format__(trap, '')
object.__reduce_ex__(trap, 2)
object.__dir__(trap)
type.__call__(Trap)
type.__getattribute__(Metered, 'lazy')
list.__iter__(iterator)
list.__init__(items)
list.__setitem__(items, 0, 1)
list.__delitem__(items, 0)
list.__iadd__(items, [1])
list.__imul__(items, 2)
list.__contains__(items, trap)
list.__eq__([trap], [1])
list.__lt__([trap], [1])
list.__add__(items, trap_list)
dict.__setitem__(mapping, 1, 2)
dict.__delitem__(mapping, 'a')
dict.__init__(mapping, c=1)
dict.__ior__(mapping, {'c': 1})
dict.__eq__(trap_values, {'a': 1})
set.__ior__(numbers_set, {7})
set.__iand__(numbers_set, {7})
int.__add__(1, trap)
int.__eq__(1, trap)
str.__mod__('%s', trap)
str.__format__('a', trap_text)
tuple.__eq__((trap,), (1,))
tuple.__contains__((trap,), 1)
super(Trap, trap).__setattr__('x', 1)
super(type(container), container).__setitem__('a', 2)
trap.__setattr__('x', 1)
items.__iadd__([1])
items.__setitem__(0, 1)
mapping.__setitem__(1, 2)
mapping.__ior__({1: 2})
(lambda f: f(items, 0, 1))(list.__setitem__)
list(map(list.__delitem__, [items], [0]))
sorted([items], key=list.__len__) and list.__imul__(items, 2)
list(list_of_itself)
len(list_of_itself)
[i for i in list_of_itself]
repr(list_of_itself) and len(list_of_itself)
computed_getter(extra)
computed_getter(subtle)
deep_getter(extra) or extra.missing
item_getter(trap_list)
item_getter(default)
compared_getter(mapping)
compared_getter({1: 2})
compared_getter(compared_keys)
caller(items)
sorted([extra], key=computed_getter)
max([trap], key=operator.itemgetter(0))
min([trap], key=operator.attrgetter('lazy'))
operator.attrgetter('lazy')(trap)
operator.attrgetter('computed.x')(trap)
operator.itemgetter('nope')(default)
operator.itemgetter(trap)
operator.itemgetter(trap_text)(mapping)
operator.attrgetter(trap_text)
operator.methodcaller('append', 1)(items)
operator.setitem(items, 0, 1)
"""


# Rows of a database, and sessions, whose classes have the names of the libraries', and write.
class BaseRow:
    __module__ = "sqlalchemy.engine._py_row"
    __slots__ = ("_parent", "_data", "_key_to_index")

    def __init__(self, data, indexes, parent):
        for slot, value in zip(("_data", "_key_to_index", "_parent"), (data, indexes, parent)):
            object.__setattr__(self, slot, value)

    def __getattr__(self, name):
        return note(name)


class Row(BaseRow):
    __module__ = "sqlalchemy.engine.row"
    __slots__ = ()

    def __getitem__(self, index):
        return note(index)

    def __len__(self):
        return note(1)

    def __iter__(self):
        written.append("iter")
        return iter([1])

    def __eq__(self, other):
        return note(True)

    def __lt__(self, other):
        return note(True)

    def __contains__(self, item):
        return note(True)

    def __repr__(self):
        return note("row")

    __hash__ = None
    other = property(lambda self: note(5))


class RowMapping(BaseRow):
    __module__ = "sqlalchemy.engine.row"
    __slots__ = ()
    __getitem__, __len__, __iter__, __contains__ = Row.__getitem__, Row.__len__, Row.__iter__, Row.__contains__

    def keys(self):
        return note(["a"])

    def __del__(self):
        written.append("del")


OtherRow = type("Row", (BaseRow,), dict(Row.__dict__, __module__="sqlalchemy.engine.row"))


class Columns:
    """What a row asks for its names."""

    @property
    def _keys(self):
        return note(["a"])

    def _has_key(self, name):
        return note(True)


class TupleThatWrites(tuple):
    def __getitem__(self, index):
        return note(index)

    def __len__(self):
        return note(1)


sys.modules["sqlalchemy.engine.row"] = types.ModuleType("sqlalchemy.engine.row")
sys.modules["sqlalchemy.engine.row"].Row, sys.modules["sqlalchemy.engine.row"].RowMapping = Row, RowMapping
kept = [RowMapping((1,), {"a": 0}, Columns())]  # or its __del__ would run


class SecureCookieSession(dict):
    """Its reads are noted elsewhere than the library's."""

    __module__ = "flask.sessions"

    def __missing__(self, key):
        return self.setdefault(key, note(1))

    def __contains__(self, key):
        return note(True)

    def keys(self):
        return note([])


class LikeSession(dict):
    def __getitem__(self, key):
        self.accessed = True
        return dict.__getitem__(self, key)

    get = __getitem__


class RequestContext:
    __module__ = "flask.ctx"

    def __init__(self, session):
        if session:
            self._session = session

    @property
    def session(self):
        self._session.accessed = True
        return self._session


class SessionBase:
    __module__ = "django.contrib.sessions.backends.base"

    @property
    def _session(self):
        self.accessed = True
        if not hasattr(self, "_session_cache"):
            self._session_cache = {}
        return self._session_cache

    def __getitem__(self, key):
        return self._session[key]

    def get(self, key):
        return self._session.get(key)

    def pop(self, key):
        return self._session.pop(key)


class InstrumentedAttribute:
    __module__ = "sqlalchemy.orm.attributes"
    key = "id"

    def __get__(self, instance, owner):
        return note(instance.__dict__.setdefault("id", 5))

    def __set__(self, instance, value):
        written.append(value)


class Mapped:
    id = InstrumentedAttribute()


OBJECTS.update({
    "row": Row((1, "x"), {"a": 0, "b": 1, "c": None, "d": 9}, Columns()), "other_row": OtherRow((1,), {"a": 0}, Columns()), "row_mapping": kept[0],
    "row_of_hooks": Row((Shown(), Compared(5)), {"a": 0, Compared(6): 1}, Columns()), "odd_row": Row(TupleThatWrites([1]), {"a": 0}, Columns()), "empty_row": Row.__new__(Row),
    "secure_session": SecureCookieSession(a=1), "like_session": LikeSession(a=1), "request_context": RequestContext(LikeSession(a=1)), "no_context": RequestContext(None),
    "session_base": SessionBase(), "mapped_object": Mapped(),
})  # fmt: skip

THEMES["rows and sessions"] = """
row.a
row.b
row.c
row.d
row.nothing
row.other
row._mapping
row._mapping['a']
row._fields
row._asdict()
row[0]
row['a']
row[9]
len(row)
bool(row)
list(row)
tuple(row)
[i for i in row]
row == (1, 'x')
row < (2,)
row == row_of_hooks
1 in row
str(row)
repr(row)
f'{row}'
'%s' % row
hash(row)
{row}
row.missing if row else 1
other_row.a
other_row[0]
len(other_row)
other_row == 1
repr(other_row)
row_mapping['a']
row_mapping['zz']
row_mapping.keys()
'a' in row_mapping
len(row_mapping)
list(row_mapping)
dict(row_mapping)
{**row_mapping}
row_of_hooks.a == 1
row_of_hooks == (1, 2)
str(row_of_hooks)
repr(row_of_hooks)
row_of_hooks.zz
row_of_hooks[1] == 5
odd_row.a
odd_row[0]
len(odd_row)
empty_row.a
empty_row[0]
secure_session['zz']
secure_session['a']
'zz' in secure_session
secure_session.keys()
like_session['a']
like_session.get('a')
request_context.session['a']
request_context.session.get('a')
no_context.session
session_base['a']
session_base.get('a')
session_base.pop('a')
session_base._session
mapped_object.id
hasattr(mapped_object, 'id')
getattr(mapped_object, 'id', None)
"""
