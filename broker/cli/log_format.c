#include "broker/cli/log_format.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/children.h"
#include "broker/cli/must.h"
#include "broker/cli/python_text.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

/* The end of the expression that begins after the brace at @open, or NULL if no brace closes it. Braces nest.
 */
static const char *find_closing_brace(const char *open)
{
    size_t depth = 0;

    for (const char *cursor = open; *cursor; cursor++) {
        if (*cursor == '{')
            depth++;
        else if (*cursor == '}' && --depth == 0)
            return cursor;
    }
    return NULL;
}

static size_t expression_number(json_t *expressions, const char *bytes, size_t length)
{
    json_t *expression = MUST(json_stringn(bytes, length));
    size_t count = json_array_size(expressions);

    for (size_t i = 0; i < count; i++) {
        if (json_equal(json_array_get(expressions, i), expression)) {
            json_decref(expression);
            return i;
        }
    }
    if (json_array_append_new(expressions, expression) != 0)
        must_have_memory();
    return count;
}

int log_format_split(const char *text, char **ret_format, json_t **ret_expressions, const char **ret_problem)
{
    CLEANUP(text_deinit) Text format = {0};
    AUTO_JSON json_t *expressions = MUST(json_array());
    bool is_after_number = false;

    for (const char *cursor = text; *cursor; cursor++) {
        const char *close;

        /* A digit here would become part of the number before it. */
        if (is_after_number && isdigit((unsigned char)*cursor))
            text_append(&format, " ", 1);
        is_after_number = false;

        if (*cursor == '}') {
            *ret_problem = "There are too many \"}\" characters in the log format string";
            return -EINVAL;
        }
        if (*cursor == '$')
            text_append(&format, "$", 1);
        if (*cursor != '{') {
            text_append(&format, cursor, 1);
            continue;
        }
        close = find_closing_brace(cursor);
        if (!close) {
            *ret_problem = "There are too many \"{\" characters in the log format string";
            return -EINVAL;
        }
        text_append_format(&format, "$%zu",
                           expression_number(expressions, cursor + 1, (size_t)(close - cursor - 1)));
        is_after_number = true;
        cursor = close;
    }
    *ret_format = text_take(&format);
    *ret_expressions = TAKE(expressions);
    return 0;
}

static void append_expression(Text *text, const char *number, size_t length, const json_t *expressions)
{
    json_int_t index = length < 10 ? atoi(number + 1) : -1; /* longer than any list: stays as it is */
    const json_t *expression = children_at(expressions, index);
    AUTO_FREE char *display = NULL;

    if (!expression) {
        text_append(text, number, length);
        return;
    }
    if (!json_is_string(expression))
        display = python_display(expression);
    text_append_format(text, "{%s}", display ? display : json_string_value(expression));
}

char *log_format_merge(const char *format, const json_t *expressions)
{
    Text text = {0};

    for (const char *cursor = format; *cursor;) {
        size_t length = 1;

        while (*cursor == '$' && isdigit((unsigned char)cursor[length]))
            length++;
        if (cursor[0] == '$' && cursor[1] == '$')
            cursor++;
        if (length > 1)
            append_expression(&text, cursor, length, expressions);
        else
            text_append(&text, cursor, 1);
        cursor += length;
    }
    return text_take(&text);
}
