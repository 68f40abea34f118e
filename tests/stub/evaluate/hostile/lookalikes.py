"""Objects that look like those that are read in ways of their own: classes and functions with the same names, and text that
is asked for in every way.
"""

import reprlib

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
