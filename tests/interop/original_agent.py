"""Has the original agent capture the line of tests/e2e/golden_app.py, and prints what it made of it as JSON.

Usage: original_agent.py FOLDER APP EXPRESSIONS    FOLDER has the package google-python-cloud-debugger installed, APP has
golden_app.py, EXPRESSIONS is a JSON array. Needs a CPython that the original supports (3.6 to 3.10).
"""

import importlib
import json
import os
import sys
import types

ENTERED = ("deep", "outer", "middle", "greet", "compute")  # of golden_app, in the order of their calls


def load_collector(folder):
    """The original's module of this name, without the rest of it, which wants packages for its own backend."""
    package = types.ModuleType("original")
    package.__path__ = [os.path.join(folder, "googleclouddebugger")]
    sys.modules["original"] = package
    return importlib.import_module("original.collector")


def line_of(module):
    with open(module.__file__, encoding="utf-8") as file:
        return next(number for number, text in enumerate(file, 1) if "# the line" in text)


def as_the_database_keeps_it(value):
    """Without empty lists and objects, which the database drops."""
    if isinstance(value, dict):
        return {name: as_the_database_keeps_it(member) for name, member in value.items() if member not in ([], {})}
    if isinstance(value, list):
        return [as_the_database_keeps_it(member) for member in value]
    return value


def main(folder, app_folder, expressions):
    collector = load_collector(folder)
    sys.path.insert(0, app_folder)
    golden_app = importlib.import_module("golden_app")
    definition = {
        "action": "CAPTURE",
        "location": {"path": "golden_app.py", "line": line_of(golden_app)},
        "expressions": expressions,
    }
    captured = []

    def trace(frame, event, argument):
        if event == "line" and frame.f_code.co_name == "compute" and frame.f_lineno == definition["location"]["line"]:
            sys.settrace(None)
            collection = collector.CaptureCollector(definition, None)
            collection.Collect(frame)
            captured.append(collection.breakpoint)
        return trace if frame.f_code.co_name in ENTERED else None

    sys.settrace(trace)
    golden_app.deep(16)
    print(json.dumps(as_the_database_keeps_it(dict(captured[0], isFinalState=True))))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
