#include "broker/cli/records.h"

#include <stdlib.h>
#include <string.h>

#include "broker/cli/must.h"

void records_add(Records *records, const char *key, json_t *value)
{
    records->items = MUST(reallocarray(records->items, records->count + 1, sizeof *records->items));
    records->items[records->count++] = (Record){.key = MUST(strdup(key)), .value = json_incref(value)};
}

json_t *records_values(const Records *records)
{
    json_t *values = MUST(json_array());

    for (size_t i = 0; i < records->count; i++)
        if (json_array_append(values, records->items[i].value) != 0)
            must_have_memory();
    return values;
}

void records_deinit(Records *records)
{
    for (size_t i = 0; i < records->count; i++) {
        free(records->items[i].key);
        json_decref(records->items[i].value);
    }
    free(records->items);
    *records = (Records){0};
}
