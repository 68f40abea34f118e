#include "broker/apps/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "broker/apps/utf8.h"
#include "broker/util/cleanup.h"

void text_init(Text *text)
{
    *text = (Text){.stop_chars = TEXT_CHARS_UNLIMITED};
}

void text_deinit(Text *text)
{
    text_buffer_deinit(&text->buffer);
    text_init(text);
}

void text_clear(Text *text)
{
    TextBuffer buffer = text->buffer;

    buffer.length = 0;
    buffer.result = 0;
    if (buffer.text)
        buffer.text[0] = '\0';
    text_init(text);
    text->buffer = buffer;
}

int text_result(const Text *text)
{
    return text->buffer.result;
}

const char *text_string(const Text *text)
{
    return text->buffer.text ? text->buffer.text : "";
}

size_t text_len_bytes(const Text *text)
{
    return text->buffer.length;
}

char *text_take(Text *text)
{
    char *string = text_buffer_take(&text->buffer);

    text_init(text);
    return string;
}

json_t *text_to_json(const Text *text)
{
    /* Everything in a Text is valid UTF-8: there is nothing to check. */
    return text_result(text) < 0 ? NULL : json_stringn_nocheck(text_string(text), text_len_bytes(text));
}

TextLimit text_begin_value(Text *text, size_t max_chars)
{
    TextLimit limit = {
        .start_chars = text->num_chars,
        .max_chars = max_chars,
        .outer_stop_chars = text->stop_chars,
        .outer_is_value_cut = text->is_value_cut,
    };

    text->is_value_cut = false;
    if (max_chars < TEXT_CHARS_UNLIMITED - 1 - text->num_chars &&
        text->num_chars + max_chars + 1 < text->stop_chars)
        text->stop_chars = text->num_chars + max_chars + 1;
    return limit;
}

void text_end_value(Text *text, TextLimit limit)
{
    bool is_cut = text->is_value_cut;

    if (text->num_chars - limit.start_chars > limit.max_chars) {
        text->num_chars = limit.start_chars + limit.max_chars + 1;
        is_cut = true;
    }
    text->stop_chars = limit.outer_stop_chars;
    text->is_value_cut = limit.outer_is_value_cut;
    if (is_cut)
        text_append(text, "...");
}

bool text_is_full(const Text *text)
{
    return text_result(text) < 0 || text->num_chars >= text->stop_chars;
}

/* @data is valid UTF-8 of @num_chars characters. */
static void append(Text *text, const char *data, size_t len, size_t num_chars)
{
    size_t room_chars = text->stop_chars > text->num_chars ? text->stop_chars - text->num_chars : 0;

    if (num_chars > room_chars)
        len = utf8_size_of_chars(data, len, room_chars);
    text->num_chars += num_chars;
    if (len > 0)
        text_buffer_add(&text->buffer, data, len);
}

void text_append(Text *text, const char *string)
{
    size_t len = strlen(string);

    append(text, string, len, utf8_num_chars(string, len));
}

void text_append_format(Text *text, const char *format, ...)
{
    AUTO_FREE char *string = NULL;
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vasprintf(&string, format, arguments);
    va_end(arguments);
    if (len < 0) {
        string = NULL; /* vasprintf() leaves it undefined */
        text->buffer.result = -ENOMEM;
        return;
    }
    text_append(text, string);
}

void text_append_ascii(Text *text, const char *data, size_t len)
{
    append(text, data, len, len);
}

void text_append_code_point(Text *text, uint32_t code_point)
{
    char encoded[UTF8_BYTES_MAX];

    append(text, encoded, utf8_encode(code_point, encoded), 1);
}

void text_append_clean(Text *text, const void *data, size_t len)
{
    const char *next = (const char *)data;
    const char *end = next + len;

    while (next < end && !text_is_full(text)) {
        size_t num_plain = utf8_num_plain(next, (size_t)(end - next));
        uint32_t code_point;

        if (num_plain > 0) {
            append(text, next, num_plain, num_plain);
            next += num_plain;
            continue;
        }
        next += utf8_decode(next, (size_t)(end - next), &code_point);
        if (code_point == 0 || code_point == UTF8_INVALID || utf8_is_surrogate(code_point))
            code_point = UTF8_REPLACEMENT;
        text_append_code_point(text, code_point);
    }
}

bool text_is_database_key(const char *key)
{
    size_t len = strlen(key);
    const char *next = key;
    const char *end = key + len;

    if (len == 0 || len > TEXT_DATABASE_KEY_BYTES_MAX)
        return false;
    while (next < end) {
        uint32_t code_point;

        next += utf8_decode(next, (size_t)(end - next), &code_point);
        if (code_point == UTF8_INVALID || utf8_is_surrogate(code_point) || code_point < 0x20 ||
            code_point == 0x7f || (code_point < 0x80 && strchr(".$#[]/", (int)code_point)))
            return false;
    }
    return true;
}
