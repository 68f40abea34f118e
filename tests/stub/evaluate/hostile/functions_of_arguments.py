"""Functions that change what they are called with."""


class Functions:
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

    def change_of_code(number):
        Functions.append_in_lambda.__defaults__ = (5,)

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
