"""A stub's end of a session, made of a socket and bytes: for tests of the broker alone."""

import array
import socket
import time

DEADLINE_S = 60


def varint(number):
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def encode(*fields):
    """A message of (number, value) pairs: an int is a varint, str and bytes are themselves, a tuple of pairs a message."""
    encoded = b""
    for number, value in fields:
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
            continue
        if isinstance(value, str):
            value = value.encode()
        elif isinstance(value, tuple):
            value = encode(*value)
        encoded += varint(number << 3 | 2) + varint(len(value)) + value
    return encoded


def decode(encoded):
    """{number: [value, ...]}; varints and bytes are all that the broker sends."""
    fields = {}
    position = 0

    def read_varint():
        nonlocal position
        number = shift = 0
        while True:
            byte = encoded[position]
            position += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while position < len(encoded):
        tag = read_varint()
        value = read_varint()
        if tag & 7 == 2:
            value, position = encoded[position : position + value], position + value
        fields.setdefault(tag >> 3, []).append(value)
    return fields


class StubByHand:
    WELCOME, REFUSED, SET, CLEAR, LIST, ACKNOWLEDGE, APP_LOG = 1, 2, 3, 4, 5, 6, 11

    def __init__(self, path, module="by-hand", before_welcome=None, flags=(), descriptors=()):
        """before_welcome(stub) may send more right after the introduction. flags: more arguments of enable(), as pairs."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(path)
        facts = [(5, ((1, name), (2, value))) for name, value in [("module", module), ("minorversion", "7"), *flags]]
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        self.socket.sendmsg([encode((1, ((1, 1), (4, 42), *facts, (7, "/app"), (11, len(descriptors)))))], control)
        if before_welcome:
            before_welcome(self)
        self.debuggee = self.receive(self.WELCOME)[2][0].decode()

    def send(self, *fields):
        self.socket.send(encode(*fields))

    def receive(self, kind):
        """The next message of a kind; those before it are passed over."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            packet = self.socket.recv(1 << 18)
            assert packet, "the broker closed the session"
            message = decode(packet)
            if kind in message:
                return decode(message[kind][0])
        raise AssertionError("no message %d came" % kind)

    def wait_set(self):
        """The id of the next breakpoint."""
        return decode(self.receive(self.SET)[1][0])[1][0].decode()

    def capture(self, breakpoint_id, sequence=1, **numbers):
        variables = [(6, ((1, name), (5, number << 1))) for name, number in numbers.items()]
        frame = ((1, "f"), (3, "/app/a.py"), (4, 3), *variables)
        self.send((5, ((1, breakpoint_id), (2, sequence), (4, frame))))

    def log(self, breakpoint_id, number):
        value = ((5, number << 1),)
        self.send((6, ((1, breakpoint_id), (2, 1800000000000000), (3, value), (5, "f"), (7, "/app/a.py"), (8, 3))))

    def is_closed(self):
        """Waits for the broker's end of it."""
        while self.socket.recv(1 << 18):
            pass
        return True

    def close(self):
        self.socket.close()
