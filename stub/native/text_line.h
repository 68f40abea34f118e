/* Text line: a short text that is put together in a buffer of fixed size, as UTF-8; what does not fit is left
 * out. Holds the GIL where it is given a str. */
#pragma once

#include <Python.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TextLine {
    char *start;
    size_t size_bytes; /* of the buffer, with the NUL */
    size_t len_bytes;
} TextLine;

/* text_line_init() - empty. Borrows @buffer. */
void text_line_init(TextLine *self, char *buffer, size_t size_bytes);

/* text_line_add() - appends as printf() does. */
void text_line_add(TextLine *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* text_line_add_text() - appends the first characters of a str; "?" for one that cannot be read. */
void text_line_add_text(TextLine *self, PyObject *text, Py_ssize_t max_chars);

/* text_line_add_quoted() - the same between quotes, as repr() has it for printable text; "..." and no closing
 * quote if it is cut. */
void text_line_add_quoted(TextLine *self, PyObject *text, Py_ssize_t max_chars);

#ifdef __cplusplus
}
#endif
