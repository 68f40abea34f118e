"""How long a thread of the app is held by one capture, the send to a broker that reads included. Prints a table; asserts nothing.

The workloads are those that the original agent was measured with: tiny (9 frames, 3 locals), typical (14 frames, five of
them with about 10 locals: dicts of 20, lists of 30 dicts, objects, long strings) and heavy (fills the limit on the
payload). Run by tests/bench/run.
"""

import socket
import statistics
import sys

import _capture

ORIGINAL_US = {"tiny": 82, "typical": 2064, "heavy": 9370}
AIM_US = {"tiny": 6, "typical": 60, "heavy": 200}
ROUNDS = 200


class Address:
    def __init__(self, number):
        self.street = "Main street"
        self.number = number
        self.city = "Springfield"


class Customer:
    def __init__(self, number):
        self.number = number
        self.name = "customer %d" % number
        self.balance = number * 1.25
        self.is_active = True
        self.address = Address(number)


def nest(depth, function):
    """Calls the function from so many frames down."""
    return function() if depth == 0 else nest(depth - 1, function)


# As the stub's own: one packet is one message.
app_end, broker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
app_end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)


def measure(depth):
    packet, elapsed_ns = _capture.capture(depth, [], send_to=app_end.fileno())
    broker_end.recv(1 << 18)
    return packet, elapsed_ns


def tiny():
    first = 1
    second = "two"
    third = 3.5
    packet, elapsed_ns = measure(1)
    assert first and second and third
    return packet, elapsed_ns


def typical_frame(level, rest):
    settings = {"key_%02d" % i: i for i in range(20)}
    rows = [{"id": i, "name": "row %d" % i, "price": i * 1.5, "tags": None} for i in range(30)]
    customer = Customer(level)
    other = Customer(level + 100)
    text = "a sentence of some length; " * 12
    numbers = list(range(8))
    ratio = level / 3
    path = "/var/lib/app/%d/data.bin" % level
    flag = level % 2 == 0
    nothing = None
    if level == 0:
        packet, elapsed_ns = measure(1)
    else:
        packet, elapsed_ns = typical_frame(level - 1, rest)
    assert settings and rows and customer and other and text and numbers and path
    assert ratio is not flag and nothing is None
    return packet, elapsed_ns


def typical():
    return typical_frame(4, None)


def heavy_frame(level):
    table = [{"id": i, "label": "x" * 4, "pair": (i, i + 1), "flag": None} for i in range(25)]
    tree = {"branch_%d" % i: {"leaf_%d" % j: [j, j + 1, j + 2] for j in range(6)} for i in range(25)}
    people = [Customer(i) for i in range(25)]
    packet, elapsed_ns = measure(1) if level == 0 else heavy_frame(level - 1)
    assert table and tree and people
    return packet, elapsed_ns


def heavy():
    return heavy_frame(4)


def count_variables(variables):
    return sum(1 + count_variables(variable.get("members", ())) for variable in variables)


def count_all(capture):
    frames = sum(
        count_variables(frame.get("arguments", ())) + count_variables(frame.get("locals", ()))
        for frame in capture["frames"]
    )
    return frames + count_variables(capture.get("table", ()))


def main():
    print("CPython %s" % sys.version.split()[0])
    print("%-8s %6s %9s %8s %9s %9s %9s" % ("", "frames", "variables", "packet", "median", "aim", "original"))
    for name, depth, function in (("tiny", 7, tiny), ("typical", 8, typical), ("heavy", 8, heavy)):
        samples = []
        for _ in range(ROUNDS):
            packet, elapsed_ns = nest(depth, function)
            samples.append(elapsed_ns / 1000)
        capture = _capture.decode(packet)["capture"]
        print(
            "%-8s %6d %9d %7.1fK %6.1f us %6d us %6d us"
            % (
                name,
                len(capture["frames"]),
                count_all(capture),
                len(packet) / 1024,
                statistics.median(samples),
                AIM_US[name],
                ORIGINAL_US[name],
            )
        )


if __name__ == "__main__":
    main()
