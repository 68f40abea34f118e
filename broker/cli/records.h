/* A list of database entries, each with the key it lies under. What an entry says its id is, is shown; the
 * key is what it is deleted by, so that no entry can name another one for deletion. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Record {
    char *key;
    json_t *value;
} Record;

/* Begin with {0}. */
typedef struct Records {
    Record *items;
    size_t count;
} Records;

/* records_add() - copies @key, takes a reference of its own to @value. */
void records_add(Records *records, const char *key, json_t *value);

/* records_values() - the values as a JSON array; the caller owns it. */
json_t *records_values(const Records *records);

/* records_deinit() - for CLEANUP(). */
void records_deinit(Records *records);

#ifdef __cplusplus
}
#endif
