"""Expressions that would change an app if they were evaluated by eval(), or would run its code, by theme.

Their names are those of hostile_app.make_state(). In each theme there is at least one that eval() is seen to change the app
with. A few are harmless where they stand between others that are not.
"""

THEMES = {}

THEMES["iterators"] = """
next(iterator)
next(iterator, None)
iterator.__next__()
iterator.__setstate__(5)
iterator.__reduce__()
list(iterator)
tuple(iterator)
set(iterator)
frozenset(iterator)
dict(iterator)
dict.fromkeys(iterator)
bytes(iterator)
bytearray(iterator)
sum(iterator)
min(iterator)
max(iterator)
sorted(iterator)
any(iterator)
all(iterator)
len(list(iterator))
1 in iterator
1 not in iterator
2 == next(iterator)
[*iterator]
(*iterator,)
{*iterator}
[x for x in iterator]
{x for x in iterator}
{x: x for x in iterator}
any(x == 2 for x in iterator)
all(x for x in iterator)
sum(x for x in iterator)
[y for x in [iterator] for y in x]
[y for y in [iterator][0]]
[x for x, in [iterator]]
[x for (x, *y) in [iterator]]
list(zip(iterator, iterator))
list(zip(items, iterator))
list(enumerate(iterator))
list(map(str, iterator))
list(filter(None, iterator))
list(reversed(reversed_items))
max(iterator, default=0)
max(*iterator)
print(*iterator)
'%s %s' % (*iterator,)
''.join(text_iterator)
','.join(str(x) for x in iterator)
'a' in text_iterator
text.join(text_iterator)
list(text_iterator)
[c for c in text_iterator]
list(dict_iterator)
'a' in dict_iterator
sorted(dict_iterator)
list(set_iterator)
{1} | set(set_iterator)
{1}.union(set_iterator)
{1}.issuperset(set_iterator)
{1}.isdisjoint(set_iterator)
numbers_set.issubset(set_iterator)
numbers_set >= set(set_iterator)
list(range_iterator)
5 in range_iterator
sum(range_iterator)
isinstance(next(range_iterator), int)
list(reversed_items)
1 in reversed_items
reversed_items.__length_hint__()
next(iter(iterator))
iter(iterator) is iterator and next(iterator)
iter(items).__next__()
(lambda: next(iterator))()
next(x for x in iterator)
[next(iterator) for x in range(3)]
next(iterator) if True else 0
next(iterator) and 0
False or next(iterator)
not next(iterator)
f'{next(iterator)}'
{next(iterator): 1}
items[next(iterator)]
iterator.__length_hint__() and next(iterator)
functools.reduce(operator.add, iterator)
operator.contains(iterator, 1)
operator.countOf(iterator, 1)
operator.indexOf(iterator, 1)
math.fsum(iterator)
collections.Counter(iterator)
collections.deque(iterator, 0)
array.array('i', iterator)
struct.pack('3i', *iterator)
any(map(items.append, iterator))
list.__init__(items, iterator)
tuple.__new__(tuple, iterator)
type(iterator).__next__(iterator)
getattr(iterator, '__next__')()
copy.copy(iterator)
pickle.dumps(iterator)
"""

THEMES["iterators of itertools and the like"] = """
next(zipped)
list(zipped)
(1, 'a') in zipped
dict(zipped)
list(enumerated)
dict(enumerated)
next(enumerated)
next(mapped)
list(mapped)
1 in mapped
any(mapped)
next(filtered)
list(filtered)
next(counter)
counter.__next__()
5 in counter
list(zip(counter, items))
any(x > 3 for x in counter)
next(cycle)
2 in cycle
next(chain)
list(chain)
[x for x in chain]
chain.__setstate__((items,))
itertools.chain.from_iterable([chain])
list(islice)
list(itertools.islice(counter, 3))
next(tee)
tee.__copy__()
copy.copy(tee)
itertools.tee(iterator)
list(product)
len(list(product))
next(grouped)
dict(grouped)
[k for k, g in grouped]
[list(g) for k, g in grouped]
next(repeated)
list(repeated)
repeated.__length_hint__()
next(calling)
2 in calling
list(itertools.accumulate(iterator))
list(itertools.accumulate(items, items.append))
list(itertools.starmap(items.insert, [(0, 1)]))
list(itertools.takewhile(items.append, items))
list(itertools.dropwhile(items.append, [1]))
list(itertools.filterfalse(items.append, [1]))
list(itertools.groupby(items, items.append))
list(itertools.chain([1], iterator))
list(itertools.compress(items, iterator))
list(itertools.zip_longest(iterator, items))
itertools.product(iterator)
itertools.permutations(iterator)
itertools.count(trap)
next(unpacked)
list(unpacked)
next(found)
[m.start() for m in found]
scanner.match()
scanner.search()
next(scan)
scan.close()
[entry.name for entry in scan]
"""

THEMES["generators, coroutines, contexts"] = """
next(generator)
generator.send(None)
generator.__next__()
generator.close()
generator.throw(ValueError)
generator.throw(GeneratorExit)
list(generator)
sum(generator)
5 in generator
[x for x in generator]
{x: 1 for x in generator}
any(x for x in generator)
generator.gi_frame.clear()
generator.gi_frame.f_locals
generator.gi_frame.f_locals['number']
generator.gi_frame.f_locals.update(number=1)
generator.gi_frame.f_globals['calls'].append(1)
generator.gi_code.co_consts
generator.gi_yieldfrom
generator.gi_running
generator.__del__()
generator.__name__
next(generator_expression)
list(generator_expression)
all(generator_expression)
(x for x in generator_expression)
(calls for calls in items)
coroutine.send(None)
coroutine.close()
coroutine.throw(ValueError)
coroutine.__await__()
coroutine.cr_frame.f_locals
coroutine.cr_await
asyncio.run(coroutine)
loop.run_until_complete(coroutine)
loop.call_soon(function)
loop.create_task(coroutine)
loop.stop()
loop.run_forever()
loop.close()
asyncio.ensure_future(coroutine, loop=loop)
loop.create_future().set_result(1)
loop.set_debug(True)
loop.time()
async_generator.asend(None).send(None)
async_generator.__anext__()
async_generator.aclose().send(None)
async_generator.ag_frame.f_locals
[x async for x in async_generator]
(x async for x in async_generator)
await coroutine
(yield 1)
(yield from items)
manager().__enter__()
manager()()
contextlib.suppress(Exception).__exit__(None, None, None)
contextlib.ExitStack().callback(function).__self__
contextlib.redirect_stdout(file).__enter__()
trap.__enter__()
trap.__exit__(None, None, None)
trap.__aiter__()
trap.__await__()
context_variable.set(5)
context_variable.get()
context_variable.get(trap)
context_variable.reset(context_variable.set(1))
context.run(items.append, 1)
context[context_variable].append(1)
context[context_variable]
context_variable in context
len(context)
context.copy().run(context_variable.set, 1)
local.__dict__
local.__dict__.update(x=1)
local.attribute
threading.current_thread().name
"""

THEMES["special methods by operators"] = """
trap == 1
1 == trap
1 != trap
trap < 1
1 < trap
1 <= trap <= 2
trap == trap
trap != trap
trap in items
items in [trap]
1 in trap
trap in trap
trap in [1, 2]
1 in [2, trap]
trap in (1,)
1 in trap_pair
'x' in trap_pair
trap in {1: 2}
trap in {1}
trap in text
text in trap
trap in range(5)
trap in b'abc'
trap in views
trap in values
trap in keys
trap + 1
1 + trap
trap - 1
1 - trap
trap * 2
2 * trap
'a' * trap
[0] * trap
trap * [0]
trap / 2
2 / trap
trap // 2
2 // trap
trap % 2
2 % trap
trap ** 2
2 ** trap
trap @ 1
1 @ trap
trap << 1
1 << trap
trap >> 1
1 >> trap
trap & 1
{1} & trap
trap | 1
{1: 1} | trap
trap ^ 1
numbers_set - trap
items + trap
text + trap
b'a' + trap
1.5 + trap
1j * trap
when - trap
day + trap
price + trap
fraction * trap
-trap
+trap
~trap
not trap
not not trap
trap and 1
trap or 1
1 and trap and 2
0 or trap or 2
1 if trap else 2
[1 for x in items if trap]
any(trap for x in [1])
all([trap])
any([0, trap])
trap[0]
trap['key']
trap[0:1]
trap[:]
trap[::trap]
trap[...]
trap[1, 2]
items[trap]
items[trap:]
items[:trap]
items[::trap]
pair[trap]
text[trap]
text[trap:]
b'abc'[trap]
range(5)[trap]
{1: 2}[trap]
mapping[trap]
trap()
trap(1, 2)
trap(*items)
trap(**mapping)
{trap}
{trap: 1}
{1: trap} == {1: 2}
[trap] == [1]
[trap] == [trap]
[trap] < [1]
(1, trap) < (1, 2)
(trap,) == (1,)
trap_pair == (1, 2)
trap_pair < (1, 2)
holder == [1]
holder != [1]
holder == holder
holder.index(1)
holder.count(1)
trap_values == {'a': 1}
trap_values.items() == {'a': 1}.items()
('a', 1) in trap_values.items()
1 in trap_values.values()
[1] in [holder]
{1: [trap]} == {1: [2]}
frozenset([1]) == trap
trap == frozenset([1])
trap == None
None == trap
trap is None or trap == None
trap == ...
trap != 'a'
(trap == 1) is True
trap.data == [1] or trap == 1
unhashed == 1
{unhashed}
unhashed in {1}
1 in old_iteration
[x for x in old_iteration]
list(old_iteration)
old_iteration[0]
equal == 1
equal in items
items.index(equal)
"""

THEMES["special methods by builtins and methods"] = """
str(trap)
repr(trap)
ascii(trap)
format(trap)
format(trap, 'x')
bytes(trap)
bytearray(trap)
hash(trap)
bool(trap)
len(trap)
int(trap)
float(trap)
complex(trap)
complex(1, trap)
abs(trap)
round(trap)
round(1.5, trap)
divmod(trap, 1)
divmod(1, trap)
pow(trap, 2)
pow(2, trap)
pow(2, 3, trap)
hex(trap)
oct(trap)
bin(trap)
chr(trap)
ord(trap)
range(trap)
range(1, trap)
slice(trap).indices(5)
slice(1, 2).indices(trap)
iter(trap)
next(trap)
reversed(trap)
list(trap)
tuple(trap)
set(trap)
frozenset(trap)
dict(trap)
dict(a=trap)['a'].data
enumerate(items, trap)
zip(trap)
map(trap, items)
list(map(trap, items))
filter(trap, items)
sum(trap)
sum([trap])
sum([1], trap)
min(trap)
min(trap, 1)
min(1, trap)
max([1, trap])
max(trap_pair)
sorted(trap)
sorted(holder + [1])
sorted([trap, trap])
any(trap)
all(trap)
callable(trap)
id(trap)
type(trap)(1)
dir(trap)
vars(trap)
isinstance(trap, trap)
issubclass(Trap, trap)
isinstance(1, trap)
memoryview(trap)
print(trap)
input(trap)
open(trap)
compile(trap, '', 'eval')
eval(trap)
exec(trap)
type(trap, (), {})
object.__repr__(trap)
object.__str__(trap)
object.__eq__(trap, 1)
object.__hash__(trap)
super(Trap, trap).__repr__()
trap.__eq__(1)
trap.__class__.__eq__(trap, 1)
Trap.__len__(trap)
Trap.__dict__['__len__'](trap)
''.join([trap])
''.join(trap)
','.join(holder)
text.startswith(trap)
text.startswith((text, trap))
text.find(trap)
text.find('t', trap)
text.index('t', trap)
text.count('t', trap, 5)
text.replace('a', trap)
text.replace('a', 'b', trap)
text.split(trap)
text.split('a', trap)
text.strip(trap)
text.ljust(trap)
text.center(10, trap)
text.zfill(trap)
text.expandtabs(trap)
text.translate(trap)
text.translate({116: trap})
text.partition(trap)
text.splitlines(trap)
text.encode(trap)
text.format(trap)
'{}'.format(trap)
'{0.computed}'.format(trap)
'{0[0]}'.format(trap)
'{:{}}'.format(1, trap)
'{0!r}'.format(trap)
'{x}'.format_map(trap)
b''.join([trap])
b'abc'.find(trap)
b'abc'.startswith(trap)
b'abc'.decode(trap)
b'abc'.replace(b'a', trap)
b'abc'.hex(trap)
bytes.fromhex(trap)
int.from_bytes(trap, 'big')
(5).to_bytes(trap, 'big')
(5).to_bytes(2, trap)
int('5', trap)
int(text, base=trap)
float.fromhex(trap)
(1.5).__round__(trap)
items.index(trap)
items.index(1, trap)
items.count(trap)
pair.index(trap)
pair.count(trap)
mapping.get(trap)
mapping.get('z', trap).anything
mapping.__contains__(trap)
numbers_set.__contains__(trap)
numbers_set.issubset(trap)
numbers_set.union(trap)
numbers_set.intersection(holder)
numbers_set.isdisjoint(trap)
dict.fromkeys(trap)
dict.fromkeys([trap])
range(5).index(trap)
range(5).count(trap)
deque.count(trap)
deque.index(trap)
when.replace(year=trap)
when.isoformat(trap)
when.strftime(trap)
datetime.date(trap, 1, 1)
datetime.timedelta(trap)
decimal.Decimal(trap)
fractions.Fraction(trap)
uuid.UUID(trap)
operator.index(trap)
operator.length_hint(trap)
sys.getsizeof(trap)
os.fspath(trap)
copy.copy(trap)
copy.deepcopy(trap)
copy.deepcopy(holder)
pickle.dumps(trap)
json.dumps(trap)
json.dumps([trap], default=function)
"""

THEMES["trampolines of C"] = """
list(map(items.append, [1]))
list(map(items.append, items))
list(map(appender, [1]))
list(map(function, [1]))
list(map(closure, []))
list(map(list.append, holder, [1]))
list(map(list.append, [items], [1]))
list(map(dict.__setitem__, [mapping], ['z'], [1]))
list(map(setattr, holder, ['x'], [1]))
list(map(next, [iterator]))
tuple(map(items.remove, [1]))
set(map(items.append, [1]))
dict(map(lambda_, items))
any(map(items.append, [1, 2]))
sum(map(items.append, [1]))
max(map(items.append, [1]))
''.join(map(function, items))
[x for x in map(items.append, [1])]
1 in map(items.append, [1])
list(filter(items.append, [1]))
list(filter(function, items))
sorted(items, key=function)
sorted(items, key=items.append)
sorted(items, key=memoized)
min(items, key=function)
max(items, key=items.append)
max(1, 2, key=function)
items.sort(key=function)
list(zip(map(items.append, [1])))
list(enumerate(map(items.append, [1])))
list(reversed(items.append))
list(iter(items.pop, 1))
list(iter(function, None))
iter(items.pop, 1)
functools.reduce(items.insert, [0, 1])
functools.reduce(function, items)
functools.reduce(operator.iadd, [items, [1]])
partial()
partial(5)
partial.func(5)
partial.args
partial.__call__()
partial_append()
partial_append.func(1)
list(map(partial_append, []))
[partial_append() for x in [1]]
functools.partial(items.append, 1)()
functools.partial(setattr, trap, 'x')(1)
functools.partialmethod(function).__get__(trap)()
functools.cmp_to_key(function)(1) < functools.cmp_to_key(function)(2)
total_ordering < total_ordering
total_ordering == total_ordering
sorted([total_ordering, total_ordering])
itemgetter(trap)
itemgetter(iterator)
operator.itemgetter('missing')(default)
attrgetter(trap)
operator.attrgetter('lazy')(trap)
operator.attrgetter('data.append')(trap)(1)
methodcaller(items)
methodcaller(trap)
operator.methodcaller('pop')(items)
operator.methodcaller('__setitem__', 0, 5)(items)
operator.call(function)
operator.setitem(items, 0, 1)
operator.delitem(items, 0)
operator.iadd(items, [1])
operator.ior(mapping, {'z': 1})
operator.imul(items, 2)
operator.iconcat(items, [1])
operator.getitem(default, 'missing')
operator.add(trap, 1)
operator.eq(trap, 1)
operator.not_(trap)
operator.truth(trap)
function()
function(*items)
function(**mapping)
function.__call__()
type(function).__call__(function)
types.FunctionType(function.__code__, {})()
types.MethodType(function, trap)()
types.MethodType(list.append, items)(1)
bound()
bound.__func__()
bound.__self__.data.append(1)
class_bound()
lambda_(1)
closure()
closure.__closure__[0].cell_contents
closure.__closure__[0].cell_contents.append(1)
wrapped()
wrapped.__wrapped__()
memoized(5)
memoized()
memoized.cache_clear()
memoized.cache_info()
memoized.__wrapped__(5)
dispatched(5)
dispatched.dispatch(int)
dispatched.register(int, function)
staticmethod(function).__func__()
classmethod(function).__get__(trap)()
property(function).fget(1)
property(function).__get__(trap)
property.__get__(Base.__dict__['computed'], trap)
re.sub('a', function, 'aaa')
pattern.sub(function, 'aaa')
pattern.subn(function, 'aaa')
re.sub('a', lambda_, 'aaa')
template.substitute(default)
template.substitute(a=trap)
string.Formatter().format('{0.computed}', trap)
'%(missing)s' % default
'%(x)s' % trap
'{missing}'.format_map(default)
'{0.lazy}'.format(trap)
text.translate(default)
str.maketrans(trap)
text.translate(missing_dict)
heapq.heappush(items, 1)
threading.Timer(0, function).run()
threading.Thread(target=items.append, args=(1,)).run()
threading.Thread(target=function).start()
weakref.finalize(trap, function)
atexit.register(function)
copy.copy(partial)()
types.DynamicClassAttribute(function).__get__(trap)
contextlib.closing(trap).__exit__(None, None, None)
object.__getattribute__(items, 'append')(1)
getattr(items, 'append')(1)
getattr(list, 'append')(items, 1)
list.__dict__['append'](items, 1)
items.append.__call__(1)
items.append.__self__.append(1)
items.__class__.append(items, 1)
type(items).append(items, 1)
vars(list)['append'](items, 1)
(items.append)(1)
(items.append if True else None)(1)
[items.append][0](1)
{'f': items.append}['f'](1)
(lambda f: f(1))(items.append)
[f(1) for f in [items.append]]
any(f(1) for f in [appender])
(items.append or 0)(1)
"""

THEMES["methods that change builtins"] = """
items.append(1)
items.extend([1])
items.insert(0, 1)
items.pop()
items.pop(0)
items.remove(1)
items.clear()
items.sort()
items.reverse()
items.__setitem__(0, 1)
items.__delitem__(0)
items.__iadd__([1])
items.__imul__(2)
items.__init__()
items.__init__([5])
list.append(items, 1)
list.sort(items)
list.__init__(items)
list.__setitem__(items, slice(0, 1), [])
[x.append(1) for x in [items]]
items[0:1].append(1) or items.append(1)
items.copy().append(items.pop())
pair[1].append(1)
pair[1].clear()
mapping['b'].append(1)
mapping['b'].pop() and 1
mapping.get('b').append(1)
mapping.setdefault('z', 1)
mapping.setdefault('z', []).append(1)
mapping.pop('a')
mapping.pop('z', None)
mapping.popitem()
mapping.clear()
mapping.update(z=1)
mapping.update({'a': 5})
mapping.__setitem__('a', 5)
mapping.__delitem__('a')
mapping.__init__(a=5)
mapping.__ior__({'z': 1})
dict.pop(mapping, 'a')
dict.update(mapping, z=1)
dict.__setitem__(mapping, 'a', 1)
[m.clear() for m in [mapping]]
nested['users'][0].pop('name')
nested['users'][0]['tags'].append(1)
[u['tags'].append(1) for u in nested['users']]
any(u.pop('name') for u in nested['users'])
numbers_set.add(9)
numbers_set.discard(1)
numbers_set.remove(1)
numbers_set.pop()
numbers_set.clear()
numbers_set.update([9])
numbers_set.difference_update([1])
numbers_set.intersection_update([1])
numbers_set.symmetric_difference_update([1])
numbers_set.__ior__({9})
numbers_set.__iand__({9})
numbers_set.__isub__({1})
set.add(numbers_set, 9)
data.append(1)
data.extend(b'a')
data.insert(0, 1)
data.pop()
data.remove(100)
data.reverse()
data.clear()
data.__setitem__(0, 1)
data.__iadd__(b'a')
data.__init__(b'a')
data.__imul__(2)
bytearray.append(data, 1)
array_.append(1)
array_.pop()
array_.fromlist([1])
array_.byteswap()
array_.__setitem__(0, 9)
array_.__iadd__(array_)
array_.reverse()
deque.append(1)
deque.appendleft(1)
deque.pop()
deque.popleft()
deque.rotate(1)
deque.clear()
deque.extend([1])
deque.reverse()
deque.__setitem__(0, 1)
deque.__iadd__([1])
collections.deque.append(deque, 1)
ordered.move_to_end('a')
ordered.popitem()
ordered.pop('a')
ordered.update(z=1)
ordered['b'].append(1)
ordered.__reversed__()
default['missing']
default.__missing__('x')
default.__getitem__('x')
default.get('missing')
default['key'].append(1)
default.default_factory().append(1)
default.pop('key')
default.copy()['x']
dict.__getitem__(default, 'x')
[default[x] for x in 'xyz']
any(default[x] for x in 'xyz')
default['a'] or default['b']
default[default['x'][0]]
'x' in default and default['x']
missing_dict['z']
missing_dict.get('z')
missing_dict.__missing__('z')
counted['z']
counted.update('abc')
counted.subtract('a')
counted.most_common()
counted.elements()
counted.__delitem__('a')
counted.__iadd__(counted)
+counted
counted + counted
chained['z']
chained.pop('a')
chained.maps[0].clear()
chained.new_child().maps
chained.__setitem__('x', 1)
'x' in chained
user_dict['z']
user_dict.pop('a')
user_dict.data.clear()
user_list.append(1)
user_list.data.append(1)
user_list[0]
proxy_dict['a'].append(1)
proxy_dict.copy()['a'].append(1)
namespace.value.append(1)
namespace.__init__(value=5)
namespace.__dict__.update(x=1)
namespace.__setattr__('x', 1)
point.y.append(1)
point._replace(x=5)
point._asdict()
point._make(iterator)
Point._make([1, 2])
Point(1, 2)
point.__class__(1, 2)
point.__new__(Point, 1, 2)
point._fields
queue_.put(1)
queue_.get_nowait()
queue_.qsize()
queue_.queue.append(1)
queue_.empty()
string_io.write('x')
string_io.read()
string_io.getvalue()
string_io.seek(5)
string_io.readline()
string_io.truncate(0)
[line for line in string_io]
bytes_io.read()
bytes_io.getbuffer()[0]
bytes_io.readinto(data)
bytes_io.close()
local.__setattr__('x', 1)
error.with_traceback(None)
error.__setstate__({'x': 1})
error.__init__('x')
error.args[1].append(1)
error.add_note('x')
error.__traceback__.tb_frame.f_locals
error.__traceback__.tb_frame.clear()
error.__traceback__.tb_next
error.__context__
error.__reduce__()
"""

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

THEMES["keys that compare"] = """
colliding[1]
colliding.get(1)
colliding.get(1.0)
colliding.get(True)
1 in colliding
1 in colliding.keys()
(1, [1]) in colliding.items()
colliding == {1: [1]}
{1: [1]} == colliding
colliding.keys() == {1}
colliding.keys() & {1}
colliding.keys() | {1}
colliding.keys() - {1}
{1} & colliding.keys()
colliding.keys().isdisjoint({1})
colliding.items() == {1: [1]}.items()
{**colliding}
{**colliding, 1: 2}
dict(colliding)
colliding.copy()
colliding | {1: 2}
{1: 2} | colliding
{k: v for k, v in colliding.items()}
{k for k in colliding}
set(colliding)
frozenset(colliding)
list(colliding)
sorted(colliding)
[k == 1 for k in colliding]
max(colliding)
1 in colliding_set
1 in colliding_frozenset
1 in set(colliding_set)
colliding_set & {1}
{1} & colliding_set
colliding_set | {1}
{1} | colliding_set
colliding_set - {1}
{1} - colliding_set
colliding_set ^ {1}
{1} ^ colliding_frozenset
colliding_set <= {1}
colliding_set < {1, 2}
{1} <= colliding_set
colliding_set == {1}
{1} == colliding_set
colliding_set != {1}
{1}.issubset(colliding_set)
{1}.union(colliding_set)
{1}.intersection(colliding_set)
{1}.isdisjoint(colliding_set)
colliding_set.issuperset([1])
colliding_set.union([1])
colliding_set.copy()
{x for x in colliding_set}
set(colliding_set) | {1}
hash(colliding_frozenset)
{colliding_frozenset}
{colliding_frozenset: 1}
{colliding_frozenset} & {frozenset([1])}
frozenset([1]) == colliding_frozenset
colliding_frozenset in {frozenset([1])}
colliding_set in [{1}]
[colliding_set] == [{1}]
{'a': colliding} == {'a': {1: [1]}}
colliding_text['a']
colliding_text.get('a')
'a' in colliding_text
colliding_text == {'a': 1}
'%(a)s' % colliding_text
'{a}'.format_map(colliding_text)
'{a}'.format(**colliding_text)
quiet_keys['a']
quiet_keys.get('a')
'a' in quiet_keys
quiet_keys == {'a': [1]}
quiet_keys.keys() & {'a'}
'%(a)s' % quiet_keys
trap_keys[trap]
trap in trap_keys
trap_keys == trap_keys
trap_keys[1]
1 in trap_keys
tuple_keys[(1, 2)]
(1, 2) in tuple_keys
(1, 2) in tuple_keys.keys()
tuple_keys == {(1, 2): [1]}
mapping[trap_text]
mapping[quiet_text]
quiet_text in mapping
mapping.get(quiet_text)
trap_text in mapping
{quiet_text: 1}
{quiet_text}
{quiet_text, 'a'}
{'a': 1}[quiet_text]
quiet_text == 'a'
'a' == quiet_text
quiet_text in ['a']
['a'].index(quiet_text)
quiet_text in 'abc'
'abc'.startswith(quiet_text)
{1: 1}[equal]
equal in {1: 1}
{equal, 1}
{1: 1, equal: 2}
{equal: 1, 1: 2}
[x for x in {1: 1} if x == equal]
mapping[trap_int]
{1: 'a'}[trap_int]
{1: 'a'}[trap_float]
trap_int in {1}
{trap_tuple: 1}
{(1, trap): 2}
{(1, (2, trap)): 3}
{(1, quiet_text)}
hash((1, trap))
hash(trap_pair)
hash(trap_frozenset)
{trap_frozenset}
{aware: 1}
{Color.RED}
{trap_decimal}
{trap_uuid: 1}
{1: 1}.get(trap_decimal)
weak_dict['a']
weak_dict.get('a')
weak_dict.pop('a')
weak_keys[trap]
trap in weak_keys
trap in weak_set
len(weak_set)
weak_set.add(trap)
weak_dict.valuerefs()
"""

THEMES["subclasses of builtins"] = """
trap_text == 'a'
'a' == trap_text
trap_text != 'b'
trap_text < 'b'
'a' < trap_text
trap_text + 'a'
'a' + trap_text
trap_text * 2
trap_text % 1
'%s' % trap_text
'%s %s' % (1, trap_text)
'a' in trap_text
trap_text in 'abc'
trap_text in ['a']
trap_text[0]
trap_text[:1]
len(trap_text)
bool(trap_text)
not trap_text
str(trap_text)
repr(trap_text)
f'{trap_text}'
f'{trap_text:>5}'
f'{trap_text!r}'
f'{trap_text!s}'
'{}'.format(trap_text)
''.join([trap_text])
trap_text.join(['a', 'b'])
trap_text.startswith('a')
trap_text.upper()
trap_text.lower()
trap_text.format(1)
trap_text.encode()
trap_text.split()
trap_text.replace('a', 'b')
trap_text.strip()
'abc'.startswith(trap_text)
'abc'.replace(trap_text, 'x')
'abc'.find(trap_text)
'abc'.split(trap_text)
text.join(trap_text)
list(trap_text)
[c for c in trap_text]
sorted(trap_text)
max(trap_text, 'b')
sorted([trap_text, 'b'])
int(trap_text)
float(trap_text)
ord(trap_text)
eval(trap_text)
trap_int == 1
1 == trap_int
trap_int + 1
1 + trap_int
-trap_int
~trap_int
abs(trap_int)
trap_int < 2
1 < trap_int
trap_int ** 2
2 ** trap_int
1 << trap_int
divmod(trap_int, 1)
divmod(5, trap_int)
items[trap_int]
items[trap_int:]
items[:trap_int]
pair[trap_int]
text[trap_int]
range(trap_int)
range(5)[trap_int]
trap_int in range(5)
trap_int in [1]
trap_int in (2, 3)
[0] * trap_int
'a' * trap_int
trap_int * 'a'
bool(trap_int)
not trap_int
trap_int or 1
str(trap_int)
repr(trap_int)
hex(trap_int)
chr(trap_int)
f'{trap_int}'
f'{trap_int:d}'
'%d' % trap_int
'%*d' % (trap_int, 1)
'%.*f' % (trap_int, 1.0)
int(trap_int)
float(trap_int)
round(1.5, trap_int)
round(trap_int)
sum([trap_int])
sum([1, 2], trap_int)
max(trap_int, 0)
min([trap_int, 2])
sorted([trap_int, 0])
trap_int.bit_length()
trap_int.real
trap_int.numerator
trap_int.to_bytes(2, 'big')
'abc'.find('a', trap_int)
items.index(3, trap_int)
trap_float == 1.5
trap_float + 1
1 + trap_float
round(trap_float)
int(trap_float)
float(trap_float)
f'{trap_float:.2f}'
trap_float.is_integer()
trap_float.real
complex(trap_float)
trap_bytes == b'ab'
b'a' + trap_bytes
trap_bytes[0]
trap_bytes.decode()
b'a' in trap_bytes
trap_bytes in b'abc'
b''.join([trap_bytes])
bytes(trap_bytes)
len(trap_bytes)
trap_tuple[0]
trap_tuple == (1, 2)
(1, 2) == trap_tuple
(1,) + trap_tuple
trap_tuple + (1,)
1 in trap_tuple
len(trap_tuple)
[x for x in trap_tuple]
list(trap_tuple)
tuple(trap_tuple)
'%s %s' % trap_tuple
sum(trap_tuple)
max(trap_tuple)
[a for a, b in [trap_tuple]]
isinstance(1, trap_tuple)
'a'.startswith(trap_tuple)
hash(trap_tuple)
trap_list[0]
trap_list[:]
trap_list == [1, 2]
[1, 2] == trap_list
[] + trap_list
trap_list + []
trap_list * 2
1 in trap_list
len(trap_list)
bool(trap_list)
[x for x in trap_list]
list(trap_list)
sorted(trap_list)
sum(trap_list)
any(trap_list)
max(trap_list)
','.join(trap_list)
[*trap_list]
[a for a, b in [trap_list]]
trap_list.index(1)
trap_list.count(1)
trap_list.copy()
trap_list.append(1)
str(trap_list)
str([trap_list])
enumerate(trap_list)
zip(trap_list, trap_list)
reversed(trap_list)
set(trap_list)
trap_set == {1}
1 in trap_set
len(trap_set)
trap_set | {1}
{1} | trap_set
{1} <= trap_set
trap_set.issubset({1})
{1}.issubset(trap_set)
[x for x in trap_set]
list(trap_set)
trap_set.copy()
trap_set in [{1}]
trap_frozenset == {1}
1 in trap_frozenset
{trap_frozenset: 1}
trap_dict['a']
trap_dict['missing']
trap_dict.get('a')
'a' in trap_dict
len(trap_dict)
bool(trap_dict)
trap_dict == {'a': 1}
{'a': 1} == trap_dict
trap_dict.keys()
trap_dict.items()
trap_dict.values()
[k for k in trap_dict]
list(trap_dict)
sorted(trap_dict)
dict(trap_dict)
{**trap_dict}
trap_dict | {}
{} | trap_dict
trap_dict.copy()
'%(a)s' % trap_dict
str(trap_dict)
trap_mapping['a']
'a' in trap_mapping
len(trap_mapping)
trap_mapping.get('a')
trap_mapping == {'a': 1}
list(trap_mapping)
trap_mapping.keys()
dict(trap_mapping)
{**trap_mapping}
function(**trap_mapping)
function(*trap_list)
[*trap_tuple]
"""

THEMES["dates, decimals, formats"] = """
trap_date == when
when == trap_date
when < trap_date
when - trap_date
trap_date - when
trap_date + datetime.timedelta(1)
str(trap_date)
f'{trap_date}'
f'{trap_date:%Y}'
'%s' % trap_date
trap_date.isoformat()
trap_date.date()
trap_date.year
trap_date in [when]
{trap_date: 1}
sorted([trap_date, when])
aware.utcoffset()
aware.dst()
aware.tzname()
aware.astimezone(zone)
aware.isoformat()
aware.timestamp()
aware.utctimetuple()
aware.timetuple()
aware.strftime('%z')
str(aware)
repr(aware)
hash(aware)
f'{aware}'
aware == when
aware == aware
aware < aware
aware - aware
aware + datetime.timedelta(1)
aware in [aware]
aware in [when]
[aware] == [when]
{aware}
max(aware, aware)
sorted([aware, aware])
aware.replace(hour=1)
aware.tzinfo.utcoffset(aware)
aware_time.utcoffset()
aware_time == aware_time
aware_time.isoformat()
str(aware_time)
hash(aware_time)
when.astimezone(zone)
datetime.datetime.now(zone)
datetime.datetime.now()
datetime.datetime.fromtimestamp(0, zone)
datetime.datetime.combine(day, aware_time)
datetime.datetime.strptime('2020', '%Y')
datetime.timezone(datetime.timedelta(1)).utcoffset(aware)
when.strftime('%Y')
when.strftime('%' * 1000)
day.strftime('%Y')
f'{day:%Y}'
f'{when:%H}'
format(day, '%Y')
'{:%Y}'.format(day)
day.ctime()
when.timestamp()
time.strftime('%Y')
time.time()
time.sleep(0)
time.tzset()
zone.fromutc(aware)
price / 3
1 / price
price ** 0.5
price ** price
price.sqrt()
price.ln()
price.quantize(decimal.Decimal('0.1'))
price.to_integral_value()
price.exp()
round(price)
round(price, 1)
decimal.Decimal(1) / decimal.Decimal(3)
decimal.Decimal('x')
decimal.Decimal('1e999999') * 10
decimal.Decimal(0.1) + price
price == 1.1
price < 1.5
price in [1.1]
price == decimal.Decimal('sNaN')
decimal.Decimal('1' * 100) + 1
-decimal.Decimal('1' * 100)
abs(decimal.Decimal('1' * 100))
+decimal.Decimal('1' * 100)
decimal.getcontext().clear_flags()
decimal.getcontext().flags
decimal.getcontext().prec
decimal.setcontext(decimal_context)
decimal.localcontext().__enter__()
decimal_context.divide(1, 3)
decimal_context.create_decimal('1' * 100)
decimal_context.flags
decimal_context.clear_flags()
f'{price:.1f}'
f'{price:.999999999f}'
'%d' % price
int(price)
float(price)
str(price)
hash(price)
trap_decimal == 1
trap_decimal + 1
1 + trap_decimal
price + trap_decimal
trap_decimal < price
fraction + 1
fraction * fraction
fraction == trap_fraction
trap_fraction + 1
fraction + trap_fraction
fraction.limit_denominator(5)
fraction._numerator
hash(fraction)
round(fraction)
unique == trap_uuid
trap_uuid == unique
trap_uuid.hex
str(trap_uuid)
unique.hex
unique.int
unique.__setattr__('x', 1)
uuid.uuid4()
uuid.uuid1()
f'{trap}'
f'{trap!r}'
f'{trap!s}'
f'{trap!a}'
f'{trap:x}'
f'{trap.computed}'
f'{trap.lazy}'
f'{1:{trap}}'
f'{1:{trap.lazy}}'
f'{[trap]}'
f'{items.append(1)}'
f'{next(iterator)}'
f'{1:{items.append(1)}}'
f'{default["missing"]}'
f'{trap=}'
f'{trap_text + "a"}'
f'{items!r:>{trap_int}}'
'%s' % trap
'%r' % trap
'%a' % trap
'%d' % trap
'%x' % trap
'%c' % trap
'%f' % trap
'%i' % (trap,)
'%s %s' % (1, trap)
'%s' % [trap]
'%s' % (trap_pair,)
'%s' % {1: trap}
'%(a)s' % {'a': trap}
'%(computed)s' % trap
'%*d' % (trap, 1)
b'%s' % trap
b'%d' % trap
b'%b' % buffer
str(holder)
repr(trap_values)
str(trap_pair)
repr([[trap]])
str({trap})
'{0}'.format(trap)
'{0.data}'.format(trap)
'{a.lazy}'.format(a=trap)
'{0[key]}'.format(trap)
'{0[missing]}'.format(default)
'{0.__class__.__init__.__globals__}'.format(trap)
format(1, trap_text)
format(1.5, 'n')
f'{1:n}'
print('x')
print('x', file=file)
print(trap, end='')
str(b'x')
str(b'x', 'utf-8')
f'{b"x"}'
'%s' % b'x'
str([b'x'])
"""

THEMES["buffers, weak references, finalizers"] = """
memory[0]
memory[0:2]
memory.tobytes()
memory.tolist()
memory.release()
memory.cast('b')
memory.obj
memory.obj.append(1)
memory.__setitem__(0, 1)
memory.__enter__()
memory == b'x'
memory == data
b'd' in memory
100 in memory
len(memory)
list(memory)
[x for x in memory]
bytes(memory)
hash(memory)
memory.hex()
memory.nbytes
memory.toreadonly()
memoryview(data)
memoryview(data)[0]
memoryview(data).release()
memoryview(b'abc') == data
bytes(data)
bytearray(data)
data[0]
data[0:2]
data == b'data'
b'data' == data
b'd' in data
data in b'data'
data in [b'data']
[b'data'] == [data]
b'a' + data
data + b'a'
data * 2
data.decode()
data.startswith(b'd')
b'datadata'.startswith(data)
b''.join([data])
data.find(b'a')
b'data'.find(data)
data.hex()
data.copy()
len(data)
int.from_bytes(data, 'big')
struct.unpack_from('i', data)
struct.pack_into('i', data, 0, 1)
struct_.unpack(data)
struct_.pack_into(data, 0, 5)
struct_.iter_unpack(data)
array_[0]
array_.tolist()
array_.tobytes()
array_.buffer_info()
array_ == array_
1 in array_
[x for x in array_]
mapped_file[0]
mapped_file[0:5]
mapped_file.read(1)
mapped_file.read_byte()
mapped_file.write(b'x')
mapped_file.write_byte(1)
mapped_file.seek(5)
mapped_file.tell()
mapped_file.resize(1)
mapped_file.close()
mapped_file.flush()
mapped_file.move(0, 1, 2)
mapped_file.__setitem__(0, 1)
len(mapped_file)
b'a' in mapped_file
mmap.mmap(-1, 10)
c_array[0]
c_array.__setitem__(0, 5)
list(c_array)
c_pointer.contents
c_pointer.contents.value
c_pointer[0]
c_pointer[100000000]
ctypes.memset(c_array, 0, 4)
ctypes.memmove(c_array, data, 4)
ctypes.cast(c_array, ctypes.c_void_p)
ctypes.string_at(0)
ctypes.CDLL(None)
ctypes.pythonapi
ctypes.py_object(trap)
ctypes.addressof(c_array)
ctypes.c_int(5).value
bytes(buffer)
memoryview(buffer)
b'a' + buffer
b''.join([buffer])
b'buffer'.startswith(buffer)
buffer in b'x'
b'x'.find(buffer)
b'x' == buffer
int.from_bytes(buffer, 'big')
bytes_io.write(buffer)
bytes_io.getbuffer()
bytes_io.getbuffer().release()
reference()
reference().data.append(1)
reference.__call__()
weakref.ref(trap)
weakref.ref(trap, function)
weakref.proxy(trap)
weakref.WeakSet([trap])
weakref.getweakrefcount(trap)
weakref.getweakrefs(trap)
trap.__weakref__
finalizer()
finalizer.detach()
finalizer.peek()
finalizer.alive
finalizer.atexit
weak_dict['a'].data
weak_dict.clear()
list(weak_dict)
weak_set.clear()
finalized.__del__()
Finalized().__del__()
[Finalized() for x in items]
{Finalized(): 1}
(Finalized(), 1)[1]
gc.collect()
gc.disable()
gc.freeze()
gc.get_objects()
gc.get_referrers(trap)
gc.set_threshold(1)
gc.callbacks.append(1)
gc.garbage
lock.acquire()
lock.locked()
lock.__enter__()
rlock.acquire()
event.set()
event.wait(0)
event.is_set()
"""

THEMES["the interpreter and the system"] = """
eval('items.append(1)')
eval('1')
exec('items.append(1)')
exec('x = 1')
compile('1', '', 'exec')
open(path, 'w')
open(path)
open(path).read()
open(file_descriptor)
__import__('os')
__import__('this')
__import__('os').system('true')
globals()
globals().update(x=1)
globals()['items'].append(1)
locals()
locals().clear()
vars()
vars().update(x=1)
dir()
input()
breakpoint()
help()
exit()
quit()
print()
setattr(sys, 'x', 1)
delattr(sys, 'path')
sys.modules
sys.modules.clear()
sys.modules['os'].environ.clear()
sys.modules.__getitem__('os').getpid()
sys.path.append('x')
sys.path_importer_cache.clear()
sys.exit()
sys.settrace(function)
sys.setprofile(function)
sys.setrecursionlimit(50)
sys.setswitchinterval(1)
sys.getrefcount(trap)
sys.getsizeof(trap)
sys._getframe()
sys._getframe().f_locals
sys._getframe().f_locals.update(x=1)
sys._getframe().f_globals.clear()
sys._getframe().f_back.f_locals
sys._current_frames()
sys.exc_info()
sys.intern(text * 2)
sys.stdout.write('x')
sys.stdout.flush()
sys.stderr.write('x')
sys.stdin.read()
sys.displayhook(5)
sys.excepthook(None, None, None)
sys.addaudithook(function)
sys.audit('event')
sys.breakpointhook()
sys.set_asyncgen_hooks(function)
sys.set_int_max_str_digits(0)
sys.call_tracing(function, ())
sys.monitoring.use_tool_id(3, 'x')
sys._clear_type_cache()
sys.setdlopenflags(1)
frame.f_locals
frame.f_locals['items'].append(1)
frame.f_globals['calls'].append(1)
frame.f_builtins
frame.f_back
frame.f_trace
frame.f_lineno
frame.f_lasti
frame.f_code.co_name
frame.clear()
frame.__setattr__('f_trace', function)
code.co_code
code.co_consts
code.co_lines()
code.replace(co_name='x')
code.co_varnames
code.__replace__(co_name='x')
os.system('true')
os.popen('true')
os.getcwd()
os.chdir('/')
os.umask(0)
os.environ['PATH']
os.environ['MISSING']
os.environ.get('PATH')
os.environ.update(A='1')
os.environ.setdefault('A', '1')
os.environ.pop('PATH')
os.putenv('A', '1')
os.getenv('PATH')
environment['PATH']
'PATH' in environment
os.remove(path)
os.rename(path, path + 'x')
os.mkdir(folder + '/new')
os.open(path, 0)
os.close(file_descriptor)
os.read(file_descriptor, 1)
os.write(file_descriptor, b'x')
os.lseek(file_descriptor, 5, 0)
os.dup(1)
os.pipe()
os.fork()
os.kill(os.getpid(), 0)
os._exit(1)
os.abort()
os.nice(0)
os.utime(path)
os.truncate(path, 0)
os.urandom(1)
os.path.exists(path)
os.listdir(folder)
os.scandir(folder)
os.stat(path)
os.get_terminal_size()
subprocess.run(['true'])
subprocess.Popen(['true'])
subprocess.check_output(['true'])
subprocess.call('true', shell=True)
socket.socket()
socket.socketpair()
socket.gethostbyname('localhost')
socket.setdefaulttimeout(5)
socket_[0].send(b'x')
socket_[0].close()
socket_[1].setblocking(False)
socket_[0].fileno()
signal.alarm(100)
signal.signal(signal.SIGUSR1, function)
signal.setitimer(signal.ITIMER_REAL, 100)
signal.raise_signal(signal.SIGCHLD)
signal.getsignal(2)
threading.Thread(target=function).start()
threading.settrace(function)
threading.stack_size(65536)
threading.enumerate()
file.read()
file.readline()
file.readlines()
file.write('x')
file.seek(3)
file.tell()
file.close()
file.truncate(0)
file.flush()
file.detach()
file.buffer.read(1)
file.fileno()
file.closed
next(file)
list(file)
[line for line in file]
'line' in file
any('x' in line for line in file)
sum(1 for line in file)
file.__enter__()
file.__exit__(None, None, None)
file.__del__()
file.reconfigure(errors='ignore')
binary.read(1)
binary.peek()
binary.readinto(data)
binary.raw.read(1)
next(binary)
io.open(path)
io.FileIO(path)
io.open_code(path)
random_.random()
random_.seed(1)
random_.shuffle(items)
random_.choice(items)
random.random()
random.seed(5)
random.shuffle(items)
random.getstate()
logging.warning('x')
logging.error('%s', trap)
logging.basicConfig()
logging.getLogger('new.logger')
logging.disable(50)
logging.root.setLevel(1)
logger.warning('x')
logger.addHandler(logging.StreamHandler())
logger.setLevel(10)
logger.handlers
logger.isEnabledFor(10)
logger.getChild('x')
record.getMessage()
warnings.warn('x')
warnings.simplefilter('error')
warnings.filters.clear()
warnings.resetwarnings()
re.compile('new pattern')
re.match('another', 'x')
re.purge()
re.match('(a+)+$', 'a' * 100 + 'b')
re.match('(a|a)*$', huge_text)
re.search('(x+x+)+y', 'x' * 100)
re.match('a{1,10000}{1,10000}', huge_text)
re.fullmatch('(.*)*x', huge_text)
re.findall('(a?)*b', huge_text)
re.match('(?:a?){50}a{50}', 'a' * 50)
re.match('(' * 100 + 'a' + ')' * 100, 'a')
re.match('a' * 100000, 'a')
re.search('\\\\s+$', spaces)
re.search(' +y', spaces)
re.match('(.*,){30}x', 'a,' * 40)
pattern.match('a' * 100 + 'b')
pattern.search(huge_text)
pattern.fullmatch(huge_text)
pattern.finditer(huge_text)
pattern.findall('aaa')
pattern.split(huge_text)
pattern.scanner('aaa').match()
match.group()
match.groups()
match.expand('x')
match.string
match[1]
pickle.loads(b'cos\\nsystem\\n(S"true"\\ntR.')
pickle.dumps(items)
json.loads('[1]')
json.dumps(items)
copy.deepcopy(items)
importlib.import_module('this')
typing.get_type_hints(function)
abc.get_cache_token()
time.sleep(0.001)
time.perf_counter()
string.capwords('x')
functools.lru_cache()(function)(1)
functools.singledispatch(function)(1)
copy.copy(items).append(1)
weakref.WeakKeyDictionary().update({trap: 1})
text.encode('rot13')
text.encode('idna')
b'x'.decode('utf-7')
text.encode('ascii', 'unknown')
codecs.register(function)
"""

THEMES["time and memory"] = """
10 ** 10 ** 8
2 ** 10 ** 9
(2 ** 60) ** 10 ** 7
7 ** (7 ** 7 ** 7)
10 ** -10 ** 9
2.0 ** 10 ** 400
pow(10, 10 ** 8)
pow(3, 10 ** 9, 10 ** 9)
(10).__pow__(10 ** 9)
int.__pow__(10, 10 ** 9)
1 << 10 ** 11
1 << (1 << 70)
-1 << 10 ** 12
(1 << 10 ** 6) << 10 ** 9
big ** big
big * big * big
[big ** 50 for x in range(10 ** 6)]
big ** 1000 // 7 % 3
'x' * 10 ** 9
10 ** 10 * 'x'
b'x' * 10 ** 10
[0] * 10 ** 10
[[0] * 1000] * 10 ** 7
(0,) * 10 ** 9
items * 10 ** 9
text * (1 << 40)
'x' * 10 ** 6 * 10 ** 3
['x' * 10 ** 6 for x in range(10 ** 4)]
['x' * 10 ** 5 + str(x) for x in range(10 ** 5)]
[list(range(10 ** 4)) for x in range(10 ** 4)]
{x: 'x' * 10 ** 5 for x in range(10 ** 5)}
('x' * 10 ** 6, 'y' * 10 ** 6, 'z' * 10 ** 6) * 10
'%1000000000d' % 1
'%.1000000000f' % 1.5
'%0999999999d' % 1
'%-999999999s' % 'x'
'%*d' % (10 ** 9, 1)
'%s' * 10 ** 5 % tuple(range(10 ** 5))
f'{1:1000000000}'
f'{1.5:.999999999f}'
f'{"x":>999999999}'
f'{1:0{10 ** 9}}'
f'{1:{10 ** 9}d}'
'{:999999999}'.format(1)
'{:{}}'.format(1, 10 ** 9)
format(1, '999999999')
'x'.ljust(10 ** 9)
'x'.center(10 ** 10)
'x'.zfill(10 ** 9)
'\\t'.expandtabs(10 ** 9)
'x'.replace('', 'y' * 10 ** 8)
('x' * 10 ** 5).replace('x', 'y' * 10 ** 5)
huge_text.replace('a', huge_text)
huge_text.join([huge_text] * 10 ** 4)
huge_text.join(huge_text)
huge_text.split('a')
huge_text.count('a' * 5000 + 'b')
huge_text.find('a' * 50000 + 'c')
('a' * 50000 + 'c') in huge_text
'a' * 50000 in huge_text
huge_text.translate({97: huge_text})
list(huge_text)
[a for a in huge_text for b in huge_text]
list(range(10 ** 9))
tuple(range(10 ** 9))
set(range(10 ** 9))
sum(range(10 ** 12))
max(range(10 ** 12))
min(range(10 ** 12))
sorted(range(10 ** 9))
sorted(long_list * 100)
any(x < 0 for x in range(10 ** 12))
all(x >= 0 for x in range(10 ** 12))
sum(1 for x in range(10 ** 12))
len([x for x in range(10 ** 12)])
[x for x in range(10 ** 5) for y in range(10 ** 5)]
[[y for y in range(10 ** 4)] for x in range(10 ** 4)]
any(x == y for x in long_list for y in long_list)
-1 in long_list * 5 + long_list
-1 in range(-10, 10 ** 20, 7)
1.5 in range(10 ** 12)
'x' in range(10 ** 12)
range(10 ** 12).index(10 ** 12 - 1)
range(10 ** 12).count(1.5)
range(10 ** 12) == range(10 ** 12 + 1)
list(reversed(range(10 ** 9)))
list(zip(range(10 ** 9), range(10 ** 9)))
list(enumerate(range(10 ** 9)))
dict.fromkeys(range(10 ** 9))
dict(zip(range(10 ** 9), range(10 ** 9)))
bytes(10 ** 10)
bytes(range(256)) * 10 ** 8
bytearray(10 ** 10)
int('9' * 10 ** 6)
int('9' * 4299)
int('f' * 10 ** 6, 16)
str(10 ** 10 ** 5)
str(big ** 100)
repr(big ** 100)
hex(1 << 10 ** 7)
float('9' * 10 ** 6)
'%d' % big ** 100
f'{big ** 100}'
round(5, -10 ** 9)
round(big, -10 ** 6)
divmod(big ** 20, big ** 10)
(big ** 1000).bit_length()
hash(big ** 1000)
hash('x' * 10 ** 9)
big.to_bytes(10 ** 9, 'big')
(1).to_bytes(10 ** 10, 'big')
complex('1' * 10 ** 6)
huge_text == huge_text + ''
huge_text.upper().lower().title()
huge_text * 100 < huge_text * 101
recursive == recursive_dict
recursive == [recursive]
[recursive] == recursive
recursive == [[[recursive]]]
recursive in recursive
recursive < [recursive]
str(recursive)
repr(recursive_dict)
f'{recursive}'
sorted([recursive, [recursive]])
max(recursive, [recursive])
hash((1, recursive))
deep == [deep]
deep == deep
[deep] == [deep]
deep < deep
deep in [[deep]]
str(deep)
repr(deep)
'%s' % deep
sorted([deep, [deep]])
recursive_dict == recursive_dict['self']
recursive_dict == {'self': recursive_dict}
json.dumps(recursive)
copy.deepcopy(deep)
list(itertools.product(range(1000), repeat=10))
sum([[x] for x in range(10 ** 4)], [])
sum([long_list, long_list], [])
max([long_list, long_list])
[long_list == long_list + [1] for x in range(1000)]
[sorted(long_list) for x in range(1000)]
any(sorted(long_list) for x in range(10 ** 6) if x < 0)
set(long_list) | set(long_list)
frozenset(long_list) & frozenset(long_list)
{x: x for x in range(10 ** 6)}
{str(x) for x in range(10 ** 6)}
(lambda f: f(f))(lambda f: f(f))
[0 for a in range(99) for b in range(99) for c in range(99) for d in range(99)]
"""

THEMES["syntax that binds or hides"] = """
(items := [])
[items := 5 for x in [1]]
[(y := x) for x in items]
any((y := x) for x in items)
(lambda: (z := 5))()
(lambda: items.append(1))()
(lambda x=items.append(1): x)()
(lambda *a: a[0].append(1))(items)
(lambda f: f(1))(items.append)
[(lambda: items.pop())() for x in [1]]
[trap for trap.data in [1]]
[0 for items[0] in [5]]
[0 for mapping['a'] in [5]]
[0 for items[0:1] in [[5]]]
[0 for trap.x, y in [(1, 2)]]
[0 for (items[0], trap.x) in [(1, 2)]]
[0 for [mapping['z']] in [[1]]]
[0 for *trap.rest, x in [(1, 2)]]
{0 for trap.data in [1]}
{0: 0 for trap.data in [1]}
(0 for trap.data in [1])
any(0 for trap.data in [1])
list(0 for items[0] in [5])
[x for x in items if items.append(x)]
[x for x in items if items.pop()]
[items.append(x) for x in [1]]
{items.append(x) for x in [1]}
{x: items.append(x) for x in [1]}
[[items.append(y) for y in [x]] for x in [1]]
[x for x in [items.append(1)]]
[x for x in items.append(1) or []]
items.append(1) if True else None
None if items.append(1) else None
items.append(1) and 1
items.append(1) or 1
not items.append(1)
[items.append(1)]
(items.append(1),)
{items.append(1): 1}
{'a': items.append(1)}
{items.append(1)}
items[items.append(1) or 0]
items[items.append(1):]
items.append(1) == items.append(2)
1 < 2 < items.append(3)
1 if 1 else items.append(1)
len([items.append(1)])
len(*[items.append(1)])
dict(a=items.append(1))
dict(**{'a': items.append(1)})
print(*items)
[*items, items.append(1)]
{**mapping, 'x': items.append(1)}
[*trap]
{**trap}
(*trap,)
-items.append(1)
items.append(1).x
items.append(1)()
f'{items.append(1)!r:>{items.append(2)}}'
f'{items.append(1)=}'
'%s' % items.append(1)
'\\d'
'\\777'
b'\\777'
b'\\N'
b'\\u1234'
f'{"\\d"}'
f'\\d{number}'
f'{number:\\d}'
f'{'\\d'}'
1if 1else 2
0x1for x in items
1or 2
1is 1
number is 7
number is not 'a'
'a' is 'a'
() is ()
(1, 2)(3)
[1, 2](3)
[1, 2][3, 4]
'a'(1)
'a'['b']
1()
...()
{1}[0]
(x for x in items)[0]
number == (yield)
[(yield) for x in items]
[(await x) for x in items]
t'{trap}'
t'{items.append(1)}'
lambda: items.append(1)
lambda x=items.append(1): x
__debug__
__name__
__builtins__
__builtins__.clear()
__builtins__['print']('x')
__loader__
__spec__
__file__
items.__class__.__base__.__subclasses__()
().__class__.__base__.__subclasses__()[0]
(1).__class__.__mro__[-1].__subclasses__()
[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen']
trap.__init__.__globals__['calls'].append(1)
type(trap).__len__.__globals__['calls'].clear()
"""


def all_expressions():
    """(theme, expression)s"""
    for theme, text in THEMES.items():
        for line in text.splitlines():
            if line:
                yield theme, line
