#include "stub/native/compat.h"

#include <stdarg.h>
#include <stdio.h>

#include "stub/native/text.h"
#include "stub/native/text_line.h"

void text_line_init(TextLine *self, char *buffer, size_t size_bytes)
{
    *self = (TextLine){.start = buffer, .size_bytes = size_bytes};
    buffer[0] = '\0';
}

void text_line_add(TextLine *self, const char *format, ...)
{
    size_t room = self->size_bytes - self->len_bytes;
    va_list arguments;
    int added;

    va_start(arguments, format);
    added = vsnprintf(self->start + self->len_bytes, room, format, arguments);
    va_end(arguments);
    if (added > 0)
        self->len_bytes += (size_t)added < room ? (size_t)added : room - 1;
}

static void add_escaped(TextLine *self, Py_UCS4 character, char quote)
{
    if (character == '\n')
        text_line_add(self, "\\n");
    else if (character == '\r')
        text_line_add(self, "\\r");
    else if (character == '\t')
        text_line_add(self, "\\t");
    else if (character < ' ' || character == 0x7F)
        text_line_add(self, "\\x%02x", (unsigned)character);
    else if (character == '\\' || character == (Py_UCS4)quote)
        text_line_add(self, "\\%c", (char)character);
    else
        text_line_add(self, "%c", (char)character);
}

/* Only ASCII is escaped here: the broker sees to what else cannot be printed. */
static void add_chars(TextLine *self, const CompatText *text, Py_ssize_t num_chars, char quote)
{
    enum { ESCAPE_BYTES_MAX = 4 }; /* also of UTF-8 */

    for (Py_ssize_t i = 0; i < num_chars && self->len_bytes + ESCAPE_BYTES_MAX < self->size_bytes; i++) {
        Py_UCS4 character = PyUnicode_READ(text->kind, text->data, i);

        if (character < 0x80 && quote) {
            add_escaped(self, character, quote);
        } else {
            self->len_bytes +=
                text_char_to_utf8(character, (uint8_t *)self->start + self->len_bytes, ESCAPE_BYTES_MAX);
            self->start[self->len_bytes] = '\0';
        }
    }
}

void text_line_add_text(TextLine *self, PyObject *text, Py_ssize_t max_chars)
{
    if (!text || !PyUnicode_Check(text)) {
        text_line_add(self, "?");
    } else {
        CompatText chars = compat_text(text);

        add_chars(self, &chars, Py_MIN(chars.length, max_chars), '\0');
    }
}

/* repr() takes double quotes for what has single ones and no double ones. */
static char quote_for(const CompatText *text, Py_ssize_t num_chars)
{
    bool has_single = false;

    for (Py_ssize_t i = 0; i < num_chars; i++) {
        Py_UCS4 character = PyUnicode_READ(text->kind, text->data, i);

        if (character == '"')
            return '\'';
        has_single |= character == '\'';
    }
    return has_single ? '"' : '\'';
}

void text_line_add_quoted(TextLine *self, PyObject *text, Py_ssize_t max_chars)
{
    CompatText chars;
    Py_ssize_t num_chars;
    char quote;

    if (!text || !PyUnicode_Check(text)) {
        text_line_add(self, "?");
        return;
    }
    chars = compat_text(text);
    num_chars = Py_MIN(chars.length, max_chars);
    quote = quote_for(&chars, num_chars);
    text_line_add(self, "%c", quote);
    add_chars(self, &chars, num_chars, quote);
    if (num_chars < chars.length)
        text_line_add(self, "...");
    else
        text_line_add(self, "%c", quote);
}
