"""What tests/e2e/golden.json is a snapshot of: values of the kinds that the original agent showed as it should."""

import datetime
import time


class Address:
    def __init__(self, city):
        self.city = city


class Customer:
    def __init__(self, name, address, **more):
        self.name = name
        self.address = address
        self.more = more
        self.friend = self

    def greet(self, order):
        return compute(self, order, 1, 2.5, "three", first=1, second=[2])


class Empty:
    pass


class Failure(Exception):
    pass


def helper():
    pass


def compute(customer, order, *rest, **options):
    nothing = None
    yes, no = True, False
    number, big, negative, real, infinite, imaginary = 8, 2**70, -5, 0.1, float("inf"), 1 + 2j
    text, quoted, long_text, accents = "text", "it's", "x" * 300, "caf\u00e9 \u20ac \U0001f600\n\x00"
    data, array = b"\x00bytes", bytearray(b"ab")
    part = slice(1, 2, None)
    moment = datetime.datetime(2014, 6, 11, 2, 30)
    day, hour, span = datetime.date(2020, 2, 29), datetime.time(1, 2, 3, 4), datetime.timedelta(3, 0, 8237)
    empty_dict, empty_list, empty_tuple, empty_object = {}, [], (), Empty()
    mapping = {"key": 1, 5: "five", (1, "a"): None, None: True, 2.5: b"x", frozenset([5]): 1}
    long_list, long_dict, numbers = list(range(30)), {i: i * i for i in range(26)}, {1, 2, 3}
    nested = [[[[[["too deep"]]]]]]
    tree = {"a": {"b": {"c": {"d": {"e": 1}}}}}
    addresses = [customer.address, customer.address, Address("Rome")]
    function, error = helper, Failure("why", 5)
    cycle = [1]
    cycle.append(cycle)
    return len(rest) + len(options)  # the line


def middle(customer, order):
    total = order["total"]
    return customer.greet(order) + total


def outer(order):
    customer = Customer("Ada", Address("Paris"), vip=True)
    return middle(customer, order)


def deep(depth):
    return outer({"id": 7, "total": 12}) if depth == 0 else deep(depth - 1)


def main():
    """Runs the line again and again; the snapshot is taken once."""
    while True:
        deep(16)
        time.sleep(0.01)
