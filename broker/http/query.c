#include "broker/http/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

long http_percent_decode(char *text, size_t length, bool is_plus_space)
{
    size_t out = 0;

    for (size_t in = 0; in < length; in++) {
        char byte = text[in];

        if (byte == '%') {
            int high = in + 1 < length ? hex_digit(text[in + 1]) : -1;
            int low = in + 2 < length ? hex_digit(text[in + 2]) : -1;

            if (high < 0 || low < 0)
                return -1;
            byte = (char)(high * 16 + low);
            in += 2;
        } else if (byte == '+' && is_plus_space) {
            byte = ' ';
        }
        text[out++] = byte;
    }
    text[out] = '\0';
    return (long)out;
}

/* Decodes in place; the text must not hold NUL afterwards, because it is used as a string. */
static bool decode_string(char *text)
{
    long length = http_percent_decode(text, strlen(text), true);

    return length >= 0 && strlen(text) == (size_t)length;
}

int http_query_init(HttpQuery *query, const char *text)
{
    char *rest;
    char *pair;

    query->num_parameters = 0;
    query->storage = strdup(text);
    if (!query->storage)
        return -ENOMEM;

    rest = query->storage;
    while ((pair = strsep(&rest, "&"))) {
        HttpParameter *parameter = &query->parameters[query->num_parameters];
        char *equals = strchr(pair, '=');

        if (*pair == '\0')
            continue;
        if (query->num_parameters == HTTP_NUM_PARAMETERS_MAX)
            goto malformed;
        if (equals)
            *equals = '\0';
        parameter->name = pair;
        parameter->value = equals ? equals + 1 : pair + strlen(pair);
        if (!decode_string(parameter->name) || !decode_string(parameter->value))
            goto malformed;
        query->num_parameters++;
    }
    return 0;

malformed:
    http_query_deinit(query);
    return -EINVAL;
}

void http_query_deinit(HttpQuery *query)
{
    free(query->storage);
    query->storage = NULL;
    query->num_parameters = 0;
}

const char *http_query_get(const HttpQuery *query, const char *name)
{
    for (size_t i = 0; i < query->num_parameters; i++)
        if (strcmp(query->parameters[i].name, name) == 0)
            return query->parameters[i].value;
    return NULL;
}
