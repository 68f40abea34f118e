"""Expressions that would change the app if they could: its complete state is the same before and after each."""

import collections
import enum
import functools
import io
import itertools
import operator
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest
import weakref

import _capture

try:
    from contextvars import ContextVar
except ImportError:  # 3.6

    def ContextVar(name):
        return {}


calls = []
cached_property = getattr(functools, "cached_property", property)  # 3.8


def count(name):
    calls.append(name)
    return name


class Trap:
    """Every way in counts."""

    def __init__(self):
        self.data = [1, 2]

    def __repr__(self):
        return count("repr")

    def __str__(self):
        return count("str")

    def __format__(self, specification):
        return count("format")

    def __eq__(self, other):
        count("eq")
        return True

    def __lt__(self, other):
        count("lt")
        return True

    def __hash__(self):
        count("hash")
        return 1

    def __bool__(self):
        count("bool")
        return True

    def __len__(self):
        count("len")
        return 5

    def __iter__(self):
        count("iter")
        return iter([1])

    def __contains__(self, item):
        count("contains")
        return True

    def __getitem__(self, key):
        count("getitem")
        return key

    def __setitem__(self, key, value):
        count("setitem")

    def __getattr__(self, name):
        return count("getattr")

    def __call__(self, *arguments, **keywords):
        return count("call")

    def __index__(self):
        count("index")
        return 1

    def __int__(self):
        count("int")
        return 1

    def __float__(self):
        count("float")
        return 1.0

    def __add__(self, other):
        return count("add")

    def __radd__(self, other):
        return count("radd")

    def __mul__(self, other):
        return count("mul")

    __rmul__ = __mul__

    def __mod__(self, other):
        return count("mod")

    __rmod__ = __mod__

    def __neg__(self):
        return count("neg")

    def __enter__(self):
        return count("enter")

    def __next__(self):
        return count("next")

    @property
    def computed(self):
        return count("property")

    @cached_property
    def cached(self):
        return count("cached_property")

    @classmethod
    def of_class(cls):
        return count("classmethod")

    @staticmethod
    def static():
        return count("staticmethod")

    def method(self):
        return count("method")


class TrapMeta(type):
    def __getattr__(cls, name):
        return count("meta getattr")

    def __call__(cls, *arguments):
        return count("meta call")

    def __instancecheck__(cls, instance):
        count("instancecheck")
        return True

    def __iter__(cls):
        count("meta iter")
        return iter([1])

    def __len__(cls):
        count("meta len")
        return 1

    def __contains__(cls, item):
        count("meta contains")
        return True

    def __getitem__(cls, item):
        return count("meta getitem")

    @property
    def meta_computed(cls):
        return count("meta property")


class TrapClass(metaclass=TrapMeta):
    def __class_getitem__(cls, item):
        return count("class_getitem")


class TrapText(str):
    def __eq__(self, other):
        count("text eq")
        return True

    __hash__ = str.__hash__

    def __str__(self):
        return count("text str")

    def __add__(self, other):
        return count("text add")

    def __contains__(self, other):
        count("text contains")
        return True

    def startswith(self, prefix):
        return count("text startswith")


class TrapInt(int):
    def __eq__(self, other):
        count("int eq")
        return True

    __hash__ = int.__hash__

    def __add__(self, other):
        return count("int add")

    __radd__ = __add__

    def __index__(self):
        return count("int index")

    def __bool__(self):
        count("int bool")
        return True


class TrapList(list):
    def __iter__(self):
        count("list iter")
        return iter([])

    def __len__(self):
        count("list len")
        return 1

    def __getitem__(self, index):
        return count("list getitem")

    def __eq__(self, other):
        count("list eq")
        return True


class TrapDict(dict):
    def __missing__(self, key):
        self[key] = count("missing")
        return key

    def items(self):
        return count("items")

    def get(self, key, default=None):
        return count("get")


class Descriptor:
    def __get__(self, instance, owner):
        return count("descriptor")


class Described:
    descriptor = Descriptor()

    def __getattribute__(self, name):
        return count("getattribute")


class Finalized:
    def __del__(self):
        count("del")


class Flag(enum.Flag):
    A = 1
    B = 2


# Names in the expressions: trap, Trap, TrapClass, text, number, items, mapping, ...
EXPRESSIONS = """
trap == 1
1 == trap
trap != None
trap < 1
trap in [1, 2]
1 in trap
1 in [trap]
trap in {1: 2}
trap in {1}
{trap}
{trap: 1}
{1: 2}[trap]
[1, 2][trap]
[1, 2][trap:]
'abc'[trap]
(1, 2)[trap]
trap[0]
trap[0:1]
trap()
trap.anything
trap.computed
trap.cached
trap.method()
trap.of_class()
trap.static()
Trap.of_class()
Trap.static()
Trap()
trap + 1
1 + trap
trap * 2
2 * trap
[0] * trap
'a' * trap
'%s' % trap
'%d' % trap
'%s %s' % (1, trap)
trap % 1
-trap
+trap
~trap
not trap
trap and 1
trap or 1
1 if trap else 2
bool(trap)
len(trap)
str(trap)
repr(trap)
int(trap)
float(trap)
list(trap)
tuple(trap)
set(trap)
frozenset(trap)
sum(trap)
sum([trap])
min(trap)
min(trap, 1)
max([trap, 1])
sorted(trap)
sorted([trap, 1])
any(trap)
all([trap])
any(x for x in trap)
[x for x in trap]
[x for x in [1] if trap]
{x for x in [trap]}
{x: 1 for x in [trap]}
isinstance(1, trap)
isinstance(trap, TrapClass)
isinstance(1, (int, TrapClass)) and isinstance('', (int, TrapClass))
hasattr(trap, 'anything')
hasattr(trap, 'computed')
getattr(trap, 'anything')
getattr(trap, 'cached', None)
getattr(trap, 'data').append(1)
f'{trap}'
f'{trap!r}'
f'{1:{trap}}'
''.join([trap])
''.join(trap)
'abc'.startswith(trap)
'abc'.replace(trap, 'x')
'abc'.index(trap)
[1, 2].index(trap)
[1, 2].count(trap)
(1, trap).count(2)
{'a': 1}.get(trap)
abs(trap)
round(trap)
round(1.5, trap)
divmod(trap, 1)
chr(trap)
hex(trap)
range(trap)
ord(trap)
trap is None and trap == None
[trap] == [1]
(trap,) < (1,)
{'a': trap} == {'a': 1}
trap.data.append(3)
trap.data.sort()
trap.data.__setitem__(0, 5)
trap.data.__iadd__([1])
trap.__dict__.update(a=1)
trap.__class__.__name__ == 5 or trap.__class__()
trap.__init__()
trap.__setattr__('a', 1)
TrapClass()
TrapClass.anything
TrapClass.meta_computed
TrapClass[0]
TrapClass['a']
1 in TrapClass
len(TrapClass)
list(TrapClass)
[x for x in TrapClass]
text == 'a'
'a' == text
text + 'a'
'a' in text
text in ['a']
str(text)
text.startswith('a')
{'a': 1}[text]
{text: 1}
f'{text}'
number == 5
5 == number
number + 1
1 + number
[1, 2, 3][number]
number in [5]
bool(number)
not number
[0] * number
len(trap_list)
trap_list[0]
trap_list == []
[] == trap_list
[x for x in trap_list]
list(trap_list)
1 in trap_list
sum(trap_list)
trap_list + []
trap_dict['missing']
trap_dict.get('missing')
trap_dict.items()
trap_dict.setdefault('a', 1)
trap_dict.pop('key')
default['missing']
default.get('missing')
default.pop('key')
default.__getitem__('x')
default.default_factory()
described.descriptor
described.anything
items.append(1)
items.pop()
items.clear()
items.sort()
items.reverse()
items.extend([1])
items.insert(0, 1)
items.remove(1)
items.__setitem__(0, 9)
items.__delitem__(0)
items.__iadd__([1])
items.__imul__(2)
items.__init__()
list.append(items, 1)
list.sort(items)
list.__init__(items)
mapping.pop('a')
mapping.popitem()
mapping.clear()
mapping.update(b=2)
mapping.setdefault('z', 1)
mapping.__setitem__('a', 5)
mapping.__ior__({'b': 1})
dict.pop(mapping, 'a')
values_set.add(9)
values_set.discard(1)
values_set.pop()
values_set.clear()
values_set.update([5])
values_set.__ior__({8})
set.add(values_set, 9)
data.append(1)
data.pop()
data.extend(b'x')
data.__setitem__(0, 1)
next(iterator)
list(iterator)
tuple(iterator)
set(iterator)
sum(iterator)
min(iterator)
max(iterator)
sorted(iterator)
any(iterator)
all(iterator)
1 in iterator
[x for x in iterator]
{x for x in iterator}
{x: 1 for x in iterator}
any(x == 2 for x in iterator)
[*iterator]
''.join(iterator)
iterator.__next__()
iterator.__setstate__(5)
bytes(iterator)
dict(iterator)
zip(iterator, iterator)
list(zip(iterator, items))
enumerate(iterator)
list(enumerate(iterator))
map(items.append, items)
list(map(items.append, items))
list(map(items.append, [1]))
list(filter(items.append, [1]))
list(map(count, [1]))
sorted(items, key=count)
sorted(items, key=items.append)
max(items, key=count)
min(items, key=items.pop)
next(generator)
generator.send(None)
generator.close()
generator.throw(ValueError)
list(generator)
sum(generator)
[x for x in generator]
1 in generator
next(file)
file.read()
file.readline()
file.write('x')
file.close()
file.seek(0)
file.truncate()
list(file)
[line for line in file]
'line' in file
next(counter)
list(zip(counter, items))
next(cycle)
[x for x in chain]
next(mapped)
list(mapped)
list(filtered)
list(reversed_items)
list(enumerated)
appender(5)
partial()
partial.func(5)
list(map(partial, [1]))
itemgetter(trap)
attrgetter(trap)
methodcaller(items)
methodcaller(trap)
operator.setitem(items, 0, 1)
operator.iadd(items, [1])
operator.delitem(items, 0)
operator.call(count, 1)
functools.reduce(count, items)
context.set(5)
context.get()
setattr(trap, 'x', 1)
delattr(trap, 'data')
vars(trap)
vars(trap).update(x=1)
globals()
globals().update(x=1)
locals().clear()
eval('items.append(1)')
exec('items.append(1)')
compile('1', '', 'exec')
__import__('this')
open(path, 'w')
open(path)
print('x')
input()
os.system('touch ' + path)
os.remove(path)
os.environ.update(A='1')
os.environ['PATH']
os.getcwd()
sys.exit()
sys.modules.clear()
sys.setrecursionlimit(50)
sys.stdout.write('x')
sys.settrace(count)
type('New', (), {})
type('New', (TrapClass,), {'__init_subclass__': count})
type(trap)()
super().__init__()
object.__setattr__(trap, 'x', 1)
object.__new__(Trap)
type.__call__(Trap)
type.__setattr__(Trap, 'x', 1)
Trap.__init__(trap)
Trap.__eq__(trap, 1)
Trap.method(trap)
property.__get__(Trap.__dict__['computed'], trap)
Trap.__dict__['computed'].__get__(trap)
Trap.__dict__['computed'].fget(trap)
Trap.__subclasses__()
Trap.mro()
Flag.A | Flag.B
Flag(3)
Flag.A == 1
Flag['A']
[f for f in Flag]
len(Flag)
Flag.A in Flag
re.compile('a')
re.match('(a+)+$', 'a' * 40 + 'b')
pattern.match('aaa')
pattern.sub(count, 'aaa')
reference()
reference() is None
proxy.data
proxy == 1
proxy.data.append(1)
finalized_maker()
[Finalized()]
Finalized() is None
del_trap.__del__()
memory[0]
memory.release()
memory.tobytes()
len(memory)
list(memory)
memory == b'x'
module.attribute
module.missing
getattr(module, 'missing')
hasattr(module, 'missing')
module.function()
error.with_traceback(None)
error.args.index(trap)
error.add_note('x')
error.__traceback__.tb_frame.f_locals
error.__init__('x')
(lambda: items.append(1))()
(items := [])
[items := 5 for x in [1]]
[(y := x) for x in [1]]
[x for x in items for items in [trap]]
[trap for trap.data in [1]]
[x for items[0] in [5]]
[0 for mapping['a'] in [5]]
{**mapping, 'x': trap.computed}
[*trap]
print(*items)
f'{items.append(1)}'
f'{trap.computed}'
f'{trap=}'
f'{1:{items.append(1)}}'
items.__class__.append(items, 1)
items.__class__.__dict__
items.append.__call__(1)
items.append.__self__.append(1)
items.__len__.__self__.append(1)
count('x')
count.__call__('x')
count.__globals__
count.__globals__['calls'].append(1)
count.__code__.replace(co_name='x')
count.__defaults__
count.__dict__.update(x=1)
count.__get__(items)(1)
method_of_trap()
method_of_trap.__func__(trap)
method_of_trap.__self__.data.append(1)
staticmethod(count)(1)
classmethod(count).__func__(1)
property(count).fget(1)
weakref.ref(trap)
weakref.finalize(trap, count)
types.SimpleNamespace(a=1)
types.MethodType(count, trap)()
types.CodeType
namespace.value.append(1)
namespace.__init__(value=5)
deque.popleft()
deque.append(1)
deque.rotate(1)
deque[0]
1 in deque
len(deque)
deque == deque
[x for x in deque]
ordered.move_to_end('a')
ordered.popitem()
list(ordered)
counter_dict.update('abc')
counter_dict.most_common()
counter_dict['missing']
counter_dict.subtract('a')
chain_map['x']
chain_map.pop('a')
view.mapping.pop('a')
proxy_dict['a'].append(1)
proxy_dict.copy().clear()
proxy_dict['missing']
named.__new__(named.__class__, 1)
named._replace(x=5)
named.x.append(1)
named._asdict()
io.StringIO()
itertools.count()
memoized(5)
memoized.cache_clear()
memoized.cache_info()
dispatched(5)
singleton.cache_parameters()
enum_member.value.append(1)
trap_slots.slot.append(1)
trap_slots.missing
10**10**8
sum(range(10**12))
'x' * 10**9
[0] * 10**10
max(range(10**12))
list(range(10**10))
any(x < 0 for x in range(10**12))
sorted(range(10**9))
(trap for trap in [1])
(yield 1)
await trap
"""


class Slots:
    __slots__ = ("slot",)


class Member(enum.Enum):
    ONE = [1]


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def make_state(self):
        path = os.path.join(self.folder.name, "file.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("line 1\nline 2\nline 3\n")
        module = types.ModuleType("module")
        module.__getattr__ = lambda name: count("module getattr")
        module.function = count
        slots = Slots()
        slots.slot = [1]
        trap = Trap()
        items = [3, 1, 2]
        memoized = functools.lru_cache()(lambda value: count("memoized"))

        def generator():
            try:
                for number in range(5):
                    count("generator runs")
                    yield number
            finally:
                count("generator ends")

        state = {
            "trap": trap, "Trap": Trap, "TrapClass": TrapClass, "text": TrapText("a"), "number": TrapInt(5),
            "trap_list": TrapList([1, 2]), "trap_dict": TrapDict(key=1), "default": collections.defaultdict(list, key=[1]),
            "described": Described(), "items": items, "mapping": {"a": 1}, "values_set": {1, 2}, "data": bytearray(b"data"),
            "iterator": iter([1, 2, 3]), "generator": generator(), "file": open(path, "r+", encoding="utf-8"), "path": path,
            "counter": itertools.count(), "cycle": itertools.cycle([1, 2]), "chain": itertools.chain([1], [2]),
            "mapped": map(count, [1, 2]), "filtered": filter(count, [1, 2]), "reversed_items": reversed(items),
            "enumerated": enumerate(items), "appender": items.append, "partial": functools.partial(items.append, 9),
            "itemgetter": operator.itemgetter(0), "attrgetter": operator.attrgetter("computed"),
            "methodcaller": operator.methodcaller("append", 5), "operator": operator, "functools": functools,
            "context": ContextVar("context"), "os": os, "sys": sys, "re": re, "Flag": Flag,
            "pattern": re.compile("a+"), "reference": weakref.ref(trap), "proxy": weakref.proxy(trap), "Finalized": Finalized,
            "finalized_maker": Finalized, "del_trap": Finalized(), "memory": memoryview(bytearray(b"abc")), "module": module,
            "error": ValueError("x"), "count": count, "method_of_trap": trap.method, "weakref": weakref, "types": types,
            "namespace": types.SimpleNamespace(value=[1]), "deque": collections.deque([1, 2]),
            "ordered": collections.OrderedDict(a=1, b=2), "counter_dict": collections.Counter("aab"),
            "chain_map": collections.ChainMap({"a": 1}), "view": {"a": 1}.items(), "proxy_dict": types.MappingProxyType({"a": [1]}),
            "named": collections.namedtuple("Named", "x")([1]), "io": io, "itertools": itertools, "memoized": memoized,
            "dispatched": functools.singledispatch(lambda value: count("dispatched")), "singleton": memoized,
            "enum_member": Member.ONE, "trap_slots": slots,
        }  # fmt: skip
        return state

    def fingerprint(self, state):
        """Everything that the expressions might change, without running what counts."""
        list_items = list.__iter__
        return repr(
            (
                sorted(state),
                {name: id(value) for name, value in state.items()},
                state["trap"].__dict__,
                sorted(vars(Trap)),
                list(list_items(state["trap_list"])),
                sorted(dict.keys(state["trap_dict"])),
                dict(state["default"]),
                state["items"],
                state["mapping"],
                sorted(state["values_set"]),
                state["data"],
                state["iterator"].__reduce__(),
                state["iterator"].__length_hint__(),
                state["generator"].gi_frame.f_lasti if state["generator"].gi_frame else None,
                state["file"].closed or (state["file"].tell(), state["file"].closed),
                os.path.exists(state["path"]) and os.path.getsize(state["path"]),
                repr(state["counter"]),
                state["reversed_items"].__length_hint__(),
                state["enumerated"].__reduce__()[1][1],
                state["context"].get("unset"),
                dict(os.environ),
                len(sys.modules),
                sys.getrecursionlimit(),
                sys.gettrace(),
                list(Flag.__members__),
                sorted(vars(state["module"])),
                state["error"].__dict__,
                state["error"].args,
                state["namespace"].__dict__,
                list(state["deque"]),
                list(state["ordered"]),
                dict(state["counter_dict"]),
                state["chain_map"].maps,
                dict(state["proxy_dict"]),
                tuple(state["named"]),
                state["memoized"].cache_info(),
                Member.ONE.value,
                state["trap_slots"].slot,
                bytes(state["memory"]),
                count.__dict__,
                count.__code__,
                len(Finalized.__subclasses__()),
                len(Trap.__subclasses__()),
                state["pattern"].pattern,
                [next(copy) for copy in itertools.tee(iter([1]), 1)],
            )
        )

    def test_nothing_changes(self):
        state = self.make_state()
        namespace = {"evaluate": _capture.evaluate, "condition": _capture.condition, **state}
        code = compile("outcome = evaluate(source), condition(source)[0]", "app.py", "exec")
        sources = [line for line in EXPRESSIONS.splitlines() if line]
        self.assertGreater(len(sources), 400)
        values = {}
        try:
            for source in sources:
                namespace["source"] = source
                before = self.fingerprint(state)
                calls.clear()
                exec(code, namespace)
                seen = list(calls)
                self.assertEqual(seen, [], source)
                self.assertEqual(self.fingerprint(state), before, source)
                calls.clear()
                values[source] = namespace.pop("outcome")
                self.assertGreaterEqual(values[source][0][0], 0, source)
        finally:
            state["generator"].close()
            state["file"].close()
        accepted = [source for source, ((outcome, _), _) in values.items() if outcome == 0]
        print("%d expressions, %d have a value: %s" % (len(sources), len(accepted), "; ".join(accepted)))
        # They ask for nothing but what is read by layout.
        self.assertLess(len(accepted), len(sources) // 5)

    def test_class_bodies_and_module_frames(self):
        class Namespace(dict):
            def __getitem__(self, name):
                count("namespace")
                return dict.__getitem__(self, name)

            def __missing__(self, name):
                count("missing name")
                raise KeyError(name)

        class Meta(type):
            @classmethod
            def __prepare__(mcs, name, bases):
                return Namespace()

        def evaluate(source):
            calls.clear()
            answer = _capture.evaluate(source, 1)
            return answer, list(calls)

        class Body(metaclass=Meta):
            known = 5
            results = [None, None]
            results[0] = evaluate("known")
            results[1] = evaluate("unknown_name")

        self.assertEqual(Body.results[0], ((0, 5), []))
        self.assertEqual(Body.results[1][0][0], 3)
        self.assertEqual(Body.results[1][1], [])

    @unittest.skipIf(sys.version_info < (3, 8), "no audit events")
    def test_no_audit_event_is_raised(self):
        """A hook of the app's would run. In a process of its own: hooks stay for good."""
        program = """if True:
            import sys, _capture

            def function(argument=[1], *, other={}) -> int:
                return argument

            events = []
            value, items = compile("1", "", "eval"), [3, 1, 2]
            error = ValueError("text")
            sources = [
                "id(items)", "function.__code__", "function.__code__.co_name", "function.__name__", "function.__defaults__", "function.__globals__",
                "function.__closure__", "function.__kwdefaults__", "function.__annotations__", "value.co_code", "value.co_consts", "error.args",
                "error.__traceback__", "type(items).__name__", "type(items).__bases__", "sorted(items)", "str(items)", "f'{items[0]:>5}'",
                "items.append", "[i for i in items if i > 1]", "int('5')", "'%s' % 5", "sys.modules", "'abc'.encode()", "getattr(error, 'args')",
            ]
            _capture.evaluate("1")
            sys.addaudithook(lambda event, arguments: events.append(event))
            sys.audit("begin")
            # Compiling the expression raises one, when a breakpoint is set.
            outcomes = [_capture.condition(source, repeat=10)[0] for source in sources]
            seen, events = [event for event in events if event != "compile"], None
            print(seen, outcomes.count(0) > 10)
        """
        found = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(found.communicate()[0].decode().strip(), "['begin'] True")


if __name__ == "__main__":
    unittest.main()
