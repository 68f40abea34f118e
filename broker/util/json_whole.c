#include "broker/util/json_whole.h"

#include <errno.h>
#include <stdlib.h>

#include "broker/util/cleanup.h"

json_t *json_whole_copy(const json_t *object)
{
    AUTO_JSON json_t *copy = json_copy((json_t *)object);

    return copy && json_object_size(copy) == json_object_size(object) ? TAKE(copy) : NULL;
}

int json_whole_text(const json_t *json, char **ret)
{
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    size_t length = json ? json_dumpb(json, NULL, 0, flags) : 0;
    char *text = NULL;

    *ret = NULL;
    if (!json)
        return 0;
    if (length > 0)
        text = malloc(length + 1);
    if (!text || json_dumpb(json, text, length, flags) != length) {
        free(text);
        return -ENOMEM;
    }
    text[length] = '\0';
    *ret = text;
    return 0;
}
