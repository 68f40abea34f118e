"""Functions that would not end, or that use up memory or the stack."""

registry = []


class Functions:
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

    def chain_maps(number):
        chain = [number]
        for _ in range(10**5):
            chain = map(abs, chain)

    def chain_zips(number):
        chain = [number]
        for _ in range(10**5):
            chain = zip(chain)

    def chain_filters(number):
        chain = [number]
        for _ in range(10**5):
            chain = enumerate(filter(None, chain))

    def chain_generators(number):
        chain = [number]
        for _ in range(10**5):
            chain = (item for item in chain)

    def chain_lambdas(number):
        chain = number
        for _ in range(10**5):
            chain = lambda chain=chain: chain

    def chain_of_both(number):
        chain = number
        for _ in range(10**5):
            function = lambda chain=chain: chain
            chain = map(function, [number])

    def chain_methods(items):
        chain = items
        for _ in range(10**5):
            chain = [chain].index

    def chain_views(number):
        chain = number
        for _ in range(10**5):
            chain = {1: chain}.values()

    def chain_frozensets(number):
        chain = frozenset()
        for _ in range(10**5):
            chain = frozenset([chain])
        return hash(chain)
