/* Pointer set: a set of pointers in the order in which they were added. Not thread-safe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All zero is an empty set. */
typedef struct PointerSet {
    void **items;
    size_t count;
    size_t capacity;
    size_t *table;      /* 1 + the index of an item, by hash; 0: free */
    size_t table_size;  /* a power of two, or 0 */
    bool is_incomplete; /* memory was out */
} PointerSet;

/* pointer_set_add() - true if @item was not there; false if it was, or memory is out. */
bool pointer_set_add(PointerSet *self, void *item);

/* pointer_set_find() - the index of @item. False, and *ret_index untouched: it is not there. */
bool pointer_set_find(const PointerSet *self, const void *item, size_t *ret_index);
bool pointer_set_has(const PointerSet *self, const void *item);

/* pointer_set_deinit() - frees the set; it is empty afterwards. */
void pointer_set_deinit(PointerSet *self);

#ifdef __cplusplus
}
#endif
