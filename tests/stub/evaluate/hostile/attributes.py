"""Attributes, descriptors and classes: reading one may run code, setting one is a change."""

THEMES = {}

THEMES["attributes and descriptors"] = """
trap.anything
trap.anything.append(1)
trap.missing == 1
trap.computed
trap.computed.real
trap.cached
trap.lazy
trap.lazy == [1]
trap.data_descriptor
trap.method()
trap.method.__call__()
trap.class_method()
trap.static_method()
trap.partial_method()
trap.memoized()
trap.memoized.cache_clear()
trap.data.append(1)
trap.data.sort()
trap.attributes['key'].append(1)
trap.__dict__
trap.__dict__.update(x=1)
trap.__dict__['data'].append(1)
trap.__dict__.pop('data')
trap.__dict__.clear()
trap.__class__.lazy
trap.__class__()
trap.__class__.data
trap.__init__()
trap.__new__(Trap)
trap.__setattr__('x', 1)
trap.__delattr__('data')
trap.__getattr__('x')
trap.__getattribute__('lazy')
trap.__dir__()
trap.__doc__
trap.__module__
trap.__weakref__
trap.__subclasshook__(1)
trap.__init_subclass__()
trap.__reduce__()
trap.__reduce_ex__(2)
trap.__sizeof__()
trap.__format__('')
object.__setattr__(trap, 'x', 1)
object.__delattr__(trap, 'data')
object.__getattribute__(trap, 'lazy')
object.__dir__(trap)
object.__init_subclass__()
setattr(trap, 'x', 1)
setattr(Trap, 'x', 1)
delattr(trap, 'data')
getattr(trap, 'lazy')
getattr(trap, 'lazy', None)
getattr(trap, 'computed')
getattr(trap, 'anything', 5)
getattr(trap, 'data').append(1)
getattr(trap, trap_text)
getattr(trap, 'da' + 'ta').append(1)
getattr(getattr(trap, '__class__'), 'lazy')
hasattr(trap, 'anything')
hasattr(trap, 'lazy')
hasattr(trap, 'computed')
hasattr(trap, trap_text)
hasattr(trap, trap)
hasattr(slots, 'missing')
getattr(slots, 'second')
slots.second
slots.first.append(1)
slots.__slots__
Slots.first.__set__(slots, 5)
Slots.first.__delete__(slots)
Slots.first.__get__(slots)
vars(trap)
vars(trap).update(x=1)
vars(Trap)['lazy']
vars(Trap)['computed'].fget(trap)
dir(trap)
dir()
Base.lazy
Base.computed
Base.computed.fget(trap)
Base.computed.fset(trap, 1)
Base.computed.__get__(trap)
Base.computed.__set__(trap, 1)
Base.computed.getter(function)
Base.cached
Base.data_descriptor
Base.__dict__['lazy'].__get__(trap, Base)
Base.__dict__['lazy'].__set_name__(Base, 'x')
Base.__dict__['cached'].__get__(trap, Base)
Base.__dict__['class_method'].__func__()
Base.method(trap)
Base.memoized.cache_info()
Base.static_method()
Base.class_method()
all_get.anything
all_get.__dict__
all_get == 1
hasattr(all_get, 'x')
isinstance(all_get, int)
no_dict.name
no_dict.other
no_dict.missing
hasattr(no_dict, 'name')
getattr(no_dict, quiet_text)
liar.__class__
isinstance(liar, int)
isinstance(liar, (str, bool))
liar.__class__.__name__
dict_liar.__dict__
vars(dict_liar)
dict_liar.x
module.attribute
module.missing
module.function()
module.items.append(1)
module.__dict__
module.__dict__.update(x=1)
module.__getattr__('x')
module.__annotations__
getattr(module, 'missing')
getattr(module, 'missing', 1)
hasattr(module, 'missing')
setattr(module, 'x', 1)
proxy.data
proxy.lazy
proxy.anything
proxy == 1
proxy.data.append(1)
str(proxy)
bool(proxy)
hasattr(proxy, 'x')
isinstance(proxy, Trap)
proxy.__class__
reference()
reference().data
reference() is None
reference.__callback__
reference == reference
hash(reference)
bound.__self__.lazy
bound.anything
function.__dict__
function.__dict__.update(x=1)
function.__defaults__
function.__closure__
function.__annotations__
function.__code__.replace(co_name='x')
function.__globals__.clear()
function.__globals__['calls'].append(1)
function.__get__(trap)()
function.__setattr__('x', 1)
function.__kwdefaults__
function.__doc__
function.missing
type_variable.__bound__
type_variable.__constraints__
template.template
struct_.size
struct_.pack(trap)
"""

THEMES["classes and metaclasses"] = """
Trap()
Trap(1, 2)
[Trap()]
Base()
Base.__new__(Base)
Base.__call__()
type.__call__(Base)
object.__new__(Base)
Finalized()
[Finalized()]
Finalized() is None
len([Finalized()])
finalized.__class__()
finalized.__del__()
[finalized].clear()
type('New', (), {})
type('New', (Base,), {})
type('New', (Trap,), {'lazy': Lazy()})
type('New', (object,), {'__init_subclass__': function})
type('New', (), {'x': Lazy()})
type(trap)()
type(Metered)('New', (), {})
Meta('New', (), {})
Meta.__new__(Meta, 'New', (), {})
Meta.__call__(Metered)
Meta.__prepare__('x', ())
types.new_class('New', (Base,))
types.prepare_class('New', (Metered,))
types.resolve_bases([trap])
collections.namedtuple('New', 'x y')
enum.Enum('New', 'A B')
typing.NamedTuple('New', [])
Base.__subclasses__()
Base.mro()
Base.__mro__
Base.__bases__
Base.__init_subclass__()
Base.__class_getitem__(1)
Base.__subclasshook__(int)
Base.__setattr__(trap, 'x', 1)
type.__setattr__(Base, 'x', 1)
type.__delattr__(Base, 'method')
type.__dict__['__dict__'].__get__(Base)
type.mro(Base)
Base.__dict__
Base.__dict__['method'](1)
Base.__annotations__
Base.__doc__
Base.__module__
Base.__qualname__
Base.__weakref__
Base.__abstractmethods__
Base[int]
Base[0]
Trap['a']
list[trap]
list[int](iterator)
dict[str, trap]
typing.List[trap]
typing.Optional[Base]
typing.get_type_hints(Base)
Metered()
Metered(1)
Metered.plain
Metered.anything
Metered.lazy
Metered.meta_computed
Metered.meta_method()
Metered[0]
Metered == 1
Metered in items
Metered in {1}
1 in Metered
len(Metered)
bool(Metered)
not Metered
Metered and 1
list(Metered)
[x for x in Metered]
str(Metered)
repr(Metered)
f'{Metered}'
'%s' % Metered
Metered + 1
1 + Metered
-Metered
Metered < 1
sorted([Metered, 1])
hasattr(Metered, 'x')
getattr(Metered, 'x', 1)
isinstance(1, Metered)
isinstance(trap, (int, Metered))
isinstance(trap, (int, (str, (Metered,))))
issubclass(int, Metered)
issubclass(Metered, int)
isinstance(Metered, Meta)
isinstance(Metered, type)
isinstance(1, Registered)
isinstance('', (int, Registered))
issubclass(int, Registered)
Registered.register(int)
Registered()
isinstance(items, collections.abc.Sized)
isinstance(trap, collections.abc.Mapping)
isinstance(mapping, collections.abc.MutableMapping)
isinstance(1, numbers.Number)
isinstance(trap, numbers.Integral)
issubclass(Base, collections.abc.Iterable)
isinstance(trap, typing.Iterable)
isinstance(trap, typing.SupportsInt)
isinstance(items, (str, collections.abc.Sequence))
isinstance(trap, os.PathLike)
isinstance(trap, contextlib.AbstractContextManager)
isinstance(1, int | Metered)
isinstance(1, typing.Union)
isinstance(trap, io.IOBase)
Color([1])
Color(5)
Color('missing')
Color['RED']
Color.RED.value.append(1)
Color.RED.computed
Color.RED.__class__(5)
Color.__call__(5)
Color._missing_(5)
Color._member_map_
Color._value2member_map_
Color._member_map_.clear()
Color.__members__['RED']
Color.RED in Color
[1] in Color
[c for c in Color]
list(Color)
len(Color)
Color.RED < Color.BLUE
Color.RED == 1
{Color.RED: 1}
hash(Color.RED)
str(Color.RED)
f'{Color.RED}'
Color.RED.name
Permission.READ | Permission.WRITE
Permission.READ & Permission.WRITE
~Permission.READ
Permission.READ ^ Permission.WRITE
Permission(3)
Permission(7)
Permission.READ in Permission.WRITE
bool(Permission.READ)
[p for p in Permission.READ]
Number.ONE | Number.TWO
Number.ONE | 8
Number.ONE + 1
Number(5)
~Number.ONE
Number.ONE == 1
abc.ABCMeta('New', (), {})
abc.abstractmethod(function)
super().__init__()
super(Trap, trap).lazy
super(Trap, trap).__init__()
super(Trap, trap).anything
__build_class__(function, 'x')
classmethod(function).__get__(trap)()
"""
