#include "broker/store/embedded/tree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/key.h"
#include "broker/store/embedded/path.h"
#include "broker/util/cleanup.h"

#define EXACT_INTEGER_MAX 9007199254740992.0 /* 2^53: up to here every whole number is a double */

json_t *tree_get(json_t *tree, const char *path)
{
    char key[KEY_BYTES_MAX + 1];

    while (tree && path_next_key(&path, key))
        tree = json_object_get(tree, key); /* NULL for primitives */
    return tree;
}

static void remove_below(json_t **tree, const char *path)
{
    char key[KEY_BYTES_MAX + 1];
    json_t *child;

    if (!path_next_key(&path, key)) {
        json_decref(*tree);
        *tree = NULL;
        return;
    }
    child = json_object_get(*tree, key);
    if (!child)
        return;
    json_incref(child); /* ours for the recursion, which drops it when nothing is left */
    remove_below(&child, path);
    if (!child)
        (void)json_object_del(*tree, key); /* it is there */
    json_decref(child);
    if (json_object_size(*tree) == 0) {
        json_decref(*tree);
        *tree = NULL;
    }
}

int tree_set(json_t **tree, const char *path, json_t *value)
{
    char key[KEY_BYTES_MAX + 1];
    json_t **root = tree;
    json_t *place;

    if (!value) {
        if (*tree)
            remove_below(tree, path);
        return 0;
    }
    if (*path == '\0') {
        json_decref(*root);
        *root = value;
        return 0;
    }
    if (!json_is_object(*root)) {
        json_t *object = json_object();

        if (!object) {
            json_decref(value);
            return -ENOMEM;
        }
        json_decref(*root);
        *root = object;
    }
    place = *root;
    while (path_next_key(&path, key) && *path != '\0') {
        json_t *child = json_object_get(place, key);

        if (!json_is_object(child)) {
            child = json_object();
            if (json_object_set_new(place, key, child) < 0) {
                json_decref(value);
                return -ENOMEM;
            }
        }
        place = child;
    }
    return json_object_set_new(place, key, value) < 0 ? -ENOMEM : 0;
}

static int compare_keys(const void *left, const void *right)
{
    return key_compare(*(const char *const *)left, *(const char *const *)right);
}

const char **tree_sorted_keys(const json_t *object)
{
    const char **keys = malloc(json_object_size(object) * sizeof *keys + 1);
    size_t count = 0;
    const char *key;
    json_t *member;

    if (!keys)
        return NULL;
    json_object_foreach((json_t *)object, key, member) keys[count++] = key;
    qsort(keys, count, sizeof *keys, compare_keys);
    return keys;
}

json_t *tree_number(double number)
{
    if (number == trunc(number) && fabs(number) <= EXACT_INTEGER_MAX)
        return json_integer((json_int_t)number);
    return json_real(number);
}

static int increment(const json_t *by, const json_t *existing, json_t **ret)
{
    json_int_t sum;

    if (json_is_integer(by) && json_is_integer(existing) &&
        !__builtin_add_overflow(json_integer_value(by), json_integer_value(existing), &sum)) {
        *ret = json_integer(sum);
        return *ret ? 0 : -ENOMEM;
    }
    if (json_is_integer(by) && !json_is_number(existing)) {
        *ret = json_integer(json_integer_value(by));
        return *ret ? 0 : -ENOMEM;
    }
    *ret = tree_number(json_number_value(by) + json_number_value(existing)); /* 0.0 of what is no number */
    if (!*ret)
        return -ENOMEM;
    return 0;
}

static int resolve_server_value(const json_t *json, uint64_t now_ms, const json_t *existing, json_t **ret)
{
    const json_t *value = json_object_get(json, ".sv");
    const json_t *by = json_object_get(value, "increment");
    double sum = json_number_value(by) + json_number_value(existing);

    if (json_object_size(json) != 1)
        return TREE_BAD_SERVER_VALUE;
    if (json_is_string(value) && strcmp(json_string_value(value), "timestamp") == 0) {
        *ret = json_integer((json_int_t)now_ms);
        return *ret ? 0 : -ENOMEM;
    }
    if (!json_is_number(by) || json_object_size(value) != 1 || !isfinite(sum))
        return TREE_BAD_SERVER_VALUE;
    return increment(by, existing, ret);
}

static int add_child(json_t *object, const char *key, const json_t *json, size_t depth, uint64_t now_ms,
                     json_t *existing)
{
    json_t *child = NULL;
    int result = tree_from_json(json, depth + 1, now_ms, json_object_get(existing, key), &child);

    if (result != 0 || !child)
        return result;
    return json_object_set_new(object, key, child) < 0 ? -ENOMEM : 0;
}

static int add_members(json_t *object, const json_t *json, size_t depth, uint64_t now_ms, json_t *existing)
{
    const char *key;
    json_t *member;

    json_object_foreach((json_t *)json, key, member)
    {
        int result = key_is_valid(key, strlen(key)) ? add_child(object, key, member, depth, now_ms, existing)
                                                    : TREE_BAD_KEY;

        if (result != 0)
            return result;
    }
    return 0;
}

static int add_elements(json_t *object, const json_t *json, size_t depth, uint64_t now_ms, json_t *existing)
{
    size_t index;
    json_t *element;

    json_array_foreach(json, index, element)
    {
        char key[24];
        int result;

        (void)snprintf(key, sizeof key, "%zu", index);
        result = add_child(object, key, element, depth, now_ms, existing);
        if (result != 0)
            return result;
    }
    return 0;
}

static int copy_leaf(const json_t *json, json_t **ret)
{
    if (json_is_null(json)) {
        *ret = NULL;
        return 0;
    }
    if (json_is_string(json) && json_string_length(json) > TREE_STRING_BYTES_MAX)
        return TREE_STRING_TOO_LONG;
    *ret = json_is_real(json) ? tree_number(json_real_value(json)) : json_copy((json_t *)json);
    return *ret ? 0 : -ENOMEM;
}

int tree_from_json(const json_t *json, size_t depth, uint64_t now_ms, json_t *existing, json_t **ret)
{
    AUTO_JSON json_t *object = NULL;
    int result;

    if (depth > PATH_DEPTH_MAX)
        return TREE_TOO_DEEP;
    if (!json_is_object(json) && !json_is_array(json))
        return copy_leaf(json, ret);
    if (json_object_get(json, ".sv"))
        return resolve_server_value(json, now_ms, existing, ret);

    object = json_object();
    if (!object)
        return -ENOMEM;
    result = json_is_object(json) ? add_members(object, json, depth, now_ms, existing)
                                  : add_elements(object, json, depth, now_ms, existing);
    if (result != 0)
        return result;
    *ret = json_object_size(object) > 0 ? TAKE(object) : NULL;
    return 0;
}

bool tree_needs_existing(const json_t *json)
{
    const char *key;
    size_t index;
    json_t *member;

    if (json_object_get(json_object_get(json, ".sv"), "increment"))
        return true;
    json_object_foreach((json_t *)json, key, member) if (tree_needs_existing(member)) return true;
    json_array_foreach(json, index, member) if (tree_needs_existing(member)) return true;
    return false;
}
