#include "broker/util/string_map.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "broker/util/cleanup.h"

enum { NUM_FIRST_BUCKETS = 16 };

typedef struct Entry Entry;
struct Entry {
    Entry *next;
    void *value;
    uint64_t hash;
    char key[];
};

struct StringMap {
    Entry **buckets;
    size_t num_buckets; /* a power of two */
    size_t size;
    uint64_t seed; /* random: the keys are chosen by others */
};

/* FNV-1a over a secret start, and a final mix so that the low bits depend on all of it. */
static uint64_t hash_of(const StringMap *map, const char *key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ map->seed;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

int string_map_new(StringMap **ret)
{
    StringMap *map = calloc(1, sizeof *map);

    if (map)
        map->buckets = calloc(NUM_FIRST_BUCKETS, sizeof *map->buckets);
    if (!map || !map->buckets) {
        free(map);
        return -ENOMEM;
    }
    map->num_buckets = NUM_FIRST_BUCKETS;
    if (getrandom(&map->seed, sizeof map->seed, GRND_NONBLOCK) < 0)
        map->seed = (uintptr_t)map; /* early in the boot: the address is random, too */
    *ret = map;
    return 0;
}

StringMap *string_map_free(StringMap *map)
{
    if (!map)
        return NULL;
    for (size_t i = 0; i < map->num_buckets; i++) {
        while (map->buckets[i]) {
            Entry *entry = map->buckets[i];

            map->buckets[i] = entry->next;
            free(entry);
        }
    }
    free(map->buckets);
    free(map);
    return NULL;
}

/* The link that points to the entry of @key, or to the end of its chain. */
static Entry **find(const StringMap *map, const char *key, uint64_t hash)
{
    Entry **link = &map->buckets[hash & (map->num_buckets - 1)];

    while (*link && ((*link)->hash != hash || strcmp((*link)->key, key) != 0))
        link = &(*link)->next;
    return link;
}

void *string_map_get(const StringMap *map, const char *key)
{
    Entry *entry = *find(map, key, hash_of(map, key));

    return entry ? entry->value : NULL;
}

/* Without memory the map stays as it is: slower, but right. */
static void grow(StringMap *map)
{
    size_t num_buckets = 2 * map->num_buckets;
    Entry **buckets = calloc(num_buckets, sizeof *buckets);

    if (!buckets)
        return;
    for (size_t i = 0; i < map->num_buckets; i++) {
        while (map->buckets[i]) {
            Entry *entry = map->buckets[i];
            Entry **link = &buckets[entry->hash & (num_buckets - 1)];

            map->buckets[i] = entry->next;
            entry->next = *link;
            *link = entry;
        }
    }
    free(map->buckets);
    map->buckets = buckets;
    map->num_buckets = num_buckets;
}

int string_map_add(StringMap *map, const char *key, void *value)
{
    uint64_t hash = hash_of(map, key);
    size_t key_size = strlen(key) + 1;
    Entry *entry;
    Entry **link;

    if (*find(map, key, hash))
        return -EEXIST;
    entry = malloc(sizeof *entry + key_size);
    if (!entry)
        return -ENOMEM;
    if (map->size >= map->num_buckets)
        grow(map);
    link = &map->buckets[hash & (map->num_buckets - 1)];
    entry->next = *link;
    entry->value = value;
    entry->hash = hash;
    memcpy(entry->key, key, key_size);
    *link = entry;
    map->size++;
    return 0;
}

void *string_map_remove(StringMap *map, const char *key)
{
    Entry **link = find(map, key, hash_of(map, key));
    Entry *entry = *link;
    void *value;

    if (!entry)
        return NULL;
    value = entry->value;
    *link = entry->next;
    free(entry);
    map->size--;
    return value;
}

size_t string_map_size(const StringMap *map)
{
    return map->size;
}
