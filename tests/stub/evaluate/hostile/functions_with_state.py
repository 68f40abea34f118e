"""Functions that change what outlives a call: iterators, globals, closures, defaults."""

import functools
import sys

import hostile_app
from hostile_app import calls

counter = 0
cache = {}
registry = []
last_error = None
shared = {"list": [], "deep": {"list": []}}
settings = type("Settings", (), {"count": 0, "items": [], "flags": {}})


class Functions:
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
