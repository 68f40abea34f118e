#include "broker/store/embedded/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void store_text_append(Text *text, const char *bytes, size_t length)
{
    if (text->is_failed)
        return;
    if (text->length + length + 1 > text->capacity) {
        size_t capacity = (text->length + length + 1) * 2;
        char *grown = realloc(text->bytes, capacity);

        if (!grown) {
            text->is_failed = true;
            return;
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void store_text_append_string(Text *text, const char *string)
{
    store_text_append(text, string, strlen(string));
}

static void append_escape(Text *text, unsigned char byte)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = memchr(plain, byte, sizeof plain - 1);
    char escape[8];

    if (found)
        (void)snprintf(escape, sizeof escape, "\\%c", letters[found - plain]);
    else
        (void)snprintf(escape, sizeof escape, "\\u%04x", byte);
    store_text_append_string(text, escape);
}

void store_text_append_json_string(Text *text, const char *bytes, size_t length)
{
    size_t begin = 0;

    store_text_append(text, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        store_text_append(text, bytes + begin, i - begin);
        append_escape(text, byte);
        begin = i + 1;
    }
    store_text_append(text, bytes + begin, length - begin);
    store_text_append(text, "\"", 1);
}

void store_text_deinit(Text *text)
{
    free(text->bytes);
    memset(text, 0, sizeof *text);
}
