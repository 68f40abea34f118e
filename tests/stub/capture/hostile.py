"""Classes that count every call of theirs: special methods, properties, descriptors, metaclass methods."""

import asyncio
import collections
import decimal
import enum
import functools
import weakref

calls = []

# Those that Python calls by itself. __new__, __init__ and __init_subclass__ make the objects; __del__ has its own test.
NAMES = (
    "__repr__ __str__ __bytes__ __format__ __lt__ __le__ __eq__ __ne__ __gt__ __ge__ __hash__ __bool__ __getattr__ "
    "__getattribute__ __setattr__ __delattr__ __dir__ __get__ __set__ __delete__ __set_name__ __call__ __len__ "
    "__length_hint__ __getitem__ __setitem__ __delitem__ __missing__ __iter__ __next__ __reversed__ __contains__ "
    "__add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__ __lshift__ __rshift__ "
    "__and__ __xor__ __or__ __radd__ __rsub__ __rmul__ __rmatmul__ __rtruediv__ __rfloordiv__ __rmod__ __rdivmod__ "
    "__rpow__ __rlshift__ __rrshift__ __rand__ __rxor__ __ror__ __iadd__ __isub__ __imul__ __neg__ __pos__ __abs__ "
    "__invert__ __complex__ __int__ __float__ __index__ __round__ __trunc__ __floor__ __ceil__ __enter__ __exit__ "
    "__await__ __aiter__ __anext__ __aenter__ __aexit__ __copy__ __deepcopy__ __reduce__ __reduce_ex__ __getstate__ "
    "__sizeof__ __instancecheck__ __subclasscheck__ __fspath__ __buffer__ __release_buffer__ keys values items get "
    "append pop"
).split()

METACLASS_NAMES = (
    "__repr__ __str__ __eq__ __hash__ __getattribute__ __getattr__ __call__ __instancecheck__ __subclasscheck__ __iter__ "
    "__len__ __contains__ __getitem__ __or__ __ror__ __dir__ __subclasses__ mro_entries"
).split()


class Counted(Exception):
    """Raised by every method, so that a call is seen even if its count were lost."""


def counting(name):
    def method(*arguments, **keywords):
        calls.append(name)
        raise Counted(name)

    return method


def counting_property(name):
    return property(counting("property " + name))


class Descriptor:
    def __get__(self, instance, owner=None):
        calls.append("descriptor")
        raise Counted("descriptor")

    def __set__(self, instance, value):
        calls.append("descriptor")
        raise Counted("descriptor")


class LazyDescriptor:
    def __get__(self, instance, owner=None):
        calls.append("lazy descriptor")
        raise Counted("lazy descriptor")


Metaclass = type("Metaclass", (type,), {name: counting("metaclass " + name) for name in METACLASS_NAMES})


def namespace():
    members = {name: counting(name) for name in NAMES}
    members.update(
        {
            "__class__": counting_property("__class__"),
            "described": Descriptor(),
            "lazy": LazyDescriptor(),
            "computed": counting_property("computed"),
            "data": 5,
        }
    )
    return members


def make(base=object, metaclass=Metaclass, extra=None):
    return type.__new__(metaclass, "Hostile_" + base.__name__, (base,), {**namespace(), **(extra or {})})


def new(hostile_class, base, *arguments):
    """An instance, made without the class's own __call__."""
    instance = base.__new__(hostile_class, *arguments)
    if base not in (object, int, str, float, bytes, complex, tuple, frozenset):
        base.__init__(instance, *arguments)
    return instance


HostileObject = make(object, extra={"__dict__": counting_property("__dict__")})
HostileSlots = type.__new__(Metaclass, "HostileSlots", (object,), {**namespace(), "__slots__": ("slot", "other")})
HostileError = make(ValueError)


def hostile_member():
    """A member of an enumeration whose methods were exchanged after it was made: what makes one calls them."""
    enumeration = enum.Enum("Enumeration", "MEMBER")
    member = enumeration.MEMBER
    for name, value in namespace().items():
        if name != "__class__":
            type.__setattr__(enumeration, name, value)
    return member


def hostile_future():
    loop = asyncio.new_event_loop()
    future_type = make(asyncio.Future, type(asyncio.Future), {"_state": counting_property("_state")})
    future = asyncio.Future.__new__(future_type)
    asyncio.Future.__init__(future, loop=loop)
    loop.close()
    return future


def instances():
    """One of each kind, by name."""
    made = {}
    for base, arguments in (
        (object, ()),
        (int, (7,)),
        (float, (1.5,)),
        (complex, (1, 2)),
        (str, ("text",)),
        (bytes, (b"data",)),
        (bytearray, (b"data",)),
        (list, ([1, 2],)),
        (tuple, ((1, 2),)),
        (set, ({1},)),
        (frozenset, ({1},)),
        (dict, ({"key": 1},)),
        (collections.OrderedDict, ()),
        (collections.defaultdict, (list,)),
        (collections.deque, ((1, 2),)),
        (ValueError, ("text",)),
        (BaseException, ("text",)),
        (decimal.Decimal, ("1.5",)),
        (functools.partial, (print,)),
        (weakref.ref, (print,)),
    ):
        made[base.__name__] = new(make(base), base, *arguments)
    made["HostileObject"] = new(HostileObject, object)
    with_attribute = new(make(object), object)
    object.__setattr__(with_attribute, "attribute", 1)
    made["attribute"] = with_attribute
    slots = new(HostileSlots, object)
    object.__setattr__(slots, "slot", 1)
    made["slots"] = slots
    made["class"] = HostileObject
    made["member"] = hostile_member()
    made["future"] = hostile_future()
    return made
