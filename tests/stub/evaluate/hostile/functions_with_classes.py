"""Functions that make classes, instances and exceptions, or come upon hooks, locks, files and the system."""

import collections

import hostile_app

registry = []
stored_error = ValueError("stored")


class Functions:
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


class Counted:
    number = 0
    instances = []

    def __init__(self):
        Counted.number += 1


class Noted(Exception):
    def __init__(self, *arguments):
        registry.append("raised")
