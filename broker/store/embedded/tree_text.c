#include "broker/store/embedded/tree_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/key.h"
#include "broker/store/embedded/tree.h"
#include "broker/util/cleanup.h"

static void append_node(Text *text, const json_t *tree, TreeTextStyle style, unsigned depth);

/* The database's rule: all keys are indices, and more than half of the places up to the last are taken. */
static bool is_array(const json_t *object, size_t *ret_length)
{
    uint32_t last = 0;
    const char *key;
    json_t *member;

    json_object_foreach((json_t *)object, key, member)
    {
        uint32_t index;

        if (!key_is_index(key, &index))
            return false;
        if (index > last)
            last = index;
    }
    *ret_length = (size_t)last + 1;
    return json_object_size(object) > 0 && last < 2 * json_object_size(object);
}

static void append_number(Text *text, const json_t *number)
{
    char digits[64];

    if (json_is_integer(number)) {
        (void)snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    } else {
        /* The shortest that reads back as the same double. */
        for (int precision = 15; precision <= 17; precision++) {
            (void)snprintf(digits, sizeof digits, "%.*g", precision, json_real_value(number));
            if (strtod(digits, NULL) == json_real_value(number))
                break;
        }
    }
    store_text_append_string(text, digits);
}

static void append_line_break(Text *text, TreeTextStyle style, unsigned depth)
{
    if (!style.is_pretty)
        return;
    store_text_append(text, "\n", 1);
    for (unsigned i = 0; i < depth; i++)
        store_text_append(text, "  ", 2);
}

static void append_array(Text *text, const json_t *object, size_t length, TreeTextStyle style, unsigned depth)
{
    const char *blank = style.is_pretty ? " " : "";

    store_text_append_string(text, "[");
    for (size_t i = 0; i < length; i++) {
        char key[24];

        (void)snprintf(key, sizeof key, "%zu", i);
        store_text_append_string(text, i > 0 ? "," : "");
        store_text_append_string(text, blank);
        append_node(text, json_object_get(object, key), style, depth);
    }
    store_text_append_string(text, blank);
    store_text_append_string(text, "]");
}

static void append_object(Text *text, const json_t *object, TreeTextStyle style, unsigned depth)
{
    AUTO_FREE const char **keys = tree_sorted_keys(object);

    if (!keys) {
        text->is_failed = true;
        return;
    }
    store_text_append_string(text, "{");
    for (size_t i = 0; i < json_object_size(object); i++) {
        store_text_append_string(text, i > 0 ? "," : "");
        append_line_break(text, style, depth + 1);
        store_text_append_json_string(text, keys[i], strlen(keys[i]));
        store_text_append_string(text, style.is_pretty ? " : " : ":");
        append_node(text, json_object_get(object, keys[i]), style, depth + 1);
    }
    if (json_object_size(object) > 0)
        append_line_break(text, style, depth);
    store_text_append_string(text, "}");
}

static void append_node(Text *text, const json_t *tree, TreeTextStyle style, unsigned depth)
{
    bool may_be_array = !style.keeps_objects && !style.keeps_outer_object;
    size_t length;

    style.keeps_outer_object = false;
    if (json_is_object(tree)) {
        if (may_be_array && is_array(tree, &length))
            append_array(text, tree, length, style, depth);
        else
            append_object(text, tree, style, depth);
    } else if (json_is_string(tree)) {
        store_text_append_json_string(text, json_string_value(tree), json_string_length(tree));
    } else if (json_is_number(tree)) {
        append_number(text, tree);
    } else if (json_is_boolean(tree)) {
        store_text_append_string(text, json_is_true(tree) ? "true" : "false");
    } else {
        store_text_append_string(text, "null");
    }
}

void tree_text_append(Text *text, const json_t *tree, TreeTextStyle style)
{
    append_node(text, tree, style, 0);
}

json_t *tree_to_json(const json_t *tree)
{
    AUTO_TEXT Text text = {0};

    if (!tree)
        return NULL;
    tree_text_append(&text, tree, (TreeTextStyle){0});
    if (text.is_failed)
        return NULL;
    return json_loadb(text.bytes, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}
