#include "broker/cli/children.h"

#include <stdio.h>

#include "broker/cli/must.h"

size_t children_count(const json_t *container)
{
    return json_is_array(container) ? json_array_size(container) : json_object_size(container);
}

json_t *children_at(const json_t *container, json_int_t index)
{
    char key[32];

    if (index < 0)
        return NULL;
    if (json_is_array(container))
        return json_array_get(container, (size_t)index);
    (void)snprintf(key, sizeof key, "%" JSON_INTEGER_FORMAT, index);
    return json_object_get(container, key);
}

json_t *children_object(json_t *container)
{
    json_t *object;

    if (json_is_object(container))
        return json_incref(container);
    if (!json_is_array(container))
        return NULL;
    object = MUST(json_object());
    for (size_t i = 0; i < json_array_size(container); i++) {
        json_t *element = json_array_get(container, i);
        char key[32];

        (void)snprintf(key, sizeof key, "%zu", i);
        if (!json_is_null(element) && json_object_set(object, key, element) != 0)
            must_have_memory();
    }
    return object;
}

json_t *children_list(const json_t *container)
{
    json_t *list = MUST(json_array());
    json_t *mutable_container =
        (json_t *)container; /* jansson's iterators take no const, and change nothing */

    for (size_t i = 0; i < json_array_size(container); i++) {
        json_t *element = json_array_get(container, i);

        if (json_is_object(element) && json_array_append(list, element) != 0)
            must_have_memory();
    }
    for (void *at = json_object_iter(mutable_container); at;
         at = json_object_iter_next(mutable_container, at)) {
        json_t *element = json_object_iter_value(at);

        if (json_is_object(element) && json_array_append(list, element) != 0)
            must_have_memory();
    }
    return list;
}

const char *children_string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}
