"""Methods and properties that look as if they only read, and change something."""

import functools

counter = 0
registry = []


class Subtle:
    """Each member but the data changes something when it is read or called."""

    total = 0
    shared = []
    by_class = {}

    def __init__(self):
        self._items, self._cache, self._reads, self._value, self._log = [3, 1], None, 0, None, []

    @property
    def counts_reads(self):
        self._reads += 1
        return self._reads

    @property
    def caches(self):
        if self._cache is None:
            self._cache = [1]
        return self._cache

    @property
    def caches_by_hasattr(self):
        if not hasattr(self, "_made"):
            self._made = 5
        return self._made

    @property
    def caches_by_exception(self):
        try:
            return self._other
        except AttributeError:
            self._other = 5
        return self._other

    @property
    def caches_in_dict(self):
        return self.__dict__.setdefault("made", [])

    @property
    def caches_in_class(self):
        return self.by_class.setdefault(id(self), 1)

    @property
    def counts_in_class(self):
        Subtle.total += 1
        return self.total

    @property
    def counts_in_type(self):
        type(self).total += 1

    @property
    def counts_in_type_by_class(self):
        self.__class__.total = 5

    @property
    def sorts(self):
        self._items.sort()
        return self._items[0]

    @property
    def appends(self):
        self._items.append(1)
        return len(self._items)

    @property
    def appends_to_shared(self):
        self.shared.append(1)

    @property
    def augments(self):
        self._items += [1]
        return self._items

    @property
    def augments_alias(self):
        items = self._items
        items += [1]
        return items

    @property
    def logs(self):
        self._log.append("read")
        return 1

    @property
    def deletes(self):
        del self._log
        return 1

    @property
    def prints(self):
        print("x")

    @property
    def delegates(self):
        return self.counts_reads + 1

    @property
    def delegates_deeper(self):
        return [item for item in self.change()]

    @property
    def sets_by_setattr(self):
        setattr(self, "_value", 1)

    @property
    def sets_by_object(self):
        object.__setattr__(self, "_value", 1)

    @property
    def sets_in_loop(self):
        for self._value in range(3):
            pass
        return self._value

    @property
    def writes_global(self):
        global counter
        counter += 1
        return counter

    @functools.lru_cache(None)
    def memoizes(self):
        return 1

    cached = functools.cached_property(lambda self: [1]) if hasattr(functools, "cached_property") else property(lambda self: self.change())

    def change(self):
        self._reads += 1
        return []

    def toggle(self):
        self._value = not self._value
        return self._value

    def chain(self):
        self._value = 1
        return self

    @classmethod
    def make(cls):
        cls.total += 1
        return cls.total

    @staticmethod
    def static():
        registry.append(1)

    def __len__(self):
        self._reads += 1
        return 2

    def __bool__(self):
        self._value = 1
        return True

    def __contains__(self, item):
        self._items.append(item)
        return True

    def __getitem__(self, key):
        self._value = key
        return key

    def __iter__(self):
        self._reads += 1
        return iter(self._items)

    def __eq__(self, other):
        self._reads += 1
        return True

    def __lt__(self, other):
        self._reads += 1
        return True

    def __hash__(self):
        self._reads += 1
        return 1

    def __call__(self):
        self._reads += 1

    def __add__(self, other):
        self._items.append(other)
        return self

    def __radd__(self, other):
        self._items.append(other)
        return self

    def __neg__(self):
        self._value = 1

    def __str__(self):
        self._reads += 1
        return "text"

    def __repr__(self):
        self._reads += 1
        return "text"

    def __format__(self, specification):
        self._reads += 1
        return "text"

    def __index__(self):
        self._reads += 1
        return 0

    def __int__(self):
        self._reads += 1
        return 0

    def __float__(self):
        self._reads += 1
        return 0.0

    def __abs__(self):
        self._reads += 1
        return 0

    def __getattr__(self, name):
        self.__dict__[name] = 1
        return 1


class SubtleContainer(dict):
    """A builtin container with one method more."""

    def __missing__(self, key):
        self[key] = []
        return self[key]

    def get(self, key, default=None):
        self["last"] = key
        return default

    def first(self):
        return self.setdefault("first", 1)

    @property
    def size(self):
        self["size"] = len(self)
        return self["size"]


OF_SUBTLE = """
len(subtle)
bool(subtle)
not subtle
subtle and 1
1 if subtle else 2
any([subtle])
1 in subtle
subtle[0]
subtle[0:1]
[x for x in subtle]
list(subtle)
sorted(subtle)
sum(subtle)
subtle == 1
1 == subtle
subtle != 1
subtle in [1]
[subtle] == [1]
subtle < 1
1 > subtle
min(subtle, 1)
sorted([subtle, 1])
hash(subtle)
{subtle}
{subtle: 1}
{1: 1}.get(subtle)
subtle()
subtle + 1
1 + subtle
sum([subtle])
-subtle
abs(subtle)
str(subtle)
repr(subtle)
'%s' % subtle
f'{subtle}'
f'{subtle!r}'
f'{[subtle]}'
[1, 2][subtle]
[1, 2][subtle:]
'a' * subtle
int(subtle)
float(subtle)
hex(subtle)
subtle.missing
hasattr(subtle, 'missing')
getattr(subtle, 'missing', 1)
subtle.change()
subtle.change() or 1
subtle.toggle()
subtle.chain().chain()
subtle.make()
Subtle.make()
subtle.static()
Subtle.static()
Subtle.change(subtle)
Subtle()
subtle.memoizes()
subtle.memoizes.cache_info()
subtle.cached
[s.counts_reads for s in [subtle]]
any(s.counts_reads > 1 for s in [subtle])
subtle.counts_reads > 0 and subtle._reads
getattr(subtle, 'caches')
hasattr(subtle, 'caches')
f'{subtle.caches}'
'%s' % subtle.caches
subtle._items.append(1)
subtle.shared.append(1)
(lambda: subtle.counts_reads)()
(lambda s: s.change())(subtle)
container['missing']
container.get('a')
container.get('a', 1)
container.first()
container.size
'a' in container or container['a']
[container[x] for x in 'ab']
"""
