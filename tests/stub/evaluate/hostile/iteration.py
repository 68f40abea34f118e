"""What moves on when it is looked at: iterators, generators, coroutines, contexts."""

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
