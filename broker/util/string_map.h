/* A map from strings to pointers. It owns copies of the keys and borrows the values. Pure; one owner. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct StringMap StringMap;

/* string_map_new() - the caller owns *ret. 0 or -ENOMEM. */
int string_map_new(StringMap **ret);

/* string_map_free() - frees the map and its keys, not the values. NULL is nothing; returns NULL. */
StringMap *string_map_free(StringMap *map);

/* string_map_get() - the value of @key, or NULL. */
void *string_map_get(const StringMap *map, const char *key);

/* string_map_add() - @value is not NULL. 0, -EEXIST (nothing is changed), or -ENOMEM. */
int string_map_add(StringMap *map, const char *key, void *value);

/* string_map_remove() - the value that was removed, or NULL. */
void *string_map_remove(StringMap *map, const char *key);

size_t string_map_size(const StringMap *map);

#ifdef __cplusplus
}
#endif
