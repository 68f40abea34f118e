"""What a hook costs the code that it is not in, in instructions: counted by valgrind, so that a busy machine does not matter.

The aim is 1.00 (1.01 on CPython 3.12) for the other lines of a hooked function, and for other functions. Each loop runs twice,
short and long, with and without the hook; what the longer one takes more is compared. Needs the module hooktest on PYTHONPATH,
and valgrind. Run by tests/bench/run.
"""

import os
import platform
import re
import shutil
import subprocess
import sys

SHORT, LONG = 20000, 120000


def hooked(n):
    result = 0
    for i in range(n):
        result += i
        result -= i
    if result:
        return "never"
    return result


def other(n):
    result = 0
    for i in range(n):
        result += i
        result -= i
    return result


def child(function, is_armed, n):
    import hooktest

    assert hooktest.init() == 0
    hooked(2000)  # warm, as the code of a running app is
    other(2000)
    if is_armed:
        assert hooktest.arm(hooked.__code__, hooked.__code__.co_firstlineno + 6, 0) == 0
        hooked(2000)
    {"hooked": hooked, "other": other}[function](n)


def instructions(function, is_armed, n):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-S", __file__]
        + [function, str(int(is_armed)), str(n), *os.environ["PYTHONPATH"].split(os.pathsep)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PYTHONHASHSEED": "0", "LC_ALL": "C"},
        universal_newlines=True,
    )
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if not collected:
        raise SystemExit(done.stderr[-2000:])
    return int(collected.group(1))


def main():
    if not shutil.which("valgrind"):
        print("valgrind is not installed")
        return
    print("CPython %s" % platform.python_version())
    for function, what in (("hooked", "other lines of a hooked function"), ("other", "another function")):
        per_turn = [
            (instructions(function, is_armed, LONG) - instructions(function, is_armed, SHORT)) / (LONG - SHORT)
            for is_armed in (False, True)
        ]
        print("%-36s %8.2f instructions a turn, %8.2f with a hook, ratio %.4f" % (what, *per_turn, per_turn[1] / per_turn[0]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.path[:0] = sys.argv[4:]
        child(sys.argv[1], sys.argv[2] == "1", int(sys.argv[3]))
    else:
        main()
