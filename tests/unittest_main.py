"""Runs one unittest file and writes the report that Bazel keeps (XML_OUTPUT_FILE), one entry per test case.

Usage: unittest_main.py FILE [unittest argument...]
"""

import importlib.util
import os
import sys
import time
import unittest
from xml.sax.saxutils import quoteattr


class Result(unittest.TextTestResult):
    """Keeps what the report needs: (name, seconds, "passed" | "failed" | "skipped", text)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []
        self._started = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def _add(self, test, outcome, text=""):
        self.cases.append((test.id(), time.monotonic() - self._started, outcome, text))

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._add(test, "failed", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self._add(test, "failed", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "skipped", reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._add(subtest, "failed", self._exc_info_to_string(err, test))

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._add(test, "failed", "unexpected success")


def write_report(path, suite, cases):
    failed = sum(outcome == "failed" for _, _, outcome, _ in cases)
    skipped = sum(outcome == "skipped" for _, _, outcome, _ in cases)
    with open(path, "w", encoding="utf-8") as report:
        report.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
        report.write(
            '<testsuite name=%s tests="%d" failures="%d" skipped="%d">\n'
            % (quoteattr(suite), len(cases), failed, skipped)
        )
        for name, seconds, outcome, text in cases:
            report.write('<testcase name=%s time="%.3f">' % (quoteattr(name), seconds))
            if outcome != "passed":
                element = "failure" if outcome == "failed" else "skipped"
                printable = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
                report.write("<%s message=%s/>" % (element, quoteattr(printable)))
            report.write("</testcase>\n")
        report.write("</testsuite>\n</testsuites>\n")


def main():
    path = sys.argv[1]
    name = os.path.splitext(os.path.basename(path))[0]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)

    program = unittest.main(
        module=module,
        argv=[path] + sys.argv[2:],
        exit=False,
        testRunner=unittest.TextTestRunner(resultclass=Result, verbosity=2),
    )
    if os.environ.get("XML_OUTPUT_FILE"):
        write_report(os.environ["XML_OUTPUT_FILE"], name, program.result.cases)
    sys.exit(0 if program.result.wasSuccessful() and program.result.testsRun else 1)


if __name__ == "__main__":
    main()
