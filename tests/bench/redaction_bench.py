"""What redaction adds to the broker's time for a snapshot; a program in C++ (redaction_bench.cc), that tests/bench/run builds."""

import os

if __name__ == "__main__":
    program = os.environ["REDACTION_BENCH"]
    os.execv(program, [program])
