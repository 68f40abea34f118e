"""What a false condition costs per hit, without the hook. Prints a table; asserts nothing. Run by tests/bench/run."""

import statistics
import sys

import _capture

ROUNDS = 50
REPEAT = 10000

# (condition, the original's ns, the aim with the hook's 15 to 36 ns)
CONDITIONS = (
    ("x == -1", 427, 80),
    ("len(items) > 1000 and user.name == 'bob'", 740, 180),
    ("any(i < 0 for i in items[:20])", None, 1000),
    ("user.name == 'bob'", None, None),
    ("settings['mode'] == 'slow'", None, None),
    ("'slow' in settings", None, None),
)


class User:
    def __init__(self):
        self.name = "alice"


def measure():
    x = 5
    items = list(range(2000))
    user = User()
    settings = {"mode": "fast"}
    print("%-45s %9s %9s %9s" % ("", "median", "aim", "original"))
    for source, original_ns, aim_ns in CONDITIONS:
        samples = []
        for _ in range(ROUNDS):
            outcome, is_true, elapsed_ns = _capture.condition(source, repeat=REPEAT)
            if outcome != 0 or is_true:
                raise AssertionError((source, outcome, is_true))
            samples.append(elapsed_ns)
        print(
            "%-45s %6.0f ns %9s %9s"
            % (source, statistics.median(samples), "%d ns" % aim_ns if aim_ns else "", "%d ns" % original_ns if original_ns else "")
        )
    return x, items, user, settings


if __name__ == "__main__":
    print("CPython %s" % sys.version.split()[0])
    measure()
