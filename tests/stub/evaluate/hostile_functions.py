"""Functions, methods and properties that look as if they only computed, and change something, each in its own way.

A function is called with what hostile_app has under the names of its parameters. Nothing here is called by anybody else.
"""

import collections
import functools
import sys

import hostile_app
from hostile_app import calls

counter = 0
cache = {}
registry = []
last_error = None
shared = {"list": [], "deep": {"list": []}}
stored_error = ValueError("stored")
settings = type("Settings", (), {"count": 0, "items": [], "flags": {}})


class Functions:
    """One way to change something in each."""

    # ---- arguments

    def append_to_argument(items):
        items.append(1)
        return True

    def append_and_take_back(items):
        items.append(1)
        items.pop()
        items.sort()
        return True

    def append_through_alias(items):
        result = items
        result.append(1)
        return result

    def append_through_tuple(items):
        pair = (items, 1)
        pair[0].append(1)

    def append_through_own_list(items):
        own = [items]
        own[0].append(1)

    def append_through_own_dict(items):
        own = {"key": items}
        own["key"].append(1)

    def append_through_loop(items):
        for alias in [items]:
            alias.append(1)

    def append_through_unpacking(items):
        alias, other = items, []
        alias.append(1)

    def append_through_star(items):
        alias, *rest = [items, 1, 2]
        alias.append(1)

    def append_through_conditional(items, number):
        alias = items if number else []
        alias.append(1)

    def append_through_or(items):
        alias = [] or items
        alias.append(1)

    def append_through_and(items):
        alias = 1 and items
        alias.append(1)

    def append_after_rebinding(items):
        own = []
        for _ in range(2):
            own.append(1)
            own = items

    def append_in_handler(items):
        own = []
        try:
            own = items
            raise ValueError
        except ValueError:
            own.append(1)

    def append_in_finally(items):
        try:
            return 1
        finally:
            items.append(1)

    def append_in_else(items):
        for _ in []:
            pass
        else:
            items.append(1)

    def append_in_while(items, number):
        while number > 5:
            number -= 1
            items.append(number)
        return number

    def append_in_condition(items):
        if items.append(1):
            return 1
        return 0

    def append_in_comprehension(items):
        return [items.append(x) for x in range(2)]

    def append_in_generator(items):
        return any(items.append(x) for x in range(2))

    def append_in_f_string(items):
        return f"{items.append(1)}"

    def append_in_assertion(items):
        assert not items.append(1), items

    def append_in_return(items):
        return items.append(1) or 5

    def append_in_default_of_lambda(items):
        return (lambda x=items.append(1): x)()

    def append_in_lambda(items):
        change = lambda: items.append(1)  # noqa: E731
        return change()

    def append_in_inner_function(items):
        def inner():
            items.append(1)

        inner()

    def append_in_default_of_inner_function(items):
        def inner(argument=items.append(1)):
            return argument

        return inner

    def append_in_decorator(items):
        @items.append
        def inner():
            return 1

        return inner

    def append_in_annotation(items):
        def inner(argument: items.append(1)) -> items.append(2):
            return argument

        return inner

    def append_in_raise(items):
        try:
            raise ValueError(items.append(1))
        except ValueError:
            return 1

    def append_in_slice(items):
        return items[items.append(1) or 0 :]

    def append_by_map(items):
        return list(map(items.append, [1]))

    def append_by_getattr(items):
        return getattr(items, "app" + "end")(1)

    def append_by_class(items):
        return list.append(items, 1)

    def append_by_bound_method(items):
        add = items.append
        add(1)

    def append_by_bound_methods_in_loop(items):
        for change in (items.sort, items.reverse):
            change()

    def extend_argument(items):
        items.extend(items)

    def augment_argument(items):
        items += [1]
        return items

    def augment_argument_by_tuple(items):
        items += (1, 2)

    def augment_argument_by_nothing_but_order(items):
        items *= 2

    def augment_alias(items):
        alias = items
        alias += [1]

    def augment_set(numbers_set):
        numbers_set |= {9}
        return len(numbers_set)

    def augment_set_and(numbers_set):
        numbers_set &= {1}

    def augment_set_minus(numbers_set):
        numbers_set -= {1}

    def augment_set_xor(numbers_set):
        numbers_set ^= {1}

    def augment_dict(counted):
        counted += counted

    def augment_bytearray(data):
        data += b"x"

    def augment_deque(deque):
        deque += [1]

    def augment_array(array_):
        array_ += array_

    def augment_hook(trap):
        trap += 1

    def augment_item(items):
        items[0] += 1

    def augment_item_of_dict(mapping):
        mapping["a"] += 1

    def augment_attribute(namespace):
        namespace.value += [1]

    def augment_through_tuple(pair):
        try:
            pair[1] += [5]
        except TypeError:
            return 1

    def augment_in_loop(nested):
        for user in nested["users"]:
            user["tags"] += ["y"]

    def set_item(items):
        items[0] = 5

    def set_item_of_dict(mapping):
        mapping["new"] = 1

    def set_item_to_itself(mapping):
        mapping["c"] = mapping["a"]

    def set_slice(items):
        items[0:1] = []

    def set_item_by_unpacking(items):
        items[0], other = 5, 6
        return other

    def swap_items(items):
        items[0], items[1] = items[1], items[0]

    def set_item_by_loop(items):
        for items[0] in [7, 8]:
            pass

    def set_item_by_star(mapping):
        first, *mapping["rest"] = [1, 2, 3]

    def set_item_by_chain(mapping):
        own = mapping["x"] = 5
        return own

    def set_item_by_with(mapping, lock):
        with lock as mapping["x"]:
            pass

    def set_item_by_comprehension(items):
        return [0 for items[0] in [9]]

    def set_attribute(namespace):
        namespace.other = 1

    def set_attribute_by_unpacking(namespace):
        namespace.a, (namespace.b, other) = 1, (2, 3)

    def set_attribute_by_loop(namespace):
        for namespace.index in range(3):
            pass

    def set_attribute_of_function(namespace):
        Functions.set_attribute_of_function.note = 1

    def set_attribute_by_annotation(namespace):
        namespace.value: int = 5

    def set_attribute_by_setattr(namespace):
        setattr(namespace, "other", 1)

    def set_attribute_by_dict(namespace):
        namespace.__dict__["other"] = 1

    def set_attribute_by_vars(namespace):
        vars(namespace)["other"] = 1

    def set_attribute_by_update(namespace):
        namespace.__dict__.update(other=1)

    def delete_item(items):
        del items[0]

    def delete_item_of_dict(mapping):
        del mapping["a"]

    def delete_slice(items):
        del items[:]

    def delete_attribute(namespace):
        del namespace.value

    def delete_several(items, mapping):
        own = 1
        del own, items[0], mapping["a"]

    def set_default(mapping):
        return mapping.setdefault("z", [])

    def default_of_defaultdict(default):
        return default["z"]

    def defaultdict_in_loop(default):
        total = 0
        for key in ("key", "other", "another"):
            total += len(default[key])
        return total

    def counter_missing(missing_dict):
        return missing_dict["z"]

    def pop_and_put_back(mapping):
        value = mapping.pop("a")
        mapping["a"] = value
        return value

    def update_in_place(mapping):
        mapping.update(mapping, z=1)

    def sort_in_place(items):
        items.sort()
        return items[0]

    def sort_then_copy(items):
        own = items
        own.sort()
        return own[:]

    def slice_of_subclass(user_list):
        own = user_list[:]
        own.append(1)
        user_list.append(2)

    def same_tuple(pair):
        own = pair * 1
        own[1].append(5)

    def shallow_copy(nested):
        own = dict(nested)
        own["users"].append(1)

    def shallow_list(nested):
        own = list(nested["users"])
        own[0]["name"] = "x"

    def shallow_slice(nested):
        nested["users"][:][0]["tags"].append(1)

    def sorted_members(nested):
        for tags in sorted([user["tags"] for user in nested["users"]]):
            tags.append(1)

    def through_identity(items):
        def identity(value):
            return value

        identity(items).append(1)

    def through_max(items):
        max([items, []]).append(1)

    def through_get(mapping):
        mapping.get("b", []).append(1)

    def through_getattr(namespace):
        getattr(namespace, "value", []).append(1)

    def through_values(mapping):
        for value in mapping.values():
            if isinstance(value, list):
                value.append(1)

    def through_items(mapping):
        for key, value in mapping.items():
            if key == "b":
                value.append(1)

    def through_zip(items):
        for alias, _ in zip([items], [1]):
            alias.append(1)

    def through_enumerate(items):
        for _, alias in enumerate([items]):
            alias.append(1)

    def through_varargs(*items):
        items[0].append(1)

    def through_exception(items):
        try:
            raise ValueError(items)
        except ValueError as error:
            error.args[0].append(1)

    def through_star_call(items):
        def change(first, *rest):
            rest[0].append(1)

        change(1, items)

    def through_keywords(items):
        def change(**keywords):
            keywords["items"].append(1)

        change(items=items)

    def through_recursion(items, number):
        if number == 0:
            return items.append(1)
        return Functions.through_recursion(items, number - 1)

    def through_namedtuple(point):
        point.y.append(1)

    def through_enum(Color):
        Color.RED.value.append(1)

    def through_view(views):
        for _, value in views:
            value.append(1)

    def through_proxy(proxy_dict):
        proxy_dict["a"].append(1)

    def through_weak_reference(reference):
        reference().data.append(1)

    def through_cell(closure):
        closure.__closure__[1].cell_contents.append(1)

    # ---- iterators and generators

    def next_of_iterator(iterator):
        return next(iterator)

    def loop_over_iterator(iterator):
        for item in iterator:
            return item

    def loop_over_generator(generator):
        for item in generator:
            if item:
                break

    def unpack_iterator(iterator):
        first, *rest = iterator
        return first

    def star_of_iterator(iterator):
        return [*iterator]

    def membership_of_iterator(iterator):
        return 3 in iterator

    def comprehension_over_iterator(iterator):
        return [x for x in iterator if x > 1]

    def zip_of_iterator(iterator):
        return [pair for pair in zip(range(2), iterator)]

    def dict_of_iterator(enumerated):
        return dict(enumerated)

    def alias_of_iterator(iterator):
        alias = iter(iterator)
        return next(alias, None)

    def own_iterator_over_iterator(iterator):
        return next(x for x in iterator)

    def send_to_generator(generator):
        return generator.send(None)

    def close_generator(generator):
        generator.close()

    def yield_from_iterator(iterator):
        def inner():
            yield from iterator

        return list(inner())

    def generator_function(items):
        def inner():
            items.append(1)
            yield 1

        return list(inner())

    def generator_function_summed(items):
        def inner():
            for x in items:
                calls.append("inner")
                yield x

        return sum(inner())

    def iterator_in_condition(iterator):
        while next(iterator, None):
            pass

    def file_line(file):
        for line in file:
            return line

    def file_read(file):
        return file.read(5)

    def line_in_file(file):
        return "line" in file

    def next_of_counter(counter):
        return next(counter)

    # ---- globals, closures, defaults

    def count_in_global(number):
        global counter
        counter += 1
        return number

    def set_global(number):
        global cache
        cache = {number: 1}
        return number

    def set_global_by_loop(number):
        global counter
        for counter in range(5):
            pass

    def set_global_by_with(lock):
        global last_error
        with lock as last_error:
            return 1

    def set_global_by_import(number):
        global json
        import json

        return number

    def set_global_by_from_import(number):
        global OrderedDict
        from collections import OrderedDict

        return number

    def set_global_by_def(number):
        global counter

        def counter():
            return 1

    def set_global_by_class(number):
        global counter

        class counter:
            pass

    def set_global_by_except(number):
        global last_error
        try:
            number.missing
        except AttributeError as last_error:
            return 1

    def set_global_by_unpacking(number):
        global counter, cache
        counter, cache = number, {}

    def set_global_in_finally(number):
        global counter
        try:
            return number
        finally:
            counter = 5

    def set_global_in_handler(number):
        global counter
        try:
            return number / 0
        except ZeroDivisionError:
            counter = 5

    def set_global_in_else(number):
        global counter
        try:
            number + 1
        except TypeError:
            pass
        else:
            counter = 7

    def delete_global(number):
        global registry
        del registry

    def append_to_global(number):
        registry.append(number)

    def set_item_of_global(number):
        cache[number] = number * 2
        return cache[number]

    def cached_by_hand(number):
        if number not in cache:
            cache[number] = number * 2
        return cache[number]

    def cached_by_exception(number):
        try:
            return cache["value"]
        except KeyError:
            cache["value"] = number
        return number

    def cached_by_setdefault(number):
        return cache.setdefault(number, [])

    def change_of_shared(number):
        shared["deep"]["list"] += [number]

    def change_of_global_attribute(number):
        settings.count += 1

    def change_of_module(number):
        hostile_app.new_name = number

    def change_of_sys(number):
        sys.argv.append("x")

    def globals_function(number):
        globals()["counter"] = number

    def closure_counter(number):
        return increment()

    def closure_append(number):
        return remember(number)

    def closure_written_by_inner(number):
        total = 0

        def add():
            nonlocal total
            total += 1
            registry.append(total)

        add()
        return total

    def mutable_default(number, known=[]):  # noqa: B006
        known.append(number)
        return known

    def mutable_default_dict(number, known={}):  # noqa: B006
        known[number] = 1
        return known

    def mutable_default_alias(number, known=[]):  # noqa: B006
        mine = known
        mine += [number]
        return mine

    def mutable_keyword_default(number, *, known=[]):  # noqa: B006
        known.append(number)
        return known

    def constant_list(number):
        own = settings.items
        own.append(number)

    def memoized_call(number):
        return memoized_function(number)

    def memoized_clear(number):
        memoized_function.cache_clear()

    def function_attribute(number):
        Functions.function_attribute.calls = getattr(Functions.function_attribute, "calls", 0) + 1

    def change_of_code(number):
        Functions.append_in_lambda.__defaults__ = (5,)

    # ---- classes, instances, hooks

    def make_instance(number):
        return Counted().number

    def make_class(number):
        class New(hostile_app.Base):
            pass

        return New

    def make_class_with_body(number):
        class New:
            registry.append(1)

        return New

    def make_namedtuple(number):
        return collections.namedtuple("New", "x")(number)

    def raise_own_exception(number):
        try:
            raise Noted(number)
        except Noted:
            return 1

    def raise_stored_exception(number):
        try:
            raise stored_error
        except ValueError:
            return 1

    def raise_stored_from(error):
        try:
            raise stored_error from error
        except ValueError:
            return 1

    def raise_argument(error):
        try:
            raise error
        except ValueError:
            return 1

    def raise_in_context(error):
        try:
            raise error
        except ValueError:
            try:
                raise stored_error
            except ValueError:
                return 2

    def handler_with_hook(number):
        try:
            return number / 0
        except (hostile_app.Trap, ZeroDivisionError):
            registry.append(1)

    def truth_of_hook(trap):
        if trap:
            return 1

    def length_of_hook(trap):
        return len(trap) > 1

    def compare_hook(trap):
        return trap == 1

    def compare_hook_in_loop(holder):
        for item in holder:
            if item == 1:
                return True

    def loop_over_hook(trap):
        for item in trap:
            return item

    def attribute_of_hook(trap):
        return trap.lazy

    def call_hook(trap):
        return trap(1)

    def format_of_hook(trap):
        return "%s %s" % (trap, f"{trap}")

    def key_of_hook(trap):
        own = {}
        own[trap] = 1
        return own

    def member_of_hook(trap):
        own = set()
        own.add(trap)
        return own

    def sort_by_hook(items):
        return sorted(items, key=lambda x: registry.append(x))

    def maximum_by_hook(items):
        return max(items, key=registry.append)

    def assert_hook(trap):
        assert trap
        return 1

    def while_hook(trap):
        while trap:
            return 1

    def with_statement(lock):
        with lock:
            return 1

    def with_manager(manager):
        with manager() as number:
            return number

    def with_open(path):
        with open(path) as file:
            return file.read(1)

    def with_hook(trap):
        with trap:
            return 1

    def delete_reference_to_finalized(Finalized):
        own = Finalized()
        del own

    def own_finalized_in_list(Finalized):
        own = [Finalized()]
        return len(own)

    def print_something(number):
        print(number, "x")
        return number

    def print_to_file(file):
        print("x", file=file)

    def log_something(logger):
        logger.warning("x")

    def import_something(number):
        import this

        return this

    def import_from_something(number):
        from json import tool

        return tool

    def execute(number):
        exec("registry.append(1)", globals())

    def evaluate_text(number):
        return eval("registry.append(1)")

    def open_file(path):
        return open(path, "a").close()

    def system(os):
        return os.system("true")

    def environment_set(os):
        os.environ["NEW"] = "1"

    def random_number(random_):
        return random_.random()

    def acquire(lock):
        return lock.acquire(False)

    def context_set(context_variable):
        return context_variable.set(6)

    def call_later(loop):
        loop.call_soon(print)

    def super_call(trap):
        return super(type(trap), trap).lazy

    def dunder_call(items):
        return items.__setitem__(0, 1)

    def dunder_augment(items):
        return items.__iadd__([1])

    def swap_class(namespace):
        namespace.__class__ = Counted

    def decimal_signal(price):
        return price / 3

    def permission_or(Permission):
        return Permission.READ | Permission.EXECUTE

    def abstract_check(namespace):
        return isinstance(namespace, collections.abc.MutableSet)

    def locals_function(items):
        return locals()["items"].append(1)

    # ---- that do not end

    def loop_for_ever(number):
        while True:
            number += 1

    def loop_long(number):
        for _ in range(10**9):
            number += 1

    def loops_in_loops(items):
        for _ in range(10**4):
            for _ in range(10**4):
                for item in items:
                    pass

    def recurse_for_ever(number):
        return Functions.recurse_for_ever(number + 1)

    def recurse_mutually(number):
        return Functions.recurse_mutually_back(number)

    def recurse_mutually_back(number):
        return Functions.recurse_mutually(number)

    def fibonacci(number):
        return number if number < 2 else Functions.fibonacci(number + 40 - 1) + Functions.fibonacci(number - 2)

    def double_text(text):
        for _ in range(60):
            text += text
        return len(text)

    def double_list(items):
        own = list(items)
        for _ in range(60):
            own = own + own
        return len(own)

    def grow_list(number):
        own = []
        while True:
            own.append("x" * 1000 + str(number))

    def grow_dict(number):
        own = {}
        for key in range(10**9):
            own[key] = [key]
        return own

    def grow_number(number):
        for _ in range(60):
            number = number * number
        return number

    def nest_tuples(number):
        value = ()
        for _ in range(10**6):
            value = (value, value)
        return value == value

    def nest_and_print(number):
        value = []
        for _ in range(10**5):
            value = [value]
        return str(value) == repr(value)

    def nest_and_hash(number):
        value = ()
        for _ in range(10**5):
            value = (value,)
        return hash(value)

    def nest_and_compare(number):
        value, other = [], []
        for _ in range(10**5):
            value, other = [value], [other]
        return value == other

    def catch_the_end(number):
        while True:
            try:
                number += 1
            except BaseException:
                pass

    def continue_for_ever(number):
        while True:
            try:
                raise ValueError
            except ValueError:
                continue
            finally:
                number += 1

    def recurse_and_catch(number):
        try:
            return Functions.recurse_and_catch(number)
        except RecursionError:
            registry.append(1)

    def sleep(time):
        time.sleep(0.01)


def _make_increment():
    count = 0

    def increment():
        nonlocal count
        count += 1
        return count

    return increment


def _make_remember():
    known = []

    def remember(value):
        known.append(value)
        return len(known)

    return remember


increment = _make_increment()
remember = _make_remember()


@functools.lru_cache(None)
def memoized_function(number):
    return number * 2


class Counted:
    number = 0
    instances = []

    def __init__(self):
        Counted.number += 1


class Noted(Exception):
    def __init__(self, *arguments):
        registry.append("raised")


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


def expressions():
    """(theme, expression)s, to be evaluated where the names of namespace() are known."""
    for name, function in vars(Functions).items():
        if callable(function) and not name.startswith("__"):
            code = function.__code__
            names = code.co_varnames[: code.co_argcount + bool(code.co_flags & 4)]
            defaults = len(function.__defaults__ or ())
            yield "functions of the app", "%s(%s)" % (name, ", ".join(names[: len(names) - defaults]))
    for name, value in vars(Subtle).items():
        if isinstance(value, property):
            yield "methods and properties of the app", "subtle." + name
    for line in OF_SUBTLE.splitlines():
        if line:
            yield "methods and properties of the app", line


def namespace():
    subtle, container = Subtle(), SubtleContainer(a=1)
    functions = {name: function for name, function in vars(Functions).items() if callable(function)}
    return {**functions, "Functions": Functions, "subtle": subtle, "Subtle": Subtle, "container": container, "functions_state": vars(sys.modules[__name__])}
