"""The complete state of an app and of its process, as something that can be compared.

Nothing here runs code of the app: its objects are gone through as the garbage collector goes through them, and what that
does not show (positions of iterators, buffers, locks) is asked of C code. Each object is there with the number of its
references.
"""

import array
import collections
import collections.abc
import decimal
import functools
import gc
import io
import itertools
import linecache
import locale
import logging
import mmap
import numbers
import operator
import os
import random
import re
import signal
import sys
import threading
import types
import warnings

try:
    import _abc
except ImportError:  # 3.6
    _abc = None
try:
    from contextvars import copy_context
except ImportError:  # 3.6

    def copy_context():
        return {}


# They have no members and never change: who holds one tells which.
_ATOMS = (type(None), bool, int, float, complex, str, bytes, range, type(Ellipsis), type(NotImplemented), types.CodeType, types.BuiltinFunctionType)

_ITERATORS = tuple(
    {type(iter(value)) for value in ([], (), "", b"", bytearray(), {}, {}.values(), {}.items(), set(), range(0), range(10**30))}
    | {reversed, type(reversed([])), type(reversed(range(0))), type(iter(collections.deque()))}
)

_ABCS = [getattr(collections.abc, name) for name in collections.abc.__all__] + [numbers.Number, numbers.Integral, io.IOBase, os.PathLike]


def _of_memoryview(value):
    try:
        return value.tobytes()
    except ValueError as error:
        return str(error)


def _of_generator(prefix):
    def read(value):
        frame = getattr(value, prefix + "_frame")
        return getattr(value, prefix + "_running"), frame and (frame.f_lasti, frame.f_lineno)

    return read


def _of_context(value):
    return value.prec, value.rounding, value.Emax, [flag.__name__ for flag, is_set in value.flags.items() if is_set]


def _of_file(value):
    return value.closed or os.lseek(value.fileno(), 0, os.SEEK_CUR)


# Of exact types: what gc.get_referents() does not show.
_READERS = {
    array.array: array.array.tobytes,
    bytearray: lambda value: bytes(memoryview(value)),
    decimal.Context: _of_context,
    io.BytesIO: lambda value: (value.closed, value.closed or (value.tell(), value.getvalue())),
    io.FileIO: _of_file,
    io.StringIO: lambda value: (value.closed, value.closed or (value.tell(), value.getvalue())),
    io.TextIOWrapper: _of_file,
    itertools.count: repr,
    itertools.repeat: repr,
    memoryview: _of_memoryview,
    mmap.mmap: lambda value: (value.tell(), hash(value[:])),
    random.Random: lambda value: hash(value.getstate()),
    type(functools.lru_cache()(len)): lambda value: value.cache_info(),
    type(threading.Lock()): lambda value: value.locked(),
    type(threading.RLock()): repr,
    types.AsyncGeneratorType: _of_generator("ag"),
    types.CoroutineType: _of_generator("cr"),
    types.GeneratorType: _of_generator("gi"),
}
_READERS.update({iterator: lambda value: operator.length_hint(value, -1) for iterator in _ITERATORS})


def _module_of(cls):
    """Of a class, which may have names that compare by running code."""
    for name, value in type.__dict__["__dict__"].__get__(cls).items():
        if type(name) is str and name == "__module__":
            return value
    return type.__dict__["__module__"].__get__(cls)


class Fingerprint:
    """Of all that is reachable from the roots without leaving the app: its modules, by name, are where it ends."""

    def __init__(self, roots, modules, folder):
        self.roots = roots
        self.modules = modules
        self.folder = folder
        self.foreign = {id(vars(module)) for name, module in list(sys.modules.items()) if name not in modules and isinstance(module, types.ModuleType)}
        self.foreign.update((id(self.__dict__), id(()), id(frozenset())))  # everybody has these

    def is_foreign(self, value, of_type):
        if id(value) in self.foreign:
            return True
        if isinstance(of_type, type) and issubclass(of_type, type):
            return _module_of(value) not in self.modules
        if of_type is types.ModuleType:
            return types.ModuleType.__getattribute__(value, "__name__") not in self.modules
        if of_type is types.FrameType:
            return value.f_globals.get("__name__") not in self.modules
        return False

    def objects(self):
        """{id: (type, references, what it holds, its own state)}"""
        seen = {}
        waiting = [self.roots]
        while waiting:
            value = waiting.pop()
            number, of_type = id(value), type(value)
            if number in seen or of_type in _ATOMS or self.is_foreign(value, of_type):
                continue
            # Others hold functions of foreign modules, too.
            if of_type is types.FunctionType and value.__globals__.get("__name__") not in self.modules:
                continue
            seen[number] = ()
            referents = gc.get_referents(value)
            own = _READERS[of_type](value) if of_type in _READERS else None
            if issubclass(of_type, dict):
                own = [(id(key), id(item)) for key, item in dict.items(value)]
            elif issubclass(of_type, type):
                own = [id(subclass) for subclass in type.__subclasses__(value)] if value is not type else None
            held = tuple(map(id, referents))
            waiting.extend(referents)
            del referents
            seen[number] = (id(of_type), sys.getrefcount(value), held, own)
        return seen

    def take(self):
        return self.objects(), process_state(self.folder)

    def roots_by_name(self):
        return {id(value): name for name, value in self.roots.items()}


def changes(before, after, names):
    """What differs, for a message."""
    found = []
    types_by_id = {id(found): found for found in object.__subclasses__()}
    for number in set(before[0]) | set(after[0]):
        if before[0].get(number) != after[0].get(number):
            was, now = before[0].get(number), after[0].get(number)
            found.append((names.get(number, number), types_by_id.get((was or now)[0]), was, now))
    found.extend((key, before[1].get(key), after[1].get(key)) for key in before[1] if before[1][key] != after[1].get(key))
    return found[:4]


def _abc_caches(cls):
    """How much an abstract class has noted of what is its subclass."""
    if _abc and cls.__class__.__name__ == "ABCMeta":
        registry, cache, negative, _ = _abc._get_dump(cls)
        return len(registry), len(cache), len(negative)
    return len(getattr(cls, "_abc_cache", ())), len(getattr(cls, "_abc_negative_cache", ()))


def _files(folder):
    return [(entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)]


def _descriptors():
    found = []
    types_by_id = {id(found): found for found in object.__subclasses__()}
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append((number, os.readlink("/proc/self/fd/" + number)))
        except OSError:
            pass  # that of the listing itself
    return sorted(found)


def process_state(folder):
    return {
        "sys": [
            sys.getrecursionlimit(), sys.getswitchinterval(), sys.gettrace(), sys.getprofile(), id(sys.stdin), id(sys.stdout), id(sys.stderr),
            id(sys.displayhook), id(sys.excepthook), list(sys.argv), list(sys.path), list(map(id, sys.meta_path)), list(map(id, sys.path_hooks)),
            sorted(sys.path_importer_cache), sorted(vars(sys)), getattr(sys, "get_int_max_str_digits", int)(), sys.flags,
        ],
        "modules": [(name, id(module)) for name, module in sys.modules.items()],
        "gc": [gc.isenabled(), gc.get_threshold(), gc.get_debug(), list(map(id, gc.callbacks)), list(map(id, gc.garbage))],
        "warnings": [list(map(str, warnings.filters)), id(warnings.showwarning), id(warnings.filters)],
        "logging": [id(logging.root), list(map(id, logging.root.handlers)), logging.root.level, logging.root.manager.disable, sorted(logging.root.manager.loggerDict)],
        "environment": [dict(os.environ), os.getcwd(), locale.setlocale(locale.LC_ALL), os.sysconf("SC_NPROCESSORS_ONLN")],
        "signals": [signal.getsignal(number) for number in range(1, 32)] + [signal.getitimer(signal.ITIMER_REAL)],
        "threads": [len(os.listdir("/proc/self/task")), list(map(id, threading.enumerate()))],
        "children": open("/proc/self/task/%d/children" % os.getpid()).read() if os.path.exists("/proc/self/task/%d/children" % os.getpid()) else "",
        "descriptors": _descriptors(),
        "files": _files(folder),
        "caches": [len(getattr(re, "_cache", ())), len(getattr(re, "_cache2", ())), sorted(linecache.cache), list(map(_abc_caches, _ABCS))],
        "context": [(id(variable), id(value)) for variable, value in copy_context().items()],
        "decimal": _of_context(decimal.getcontext()),
        "random": hash(random.getstate()),
        "builtins": [(id(name), id(value)) for name, value in vars(sys.modules["builtins"]).items()],
    }  # fmt: skip
