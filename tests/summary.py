"""Counts the results that tests/run gathered, and prints the failures and, as its last line, "N passed, N failed".

Usage: summary.py FOLDER, with commands.tsv (outcome, name) and, for each name in the file suites, name.json, the build
events of a Bazel run. A suite that ran nothing, or a target that did not build, is a failure.
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def cases_of_report(path):
    """(name, outcome) of each test case in an XML report. A case that was skipped is neither passed nor failed."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = "%s.%s" % (case.get("classname", ""), case.get("name", ""))
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed"
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            yield name + ": " + (case.find("skipped").get("message", "") if case.find("skipped") is not None else ""), "skipped"
        else:
            yield name, "passed"


def results_of_suite(path):
    """(name, outcome) of everything that a Bazel run tried."""
    if not os.path.exists(path):
        yield "the Bazel run left no record", "failed"
        return
    with open(path, encoding="utf-8") as events:
        for event in map(json.loads, events):
            target = event["id"].get("targetCompleted", event["id"].get("testResult", {})).get("label", "")
            if "completed" in event and not event["completed"].get("success"):
                yield target + " did not build", "failed"
            if "aborted" in event and event["aborted"].get("reason") not in ("SKIPPED", "NO_BUILD"):
                description = event["aborted"].get("description", "").strip() or event["aborted"].get("reason", "")
                yield (target or "Bazel") + ": " + description, "failed"
            if "testResult" in event:
                yield from results_of_target(target, event["testResult"])


def results_of_target(target, result):
    reports = [
        urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
        for output in result.get("testActionOutput", [])
        if output["name"] == "test.xml"
    ]
    cases = []
    for report in reports:
        try:
            cases.extend(cases_of_report(report))
        except (OSError, ElementTree.ParseError):
            pass
    for name, outcome in cases:
        yield target + " " + name, outcome
    if result["status"] not in ("PASSED", "FLAKY") and not any(outcome == "failed" for _, outcome in cases):
        yield target + " ended with " + result["status"], "failed"
    if result["status"] == "PASSED" and not cases:
        yield target, "passed"


def print_skipped(names):
    """What is skipped for one reason is one line: most are features that an older CPython does not have."""
    by_reason = {}
    for name in names:
        test, _, reason = name.partition(": ")
        by_reason.setdefault(reason, []).append(test)
    for reason, tests in sorted(by_reason.items()):
        more = " and %d more" % (len(tests) - 1) if len(tests) > 1 else ""
        print("SKIPPED: %s%s: %s" % (tests[0], more, reason))


def main(folder):
    results = []
    with open(os.path.join(folder, "commands.tsv"), encoding="utf-8") as commands:
        for line in commands:
            outcome, name = line.rstrip("\n").split("\t")
            results.append((name, outcome))
    with open(os.path.join(folder, "suites"), encoding="utf-8") as suites:
        for suite in suites.read().split():
            found = list(results_of_suite(os.path.join(folder, suite + ".json")))
            if not any(outcome == "passed" for _, outcome in found):
                found.append(("nothing passed", "failed"))
            print("    %s: %d passed" % (suite, sum(outcome == "passed" for _, outcome in found)))
            results += [("[%s] %s" % (suite, name), outcome) for name, outcome in found]

    for name, outcome in results:
        if outcome == "failed":
            print("FAILED: %s" % name)
    print_skipped(name for name, outcome in results if outcome == "skipped")
    passed = sum(outcome == "passed" for _, outcome in results)
    failed = sum(outcome == "failed" for _, outcome in results)
    print("%d passed, %d failed" % (passed, failed))
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
