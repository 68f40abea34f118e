/* Text: the characters of a str, read without the caches that CPython's own encoders fill.
 *
 * UTF-8 here is what the wire says: lone surrogates are encoded as if they were characters. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* text_length() - in characters; of any str. */
Py_ssize_t text_length(PyObject *text);

/* text_begins_with() - whether the first characters of any str are those of @ascii. */
bool text_begins_with(PyObject *text, const char *ascii);

/* text_to_utf8() - encodes the first @num_chars characters into @buffer, stopping before the first that does
 * not fit. Returns the number of bytes. */
size_t text_to_utf8(PyObject *text, Py_ssize_t num_chars, char *buffer, size_t size_bytes);

/* text_char_to_utf8() - the 1 to 4 bytes of one character; 0: they are more than @size_bytes. */
size_t text_char_to_utf8(Py_UCS4 character, uint8_t *buffer, size_t size_bytes);

/* text_utf8_bound() - bytes that the first @num_chars characters cannot exceed. */
size_t text_utf8_bound(PyObject *text, Py_ssize_t num_chars);

/* text_is_equal() - of two exact str that are ready. */
bool text_is_equal(PyObject *a, PyObject *b);

/* text_repr_length(), bytes_repr_length(), float_repr_length(), long_repr_length() - number of characters of
 * repr(): what the broker will show of the value and the payload is counted in. The first two stop counting
 * past @stop (the result is then any number above it). */
size_t text_repr_length(PyObject *text, size_t stop);
size_t bytes_repr_length(const char *bytes, size_t len_bytes, size_t stop);
size_t float_repr_length(double value);

/* Takes the same time whatever the size of the int. Ints of more than 19 digits that are within some parts in
 * 10**18 of a power of ten may count one digit too many. */
size_t long_repr_length(PyObject *value);

#ifdef __cplusplus
}
#endif
