#include "broker/util/text_buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/util/cleanup.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool reserve(TextBuffer *buffer, size_t extra)
{
    size_t needed = buffer->length + extra + 1;
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    char *text;

    if (buffer->result < 0)
        return false;
    if (needed <= buffer->capacity)
        return true;
    while (capacity < needed)
        capacity *= 2;
    text = realloc(buffer->text, capacity);
    if (!text) {
        buffer->result = -ENOMEM;
        return false;
    }
    buffer->text = text;
    buffer->capacity = capacity;
    return true;
}

void text_buffer_add(TextBuffer *buffer, const char *text, size_t length)
{
    if (!reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

void text_buffer_add_string(TextBuffer *buffer, const char *text)
{
    text_buffer_add(buffer, text, strlen(text));
}

void text_buffer_printf(TextBuffer *buffer, const char *format, ...)
{
    AUTO_FREE char *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text = NULL; /* vasprintf() leaves it undefined */
        buffer->result = -ENOMEM;
        return;
    }
    text_buffer_add(buffer, text, (size_t)length);
}

size_t utf8_length(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size;
    unsigned long point;

    if (length == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf) {
        size = 2;
        point = bytes[0] & 0x1fu;
    } else if ((bytes[0] & 0xf0) == 0xe0) {
        size = 3;
        point = bytes[0] & 0x0fu;
    } else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4) {
        size = 4;
        point = bytes[0] & 0x07u;
    } else {
        return 0;
    }
    if (size > length)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (bytes[i] & 0x3fu);
    }
    if ((size == 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) ||
        (size == 4 && (point < 0x10000 || point > 0x10ffff)))
        return 0;
    return size;
}

/* The bytes at @text that need no change: printable ASCII but '"' and '\\', the bulk of all text. */
static size_t plain_length(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
        i++;
    return i;
}

static void add_json_character(TextBuffer *buffer, const char *text, size_t length)
{
    switch (*text) {
    case '"':
        text_buffer_add(buffer, "\\\"", 2);
        return;
    case '\\':
        text_buffer_add(buffer, "\\\\", 2);
        return;
    case '\n':
        text_buffer_add(buffer, "\\n", 2);
        return;
    default:
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            text_buffer_printf(buffer, "\\u%04x", (unsigned)*text);
        else
            text_buffer_add(buffer, text, length);
    }
}

static void add_printable_character(TextBuffer *buffer, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;

    if (*text == '\n')
        text_buffer_add(buffer, "\\n", 2);
    else if (*text == '\r')
        text_buffer_add(buffer, "\\r", 2);
    else if (*text == '\t')
        text_buffer_add(buffer, "\\t", 2);
    else if (bytes[0] < 0x20 || bytes[0] == 0x7f)
        text_buffer_printf(buffer, "\\x%02x", (unsigned)bytes[0]);
    else if (bytes[0] == 0xc2 && bytes[1] < 0xa0) /* U+0080 to U+009F, which terminals obey, too */
        text_buffer_printf(buffer, "\\x%02x", (unsigned)bytes[1]);
    else
        text_buffer_add(buffer, text, length);
}

static void add_escaped(TextBuffer *buffer, const char *text, size_t length,
                        void (*add_character)(TextBuffer *buffer, const char *text, size_t length))
{
    while (length > 0) {
        size_t size = plain_length(text, length);

        if (size > 0) {
            text_buffer_add(buffer, text, size);
        } else {
            size = utf8_length(text, length);
            if (size > 0)
                add_character(buffer, text, size);
            else
                text_buffer_add_string(buffer, REPLACEMENT);
        }
        if (size == 0)
            size = 1;
        text += size;
        length -= size;
    }
}

void text_buffer_add_json(TextBuffer *buffer, const char *text, size_t length)
{
    text_buffer_add(buffer, "\"", 1);
    add_escaped(buffer, text, length, add_json_character);
    text_buffer_add(buffer, "\"", 1);
}

void text_buffer_add_printable(TextBuffer *buffer, const char *text, size_t length)
{
    add_escaped(buffer, text, length, add_printable_character);
}

char *text_buffer_take(TextBuffer *buffer)
{
    char *text;

    if (!buffer->text)
        text_buffer_add(buffer, "", 0);
    text = buffer->result == 0 ? TAKE(buffer->text) : NULL;
    text_buffer_deinit(buffer);
    return text;
}

void text_buffer_deinit(TextBuffer *buffer)
{
    free(buffer->text);
    *buffer = (TextBuffer){0};
}
