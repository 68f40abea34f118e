#include "broker/cli/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/must.h"
#include "broker/util/cleanup.h"

#define REPLACEMENT_CHARACTER 0xFFFDu

static void reserve(Text *text, size_t more)
{
    size_t needed = text->length + more + 1;

    if (needed <= text->capacity)
        return;
    text->capacity = needed < 64 ? 64 : needed * 2;
    text->bytes = MUST(realloc(text->bytes, text->capacity));
}

void text_append(Text *text, const char *bytes, size_t length)
{
    reserve(text, length);
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_append_string(Text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_append_format_va(Text *text, const char *format, va_list arguments)
{
    AUTO_FREE char *formatted = NULL;
    int length = vasprintf(&formatted, format, arguments);

    if (length < 0)
        must_have_memory();
    text_append(text, formatted, (size_t)length);
}

void text_append_format(Text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_append_format_va(text, format, arguments);
    va_end(arguments);
}

void text_append_repeated(Text *text, char byte, size_t count)
{
    reserve(text, count);
    memset(text->bytes + text->length, byte, count);
    text->length += count;
    text->bytes[text->length] = '\0';
}

void text_append_utf8(Text *text, uint32_t code_point)
{
    char bytes[4];
    size_t length = 1;

    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
    } else if (code_point < 0x800) {
        bytes[0] = (char)(0xC0 | code_point >> 6);
        length = 2;
    } else if (code_point < 0x10000) {
        bytes[0] = (char)(0xE0 | code_point >> 12);
        length = 3;
    } else {
        bytes[0] = (char)(0xF0 | code_point >> 18);
        length = 4;
    }
    for (size_t i = 1; i < length; i++)
        bytes[i] = (char)(0x80 | (code_point >> (6 * (length - 1 - i)) & 0x3F));
    text_append(text, bytes, length);
}

char *text_take(Text *text)
{
    char *bytes;

    reserve(text, 0);
    bytes = text->bytes;
    bytes[text->length] = '\0';
    *text = (Text){0};
    return bytes;
}

void text_deinit(Text *text)
{
    free(text->bytes);
    *text = (Text){0};
}

char *text_format(const char *format, ...)
{
    Text text = {0};
    va_list arguments;

    va_start(arguments, format);
    text_append_format_va(&text, format, arguments);
    va_end(arguments);
    return text_take(&text);
}

/* The character at @bytes, or no character (0 bytes long) if it is not well-formed: too long a form, a
 * surrogate, beyond U+10FFFF, or cut off. */
static size_t decode(const char *bytes, size_t available, uint32_t *ret_code_point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)bytes[0];
    size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    uint32_t code_point = length == 1 ? first : first & (0x7Fu >> length);

    if (length == 0 || length > available)
        return 0;
    for (size_t i = 1; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte >> 6 != 2)
            return 0;
        code_point = code_point << 6 | (byte & 0x3Fu);
    }
    if (length > 1 && code_point < smallest[length])
        return 0;
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        return 0;
    *ret_code_point = code_point;
    return length;
}

uint32_t utf8_next(const char **cursor, const char *end)
{
    uint32_t code_point = REPLACEMENT_CHARACTER;
    size_t length = decode(*cursor, (size_t)(end - *cursor), &code_point);

    *cursor += length > 0 ? length : 1;
    return code_point;
}

bool utf8_is_valid(const char *bytes, size_t length)
{
    uint32_t code_point;

    for (size_t at = 0; at < length;) {
        size_t step = decode(bytes + at, length - at, &code_point);

        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

size_t utf8_count(const char *string)
{
    const char *end = string + strlen(string);
    size_t count = 0;

    for (const char *cursor = string; cursor < end; count++)
        (void)utf8_next(&cursor, end); /* only its length matters here */
    return count;
}

/* Control characters of both sets, and those that reorder the text around them, with which a line of code
 * can be made to look like another. */
static bool is_harmful(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) ||
           (code_point >= 0x2028 && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069) ||
           code_point == 0x200E || code_point == 0x200F || code_point == 0x061C;
}

char *text_printable(const char *bytes, size_t length, TextLines lines)
{
    Text text = {0};

    for (const char *cursor = bytes, *end = bytes + length; cursor < end;) {
        uint32_t code_point = utf8_next(&cursor, end);

        if (code_point == '\n' && lines == TEXT_KEEP_LINES)
            text_append(&text, "\n", 1);
        else if (!is_harmful(code_point))
            text_append_utf8(&text, code_point);
        else if (code_point == '\n')
            text_append_string(&text, "\\n");
        else if (code_point == '\r')
            text_append_string(&text, "\\r");
        else if (code_point == '\t')
            text_append_string(&text, "\\t");
        else
            text_append_format(&text, code_point < 0x100 ? "\\x%02x" : "\\u%04x", code_point);
    }
    return text_take(&text);
}
