#include "broker/store/embedded/json_input.h"

#include <errno.h>
#include <string.h>

#include "broker/store/embedded/path.h"
#include "broker/util/cleanup.h"

#define PARSE_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

int json_input_parse(const char *text, size_t length, json_t **ret)
{
    json_error_t error = {0}; /* jansson leaves its code unset where it found no error but no memory */
    json_t *json = json_loadb(text, length, PARSE_FLAGS, &error);

    if (!json && json_error_code(&error) == json_error_numeric_overflow)
        json = json_loadb(text, length, PARSE_FLAGS | JSON_DECODE_INT_AS_REAL, &error);
    if (!json)
        return json_error_code(&error) == json_error_unknown ? -ENOMEM : -EINVAL;
    *ret = json;
    return 0;
}

/* The end of the string that begins at text[begin], behind its closing quote. */
static size_t skip_string(const char *text, size_t length, size_t begin)
{
    size_t i = begin + 1;

    while (i < length && text[i] != '"')
        i += text[i] == '\\' ? 2 : 1;
    return i < length ? i + 1 : length;
}

static bool is_path(const char *text)
{
    const TreePath root = {.text = (char *)"", .depth = 0};
    TreePath path;
    bool is_valid = path_parse_below(&path, &root, text) == 0;

    if (is_valid) {
        is_valid = path.depth > 0;
        path_deinit(&path);
    }
    return is_valid;
}

static bool is_key_text_valid(const char *quoted, size_t length, bool may_be_path)
{
    AUTO_JSON json_t *key = json_loadb(quoted, length, PARSE_FLAGS, NULL);
    const char *text = json_string_value(key);

    if (!text)
        return false;
    if (may_be_path)
        return is_path(text);
    return strcmp(text, ".sv") == 0 || key_is_valid(text, json_string_length(key));
}

bool json_input_find_bad_key(const char *text, size_t length, bool may_be_path, size_t *ret_line,
                             size_t *ret_column)
{
    size_t line = 1;
    size_t line_begin = 0;
    size_t depth = 0;

    for (size_t i = 0; i < length;) {
        if (text[i] == '"') {
            size_t end = skip_string(text, length, i);
            size_t next = end;

            while (next < length && memchr(" \t\r\n", text[next], 4))
                next++;
            if (next < length && text[next] == ':' &&
                !is_key_text_valid(text + i, end - i, may_be_path && depth == 1)) {
                *ret_line = line;
                *ret_column = i - line_begin + 1;
                return true;
            }
            i = end;
            continue;
        }
        if (text[i] == '\n') {
            line++;
            line_begin = i + 1;
        }
        depth += text[i] == '{' || text[i] == '[';
        depth -= text[i] == '}' || text[i] == ']';
        i++;
    }
    return false;
}
