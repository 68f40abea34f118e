"""What is in the database while snapdbg is compared with snapshot-dbg-cli: every kind of debuggee, breakpoint and
captured variable that the tools tell apart, and shapes that an agent of another language or an older one leaves behind.
"""

import random
import time

USER = "me@example.com"
HOUR_MS = 3600 * 1000
CREATED_MS = 1795421517651


def debuggees():
    now_ms = int(time.time() * 1000)
    return {
        "d-1": {
            "id": "d-1",
            "description": "shop checkout",
            "labels": {"module": "shop", "version": "v12"},
            "registrationTimeUnixMsec": now_ms - 90 * 24 * HOUR_MS,
            "lastUpdateTimeUnixMsec": now_ms - HOUR_MS,
        },
        "d-2": {
            "id": "d-2",
            "description": "größer 日本 😀",
            "labels": {"module": "größe", "version": "日本"},
            "registrationTimeUnixMsec": now_ms,
            "lastUpdateTimeUnixMsec": now_ms,
        },
        "d-3": {"id": "d-3", "labels": {"version": "7"}, "lastUpdateTimeUnixMsec": now_ms - 7 * HOUR_MS},
        "d-4": {"id": "d-4", "labels": {"module": "old"}, "lastUpdateTimeUnixMsec": now_ms - 8 * 24 * HOUR_MS},
        "d-5": {"id": "d-5", "description": "never told of its activity"},
        "d-6": {"id": "d-6", "labels": {"module": "ancient", "version": 3}, "extra": [1, 2.5, True, {"a": "é"}]},
        "d-7": {"description": "has no id"},
        "d-8": "is no debuggee",
    }


def snapshot(identifier, **members):
    return {
        "id": identifier,
        "action": "CAPTURE",
        "location": {"path": "shop/views.py", "line": 21},
        "userEmail": USER,
        "createTimeUnixMsec": CREATED_MS,
        **members,
    }


def logpoint(identifier, **members):
    return {
        "id": identifier,
        "action": "LOG",
        "location": {"path": "shop/models.py", "line": 105},
        "userEmail": USER,
        "createTimeUnixMsec": CREATED_MS,
        "logLevel": "WARNING",
        "logMessageFormat": "a=$0, b=$1 costs 5$$",
        "expressions": ["a", "b[0]"],
        **members,
    }


def status(format_string, *parameters, error=True, refers_to=None):
    description = {"format": format_string}
    if parameters:
        description["parameters"] = list(parameters)
    message = {"description": description, "isError": error}
    if refers_to:
        message["refersTo"] = refers_to
    return message


FINAL = {"isFinalState": True, "finalTimeUnixMsec": CREATED_MS + 61_000}

ACTIVE = [
    snapshot("b-1001"),
    snapshot("b-1002", condition="x == 'y'", expressions=["a", "it's", 'say "hi"', "'both\"", "tab\there", "ü\u00a0"]),
    snapshot("b-1003", userEmail="somebody@else.com", condition=""),
    snapshot("b-1004", status=status("Not hit yet on $0", "v12", error=False)),
    snapshot("b-1005", createTimeUnixMsec=0),
    logpoint("b-1101"),
    logpoint(
        "b-1102",
        userEmail="somebody@else.com",
        condition="größe > 3",
        logMessageFormat="$2 $0$1 $$$0 $ $",
        logLevel="INFO",
    ),
    logpoint("b-1103", logMessageFormat="no expressions", expressions=[]),
]

# What agents of long ago, or people, have written.
ODD_ACTIVE = {
    "b-1201": {"location": {"path": "a.py", "line": 1}},
    "b-1202": {"location": {"path": "a.py", "line": 2}, "id": "another-id", "createTimeUnixMsec": 1999.9999999},
    "b-1203": {"location": {"path": "a.py", "line": 3}, "createTimeUnixMsec": -1, "userEmail": USER},
    "b-1204": {"location": {"path": "a.py", "line": 4}, "createTimeUnixMsec": 10**18, "userEmail": USER},
    "b-1205": {"location": {"path": "a.py", "line": 5}, "createTimeUnixMsec": "yesterday", "userEmail": USER},
    "b-1206": {"location": {"path": "a.py"}, "userEmail": USER},
    "b-1207": {"userEmail": USER},
    "b-1208": "no breakpoint",
    "b-1209": {"location": {"path": "a.py", "line": 9}, "action": "LOG", "userEmail": USER},
    "b-1210": {"location": {"path": "a.py", "line": 10}, "action": "DANCE", "userEmail": USER},
    "b-1211": {"location": {"path": "a.py", "line": 11}, "createTime": "as somebody said", "createTimeUnixMsec": 5},
}

FINAL_SNAPSHOTS = [
    snapshot("b-2001", **FINAL),
    snapshot("b-2002", **FINAL, status=status("The snapshot has expired", refers_to="BREAKPOINT_AGE")),
    snapshot(
        "b-2003",
        **FINAL,
        status=status(
            "No code found at line $0 in $1. Try lines $2 or $3.",
            "21",
            "shop/views.py",
            "20",
            refers_to="BREAKPOINT_SOURCE_LOCATION",
        ),
    ),
    snapshot("b-2004", **FINAL, status=status("$$5 is $0$", "much", refers_to="UNSPECIFIED", error=False)),
    snapshot("b-2005", **FINAL, status=status("nothing said of what", refers_to=None)),
    snapshot("b-2006", **FINAL, status={"isError": True}),
    snapshot("b-2007", isFinalState=True, userEmail="somebody@else.com"),
]

FINAL_LOGPOINTS = [
    logpoint("b-2101", **FINAL),
    logpoint("b-2102", **FINAL, status=status("The logpoint has expired", refers_to="BREAKPOINT_AGE")),
    logpoint("b-2103", **FINAL, status=status("No code found at line $0", "3", refers_to="BREAKPOINT_SOURCE_LOCATION")),
    logpoint("b-2104", **FINAL, status=status("")),
    logpoint("b-2105", **FINAL, status={"isError": True, "refersTo": "SOMETHING"}),
]

CAPTURED = {
    "stackFrames": [
        {
            "function": "price",
            "location": {"path": "shop/views.py", "line": 21},
            "arguments": [{"name": "self", "varTableIndex": 1}, {"name": "order", "varTableIndex": 2}],
            "locals": [
                {"name": "total", "type": "int", "value": "80"},
                {"name": "text", "type": "str", "value": "'ü\u00e9 \U0001f600 \x1b[31m \x7f \"q\" \\ \n\t\b\f\r'"},
                {"name": "plain"},
                {"name": "empty", "type": "dict", "members": [], "value": ""},
                {"name": "lost", "varTableIndex": 4},
                {
                    "name": "inline",
                    "type": "list",
                    "members": [{"name": "[0]", "value": "1"}, {"name": "[1]", "varTableIndex": 3}],
                },
                {"name": "hidden", "status": status("Only $0 shown", "3", error=False, refers_to="VARIABLE_VALUE")},
                {"name": "full", "varTableIndex": 0},
            ],
        },
        {
            "function": "index",
            "location": {"path": "shop/urls.py", "line": 3},
            "locals": [{"name": "request", "varTableIndex": 2}],
        },
        {"location": {"path": "wsgi.py", "line": 9}},
        {"function": "<module>"},
        {"function": "half", "location": {"path": "x.py"}},
    ],
    "variableTable": [
        {"status": status("Buffer full. Use an expression to see more data", refers_to="VARIABLE_VALUE")},
        {"type": "shop.View", "members": [{"name": "order", "varTableIndex": 2}, {"name": "me", "varTableIndex": 1}]},
        {
            "type": "shop.Order",
            "members": [
                {"name": "view", "varTableIndex": 1},
                {"name": "id", "type": "int", "value": "17"},
                {"name": "lines", "varTableIndex": 3},
                {"name": "status", "status": status("Failed to capture variable: $0", "boom")},
            ],
        },
        {
            "value": "Array(2)",
            "members": [
                {"name": "0", "value": "a"},
                {
                    "name": "deep",
                    "members": [
                        {"name": "deeper", "members": [{"name": "deepest", "members": [{"name": "x", "value": "1"}]}]}
                    ],
                },
            ],
        },
        None,
        {"name": "renamed", "type": "T", "value": "v"},
    ],
    "evaluatedExpressions": [
        {"name": "order.id", "type": "int", "value": "17"},
        {"name": "1/0", "status": status("Exception occurred: $0", "division by zero", refers_to="VARIABLE_VALUE")},
        {"name": "view", "varTableIndex": 1},
        {"name": "expr", "varTableIndex": 5},
    ],
}

SNAPSHOTS = {
    "b-2001": {**FINAL_SNAPSHOTS[0], "expressions": ["order.id", "1/0"], "condition": "total > 3", **CAPTURED},
    "b-2002": FINAL_SNAPSHOTS[1],
    "b-2003": FINAL_SNAPSHOTS[2],
    "b-2004": {**FINAL_SNAPSHOTS[3], "stackFrames": [{"function": "f", "location": {"path": "f.py", "line": 1}}]},
    "b-2005": FINAL_SNAPSHOTS[4],
    "b-2006": FINAL_SNAPSHOTS[5],
    "b-2007": FINAL_SNAPSHOTS[6],
    "b-2008": {"location": {"path": "a.py", "line": 1}, "isFinalState": True},
    "b-2009": {
        **snapshot("b-2009", **FINAL),
        "numbers": [0, -1, 1.5, -0.0001, 1e-7, 1e16, 123456789012345678, 1.0, 2.5e100, 0.1],
    },
}


def random_variable(source, depth):
    """A variable of any shape an agent may produce, references among a table of six entries included."""
    variable = {}
    if source.random() < 0.9:
        variable["name"] = source.choice(["a", "b", "längs", "[0]", "x y", ""])
    if source.random() < 0.6:
        variable["type"] = source.choice(["int", "str", "shop.Order", ""])
    if source.random() < 0.6:
        variable["value"] = source.choice(["1", "'text'", "", "größe", "{}"])
    if source.random() < 0.3:
        variable["varTableIndex"] = source.randrange(6)
    if depth and source.random() < 0.5:
        variable["members"] = [random_variable(source, depth - 1) for _ in range(source.randrange(4))]
    if source.random() < 0.2:
        variable["status"] = status(
            source.choice(["$0 of $1", "plain", "$$", "$7"]), "p", "q", error=source.random() < 0.5
        )
    return variable


def random_snapshot(seed):
    source = random.Random(seed)
    frames = [
        {
            "function": "f%d" % number,
            "location": {"path": "f.py", "line": number + 1},
            "arguments": [random_variable(source, 2) for _ in range(source.randrange(4))],
            "locals": [random_variable(source, 3) for _ in range(source.randrange(6))],
        }
        for number in range(source.randrange(1, 4))
    ]
    return snapshot(
        "b-%d" % (3000 + seed),
        **FINAL,
        stackFrames=frames,
        variableTable=[random_variable(source, 3) for _ in range(6)],
        evaluatedExpressions=[random_variable(source, 2) for _ in range(source.randrange(4))],
    )


RANDOM_SNAPSHOTS = {breakpoint_["id"]: breakpoint_ for breakpoint_ in map(random_snapshot, range(20))}


def by_id(breakpoints):
    return {breakpoint_["id"]: breakpoint_ for breakpoint_ in breakpoints}


def database():
    return {
        "cdbg": {
            "schema_version": "1",
            "debuggees": debuggees(),
            "breakpoints": {
                "d-1": {
                    "active": by_id(ACTIVE),
                    "final": by_id(FINAL_SNAPSHOTS + FINAL_LOGPOINTS),
                    "snapshot": {**SNAPSHOTS, **RANDOM_SNAPSHOTS},
                },
                "d-2": {"active": ODD_ACTIVE},
                "d-4": {"active": by_id(ACTIVE[:1])},
            },
        }
    }
