"""An app whose every hook says that it ran: what expressions must not touch.

calls has a name for each hook that ran, whoever called it.
"""

import abc
import array
import asyncio
import atexit
import codecs
import collections
import collections.abc
import contextlib
import copy
import ctypes
import datetime
import decimal
import enum
import fractions
import functools
import gc
import heapq
import importlib
import io
import itertools
import json
import logging
import math
import mmap
import numbers
import operator
import os
import pickle
import queue
import random
import re
import signal
import socket
import string
import struct
import subprocess
import sys
import threading
import time
import types
import typing
import uuid
import warnings
import weakref

try:
    from contextvars import ContextVar, copy_context
except ImportError:  # 3.6
    ContextVar = copy_context = None

calls = []


def hook(name, result=None):
    def method(*arguments, **keywords):
        calls.append(name)
        return result

    return method


# Every special method, with a result that CPython accepts.
SPECIAL = {
    "__repr__": "r", "__str__": "s", "__format__": "f", "__bytes__": b"b", "__hash__": 1, "__bool__": True, "__len__": 2, "__length_hint__": 2,
    "__eq__": True, "__ne__": True, "__lt__": True, "__le__": True, "__gt__": True, "__ge__": True, "__contains__": True, "__getitem__": 1,
    "__setitem__": None, "__delitem__": None, "__missing__": 1, "__call__": 1, "__index__": 1, "__int__": 1, "__float__": 1.0, "__complex__": 1j,
    "__neg__": 1, "__pos__": 1, "__abs__": 1, "__invert__": 1, "__round__": 1, "__trunc__": 1, "__floor__": 1, "__ceil__": 1,
    "__enter__": 1, "__exit__": None, "__await__": None, "__aiter__": None, "__anext__": None, "__fspath__": "path", "__sizeof__": 1, "__dir__": [],
    "__reduce__": "r", "__reduce_ex__": "r", "__copy__": 1, "__deepcopy__": 1, "__getstate__": 1, "__instancecheck__": True, "__subclasscheck__": True,
    "__next__": 1, "__mro_entries__": (),
}  # fmt: skip
for _name in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split():
    SPECIAL.update({"__%s__" % _name: 1, "__r%s__" % _name: 1, "__i%s__" % _name: 1})


def special_methods(of, without=()):
    methods = {name: hook("%s.%s" % (of, name), result) for name, result in SPECIAL.items() if name not in without}
    if "__iter__" not in without:
        methods["__iter__"] = lambda self: (calls.append(of + ".__iter__"), iter([1, 2]))[1]
    if "__reversed__" not in without:
        methods["__reversed__"] = lambda self: (calls.append(of + ".__reversed__"), iter([2, 1]))[1]
    return methods


class Lazy:
    """A descriptor that keeps what it computes."""

    def __set_name__(self, owner, name):
        self.name = name
        calls.append("__set_name__")

    def __get__(self, instance, owner):
        calls.append("Lazy.__get__")
        if instance is None:
            return self
        return instance.__dict__.setdefault(self.name, [1])


class DataDescriptor(Lazy):
    def __set__(self, instance, value):
        calls.append("DataDescriptor.__set__")


class Base:
    def __init__(self, *arguments):
        self.data, self.attributes = [3, 1, 2], {"key": [1]}

    def __getattr__(self, name):
        calls.append("__getattr__ " + name)
        return [1]

    def __setattr__(self, name, value):
        calls.append("__setattr__ " + name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        calls.append("__delattr__ " + name)
        object.__delattr__(self, name)

    def __init_subclass__(cls, **keywords):
        calls.append("__init_subclass__")

    def __class_getitem__(cls, item):
        calls.append("__class_getitem__")
        return cls

    lazy = Lazy()
    data_descriptor = DataDescriptor()
    method = hook("method")
    class_method = classmethod(hook("class_method"))
    static_method = staticmethod(hook("static_method"))
    computed = property(hook("property"), hook("property setter"), hook("property deleter"))
    partial_method = functools.partialmethod(hook("partial_method"), 1)
    cached = functools.cached_property(hook("cached_property")) if hasattr(functools, "cached_property") else Lazy()
    memoized = functools.lru_cache(None)(hook("lru_cache"))


Trap = type("Trap", (Base,), special_methods("Trap"))
AllGet = type("AllGet", (), {"__getattribute__": lambda self, name: calls.append("__getattribute__ " + name)})
Unhashed = type("Unhashed", (), {"__eq__": hook("Unhashed.__eq__", True)})
OldIteration = type("OldIteration", (), {"__getitem__": lambda self, index: (calls.append("old __getitem__"), [1][index])[1]})
Finalized = type("Finalized", (), {"__del__": hook("__del__")})
Equal = type("Equal", (), {"__eq__": hook("Equal.__eq__", True), "__hash__": lambda self: 1})
Liar = type("Liar", (), {"__class__": property(lambda self: (calls.append("__class__"), int)[1])})
DictLiar = type("DictLiar", (), {"__dict__": property(lambda self: (calls.append("__dict__"), {})[1])})


class Colliding:
    """As a key it has the hash of 1 and of 'a', which nobody can see before it is asked."""

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        if len(calls) or calls is not None:
            calls.append("Colliding.__hash__")
        return self.number

    def __eq__(self, other):
        calls.append("Colliding.__eq__")
        return True


TrapText = type("TrapText", (str,), special_methods("TrapText", without=("__hash__", "__reduce__", "__reduce_ex__")))
TrapText.__hash__ = lambda self: (calls.append("TrapText.__hash__"), str.__hash__(self))[1]
for _name in ("startswith", "upper", "format", "join", "encode", "split", "strip", "replace", "casefold", "lower"):
    setattr(TrapText, _name, hook("TrapText." + _name, ""))
QuietText = type("QuietText", (str,), {"__eq__": lambda self, other: (calls.append("QuietText.__eq__"), str.__eq__(self, other))[1], "__hash__": str.__hash__})
TrapInt = type("TrapInt", (int,), special_methods("TrapInt"))
TrapFloat = type("TrapFloat", (float,), special_methods("TrapFloat"))
TrapBytes = type("TrapBytes", (bytes,), special_methods("TrapBytes"))
TrapTuple = type("TrapTuple", (tuple,), special_methods("TrapTuple"))
TrapList = type("TrapList", (list,), special_methods("TrapList"))
TrapSet = type("TrapSet", (set,), special_methods("TrapSet"))
TrapFrozenset = type("TrapFrozenset", (frozenset,), special_methods("TrapFrozenset"))
TrapDict = type("TrapDict", (dict,), special_methods("TrapDict"))
for _class in (TrapDict, TrapList, TrapSet, TrapTuple, TrapFrozenset, TrapBytes):
    for _name in ("get", "items", "keys", "values", "copy", "index", "count", "union", "issubset", "decode", "hex"):
        if hasattr(_class, _name):
            setattr(_class, _name, hook("%s.%s" % (_class.__name__, _name)))


class MissingDict(dict):
    def __missing__(self, key):
        self[key] = calls.append("__missing__")
        return 1


class Meta(type):
    meta_computed = property(hook("meta property"))
    meta_method = hook("meta method")

    @classmethod
    def __prepare__(mcs, name, bases, **keywords):
        calls.append("__prepare__")
        return {}

    def __new__(mcs, name, bases, namespace, **keywords):
        calls.append("Meta.__new__")
        return type.__new__(mcs, name, bases, namespace)

    def mro(cls):
        calls.append("mro")
        return type.mro(cls)

    def __getattr__(cls, name):
        calls.append("Meta.__getattr__")
        return 1


for _name, _result in SPECIAL.items():
    if _name not in ("__reduce__", "__reduce_ex__", "__hash__", "__eq__", "__mro_entries__", "__copy__", "__deepcopy__", "__getstate__"):
        setattr(Meta, _name, hook("Meta." + _name, _result))
Meta.__iter__ = lambda cls: (calls.append("Meta.__iter__"), iter([1]))[1]
Metered = Meta("Metered", (), {"plain": 5, "lazy": Lazy()})


class Slots:
    __slots__ = ("first", "second", "__weakref__")

    def __getattr__(self, name):
        calls.append("Slots.__getattr__")
        self.second = 2
        return 2


class Color(enum.Enum):
    RED = [1]
    BLUE = [2]

    @classmethod
    def _missing_(cls, value):
        calls.append("_missing_")
        return cls.RED

    @property
    def computed(self):
        calls.append("Color.computed")


class Permission(enum.Flag):
    READ = 1
    WRITE = 2
    EXECUTE = 4


class Number(enum.IntFlag):
    ONE = 1
    TWO = 2


class Zone(datetime.tzinfo):
    def utcoffset(self, when):
        calls.append("utcoffset")
        return datetime.timedelta(hours=1)

    def dst(self, when):
        calls.append("dst")
        return datetime.timedelta(0)

    def tzname(self, when):
        calls.append("tzname")
        return "zone"

    def fromutc(self, when):
        calls.append("fromutc")
        return when


TrapDate = type("TrapDate", (datetime.datetime,), special_methods("TrapDate", without=("__reduce__", "__reduce_ex__", "__hash__")))
for _name in ("isoformat", "strftime", "utcoffset", "date", "ctime", "timestamp", "weekday"):
    setattr(TrapDate, _name, hook("TrapDate." + _name, "text"))
TrapDecimal = type("TrapDecimal", (decimal.Decimal,), special_methods("TrapDecimal", without=("__reduce__", "__reduce_ex__")))
TrapFraction = type("TrapFraction", (fractions.Fraction,), special_methods("TrapFraction", without=("__reduce__", "__reduce_ex__")))
TrapUuid = type("TrapUuid", (uuid.UUID,), {"hex": property(hook("TrapUuid.hex", "h")), "__str__": hook("TrapUuid.__str__", "s"), "__eq__": hook("TrapUuid.__eq__", True), "__hash__": hook("TrapUuid.__hash__", 1)})


class Registered(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other):
        calls.append("__subclasshook__")
        return True


class Buffer:
    def __buffer__(self, flags):  # 3.12
        calls.append("__buffer__")
        return memoryview(b"buffer")

    def __release_buffer__(self, view):
        calls.append("__release_buffer__")


class TrapMapping(collections.abc.Mapping):
    __getitem__ = hook("Mapping.__getitem__", 1)
    __len__ = hook("Mapping.__len__", 1)

    def __iter__(self):
        calls.append("Mapping.__iter__")
        return iter(["a"])


class Point(collections.namedtuple("Point", "x y")):
    __slots__ = ()

    def __new__(cls, *arguments):
        calls.append("Point.__new__")
        return tuple.__new__(cls, arguments)


class NoDict:
    """Its attributes have names that compare."""


def make_generator():
    try:
        for number in range(1000):
            calls.append("generator")
            yield number
    finally:
        calls.append("generator ends")


async def make_coroutine():
    calls.append("coroutine")


async def make_async_generator():
    calls.append("async generator")
    yield 1


@contextlib.contextmanager
def manager():
    calls.append("manager")
    yield 1


def keyed_by_hooks(*keys):
    """A dict whose keys compare by running code, and which nobody has asked yet."""
    result = {key: [1] for key in keys}
    del calls[:]
    return result


def nest(depth):
    """Too many objects for a fingerprint."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


def make_state(folder):
    """What the expressions see, by name. What is open in it is closed by close_state()."""
    path = os.path.join(folder, "file.txt")
    with open(path, "w") as file:
        file.write("line\n" * 1000)
    items, data = [3, 1, 2], bytearray(b"data" * 10)
    recursive, recursive_dict = [], {}
    recursive.append(recursive)
    recursive_dict["self"] = recursive_dict
    module = types.ModuleType("hostile_module")
    module.__getattr__ = hook("module __getattr__")
    module.function, module.items = hook("module function"), items
    no_dict = NoDict()
    no_dict.__dict__ = {QuietText("name"): 1, QuietText("other"): 2}
    slots = Slots()
    slots.first = [1]
    file_descriptor = os.open(path, os.O_RDWR)
    context_variable = ContextVar("variable") if ContextVar else Trap()
    if ContextVar:
        context_variable.set([1])
    trap = Trap()
    zone = Zone()

    def closure():
        calls.append("closure")
        items.append(trap)
        return items

    try:
        raise ValueError("text", items)
    except ValueError as caught:
        error = caught
    state = {
        # Plain containers of the app.
        "items": items, "mapping": {"a": 1, "b": [1]}, "numbers_set": {1, 2}, "frozen": frozenset([1, 2]), "pair": (1, [2]), "data": data, "text": "text",
        "array_": array.array("i", [1, 2, 3]), "deque": collections.deque([1, 2, 3], 3), "ordered": collections.OrderedDict(a=1, b=[2]),
        "default": collections.defaultdict(list, key=[1]), "counted": collections.Counter("aab"), "chained": collections.ChainMap({"a": 1}, {"b": 2}),
        "user_dict": collections.UserDict(a=1), "user_list": collections.UserList([1]), "proxy_dict": types.MappingProxyType({"a": [1]}),
        "missing_dict": MissingDict(a=1), "nested": {"users": [{"name": "ann", "tags": ["x"]}]}, "namespace": types.SimpleNamespace(value=[1]),
        "recursive": recursive, "recursive_dict": recursive_dict, "deep": nest(5000), "views": {"a": [1]}.items(), "keys": {"a": 1}.keys(), "values": {"a": [1]}.values(),
        "number": 7, "big": 10**300, "huge_text": "a" * 10**5 + "b", "long_list": list(range(10**5)), "spaces": " " * 30000 + "x",
        # Hooks in each position.
        "trap": trap, "trap_text": TrapText("a"), "quiet_text": QuietText("a"), "trap_int": TrapInt(1), "trap_float": TrapFloat(1.5), "trap_bytes": TrapBytes(b"ab"),
        "trap_tuple": TrapTuple([1, 2]), "trap_list": TrapList([1, 2]), "trap_set": TrapSet([1]), "trap_frozenset": TrapFrozenset([1]), "trap_dict": TrapDict(a=1),
        "all_get": AllGet(), "unhashed": Unhashed(), "old_iteration": OldIteration(), "liar": Liar(), "dict_liar": DictLiar(), "buffer": Buffer(),
        "trap_mapping": TrapMapping(), "no_dict": no_dict, "slots": slots, "point": Point(1, [2]), "holder": [trap], "trap_pair": (1, trap), "trap_values": {"a": trap},
        "colliding": keyed_by_hooks(Colliding(1)), "colliding_text": keyed_by_hooks(Colliding(hash("a"))), "colliding_set": set(keyed_by_hooks(Colliding(1))),
        "colliding_frozenset": frozenset(keyed_by_hooks(Colliding(1))), "quiet_keys": keyed_by_hooks(QuietText("a")), "trap_keys": keyed_by_hooks(trap),
        "tuple_keys": keyed_by_hooks((1, Colliding(2))), "equal": Equal(), "changed_key": None,
        "trap_date": TrapDate(2020, 1, 1), "aware": datetime.datetime(2020, 1, 1, tzinfo=zone), "aware_time": datetime.time(1, tzinfo=zone), "zone": zone,
        "when": datetime.datetime(2020, 1, 1), "day": datetime.date(2020, 1, 1), "price": decimal.Decimal("1.1"), "trap_decimal": TrapDecimal("1"),
        "fraction": fractions.Fraction(1, 3), "trap_fraction": TrapFraction(1, 3), "unique": uuid.UUID(int=5), "trap_uuid": TrapUuid(int=6),
        # Classes.
        "Trap": Trap, "Base": Base, "Meta": Meta, "Metered": Metered, "Color": Color, "Permission": Permission, "Number": Number, "Finalized": Finalized, "Slots": Slots,
        "Registered": Registered, "Point": Point, "Zone": Zone, "TrapDict": TrapDict, "Lazy": Lazy, "Equal": Equal, "TrapText": TrapText, "Colliding": Colliding,
        # What is read once.
        "iterator": iter([1, 2, 3] * 50), "text_iterator": iter("abc" * 50), "dict_iterator": iter({"a": 1, "b": 2, "c": 3}), "set_iterator": iter({1, 2, 3}),
        "range_iterator": iter(range(1000)), "generator": make_generator(), "generator_expression": (calls.append("genexpr") for _ in range(1000)),
        "zipped": zip([1] * 99, iter("ab" * 50)), "enumerated": enumerate(iter("abc" * 50)), "mapped": map(hook("mapped"), [1, 2, 3]), "filtered": filter(hook("filtered"), [1, 2]),
        "reversed_items": reversed([1, 2, 3] * 50), "counter": itertools.count(), "cycle": itertools.cycle([1, 2]), "chain": itertools.chain([1] * 99, [2]),
        "islice": itertools.islice(iter([1, 2, 3] * 50), 90), "tee": itertools.tee([1, 2, 3] * 50)[0], "product": itertools.product([1, 2] * 20, [3] * 20),
        "grouped": itertools.groupby([1] * 99, hook("group key")), "repeated": itertools.repeat(1, 1000), "calling": iter(hook("iter callable", 1), 2),
        "file": open(path, "r+"), "binary": open(path, "rb"), "string_io": io.StringIO("ab\n" * 50), "bytes_io": io.BytesIO(b"ab\n" * 50), "scan": os.scandir(folder),
        "found": re.finditer("a", "a" * 500), "scanner": re.compile("a").scanner("a" * 500) if hasattr(re.compile("a"), "scanner") else None, "reader": json.JSONDecoder().decode,
        "unpacked": struct.iter_unpack("b", b"abc" * 90), "coroutine": make_coroutine(), "async_generator": make_async_generator(), "queue_": queue.Queue(),
        # Functions and what calls functions.
        "function": hook("function"), "closure": closure, "lambda_": lambda *arguments: calls.append("lambda"), "partial": functools.partial(hook("partial"), 1), "appender": items.append,
        "partial_append": functools.partial(items.append, 5), "itemgetter": operator.itemgetter(0), "attrgetter": operator.attrgetter("computed"), "methodcaller": operator.methodcaller("append", 5),
        "memoized": functools.lru_cache()(hook("memoized")), "dispatched": functools.singledispatch(hook("dispatched")), "bound": trap.method, "class_bound": Trap.class_method,
        "manager": manager, "total_ordering": functools.cmp_to_key(hook("cmp", 0))(1), "wrapped": functools.wraps(hook("f"))(hook("wrapped")),
        # Buffers, weak references, locks, variables of contexts, things of the system.
        "memory": memoryview(data), "mapped_file": mmap.mmap(-1, 4096), "reference": weakref.ref(trap, hook("weakref callback")), "proxy": weakref.proxy(trap), "weak_dict": weakref.WeakValueDictionary(a=trap),
        "weak_keys": weakref.WeakKeyDictionary(), "weak_set": weakref.WeakSet(), "finalizer": weakref.finalize(trap, hook("finalize")), "lock": threading.Lock(), "rlock": threading.RLock(), "event": threading.Event(),
        "context_variable": context_variable, "context": copy_context() if copy_context else None, "local": threading.local(), "frame": sys._getframe(), "code": make_generator.__code__,
        "random_": random.Random(5), "decimal_context": decimal.Context(prec=5), "environment": os.environ, "path": path, "folder": folder, "file_descriptor": file_descriptor, "error": error,
        "pattern": re.compile("(a+)+$"), "match": re.match("(a)(b)?", "ab"), "struct_": struct.Struct("i"), "template": string.Template("$a"), "logger": logging.getLogger("hostile"), "record": logging.makeLogRecord({}),
        "module": module, "socket_": socket.socketpair(), "loop": asyncio.new_event_loop(), "c_array": (ctypes.c_int * 3)(1, 2, 3), "c_pointer": ctypes.pointer(ctypes.c_int(5)), "type_variable": typing.TypeVar("T"),
    }  # fmt: skip
    modules = [abc, asyncio, atexit, codecs, heapq, importlib, math, collections, contextlib, copy, ctypes, datetime, decimal, fractions, functools, gc, io, itertools, json, logging, mmap, numbers, operator, os]
    modules += [pickle, random, re, signal, socket, string, struct, subprocess, sys, threading, time, types, typing, uuid, warnings, weakref]
    state.update({found.__name__: found for found in modules})
    state["finalized"] = Finalized()
    state["weak_keys"][trap_key] = 1
    del calls[:]
    return state


trap_key = Base()


def close_state(state):
    """Ends what is open, and gives back what each iterator has left."""
    left = {}
    for name in ("iterator", "text_iterator", "dict_iterator", "set_iterator", "range_iterator", "generator", "zipped", "enumerated", "reversed_items", "chain", "islice", "tee", "product",
                 "repeated", "unpacked", "mapped", "filtered", "generator_expression"):  # fmt: skip
        left[name] = repr(list(state[name]))
    left["counter"] = next(state["counter"])
    left["cycle"] = next(state["cycle"])
    left["grouped"] = [(key, len(list(group))) for key, group in state["grouped"]]
    left["found"] = [match.span() for match in state["found"]]
    left["scanner"] = state["scanner"] and state["scanner"].match().span()
    left["scan"] = len(list(state["scan"]))
    left["random"] = state["random_"].random()
    for name in ("file", "binary", "string_io", "bytes_io"):
        left[name] = state[name].read(10)
        state[name].close()
    state["coroutine"].close()
    state["loop"].close()
    for end in state["socket_"]:
        end.close()
    os.close(state["file_descriptor"])
    state["memory"].release()
    state["mapped_file"].close()
    state["finalizer"].detach()
    state["finalized"].__class__ = Base
    return left
