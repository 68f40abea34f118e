"""Generator functions, and classes whose ways of being gone over do more than give items."""

import collections.abc

registry = []
counter = 0


def writes(items):
    registry.append(1)
    yield 1


def writes_later(items):
    yield 1
    yield 2
    registry.append(1)
    yield 3


def writes_global(items):
    global counter
    counter += 1
    yield counter
    counter += 1


def writes_argument(items):
    items.append(1)
    yield items


def writes_item(items):
    for number, item in enumerate(items):
        items[number] = item
        yield item


def writes_when_closed(items):
    try:
        yield 1
        yield 2
    finally:
        registry.append("closed")


def writes_when_thrown(items):
    try:
        yield 1
    except GeneratorExit:
        registry.append("thrown")
        raise
    yield 2


def writes_when_sent(items):
    got = yield 1
    registry.append(got)
    yield got


def writes_by_default(items, seen=[]):  # noqa: B006
    seen.append(1)
    yield seen


def writes_by_yield(items):
    registry.append((yield 1))


def writes_in_generator_expression(items):
    yield from (registry.append(item) for item in items)


def writes_in_map(items):
    yield from map(registry.append, items)


def writes_in_inner(items):
    yield from writes(items)


def writes_by_return(items):
    result = yield from returning(items)
    registry.append(result)


def returning(items):
    yield 1
    return registry.append("returned")


def removes(items):
    while items:
        yield items.pop()


def removes_own(items):
    own = list(items)
    while own:
        yield own.pop()
    registry.append(own)


def yields_own(items):
    own = []
    for item in items:
        own.append(item)
        yield own


def raises_at_the_end(items):
    yield 1
    raise Noted(items)


def with_block(items):
    with open("/dev/null") as file:
        yield file


def with_lock(items):
    with Manager():
        yield 1


def imports(items):
    import this

    yield this


def makes(items):
    def inner():
        registry.append(1)

    yield inner


def without_end(items):
    while True:
        yield 1


def without_end_and_item(items):
    while True:
        pass
    yield 1


def without_end_of_calls(items):
    yield from without_end_of_calls(items)


def growing(items):
    text = "x"
    while True:
        text += text
        yield text


def growing_list(items):
    own = [1]
    while True:
        own += own
        yield 1


def reads_iterator(iterator):
    for item in iterator:
        yield item


def reads_iterator_later(iterator):
    yield 1
    yield from iterator


def reads_generator(generator):
    yield next(generator)


def sends(generator):
    yield generator.send(None)


class Noted(Exception):
    def __init__(self, *arguments):
        registry.append(arguments)


class Manager:
    def __enter__(self):
        registry.append("enter")

    def __exit__(self, *arguments):
        registry.append("exit")


class IterWrites:
    def __iter__(self):
        registry.append("iter")
        yield 1


class IterKeeps:
    def __init__(self):
        self.items = [1, 2]

    def __iter__(self):
        self.iterator = iter(self.items)
        return self.iterator


class IterOfStored:
    stored = iter([1, 2, 3] * 99)

    def __iter__(self):
        return self.stored


class IterIsItself:
    def __init__(self):
        self.count = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.count += 1
        if self.count > 99:
            raise StopIteration
        return self.count


class IterOfProperty:
    @property
    def __iter__(self):
        registry.append("property")
        return lambda: iter([1])


class IterOfC:
    __iter__ = registry.copy


class IterOfCall:
    def __iter__(self):
        return iter(lambda: registry.append(1), 1)


class GetitemWrites:
    def __getitem__(self, index):
        registry.append(index)
        return [1, 2][index]


class GetitemEndless:
    def __getitem__(self, index):
        return index


class GetitemKeeps:
    def __init__(self):
        self.last = None

    def __getitem__(self, index):
        self.last = index
        return [1][index]


class LenWrites:
    def __len__(self):
        registry.append("len")
        return 2

    def __length_hint__(self):
        registry.append("hint")
        return 2

    def __getitem__(self, index):
        return [1, registry.append][index](1) if index else 1


class ReversedWrites:
    def __reversed__(self):
        registry.append("reversed")
        return iter([1])

    def __iter__(self):
        registry.append("iter")
        return iter([1])


class KeysWrites:
    def keys(self):
        registry.append("keys")
        return ["a"]

    def __getitem__(self, key):
        return key

    def __iter__(self):
        return iter([("a", registry.append(1))])


class KeysGetitemWrites(KeysWrites):
    def keys(self):
        yield "a"

    def __getitem__(self, key):
        registry.append(key)
        return key


class DictIterWrites(dict):
    def __iter__(self):
        registry.append("iter")
        return iter([])

    def keys(self):
        registry.append("keys")
        return []


class MemberEquals:
    def __eq__(self, other):
        registry.append("eq")
        return True

    def __iter__(self):
        yield self

    __hash__ = None


class ContainsWrites:
    def __contains__(self, item):
        registry.append(item)
        return True

    def __iter__(self):
        yield 1


class TableGetitemWrites(collections.abc.Mapping):
    def __getitem__(self, key):
        registry.append(key)
        return 1

    def __iter__(self):
        return iter(["a"])

    def __len__(self):
        registry.append("len")
        return 1


class TableIterWrites(TableGetitemWrites):
    def __getitem__(self, key):
        return 1

    def __iter__(self):
        registry.append("iter")
        yield "a"


class LoudView(collections.abc.ItemsView):
    def __init__(self, mapping):
        registry.append("made")
        super().__init__(mapping)


class TableWithLoudView(collections.abc.Mapping):
    def __getitem__(self, key):
        return {"a": 1}[key]

    def __iter__(self):
        yield "a"

    def __len__(self):
        return registry.append("len") or 1

    def items(self):
        return LoudView(self)

    def keys(self):
        return collections.abc.KeysView(registry.append(self) or self)


class MetaIter(type):
    def __iter__(cls):
        registry.append(cls)
        yield 1

    def __getitem__(cls, index):
        registry.append(index)
        return [1][index]

    def __len__(cls):
        registry.append("len")
        return 1


class OfMetaIter(metaclass=MetaIter):
    pass


_FUNCTIONS = (
    "writes writes_later writes_global writes_argument writes_item writes_when_closed writes_when_thrown writes_when_sent writes_by_default writes_by_yield"
    " writes_in_generator_expression writes_in_map writes_in_inner writes_by_return removes removes_own yields_own raises_at_the_end with_block with_lock"
    " imports makes without_end without_end_and_item without_end_of_calls growing growing_list"
).split()
_FORMS = (
    "list(%s(items))", "next(%s(items))", "5 in %s(items)", "any(x for x in %s(items))", "%s(items).send(None)",
)  # fmt: skip
_OBJECTS = (
    "iter_writes iter_keeps iter_of_stored iter_is_itself iter_of_property iter_of_c iter_of_call getitem_writes getitem_endless getitem_keeps len_writes"
    " reversed_writes keys_writes keys_getitem_writes dict_iter_writes member_equals contains_writes OfMetaIter"
    " table_getitem_writes table_iter_writes table_with_loud_view"
).split()
_FORMS_OF_OBJECTS = (
    "list(%s)", "next(iter(%s))", "5 in %s", "any(%s)", "dict(%s)", "{**%s}", "list(reversed(%s))", "','.join(%s)", "len(%s)",
)  # fmt: skip

THEMES = {
    "generator functions": "\n".join(form % name for name in _FUNCTIONS for form in _FORMS),
    "objects that are gone over": "\n".join(form % name for name in _OBJECTS for form in _FORMS_OF_OBJECTS),
    "views of mappings": """
table_getitem_writes.items()
table_getitem_writes.values()
table_getitem_writes.keys()
list(table_getitem_writes.items())
sum(table_getitem_writes.values())
len(table_getitem_writes.keys())
table_getitem_writes.get('a')
table_getitem_writes == {'a': 1}
table_iter_writes.items()
list(table_iter_writes.keys())
table_iter_writes.get('a')
table_iter_writes == {'a': 1}
table_with_loud_view.items()
list(table_with_loud_view.items())
table_with_loud_view.keys()
dict(table_with_loud_view)
LoudView(mapping)
LoudView(table_with_loud_view)
collections.abc.KeysView(trap)
list(collections.abc.ItemsView(trap))
list(collections.abc.ValuesView(table_getitem_writes))
list(collections.abc.ItemsView(iterator))
""",
    "generators of generators": """
next(writes_argument(items)).append(1)
next(yields_own(items)).append(1)
writes_when_closed(items).close()
writes_when_thrown(items).throw(ValueError)
dict(zip(removes(items), 'ab'))
(lambda a, b: 1)(*removes_own(items))
sorted(iter_writes)
[*getitem_writes]
max(iter_keeps, default=1)
set().union(getitem_keeps)
dict(keys_writes, a=1)
list(reads_iterator(iterator))
next(reads_iterator(iterator))
2 in reads_iterator_later(iterator)
list(reads_generator(generator))
next(sends(generator))
list(writes_later(reads_iterator(items)))
list(map(next, [iterator]))
list(zip(writes(items), writes_later(items)))
list(filter(registry_append, without_end(items)))
[a for a in without_end(items) if registry_append(a)]
any(registry_append(x) for x in without_end(items))
sum(growing(items), '')
''.join(growing(items))
[*without_end(items)]
max(without_end(items))
sorted(growing_list(items))
dict(enumerate(without_end(items)))
set(without_end(items))
-1 in without_end(items)
all(without_end(items))
list(zip(without_end(items), without_end(items)))
""",
}

NAMES = {name: globals()[name] for name in _FUNCTIONS}
NAMES.update(
    reads_iterator=reads_iterator, reads_iterator_later=reads_iterator_later, reads_generator=reads_generator, sends=sends, registry_append=registry.append,
    iter_writes=IterWrites(), iter_keeps=IterKeeps(), iter_of_stored=IterOfStored(), iter_is_itself=IterIsItself(), iter_of_property=IterOfProperty(),
    iter_of_c=IterOfC(), iter_of_call=IterOfCall(), getitem_writes=GetitemWrites(), getitem_endless=GetitemEndless(), getitem_keeps=GetitemKeeps(),
    len_writes=LenWrites(), reversed_writes=ReversedWrites(), keys_writes=KeysWrites(), keys_getitem_writes=KeysGetitemWrites(),
    dict_iter_writes=DictIterWrites(b=2), member_equals=MemberEquals(), contains_writes=ContainsWrites(), OfMetaIter=OfMetaIter,
    table_getitem_writes=TableGetitemWrites(), table_iter_writes=TableIterWrites(), table_with_loud_view=TableWithLoudView(), LoudView=LoudView,
)  # fmt: skip
