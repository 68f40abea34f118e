"""Reads and writes the packets of proto/snapshot.proto, which it parses: no generated code, no package.

encode("BrokerMessage", {"welcome": {"debuggee_id": "d-1"}}) gives bytes; decode("StubMessage", packet) gives nested dicts
with the fields that are present (repeated ones as lists, enums as their names, `bytes` as bytes).
"""

import re
import struct

PROTO = "proto/snapshot.proto"  # a test runs in the root of the tree

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
SCALARS = {
    "uint32": VARINT,
    "uint64": VARINT,
    "sint64": VARINT,
    "bool": VARINT,
    "fixed64": FIXED64,
    "double": FIXED64,
    "string": LENGTH,
    "bytes": LENGTH,
}


class Schema:
    """messages: {name: {field name: (number, type, is repeated)}}; enums: {name: {value name: number}}."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"//[^\n]*", "", file.read())
        self.messages = {}
        self.enums = {}
        scopes = []
        pattern = r"(message|enum|oneof)\s+(\w+)\s*\{|(\})|(repeated\s+)?(\w+)\s+(\w+)\s*=\s*(\d+)\s*;|(\w+)\s*=\s*(\d+)\s*;"
        for match in re.finditer(pattern, text):
            kind, name, end, repeated, field_type, field, number, value, value_number = match.groups()
            if kind:
                scopes.append((kind, name))
                if kind != "oneof":
                    (self.messages if kind == "message" else self.enums)[name] = {}
            elif end:
                scopes.pop()
            elif field and field_type != "syntax":
                owner = [scope_name for scope_kind, scope_name in scopes if scope_kind == "message"][-1]
                self.messages[owner][field] = (int(number), field_type, bool(repeated))
            elif value and scopes:
                self.enums[scopes[-1][1]][value] = int(value_number)


_schema = None


def schema():
    global _schema
    if _schema is None:
        _schema = Schema(PROTO)
    return _schema


def _varint(number):
    number &= (1 << 64) - 1
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_varint(data, position):
    number = shift = 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, position


def _encode_value(field_type, value):
    """(wire type, bytes)"""
    if field_type == "sint64":
        return VARINT, _varint(value << 1 ^ value >> 63)
    if field_type in ("uint32", "uint64", "bool"):
        return VARINT, _varint(int(value))
    if field_type == "fixed64":
        return FIXED64, struct.pack("<Q", value)
    if field_type == "double":
        return FIXED64, struct.pack("<d", value)
    if field_type in schema().enums:
        return VARINT, _varint(schema().enums[field_type][value])
    if field_type in schema().messages:
        value = encode(field_type, value)
    elif field_type == "string":
        value = value.encode()
    return LENGTH, _varint(len(value)) + bytes(value)


def encode(message, fields):
    encoded = b""
    for name, value in fields.items():
        number, field_type, is_repeated = schema().messages[message][name]
        for one in value if is_repeated else [value]:
            wire_type, data = _encode_value(field_type, one)
            encoded += _varint(number << 3 | wire_type) + data
    return encoded


def _decode_value(field_type, value):
    if field_type == "sint64":
        return value >> 1 ^ -(value & 1)
    if field_type == "bool":
        return bool(value)
    if field_type == "double":
        return struct.unpack("<d", value)[0]
    if field_type == "fixed64":
        return struct.unpack("<Q", value)[0]
    if field_type == "string":
        return value.decode()
    if field_type in schema().enums:
        return {number: name for name, number in schema().enums[field_type].items()}.get(value, value)
    if field_type in schema().messages:
        return decode(field_type, value)
    return value


def decode(message, data):
    by_number = {number: (name, kind, rep) for name, (number, kind, rep) in schema().messages[message].items()}
    fields = {}
    position = 0
    while position < len(data):
        tag, position = _read_varint(data, position)
        if tag & 7 == VARINT:
            value, position = _read_varint(data, position)
        else:
            length = {FIXED64: 8, FIXED32: 4}.get(tag & 7)
            if length is None:
                length, position = _read_varint(data, position)
            value = data[position : position + length]
            position += length
            if len(value) != length:
                raise ValueError("the packet ends within a field")
        if tag >> 3 not in by_number:
            continue
        name, field_type, is_repeated = by_number[tag >> 3]
        if not is_repeated:
            fields[name] = _decode_value(field_type, value)
            continue
        values = fields.setdefault(name, [])
        if field_type in SCALARS and SCALARS[field_type] == VARINT and tag & 7 == LENGTH:  # packed
            inner = 0
            while inner < len(value):
                number, inner = _read_varint(value, inner)
                values.append(_decode_value(field_type, number))
        else:
            values.append(_decode_value(field_type, value))
    return fields
