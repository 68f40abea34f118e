#include "stub/native/pointer_set.h"

#include <stdint.h>
#include <stdlib.h>

#define CAPACITY_MIN 16 /* the table is twice as large */

static size_t *find_place(const PointerSet *self, const void *item)
{
    uint64_t hash = ((uint64_t)(uintptr_t)item >> 4) * 0x9E3779B97F4A7C15u;
    size_t place = (size_t)(hash >> 32) & (self->table_size - 1);

    while (self->table[place] != 0 && self->items[self->table[place] - 1] != item)
        place = (place + 1) & (self->table_size - 1);
    return &self->table[place];
}

static bool grow(PointerSet *self)
{
    size_t capacity = self->capacity ? 2 * self->capacity : CAPACITY_MIN;
    void **items = realloc(self->items, capacity * sizeof(*items));
    size_t *table = calloc(2 * capacity, sizeof(*table));

    if (items)
        self->items = items;
    if (!items || !table) {
        free(table);
        return false;
    }
    free(self->table);
    self->table = table;
    self->table_size = 2 * capacity;
    self->capacity = capacity;
    for (size_t i = 0; i < self->count; i++)
        *find_place(self, self->items[i]) = i + 1;
    return true;
}

bool pointer_set_add(PointerSet *self, void *item)
{
    if (pointer_set_has(self, item))
        return false;
    if (self->count == self->capacity && !grow(self)) {
        self->is_incomplete = true;
        return false;
    }
    self->items[self->count++] = item;
    *find_place(self, item) = self->count;
    return true;
}

bool pointer_set_find(const PointerSet *self, const void *item, size_t *ret_index)
{
    size_t place = self->table_size > 0 ? *find_place(self, item) : 0;

    if (place == 0)
        return false;
    *ret_index = place - 1;
    return true;
}

bool pointer_set_has(const PointerSet *self, const void *item)
{
    size_t index;

    return pointer_set_find(self, item, &index);
}

void pointer_set_deinit(PointerSet *self)
{
    free(self->items);
    free(self->table);
    *self = (PointerSet){0};
}
