"""What a capture says, in the form of the original's JSON, so that tests read like its documentation.

render() does in Python what the broker does in C with a decoded packet; expected() walks live objects by the rules of the
original. Where the stub deliberately shows more than the original, expected() does so too.
"""

import types

import _capture

MAX_CHARS = 256
BUFFER_FULL = {"varTableIndex": 0}


def cut(text, max_chars):
    return text if len(text) <= max_chars else text[: max_chars + 1] + "..."


def syntax_error(source):
    """What this interpreter says of it."""
    try:
        compile(source, "<expression>", "eval")
    except SyntaxError as error:
        return error.msg
    raise AssertionError("%s compiles" % source)


def characters(data):
    return data.decode("utf-8", "surrogatepass")


def message(status):
    shown = {"format": status["format"]}
    if "parameters" in status:
        shown["parameters"] = status["parameters"]
    result = {"refersTo": status["refers_to"], "description": shown}
    if status.get("is_error"):
        result["isError"] = True
    return {"status": result}


def note(refers_to, text, *parameters):
    return message({"format": text, "refers_to": refers_to, **({"parameters": list(parameters)} if parameters else {})})


EMPTY = {
    "MAPPING": note("VARIABLE_NAME", "Empty dictionary"),
    "SEQUENCE": note("VARIABLE_NAME", "Empty collection"),
    "SET": note("VARIABLE_NAME", "Empty collection"),
    "OBJECT": note("VARIABLE_NAME", "Object has no fields"),
}
ONLY_FIRST = "Only first $0 items were captured. Use in an expression to see all items."
SINGLETONS = {"NONE": None, "FALSE": False, "TRUE": True, "ELLIPSIS": Ellipsis, "NOT_IMPLEMENTED": NotImplemented}


class Renderer:
    def __init__(self, capture, max_chars):
        self.capture = capture
        self.max_chars = max_chars
        self.strings = [characters(name) for name in capture.get("strings", ())]
        self.num_table = len(capture.get("table", ()))

    def type_name(self, variable, implied):
        index = variable.get("type", 0)
        return self.strings[index - 1] if index else implied

    def scalar(self, variable):
        """(repr, implied type), or None."""
        if "singleton" in variable:
            value = SINGLETONS[variable["singleton"]]
            return repr(value), type(value).__name__ if isinstance(value, bool) else None
        if "integer" in variable:
            return repr(variable["integer"]), "int"
        if "big_integer" in variable:
            value = int.from_bytes(variable["big_integer"], "little")
            return repr(-value if variable.get("is_negative") else value), "int"
        if "real" in variable:
            return repr(variable["real"]), "float"
        if "complex" in variable:
            parts = variable["complex"]
            return repr(complex(parts.get("real", 0.0), parts.get("imaginary", 0.0))), "complex"
        return None

    def value(self, variable):
        limit = variable.get("max_chars", self.max_chars)
        scalar = self.scalar(variable)
        if scalar:
            return self.typed(cut(scalar[0], limit), self.type_name(variable, scalar[1]))
        if "text" in variable:
            return self.typed(self.quoted(variable, characters(variable["text"]), limit), self.type_name(variable, "str"))
        if "blob" in variable:
            is_array = variable.get("is_bytearray")
            data = bytearray(variable["blob"]) if is_array else variable["blob"]
            implied = "bytearray" if is_array else "bytes"
            return self.typed(self.quoted(variable, data, limit), self.type_name(variable, implied))
        if "literal" in variable:
            return self.typed(characters(variable["literal"]), self.type_name(variable, None))
        if "reference" in variable:
            return {"varTableIndex": variable["reference"] if variable["reference"] <= self.num_table else 0}
        if "status" in variable:
            return message(variable["status"])
        return self.container(variable)

    @staticmethod
    def typed(text, name):
        return {"value": text, "type": name} if name else {"value": text}

    @staticmethod
    def quoted(variable, value, limit):
        if "full_length" not in variable:
            return cut(repr(value), limit)
        if variable["full_length"] <= len(value):
            raise AssertionError("cut, but nothing is missing")
        return repr(value)[: limit + 1] + "..."

    def container(self, variable):
        kind = variable["container"]
        members = []
        for index, member in enumerate(variable.get("members", ())):
            if kind == "MAPPING":
                name = self.key(member["key"])
            elif "key" in member:
                name = self.key(member["key"])
            elif kind == "OBJECT" or member.get("name"):
                name = characters(member.get("name", b""))
            else:
                name = "[%d]" % index
            members.append({"name": name, **self.value(member)})
        if "num_shown" in variable:
            if variable["num_shown"] != len(members):
                raise AssertionError(variable["num_shown"])
            members.append(note("VARIABLE_VALUE", ONLY_FIRST, str(len(members))))
        name = self.type_name(variable, "dict" if kind == "MAPPING" else None)
        return {"members": members or [EMPTY[kind]], "type": name}

    def key(self, variable):
        if variable.get("container") in ("SEQUENCE", "SET"):
            parts = [self.key(member) for member in variable.get("members", ())]
            if variable["container"] == "SEQUENCE":
                return "(%s%s)" % (", ".join(parts), "," if len(parts) == 1 else "")
            return "frozenset({%s})" % ", ".join(parts) if parts else "frozenset()"
        shown = self.value(variable)
        return shown["value"] if "value" in shown else "<%s>" % shown["status"]["description"]["format"]

    def variables(self, variables):
        return [{"name": characters(variable.get("name", b"")), **self.value(variable)} for variable in variables]

    def frame(self, frame):
        function = characters(frame["function"])
        if frame.get("self_type"):
            function = self.strings[frame["self_type"] - 1] + "." + function
        return {
            "function": function,
            "path": characters(frame["path"]),
            "line": frame.get("line", 0),
            "arguments": self.variables(frame.get("arguments", ())),
            "locals": self.variables(frame.get("locals", ())),
        }

    def all(self):
        return {
            "frames": [self.frame(frame) for frame in self.capture["frames"]],
            "expressions": [self.value(variable) for variable in self.capture.get("expressions", ())],
            "table": [None] + [self.value(variable) for variable in self.capture.get("table", ())],
        }


def render(packet, max_chars=MAX_CHARS):
    """max_chars: the limit that the broker knows; a value says only where its own differs."""
    return Renderer(_capture.decode(packet)["capture"], max_chars).all()


def capture(depth=0, expressions=(), **limits):
    """The rendered capture of the caller's frame (or of one of its callers)."""
    # What the clock does is for bounds_test: a machine that is busy must not change what is shown.
    limits = {"capture_budget_us": 10**8, "evaluation_budget_us": 10**8, **limits}
    packet, _ = _capture.capture(depth + 1, expressions, **limits)
    if len(packet) > 128 * 1024:
        raise AssertionError("%d bytes" % len(packet))
    return render(packet, limits.get("max_value_chars", MAX_CHARS))


def by_name(variables):
    """Without the note on how many were captured, which has no name."""
    return {v["name"]: {key: v[key] for key in v if key != "name"} for v in variables if "name" in v}


def show(value, **limits):
    """How one value is shown as a local; an object as its entry of the table."""
    result = capture(0, **limits)
    shown = by_name(result["frames"][0]["arguments"])["value"]
    index = shown.get("varTableIndex")
    return result["table"][index] if index else shown


# ------------------------------------------------------------------------------------------------------------- the rules


class Expected:
    """The rules of the original over live objects, with the budget of characters."""

    def __init__(self, max_payload=32768, max_items=25, max_depth=5, max_chars=MAX_CHARS):
        self.max_payload = max_payload
        self.max_items = max_items
        self.max_depth = max_depth
        self.max_chars = max_chars
        self.used = 0
        self.objects = []
        self.indices = {}

    @property
    def left(self):
        return max(self.max_payload - self.used, 0)

    def named(self, name, value, depth):
        self.used += len(name)
        return {"name": name, **self.value(value, depth)}

    def value(self, value, depth):
        if depth == self.max_depth:
            return dict(BUFFER_FULL)
        if value is None:
            self.used += 4
            return {"value": "None"}
        if isinstance(value, bool) and self.left:
            # In full or not at all; the original wrote "Tru..." for the last characters of the budget.
            self.used += len(repr(value))
            return {"value": repr(value), "type": "bool"}
        if isinstance(value, (bool, int, float, complex, str, bytes, bytearray)):
            return self.text(value)
        if isinstance(value, dict):
            return self.members([(repr(k), v) for k, v in value.items()], depth + 1, "MAPPING", "dict")
        if isinstance(value, (list, tuple, set, frozenset)):
            kind = "SET" if isinstance(value, (set, frozenset)) else "SEQUENCE"
            return self.members(self.numbered(value), depth + 1, kind, type(value).__name__)
        if isinstance(value, types.FunctionType):
            self.used += len(value.__name__)
            return {"value": "function " + value.__name__}
        if isinstance(value, BaseException):
            return self.members(self.numbered(value.args), depth + 1, "SEQUENCE", type(value).__name__)
        return self.reference(value)

    @staticmethod
    def numbered(items):
        return [("[%d]" % index, item) for index, item in enumerate(items)]

    def text(self, value):
        if not self.left:
            return dict(BUFFER_FULL)
        limit = min(self.max_chars, self.left)
        shown = cut(repr(value), limit)
        self.used += len(shown)
        if isinstance(value, (str, bytes)) and len(value) > limit + 1:
            # The quotes are chosen by the part that is sent; the original looked at the whole.
            shown = repr(value[: limit + 1])[: limit + 1] + "..."
        return {"value": shown, "type": type(value).__name__}

    def reference(self, value):
        self.used += 4
        if id(value) not in self.indices:
            self.objects.append(value)
            self.indices[id(value)] = len(self.objects)
        return {"varTableIndex": self.indices[id(value)]}

    def members(self, items, depth, kind, name):
        if items and not self.left:
            return dict(BUFFER_FULL)
        members = []
        for member_name, value in items:
            if not self.left or len(members) == self.max_items:
                members.append(note("VARIABLE_VALUE", ONLY_FIRST, str(len(members))))
                break
            members.append(self.named(member_name, value, depth))
        return {"members": members or [EMPTY[kind]], "type": name}

    def table(self):
        entries = [None]
        while len(entries) <= len(self.objects) and self.left:
            entries.append(self.entry(self.objects[len(entries) - 1]))
        return entries

    def entry(self, value):
        name = type(value).__module__ + "." + type(value).__name__
        return self.members(list(vars(value).items()), 2, "OBJECT", name)


def without_missing(rendered, num_entries):
    """References to what did not get into the table become "Buffer full", as the original's last step did it."""
    if isinstance(rendered, list):
        return [without_missing(item, num_entries) for item in rendered]
    if isinstance(rendered, dict):
        result = {key: without_missing(item, num_entries) for key, item in rendered.items()}
        if result.get("varTableIndex", 0) >= num_entries:
            result["varTableIndex"] = 0
        return result
    return rendered


def expected(arguments, **limits):
    """The arguments of one frame and the table, for a dict of its arguments."""
    rules = Expected(**limits)
    shown = [rules.named(name, value, 1) for name, value in arguments.items()]
    table = rules.table()
    return without_missing(shown, len(table)), without_missing(table, len(table))
