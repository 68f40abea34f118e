"""Strings as the API of the time before Python 3.3 makes them: without their characters in place."""

import ctypes
import warnings

STATE_OFFSET = object.__basicsize__ + 2 * ctypes.sizeof(ctypes.c_ssize_t)  # behind length and hash
WSTR_OFFSET = STATE_OFFSET + ctypes.sizeof(ctypes.c_void_p)
READY_BIT = 1 << 7


def make(text):
    """A str of these characters that is not ready. CPython 3.6 to 3.11."""
    function = ctypes.pythonapi.PyUnicode_FromUnicode
    function.restype = ctypes.py_object
    function.argtypes = (ctypes.c_void_p, ctypes.c_ssize_t)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = function(None, len(text))
    characters = ctypes.create_unicode_buffer(text)
    ctypes.memmove(ctypes.c_void_p.from_address(id(made) + WSTR_OFFSET).value, characters, ctypes.sizeof(characters))
    return made


def is_ready(text):
    return bool(ctypes.c_uint32.from_address(id(text) + STATE_OFFSET).value & READY_BIT)
