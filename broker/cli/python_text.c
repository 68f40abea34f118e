#include "broker/cli/python_text.h"

#include <stdlib.h>
#include <string.h>

#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

/* The shortest digits that read back as the same double, laid out by Python's rule: an exponent below 1e-4
 * and from 1e16 on, and always a sign that it is no integer. */
static void append_real(Text *text, double value)
{
    char scientific[40];
    char digits[24];
    size_t num_digits = 0;
    int point;

    for (int precision = 0; precision <= 16; precision++) {
        (void)snprintf(scientific, sizeof scientific, "%.*e", precision, value);
        if (strtod(scientific, NULL) == value)
            break;
    }
    for (const char *cursor = scientific; *cursor != 'e'; cursor++)
        if (*cursor >= '0' && *cursor <= '9')
            digits[num_digits++] = *cursor;
    point = atoi(strchr(scientific, 'e') + 1) + 1;

    if (scientific[0] == '-')
        text_append(text, "-", 1);
    if (point > 16 || point < -3) {
        text_append(text, digits, 1);
        if (num_digits > 1)
            text_append(text, ".", 1);
        text_append(text, digits + 1, num_digits - 1);
        text_append_format(text, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
    } else if (point <= 0) {
        text_append_string(text, "0.");
        text_append_repeated(text, '0', (size_t)-point);
        text_append(text, digits, num_digits);
    } else if ((size_t)point >= num_digits) {
        text_append(text, digits, num_digits);
        text_append_repeated(text, '0', (size_t)point - num_digits);
        text_append_string(text, ".0");
    } else {
        text_append(text, digits, (size_t)point);
        text_append(text, ".", 1);
        text_append(text, digits + point, num_digits - (size_t)point);
    }
}

static void append_json_string(Text *text, const char *bytes, size_t length)
{
    static const char shorthands[] =
        "\"\"\\\\\nn\rr\tt\ff\bb"; /* pairs: what, and the letter after the backslash */

    text_append(text, "\"", 1);
    for (const char *cursor = bytes, *end = bytes + length; cursor < end;) {
        uint32_t code_point = utf8_next(&cursor, end);
        const char *shorthand = NULL;

        for (const char *pair = shorthands; *pair && !shorthand; pair += 2)
            if ((uint32_t)*pair == code_point)
                shorthand = pair;

        if (shorthand)
            text_append_format(text, "\\%c", shorthand[1]);
        else if (code_point >= 0x20 && code_point < 0x7F)
            text_append_utf8(text, code_point);
        else if (code_point < 0x10000)
            text_append_format(text, "\\u%04x", code_point);
        else
            text_append_format(text, "\\u%04x\\u%04x", 0xD800 + ((code_point - 0x10000) >> 10),
                               0xDC00 + ((code_point - 0x10000) & 0x3FF));
    }
    text_append(text, "\"", 1);
}

static void append_line(Text *text, JsonLayout layout, size_t level)
{
    if (layout != JSON_LAYOUT_PRETTY)
        return;
    text_append(text, "\n", 1);
    text_append_repeated(text, ' ', 2 * level);
}

static void append_json(Text *text, const json_t *value, JsonLayout layout, size_t level);

static void append_json_children(Text *text, const json_t *value, JsonLayout layout, size_t level)
{
    const char *separator = "";
    const char *next_separator = layout == JSON_LAYOUT_PRETTY ? "," : ", ";
    json_t *container = (json_t *)value; /* jansson's iterators take no const, and change nothing */

    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++, separator = next_separator) {
            text_append_string(text, separator);
            append_line(text, layout, level + 1);
            append_json(text, json_array_get(value, i), layout, level + 1);
        }
        return;
    }
    for (void *at = json_object_iter(container); at; at = json_object_iter_next(container, at)) {
        text_append_string(text, separator);
        append_line(text, layout, level + 1);
        append_json_string(text, json_object_iter_key(at), json_object_iter_key_len(at));
        text_append_string(text, ": ");
        append_json(text, json_object_iter_value(at), layout, level + 1);
        separator = next_separator;
    }
}

static void append_json(Text *text, const json_t *value, JsonLayout layout, size_t level)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        text_append_string(text, "null");
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        text_append_string(text, json_is_true(value) ? "true" : "false");
        return;
    case JSON_INTEGER:
        text_append_format(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return;
    case JSON_REAL:
        append_real(text, json_real_value(value));
        return;
    case JSON_STRING:
        append_json_string(text, json_string_value(value), json_string_length(value));
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        text_append(text, json_is_array(value) ? "[" : "{", 1);
        append_json_children(text, value, layout, level);
        if (python_is_true(value))
            append_line(text, layout, level);
        text_append(text, json_is_array(value) ? "]" : "}", 1);
        return;
    }
}

char *python_json(const json_t *value, JsonLayout layout)
{
    Text text = {0};

    append_json(&text, value, layout, 0);
    return text_take(&text);
}

/* What str.isprintable() refuses: controls, format characters, separators but the space, surrogates,
 * private use and non-characters. Code points that are not assigned yet are left out of the table. */
static bool is_python_printable(uint32_t code_point)
{
    static const struct {
        uint32_t first, last;
    } unprintable[] = {
        {0x00, 0x1F},       {0x7F, 0xA0},        {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},
        {0x6DD, 0x6DD},     {0x70F, 0x70F},      {0x890, 0x891},     {0x8E2, 0x8E2},     {0x1680, 0x1680},
        {0x180E, 0x180E},   {0x2000, 0x200F},    {0x2028, 0x202F},   {0x205F, 0x206F},   {0x3000, 0x3000},
        {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},    {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},
        {0x110BD, 0x110BD}, {0x110CD, 0x110CD},  {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE00FF}, {0xE01F0, 0x10FFFF},
    };

    for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
        if (code_point >= unprintable[i].first && code_point <= unprintable[i].last)
            return false;
    return true;
}

static void append_repr_string(Text *text, const char *bytes, size_t length)
{
    bool has_single = memchr(bytes, '\'', length) != NULL;
    uint32_t quote = has_single && !memchr(bytes, '"', length) ? '"' : '\'';

    text_append_utf8(text, quote);
    for (const char *cursor = bytes, *end = bytes + length; cursor < end;) {
        uint32_t code_point = utf8_next(&cursor, end);

        if (code_point == quote || code_point == '\\')
            text_append_format(text, "\\%c", (int)code_point);
        else if (code_point == '\n' || code_point == '\r' || code_point == '\t')
            text_append_string(text, code_point == '\n' ? "\\n" : code_point == '\r' ? "\\r" : "\\t");
        else if (is_python_printable(code_point))
            text_append_utf8(text, code_point);
        else if (code_point < 0x100)
            text_append_format(text, "\\x%02x", code_point);
        else
            text_append_format(text, code_point < 0x10000 ? "\\u%04x" : "\\U%08x", code_point);
    }
    text_append_utf8(text, quote);
}

static void append_repr(Text *text, const json_t *value)
{
    json_t *container = (json_t *)value; /* see append_json_children() */
    const char *separator = "";

    switch (json_typeof(value)) {
    case JSON_NULL:
        text_append_string(text, "None");
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        text_append_string(text, json_is_true(value) ? "True" : "False");
        return;
    case JSON_STRING:
        append_repr_string(text, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
    case JSON_REAL:
        append_json(text, value, JSON_LAYOUT_RAW, 0);
        return;
    case JSON_ARRAY:
        text_append(text, "[", 1);
        for (size_t i = 0; i < json_array_size(value); i++, separator = ", ") {
            text_append_string(text, separator);
            append_repr(text, json_array_get(value, i));
        }
        text_append(text, "]", 1);
        return;
    case JSON_OBJECT:
        text_append(text, "{", 1);
        for (void *at = json_object_iter(container); at; at = json_object_iter_next(container, at)) {
            text_append_string(text, separator);
            append_repr_string(text, json_object_iter_key(at), json_object_iter_key_len(at));
            text_append_string(text, ": ");
            append_repr(text, json_object_iter_value(at));
            separator = ", ";
        }
        text_append(text, "}", 1);
        return;
    }
}

char *python_repr(const json_t *value)
{
    Text text = {0};

    append_repr(&text, value);
    return text_take(&text);
}

char *python_display(const json_t *value)
{
    AUTO_FREE char *repr = NULL;

    if (!value)
        return MUST(strdup("None"));
    if (json_is_string(value))
        return text_printable(json_string_value(value), json_string_length(value), TEXT_ONE_LINE);
    repr = python_repr(value);
    return text_printable(repr, strlen(repr), TEXT_ONE_LINE);
}

bool python_is_true(const json_t *value)
{
    if (!value)
        return false;
    switch (json_typeof(value)) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_TRUE:
        return true;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return json_real_value(value) != 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_OBJECT:
        return json_object_size(value) > 0;
    }
    return false;
}
