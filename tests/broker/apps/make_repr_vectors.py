"""Writes what CPython says about random values, for text_test: repr() of values, str.isprintable(), normpath().

Lines of fields between tabs, bytes in hexadecimal:
    value  <limit>  <a Variable message>  <its repr, cut as the original cuts>
    printable|unprintable  <first>  <last>
    path  <path>  <os.path.normpath(path)>
The Variable messages are encoded here by hand, so that two programs must agree on the wire, too.
"""

import os
import random
import struct
import sys
import unicodedata

SEED = 20260726
NUM_VALUES = 6000
NO_LIMIT = 2**31

# Indexes into the table of type names that the test has.
TUPLE = 1
FROZENSET = 2

# Field numbers of Variable.
(NAME, KEY, TYPE, SINGLETON, INTEGER, BIG_INTEGER, REAL, COMPLEX, TEXT, BLOB) = range(1, 11)
CONTAINER, IS_NEGATIVE, FULL_LENGTH, MAX_CHARS, MEMBERS, IS_BYTEARRAY = 14, 15, 16, 17, 18, 20
SEQUENCE, SET = 2, 4


def varint(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def number_field(field, number):
    return varint(field << 3) + varint(number)


def double_field(field, number):
    return varint(field << 3 | 1) + struct.pack("<d", number)


def bytes_field(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def encode_int(value):
    if -(2**63) <= value < 2**63:
        return number_field(INTEGER, (value << 1) ^ (value >> 63))
    magnitude = abs(value).to_bytes((abs(value).bit_length() + 7) // 8, "little")
    return bytes_field(BIG_INTEGER, magnitude) + number_field(IS_NEGATIVE, int(value < 0))


def encode(value):
    if value is None or value is False or value is True or value is ... or value is NotImplemented:
        return number_field(SINGLETON, [None, False, True, ..., NotImplemented].index(value) + 1)
    if isinstance(value, int):
        return encode_int(value)
    if isinstance(value, float):
        return double_field(REAL, value)
    if isinstance(value, complex):
        return bytes_field(COMPLEX, double_field(1, value.real) + double_field(2, value.imag))
    if isinstance(value, str):
        return bytes_field(TEXT, value.encode("utf-8", "surrogatepass"))
    if isinstance(value, (bytes, bytearray)):
        return bytes_field(BLOB, bytes(value)) + number_field(IS_BYTEARRAY, int(isinstance(value, bytearray)))
    kind, type_index = (SEQUENCE, TUPLE) if isinstance(value, tuple) else (SET, FROZENSET)
    members = b"".join(bytes_field(MEMBERS, encode(member)) for member in value)
    return number_field(TYPE, type_index) + number_field(CONTAINER, kind) + members


def is_known(character):
    """Whether all versions of Unicode from this interpreter's on agree about it."""
    return unicodedata.category(character) != "Cn"


def random_character(source):
    while True:
        character = chr(
            source.choice([
                lambda: source.randrange(0x80),
                lambda: ord(source.choice("'\"\\\n\t\r ")),
                lambda: source.randrange(0x80, 0x800),
                lambda: source.randrange(0x800, 0x10000),
                lambda: source.randrange(0xD800, 0xE000),
                lambda: source.randrange(0x10000, 0x110000),
            ])())
        if is_known(character):
            return character


def random_text(source):
    return "".join(random_character(source) for _ in range(source.choice([0, 1, 3, 10, 40])))


def random_bytes(source):
    return bytes(source.choice([source.randrange(256), ord(source.choice("ab'\"\\\n"))])
                 for _ in range(source.choice([0, 1, 3, 10, 40])))


def random_float(source):
    return source.choice([
        lambda: struct.unpack("<d", struct.pack("<Q", source.getrandbits(64)))[0],
        lambda: source.uniform(-1000, 1000),
        lambda: float(source.randrange(-(10**6), 10**6)),
        lambda: round(source.uniform(-1, 1), source.randrange(17)),
        lambda: source.randrange(1, 10**6) * 10.0**source.randrange(-320, 300),
        lambda: 2.0**source.randrange(-1074, 1024),
        lambda: float(source.choice(["inf", "-inf", "nan", "0.0", "-0.0", "5e-324", "1.7976931348623157e308"])),
    ])()


def random_int(source):
    bits = source.choice([1, 8, 31, 62, 63, 64, 65, 200, 4000])
    return source.choice([-1, 1]) * source.getrandbits(bits)


def random_scalar(source):
    return source.choice([
        lambda: source.choice([None, False, True, ..., NotImplemented]),
        lambda: random_int(source),
        lambda: random_float(source),
        lambda: complex(random_float(source), random_float(source)),
        lambda: random_text(source),
        lambda: random_text(source),
        lambda: random_bytes(source),
        lambda: bytearray(random_bytes(source)),
    ])()


def random_hashable(source, depth):
    if depth == 0 or source.random() < 0.5:
        while True:
            value = random_scalar(source)
            if not isinstance(value, bytearray):
                return value
    members = [random_hashable(source, depth - 1) for _ in range(source.randrange(4))]
    return source.choice([tuple, frozenset])(members)


def cut(text, limit):
    return text if len(text) <= limit else text[:limit + 1] + "..."


def print_fields(*fields):
    print(*[field.hex() if isinstance(field, bytes) else field for field in fields], sep="\t")


def print_value(value, limit, encoded, text):
    print_fields("value", limit, encoded, cut(text, limit).encode())


def print_values(source):
    for _ in range(NUM_VALUES):
        value = random_scalar(source)
        print_value(value, source.choice([NO_LIMIT, 0, 1, 8, 20, 256]), encode(value), repr(value))
    for _ in range(NUM_VALUES // 4):
        value = random_hashable(source, 3)
        print_value(value, NO_LIMIT, encode(value), repr(value))
    for exponent in range(-1074, 1024):
        print_value(None, NO_LIMIT, encode(2.0**exponent), repr(2.0**exponent))
    for exponent in range(-330, 309):
        value = float("1e%d" % exponent)
        print_value(None, NO_LIMIT, encode(value), repr(value))


def print_cut_texts(source):
    """What a stub sends of a long str: a character more than are shown, and the length of all."""
    for _ in range(NUM_VALUES // 4):
        value = "".join(random_character(source) for _ in range(source.randrange(2, 80)))
        limit = source.randrange(len(value) - 1)
        sent = value[:limit + 1]
        # Which quote is used depends on the whole value, of which the broker sees a part.
        if repr(value)[0] != repr(sent)[0]:
            continue
        encoded = encode(sent) + number_field(FULL_LENGTH, len(value)) + number_field(MAX_CHARS, limit)
        print_value(value, limit, encoded, repr(value))


def print_printable():
    first, previous = 0, None
    for code_point in range(sys.maxunicode + 2):
        character = chr(code_point) if code_point <= sys.maxunicode else None
        kind = None
        if character is not None and is_known(character):
            kind = "printable" if character.isprintable() else "unprintable"
        if kind != previous:
            if previous:
                print_fields(previous, first, code_point - 1)
            first, previous = code_point, kind


def print_paths(source):
    for _ in range(2000):
        path = "".join(source.choice(["/", "/", ".", "..", "a", "bc", "./", "../", "//"]) for _ in
                       range(source.randrange(10)))
        print_fields("path", path.encode(), os.path.normpath(path).encode())


def main():
    sys.set_int_max_str_digits(0)
    source = random.Random(SEED)
    print_values(source)
    print_cut_texts(source)
    print_printable()
    print_paths(source)


if __name__ == "__main__":
    main()
